#include "app/status/conditions_output.h"

#include <fmt/format.h>

#include "app/output.h"
#include "base/encoding.h"
#include "dr/messages/heartbeat.h"

namespace s3dr::app {

std::string sentence_of(const dr::Condition& condition, Instant now) {
  std::string text = fmt::format("{} is {} ({})", dr::to_string(condition.type),
                                 dr::to_string(condition.status), condition.reason);
  if (condition.since) text += " since " + dr::clock_text(*condition.since, now);
  return text + ": " + condition.message;
}

std::string conditions_as_table(const std::vector<dr::Condition>& conditions, Instant now,
                                std::size_t width) {
  Table table({{"", false, true},
               {"CONDITION", false, true},
               {"STATUS", false, true},
               {"SINCE"},
               {"REASON"},
               {"MESSAGE"}},
              Overflow::wrap);
  for (const dr::Condition& one : conditions) {
    table.add({one.healthy() ? "" : "!", std::string(dr::to_string(one.type)),
               std::string(dr::to_string(one.status)), one.since ? dr::clock_text(*one.since, now) : "-",
               one.reason, one.message});
  }
  return table.render(width);
}

boost::json::array json_of(const std::vector<dr::Condition>& conditions) {
  boost::json::array result;
  for (const dr::Condition& one : conditions) {
    boost::json::value since;  // null: not known
    if (one.since) since = to_iso8601(*one.since);
    result.push_back({{"type", dr::to_string(one.type)},
                      {"status", dr::to_string(one.status)},
                      {"healthy", one.healthy()},
                      {"reason", one.reason},
                      {"message", one.message},
                      {"since", std::move(since)}});
  }
  return result;
}

}  // namespace s3dr::app
