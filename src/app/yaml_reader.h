// A YAML map, read strictly: every key is asked for by name. A key that nobody asked for is an error with its
// line.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace s3dr::app {

class YamlReader {
 public:
  // `where` names the map in messages ("source"); empty for the top. Raises invalid when `node` is not a map.
  YamlReader(const YAML::Node& node, std::string path, std::string where);

  // The key is in the map with a value, whatever it is. It counts as asked for.
  bool has(const std::string& key);
  std::optional<std::string> text(const std::string& key);
  std::string required_text(const std::string& key);
  std::optional<bool> boolean(const std::string& key);
  std::optional<std::int64_t> integer(const std::string& key, std::int64_t lowest, std::int64_t highest);
  std::optional<milliseconds> duration(const std::string& key);
  // A map below `key`; nullopt: not there.
  std::optional<YamlReader> map(const std::string& key);
  YamlReader required_map(const std::string& key);
  // Every pair of the map of texts below `key`, in the order of the file.
  std::vector<std::pair<std::string, std::string>> pairs(const std::string& key);
  std::vector<std::string> list_of_texts(const std::string& key);
  std::vector<YamlReader> list_of_maps(const std::string& key);
  // Calls `parse` with the text. An error of `parse` gets the file and line.
  template <class Value>
  std::optional<Value> convert(const std::string& key, Value (*parse)(std::string_view)) {
    const auto value = text(key);
    if (!value) return std::nullopt;
    try {
      return parse(*value);
    } catch (const Error& error) {
      throw refuse(key, error.message());
    }
  }

  // Refuses keys that were never asked for.
  void finish() const;
  // An Error invalid at the line of `key` (or of the map when it is not there).
  Error refuse(const std::string& key, const std::string& why) const;
  // The same for a value that is none of `known`: says which one was meant, or all of them.
  Error refuse_word(const std::string& key, const std::string& word,
                    const std::vector<std::string>& known) const;
  const std::string& path() const { return path_; }

 private:
  YAML::Node scalar(const std::string& key);

  YAML::Node node_;
  std::string path_, where_;
  std::set<std::string> known_;
};

}  // namespace s3dr::app
