#include "deploy/doors.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "deploy/dead_letters.h"
#include "deploy/declare/declaration.h"
#include "deploy/log_pages.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr const char* tag_key = "s3dr:self-test";
// The clocks of this machine and of the log service differ.
constexpr milliseconds clock_difference_max{60'000};

// Where something is sent, and the names there. All of it outlives the call.
struct Door {
  client::ServiceClient& client;
  const Settings& settings;
  const Names& names;
};

// Something that is sent through a door, and where it has to arrive.
struct Sent {
  Door door;
  Function function;
  std::string what;                   // "rule s3dr-sweep starts s3dr-source_bucket_check"
  std::optional<json::object> event;  // for the bus
  Form message;                       // for a topic, without an event
  std::string refused = {};           // why the first one could not be sent at all
  // Each one that was sent has its own, which stands in the function's line, and in a dead letter.
  std::vector<std::string> ids = {};
  milliseconds sent_at{0};
};

Sent behind(Door door, const std::string& what, Function function) {
  return {door, function,
          "the " + what + " starts " + door.names.function(function) +
              place_suffix(door.settings, door.names, function),
          std::nullopt, Form()};
}

Sent behind_rule(Door door, const char* rule, Function function, json::object event) {
  Sent sent = behind(door, "rule " + door.names.rule(rule), function);
  sent.event = std::move(event);
  return sent;
}

Sent behind_topic(Door door, Function function, const std::string& id) {
  Sent sent = behind(door, "topic " + door.names.topic(function), function);
  dr::Message message = harmless_message(door.settings, id);
  message.kind = dr::MessageKind::ensure;
  sent.message = Form{{"TopicArn", door.names.topic_arn(function)}, {"Message", dr::to_json(message)}};
  return sent;
}

// May be called again: whoever receives it passes over each one.
Task<> send(Sent& sent, Clock& clock) {
  ServiceCalls calls(sent.door.client);
  sent.sent_at = clock.uptime();
  std::string id, refused;
  if (sent.event) {
    json::object body{{"Entries", json::array{*sent.event}}};
    const json::value answer = co_await calls.json(events_service, "PutEvents", std::move(body));
    const json::array& entries = list_at(answer, {"Entries"});
    if (!entries.empty()) id = text_at(entries.front(), {"EventId"});
    refused = "the event bus does not take the event: " + json::serialize(entries);
  } else {
    Form form = sent.message;
    const QueryAnswer answer = co_await calls.query("sns", "Publish", std::move(form));
    id = answer.text({"MessageId"});
    refused = "the topic does not say what it took";
  }
  if (!id.empty())
    sent.ids.push_back(std::move(id));
  else if (sent.ids.empty())
    sent.refused = std::move(refused);
}

// A filter of CloudWatch Logs: the line holds one of the texts.
std::string any_of_filter(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return "\"" + texts.front() + "\"";
  std::string filter;
  for (const std::string& text : texts) filter += (filter.empty() ? "?\"" : " ?\"") + text + "\"";
  return filter;
}

// The lines since `since` that hold one of the texts, parsed; lines that are not JSON are left out.
Task<std::vector<json::value>> lines_with(client::ServiceClient& client, std::string log_group,
                                          std::vector<std::string> texts, Instant since) {
  std::vector<json::value> result;
  LogPages pages(client, std::move(log_group), since - clock_difference_max, any_of_filter(texts));
  while (const auto page = co_await pages.next()) {
    for (const LogLine& line : *page) {
      boost::system::error_code failure;
      json::value parsed = json::parse(line.text, failure);
      if (!failure) result.push_back(std::move(parsed));
    }
  }
  co_return result;
}

// Why a thing with one of these ids lies in the dead letter queue; empty: none does. Nothing is taken out.
Task<std::string> given_up_because(client::ServiceClient& client, std::string queue,
                                   std::vector<std::string> ids) {
  const auto letters = co_await read_letters(client, queue);
  if (!letters) co_return "";
  for (const DeadLetter& letter : *letters) {
    if (std::ranges::none_of(ids, [&](const auto& id) { return letter.body.contains(id); })) continue;
    co_return "it lies in the dead letter queue " + queue +
        (letter.reason.empty() ? "" : ": " + letter.reason);
  }
  co_return "";
}

std::string in_seconds(milliseconds time) {
  return std::to_string(time.count() / 1000) + " s";
}

// A rule that was made seconds ago may miss an event (AWS says so of PutRule), so it is sent again.
Task<SelfTestStep> wait_for(Sent& sent, Instant since, Clock& clock, DoorTimes times) {
  SelfTestStep step{sent.what, false, sent.refused};
  if (!step.detail.empty()) co_return step;
  client::ServiceClient& client = sent.door.client;
  const Names& names = sent.door.names;
  const milliseconds started = clock.uptime();
  const std::string group = names.log_group(sent.function);
  while (true) {
    const auto lines = co_await lines_with(client, group, sent.ids, since);
    step.passed = !lines.empty();
    if (step.passed) co_return step;
    step.detail = co_await given_up_because(client, names.dead_letters(), sent.ids);
    if (!step.detail.empty()) co_return step;
    if (clock.uptime() - started >= times.arrival_max) break;
    if (clock.uptime() - sent.sent_at >= times.send_again) co_await send(sent, clock);
    co_await clock.sleep(times.look_again);
  }
  step.detail = sent.ids.front() + " did not arrive: no line of it in " + group + " within " +
                in_seconds(times.arrival_max);
  if (sent.ids.size() > 1) step.detail += ", sent " + std::to_string(sent.ids.size()) + " times";
  co_return step;
}

// The rule of the schedule and its right to invoke the function.
Task<SelfTestStep> look_at_schedule(client::ServiceClient& client, const Names& names, Settings settings) {
  SelfTestStep step{"the schedule " + names.rule(sweep) + " is as declared (its tick is not waited for)",
                    false, ""};
  const auto rules = make_rule_kind(client), permissions = make_permission_kind(client);
  int looked = 0;
  for (const Resource& resource : declare(settings)) {
    const bool is_rule = resource.kind == Kind::rule && resource.name == names.rule(sweep);
    const bool is_right = resource.kind == Kind::permission &&
                          text_at(resource.properties, {"source_arn"}) == names.rule_arn(sweep);
    if (!is_rule && !is_right) continue;
    ++looked;
    const auto live = co_await (is_rule ? rules : permissions)->read(resource);
    if (!live) {
      step.detail = "there is no " + resource.id();
      co_return step;
    }
    for (const FieldChange& field : differences(live->properties, resource.properties)) {
      if (field.path == "description" || field.path.starts_with("tags")) continue;
      step.detail = resource.id() + ": " + field.path + " is " + shown(field.live) + " instead of " +
                    shown(field.declared);
      co_return step;
    }
  }
  step.passed = looked == 2;
  if (!step.passed) step.detail = "the declaration has no schedule";
  co_return step;
}

json::object entry_of(const char* source, const char* type, std::string detail) {
  return {{"Source", source}, {"DetailType", type}, {"Detail", std::move(detail)}};
}

// The call that was made: its name is what the event will say.
Task<std::string> put_tag(ports::BucketStore& buckets, s3::BucketName bucket, s3::Tag tag) {
  bool has_control = true;
  try {
    s3::TagSet added{tag};
    co_await buckets.tag_resource(bucket, std::move(added));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
    has_control = false;
  }
  if (has_control) co_return "TagResource";
  s3::TagSet tags = (co_await buckets.get_bucket_tagging(bucket)).value_or(s3::TagSet());
  tags.push_back(std::move(tag));
  co_await buckets.put_bucket_tagging(bucket, std::move(tags));
  co_return "PutBucketTagging";
}

Task<> take_tag_away(ports::BucketStore& buckets, s3::BucketName bucket, std::string call) {
  if (call == "TagResource") {
    std::vector<std::string> keys{tag_key};
    co_await buckets.untag_resource(bucket, std::move(keys));
    co_return;
  }
  s3::TagSet tags = (co_await buckets.get_bucket_tagging(bucket)).value_or(s3::TagSet());
  std::erase_if(tags, [](const s3::Tag& tag) { return tag.key == tag_key; });
  co_await buckets.put_bucket_tagging(bucket, std::move(tags));
}

}  // namespace

json::object call_detail(const s3::BucketName& bucket, bool failed) {
  json::object detail{{"eventSource", "s3.amazonaws.com"},
                      {"eventName", "PutBucketVersioning"},
                      {"requestParameters", json::object{{"bucketName", bucket.text()}}}};
  if (failed) detail["errorCode"] = "AccessDenied";
  return detail;
}

json::object tag_change_detail() {
  return {{"service", "s3"}, {"resource-type", "bucket"}, {"changed-tag-keys", json::array{tag_key}}};
}

dr::Message harmless_message(const Settings& settings, const std::string& id) {
  dr::Message message;
  message.bucket = settings.reports_bucket;
  message.region = settings.source.region;
  message.account = settings.source.account;
  message.correlation_id = id;
  return message;
}

Task<std::optional<std::int64_t>> reserved_concurrency(client::ServiceClient& client, std::string function) {
  ServiceCalls calls(client);
  const auto found =
      co_await calls.lambda_if_found("GET", "/2019-09-30/functions/" + uri_encode(function) + "/concurrency");
  if (!found) co_return std::nullopt;
  const json::value limit = normal_number(at(*found, {"ReservedConcurrentExecutions"}));
  if (!limit.is_int64()) co_return std::nullopt;
  co_return limit.get_int64();
}

std::string place_suffix(const Settings& settings, const Names& names, Function function) {
  const bool is_one_of_several =
      side_of(function) == Side::destination && destinations_of(settings).size() > 1;
  return is_one_of_several ? " in " + names.place_text(Side::destination) : "";
}

Task<std::vector<SelfTestStep>> try_doors(Places places, Settings settings, Clock& clock, std::string id,
                                          DoorTimes times) {
  constexpr Function source_check = Function::source_bucket_check;
  constexpr Function destination_check = Function::destination_bucket_check;
  const std::vector<Names> destinations = all_destinations(settings);
  const Names& names = destinations.front();
  const Instant since = clock.now();
  const std::string bucket_arn = names.bucket_arn(settings.reports_bucket.text());
  json::object call = entry_of(self_test_source, "AWS API Call via CloudTrail",
                               json::serialize(call_detail(settings.reports_bucket, false)));
  json::object tag =
      entry_of(self_test_source, "Tag Change on Resource", json::serialize(tag_change_detail()));
  tag["Resources"] = json::array{json::string(bucket_arn)};
  json::object check = entry_of("s3dr", "Bucket Check", dr::to_json(harmless_message(settings, id)));
  const Door source{places.source.services, settings, names};
  std::vector<Sent> sent;
  sent.push_back(behind_rule(source, bucket_events, source_check, std::move(call)));
  sent.push_back(behind_rule(source, tag_changes, source_check, std::move(tag)));
  sent.push_back(behind_rule(source, bucket_checks, source_check, std::move(check)));
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    const Door destination{places.destinations[i].services, settings, destinations[i]};
    json::object replica = entry_of(self_test_source, "AWS API Call via CloudTrail",
                                    json::serialize(call_detail(destinations[i].control_bucket(), false)));
    sent.push_back(behind_rule(destination, replica_events, destination_check, std::move(replica)));
  }
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    const Door destination{places.destinations[i].services, settings, destinations[i]};
    sent.push_back(behind_topic(destination, destination_check, id));
  }
  sent.push_back(behind_topic(source, Function::enable_replication, id));
  // All go in before the first is waited for: they are on their way at the same time.
  for (Sent& one : sent) co_await send(one, clock);
  std::vector<SelfTestStep> steps;
  for (Sent& one : sent) steps.push_back(co_await wait_for(one, since, clock, times));
  steps.push_back(co_await look_at_schedule(source.client, names, settings));
  co_return steps;
}

Task<SelfTestStep> try_trail(SideAccess source, Settings settings, Clock& clock, std::string id,
                             DoorTimes times) {
  const Names names(settings);
  const std::string group = names.log_group(Function::source_bucket_check);
  const std::string bucket = settings.reports_bucket.text();
  const std::vector<std::string> on_bucket{bucket};
  SelfTestStep step{"a trail tells of a tag on " + bucket, false, ""};
  const Instant since = clock.now();
  const auto told = [&](const std::vector<json::value>& lines, const std::string& call) {
    return std::ranges::count_if(lines,
                                 [&](const json::value& line) { return text_at(line, {"call"}) == call; });
  };
  const auto before = co_await lines_with(source.services, group, on_bucket, since);
  const milliseconds started = clock.uptime();
  s3::Tag tag{tag_key, id};
  const std::string call = co_await put_tag(source.buckets, settings.reports_bucket, std::move(tag));
  const auto known = told(before, call);
  while (true) {
    const auto lines = co_await lines_with(source.services, group, on_bucket, since);
    step.passed = told(lines, call) > known;
    if (step.passed || clock.uptime() - started >= times.trail_arrival_max) break;
    co_await clock.sleep(times.look_again);
  }
  if (!step.passed)
    step.detail = "no line of " + call + " in " + group + " within " + in_seconds(times.trail_arrival_max);
  co_await take_tag_away(source.buckets, settings.reports_bucket, call);
  co_return step;
}

}  // namespace s3dr::deploy
