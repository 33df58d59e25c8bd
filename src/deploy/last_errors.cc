#include "deploy/last_errors.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string_view>
#include <utility>

#include "base/utf8.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr std::size_t text_max = 800;
constexpr std::size_t texts_max = 100;
// What Lambda and the functions add to each line, and the metric of the embedded metric format.
constexpr std::array<std::string_view, 7> of_each_line = {"timestamp", "level",      "message", "request_id",
                                                          "requestId", "Deployment", "_aws"};

std::string without_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string text_of(const json::value& value) {
  if (const json::string* text = value.if_string()) return {text->data(), text->size()};
  return json::serialize(value);
}

LastError read_line(const std::string& line) {
  LastError result;
  boost::system::error_code failure;
  const json::value parsed = json::parse(line, failure);
  const json::object* fields = failure ? nullptr : parsed.if_object();
  if (fields == nullptr || !fields->contains("message")) {
    result.text = cut_text(without_end(line), text_max);
    return result;
  }
  if (const json::value* at = fields->if_contains("timestamp")) result.at = text_of(*at);
  if (const json::value* level = fields->if_contains("level")) result.text = text_of(*level) + " ";
  result.text += text_of(fields->at("message"));
  for (const auto& field : *fields) {
    const std::string_view name(field.key().data(), field.key().size());
    if (std::ranges::find(of_each_line, name) != of_each_line.end()) continue;
    result.text += " " + std::string(name) + "=" + text_of(field.value());
  }
  result.text = cut_text(without_end(std::move(result.text)), text_max);
  return result;
}

}  // namespace

void ErrorSummary::add(const std::string& line) {
  LastError error = read_line(line);
  const auto same = std::ranges::find(errors_, error.text, &LastError::text);
  if (same != errors_.end()) {
    error.count += same->count;
    errors_.erase(same);
  }
  errors_.push_back(std::move(error));
  if (errors_.size() > texts_max) errors_.erase(errors_.begin());
}

std::vector<LastError> ErrorSummary::last(std::size_t errors_max) const {
  const std::size_t count = std::min(errors_max, errors_.size());
  return {errors_.end() - static_cast<std::ptrdiff_t>(count), errors_.end()};
}

}  // namespace s3dr::deploy
