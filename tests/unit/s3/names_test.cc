#include "s3/names.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "refusal.h"

namespace s3dr::s3 {
namespace {

TEST(BucketName, TableOfRules) {
  const struct {
    const char* name;
    bool valid;
  } cases[] = {
      {"abc", true},
      {"harbor-ledger", true},
      {"1.2.3", true},
      {"a.b-c.d0", true},
      {"192.168.5.4.5", true},
      {"192.168.5.x", true},
      {"japan", true},  // ends with "an", not with "-an"
      {"ab", false},
      {"", false},
      {"Harbor", false},
      {"under_score", false},
      {"-abc", false},
      {"abc-", false},
      {".abc", false},
      {"abc.", false},
      {"a..b", false},
      {"192.168.5.4", false},
      {"999.1.1.1", false},
      {"xn--abc", false},
      {"sthree-abc", false},
      {"amzn-s3-demo-x", false},
      {"abc-s3alias", false},
      {"abc--ol-s3", false},
      {"abc.mrap", false},
      {"abc--x-s3", false},
      {"abc--table-s3", false},
      {"abc-111122223333-us-west-2-an", false},
      {"a b", false},
      {"a/b", false},
      {"b\xC3\xBC"
       "cket",
       false},
  };
  for (const auto& [name, valid] : cases) {
    EXPECT_EQ(!BucketName::why_not_new(name).has_value(), valid) << name;
    EXPECT_EQ(refusal_of([&] { BucketName::parse_new(name); }),
              valid ? "accepted" : "invalid InvalidBucketName 400")
        << name;
  }
  EXPECT_FALSE(BucketName::why_not_new(std::string(63, 'a')));
  EXPECT_TRUE(BucketName::why_not_new(std::string(64, 'a')));
}

TEST(BucketName, AStoreMayReportOlderNames) {
  EXPECT_EQ(BucketName::parse("Old_Name.2008").text(), "Old_Name.2008");
  EXPECT_EQ(BucketName::parse(std::string(255, 'A')).text().size(), 255U);
  EXPECT_EQ(refusal_of([] { BucketName::parse(std::string(256, 'A')); }), "invalid InvalidBucketName 400");
  EXPECT_EQ(refusal_of([] { BucketName::parse("a/../b"); }), "invalid InvalidBucketName 400");
  EXPECT_EQ(refusal_of([] { BucketName::parse(""); }), "invalid InvalidBucketName 400");
  EXPECT_EQ(refusal_of([] { BucketName::parse("..."); }), "invalid InvalidBucketName 400");
}

// tests/data/names.tsv: name, may exist, may be made today.
TEST(BucketName, KeptNamesMayExistAndMayBeMadeAsTheFileSays) {
  std::ifstream file(S3DR_TEST_DATA "/names.tsv");
  const AccountId account = AccountId::parse("111122223333");
  const Region region = Region::parse("us-west-2");
  std::string line;
  int rows = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line.front() == '#') continue;
    const auto first = line.find('\t'), second = line.find('\t', first + 1);
    ASSERT_NE(second, std::string::npos) << line;
    const std::string name = line.substr(0, first), made = line.substr(second + 1);
    EXPECT_EQ(!BucketName::why_impossible(name), line.substr(first + 1, second - first - 1) == "yes") << name;
    EXPECT_EQ(!BucketName::why_not_new(name), made == "yes") << name;
    EXPECT_EQ(!why_not_new_account_regional(name, account, region), made.starts_with("only with the account"))
        << name;
    ++rows;
  }
  EXPECT_EQ(rows, 10);
}

TEST(BucketName, AccountRegionalNamesBelongToOneAccountAndRegion) {
  const AccountId account = AccountId::parse("111122223333"), other = AccountId::parse("444455556666");
  const Region region = Region::parse("us-west-2");
  const std::string ending = account_regional_ending(account, region);
  EXPECT_EQ(ending, "-111122223333-us-west-2-an");
  EXPECT_FALSE(why_not_new_account_regional("photos" + ending, account, region));
  EXPECT_TRUE(why_not_new_account_regional("photos" + ending, other, region));
  EXPECT_TRUE(why_not_new_account_regional("photos" + ending, account, Region::parse("us-east-2")));
  EXPECT_TRUE(why_not_new_account_regional("photos", account, region));
  EXPECT_TRUE(why_not_new_account_regional(ending.substr(1), account, region));
  EXPECT_TRUE(why_not_new_account_regional(std::string(40, 'a') + ending, account, region));
  EXPECT_TRUE(why_not_new_account_regional("xn--photos" + ending, account, region));
}

TEST(BucketName, RefusalStaysOnOneLine) {
  try {
    BucketName::parse("a\r\nb\x1b[2J" + std::string(500, 'x'));
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find_first_of("\r\n\x1b"), std::string::npos);
    EXPECT_LT(text.size(), 300U);
  }
}

TEST(ObjectKey, OrderIsThatOfUnsignedBytes) {
  EXPECT_LT(ObjectKey("a"), ObjectKey("b"));
  EXPECT_LT(ObjectKey("a"), ObjectKey("a/"));
  EXPECT_LT(ObjectKey("z"), ObjectKey("\x80"));
  EXPECT_LT(ObjectKey("\x7f"), ObjectKey("\xff"));
  EXPECT_LT(ObjectKey(std::string("a\0", 2)), ObjectKey("a\x01"));
}

TEST(Region, AcceptsUnknownButNotImpossibleNames) {
  EXPECT_EQ(Region::parse("us-west-2").text(), "us-west-2");
  EXPECT_EQ(Region::parse("garage").text(), "garage");
  for (const char* bad : {"", "a", "US-west", "us west", "us/west", "a23456789012345678901234567890123"}) {
    EXPECT_THROW(Region::parse(bad), Error) << bad;
  }
}

TEST(AccountId, TwelveDigits) {
  EXPECT_EQ(AccountId::parse("111122223333").text(), "111122223333");
  for (const char* bad : {"", "11112222333", "1111222233334", "11112222333a", "111122223 33"}) {
    EXPECT_THROW(AccountId::parse(bad), Error) << bad;
  }
}

TEST(Printable, EncodesWhatWouldNotPrint) {
  EXPECT_EQ(printable(ObjectKey("plain/k\xC3\xA4se")), "plain/k\xC3\xA4se");
  EXPECT_EQ(printable(ObjectKey("100%")), "100%25");
  EXPECT_EQ(printable(ObjectKey("a\x01\n\x7f")), "a%01%0A%7F");
  EXPECT_EQ(printable(ObjectKey("\xff\xC3")), "%FF%C3");
  EXPECT_EQ(printable(ObjectKey("\xC0\xAF")), "%C0%AF");         // overlong '/'
  EXPECT_EQ(printable(ObjectKey("\xED\xA0\x80")), "%ED%A0%80");  // a surrogate
  EXPECT_EQ(printable(ObjectKey("\xE2\x80\xAE"
                                "x")),
            "%E2%80%AEx");  // turns the line around
  EXPECT_EQ(printable(ObjectKey("\xF0\x9F\x8C\x8A")), "\xF0\x9F\x8C\x8A");
  EXPECT_EQ(object_url(BucketName::parse("abc"), ObjectKey("//a b")), "s3://abc///a b");
  EXPECT_EQ(bucket_url(BucketName::parse("abc")), "s3://abc");
}

}  // namespace
}  // namespace s3dr::s3
