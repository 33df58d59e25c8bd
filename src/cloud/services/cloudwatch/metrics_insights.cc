#include "cloud/services/cloudwatch/metrics_insights.h"

#include <algorithm>
#include <array>

#include "cloud/services/cloudwatch/cloudwatch_protocol.h"
#include "cloud/services/common/texts.h"

namespace s3dr::services {
namespace {

constexpr std::size_t dimensions_max = 30;
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> functions = {
    {{"AVG", "Average"}, {"COUNT", "SampleCount"}, {"MAX", "Maximum"}, {"MIN", "Minimum"}, {"SUM", "Sum"}}};

enum class Kind { word, name, text, symbol, end };  // SUM, "AWS/S3", 'value', "(" and the like

struct Token {
  Kind kind = Kind::end;
  std::string text;
};

bool is_word_character(char c) {
  return is_letter_or_digit(c) || c == '_';
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

ServiceError no_query(std::string_view why) {
  return invalid_value("Expression", "as a Metrics Insights query: " + std::string(why));
}

ServiceError no_such_query(const std::string& what) {
  return {"NotImplemented", what + " in a Metrics Insights query is not supported yet.", 501};
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) { next(); }

  const Token& here() const { return token_; }
  bool at_word(std::string_view word) const {
    return token_.kind == Kind::word && upper(token_.text) == word;
  }
  bool at_symbol(std::string_view symbol) const {
    return token_.kind == Kind::symbol && token_.text == symbol;
  }

  void next() {
    while (!rest_.empty() && (rest_[0] == ' ' || (rest_[0] >= '\t' && rest_[0] <= '\r')))
      rest_.remove_prefix(1);
    if (rest_.empty()) {
      token_ = {};
    } else if (rest_[0] == '"' || rest_[0] == '\'') {
      const std::size_t end = rest_.find(rest_[0], 1);
      if (end == std::string_view::npos) throw no_query("a quotation is not closed");
      token_ = {rest_[0] == '"' ? Kind::name : Kind::text, std::string(rest_.substr(1, end - 1))};
      rest_.remove_prefix(end + 1);
    } else if (is_word_character(rest_[0])) {
      const auto end = std::ranges::find_if_not(rest_, is_word_character);
      token_ = {Kind::word, std::string(rest_.begin(), end)};
      rest_.remove_prefix(token_.text.size());
    } else {
      const std::size_t length = rest_.starts_with("!=") ? 2 : 1;
      token_ = {Kind::symbol, std::string(rest_.substr(0, length))};
      rest_.remove_prefix(length);
    }
  }

  std::string shown() const {
    if (token_.kind == Kind::end) return "its end";
    // Of a longer character it would be a part.
    if (token_.kind == Kind::symbol && token_.text[0] < 0) return "a character that is not ASCII";
    return "\"" + token_.text + "\"";
  }

  void expect_word(std::string_view word) {
    if (!at_word(word)) throw no_query(std::string(word) + " is expected, not " + shown());
    next();
  }
  void expect_symbol(std::string_view symbol) {
    if (!at_symbol(symbol)) throw no_query(std::string(symbol) + " is expected, not " + shown());
    next();
  }
  // A name of a metric or dimension; in quotation marks where it has other characters than letters.
  std::string identifier(std::string_view of) {
    if ((token_.kind != Kind::word && token_.kind != Kind::name) || token_.text.empty())
      throw no_query(std::string(of) + " is expected, not " + shown());
    std::string name = token_.text;
    const bool bare = token_.kind == Kind::word;
    next();
    if (bare && at_symbol(".")) throw no_such_query("A key of AWS's own (" + name + ".…)");
    return name;
  }
  std::string quoted(Kind kind, std::string_view of) {
    if (token_.kind != kind || token_.text.empty())
      throw no_query(std::string(of) + " is expected, not " + shown());
    std::string text = token_.text;
    next();
    return text;
  }

 private:
  std::string_view rest_;
  Token token_;
};

std::string statistic_of(const std::string& function) {
  for (const auto& [name, statistic] : functions) {
    if (upper(function) == name) return std::string(statistic);
  }
  throw no_query("there is no function " + function);
}

void read_source(Reader& reader, InsightsQuery& query) {
  if (!reader.at_word("SCHEMA")) {
    query.name_space = reader.quoted(Kind::name, "a namespace or SCHEMA");
    return;
  }
  reader.next();
  reader.expect_symbol("(");
  query.name_space = reader.quoted(Kind::name, "a namespace");
  std::vector<std::string> dimensions;
  while (reader.at_symbol(",")) {
    reader.next();
    dimensions.push_back(reader.identifier("a dimension"));
  }
  reader.expect_symbol(")");
  std::ranges::sort(dimensions);
  if (dimensions.size() > dimensions_max || std::ranges::adjacent_find(dimensions) != dimensions.end())
    throw no_query("the dimensions of SCHEMA are more than 30, or one of them is named twice");
  query.schema = std::move(dimensions);
}

void read_conditions(Reader& reader, InsightsQuery& query) {
  if (!reader.at_word("WHERE")) return;
  do {
    reader.next();
    if (reader.at_symbol("(") || reader.at_word("NOT")) throw no_such_query("WHERE with " + reader.shown());
    std::string dimension = reader.identifier("a dimension");
    if (reader.at_symbol("!=") || reader.at_word("IN") || reader.at_word("NOT") || reader.at_word("LIKE"))
      throw no_such_query("WHERE with " + reader.shown());
    reader.expect_symbol("=");
    query.where.emplace_back(std::move(dimension), reader.quoted(Kind::text, "a value in single quotes"));
  } while (reader.at_word("AND"));
  if (reader.at_word("OR")) throw no_such_query("WHERE with OR");
}

}  // namespace

bool InsightsQuery::fits(const std::map<std::string, std::string>& dimensions) const {
  if (schema && !std::ranges::equal(*schema, dimensions, {}, {},
                                    [](const auto& entry) -> const std::string& { return entry.first; }))
    return false;
  return std::ranges::all_of(where, [&](const auto& condition) {
    const auto found = dimensions.find(condition.first);
    return found != dimensions.end() && found->second == condition.second;
  });
}

bool is_insights_query(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && upper(std::string(text.substr(begin, 6))) == "SELECT";
}

InsightsQuery parse_insights_query(std::string_view text) {
  Reader reader(text);
  InsightsQuery query;
  reader.expect_word("SELECT");
  query.statistic = statistic_of(reader.identifier("a function"));
  reader.expect_symbol("(");
  query.metric = reader.identifier("a metric");
  reader.expect_symbol(")");
  reader.expect_word("FROM");
  read_source(reader, query);
  read_conditions(reader, query);
  for (const char* clause : {"GROUP", "ORDER", "LIMIT"}) {
    if (reader.at_word(clause)) throw no_such_query(clause);
  }
  if (reader.here().kind != Kind::end) throw no_query(reader.shown() + " is not expected");
  return query;
}

}  // namespace s3dr::services
