// The pieces of SQL in the cloud's own source files: string literals, those side by side joined as the compiler
// does. They tell a statement of the cloud from one that a test made up, and show which ones no test ran.
#pragma once

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace s3dr::test {

namespace source_statements {

// Reads the literal that begins at `at` (its quote) and moves `at` behind it.
inline std::string literal(const std::string& text, std::size_t& at) {
  std::string result;
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') {
      ++at;
      result += text[at] == 'n' ? '\n' : text[at];
    } else {
      result += text[at];
    }
  }
  ++at;
  return result;
}

inline void skip_raw(const std::string& text, std::size_t& at) {
  const std::size_t open = text.find('(', at);
  const std::string close = ")" + text.substr(at + 2, open - at - 2) + "\"";
  const std::size_t end = text.find(close, open);
  at = end == std::string::npos ? text.size() : end + close.size();
}

inline void skip_blanks(const std::string& text, std::size_t& at) {
  while (at < text.size() && (std::isspace(static_cast<unsigned char>(text[at])) != 0 || text[at] == '\\'))
    ++at;
}

inline std::set<std::string> literals_of(const std::string& text) {
  std::set<std::string> result;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 2, "//") == 0) {
      at = text.find('\n', at);
      if (at == std::string::npos) break;
    } else if (text.compare(at, 2, "R\"") == 0) {
      skip_raw(text, at);
    } else if (text[at] == '\'' && at + 2 < text.size() && (text[at + 2] == '\'' || text[at + 1] == '\\')) {
      at = text.find('\'', at + 2) + 1;
    } else if (text[at] == '"') {
      std::string joined;
      while (at < text.size() && text[at] == '"') {
        joined += literal(text, at);
        skip_blanks(text, at);
      }
      result.insert(joined);
    } else {
      ++at;
    }
  }
  return result;
}

}  // namespace source_statements

inline std::set<std::string> sql_of_sources(const std::filesystem::path& folder) {
  static const std::regex sql("(SELECT|FROM|INTO|UPDATE|WHERE|SET|BY) [a-z_]+");
  std::set<std::string> result;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    for (const std::string& literal : source_statements::literals_of(text.str())) {
      if (std::regex_search(literal, sql)) result.insert(literal);
    }
  }
  return result;
}

}  // namespace s3dr::test
