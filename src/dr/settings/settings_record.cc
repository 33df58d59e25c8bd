#include "dr/settings/settings_record.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "aws/hash.h"
#include "aws/json_fields.h"
#include "base/encoding.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;

using aws::JsonFields;
using aws::optional_instant;
using aws::with_unknown;

constexpr std::array<std::pair<SettingStatus, std::string_view>, 9> words = {
    {{SettingStatus::in_sync, "in_sync"},
     {SettingStatus::held, "held"},
     {SettingStatus::by_hand, "by_hand"},
     {SettingStatus::on_failover, "on_failover"},
     {SettingStatus::warned, "warned"},
     {SettingStatus::ignored, "ignored"},
     {SettingStatus::left_out, "left_out"},
     {SettingStatus::refused, "refused"},
     {SettingStatus::unknown, "unknown"}}};

constexpr std::size_t print_digits = 16;

// Left out when there is none: nullopt and "" are not the same.
void add(json::object& object, const char* name, const std::optional<std::string>& text) {
  if (text) object[name] = *text;
}

std::optional<std::string> read_text(JsonFields& fields, const char* name) {
  if (fields.optional(name) == nullptr) return std::nullopt;
  return fields.text(name);
}

SettingRecord read_setting(JsonFields fields) {
  SettingRecord setting;
  setting.word = fields.text("kind");
  setting.status = fields.parsed("status", parse_setting_status);
  setting.message = fields.text("message");
  setting.written = read_text(fields, "written");
  setting.held = read_text(fields, "held");
  setting.accepted = read_text(fields, "accepted");
  setting.first = read_text(fields, "first");
  setting.later = read_text(fields, "later");
  setting.since = fields.instant("since");
  setting.unknown = fields.unknown();
  return setting;
}

}  // namespace

std::string_view to_string(SettingStatus status) {
  return std::ranges::find(words, status, &std::pair<SettingStatus, std::string_view>::first)->second;
}

std::optional<SettingStatus> parse_setting_status(std::string_view word) {
  const auto found = std::ranges::find(words, word, &std::pair<SettingStatus, std::string_view>::second);
  if (found == words.end()) return std::nullopt;
  return found->first;
}

bool is_healthy(SettingStatus status) {
  return status == SettingStatus::in_sync || status == SettingStatus::on_failover ||
         status == SettingStatus::ignored;
}

const SettingRecord* find_setting(const SettingsRecord& record, s3::SettingKind kind) {
  const auto found = std::ranges::find(record.kinds, s3::to_string(kind), &SettingRecord::word);
  return found == record.kinds.end() ? nullptr : &*found;
}

std::string setting_print(const SettingDocument& document) {
  return document ? aws::sha256_hex(*document).substr(0, print_digits) : std::string();
}

bool accept_held(SettingsRecord& record, std::optional<s3::SettingKind> kind) {
  bool changed = false;
  for (SettingRecord& setting : record.kinds) {
    if (!setting.held || (kind && setting.word != s3::to_string(*kind))) continue;
    changed = changed || setting.accepted != setting.held;
    setting.accepted = setting.held;
  }
  return changed;
}

json::value settings_json(const SettingsRecord& record) {
  json::array kinds;
  for (const SettingRecord& setting : record.kinds) {
    json::object object{{"kind", setting.word},
                        {"status", to_string(setting.status)},
                        {"message", setting.message},
                        {"since", to_iso8601(setting.since)}};
    add(object, "written", setting.written);
    add(object, "held", setting.held);
    add(object, "accepted", setting.accepted);
    add(object, "first", setting.first);
    add(object, "later", setting.later);
    kinds.push_back(with_unknown(std::move(object), setting.unknown));
  }
  return with_unknown({{"checked", optional_instant(record.checked)}, {"kinds", std::move(kinds)}},
                      record.unknown);
}

SettingsRecord parse_settings_record(const json::value& value) {
  const std::string where = "record.settings";
  JsonFields fields(value, where, ErrorKind::corrupt);
  SettingsRecord record;
  record.checked = fields.optional_instant("checked");
  for (const json::value& item : fields.array("kinds"))
    record.kinds.push_back(read_setting(JsonFields(item, where + ".kinds", ErrorKind::corrupt)));
  if (record.kinds.size() > setting_kinds_max) fields.fail("field kinds is too long");
  record.unknown = fields.unknown();
  return record;
}

}  // namespace s3dr::dr
