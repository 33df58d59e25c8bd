#include "dr/messages/event.h"

#include <algorithm>
#include <boost/json.hpp>

#include "aws/arn.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/utf8.h"
#include "dr/messages/watched_calls.h"
#include "s3/xml_bucket.h"
#include "s3/xml_from_json.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;

constexpr std::size_t buckets_max = 16;
constexpr const char* tag_change = "Tag Change on Resource";

// The field's text; empty for anything else, also when `value` is no object.
std::string_view text_of(const json::value* value, std::string_view name) {
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  const json::value* field = object == nullptr ? nullptr : object->if_contains(name);
  const json::string* text = field == nullptr ? nullptr : field->if_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

const json::value* field_of(const json::value* value, std::string_view name) {
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

void add_bucket(EventHint& hint, std::string_view name) {
  if (hint.buckets.size() >= buckets_max || s3::BucketName::why_impossible(name)) return;
  const s3::BucketName bucket = s3::BucketName::parse(name);
  if (std::find(hint.buckets.begin(), hint.buckets.end(), bucket) == hint.buckets.end()) {
    hint.buckets.push_back(bucket);
  }
}

// Of a bucket, not of an object in it.
void add_arn(EventHint& hint, std::string_view arn) {
  if (arn.find('/') != std::string_view::npos) return;
  if (const auto bucket = aws::bucket_of_arn(arn)) add_bucket(hint, *bucket);
}

// Every text below `value` that is a bucket's ARN. The parser limits the depth.
void add_arns_below(EventHint& hint, const json::value* value) {
  if (value == nullptr) return;
  if (const json::string* text = value->if_string()) {
    add_arn(hint, std::string_view(*text));
  } else if (const json::array* items = value->if_array()) {
    for (const json::value& item : *items) add_arns_below(hint, &item);
  } else if (const json::object* object = value->if_object()) {
    for (const auto& field : *object) add_arns_below(hint, &field.value());
  }
}

// CloudTrail writes one element as an object and several as a list.
bool names_s3(const json::value* service) {
  if (service == nullptr) return false;
  if (const json::string* text = service->if_string()) return *text == "s3";
  const json::array* items = service->if_array();
  return items != nullptr &&
         std::any_of(items->begin(), items->end(), [](const json::value& item) { return names_s3(&item); });
}

bool is_set(const json::value* value) {
  if (value == nullptr || value->is_null()) return false;
  const json::string* text = value->if_string();
  return text == nullptr || !text->empty();
}

void read_tag_change(EventHint& hint, const json::value& root) {
  hint.event_name = tag_change;
  if (!names_s3(field_of(field_of(&root, "detail"), "service"))) {
    hint.ignored_because = "a tag change of another service";
    return;
  }
  add_arns_below(hint, field_of(&root, "resources"));
  if (hint.buckets.empty()) add_arns_below(hint, &root);
}

// nullopt: the event does not have it, or nothing that can be understood.
std::optional<s3::ReplicationConfiguration> written_rules(const json::value* parameters) {
  constexpr std::string_view name = "ReplicationConfiguration";
  const json::value* document = field_of(parameters, name);
  if (document == nullptr) return std::nullopt;
  const auto xml = s3::xml_from_json(name, *document);
  if (!xml) return std::nullopt;
  try {
    return s3::parse_replication_configuration(*xml);
  } catch (const Error&) {
    return std::nullopt;  // the bucket is looked at all the same
  }
}

// It goes into the record: bounded, and never half a character.
std::string plain(std::string_view text) {
  std::string result(text.substr(0, edit_name_bytes_max));
  for (char& c : result) {
    if (c < ' ' || c > '~') c = '?';
  }
  return result;
}

void read_edit(EventHint& hint, const json::value* detail, const json::value* parameters) {
  const bool removed = hint.event_name == "DeleteBucketReplication";
  if (!removed && hint.event_name != "PutBucketReplication") return;
  const auto at = from_iso8601(text_of(detail, "eventTime"));
  if (!at || hint.buckets.size() != 1) return;
  ReplicationEdit edit;
  edit.at = *at;
  // Both accounts of a call across accounts are told, with the same shared id.
  for (const char* name : {"sharedEventID", "eventID"}) {
    if (edit.id.empty()) edit.id = plain(text_of(detail, name));
  }
  if (edit.id.empty()) edit.id = plain(hint.id);
  const json::value* identity = field_of(detail, "userIdentity");
  for (const char* name : {"arn", "principalId", "accountId"}) {
    if (edit.by.empty()) edit.by = plain(text_of(identity, name));
  }
  if (!removed) {
    auto configuration = written_rules(parameters);
    if (!configuration) return;
    edit.configuration = std::move(*configuration);
  }
  if (!edit.id.empty()) hint.edit = std::move(edit);
}

void read_api_call(EventHint& hint, const json::value& root) {
  const json::value* detail = field_of(&root, "detail");
  hint.event_name = cut_text(text_of(detail, "eventName"), 128);
  const WatchedCall* call = watched_call(hint.event_name);
  if (call == nullptr) {
    hint.ignored_because = "not a call that changes what we look at";
    return;
  }
  if (const auto source = text_of(detail, "eventSource"); !source.empty() && !source.starts_with("s3")) {
    hint.ignored_because = "a call to another service";
    return;
  }
  if (is_set(field_of(detail, "errorCode"))) {
    hint.ignored_because = "a failed call";
    return;
  }
  // It has whole seconds, and another clock than ours.
  constexpr milliseconds slack{2000};
  const auto at = from_iso8601(text_of(detail, "eventTime"));
  if (call->setting && at) hint.setting_changed = *at + slack;
  // The place of the ARN differs by call and is not documented. The nearest place that has an ARN counts.
  const json::value* parameters = field_of(detail, "requestParameters");
  add_bucket(hint, text_of(parameters, "bucketName"));
  for (const json::value* place : {parameters, field_of(detail, "resources"), detail, &root}) {
    if (hint.buckets.empty()) add_arns_below(hint, place);
  }
  read_edit(hint, detail, parameters);
}

}  // namespace

EventHint read_event(std::string_view text) {
  EventHint hint;
  if (text.size() > event_bytes_max) {
    hint.ignored_because = "longer than an event may be";
    return hint;
  }
  json::error_code failure;
  const json::value root = json::parse(text, failure);
  if (failure || !root.is_object()) {
    hint.ignored_because = "not a JSON object";
    return hint;
  }
  hint.id = cut_text(text_of(&root, "id"), 128);
  std::string_view region = text_of(field_of(&root, "detail"), "awsRegion");
  if (region.empty()) region = text_of(&root, "region");
  hint.region = cut_text(region, 64);
  if (text_of(&root, "source") == "aws.tag" || text_of(&root, "detail-type") == tag_change) {
    read_tag_change(hint, root);
  } else {
    read_api_call(hint, root);
  }
  if (hint.buckets.empty() && hint.ignored_because.empty()) hint.ignored_because = "it names no bucket";
  return hint;
}

bool concerns_source(const EventHint& hint, const s3::Region& source_region) {
  return hint.region.empty() || hint.region == source_region.text();
}

}  // namespace s3dr::dr
