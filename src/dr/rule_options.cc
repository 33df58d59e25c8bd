#include "dr/rule_options.h"

#include <algorithm>
#include <boost/json.hpp>

#include "aws/json_fields.h"
#include "base/error.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;
using aws::JsonFields;

// Of S3's StorageClass those that an object of an ordinary bucket can have. The others (OUTPOSTS, SNOW,
// EXPRESS_ONEZONE, FSX_OPENZFS) belong to other kinds of buckets.
constexpr std::string_view storage_classes[] = {
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA",         "ONEZONE_IA", "GLACIER_IR",
    "GLACIER",  "DEEP_ARCHIVE",       "INTELLIGENT_TIERING",
};
constexpr std::size_t prefix_bytes_max = 1'024;
constexpr std::int64_t priority_max = 2'147'483'647;

std::string class_names() {
  std::string text;
  for (const std::string_view name : storage_classes) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

bool is_storage_class(std::string_view name) {
  return std::ranges::find(storage_classes, name) != std::end(storage_classes);
}

void read_flag(JsonFields& fields, std::string_view name, bool& value) {
  if (fields.optional(name) == nullptr) return;
  const bool* given = fields.any(name).if_bool();
  if (given == nullptr) fields.fail("field " + std::string(name) + " is neither true nor false");
  value = *given;
}

s3::TagSet read_tags(JsonFields& fields) {
  s3::TagSet tags;
  if (fields.optional("tags") == nullptr) return tags;
  const json::object* object = fields.any("tags").if_object();
  if (object == nullptr) fields.fail("field tags is not an object");
  for (const auto& tag : *object) {
    const json::string* value = tag.value().if_string();
    if (value == nullptr) fields.fail("field tags holds something else than texts");
    tags.push_back({std::string(tag.key()), std::string(*value)});
  }
  return tags;
}

}  // namespace

std::optional<InvalidOption> why_invalid(const RuleOptions& options, bool two_accounts) {
  const auto invalid = [](std::string field, std::string reason) {
    return InvalidOption{std::move(field), std::move(reason)};
  };
  if (options.replication_time && !options.metrics)
    return invalid("replication_time", "needs metrics: S3 refuses it without them");
  if (!options.storage_class.empty() && !is_storage_class(options.storage_class))
    return invalid("storage_class", "\"" + options.storage_class + "\" is not one of " + class_names());
  if (options.owner_override == true && !two_accounts)
    return invalid("owner_override", "both buckets belong to one account: there is no other owner");
  if (options.prefix.size() > prefix_bytes_max)
    return invalid("prefix", "longer than " + std::to_string(prefix_bytes_max) + " bytes");
  if (std::ranges::any_of(options.prefix, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
    return invalid("prefix", "has a control character: a replication rule cannot hold it");
  if (options.priority && (*options.priority < 0 || *options.priority > priority_max))
    return invalid("priority", "must be a number from 0 to " + std::to_string(priority_max));
  if (options.tags.empty()) return std::nullopt;
  if (const auto reason = s3::why_invalid(options.tags, s3::TagOwner::object))
    return invalid("tags", *reason);
  if (options.delete_markers)
    return invalid("tags", "S3 refuses them together with delete markers: set delete_markers: false");
  return invalid(
      "tags",
      "not supported yet: S3 looks at the tags that an object has when it is written, and no listing "
      "tells them. So nothing could be called verified");
}

bool overrides_owner(const RuleOptions& options, bool two_accounts) {
  return options.owner_override.value_or(two_accounts);
}

std::string to_json(const RuleOptions& options) {
  const RuleOptions defaults;
  json::object object;
  const auto flag = [&](const char* name, bool value, bool otherwise) {
    if (value != otherwise) object[name] = value;
  };
  flag("delete_markers", options.delete_markers, defaults.delete_markers);
  flag("metrics", options.metrics, defaults.metrics);
  flag("replication_time", options.replication_time, defaults.replication_time);
  flag("replica_modifications", options.replica_modifications, defaults.replica_modifications);
  if (!options.storage_class.empty()) object["storage_class"] = options.storage_class;
  if (options.owner_override) object["owner_override"] = *options.owner_override;
  if (!options.prefix.empty()) object["prefix"] = options.prefix;
  if (options.priority) object["priority"] = *options.priority;
  if (!options.tags.empty()) {
    json::object tags;
    for (const s3::Tag& tag : options.tags) tags[tag.key] = tag.value;
    object["tags"] = std::move(tags);
  }
  return json::serialize(object);
}

RuleOptions parse_rule_options(std::string_view text) {
  json::error_code failure;
  const json::value value = json::parse(text, failure);
  if (failure) throw Error(ErrorKind::invalid, "not JSON: " + failure.message());
  JsonFields fields(value, "rule", ErrorKind::invalid);
  RuleOptions options;
  read_flag(fields, "delete_markers", options.delete_markers);
  read_flag(fields, "metrics", options.metrics);
  read_flag(fields, "replication_time", options.replication_time);
  read_flag(fields, "replica_modifications", options.replica_modifications);
  if (fields.optional("storage_class") != nullptr) options.storage_class = fields.text("storage_class");
  if (fields.optional("owner_override") != nullptr) {
    options.owner_override.emplace();
    read_flag(fields, "owner_override", *options.owner_override);
  }
  if (fields.optional("prefix") != nullptr) options.prefix = fields.text("prefix");
  if (fields.optional("priority") != nullptr) options.priority = fields.integer("priority");
  options.tags = read_tags(fields);
  fields.refuse_unknown();
  return options;
}

std::string describe(const RuleOptions& options) {
  std::string text = options.delete_markers ? "delete markers replicated" : "delete markers not replicated";
  text += options.metrics ? ", metrics" : ", no metrics";
  if (options.replication_time) text += ", replication time control (15 minutes)";
  if (!options.storage_class.empty()) text += ", storage class " + options.storage_class;
  if (options.owner_override)
    text += *options.owner_override ? ", the destination owns the replicas" : ", no owner override";
  if (options.replica_modifications) text += ", replica modification sync";
  if (options.priority) text += ", priority " + std::to_string(*options.priority);
  text += options.prefix.empty() ? "\nall keys" : "\nonly keys that begin with \"" + options.prefix + "\"";
  for (const s3::Tag& tag : options.tags) text += ", only with tag " + tag.key + "=" + tag.value;
  return text;
}

}  // namespace s3dr::dr
