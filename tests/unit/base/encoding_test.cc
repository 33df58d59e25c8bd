#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace s3dr {
namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

Instant at(int year, unsigned month, unsigned day, int hour, int minute, int second, int milli = 0) {
  using namespace std::chrono;
  return Instant(sys_days(std::chrono::year(year) / month / day)) + hours(hour) + minutes(minute) +
         seconds(second) + milliseconds(milli);
}

TEST(Hex, EncodesInLowerCaseAndReadsBoth) {
  EXPECT_EQ(to_hex(std::string_view("\x00\x0f\xa5\xff", 4)), "000fa5ff");
  EXPECT_EQ(from_hex("000FA5ff"), std::string("\x00\x0f\xa5\xff", 4));
  EXPECT_EQ(from_hex(to_hex(all_bytes())), all_bytes());
  EXPECT_EQ(from_hex(""), "");
}

TEST(Hex, RefusesWhatIsNotHex) {
  for (const char* text : {"0", "0g", "g0", " 0", "0x", "-1", "00 "})
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
}

TEST(Base64, VectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, RoundTripsEveryLengthAndByte) {
  const auto random = make_seeded_random(1);
  for (std::size_t length = 0; length < 100; ++length) {
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(random->below(256));
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
  EXPECT_EQ(from_base64(to_base64(all_bytes())), all_bytes());
}

TEST(Base64, RefusesOtherForms) {
  // No padding, too much of it, in the middle, blanks, the URL alphabet, and bits that would be lost.
  for (const char* text : {"Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zg==Zg==", "Zm9v\n", " Zm9", "Zm9-",
                           "Zm9_", "Zh==", "Zm9=", "Z=9v", "Zg=v"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(UriEncode, KeepsUnreservedCharactersOnly) {
  EXPECT_EQ(uri_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(uri_encode("a b+c/d%e*(f)'!"), "a%20b%2Bc%2Fd%25e%2A%28f%29%27%21");
  EXPECT_EQ(uri_encode("//a/../b", Slash::keep), "//a/../b");
  EXPECT_EQ(uri_encode("\xc3\xa4\x7f"), "%C3%A4%7F");
  EXPECT_EQ(uri_encode(std::string_view("\0", 1)), "%00");
}

TEST(UriDecode, UndoesEveryByte) {
  EXPECT_EQ(uri_decode(uri_encode(all_bytes())), all_bytes());
  EXPECT_EQ(uri_decode(uri_encode(all_bytes(), Slash::keep)), all_bytes());
  EXPECT_EQ(uri_decode("%c3%A4"), "\xc3\xa4");
}

TEST(UriDecode, PlusIsASpaceOnlyInForms) {
  EXPECT_EQ(uri_decode("a+b"), "a+b");
  EXPECT_EQ(uri_decode("a+b%2B", true), "a b+");
}

TEST(UriDecode, RefusesBrokenEscapes) {
  for (const char* text : {"%", "%4", "a%", "a%4", "%g0", "%0g", "%%41", "%-1", "% 1"})
    EXPECT_EQ(uri_decode(text), std::nullopt) << text;
}

TEST(Iso8601, WritesAndReads) {
  const Instant instant = at(2026, 8, 1, 10, 15, 0, 7);
  EXPECT_EQ(to_iso8601(instant), "2026-08-01T10:15:00.007Z");
  EXPECT_EQ(to_iso8601_seconds(instant), "2026-08-01T10:15:00Z");
  EXPECT_EQ(from_iso8601("2026-08-01T10:15:00.007Z"), instant);
  EXPECT_EQ(from_iso8601("2026-08-01T10:15:00Z"), at(2026, 8, 1, 10, 15, 0));
  EXPECT_EQ(from_iso8601("2026-08-01T10:15:00.5Z"), at(2026, 8, 1, 10, 15, 0, 500));
  EXPECT_EQ(from_iso8601("2026-08-01T10:15:00.0079999Z"), instant);  // more than milliseconds: cut
  EXPECT_EQ(from_iso8601("1969-12-31T23:59:59.999Z"), Instant(milliseconds(-1)));
  EXPECT_EQ(to_iso8601(Instant(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(from_iso8601("2024-02-29T00:00:00Z"), at(2024, 2, 29, 0, 0, 0));
}

TEST(Iso8601, ALeapSecondIsTheNextSecond) {
  EXPECT_EQ(from_iso8601("2016-12-31T23:59:60Z"), at(2017, 1, 1, 0, 0, 0));
  EXPECT_EQ(from_iso8601("9999-12-31T23:59:59.999Z"), at(9999, 12, 31, 23, 59, 59, 999));
  EXPECT_EQ(from_iso8601("9999-12-31T23:59:60Z"), std::nullopt);  // what is accepted can be written again
}

TEST(Iso8601, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2026",
                           "2026-08-01",
                           "2026-08-01T10:15:00",
                           "2026-08-01T10:15:00+00:00",
                           "2026-08-01 10:15:00Z",
                           "2026-13-01T10:15:00Z",
                           "2026-02-29T10:15:00Z",
                           "2026-00-01T10:15:00Z",
                           "2026-08-00T10:15:00Z",
                           "2026-08-01T24:00:00Z",
                           "2026-08-01T10:60:00Z",
                           "2026-08-01T10:15:61Z",
                           "2026-08-01T10:15:00.Z",
                           "2026-08-01T10:15:00.1",
                           "2026-08-01T10:15:00Zx",
                           "-026-08-01T10:15:00Z",
                           "20a6-08-01T10:15:00Z",
                           "2026-08-01T10:15:00.-1Z",
                           "2026-8-1T10:15:00Z",
                           " 2026-08-01T10:15:00Z"}) {
    EXPECT_EQ(from_iso8601(text), std::nullopt) << text;
  }
}

TEST(AmzDate, WritesAndReads) {
  const Instant instant = at(2015, 8, 30, 12, 36, 0);
  EXPECT_EQ(to_amz_date(instant), "20150830T123600Z");
  EXPECT_EQ(to_amz_date(instant + milliseconds(999)), "20150830T123600Z");
  EXPECT_EQ(from_amz_date("20150830T123600Z"), instant);
  for (const char* text :
       {"", "20150830", "20150830T123600", "20150830T1236000", "20150830 123600Z", "20151330T123600Z",
        "2015083aT123600Z", "20150830T123600z", "20150830T123600ZZ", "20150830T243600Z"}) {
    EXPECT_EQ(from_amz_date(text), std::nullopt) << text;
  }
}

TEST(HttpDate, WritesAndReads) {
  const Instant instant = at(2026, 8, 1, 10, 15, 0);
  EXPECT_EQ(to_http_date(instant), "Sat, 01 Aug 2026 10:15:00 GMT");
  EXPECT_EQ(from_http_date("Sat, 01 Aug 2026 10:15:00 GMT"), instant);
  EXPECT_EQ(to_http_date(at(1994, 11, 6, 8, 49, 37)), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110 §5.6.7
  for (int day = 0; day < 800; ++day) {
    const Instant each = instant + std::chrono::days(day) + std::chrono::seconds(day * 97);
    EXPECT_EQ(from_http_date(to_http_date(each)), each);
  }
}

TEST(HttpDate, RefusesOtherForms) {
  for (const char* text :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT ", "Sun, 06 Nop 1994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06-Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994-08:49:37 GMT", "Sun, 06 Nov 1994 08.49:37 GMT",
        "Sun, 06 Nov 1994 08:49.37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt"}) {
    EXPECT_EQ(from_http_date(text), std::nullopt) << text;
  }
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "ab"));
  EXPECT_FALSE(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace s3dr
