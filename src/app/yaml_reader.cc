#include "app/yaml_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "app/config.h"

namespace s3dr::app {
namespace {

std::string place(const std::string& path, const YAML::Node& node) {
  return fmt::format("{}:{}", path, node.Mark().line + 1);
}

// How many letters must change to turn one word into the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({changed, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

// Which one was meant, or all of them.
std::string advice_for(const std::string& word, const std::vector<std::string>& known) {
  const auto nearest = std::ranges::min_element(
      known, {}, [&](const std::string& candidate) { return distance(candidate, word); });
  if (nearest != known.end() && distance(*nearest, word) <= 3) return "did you mean \"" + *nearest + "\"?";
  return "known here: " + fmt::format("{}", fmt::join(known, ", "));
}

}  // namespace

YamlReader::YamlReader(const YAML::Node& node, std::string path, std::string where)
    : node_(node), path_(std::move(path)), where_(std::move(where)) {
  if (!node_.IsMap()) {
    throw Error(ErrorKind::invalid, where_.empty() ? "the file must hold a map of keys"
                                                   : "\"" + where_ + "\" must be a map of keys")
        .with_resource(place(path_, node_));
  }
  std::set<std::string> seen;
  for (const auto& item : node_) {
    if (!item.first.IsScalar()) {
      throw Error(ErrorKind::invalid, "a key must be a plain word").with_resource(place(path_, item.first));
    }
    if (!seen.insert(item.first.Scalar()).second) {
      throw Error(ErrorKind::invalid, "the key \"" + item.first.Scalar() + "\" stands there twice")
          .with_resource(place(path_, item.first));
    }
  }
}

Error YamlReader::refuse(const std::string& key, const std::string& why) const {
  const std::string name = where_.empty() ? key : where_ + "." + key;
  const YAML::Node value = node_[key];
  return Error(ErrorKind::invalid, name + ": " + why).with_resource(place(path_, value ? value : node_));
}

Error YamlReader::refuse_word(const std::string& key, const std::string& word,
                              const std::vector<std::string>& known) const {
  return refuse(key, "\"" + word + "\" is unknown").with_advice(advice_for(word, known));
}

bool YamlReader::has(const std::string& key) {
  known_.insert(key);
  const YAML::Node value = std::as_const(node_)[key];
  return value && !value.IsNull();
}

YAML::Node YamlReader::scalar(const std::string& key) {
  known_.insert(key);
  const YAML::Node value = std::as_const(node_)[key];
  if (!value || value.IsNull()) return YAML::Node(YAML::NodeType::Undefined);
  if (!value.IsScalar()) throw refuse(key, "one value is expected here");
  return value;
}

std::optional<std::string> YamlReader::text(const std::string& key) {
  const YAML::Node value = scalar(key);
  if (!value.IsDefined()) return std::nullopt;
  if (value.Scalar().empty()) throw refuse(key, "is empty");
  return value.Scalar();
}

std::string YamlReader::required_text(const std::string& key) {
  const auto value = text(key);
  if (!value) throw refuse(key, "is missing");
  return *value;
}

std::optional<bool> YamlReader::boolean(const std::string& key) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  if (*value == "true") return true;
  if (*value == "false") return false;
  throw refuse(key, "must be true or false");
}

std::optional<std::int64_t> YamlReader::integer(const std::string& key, std::int64_t lowest,
                                                std::int64_t highest) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size() || number < lowest || number > highest) {
    throw refuse(key, fmt::format("must be a number from {} to {}", lowest, highest));
  }
  return number;
}

std::optional<milliseconds> YamlReader::duration(const std::string& key) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  const auto duration = parse_duration(*value);
  if (!duration) throw refuse(key, "\"" + *value + "\" is not a duration; write 250ms, 30s, 5m or 1h");
  return duration;
}

std::optional<YamlReader> YamlReader::map(const std::string& key) {
  known_.insert(key);
  const YAML::Node value = std::as_const(node_)[key];
  if (!value || value.IsNull()) return std::nullopt;
  return YamlReader(value, path_, where_.empty() ? key : where_ + "." + key);
}

YamlReader YamlReader::required_map(const std::string& key) {
  auto value = map(key);
  if (!value) throw refuse(key, "is missing");
  return std::move(*value);
}

std::vector<std::pair<std::string, std::string>> YamlReader::pairs(const std::string& key) {
  std::vector<std::pair<std::string, std::string>> result;
  known_.insert(key);
  const YAML::Node value = std::as_const(node_)[key];
  if (!value || value.IsNull()) return result;
  if (!value.IsMap()) throw refuse(key, "must be a map of names and values");
  for (const auto& item : value) {
    if (!item.first.IsScalar() || !item.second.IsScalar())
      throw refuse(key, "must be a map of names and values");
    result.emplace_back(item.first.Scalar(), item.second.Scalar());
  }
  return result;
}

std::vector<std::string> YamlReader::list_of_texts(const std::string& key) {
  std::vector<std::string> result;
  known_.insert(key);
  const YAML::Node value = std::as_const(node_)[key];
  if (!value || value.IsNull()) return result;
  if (!value.IsSequence()) throw refuse(key, "must be a list");
  for (const auto& item : value) {
    if (!item.IsScalar()) throw refuse(key, "must be a list of texts");
    result.push_back(item.Scalar());
  }
  return result;
}

std::vector<YamlReader> YamlReader::list_of_maps(const std::string& key) {
  std::vector<YamlReader> result;
  known_.insert(key);
  const YAML::Node value = std::as_const(node_)[key];
  if (!value || value.IsNull()) return result;
  if (!value.IsSequence()) throw refuse(key, "must be a list");
  for (const auto& item : value) result.emplace_back(item, path_, where_.empty() ? key : where_ + "." + key);
  return result;
}

void YamlReader::finish() const {
  for (const auto& item : node_) {
    const std::string key = item.first.Scalar();
    if (known_.contains(key)) continue;
    Error error(ErrorKind::invalid, "unknown key \"" + (where_.empty() ? key : where_ + "." + key) + "\"");
    error.with_resource(place(path_, item.first));
    error.with_advice(advice_for(key, {known_.begin(), known_.end()}));
    throw error;
  }
}

}  // namespace s3dr::app
