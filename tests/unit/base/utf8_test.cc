#include "base/utf8.h"

#include <gtest/gtest.h>

namespace s3dr {
namespace {

TEST(Utf8, APrefixNeverEndsWithinACharacter) {
  const std::string text = "aé€\U0001F600";  // 1, 2, 3 and 4 bytes
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t bytes_max = 0; bytes_max < std::size(expected); ++bytes_max)
    EXPECT_EQ(whole_characters(text, bytes_max).size(), expected[bytes_max]) << bytes_max;
}

TEST(Utf8, WhatIsNoTextBecomesTheReplacement) {
  EXPECT_EQ(as_utf8("a\xff\xc3z é"), "a\uFFFD\uFFFDz é");
  EXPECT_EQ(as_utf8("half \xe2\x82"), "half \uFFFD\uFFFD");
}

TEST(Utf8, ACutTextIsTextAndSaysThatItWasCut) {
  EXPECT_EQ(cut_text("", 9), "");
  EXPECT_EQ(cut_text("123456789", 9), "123456789");
  EXPECT_EQ(cut_text("1234567890", 9), "123456…");
  EXPECT_EQ(cut_text("12345é7890", 9), "12345…");
  for (const std::string character : {"é", "€", "\U0001F600", "\xff", "\xe2\x82"}) {
    for (std::size_t length = 0; length < 30; ++length) {
      std::string text(length, 'x');
      for (int i = 0; i < 12; ++i) text += character;
      const std::string cut = cut_text(text, 20);
      EXPECT_LE(cut.size(), 20U);
      EXPECT_EQ(as_utf8(cut), cut) << length;
    }
  }
}

}  // namespace
}  // namespace s3dr
