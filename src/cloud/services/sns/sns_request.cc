#include "cloud/services/sns/sns_request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/policy/policy.h"
#include "base/encoding.h"
#include "cloud/door/policy_keys.h"
#include "cloud/door/principals.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/service_ids.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 10> topic_attributes_not_there = {
    "DeliveryPolicy",       "KmsMasterKeyId",     "FifoTopic",           "ContentBasedDeduplication",
    "ArchivePolicy",        "TracingConfig",      "FifoThroughputScope", "DataProtectionPolicy",
    "BeginningArchiveTime", "MaxArchivedMessages"};
constexpr std::array<std::string_view, 5> subscription_attributes_not_there = {
    "FilterPolicy", "FilterPolicyScope", "DeliveryPolicy", "SubscriptionRoleArn", "ReplayPolicy"};
constexpr std::size_t subject_max = 100;

std::string default_policy(const std::string& arn, const std::string& account) {
  json::array actions;
  for (const char* action : {"GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission",
                             "DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"})
    actions.emplace_back("SNS:" + std::string(action));
  return json::serialize(json::object{
      {"Version", "2008-10-17"},
      {"Id", "__default_policy_ID"},
      {"Statement",
       json::array{json::object{{"Sid", "__default_statement_ID"},
                                {"Effect", "Allow"},
                                {"Principal", {{"AWS", "*"}}},
                                {"Action", std::move(actions)},
                                {"Resource", arn},
                                {"Condition", {{"StringEquals", {{"AWS:SourceOwner", account}}}}}}}}});
}

void check_subject(const std::string& subject) {
  const auto printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (subject.empty() || subject.size() > subject_max || !std::ranges::all_of(subject, printable) ||
      subject.front() == ' ')
    throw invalid_parameter("Subject", "it is 1 to 100 printable ASCII characters and begins with no blank");
}

// A policy that cannot be read would lock everybody out, so it is refused.
void check_topic_policy(cloud::GlobalPlane& global, const std::string& text) {
  try {
    const aws::Policy policy = aws::parse_policy(text, aws::PolicyUse::resource);
    if (const auto missing = cloud::missing_principal(global, policy))
      throw invalid_parameter("Policy Error", "PrincipalNotFound: " + *missing);
    if (const auto key = cloud::key_not_evaluated(policy, aws::PolicyUse::resource))
      throw ServiceError{"NotImplemented", cloud::not_evaluated_message(*key), 501};
  } catch (const Error& error) {
    throw invalid_parameter("Policy", error.message());
  }
}

// {"default": "…", "lambda": "…"}: the default, and the others for their protocols.
void read_structure(Publication& publication) {
  const auto object = parsed_object(publication.message);
  if (!object) throw invalid_parameter("Message Structure", "JSON message body failed to parse");
  const json::value* otherwise = object->if_contains("default");
  if (otherwise == nullptr || !otherwise->is_string())
    throw invalid_parameter("Message Structure", "No default entry in JSON message body");
  for (const char* protocol : {"lambda", "sqs"}) {
    const json::value* own = object->if_contains(protocol);
    if (own != nullptr && own->is_string())
      publication.per_protocol[protocol] = std::string(own->get_string());
  }
  publication.message = std::string(otherwise->get_string());
}

// A type that only SNS knows: a JSON array of strings, numbers, booleans and nulls.
bool is_flat_array(const std::string& text) {
  boost::system::error_code failure;
  const json::value value = json::parse(text, failure);
  if (failure || !value.is_array()) return false;
  return std::ranges::none_of(value.get_array(),
                              [](const json::value& item) { return item.is_array() || item.is_object(); });
}

MessageAttributes read_attributes(const QueryForm& form, const std::string& prefix) {
  MessageAttributes attributes;
  const std::string entries = prefix + "MessageAttributes.entry";
  const std::vector<std::string> names = form.list(entries, "Name");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string value = entries + "." + std::to_string(i + 1) + ".Value.";
    MessageAttribute attribute;
    attribute.type = form.get(value + "DataType").value_or("");
    attribute.value = form.get(value + (attribute.is_binary() ? "BinaryValue" : "StringValue")).value_or("");
    if (attribute.is_binary()) attribute.value = from_base64(attribute.value).value_or("");
    if (const auto why = why_refused(names[i], attribute))
      throw ServiceError{"ParameterValueInvalid", *why, 400};
    if (attribute.type == "String.Array" && !is_flat_array(attribute.value)) {
      throw ServiceError{"ParameterValueInvalid",
                         "The message attribute '" + names[i] +
                             "' is not a JSON array of strings, numbers, booleans and nulls.",
                         400};
    }
    attributes[names[i]] = std::move(attribute);
  }
  return attributes;
}

}  // namespace

ServiceError invalid_parameter(std::string_view parameter, std::string_view reason) {
  return {"InvalidParameter",
          "Invalid parameter: " + std::string(parameter) + " Reason: " + std::string(reason), 400};
}

ServiceError not_implemented(std::string_view what) {
  return {"NotImplemented", std::string(what) + " is not supported yet.", 501};
}

aws::Arn checked_topic_arn(const std::string& region, const std::string& text) {
  auto arn = aws::parse_arn(text);
  if (!arn || arn->service != "sns" || arn->resource.find(':') != std::string::npos)
    throw invalid_parameter("TopicArn", "it is not the ARN of a topic");
  if (arn->region != region)
    throw invalid_parameter("TopicArn", "the topic is of region " + arn->region + ", this is " + region);
  return std::move(*arn);
}

TopicRow require_topic(cloud::Connection& db, const std::string& region, const std::string& text) {
  const aws::Arn arn = checked_topic_arn(region, text);
  auto topic = find_topic(db, arn.account, arn.resource);
  if (!topic) throw ServiceError{"NotFound", "Topic does not exist", 404};
  return std::move(*topic);
}

SubscriptionRow require_subscription(cloud::Connection& db, const cloud::ServiceRequest& request,
                                     const std::string& text) {
  const auto arn = aws::parse_arn(text);
  if (!arn || arn->service != "sns" || arn->resource.find(':') == std::string::npos)
    throw invalid_parameter("SubscriptionArn", "it is not the ARN of a subscription");
  auto subscription = find_subscription(db, text);
  if (!subscription) throw ServiceError{"NotFound", "Subscription does not exist", 404};
  const std::string& caller = request.caller.account.text();
  if (subscription->account != caller && arn->account != caller) {
    throw ServiceError{"AuthorizationError",
                       "User: " + request.caller.arn + " is not authorized on resource: " + text, 403};
  }
  return std::move(*subscription);
}

bool check_topic_attribute(cloud::GlobalPlane& global, const std::string& name, const std::string& value) {
  if (name == "DisplayName") {
    if (value.size() > subject_max)
      throw invalid_parameter("DisplayName", "it is longer than 100 characters");
    return true;
  }
  if (name == "Policy") {
    if (!value.empty()) check_topic_policy(global, value);
    return true;
  }
  if (name == "SignatureVersion") {
    if (value != "1") throw not_implemented("SignatureVersion " + value);
    return false;
  }
  const bool known =
      std::ranges::find(topic_attributes_not_there, name) != topic_attributes_not_there.end() ||
      name.ends_with("FeedbackRoleArn") || name.ends_with("FeedbackSampleRate");
  if (!known) throw invalid_parameter("AttributeName", "unknown attribute " + name);
  if (value.empty() || value == "false") return false;
  throw not_implemented("The topic attribute " + name);
}

bool check_subscription_attribute(const cloud::ServiceRequest& request, const std::string& region,
                                  const std::string& protocol, const std::string& name,
                                  const std::string& value) {
  if (name == "RedrivePolicy") {
    if (value.empty()) return true;
    const auto policy = parsed_object(value);
    const json::value* target = policy ? policy->if_contains("deadLetterTargetArn") : nullptr;
    const auto arn =
        target != nullptr && target->is_string() ? aws::parse_arn(target->get_string()) : std::nullopt;
    if (!arn || arn->service != "sqs")
      throw invalid_parameter("RedrivePolicy", "deadLetterTargetArn must be an SQS queue ARN");
    if (arn->region != region || arn->account != request.caller.account.text())
      throw invalid_parameter("RedrivePolicy",
                              "the dead-letter queue must be of the same account and region");
    return true;
  }
  if (name == "RawMessageDelivery") {
    if (value != "true" && value != "false")
      throw invalid_parameter("RawMessageDelivery", "it must be true or false");
    if (value == "true" && protocol != "sqs")
      throw invalid_parameter("Attributes",
                              "Delivery protocol [" + protocol + "] does not support raw message delivery.");
    return true;
  }
  if (std::ranges::find(subscription_attributes_not_there, name) == subscription_attributes_not_there.end())
    throw invalid_parameter("AttributeName", "unknown attribute " + name);
  if (value.empty() || value == "{}") return false;
  throw not_implemented("The subscription attribute " + name);
}

// SNS shows this for every topic. It concerns only HTTP subscribers, which this cloud does not have.
constexpr const char* default_delivery_policy =
    R"({"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,)"
    R"("numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},)"
    R"("disableSubscriptionOverrides":false,)"
    R"("defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}})";

NamedTexts told_topic_attributes(cloud::Connection& db, const std::string& region, const TopicRow& topic) {
  const std::string arn = topic.arn(region);
  NamedTexts told{{"TopicArn", arn},
                  {"Owner", topic.account},
                  {"Policy", default_policy(arn, topic.account)},
                  {"EffectiveDeliveryPolicy", default_delivery_policy},
                  {"DisplayName", ""},
                  {"SubscriptionsConfirmed", std::to_string(count_subscriptions(db, topic.id))},
                  {"SubscriptionsPending", "0"},
                  {"SubscriptionsDeleted", "0"}};
  for (const auto& [name, value] : topic.attributes) {
    if (!value.empty()) told[name] = value;
  }
  return told;
}

NamedTexts told_subscription_attributes(const SubscriptionRow& subscription) {
  NamedTexts told{{"SubscriptionArn", subscription.arn}, {"TopicArn", subscription.topic_arn},
                  {"Owner", subscription.account},       {"Protocol", subscription.protocol},
                  {"Endpoint", subscription.endpoint},   {"ConfirmationWasAuthenticated", "true"},
                  {"PendingConfirmation", "false"},      {"RawMessageDelivery", "false"}};
  for (const auto& [name, value] : subscription.attributes) {
    if (!value.empty()) told[name] = value;
  }
  return told;
}

Publication read_publication(const QueryForm& form, const std::string& prefix, Random& random) {
  for (const char* name : {"MessageGroupId", "MessageDeduplicationId"}) {
    if (form.get(prefix + name)) throw invalid_parameter(name, "it is for FIFO topics only");
  }
  Publication publication;
  publication.message_id = new_uuid(random);
  publication.message = form.get(prefix + "Message").value_or("");
  if (publication.message.empty())
    throw ServiceError{"InvalidParameter", "Invalid parameter: Empty message", 400};
  publication.subject = form.get(prefix + "Subject");
  if (publication.subject) check_subject(*publication.subject);
  publication.attributes = read_attributes(form, prefix);
  const std::size_t size = size_of(publication);
  if (size > publication_bytes_max)
    throw ServiceError{"InvalidParameter", "Invalid parameter: Message too long", 400};
  const std::string structure = form.get(prefix + "MessageStructure").value_or("");
  if (structure == "json") {
    read_structure(publication);
  } else if (!structure.empty()) {
    throw invalid_parameter("MessageStructure", "it can only be json");
  }
  return publication;
}

std::size_t size_of(const Publication& publication) {
  return publication.message.size() + size_of(publication.attributes);
}

}  // namespace s3dr::services
