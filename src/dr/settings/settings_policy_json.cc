// What the operator asks for of the settings of replicas, as JSON and in words.
#include <boost/json.hpp>

#include <utility>

#include "aws/json_fields.h"
#include "base/error.h"
#include "dr/settings/settings_policy.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;
using aws::JsonFields;

json::array texts_json(const std::vector<std::string>& texts) {
  json::array result;
  for (const std::string& text : texts) result.emplace_back(text);
  return result;
}

std::vector<std::string> read_texts(JsonFields& fields, std::string_view name) {
  std::vector<std::string> result;
  if (fields.optional(name) == nullptr) return result;
  for (const json::value& item : fields.array(name)) {
    const json::string* text = item.if_string();
    if (text == nullptr) fields.fail("field " + std::string(name) + " holds something else than texts");
    result.emplace_back(*text);
  }
  return result;
}

std::string read_text(JsonFields& fields, std::string_view name) {
  return fields.optional(name) == nullptr ? std::string() : fields.text(name);
}

void read_flag(JsonFields& fields, std::string_view name, bool& value) {
  if (fields.optional(name) != nullptr) value = fields.boolean(name);
}

void read_follow(const json::value& value, SettingsPolicy& settings) {
  JsonFields fields(value, "settings.follow", ErrorKind::invalid);
  for (const s3::SettingCall& call : s3::setting_calls()) {
    if (fields.optional(call.word) == nullptr) continue;
    const std::string word = fields.text(call.word);
    const auto follow = parse_follow(word);
    if (!follow) fields.fail("unknown word " + word);
    settings.follow[call.kind] = *follow;
  }
  fields.refuse_unknown();
}

ResourceMapping read_mapping(const json::value& value) {
  JsonFields fields(value, "settings.mappings", ErrorKind::invalid);
  ResourceMapping mapping{fields.text("from"), fields.text("to")};
  fields.refuse_unknown();
  return mapping;
}

}  // namespace

std::string to_json(const SettingsPolicy& settings) {
  const SettingsPolicy defaults;
  json::object object;
  if (!settings.follow.empty()) {
    json::object follow;
    for (const auto& [kind, word] : settings.follow) follow[s3::to_string(kind)] = to_string(word);
    object["follow"] = std::move(follow);
  }
  if (!settings.mappings.empty()) {
    json::array mappings;
    for (const ResourceMapping& one : settings.mappings)
      mappings.push_back({{"from", one.from}, {"to", one.to}});
    object["mappings"] = std::move(mappings);
  }
  if (settings.repair != defaults.repair) object["repair"] = settings.repair;
  if (settings.harden != defaults.harden) object["harden"] = settings.harden;
  if (!settings.break_glass_role_arns.empty())
    object["break_glass_roles"] = texts_json(settings.break_glass_role_arns);
  if (!settings.repair_role_arn.empty()) object["repair_role"] = settings.repair_role_arn;
  if (!settings.executor_role_arn.empty()) object["executor_role"] = settings.executor_role_arn;
  if (settings.check_every != defaults.check_every) object["check_every_ms"] = settings.check_every.count();
  return json::serialize(object);
}

SettingsPolicy parse_settings_policy(std::string_view text) {
  json::error_code failure;
  const json::value value = json::parse(text, failure);
  if (failure) throw Error(ErrorKind::invalid, "not JSON: " + failure.message());
  JsonFields fields(value, "settings", ErrorKind::invalid);
  SettingsPolicy settings;
  if (const json::value* follow = fields.optional("follow")) read_follow(*follow, settings);
  if (fields.optional("mappings") != nullptr) {
    for (const json::value& item : fields.array("mappings")) settings.mappings.push_back(read_mapping(item));
  }
  read_flag(fields, "repair", settings.repair);
  read_flag(fields, "harden", settings.harden);
  settings.break_glass_role_arns = read_texts(fields, "break_glass_roles");
  settings.repair_role_arn = read_text(fields, "repair_role");
  settings.executor_role_arn = read_text(fields, "executor_role");
  if (fields.optional("check_every_ms") != nullptr)
    settings.check_every = milliseconds(fields.integer_from("check_every_ms", 1));
  fields.refuse_unknown();
  return settings;
}

std::vector<std::string> describe(const SettingsPolicy& settings) {
  std::vector<std::string> lines;
  for (const auto& [kind, follow] : settings.follow)
    lines.push_back("follow: " + std::string(s3::to_string(kind)) + " " + std::string(to_string(follow)));
  for (const ResourceMapping& one : settings.mappings)
    lines.push_back("mapping: " + one.from + " → " + one.to);
  if (!settings.repair) lines.emplace_back("what is changed by hand at a replica is kept");
  if (!settings.harden) lines.emplace_back("replicas are not fenced");
  for (const std::string& role : settings.break_glass_role_arns) lines.push_back("break-glass role: " + role);
  if (!settings.repair_role_arn.empty()) lines.push_back("repair role: " + settings.repair_role_arn);
  if (!settings.executor_role_arn.empty()) lines.push_back("executor role: " + settings.executor_role_arn);
  if (settings.check_every != SettingsPolicy().check_every)
    lines.push_back("looked at every " + std::to_string(settings.check_every / milliseconds(1'000)) + " s");
  return lines;
}

}  // namespace s3dr::dr
