// The replication configuration. It is the one document in which other people's settings must survive our
// PUT.
#include <utility>
#include <vector>

#include "aws/xml.h"
#include "s3/xml_bucket.h"

namespace s3dr::s3 {
namespace {

// Elements kept as text, handed out by name so that they return to their place in the order S3 prescribes.
class KeptElements {
 public:
  explicit KeptElements(const std::string& text) {
    if (text.empty()) return;
    try {
      const aws::xml::Document document("<kept>" + text + "</kept>");
      aws::xml::for_each_element(document.any_root(), [&](pugi::xml_node item, std::string_view name) {
        elements_.emplace_back(name, aws::xml::outer_xml(item));
      });
    } catch (const Error&) {
      elements_.emplace_back("", text);  // not ours to judge: written back as it came
    }
  }

  // Writes and drops the elements of that name; false when there is none.
  bool write(aws::xml::Writer& out, std::string_view name) {
    bool found = false;
    for (auto& [element_name, text] : elements_) {
      if (element_name != name || text.empty()) continue;
      out.raw(text);
      text.clear();
      found = true;
    }
    return found;
  }

  void write_rest(aws::xml::Writer& out) {
    for (const auto& element : elements_) out.raw(element.second);
  }

 private:
  std::vector<std::pair<std::string, std::string>> elements_;
};

std::string_view text_of(Switch value) {
  return value == Switch::enabled ? "Enabled" : "Disabled";
}

void write_switch(aws::xml::Writer& out, std::string_view name, const std::optional<Switch>& value) {
  if (!value) return;
  out.open(name);
  out.element("Status", text_of(*value));
  out.close(name);
}

void write_minutes(aws::xml::Writer& out, std::string_view name, const std::optional<std::int64_t>& minutes) {
  if (!minutes) return;
  out.open(name);
  out.element("Minutes", *minutes);
  out.close(name);
}

void write_tag(aws::xml::Writer& out, const Tag& tag) {
  out.open("Tag");
  out.element("Key", tag.key);
  out.element("Value", tag.value);
  out.close("Tag");
}

void write_filter(aws::xml::Writer& out, const ReplicationFilter& filter) {
  if (!filter.prefix && filter.tags.empty()) return out.empty("Filter");
  const bool combined = filter.tags.size() + (filter.prefix ? 1 : 0) > 1;
  out.open("Filter");
  if (combined) out.open("And");
  if (filter.prefix) out.element("Prefix", *filter.prefix);
  for (const Tag& tag : filter.tags) write_tag(out, tag);
  if (combined) out.close("And");
  out.close("Filter");
}

// In the order of the SDKs; `kept_xml` is the rule's unknown_destination_xml.
void write_destination(aws::xml::Writer& out, const ReplicationDestination& value,
                       const std::string& kept_xml) {
  KeptElements kept(kept_xml);
  out.open("Destination");
  out.element("Bucket", value.bucket_arn);
  if (!kept.write(out, "Account") && value.account) out.element("Account", value.account->text());
  if (!kept.write(out, "StorageClass")) out.optional_element("StorageClass", value.storage_class);
  if (!kept.write(out, "AccessControlTranslation") && !value.access_control_translation.empty()) {
    out.open("AccessControlTranslation");
    out.element("Owner", value.access_control_translation);
    out.close("AccessControlTranslation");
  }
  if (!kept.write(out, "EncryptionConfiguration") && !value.replica_kms_key_id.empty()) {
    out.open("EncryptionConfiguration");
    out.element("ReplicaKmsKeyID", value.replica_kms_key_id);
    out.close("EncryptionConfiguration");
  }
  if (!kept.write(out, "ReplicationTime") && value.replication_time) {
    out.open("ReplicationTime");
    out.element("Status", text_of(*value.replication_time));
    write_minutes(out, "Time", value.replication_time_minutes);
    out.close("ReplicationTime");
  }
  if (!kept.write(out, "Metrics") && value.metrics) {
    out.open("Metrics");
    out.element("Status", text_of(*value.metrics));
    write_minutes(out, "EventThreshold", value.metrics_event_threshold_minutes);
    out.close("Metrics");
  }
  kept.write_rest(out);
  out.close("Destination");
}

void write_rule(aws::xml::Writer& out, const ReplicationRule& rule) {
  KeptElements kept(rule.unknown_rule_xml);
  out.open("Rule");
  out.optional_element("ID", rule.id);
  if (rule.priority) out.element("Priority", *rule.priority);
  if (rule.v1_prefix) out.element("Prefix", *rule.v1_prefix);
  if (!kept.write(out, "Filter") && rule.filter) write_filter(out, *rule.filter);
  out.element("Status", text_of(rule.status));
  if (!kept.write(out, "SourceSelectionCriteria") &&
      (rule.sse_kms_encrypted_objects || rule.replica_modifications)) {
    out.open("SourceSelectionCriteria");
    write_switch(out, "SseKmsEncryptedObjects", rule.sse_kms_encrypted_objects);
    write_switch(out, "ReplicaModifications", rule.replica_modifications);
    out.close("SourceSelectionCriteria");
  }
  if (!kept.write(out, "ExistingObjectReplication")) {
    write_switch(out, "ExistingObjectReplication", rule.existing_object_replication);
  }
  write_destination(out, rule.destination, rule.unknown_destination_xml);
  if (!kept.write(out, "DeleteMarkerReplication")) {
    write_switch(out, "DeleteMarkerReplication", rule.delete_marker_replication);
  }
  kept.write_rest(out);
  out.close("Rule");
}

Switch parse_switch(pugi::xml_node status) {
  const std::string value = aws::xml::trimmed_text(status);
  if (value == "Enabled") return Switch::enabled;
  if (value == "Disabled") return Switch::disabled;
  aws::xml::refuse("Status is neither Enabled nor Disabled");
}

// True when the element holds nothing but children of these names: then its fields say all there is to say.
// Otherwise it is kept as text, because dropping a part of it would change what it means.
bool holds_only(pugi::xml_node element, std::initializer_list<std::string_view> names) {
  bool only = true;
  aws::xml::for_each_element(element, [&](pugi::xml_node, std::string_view name) {
    bool known = false;
    for (const std::string_view candidate : names) known = known || candidate == name;
    only = only && known;
  });
  return only;
}

std::optional<Switch> parse_optional_switch(pugi::xml_node element) {
  if (!element) return std::nullopt;
  return parse_switch(aws::xml::required_child(element, "Status"));
}

std::optional<std::int64_t> parse_minutes(pugi::xml_node element) {
  if (!element) return std::nullopt;
  return aws::xml::number<std::int64_t>(aws::xml::required_child(element, "Minutes"));
}

// Of two there is no telling which one counts.
void refuse_repeats(pugi::xml_node element, std::initializer_list<std::string_view> names) {
  for (const std::string_view wanted : names) {
    int count = 0;
    aws::xml::for_each_element(element,
                               [&](pugi::xml_node, std::string_view name) { count += name == wanted; });
    if (count > 1) aws::xml::refuse("more than one " + std::string(wanted));
  }
}

// nullopt: it has conditions this program does not know.
std::optional<ReplicationFilter> parse_filter(pugi::xml_node element) {
  if (!holds_only(element, {"Prefix", "Tag", "And"})) return std::nullopt;
  ReplicationFilter filter;
  const pugi::xml_node both = aws::xml::child(element, "And");
  if (both && !holds_only(both, {"Prefix", "Tag"})) return std::nullopt;
  int conditions = 0;
  aws::xml::for_each_element(element, [&](pugi::xml_node, std::string_view) { ++conditions; });
  if (conditions > 1) aws::xml::refuse("a filter with several conditions needs And");
  const pugi::xml_node source = both ? both : element;
  aws::xml::for_each_element(source, [&](pugi::xml_node item, std::string_view name) {
    if (name == "Prefix") {
      if (filter.prefix) aws::xml::refuse("a filter with two prefixes");
      filter.prefix = aws::xml::text(item);
    } else if (name == "Tag") {
      filter.tags.push_back({aws::xml::required_text(item, "Key"), aws::xml::required_text(item, "Value")});
    }
  });
  return filter;
}

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// One child of <Destination>; false: not understood in full, to be kept as it is.
bool parse_destination_part(ReplicationDestination& to, pugi::xml_node item, std::string_view name) {
  if (name == "Bucket") {
    to.bucket_arn = aws::xml::trimmed_text(item);
  } else if (name == "Account" && is_account(aws::xml::trimmed_text(item))) {
    to.account = AccountId::parse(aws::xml::trimmed_text(item));
  } else if (name == "StorageClass" && !aws::xml::trimmed_text(item).empty()) {
    to.storage_class = aws::xml::trimmed_text(item);
  } else if (name == "AccessControlTranslation" && holds_only(item, {"Owner"}) &&
             !aws::xml::child_text(item, "Owner").empty()) {
    to.access_control_translation = aws::xml::required_text(item, "Owner");
  } else if (name == "EncryptionConfiguration" && holds_only(item, {"ReplicaKmsKeyID"}) &&
             !aws::xml::child_text(item, "ReplicaKmsKeyID").empty()) {
    to.replica_kms_key_id = aws::xml::required_text(item, "ReplicaKmsKeyID");
  } else if (name == "ReplicationTime" && holds_only(item, {"Status", "Time"})) {
    to.replication_time = parse_switch(aws::xml::required_child(item, "Status"));
    to.replication_time_minutes = parse_minutes(aws::xml::child(item, "Time"));
  } else if (name == "Metrics" && holds_only(item, {"Status", "EventThreshold"})) {
    to.metrics = parse_switch(aws::xml::required_child(item, "Status"));
    to.metrics_event_threshold_minutes = parse_minutes(aws::xml::child(item, "EventThreshold"));
  } else {
    return false;
  }
  return true;
}

// One child of <Rule>; false as above.
bool parse_rule_part(ReplicationRule& to, pugi::xml_node item, std::string_view name) {
  if (name == "ID") {
    to.id = aws::xml::text(item);
  } else if (name == "Priority") {
    to.priority = aws::xml::number<std::int64_t>(item);
  } else if (name == "Prefix") {
    to.v1_prefix = aws::xml::text(item);
  } else if (name == "Filter") {
    to.filter = parse_filter(item);
    return to.filter.has_value();
  } else if (name == "Status") {
    to.status = parse_switch(item);
  } else if (name == "SourceSelectionCriteria" && !holds_only(item, {}) &&
             holds_only(item, {"SseKmsEncryptedObjects", "ReplicaModifications"})) {
    to.sse_kms_encrypted_objects = parse_optional_switch(aws::xml::child(item, "SseKmsEncryptedObjects"));
    to.replica_modifications = parse_optional_switch(aws::xml::child(item, "ReplicaModifications"));
  } else if (name == "ExistingObjectReplication" && holds_only(item, {"Status"})) {
    to.existing_object_replication = parse_optional_switch(item);
  } else if (name == "DeleteMarkerReplication" && aws::xml::child(item, "Status") &&
             holds_only(item, {"Status"})) {
    to.delete_marker_replication = parse_optional_switch(item);
  } else if (name == "Destination") {
    refuse_repeats(item, {"Bucket", "Account", "StorageClass", "AccessControlTranslation",
                          "EncryptionConfiguration", "ReplicationTime", "Metrics"});
    aws::xml::for_each_element(item, [&](pugi::xml_node part, std::string_view part_name) {
      if (!parse_destination_part(to.destination, part, part_name)) {
        to.unknown_destination_xml += aws::xml::outer_xml(part);
      }
    });
  } else {
    return false;
  }
  return true;
}

ReplicationRule parse_rule(pugi::xml_node element) {
  ReplicationRule rule;
  refuse_repeats(element, {"ID", "Priority", "Prefix", "Filter", "Status", "SourceSelectionCriteria",
                           "ExistingObjectReplication", "Destination", "DeleteMarkerReplication"});
  aws::xml::required_child(element, "Status");
  aws::xml::required_child(aws::xml::required_child(element, "Destination"), "Bucket");
  aws::xml::for_each_element(element, [&](pugi::xml_node item, std::string_view name) {
    if (!parse_rule_part(rule, item, name)) rule.unknown_rule_xml += aws::xml::outer_xml(item);
  });
  return rule;
}

}  // namespace

std::string write_replication_configuration(const ReplicationConfiguration& value) {
  aws::xml::Writer out("ReplicationConfiguration", aws::xml::s3_namespace, 512 + value.rules.size() * 512);
  out.element("Role", value.role_arn);
  for (const ReplicationRule& rule : value.rules) write_rule(out, rule);
  return std::move(out).finish();
}

ReplicationConfiguration parse_replication_configuration(std::string_view text) {
  const aws::xml::Document document(text);
  ReplicationConfiguration result;
  aws::xml::for_each_element(document.root("ReplicationConfiguration"),
                             [&](pugi::xml_node item, std::string_view name) {
                               if (name == "Role") result.role_arn = aws::xml::trimmed_text(item);
                               if (name == "Rule") result.rules.push_back(parse_rule(item));
                             });
  return result;
}

}  // namespace s3dr::s3
