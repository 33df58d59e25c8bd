#include "lambda/input.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "aws/json_fields.h"
#include "base/error.h"
#include "base/utf8.h"
#include "dr/messages/event.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;
using Half = functions::SweepPosition::Half;

constexpr std::int64_t sweep_format = 1;
constexpr std::size_t records_max = 1000;
constexpr const char* not_for_this_function = "events of EventBridge are for source_bucket_check";
constexpr std::size_t token_bytes_max = 4096;
constexpr std::size_t event_id_bytes_max = 128;

const json::value* field_of(const json::value& value, std::string_view name) {
  const json::object* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

// nullopt: no such field, or not a text.
std::optional<std::string_view> text_of(const json::value& value, std::string_view name) {
  const json::value* field = field_of(value, name);
  const json::string* text = field == nullptr ? nullptr : field->if_string();
  if (text == nullptr) return std::nullopt;
  return std::string_view(*text);
}

void add_message(Input& input, const dr::Policy& policy, dr::Message message) {
  if (dr::is_own_bucket(policy, message.bucket)) {
    input.ignored.push_back(message.bucket.text() + ": one of our own buckets");
    return;
  }
  const auto same = [&](const dr::Message& present) { return present.bucket == message.bucket; };
  const auto found = std::find_if(input.messages.begin(), input.messages.end(), same);
  if (found == input.messages.end()) {
    input.messages.push_back(std::move(message));
  } else {
    *found = dr::merged(std::move(message), *found);
  }
}

void take_message(Input& input, const dr::Policy& policy, std::string_view text, const std::string& where) {
  std::string refused;
  try {
    add_message(input, policy, dr::parse_message(text));
  } catch (const Error& error) {
    refused = where + ": " + error.message();
  }
  if (!refused.empty()) input.refused.push_back(std::move(refused));
}

void read_records(Input& input, const dr::Policy& policy, const json::value& records) {
  const json::array* list = records.if_array();
  if (list == nullptr || list->empty()) {
    input.refused.emplace_back("Records: not a list of records");
    return;
  }
  if (list->size() > records_max) {
    input.refused.emplace_back("Records: more than " + std::to_string(records_max));
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const json::value& record = (*list)[i];
    const std::string where = "Records[" + std::to_string(i) + "]";
    if (text_of(record, "EventSource") != "aws:sns") {
      input.refused.push_back(where + ": not a delivery of SNS");
      continue;
    }
    const json::value* delivery = field_of(record, "Sns");
    if (delivery != nullptr && input.event_id.empty())
      input.event_id = cut_text(text_of(*delivery, "MessageId").value_or(""), event_id_bytes_max);
    const auto text = delivery == nullptr ? std::nullopt : text_of(*delivery, "Message");
    if (!text) {
      input.refused.push_back(where + ": without the text Sns.Message");
      continue;
    }
    take_message(input, policy, *text, where);
  }
}

Half parse_half(aws::JsonFields& fields) {
  const std::string half = fields.text("half");
  if (half != "tagged" && half != "recorded") fields.fail("field half has an unknown value");
  return half == "tagged" ? Half::tagged : Half::recorded;
}

// Raises invalid for anything else.
SweepStretch parse_stretch(const json::value& detail) {
  aws::JsonFields fields(detail, "detail", ErrorKind::invalid);
  SweepStretch stretch;
  if (detail.get_object().empty()) return stretch;
  if (fields.integer("v") != sweep_format) fields.fail("unknown version");
  const std::int64_t number = fields.integer_from("number", 0);
  if (number > sweep_stretches_max) fields.fail("field number is out of range");
  stretch.number = static_cast<int>(number);
  if (fields.optional("incomplete") != nullptr) stretch.incomplete = fields.boolean("incomplete");
  stretch.from.half = parse_half(fields);
  stretch.from.token = fields.text("token");
  if (stretch.from.token.size() > token_bytes_max) fields.fail("field token is too long");
  if (const std::string after = fields.text("after"); !after.empty())
    stretch.from.after = s3::BucketName::parse(after);
  fields.refuse_unknown();
  return stretch;
}

// nullopt: malformed.
std::optional<SweepStretch> read_stretch(const json::value* detail) {
  if (detail == nullptr) return std::nullopt;
  try {
    return parse_stretch(*detail);
  } catch (const Error&) {
    return std::nullopt;  // the caller reports what was refused
  }
}

void read_own_event(Input& input, const dr::Policy& policy, const json::value& envelope) {
  const auto type = text_of(envelope, "detail-type");
  const json::value* detail = field_of(envelope, "detail");
  if (type == bucket_check_type) {
    take_message(input, policy, detail == nullptr ? std::string() : json::serialize(*detail), "detail");
  } else if (type == sweep_type) {
    input.sweep = read_stretch(detail);
    if (!input.sweep) input.refused.emplace_back("detail: not a position of a sweep");
  } else {
    input.refused.emplace_back("detail-type: neither Bucket Check nor Sweep");
  }
}

void read_bucket_event(Input& input, const dr::Policy& policy, std::string_view event, dr::MessageKind kind,
                       const std::string& request_id) {
  dr::EventHint hint = dr::read_event(event);
  input.call = hint.event_name;
  const std::string correlation = hint.id.empty() ? request_id : hint.id;
  for (const s3::BucketName& bucket : hint.buckets) {
    dr::Message message = dr::message_for(policy, kind, bucket, correlation);
    message.setting_changed = hint.setting_changed;
    add_message(input, policy, std::move(message));
  }
  // In the destination region it is about the rules of a replica, which are nobody's business here.
  const bool of_source = kind == dr::MessageKind::look && dr::concerns_source(hint, policy.source_region);
  if (of_source && !input.messages.empty()) input.edit = std::move(hint.edit);
  if (hint.buckets.empty()) {
    const std::string name = hint.event_name.empty() ? "event" : hint.event_name;
    input.ignored.push_back(name + ": " + hint.ignored_because);
  }
}

void read_envelope(Input& input, const dr::Policy& policy, const json::value& envelope,
                   std::string_view event, const std::string& request_id) {
  const auto source = text_of(envelope, "source");
  if (source == event_source) {
    read_own_event(input, policy, envelope);
  } else if (source == "aws.events" || source == "aws.scheduler") {
    if (text_of(envelope, "detail-type") == "Scheduled Event") {
      input.sweep = SweepStretch();
      if (const auto time = text_of(envelope, "time")) input.scheduled = from_iso8601(*time);
    } else {
      input.refused.emplace_back("detail-type: not Scheduled Event");
    }
  } else {
    read_bucket_event(input, policy, event, dr::MessageKind::look, request_id);
  }
}

// destination_bucket_check hears of calls about buckets of its own region, and of nothing else.
void read_replica_event(Input& input, const dr::Policy& policy, const json::value& envelope,
                        std::string_view event, const std::string& request_id) {
  const std::string_view source = text_of(envelope, "source").value_or("");
  if (!source.starts_with("aws.s3") && !source.starts_with("aws.tag") && source != "s3dr.selftest") {
    input.refused.emplace_back(not_for_this_function);
    return;
  }
  read_bucket_event(input, policy, event, dr::MessageKind::replica, request_id);
}

}  // namespace

bool sweep_is_due(Instant scheduled, milliseconds interval) {
  constexpr milliseconds tick{60'000};
  const milliseconds since_1970 = std::chrono::floor<std::chrono::minutes>(scheduled.time_since_epoch());
  return interval <= tick || since_1970 % interval < tick;
}

std::string to_detail(const SweepStretch& stretch) {
  return json::serialize(json::object{{"v", sweep_format},
                                      {"number", stretch.number},
                                      {"incomplete", stretch.incomplete},
                                      {"half", stretch.from.half == Half::tagged ? "tagged" : "recorded"},
                                      {"token", stretch.from.token},
                                      {"after", stretch.from.after.text()}});
}

Input read_input(dr::Function function, const dr::Policy& policy, std::string_view event,
                 const std::string& request_id) {
  Input input;
  if (event.size() > input_bytes_max) {
    input.refused.emplace_back("the event is longer than an event may be");
    return input;
  }
  json::error_code failure;
  const json::value root = json::parse(event, failure);
  if (failure || !root.is_object()) {
    input.refused.push_back("the event is not a JSON object" + (failure ? ": " + failure.message() : ""));
    return input;
  }
  if (const json::value* records = field_of(root, "Records")) {
    read_records(input, policy, *records);
  } else if (field_of(root, "source") == nullptr) {
    input.refused.emplace_back("the event is neither a delivery of SNS nor an event of EventBridge");
  } else if (function == dr::Function::destination_bucket_check) {
    input.event_id = cut_text(text_of(root, "id").value_or(""), event_id_bytes_max);
    read_replica_event(input, policy, root, event, request_id);
  } else if (function != dr::Function::source_bucket_check) {
    input.refused.emplace_back(not_for_this_function);
  } else {
    input.event_id = cut_text(text_of(root, "id").value_or(""), event_id_bytes_max);
    read_envelope(input, policy, root, event, request_id);
  }
  return input;
}

}  // namespace s3dr::lambda
