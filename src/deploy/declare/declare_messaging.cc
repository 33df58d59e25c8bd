// The topics between the functions, their subscriptions, and the dead letter queues. There is one queue for
// each region. It gets the rules' events, the topics' messages and the invocations that could not be
// delivered.
#include <optional>

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

// The function that publishes to the topic of `function` from the other account, if there are two. Within one
// account the role's own policy suffices. Naming the role in the topic policy would grant access even without
// it.
std::optional<Function> publisher_abroad(const Names& names, Function function) {
  const Function across = function == Function::enable_replication ? Function::destination_bucket_check
                                                                   : Function::source_bucket_check;
  if (names.place(across).account == names.place(function).account) return std::nullopt;
  return across;
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
json::object topic_policy(const Names& names, Function function) {
  const std::optional<Function> abroad = publisher_abroad(names, function);
  const std::string principal = abroad ? names.role_arn(*abroad) : names.account_arn(side_of(function));
  return policy_document({{"Publishers",
                           {{"AWS", json::array{json::string(principal)}}},
                           {"sns:Publish"},
                           {names.topic_arn(function)},
                           {}}});
}

}  // namespace

void declare_queues(Declaration& declaration) {
  const Names& names = declaration.names;
  for (const Side side : {Side::source, Side::destination}) {
    declaration.add(Kind::queue, side, names.dead_letters(), names.dead_letters_arn(side),
                    {{"retention_seconds", retention_seconds}, {"policy", queue_policy(names, side)}});
  }
}

void declare_topics(Declaration& declaration) {
  const Names& names = declaration.names;
  for (const Function function : {Function::destination_bucket_check, Function::enable_replication}) {
    const Side side = side_of(function);
    const std::string topic_id = id_of(names, Kind::topic, side, names.topic(function));
    const std::string function_id = id_of(names, Kind::function, side, names.function(function));
    Resource& topic = declaration.add(Kind::topic, side, names.topic(function), names.topic_arn(function),
                                      {{"display_name", "s3dr: invokes " + std::string(to_string(function))},
                                       {"policy", topic_policy(names, function)}});
    if (const std::optional<Function> abroad = publisher_abroad(names, function)) {
      // A policy may only name roles that exist.
      topic.depends.push_back(id_of(names, Kind::role, side_of(*abroad), names.role(*abroad)));
    }
    declare_permission(declaration, function, "topic", "sns.amazonaws.com", names.topic_arn(function));
    Resource& subscription =
        declaration.add(Kind::subscription, side, names.topic(function) + "/" + names.function(function),
                        names.topic_arn(function),
                        {{"topic", names.topic_arn(function)},
                         {"protocol", "lambda"},
                         {"endpoint", names.function_arn(function)},
                         {"dead_letters", names.dead_letters_arn(side)}});
    subscription.parent = topic_id;
    subscription.depends = {topic_id, function_id, id_of(names, Kind::queue, side, names.dead_letters())};
  }
}

}  // namespace s3dr::deploy
