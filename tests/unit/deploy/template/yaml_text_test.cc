#include "deploy/template/yaml_text.h"

#include <gtest/gtest.h>

#include <string>

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

TEST(YamlText, TheFirstThreeLevelsAreBlocksAndTheRestIsShortWhereItFits) {
  const json::object one{{"Type", "AWS::SQS::Queue"},
                         {"Properties", json::object{{"QueueName", "a"}, {"Period", 60}}}};
  const json::object document{{"Version", "2010-09-09"},
                              {"Resources", json::object{{"A", one}, {"B", json::object{{"Type", "T"}}}}}};
  EXPECT_EQ(yaml_text(document), R"(Version: "2010-09-09"

Resources:
  A:
    Type: "AWS::SQS::Queue"
    Properties: {QueueName: "a", Period: 60}

  B:
    Type: "T"
)");
}

TEST(YamlText, AListThatDoesNotFitIsABlockWithItsFirstLineAfterTheDash) {
  const std::string wide(80, 'x');
  const json::array list{json::object{{"Sid", wide}, {"Action", json::array{wide, "s3:*"}}}, "short"};
  EXPECT_EQ(yaml_text({{"Statement", list}}), "Statement:\n  - Sid: \"" + wide + "\"\n    Action: [\"" +
                                                  wide + "\", \"s3:*\"]\n  - \"short\"\n");
}

TEST(YamlText, WhatAReaderCouldMisunderstandIsQuoted) {
  for (const char* key : {"y", "No", "ON", "null", "1a", "a:b", "aws:SourceArn", "", "a b"}) {
    const std::string text = yaml_text({{key, "2026-11-30"}});
    EXPECT_EQ(text, "\"" + std::string(key) + "\": \"2026-11-30\"\n");
  }
  EXPECT_EQ(yaml_text({{"Text", "line\n\"quoted\" \t{}"}}), "Text: \"line\\n\\\"quoted\\\" \\t{}\"\n");
}

TEST(YamlText, EmptyListsAndMappingsKeepTheirKind) {
  EXPECT_EQ(yaml_text({{"List", json::array()}, {"Mapping", json::object()}}), "List: []\n\nMapping: {}\n");
}

}  // namespace
}  // namespace s3dr::deploy
