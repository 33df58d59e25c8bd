#include "cloud/services/sqs/sqs_attributes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "aws/arn.h"
#include "aws/policy/policy.h"
#include "cloud/door/policy_keys.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/sqs/sqs_request.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

struct NumberAttribute {
  std::string_view name;
  std::int64_t least, most;
};
constexpr std::array<NumberAttribute, 5> numbers = {{{"DelaySeconds", 0, 900},
                                                     {"MaximumMessageSize", 1024, 1'048'576},
                                                     {"MessageRetentionPeriod", 60, 1'209'600},
                                                     {"ReceiveMessageWaitTimeSeconds", 0, 20},
                                                     {"VisibilityTimeout", 0, 43'200}}};
constexpr std::array<std::string_view, 8> not_there = {
    "FifoQueue",      "ContentBasedDeduplication",    "DeduplicationScope",   "FifoThroughputLimit",
    "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled", "RedriveAllowPolicy"};
constexpr std::int64_t receives_max = 1000;

std::string invalid_value(std::string_view name) {
  return "Invalid value for the parameter " + std::string(name) + ".";
}

// A policy that cannot be read would lock everybody out, so it is refused.
std::string checked_policy(const std::string& text) {
  try {
    const aws::Policy policy = aws::parse_policy(text, aws::PolicyUse::resource);
    if (const auto key = cloud::key_not_evaluated(policy, aws::PolicyUse::resource))
      throw sqs_error("UnsupportedOperation", cloud::not_evaluated_message(*key), 501);
  } catch (const Error&) {
    throw sqs_error("InvalidAttributeValue", invalid_value("Policy"));
  }
  return text;
}

[[noreturn]] void refuse_redrive(const std::string& text, const std::string& reason) {
  throw sqs_error("InvalidParameterValue",
                  "Value " + text + " for parameter RedrivePolicy is invalid. Reason: " + reason);
}

// In one form, so that two spellings of the same policy are equal: maxReceiveCount may be a number or a text.
std::string checked_redrive_policy(cloud::Connection& db, const std::string& text, const std::string& region,
                                   const std::string& account) {
  json::error_code malformed;
  const json::value value = json::parse(text, malformed);
  if (malformed || !value.is_object()) refuse_redrive(text, "Redrive policy is not a valid JSON map.");
  const json::value* target = value.get_object().if_contains("deadLetterTargetArn");
  const json::value* count = value.get_object().if_contains("maxReceiveCount");
  if (target == nullptr || !target->is_string())
    refuse_redrive(text, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  if (count == nullptr)
    refuse_redrive(text, "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  std::optional<std::int64_t> receives;
  if (count->is_int64()) receives = count->get_int64();
  if (count->is_string()) receives = whole_number(count->get_string());
  if (!receives || *receives < 1 || *receives > receives_max)
    refuse_redrive(text,
                   "Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive.");
  const auto arn = aws::parse_arn(target->get_string());
  if (!arn || arn->service != "sqs" || arn->region != region || arn->account != account)
    refuse_redrive(text, "Dead-letter target must be a queue of the same account and region.");
  if (!find_queue(db, arn->account, arn->resource))
    refuse_redrive(text, "Dead letter target does not exist.");
  return json::serialize(
      json::object{{"deadLetterTargetArn", aws::to_string(*arn)}, {"maxReceiveCount", *receives}});
}

}  // namespace

json::object checked_attributes(cloud::Connection& db, const json::object& given, const std::string& region,
                                const std::string& account) {
  json::object checked;
  for (const auto& [key, value] : given) {
    const std::string name(key);
    if (!value.is_string()) throw sqs_error("InvalidAttributeValue", invalid_value(name));
    const std::string text(value.get_string());
    const auto number = std::ranges::find(numbers, name, &NumberAttribute::name);
    if (number != numbers.end()) {
      const auto seen = whole_number(text);
      if (!seen || *seen < number->least || *seen > number->most)
        throw sqs_error("InvalidAttributeValue", invalid_value(name));
      checked[name] = std::to_string(*seen);
    } else if (name == "Policy") {
      checked[name] = text.empty() ? "" : checked_policy(text);
    } else if (name == "RedrivePolicy") {
      checked[name] = text.empty() ? "" : checked_redrive_policy(db, text, region, account);
    } else if (std::ranges::find(not_there, name) != not_there.end()) {
      if (text == "false" || text.empty()) continue;  // asks for what is so anyway
      throw sqs_error("UnsupportedOperation", "The attribute " + name + " is not supported yet.", 501);
    } else {
      throw sqs_error("InvalidAttributeName", "Unknown Attribute " + name + ".");
    }
  }
  return checked;
}

void apply_attributes(QueueRow& queue, const json::object& checked) {
  for (const auto& [name, value] : checked) {
    if (value.get_string().empty())
      queue.attributes.erase(name);
    else
      queue.attributes[name] = value;
  }
}

std::string differing_attribute(const QueueRow& queue, const json::object& checked) {
  for (const auto& [name, value] : checked) {
    const json::value* set = queue.attributes.if_contains(name);
    const bool is_number =
        std::ranges::find(numbers, std::string_view(name), &NumberAttribute::name) != numbers.end();
    const std::string now = is_number        ? std::to_string(queue.number(name))
                            : set != nullptr ? std::string(set->get_string())
                                             : "";
    if (now != value.get_string()) return std::string(name);
  }
  return "";
}

json::object told_attributes(cloud::Connection& db, const QueueRow& queue, const std::string& region,
                             const std::vector<std::string>& names, Instant now) {
  const auto seconds = [](Instant instant) {
    return std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(instant.time_since_epoch()).count());
  };
  const QueueCounts counts = count_messages(db, queue, now);
  json::object all;
  all["QueueArn"] = queue_arn(region, queue);
  all["ApproximateNumberOfMessages"] = std::to_string(counts.visible);
  all["ApproximateNumberOfMessagesNotVisible"] = std::to_string(counts.in_flight);
  all["ApproximateNumberOfMessagesDelayed"] = std::to_string(counts.delayed);
  all["CreatedTimestamp"] = seconds(queue.created);
  all["LastModifiedTimestamp"] = seconds(queue.modified);
  for (const NumberAttribute& number : numbers) all[number.name] = std::to_string(queue.number(number.name));
  all["SqsManagedSseEnabled"] = "false";
  for (const auto& [name, value] : queue.attributes) all[name] = value;
  if (std::ranges::find(names, "All") != names.end()) return all;
  json::object told;
  for (const std::string& name : names) {
    const bool known = all.contains(name) || name == "Policy" || name == "RedrivePolicy" ||
                       std::ranges::find(not_there, name) != not_there.end();
    if (!known) throw sqs_error("InvalidAttributeName", "Unknown Attribute " + name + ".");
    if (const json::value* value = all.if_contains(name)) told[name] = *value;
  }
  return told;
}

}  // namespace s3dr::services
