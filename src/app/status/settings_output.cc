#include "app/status/settings_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/exit_code.h"
#include "app/output.h"
#include "app/text_diff.h"
#include "base/encoding.h"

namespace s3dr::app {
namespace {

namespace json = boost::json;

// "left_out" → "left out".
std::string spoken(std::string word) {
  std::ranges::replace(word, '_', ' ');
  return word;
}

std::string mark_of(const SettingLine& line) {
  if (line.is_unknown) return "?";
  return line.differs ? "!" : "";
}

std::string side_text(const std::string& summary) {
  return summary.empty() ? "-" : clean(summary);
}

std::string heading(const SettingsView& view) {
  std::string text =
      "SETTINGS  " + view.bucket + " → " + (view.replica.empty() ? "no replica yet" : view.replica);
  if (!view.protection.empty()) text += " (protection " + view.protection + ")";
  return text + "\n";
}

std::vector<std::string> cleaned(std::vector<std::string> lines) {
  for (std::string& line : lines) line = clean(line);
  return lines;
}

std::string diff_of(const std::string& before, const std::string& after, const std::string& name_before,
                    const std::string& name_after) {
  return unified_diff(cleaned(document_lines(before)), cleaned(document_lines(after)), name_before,
                      name_after);
}

std::string diff_of_sides(const SettingsView& view, const SettingLine& line) {
  if (line.source.empty() || line.replica.empty()) return "";  // one side was not seen
  std::string text = diff_of(line.source_document, line.replica_document, view.bucket + " " + line.kind,
                             view.replica + " " + line.kind);
  return text + held_diff(view, line);
}

std::string advice_of(const SettingsView& view, const SettingLine& line) {
  return line.is_held ? "s3dr settings accept " + view.bucket + " " + line.kind : "";
}

}  // namespace

std::string settings_as_table(const SettingsView& view, bool all, std::size_t width) {
  std::string text = heading(view);
  Table table({{"", false, true},
               {"KIND", false, true},
               {"FOLLOW", false, true},
               {"SOURCE"},
               {"REPLICA"},
               {"STATUS", false, true}},
              Overflow::wrap);
  std::size_t hidden = 0;
  for (const SettingLine& line : view.lines) {
    if (!all && !line.matters) {
      ++hidden;
      continue;
    }
    table.add({mark_of(line), line.kind, line.follow, side_text(line.source), side_text(line.replica),
               spoken(line.status)});
    if (!line.message.empty()) table.add_note(clean(line.message));
    if (line.is_held) table.add_note("next: " + advice_of(view, line));
  }
  if (!table.empty()) text += table.render(width);
  if (hidden > 0)
    text += fmt::format("{} kinds that neither bucket has are left out: --all shows them\n", hidden);
  if (!view.fence.empty()) text += "\nFENCE  " + clean(view.fence) + "\n";
  if (view.fence_waits) text += "next: s3dr settings accept " + view.bucket + " fence\n";
  text += view.looked ? "\nLooked at by destination_bucket_check " + format_age(*view.looked, view.now) + "\n"
                      : "\nNot looked at by destination_bucket_check yet\n";
  return text;
}

std::string recorded_as_table(const SettingsView& view, std::size_t width) {
  if (!view.looked) return "SETTINGS  not looked at yet\n";
  Table table({{"", false, true}, {"SETTING", false, true}, {"STATUS", false, true}, {"MESSAGE"}},
              Overflow::wrap);
  std::string in_sync;
  for (const SettingLine& line : view.lines) {
    if (!line.matters) continue;
    if (mark_of(line).empty() && line.message.empty()) {
      in_sync += (in_sync.empty() ? "" : ", ") + clean(line.kind);
      continue;
    }
    table.add({mark_of(line), clean(line.kind), spoken(line.status),
               line.message.empty() ? "-" : clean(line.message)});
    if (line.is_held) table.add_note("next: " + advice_of(view, line));
  }
  std::string text = table.empty() ? "" : table.render(width);
  const std::string rest = in_sync.empty() ? "none but S3's defaults" : in_sync;
  if (table.empty() || !in_sync.empty()) text += "SETTINGS IN SYNC  " + rest + "\n";
  if (!view.fence.empty()) text += "FENCE  " + clean(view.fence) + "\n";
  if (view.fence_waits) text += "next: s3dr settings accept " + view.bucket + " fence\n";
  return text;
}

std::string settings_as_diff(const SettingsView& view) {
  std::string text;
  for (const SettingLine& line : view.lines) text += diff_of_sides(view, line);
  return text;
}

std::string held_diff(const SettingsView& view, const SettingLine& line) {
  if (!line.is_held) return "";
  const std::string name = view.replica + " " + line.kind;
  return diff_of(line.replica_document, line.wanted_document, name + " now", name + " when accepted");
}

json::object json_of(const SettingsView& view, bool with_diff) {
  json::array kinds;
  for (const SettingLine& line : view.lines) {
    json::object one{{"kind", line.kind},       {"name", line.name},
                     {"follow", line.follow},   {"why", line.why},
                     {"source", line.source},   {"replica", line.replica},
                     {"status", line.status},   {"message", line.message},
                     {"differs", line.differs}, {"next", advice_of(view, line)}};
    if (with_diff) one["diff"] = diff_of_sides(view, line);
    kinds.push_back(std::move(one));
  }
  json::value looked;  // null: not yet
  if (view.looked) looked = to_iso8601(*view.looked);
  json::object result{{"bucket", view.bucket},           {"replica", view.replica},
                      {"looked", std::move(looked)},     {"fence", view.fence},
                      {"fence_waits", view.fence_waits}, {"kinds", std::move(kinds)}};
  if (!view.protection.empty()) result["protection"] = view.protection;
  return result;
}

std::string settings_summary(const SettingsView& view) {
  std::string text;
  for (const SettingLine& line : view.lines) {
    if (!line.matters) continue;
    text += (text.empty() ? "" : ", ") + line.kind;
    if (line.status != "in_sync") text += " (" + spoken(line.status) + ")";
  }
  return text;
}

std::vector<std::string> settings_not_had(const SettingsView& view) {
  std::vector<std::string> result;
  for (const SettingLine& line : view.lines) {
    if (!line.matters || line.message.empty()) continue;
    result.push_back(line.kind + ": " + line.message);
  }
  return result;
}

int exit_code_of(const SettingsView& view) {
  if (std::ranges::any_of(view.lines, &SettingLine::differs)) return exit_differences;
  if (std::ranges::any_of(view.lines, &SettingLine::is_unknown)) return exit_failed;
  return exit_done;
}

}  // namespace s3dr::app
