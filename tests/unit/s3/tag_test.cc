#include "s3/tag.h"

#include <gtest/gtest.h>

namespace s3dr::s3 {
namespace {

TagSet many(int count) {
  TagSet tags;
  for (int i = 0; i < count; ++i) tags.push_back({"k" + std::to_string(i), ""});
  return tags;
}

std::string repeat(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

TEST(Tags, LimitsOfS3) {
  EXPECT_FALSE(why_invalid({}, TagOwner::bucket));
  EXPECT_FALSE(why_invalid({{"dr:source", "harbor-ledger"}, {"a b", "+-=._:/@"}}, TagOwner::object));
  EXPECT_FALSE(why_invalid(many(50), TagOwner::bucket));
  EXPECT_TRUE(why_invalid(many(51), TagOwner::bucket));
  EXPECT_FALSE(why_invalid(many(10), TagOwner::object));
  EXPECT_TRUE(why_invalid(many(11), TagOwner::object));
  EXPECT_TRUE(why_invalid({{"", "x"}}, TagOwner::bucket));
  // Characters count, not bytes.
  EXPECT_FALSE(why_invalid({{repeat("\xC3\xA4", 128), repeat("\xC3\xA4", 256)}}, TagOwner::bucket));
  EXPECT_TRUE(why_invalid({{std::string(129, 'a'), ""}}, TagOwner::bucket));
  EXPECT_TRUE(why_invalid({{"a", std::string(257, 'a')}}, TagOwner::bucket));
  EXPECT_TRUE(why_invalid({{"a", "1"}, {"a", "1"}}, TagOwner::bucket));
  for (const char* key : {"aws:x", "AWS:x", "a\tb", "a&b", "a<b", "\xff", "\xC2\x85", "a*"}) {
    EXPECT_TRUE(why_invalid({{key, ""}}, TagOwner::bucket)) << key;
    EXPECT_EQ(why_invalid({{"k", key}}, TagOwner::bucket).has_value(),
              std::string(key).find(':') == std::string::npos)
        << key;
  }
  EXPECT_FALSE(why_invalid({{"awsx", ""}}, TagOwner::bucket));
}

TEST(Tags, HeaderForm) {
  EXPECT_EQ(parse_tagging_header(""), TagSet{});
  EXPECT_EQ(parse_tagging_header("a=1&b=2"), (TagSet{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(parse_tagging_header("a+b=%2B&c"), (TagSet{{"a b", "+"}, {"c", ""}}));
  EXPECT_EQ(parse_tagging_header("a=b=c"), (TagSet{{"a", "b=c"}}));
  for (const char* bad : {"=1", "a=%", "a=%4", "a=%zz", "a=1&", "&a=1", "a=1&&b=2", "a=1&a=2"}) {
    EXPECT_EQ(parse_tagging_header(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(to_tagging_header({{"a b", "1&2=3"}, {"c", ""}}), "a%20b=1%262%3D3&c=");
}

TEST(Tags, CompareAsSets) {
  EXPECT_TRUE(same_tags({{"a", "1"}, {"b", "2"}}, {{"b", "2"}, {"a", "1"}}));
  EXPECT_FALSE(same_tags({{"a", "1"}}, {{"a", "2"}}));
  EXPECT_FALSE(same_tags({{"a", "1"}}, {}));
  const TagSet tags = {{"a", "1"}};
  EXPECT_EQ(*find_tag(tags, "a"), "1");
  EXPECT_EQ(find_tag(tags, "A"), nullptr);
}

}  // namespace
}  // namespace s3dr::s3
