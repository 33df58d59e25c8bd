#include <utility>

#include "base/encoding.h"
#include "client/s3/object_writer.h"
#include "sim/deploy/by_hand.h"
#include "sim/world/raw_calls.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;
using client::ServiceClient;
using deploy::Kind;
using deploy::Resource;
using Form = std::map<std::string, std::string>;
using Tags = std::map<std::string, std::string>;

constexpr const char* trail_calls = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.";

std::string text_of(const json::object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

json::object map_of(const Tags& tags) {
  json::object result;
  for (const auto& [key, value] : tags) result[key] = value;
  return result;
}

json::array list_of(const Tags& tags) {
  json::array result;
  for (const auto& [key, value] : tags) result.push_back(json::object{{"Key", key}, {"Value", value}});
  return result;
}

Task<> tag_with_forms(ServiceClient& client, std::string service, Form whose, std::string set_action,
                      std::string take_action, Tags set, std::string taken_away) {
  if (!set.empty()) {
    Form form = whose;
    std::size_t number = 0;
    for (const auto& [key, value] : set) {
      const std::string name = "Tags.member." + std::to_string(++number);
      form[name + ".Key"] = key;
      form[name + ".Value"] = value;
    }
    co_await query(client, service, std::move(set_action), std::move(form));
  }
  if (taken_away.empty()) co_return;
  whose["TagKeys.member.1"] = taken_away;
  co_await query(client, service, std::move(take_action), std::move(whose));
}

// `tags`: the set ones, as the service writes them.
Task<> tag_with_json(ServiceClient& client, std::string service, std::string prefix, json::object whose,
                     std::pair<const char*, json::value> set, std::pair<const char*, const char*> actions,
                     std::pair<const char*, json::value> taken) {
  const bool none = set.second.is_array() ? set.second.get_array().empty() : set.second.get_object().empty();
  if (!none) {
    json::object body = whose;
    body[set.first] = set.second;
    co_await call_json(client, service, prefix + actions.first, std::move(body));
  }
  if (taken.second.is_null()) co_return;
  whose[taken.first] = taken.second;
  co_await call_json(client, service, prefix + actions.second, std::move(whose));
}

json::value list_with(const std::string& key) {
  if (key.empty()) return nullptr;
  json::array list;
  list.emplace_back(key);
  return list;
}

Task<std::string> queue_url(ServiceClient& client, std::string name) {
  json::object ask{{"QueueName", name}};
  const json::value answer = co_await call_json(client, "sqs", "AmazonSQS.GetQueueUrl", std::move(ask));
  co_return text_of(answer.as_object(), "QueueUrl");
}

Task<> tag_queue(ServiceClient& client, std::string name, Tags set, std::string taken_away) {
  json::object whose{{"QueueUrl", co_await queue_url(client, name)}};
  co_await tag_with_json(client, "sqs", "AmazonSQS.", std::move(whose), {"Tags", map_of(set)},
                         {"TagQueue", "UntagQueue"}, {"TagKeys", list_with(taken_away)});
}

Task<> tag_bucket(ports::BucketStore& buckets, std::string name, Tags set, std::string taken_away) {
  const s3::BucketName bucket = s3::BucketName::parse(name);
  const auto tags = co_await buckets.get_bucket_tagging(bucket);
  Tags all;
  for (const s3::Tag& tag : tags.value_or(s3::TagSet())) all[tag.key] = tag.value;
  for (const auto& [key, value] : set) all[key] = value;
  all.erase(taken_away);
  s3::TagSet wanted;
  for (const auto& [key, value] : all) wanted.push_back({key, value});
  co_await buckets.put_bucket_tagging(bucket, std::move(wanted));
}

Task<> tag_function(ServiceClient& client, std::string arn, Tags set, std::string taken_away) {
  const std::string path = "/2017-03-31/tags/" + uri_encode(arn);
  if (!set.empty()) co_await call_lambda(client, "POST", path, json::object{{"Tags", map_of(set)}});
  if (!taken_away.empty())
    co_await call_lambda(client, "DELETE", path + "?tagKeys=" + uri_encode(taken_away));
}

Task<> tag_trail(ServiceClient& client, std::string arn, Tags set, std::string taken_away) {
  json::object whose{{"ResourceId", arn}};
  Tags taken;
  if (!taken_away.empty()) taken[taken_away] = "";
  json::value gone = list_of(taken);
  if (taken.empty()) gone = nullptr;
  co_await tag_with_json(client, "cloudtrail", trail_calls, std::move(whose), {"TagsList", list_of(set)},
                         {"AddTags", "RemoveTags"}, {"TagsList", gone});
}

Task<> delete_role(ServiceClient& client, Resource role) {
  for (const auto& [policy, document] : role.properties.at("policies").as_object()) {
    Form form{{"RoleName", role.name}, {"PolicyName", std::string(policy)}};
    co_await query(client, "iam", "DeleteRolePolicy", std::move(form));
  }
  Form form{{"RoleName", role.name}};
  co_await query(client, "iam", "DeleteRole", std::move(form));
}

Task<> delete_queue(ServiceClient& client, std::string name) {
  json::object body{{"QueueUrl", co_await queue_url(client, name)}};
  co_await call_json(client, "sqs", "AmazonSQS.DeleteQueue", std::move(body));
}

Task<> delete_subscription(ServiceClient& client, Resource subscription) {
  Form ask{{"TopicArn", text_of(subscription.properties, "topic")}};
  const std::string list = co_await query(client, "sns", "ListSubscriptionsByTopic", std::move(ask));
  const std::size_t endpoint = list.find(text_of(subscription.properties, "endpoint"));
  if (endpoint == std::string::npos) throw Failed("no subscription " + subscription.name);
  Form form{
      {"SubscriptionArn", element_text(list.substr(list.rfind("<member>", endpoint)), "SubscriptionArn")}};
  co_await query(client, "sns", "Unsubscribe", std::move(form));
}

Task<> delete_rule(ServiceClient& client, Resource rule) {
  json::array ids;
  for (const auto& [id, target] : rule.properties.at("targets").as_object()) ids.emplace_back(id);
  json::object targets{{"Rule", rule.name}, {"Ids", std::move(ids)}};
  co_await call_json(client, "events", "AWSEvents.RemoveTargets", std::move(targets));
  json::object body{{"Name", rule.name}};
  co_await call_json(client, "events", "AWSEvents.DeleteRule", std::move(body));
}

Task<> discard(Task<json::value> call) {
  co_await std::move(call);
}

Task<> discard(Task<std::string> call) {
  co_await std::move(call);
}

}  // namespace

Task<> tag_by_hand(ServiceHands& hands, Resource resource, Tags set, std::string taken_away) {
  ServiceClient& client = hands.of(resource);
  switch (resource.kind) {
    case Kind::role:
      return tag_with_forms(client, "iam", {{"RoleName", resource.name}}, "TagRole", "UntagRole",
                            std::move(set), std::move(taken_away));
    case Kind::topic:
      return tag_with_forms(client, "sns", {{"ResourceArn", resource.arn}}, "TagResource", "UntagResource",
                            std::move(set), std::move(taken_away));
    case Kind::queue:
      return tag_queue(client, resource.name, std::move(set), std::move(taken_away));
    case Kind::bucket:
      return tag_bucket(hands.access(resource.side).buckets, resource.name, std::move(set),
                        std::move(taken_away));
    case Kind::function:
      return tag_function(client, resource.arn, std::move(set), std::move(taken_away));
    case Kind::log_group:
      return tag_with_json(client, "logs", "Logs_20140328.", {{"resourceArn", resource.arn}},
                           {"tags", map_of(set)}, {"TagResource", "UntagResource"},
                           {"tagKeys", list_with(taken_away)});
    case Kind::rule:
      return tag_with_json(client, "events", "AWSEvents.", {{"ResourceARN", resource.arn}},
                           {"Tags", list_of(set)}, {"TagResource", "UntagResource"},
                           {"TagKeys", list_with(taken_away)});
    case Kind::alarm:
      return tag_with_json(client, "monitoring", "GraniteServiceVersion20100801.",
                           {{"ResourceARN", resource.arn}}, {"Tags", list_of(set)},
                           {"TagResource", "UntagResource"}, {"TagKeys", list_with(taken_away)});
    case Kind::trail:
      return tag_trail(client, resource.arn, std::move(set), std::move(taken_away));
    case Kind::event_invoke_config:
    case Kind::permission:
    case Kind::subscription:
      break;
  }
  throw Failed(resource.id() + " has no tags");
}

Task<> delete_by_hand(ServiceHands& hands, Resource resource) {
  ServiceClient& client = hands.of(resource);
  const std::string function = "/2015-03-31/functions/";
  switch (resource.kind) {
    case Kind::role:
      return delete_role(client, std::move(resource));
    case Kind::queue:
      return delete_queue(client, resource.name);
    case Kind::log_group:
      return discard(
          call_json(client, "logs", "Logs_20140328.DeleteLogGroup", {{"logGroupName", resource.name}}));
    case Kind::bucket: {
      deploy::SideAccess side = hands.access(resource.side);
      const auto remove = [](client::S3Client& s3, s3::AccountId account, s3::BucketName name) -> Task<> {
        client::ObjectWriter writer(s3, account);
        co_await writer.delete_bucket(name);
      };
      return remove(side.s3, side.buckets.account(), s3::BucketName::parse(resource.name));
    }
    case Kind::function:
      return discard(call_lambda(client, "DELETE", function + uri_encode(resource.name)));
    case Kind::event_invoke_config:
      return discard(call_lambda(
          client, "DELETE", "/2019-09-25/functions/" + uri_encode(resource.name) + "/event-invoke-config"));
    case Kind::topic:
      return discard(query(client, "sns", "DeleteTopic", {{"TopicArn", resource.arn}}));
    case Kind::permission:
      return discard(call_lambda(client, "DELETE",
                                 function + uri_encode(text_of(resource.properties, "function")) +
                                     "/policy/" + uri_encode(text_of(resource.properties, "statement_id"))));
    case Kind::subscription:
      return delete_subscription(client, std::move(resource));
    case Kind::rule:
      return delete_rule(client, std::move(resource));
    case Kind::alarm:
      return discard(call_json(client, "monitoring", "GraniteServiceVersion20100801.DeleteAlarms",
                               {{"AlarmNames", list_with(resource.name)}}));
    case Kind::trail:
      return discard(call_json(client, "cloudtrail", std::string(trail_calls) + "DeleteTrail",
                               {{"Name", resource.name}}));
  }
  throw Failed("a kind that nobody deletes by hand");
}

}  // namespace s3dr::sim
