// The XML of a bucket's lifecycle configuration.
#include <algorithm>

#include "aws/xml.h"
#include "s3/lifecycle.h"

namespace s3dr::s3 {
namespace {

namespace xml = aws::xml;

constexpr std::string_view storage_classes[] = {"GLACIER",    "STANDARD_IA",  "ONEZONE_IA",
                                                "GLACIER_IR", "DEEP_ARCHIVE", "INTELLIGENT_TIERING"};

[[noreturn]] void refuse_element(std::string_view name, std::string_view where) {
  xml::refuse(std::string(name) + " is not an element of " + std::string(where));
}

std::int64_t count(pugi::xml_node item) {
  return xml::number<std::int64_t>(item);
}

std::string storage_class(pugi::xml_node item) {
  std::string text = xml::trimmed_text(item);
  if (std::ranges::find(storage_classes, text) == std::end(storage_classes))
    xml::refuse("StorageClass is none that objects move to");
  return text;
}

Tag parse_tag(pugi::xml_node item) {
  Tag tag{xml::required_text(item, "Key"), xml::required_text(item, "Value")};
  if (tag.key.empty()) xml::refuse("the key of a tag is empty");
  return tag;
}

void read_condition(pugi::xml_node item, std::string_view name, LifecycleFilter& filter) {
  if (name == "Prefix") {
    filter.prefix = xml::text(item);
  } else if (name == "Tag") {
    filter.tags.push_back(parse_tag(item));
  } else if (name == "ObjectSizeGreaterThan") {
    filter.size_greater_than = count(item);
  } else if (name == "ObjectSizeLessThan") {
    filter.size_less_than = count(item);
  } else {
    refuse_element(name, "Filter");
  }
}

LifecycleFilter parse_filter(pugi::xml_node node) {
  LifecycleFilter filter;
  std::size_t beside = 0;
  bool combined = false;
  xml::for_each_element(node, [&](pugi::xml_node item, std::string_view name) {
    ++beside;
    if (name != "And") return read_condition(item, name, filter);
    combined = true;
    xml::for_each_element(item, [&](pugi::xml_node inner, std::string_view inner_name) {
      read_condition(inner, inner_name, filter);
    });
  });
  if (beside > 1) xml::refuse("a Filter has one condition, or And");
  if (combined && filter.conditions() < 2) xml::refuse("And has at least two conditions");
  return filter;
}

LifecycleExpiration parse_expiration(pugi::xml_node node) {
  LifecycleExpiration expiration;
  int given = 0;
  xml::for_each_element(node, [&](pugi::xml_node item, std::string_view name) {
    ++given;
    if (name == "Days") {
      expiration.days = count(item);
    } else if (name == "Date") {
      expiration.date = xml::instant(item);
    } else if (name == "ExpiredObjectDeleteMarker") {
      expiration.expired_object_delete_marker = xml::boolean(item);
    } else {
      refuse_element(name, "Expiration");
    }
  });
  if (given != 1) xml::refuse("an Expiration has one of Days, Date and ExpiredObjectDeleteMarker");
  return expiration;
}

LifecycleTransition parse_transition(pugi::xml_node node) {
  LifecycleTransition transition;
  xml::for_each_element(node, [&](pugi::xml_node item, std::string_view name) {
    if (name == "Days") {
      transition.days = count(item);
    } else if (name == "Date") {
      transition.date = xml::instant(item);
    } else if (name == "StorageClass") {
      transition.storage_class = storage_class(item);
    } else {
      refuse_element(name, "Transition");
    }
  });
  if (transition.days.has_value() == transition.date.has_value() || transition.storage_class.empty())
    xml::refuse("a Transition has StorageClass, and Days or Date");
  return transition;
}

// NoncurrentVersionTransition with a storage class, NoncurrentVersionExpiration without.
NoncurrentTransition parse_noncurrent(pugi::xml_node node, bool moves) {
  NoncurrentTransition result;
  bool has_days = false;
  xml::for_each_element(node, [&](pugi::xml_node item, std::string_view name) {
    if (name == "NoncurrentDays") {
      result.days = count(item);
      has_days = true;
    } else if (name == "NewerNoncurrentVersions") {
      result.newer_versions = count(item);
    } else if (name == "StorageClass" && moves) {
      result.storage_class = storage_class(item);
    } else {
      refuse_element(name, xml::local_name(node));
    }
  });
  if (!has_days) xml::refuse("NoncurrentDays is missing");
  if (moves && result.storage_class.empty()) xml::refuse("StorageClass is missing");
  return result;
}

bool parse_status(pugi::xml_node item) {
  const std::string status = xml::trimmed_text(item);
  if (status != "Enabled" && status != "Disabled") xml::refuse("Status is Enabled or Disabled");
  return status == "Enabled";
}

LifecycleRule parse_rule(pugi::xml_node node) {
  LifecycleRule rule;
  bool has_status = false;
  xml::for_each_element(node, [&](pugi::xml_node item, std::string_view name) {
    if (name == "ID") {
      rule.id = xml::text(item);
    } else if (name == "Status") {
      rule.enabled = parse_status(item);
      has_status = true;
    } else if (name == "Prefix") {
      rule.v1_prefix = xml::text(item);
    } else if (name == "Filter") {
      rule.filter = parse_filter(item);
    } else if (name == "Expiration") {
      rule.expiration = parse_expiration(item);
    } else if (name == "Transition") {
      rule.transitions.push_back(parse_transition(item));
    } else if (name == "NoncurrentVersionTransition") {
      rule.noncurrent_transitions.push_back(parse_noncurrent(item, true));
    } else if (name == "NoncurrentVersionExpiration") {
      const NoncurrentTransition read = parse_noncurrent(item, false);
      rule.noncurrent_expiration = NoncurrentExpiration{read.days, read.newer_versions};
    } else if (name == "AbortIncompleteMultipartUpload") {
      rule.abort_uploads_after_days = count(xml::required_child(item, "DaysAfterInitiation"));
    } else {
      refuse_element(name, "Rule");
    }
  });
  if (!has_status) xml::refuse("Status is missing");
  if (!rule.v1_prefix && !rule.filter) xml::refuse("a Rule has a Filter or a Prefix");
  return rule;
}

void write_count(xml::Writer& out, std::string_view name, const std::optional<std::int64_t>& value) {
  if (value) out.element(name, *value);
}

void write_filter(xml::Writer& out, const LifecycleFilter& filter) {
  if (filter.conditions() == 0) return out.empty("Filter");
  const bool combined = filter.conditions() > 1;
  out.open("Filter");
  if (combined) out.open("And");
  if (filter.prefix) out.element("Prefix", *filter.prefix);
  for (const Tag& tag : filter.tags) {
    out.open("Tag");
    out.element("Key", tag.key);
    out.element("Value", tag.value);
    out.close("Tag");
  }
  write_count(out, "ObjectSizeGreaterThan", filter.size_greater_than);
  write_count(out, "ObjectSizeLessThan", filter.size_less_than);
  if (combined) out.close("And");
  out.close("Filter");
}

void write_actions(xml::Writer& out, const LifecycleRule& rule) {
  if (rule.expiration) {
    out.open("Expiration");
    write_count(out, "Days", rule.expiration->days);
    if (rule.expiration->date) out.element("Date", *rule.expiration->date);
    if (rule.expiration->expired_object_delete_marker)
      out.element("ExpiredObjectDeleteMarker", *rule.expiration->expired_object_delete_marker);
    out.close("Expiration");
  }
  for (const LifecycleTransition& one : rule.transitions) {
    out.open("Transition");
    write_count(out, "Days", one.days);
    if (one.date) out.element("Date", *one.date);
    out.element("StorageClass", one.storage_class);
    out.close("Transition");
  }
  for (const NoncurrentTransition& one : rule.noncurrent_transitions) {
    out.open("NoncurrentVersionTransition");
    out.element("NoncurrentDays", one.days);
    write_count(out, "NewerNoncurrentVersions", one.newer_versions);
    out.element("StorageClass", one.storage_class);
    out.close("NoncurrentVersionTransition");
  }
  if (rule.noncurrent_expiration) {
    out.open("NoncurrentVersionExpiration");
    out.element("NoncurrentDays", rule.noncurrent_expiration->days);
    write_count(out, "NewerNoncurrentVersions", rule.noncurrent_expiration->newer_versions);
    out.close("NoncurrentVersionExpiration");
  }
  if (rule.abort_uploads_after_days) {
    out.open("AbortIncompleteMultipartUpload");
    out.element("DaysAfterInitiation", *rule.abort_uploads_after_days);
    out.close("AbortIncompleteMultipartUpload");
  }
}

}  // namespace

std::size_t LifecycleFilter::conditions() const {
  return tags.size() + (prefix ? 1 : 0) + (size_greater_than ? 1 : 0) + (size_less_than ? 1 : 0);
}

LifecycleRules parse_lifecycle(std::string_view text) {
  const xml::Document document(text);
  LifecycleRules rules;
  xml::for_each_element(document.root("LifecycleConfiguration"),
                        [&](pugi::xml_node item, std::string_view name) {
                          if (name != "Rule") refuse_element(name, "LifecycleConfiguration");
                          rules.push_back(parse_rule(item));
                        });
  return rules;
}

std::string write_lifecycle(const LifecycleRules& rules) {
  xml::Writer out("LifecycleConfiguration", xml::s3_namespace);
  for (const LifecycleRule& rule : rules) {
    out.open("Rule");
    out.optional_element("ID", rule.id);
    if (rule.filter) write_filter(out, *rule.filter);
    if (rule.v1_prefix) out.element("Prefix", *rule.v1_prefix);
    out.element("Status", rule.enabled ? "Enabled" : "Disabled");
    write_actions(out, rule);
    out.close("Rule");
  }
  return std::move(out).finish();
}

}  // namespace s3dr::s3
