#include "cloud/services/events/event_input.h"

#include <charconv>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "base/encoding.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/json_protocol.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t template_bytes_max = 8192;
constexpr std::size_t paths_max = 100;

using PathStep = std::variant<std::string, std::size_t>;

// "$", "$.detail.requestParameters", "$.resources[0]", "$['detail-type']"
std::optional<std::vector<PathStep>> parse_path(std::string_view text) {
  if (!text.starts_with('$')) return std::nullopt;
  text.remove_prefix(1);
  std::vector<PathStep> steps;
  while (!text.empty()) {
    if (text.starts_with("['")) {
      const std::size_t end = text.find("']", 2);
      if (end == std::string_view::npos) return std::nullopt;
      steps.emplace_back(std::string(text.substr(2, end - 2)));
      text.remove_prefix(end + 2);
    } else if (text.front() == '[') {
      std::size_t index = 0;
      const auto [end, failure] = std::from_chars(text.data() + 1, text.data() + text.size(), index);
      if (failure != std::errc() || end == text.data() + text.size() || *end != ']') return std::nullopt;
      steps.emplace_back(index);
      text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    } else if (text.front() == '.') {
      const std::size_t end = std::min(text.find_first_of(".[", 1), text.size());
      const std::string_view name = text.substr(1, end - 1);
      if (name.empty() || name.find_first_of("*?()@ ") != std::string_view::npos) return std::nullopt;
      steps.emplace_back(std::string(name));
      text.remove_prefix(end);
    } else {
      return std::nullopt;
    }
  }
  return steps;
}

std::optional<json::value> look_up(std::string_view path, const json::object& event) {
  const auto steps = parse_path(path);
  if (!steps) return std::nullopt;
  if (steps->empty()) return json::value(event);
  const json::value* at = nullptr;
  for (const PathStep& step : *steps) {
    const bool first = &step == steps->data();
    if (const auto* name = std::get_if<std::string>(&step)) {
      const json::object* of = first ? &event : at->if_object();
      at = of != nullptr ? of->if_contains(*name) : nullptr;
    } else if (first) {
      return std::nullopt;  // an event is no list
    } else {
      const std::size_t index = std::get<std::size_t>(step);
      at = at->is_array() ? at->get_array().if_contains(index) : nullptr;
    }
    if (at == nullptr) return std::nullopt;
  }
  return *at;
}

using Variable = std::function<std::optional<json::value>(const std::string&)>;

// Replaces each <name>: outside of quotes by JSON, inside quotes by text. If `value_of` returns nullopt,
// there is no value. Stops early once the result is larger than `input_bytes_max`.
std::string fill_in(std::string_view text, const Variable& value_of) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size() && out.size() <= input_bytes_max; ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      out += text.substr(i, 2);
      ++i;
      continue;
    }
    if (c == '"') quoted = !quoted;
    const std::size_t end = c == '<' ? text.find('>', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += c;
      continue;
    }
    const auto value = value_of(std::string(text.substr(i + 1, end - i - 1)));
    if (!quoted) {
      out += value ? json::serialize(*value) : "null";
    } else if (value) {
      // The inside of a JSON text: escaped, without its quotes.
      const std::string plain =
          value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
      const std::string escaped = json::serialize(json::value(plain));
      out += escaped.substr(1, escaped.size() - 2);
    }
    i = end;
  }
  return out;
}

bool is_json(std::string_view text) {
  json::error_code malformed;
  json::parse(text, malformed);
  return !malformed;
}

std::optional<json::value> predefined(const std::string& name, const json::object& event,
                                      const InputContext& context) {
  if (name == "aws.events.rule-arn") return json::value(context.rule_arn);
  if (name == "aws.events.rule-name") return json::value(context.rule_name);
  if (name == "aws.events.event.ingestion-time") return json::value(to_iso8601(context.ingested));
  if (name == "aws.events.event.json") return json::value(event);
  if (name == "aws.events.event") {
    json::object without_detail;
    for (const auto& [field, value] : event) {
      if (field != "detail") without_detail[field] = value;
    }
    return json::value(std::move(without_detail));
  }
  return std::nullopt;
}

void check_transformer(const json::object& transformer) {
  const std::string text = require_text(transformer, "InputTemplate");
  if (text.size() > template_bytes_max) refuse_value("InputTemplate is longer than 8192 characters.");
  const json::object* paths = optional_object(transformer, "InputPathsMap");
  if (paths != nullptr) {
    if (paths->size() > paths_max) refuse_value("InputPathsMap has more than 100 entries.");
    for (const auto& [name, path] : *paths) {
      if (std::string_view(name).starts_with("aws."))
        refuse_value("A variable's name may not begin with \"aws.\".");
      if (!path.is_string() || !parse_path(path.get_string()))
        refuse_value("The path of " + std::string(name) + " is not valid.");
    }
  }
  const json::object nothing;
  const auto known = [&](const std::string& name) {
    return predefined(name, nothing, {}) || (paths != nullptr && paths->contains(name));
  };
  // If the result is JSON both with a text and with no value, it is JSON with every value.
  for (const bool there : {true, false}) {
    const std::string sample = fill_in(text, [&](const std::string& name) -> std::optional<json::value> {
      if (!known(name))
        refuse_value("InputTemplate names the variable " + name + ", which is not in InputPathsMap.");
      return there ? std::optional<json::value>("value") : std::nullopt;
    });
    if (!is_json(sample))
      refuse_value("InputTemplate must give JSON: an object, or a text in double quotes.");
  }
}

}  // namespace

void check_input(const json::object& target) {
  const auto input = optional_text(target, "Input");
  const auto path = optional_text(target, "InputPath");
  const json::object* transformer = optional_object(target, "InputTransformer");
  if ((input ? 1 : 0) + (path ? 1 : 0) + (transformer != nullptr ? 1 : 0) > 1)
    refuse_value("Only one of Input, InputPath and InputTransformer must be provided.");
  if (input && (input->size() > template_bytes_max || !is_json(*input)))
    refuse_value("Input must be JSON of at most 8192 characters.");
  if (path && !parse_path(*path)) refuse_value("InputPath is not a path such as $.detail.name.");
  if (transformer != nullptr) check_transformer(*transformer);
}

std::optional<std::string> target_input(const json::object& target, const json::object& event,
                                        const InputContext& context) {
  if (auto input = optional_text(target, "Input")) return input;
  if (const auto path = optional_text(target, "InputPath"))
    return json::serialize(look_up(*path, event).value_or(nullptr));
  const json::object* transformer = optional_object(target, "InputTransformer");
  if (transformer == nullptr) return json::serialize(event);
  const json::object* paths = optional_object(*transformer, "InputPathsMap");
  std::string filled = fill_in(require_text(*transformer, "InputTemplate"),
                               [&](const std::string& name) -> std::optional<json::value> {
                                 if (auto value = predefined(name, event, context)) return value;
                                 const json::value* path =
                                     paths == nullptr ? nullptr : paths->if_contains(name);
                                 if (path == nullptr || !path->is_string()) return std::nullopt;
                                 return look_up(path->get_string(), event);
                               });
  if (filled.size() > input_bytes_max) return std::nullopt;
  return filled;
}

}  // namespace s3dr::services
