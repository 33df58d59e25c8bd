#include "app/output.h"

#include <gtest/gtest.h>

#include "app/command_line.h"

namespace s3dr::app {
namespace {

TEST(Output, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("äöü"), 3U);
  EXPECT_EQ(display_width("写真"), 4U);
  EXPECT_EQ(display_width("e\xcc\x81"), 1U);         // e with a combining accent
  EXPECT_EQ(display_width("\xff\xfe"), 2U);          // not UTF-8
  EXPECT_EQ(display_width("\xf0\x9f\x98\x80"), 2U);  // an emoji
}

TEST(Output, TruncatesBetweenCharacters) {
  EXPECT_EQ(truncate("abcdef", 6), "abcdef");
  EXPECT_EQ(truncate("abcdef", 5), "abcd…");
  EXPECT_EQ(truncate("写真写真", 6), "写真…");  // a wide one would not fit beside the dots
  EXPECT_EQ(truncate("äöüß", 3), "äö…");
  EXPECT_EQ(truncate("abc", 0), "");
  for (std::size_t width = 1; width < 9; ++width)
    EXPECT_LE(display_width(truncate("a写b真cäd", width)), width);
}

TEST(Output, NothingMovesTheCursor) {
  EXPECT_EQ(clean("a\x1b[2Jb"), "a?[2Jb");
  EXPECT_EQ(clean("a\r\nb\x7f"), "a??b?");
  EXPECT_EQ(clean("\xc2\x9b"), "?");             // the C1 form of ESC [
  EXPECT_EQ(clean("\xe2\x80\xae"), "?");         // right-to-left override
  EXPECT_EQ(clean("\xc0\xaf ok ü"), "?? ok ü");  // overlong
}

TEST(Output, TableAlignsAndFits) {
  Table table({{"NAME"}, {"N", true}, {"TEXT"}});
  table.add({"ü", "1", "short"});
  table.add({"photos", "12,345", "a long explanation of what has happened"});
  EXPECT_EQ(table.render(0),
            "NAME         N  TEXT\n"
            "ü            1  short\n"
            "photos  12,345  a long explanation of what has happened\n");
  EXPECT_EQ(table.render(30),
            "NAME         N  TEXT\n"
            "ü            1  short\n"
            "photos  12,345  a long explan…\n");
}

TEST(Output, WrapsAtBlanksAndLosesNothing) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrap("one two three", 0), Lines{"one two three"});
  EXPECT_EQ(wrap("one two three", 7), (Lines{"one two", "three"}));
  EXPECT_EQ(wrap("abcdefgh i", 3), (Lines{"abc", "def", "gh", "i"}));
  EXPECT_EQ(wrap("写真写真", 5), (Lines{"写真", "写真"}));
  EXPECT_EQ(wrap("", 5), Lines{""});
}

TEST(Output, WrappedTableKeepsNamesWhole) {
  Table table({{"NAME", false, true}, {"TEXT"}}, Overflow::wrap);
  table.add({"a-bucket-with-a-long-name", "a long explanation of it"});
  table.add_note("next: do this and that, please");
  EXPECT_EQ(table.render(36),
            "NAME                       TEXT\n"
            "a-bucket-with-a-long-name  a long\n"
            "                           explanati\n"
            "                           on of it\n"
            "  next: do this and that, please\n");
  EXPECT_NE(table.render(20).find("a-bucket-with-a-long-name"), std::string::npos);
  EXPECT_EQ(table.render(20).find("…"), std::string::npos);
}

TEST(Output, FactsKeepTheirColumn) {
  EXPECT_EQ(render_facts({{"a", "1"}, {"long", "two\nlines"}}), "a     1\nlong  two\n      lines\n");
}

TEST(Output, Numbers) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1'000), "1,000");
  EXPECT_EQ(format_count(12'345'678), "12,345,678");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(100ULL << 20U), "100.0 MiB");
  EXPECT_EQ(format_bytes((1ULL << 20U) - 1), "1.0 MiB");
  EXPECT_EQ(format_bytes(~0ULL), "16.0 EiB");
}

TEST(Output, Ages) {
  const Instant now{milliseconds(1'000'000'000)};
  EXPECT_EQ(format_age(now, now), "just now");
  EXPECT_EQ(format_age(now + milliseconds(5'000), now), "just now");
  EXPECT_EQ(format_age(now - milliseconds(12'400), now), "12s ago");
  EXPECT_EQ(format_age(now - milliseconds(303'000), now), "5m 3s ago");
}

TEST(Output, ProgressIsOneLineAChangeWithoutATerminal) {
  testing::internal::CaptureStderr();
  {
    Progress progress(false);
    progress.step("one");
    progress.step("one");
    progress.moving("not shown");
    progress.step("two");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "one\ntwo\n");
}

TEST(Output, ProgressRedrawsOnATerminal) {
  testing::internal::CaptureStderr();
  {
    Progress progress(true);
    progress.moving("1 of 2");
    progress.step("done");
    progress.moving("x");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "\r\x1b[K1 of 2\r\x1b[Kdone\n\r\x1b[Kx\r\x1b[K");
}

TEST(Output, ErrorsAreThreeLines) {
  Error error(ErrorKind::denied, "Access\nDenied");
  error.with_code("AccessDenied").with_status(403).with_request_id("4F2A").with_resource("s3://a\x1b[2J");
  error.with_advice("ask somebody");
  EXPECT_EQ(describe(error),
            "s3dr: AccessDenied: Access Denied (HTTP 403) [request 4F2A]\n  at: s3://a [2J\n  next: ask "
            "somebody\n");
  EXPECT_EQ(describe(Error(ErrorKind::invalid, "no")), "s3dr: no\n");
}

}  // namespace
}  // namespace s3dr::app
