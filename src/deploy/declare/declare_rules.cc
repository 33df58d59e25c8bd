// What starts source_bucket_check:
// - calls about buckets that CloudTrail saw;
// - changed tags, which need no trail;
// - the checks that a sweep puts on the bus;
// - the schedule that starts the sweep.
// And what starts destination_bucket_check beside its topic: calls about replicas, in its own region.
#include "deploy/declare/declaration.h"
#include "deploy/declare/declaration_parts.h"
#include "dr/messages/watched_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr int attempts_max = 20;
constexpr int event_age_max_seconds = 3'600;  // the sweep visits the bucket long before that

json::object begins_with(std::string_view text) {
  return {{"prefix", text}};
}

// AWS's own events, under whichever name of the service, and the self-test's: nobody can put the first ones.
json::array sources(std::string_view prefix) {
  return {begins_with(prefix), self_test_source};
}

// Of the calls that this door lets in.
json::array names_of(bool dr::WatchedCall::* door) {
  json::array result;
  for (const dr::WatchedCall& call : dr::watched_calls()) {
    if (call.*door) result.emplace_back(call.name);
  }
  return result;
}

void declare_rule(Declaration& declaration, Function function, const char* purpose,
                  const std::string& description, json::object what) {
  const Names& names = declaration.names;
  const Side side = side_of(function);
  json::object properties{
      {"description", description},
      {"state", "ENABLED"},
      {"targets",
       json::object{{to_string(function), json::object{{"arn", names.function_arn(function)},
                                                       {"attempts_max", attempts_max},
                                                       {"event_age_max_seconds", event_age_max_seconds},
                                                       {"dead_letters", names.dead_letters_arn(side)}}}}}};
  for (auto& [key, value] : what) properties[key] = std::move(value);
  declare_permission(declaration, function, purpose, "events.amazonaws.com", names.rule_arn(purpose, side));
  Resource& rule = declaration.add(Kind::rule, side, names.rule(purpose), names.rule_arn(purpose, side),
                                   std::move(properties));
  rule.depends = {id_of(names, Kind::function, side, names.function(function)),
                  id_of(names, Kind::queue, side, names.dead_letters())};
}

}  // namespace

json::object bucket_event_pattern() {
  return {{"source", sources("aws.s3")},
          {"detail-type", {"AWS API Call via CloudTrail"}},
          {"detail",
           {{"eventSource", json::array{begins_with("s3")}},
            {"eventName", names_of(&dr::WatchedCall::at_source)},
            // Calls that failed make events, too; they are left out.
            {"errorCode", json::array{json::object{{"exists", false}}}}}}};
}

json::object tag_change_pattern() {
  return {
      {"source", sources("aws.tag")},
      {"detail-type", {"Tag Change on Resource"}},
      // Not by resource-type: every documented sample has an ARN with a type, and a bucket's ARN has none.
      {"detail", {{"service", {"s3"}}}}};
}

json::object replica_event_pattern() {
  return {{"source", sources("aws.s3")},
          {"detail-type", {"AWS API Call via CloudTrail"}},
          {"detail",
           {{"eventSource", json::array{begins_with("s3")}},
            {"eventName", names_of(&dr::WatchedCall::at_replica)},
            {"errorCode", json::array{json::object{{"exists", false}}}}}}};
}

json::object bucket_check_pattern(const Settings& settings) {
  return {{"source", {"s3dr"}},
          {"detail-type", {"Bucket Check", "Sweep"}},
          // Another account may be allowed to put events on this bus; its events are ignored.
          {"account", {settings.source.account.text()}}};
}

void declare_rules(Declaration& declaration) {
  constexpr Function source = Function::source_bucket_check;
  declare_rule(declaration, source, bucket_events, "s3dr: calls that change what a bucket is to be",
               {{"event_pattern", bucket_event_pattern()}});
  declare_rule(declaration, source, tag_changes, "s3dr: changed tags of buckets, also without a trail",
               {{"event_pattern", tag_change_pattern()}});
  declare_rule(declaration, source, bucket_checks, "s3dr: one bucket of a sweep, or its next stretch",
               {{"event_pattern", bucket_check_pattern(declaration.settings)}});
  // Each minute, for the jobs. Of these events the function takes one in sweep_minutes for a sweep.
  declare_rule(declaration, source, sweep, "s3dr: looks at every tagged or recorded bucket",
               {{"schedule", "rate(1 minute)"}});
  declare_rule(declaration, Function::destination_bucket_check, replica_events,
               "s3dr: calls that change a replica", {{"event_pattern", replica_event_pattern()}});
}

}  // namespace s3dr::deploy
