#include "cloud/services/common/json_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr double form_integer_max = 1e15;
constexpr double form_seconds_max = 1e11;
constexpr std::size_t stored_depth_max = 128;

const json::value* present(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

ServiceError wrong_field(std::string_view name, std::string_view wanted, const FieldWords& words) {
  return {std::string(words.wrong_code),
          fmt::format(fmt::runtime(words.wrong), fmt::arg("name", name), fmt::arg("wanted", wanted)), 400};
}

ServiceError missing_field(std::string_view name, const FieldWords& words) {
  return {std::string(words.missing_code), fmt::format(fmt::runtime(words.missing), fmt::arg("name", name)),
          400};
}

void refuse_value(const std::string& message) {
  throw ServiceError{"ValidationException", message, 400};
}

ServiceError not_supported(const std::string& what) {
  return {"UnsupportedOperationException", what + " is not supported yet.", 501};
}

void refuse_unsupported(const std::string& what) {
  throw not_supported(what);
}

std::optional<std::string> optional_text(const json::object& object, std::string_view name) {
  const json::value* value = present(object, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) throw wrong_field(name, "a string", validation_words);
  return std::string(value->get_string());
}

std::string require_text(const json::object& object, std::string_view name, const FieldWords& words) {
  auto text = optional_text(object, name);
  if (!text || text->empty()) throw missing_field(name, words);
  return std::move(*text);
}

std::optional<std::int64_t> optional_integer(const json::object& object, std::string_view name,
                                             const FieldWords& words) {
  if (words.reads_forms) {
    const auto number = optional_number(object, name, words);
    if (!number) return std::nullopt;
    if (std::trunc(*number) != *number || std::abs(*number) > form_integer_max)
      throw wrong_field(name, "a whole number", words);
    return static_cast<std::int64_t>(*number);
  }
  const json::value* value = present(object, name);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return static_cast<std::int64_t>(value->get_uint64());
  throw wrong_field(name, "an integer", validation_words);
}

std::optional<double> number_of(const json::value& value, const FieldWords& words) {
  std::optional<double> number;
  if (value.is_number())
    number = value.to_number<double>();
  else if (words.reads_forms && value.is_string())
    number = number_in(value.get_string());
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<double> optional_number(const json::object& object, std::string_view name,
                                      const FieldWords& words) {
  const json::value* value = present(object, name);
  if (value == nullptr) return std::nullopt;
  const auto number = number_of(*value, words);
  if (!number) throw wrong_field(name, "a number", words);
  return number;
}

std::optional<bool> optional_boolean(const json::object& object, std::string_view name,
                                     const FieldWords& words) {
  const json::value* value = present(object, name);
  if (value == nullptr) return std::nullopt;
  if (value->is_bool()) return value->get_bool();
  if (words.reads_forms && value->is_string()) {
    if (value->get_string() == "true") return true;
    if (value->get_string() == "false") return false;
  }
  throw wrong_field(name, "true or false", words);
}

std::optional<Instant> optional_instant(const json::object& object, std::string_view name,
                                        const FieldWords& words) {
  const json::value* value = present(object, name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    if (words.reads_forms) {
      if (const auto instant = from_iso8601(std::string_view(value->get_string()))) return instant;
    }
  } else if (const auto seconds = number_of(*value); seconds && std::abs(*seconds) < form_seconds_max) {
    return Instant(milliseconds(std::llround(*seconds * 1000)));
  }
  throw wrong_field(name, "a time", words);
}

const json::array* optional_array(const json::object& object, std::string_view name,
                                  const FieldWords& words) {
  static const json::array none;
  const json::value* value = present(object, name);
  if (value == nullptr) return nullptr;
  if (words.reads_forms && value->is_string() && value->get_string().empty()) return &none;
  if (!value->is_array()) throw wrong_field(name, words.list, words);
  return &value->get_array();
}

const json::object* optional_object(const json::object& object, std::string_view name,
                                    const FieldWords& words) {
  const json::value* value = present(object, name);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) throw wrong_field(name, words.structure, words);
  return &value->get_object();
}

const json::array& array_or_empty(const json::object& object, std::string_view name,
                                  const FieldWords& words) {
  static const json::array none;
  const json::array* list = optional_array(object, name, words);
  return list != nullptr ? *list : none;
}

std::vector<std::string> text_list(const json::object& object, std::string_view name,
                                   const FieldWords& words) {
  std::vector<std::string> texts;
  for (const json::value& element : array_or_empty(object, name, words)) {
    if (!element.is_string()) throw wrong_field(name, words.texts, words);
    texts.emplace_back(element.get_string());
  }
  return texts;
}

std::map<std::string, std::string> text_map(const json::object& object, std::string_view name,
                                            const FieldWords& words) {
  std::map<std::string, std::string> texts;
  const json::value* value = present(object, name);
  if (value == nullptr) return texts;
  if (!value->is_object()) throw wrong_field(name, words.map, words);
  for (const auto& [key, text] : value->get_object()) {
    if (!text.is_string()) throw wrong_field(name, words.map, words);
    texts[std::string(key)] = std::string(text.get_string());
  }
  return texts;
}

const json::object& as_structure(const json::value& element, std::string_view name, const FieldWords& words) {
  if (!element.is_object()) throw wrong_field(name, words.structures, words);
  return element.get_object();
}

bool is_empty_value(const json::value& value) {
  return value.is_null() || (value.is_array() && value.get_array().empty()) ||
         (value.is_object() && value.get_object().empty()) ||
         (value.is_string() && value.get_string().empty());
}

std::optional<std::string> other_field(const json::object& object,
                                       std::initializer_list<std::string_view> known,
                                       const FieldWords& words) {
  for (const auto& [name, value] : object) {
    if (words.empty_is_absent ? is_empty_value(value) : value.is_null()) continue;
    if (std::ranges::find(known, std::string_view(name)) == known.end()) return std::string(name);
  }
  return std::nullopt;
}

void refuse_other_fields(const json::object& object, std::initializer_list<std::string_view> known,
                         const std::string& of_what) {
  if (const auto name = other_field(object, known))
    refuse_unsupported("The field " + *name + " of " + of_what);
}

void refuse_other_fields(const json::object& object, std::initializer_list<std::string_view> known,
                         const FieldWords& words) {
  if (const auto name = other_field(object, known, words)) refuse_unsupported("The field \"" + *name + "\"");
}

std::optional<json::object> parsed_object(std::string_view text, std::size_t depth_max) {
  json::error_code malformed;
  json::parse_options options;
  options.max_depth = depth_max;
  json::value value = json::parse(text, malformed, {}, options);
  if (malformed || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

json::object stored_object(const std::string& text) {
  auto object = parsed_object(text, stored_depth_max);
  if (!object) throw Error(ErrorKind::corrupt, "a stored document is no JSON object");
  return std::move(*object);
}

std::string text_or_empty(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

double epoch_seconds(Instant instant) {
  return static_cast<double>(instant.time_since_epoch().count()) / 1000.0;
}

}  // namespace s3dr::services
