#include "app/text_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace s3dr::app {
namespace {

using testing::ElementsAre;

TEST(TextDiff, AnXmlDocumentBecomesLinesThatTellItsDepth) {
  EXPECT_THAT(document_lines("<A><B><C>1</C><D/></B><E></E></A>"),
              ElementsAre("<A>", "  <B>", "    <C>1</C>", "    <D/>", "  </B>", "  <E></E>", "</A>"));
}

TEST(TextDiff, SoDoesJson) {
  EXPECT_THAT(document_lines(R"({"a":[1,{"b":"c"}],"d":{}})"),
              ElementsAre("{", R"(  "a": [)", "    1,", "    {", R"(      "b": "c")", "    }", "  ],",
                          R"(  "d": {})", "}"));
  EXPECT_THAT(document_lines("neither\nnor"), ElementsAre("neither", "nor"));
  EXPECT_THAT(document_lines(""), ElementsAre());
}

TEST(TextDiff, EqualTextsHaveNoDifference) {
  EXPECT_EQ(unified_diff({"a", "b"}, {"a", "b"}, "one", "other"), "");
  EXPECT_EQ(unified_diff({}, {}, "one", "other"), "");
}

// As `diff -u` writes it.
TEST(TextDiff, ThreeLinesOfContextStandAroundAChange) {
  EXPECT_EQ(unified_diff({"1", "2", "3", "4", "5", "6", "7", "8", "9"},
                         {"1", "2", "3", "4", "five", "6", "7", "8", "9"}, "source", "replica"),
            "--- source\n+++ replica\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(TextDiff, WhatIsOnlyOnOneSideIsAllOfIt) {
  EXPECT_EQ(unified_diff({}, {"a", "b"}, "source", "replica"),
            "--- source\n+++ replica\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(unified_diff({"a"}, {}, "source", "replica"), "--- source\n+++ replica\n@@ -1 +0,0 @@\n-a\n");
}

TEST(TextDiff, ChangesFarApartAreTwoPieces) {
  std::vector<std::string> before, after;
  for (int i = 1; i <= 20; ++i) before.push_back(std::to_string(i));
  after = before;
  after[1] = "two";
  after[17] = "eighteen";
  EXPECT_EQ(unified_diff(before, after, "a", "b"),
            "--- a\n+++ b\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n@@ -15,6 +15,6 @@\n 15\n 16\n 17\n-18\n"
            "+eighteen\n 19\n 20\n");
}

TEST(TextDiff, AVeryLongTextIsReplacedAsAWhole) {
  std::vector<std::string> before{"same"}, after{"same"};
  for (int i = 0; i < 3'000; ++i) {
    before.push_back("b" + std::to_string(i));
    after.push_back("a" + std::to_string(i));
  }
  EXPECT_THAT(unified_diff(before, after, "a", "b"),
              testing::StartsWith("--- a\n+++ b\n@@ -1,3001 +1,3001 @@\n same\n-b0\n"));
}

}  // namespace
}  // namespace s3dr::app
