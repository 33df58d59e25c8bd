// The pattern language, row by row from tests/data/event_patterns.jsonl, and what a row cannot hold: limits
// and time. A row is {name, pattern, event, answer, says?}; a pattern or event given as a text is taken as it
// is spelled, so that equal keys and number forms can be written down.
#include "aws/event_pattern.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>

#include "base/error.h"

namespace s3dr::aws {
namespace {

namespace json = boost::json;

struct Row {
  std::string name, pattern, event, answer;
  std::string says;  // part of the refusal
};

std::string spelled(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

std::vector<Row> read_rows() {
  std::ifstream file(S3DR_TEST_DATA "/event_patterns.jsonl");
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    const json::object row = json::parse(line).as_object();
    const json::value* says = row.if_contains("says");
    rows.push_back(Row{spelled(row.at("name")), spelled(row.at("pattern")), spelled(row.at("event")),
                       spelled(row.at("answer")), says == nullptr ? "" : spelled(*says)});
  }
  return rows;
}

// "match", "no match" or "refused: MESSAGE".
std::string answer(const std::string& pattern, const std::string& event) {
  try {
    return EventPattern::parse(pattern).matches_text(event) ? "match" : "no match";
  } catch (const Error& error) {
    return (error.kind() == ErrorKind::invalid ? "refused: " : "another kind: ") + error.message();
  }
}

TEST(EventPattern, AgreesWithTheTable) {
  const std::vector<Row> rows = read_rows();
  EXPECT_GE(rows.size(), 350U);
  std::set<std::string> names;
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name + "\n pattern " + row.pattern + "\n event " + row.event);
    EXPECT_TRUE(names.insert(row.name).second) << "two rows have this name";
    const std::string given = answer(row.pattern, row.event);
    if (row.answer == "refused") {
      EXPECT_TRUE(given.starts_with("refused: Event pattern is not valid. Reason: ")) << given;
      EXPECT_NE(given.find(row.says), std::string::npos) << given;
      EXPECT_FALSE(row.says.empty()) << "the row does not say why";
    } else {
      EXPECT_EQ(given, row.answer);
    }
  }
}

TEST(EventPattern, EventsThatAreNoObject) {
  const auto pattern = EventPattern::parse(R"({"a":[{"exists":false}]})");
  EXPECT_TRUE(pattern.matches(json::object()));
  EXPECT_FALSE(pattern.matches(json::array()));
  EXPECT_FALSE(pattern.matches(nullptr));
  EXPECT_EQ(answer(R"({"a":[1]})", "[1]"), "refused: Event is not valid. Reason: It is not an object");
  EXPECT_TRUE(answer(R"({"a":[1]})", "{").starts_with("refused: Event is not valid. Reason: It is not JSON"));
}

// {"a":["x…x"]}: `characters` in all.
std::string pattern_of_size(std::size_t characters, const std::string& letter) {
  std::string text;
  for (std::size_t i = 0; i < characters - 10; ++i) text += letter;
  return R"({"a":[")" + text + R"("]})";
}

TEST(EventPattern, AtMost4096Characters) {
  EXPECT_EQ(answer(pattern_of_size(4096, "x"), "{}"), "no match");
  EXPECT_EQ(answer(pattern_of_size(4097, "x"), "{}"),
            "refused: Event pattern is not valid. Reason: It has more than 4096 characters");
  // Characters, not bytes.
  EXPECT_EQ(answer(pattern_of_size(4096, "ü"), "{}"), "no match");
  EXPECT_NE(answer(pattern_of_size(4097, "ü"), "{}"), "no match");
  EXPECT_NE(answer(std::string(1'000'000, '['), "{}"), "no match");
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i + 1 < depth; ++i) text += R"({"a":)";
  return text + "[1]" + std::string(depth - 1, '}');
}

TEST(EventPattern, NestingIsLimited) {
  EXPECT_EQ(answer(nested(EventPattern::depth_max), "{}"), "no match");
  EXPECT_TRUE(answer(nested(EventPattern::depth_max + 1), "{}")
                  .starts_with("refused: Event pattern is not valid. Reason: It is nested too deeply"));
  EXPECT_NE(answer(std::string(4000, '['), "{}"), "no match");
}

// `factors` lists of `branches` alternatives, one inside the other's sibling: branches^factors combinations.
std::string product_of_alternatives(std::size_t factors, std::size_t branches) {
  std::string text = "{";
  for (std::size_t i = 0; i < factors; ++i) {
    text += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":{\"$or\":[";
    for (std::size_t j = 0; j < branches; ++j) text += (j == 0 ? "" : ",") + std::string(R"({"a":[1]})");
    text += "]}";
  }
  return text + "}";
}

TEST(EventPattern, AtMost1000Combinations) {
  EXPECT_EQ(answer(product_of_alternatives(3, 10), "{}"), "no match");
  const std::string refused =
      "refused: Event pattern is not valid. Reason: There are more than 1000 combinations of $or at the top "
      "level";
  EXPECT_EQ(answer(product_of_alternatives(10, 2), "{}"), refused);
  EXPECT_EQ(answer(product_of_alternatives(100, 2), "{}"), refused);  // 2^100 does not overflow
  EXPECT_EQ(answer(product_of_alternatives(9, 2), "{}"), "no match");
  // Branches inside branches add up: 2 * (1 + 2 * 250) = 1002.
  std::string inner;
  for (int i = 0; i < 250; ++i) inner += (i == 0 ? "" : ",") + std::string(R"({"":[1]})");
  const std::string two = R"({"$or":[{"a":[1]},{"b":[1]}],)";
  EXPECT_EQ(
      answer(two + R"("c":{"$or":[{"a":[1]},{"$or":[{"":[1]},{"":[1]}],"d":{"$or":[)" + inner + "]}}]}}",
             "{}"),
      refused);
}

// Where trying every place for every star would take longer than the universe has had.
TEST(EventPattern, WildcardsTakeLinearTime) {
  std::string stars = "*";
  for (int i = 0; i < 31; ++i) stars += "aaaaaaaab*";
  const auto pattern = EventPattern::parse(R"({"a":[{"wildcard":")" + stars + R"("}]})");
  EXPECT_FALSE(pattern.matches(json::object{{"a", std::string(1'000'000, 'a')}}));
  // One long piece that nearly fits everywhere: quadratic by plain search.
  const auto one = EventPattern::parse(R"({"a":[{"wildcard":"*)" + std::string(4000, 'a') + R"(b*"}]})");
  EXPECT_FALSE(one.matches(json::object{{"a", std::string(4'000'000, 'a')}}));
  EXPECT_TRUE(one.matches(json::object{{"a", std::string(4'000'000, 'a') + "b"}}));
}

TEST(EventPattern, MessagesNameThePlace) {
  EXPECT_EQ(answer(R"({"detail":{"$or":[{"x":["y"]},{"size":[5,{"numeric":["~",1]}]}]}})", "{}"),
            "refused: Event pattern is not valid. Reason: Unrecognized numeric range operator: ~ at "
            "detail.$or[1].size[1].numeric[0]");
  EXPECT_EQ(answer("{\"a\":[1],}", "{}").substr(0, 67),
            "refused: Event pattern is not valid. Reason: It is not JSON: syntax");
}

TEST(EventPattern, ABinaryTextIsMatchedAsItIs) {
  const std::string zero = R"({"a":"10.0.0.1\u0000"})";
  EXPECT_EQ(answer(R"({"a":[{"cidr":"10.0.0.0/8"}]})", zero), "no match");
  EXPECT_EQ(answer(R"({"a":["10.0.0.1"]})", zero), "no match");
  EXPECT_EQ(answer(R"({"a":["10.0.0.1\u0000"]})", zero), "match");
  EXPECT_TRUE(answer(R"({"a":[{"cidr":"10.0.0.0\u0000/8"}]})", zero).starts_with("refused"));
  EXPECT_TRUE(answer("{\"a\":[\"\xff\"]}", "{}").starts_with("refused"));
}

}  // namespace
}  // namespace s3dr::aws
