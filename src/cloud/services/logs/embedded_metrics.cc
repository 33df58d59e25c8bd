#include "cloud/services/logs/embedded_metrics.h"

#include <boost/json.hpp>

#include <optional>
#include <utility>

namespace s3dr::services {
namespace {

namespace json = boost::json;

std::optional<std::string> text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

const json::array* list_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

std::optional<StatisticSet> values_in(const json::object& line, const std::string& name) {
  const json::value* value = line.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return StatisticSet::of(value->to_number<double>());
  const json::array* list = value->if_array();
  if (list == nullptr || list->empty()) return std::nullopt;
  std::optional<StatisticSet> result;
  for (const json::value& one : *list) {
    if (!one.is_number()) return std::nullopt;
    const StatisticSet next = StatisticSet::of(one.to_number<double>());
    if (result) {
      result->add(next);
    } else {
      result = next;
    }
  }
  return result;
}

// The names of one set, with their values from the line.
std::optional<std::map<std::string, std::string>> dimensions_in(const json::object& line,
                                                                const json::value& names) {
  const json::array* list = names.if_array();
  if (list == nullptr) return std::nullopt;
  std::map<std::string, std::string> result;
  for (const json::value& name : *list) {
    if (!name.is_string()) return std::nullopt;
    const auto value = text_in(line, name.get_string());
    if (!value) return std::nullopt;
    result[std::string(name.get_string())] = *value;
  }
  return result;
}

void add_directive(const std::string& account, const json::object& line, const json::object& directive,
                   Instant at, std::vector<EmbeddedMetric>& found) {
  const auto name_space = text_in(directive, "Namespace");
  const json::array* sets = list_in(directive, "Dimensions");
  const json::array* metrics = list_in(directive, "Metrics");
  if (!name_space || sets == nullptr || metrics == nullptr) return;
  for (const json::value& metric : *metrics) {
    const json::object* about = metric.if_object();
    const auto name = about == nullptr ? std::nullopt : text_in(*about, "Name");
    const auto values = name ? values_in(line, *name) : std::nullopt;
    if (!values) continue;
    const std::string unit = text_in(*about, "Unit").value_or("None");
    for (const json::value& set : *sets) {
      if (auto dimensions = dimensions_in(line, set)) {
        found.push_back({{account, *name_space, *name, std::move(*dimensions), unit}, *values, at});
      }
    }
  }
}

}  // namespace

std::vector<EmbeddedMetric> embedded_metrics(const std::string& account, std::string_view text) {
  std::vector<EmbeddedMetric> found;
  if (text.find("\"_aws\"") == std::string_view::npos) return found;
  json::error_code failure;
  const json::value value = json::parse(text, failure);
  const json::object* line = failure ? nullptr : value.if_object();
  const json::value* about = line == nullptr ? nullptr : line->if_contains("_aws");
  const json::object* format = about == nullptr ? nullptr : about->if_object();
  if (format == nullptr) return found;
  const json::value* time = format->if_contains("Timestamp");
  const json::array* directives = list_in(*format, "CloudWatchMetrics");
  if (time == nullptr || !time->is_int64() || directives == nullptr) return found;
  const Instant at{milliseconds(time->get_int64())};
  for (const json::value& directive : *directives) {
    if (const json::object* object = directive.if_object()) add_directive(account, *line, *object, at, found);
  }
  return found;
}

}  // namespace s3dr::services
