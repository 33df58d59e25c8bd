// The topics between the functions, their subscriptions, and the dead letter queues. There is one queue for
// each region. It gets the rules' events, the topics' messages and the invocations that could not be
// delivered.
#include <vector>

#include "deploy/declare/declaration.h"
#include "deploy/declare/declaration_parts.h"
#include "deploy/resources/policy_document.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr int retention_seconds = 14 * 86'400;  // SQS's maximum

Function subscriber_of(Side side) {
  return side == Side::source ? Function::enable_replication : Function::destination_bucket_check;
}

struct Publisher {
  const Names& names;
  Function function;
};

// The functions that publish to the topic of `function` from another account. Within one account the role's own
// policy suffices. Naming the role in the topic policy would grant access even without it.
std::vector<Publisher> publishers_abroad(const Declaration& declaration, const Names& topic,
                                         Function function) {
  const Function across = function == Function::enable_replication ? Function::destination_bucket_check
                                                                   : Function::source_bucket_check;
  std::vector<Publisher> result;
  for (const Names& names : declaration.at(side_of(across))) {
    if (names.place(across).account != topic.place(function).account) result.push_back({names, across});
  }
  return result;
}

json::object queue_policy(const Names& names, Side side) {
  const std::string queue = names.dead_letters_arn(side);
  std::vector<Statement> statements;
  std::vector<std::string> rules{names.rule_arn(replica_events, Side::destination)};
  if (side == Side::source) {
    rules = {names.rule_arn(bucket_events), names.rule_arn(tag_changes), names.rule_arn(bucket_checks),
             names.rule_arn(sweep)};
  }
  statements.push_back({"Rules",
                        {{"Service", "events.amazonaws.com"}},
                        {"sqs:SendMessage"},
                        {queue},
                        condition("ArnEquals", "aws:SourceArn", rules)});
  statements.push_back({"Topics",
                        {{"Service", "sns.amazonaws.com"}},
                        {"sqs:SendMessage"},
                        {queue},
                        condition("ArnEquals", "aws:SourceArn", {names.topic_arn(subscriber_of(side))})});
  return policy_document(statements);
}

// A topic always has a policy: AWS's default one lets the whole account in. The account as
// principal grants nothing by itself; the roles' policies decide.
json::object topic_policy(const Names& names, Function function, const std::vector<Publisher>& abroad) {
  json::array principals;
  for (const Publisher& publisher : abroad)
    principals.emplace_back(publisher.names.role_arn(publisher.function));
  if (abroad.empty()) principals.emplace_back(names.account_arn(side_of(function)));
  return policy_document(
      {{"Publishers", {{"AWS", std::move(principals)}}, {"sns:Publish"}, {names.topic_arn(function)}, {}}});
}

void declare_topic(Declaration& declaration, const Names& names, Function function) {
  const Side side = side_of(function);
  const std::string topic_id = id_of(names, Kind::topic, side, names.topic(function));
  const std::string function_id = id_of(names, Kind::function, side, names.function(function));
  const std::vector<Publisher> abroad = publishers_abroad(declaration, names, function);
  Resource& topic =
      declaration.add(names, Kind::topic, side, names.topic(function), names.topic_arn(function),
                      {{"display_name", "s3dr: invokes " + std::string(to_string(function))},
                       {"policy", topic_policy(names, function, abroad)}});
  for (const Publisher& publisher : abroad) {
    // A policy may only name roles that exist.
    topic.depends.push_back(id_of(publisher.names, Kind::role, side_of(publisher.function),
                                  publisher.names.role(publisher.function)));
  }
  declare_permission(declaration, names, function, "topic", "sns.amazonaws.com", names.topic_arn(function));
  Resource& subscription =
      declaration.add(names, Kind::subscription, side, names.topic(function) + "/" + names.function(function),
                      names.topic_arn(function),
                      {{"topic", names.topic_arn(function)},
                       {"protocol", "lambda"},
                       {"endpoint", names.function_arn(function)},
                       {"dead_letters", names.dead_letters_arn(side)}});
  subscription.parent = topic_id;
  subscription.depends = {topic_id, function_id, id_of(names, Kind::queue, side, names.dead_letters())};
}

}  // namespace

void declare_queues(Declaration& declaration) {
  for (const Side side : {Side::source, Side::destination}) {
    for (const Names& names : declaration.at(side)) {
      declaration.add(names, Kind::queue, side, names.dead_letters(), names.dead_letters_arn(side),
                      {{"retention_seconds", retention_seconds}, {"policy", queue_policy(names, side)}});
    }
  }
}

void declare_topics(Declaration& declaration) {
  for (const Function function : {Function::destination_bucket_check, Function::enable_replication}) {
    for (const Names& names : declaration.at(side_of(function))) declare_topic(declaration, names, function);
  }
}

}  // namespace s3dr::deploy
