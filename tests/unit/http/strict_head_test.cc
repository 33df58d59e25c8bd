// The table of attacks on the header block (docs/security.md). The name of a row is the attack.
#include "http/strict_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace s3dr::http {
namespace {

using namespace std::string_literals;

struct Row {
  const char* name;
  std::string block;
  int status;  // 0: accepted
};

std::string with(const std::string& fields) {
  return "PUT /b/k HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
std::string line(const std::string& request_line) {
  return request_line + "\r\nHost: a\r\n\r\n";
}

class StrictHead : public testing::TestWithParam<Row> {};

TEST_P(StrictHead, AnswersAsTheTableSays) {
  const auto result = check_head(GetParam().block, 32 * 1024);
  EXPECT_EQ(result ? 0 : result.error().status, GetParam().status) << (result ? "" : result.error().reason);
}

const std::vector<Row> rows = {
    // Where the message ends
    {"content_length_and_transfer_encoding", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
     400},
    {"transfer_encoding_and_content_length", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
     400},
    {"content_length_twice_different", with("Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
    {"content_length_twice_equal", with("Content-Length: 1\r\nContent-Length: 1\r\n"), 400},
    {"content_length_twice_other_case", with("Content-Length: 1\r\ncontent-length: 1\r\n"), 400},
    {"content_length_list", with("Content-Length: 1, 1\r\n"), 400},
    {"content_length_list_without_blank", with("Content-Length: 1,1\r\n"), 400},
    {"content_length_plus_sign", with("Content-Length: +1\r\n"), 400},
    {"content_length_negative", with("Content-Length: -1\r\n"), 400},
    {"content_length_hexadecimal", with("Content-Length: 0x1\r\n"), 400},
    {"content_length_fraction", with("Content-Length: 1.0\r\n"), 400},
    {"content_length_empty", with("Content-Length:\r\n"), 400},
    {"content_length_words", with("Content-Length: three\r\n"), 400},
    {"content_length_inner_blank", with("Content-Length: 1 2\r\n"), 400},
    {"content_length_overflow_64_bit", with("Content-Length: 18446744073709551617\r\n"), 400},
    {"content_length_overflow_long", with("Content-Length: 99999999999999999999999999\r\n"), 400},
    {"transfer_encoding_identity", with("Transfer-Encoding: identity\r\n"), 400},
    {"transfer_encoding_chunked_identity", with("Transfer-Encoding: chunked, identity\r\n"), 400},
    {"transfer_encoding_gzip_chunked", with("Transfer-Encoding: gzip, chunked\r\n"), 400},
    {"transfer_encoding_chunked_chunked", with("Transfer-Encoding: chunked, chunked\r\n"), 400},
    {"transfer_encoding_twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"transfer_encoding_second_identity",
     with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
    {"transfer_encoding_quoted", with("Transfer-Encoding: \"chunked\"\r\n"), 400},
    {"transfer_encoding_prefixed", with("Transfer-Encoding: xchunked\r\n"), 400},
    {"transfer_encoding_parameter", with("Transfer-Encoding: chunked;q=1\r\n"), 400},
    {"transfer_encoding_empty", with("Transfer-Encoding:\r\n"), 400},
    {"transfer_encoding_trailing_comma", with("Transfer-Encoding: chunked,\r\n"), 400},
    {"transfer_encoding_vertical_tab", with("Transfer-Encoding: \x0b"s + "chunked\r\n"), 400},
    {"transfer_encoding_space_before_colon", with("Transfer-Encoding : chunked\r\n"), 400},
    // Lines
    {"folded_line_blank", with("X-A: b\r\n c\r\n"), 400},
    {"folded_line_tab", with("X-A: b\r\n\tc\r\n"), 400},
    {"folded_first_field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"bare_line_feed_in_fields", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
    {"bare_line_feed_everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400},
    {"bare_line_feed_end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
    {"bare_carriage_return_in_value", with("X-A: b\rc\r\n"), 400},
    {"bare_carriage_return_as_line_end", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400},
    {"double_carriage_return", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400},
    {"nul_in_value", with("X-A: b\0c\r\n"s), 400},
    {"nul_in_name", with("X\0A: b\r\n"s), 400},
    {"nul_in_target", line("GET /a\0b HTTP/1.1"s), 400},
    {"escape_in_value", with("X-A: \x1b[31m\r\n"), 400},
    {"delete_in_value", with("X-A: a\x7f\r\n"), 400},
    {"no_end", "GET / HTTP/1.1\r\nHost: a\r\n", 400},
    {"bytes_behind_the_end", "GET / HTTP/1.1\r\nHost: a\r\n\r\nX", 400},
    {"empty_block", "", 400},
    {"leading_empty_line", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    // Names
    {"space_before_colon", with("X-A : b\r\n"), 400},
    {"tab_before_colon", with("X-A\t: b\r\n"), 400},
    {"space_in_name", with("X A: b\r\n"), 400},
    {"empty_name", with(": b\r\n"), 400},
    {"pseudo_header", with(":tls-version: 1.3\r\n"), 400},
    {"no_colon", with("X-A\r\n"), 400},
    {"name_with_bracket", with("X[A]: b\r\n"), 400},
    {"name_with_high_byte", with("X\xc3\xa9: b\r\n"), 400},
    // Host
    {"host_missing", "GET / HTTP/1.1\r\n\r\n", 400},
    {"host_twice_different", with("Host: b\r\n"), 400},
    {"host_twice_equal", with("Host: a\r\n"), 400},
    {"host_twice_other_case", with("HOST: a\r\n"), 400},
    {"host_empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"host_list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
    {"host_with_user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"host_with_path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"host_port_too_large", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400},
    {"host_port_words", "GET / HTTP/1.1\r\nHost: a:http\r\n\r\n", 400},
    {"host_open_bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
    // Target
    {"target_absolute", line("GET http://a/b HTTP/1.1"), 400},
    {"target_authority", line("CONNECT a:443 HTTP/1.1"), 400},
    {"target_relative", line("GET b HTTP/1.1"), 400},
    {"target_empty", line("GET  HTTP/1.1"), 400},
    {"target_star_with_get", line("GET * HTTP/1.1"), 400},
    {"target_with_space", line("GET /a b HTTP/1.1"), 400},
    {"target_with_tab", line("GET /a\tb HTTP/1.1"), 400},
    {"target_with_fragment", line("GET /a#b HTTP/1.1"), 400},
    {"target_with_high_byte", line("GET /\xc3\xa9 HTTP/1.1"), 400},
    {"target_with_delete", line("GET /\x7f HTTP/1.1"), 400},
    // Method and version
    {"method_with_bracket", line("G[T / HTTP/1.1"), 400},
    {"method_empty", line(" / HTTP/1.1"), 400},
    {"method_too_long", line(std::string(33, 'A') + " / HTTP/1.1"), 400},
    {"method_trace", line("TRACE / HTTP/1.1"), 501},
    {"method_connect", line("CONNECT / HTTP/1.1"), 501},
    {"version_2_0", line("PRI * HTTP/2.0"), 400},
    {"version_1_0", line("GET / HTTP/1.0"), 0},
    {"version_1_0_without_host", "GET / HTTP/1.0\r\n\r\n", 0},
    {"version_1_0_two_hosts", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"version_1_0_chunked", "PUT / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"version_2_0_get", line("GET / HTTP/2.0"), 505},
    {"version_1_2", line("GET / HTTP/1.2"), 505},
    {"version_missing", line("GET /"), 400},
    {"version_lower_case", line("GET / http/1.1"), 400},
    {"version_extra_digit", line("GET / HTTP/1.10"), 400},
    {"version_trailing_blank", line("GET / HTTP/1.1 "), 400},
    // Limits and expectations
    {"block_too_large", with("X-A: " + std::string(33 * 1024, 'a') + "\r\n"), 431},
    {"expect_something_else", with("Expect: 200-ok\r\n"), 0},
    {"expect_nothing", with("Expect:\r\n"), 0},
    // What must pass
    {"good_plain", with(""), 0},
    {"good_length", with("Content-Length: 3\r\n"), 0},
    {"good_length_leading_zero", with("Content-Length: 03\r\n"), 0},
    {"good_chunked", with("transfer-encoding: Chunked\r\n"), 0},
    {"good_expect", with("Expect: 100-Continue\r\nContent-Length: 3\r\n"), 0},
    {"good_utf8_value", with("x-amz-meta-a: \xc3\xa9\r\n"), 0},
    {"good_empty_value", with("X-A:\r\n"), 0},
    {"good_colon_in_value", with("X-A: b:c\r\n"), 0},
    {"good_options_star", line("OPTIONS * HTTP/1.1"), 0},
    {"good_host_address", "GET / HTTP/1.1\r\nHost: [::1]:9101\r\n\r\n", 0},
    {"good_host_underscore", "GET / HTTP/1.1\r\nHost: a_b.localhost:1\r\n\r\n", 0},
    {"good_target_of_odd_keys", line("GET /b//./..%2F%00?x=%ff&y=[a]{b}|^\\\"<> HTTP/1.1"), 0},
};

INSTANTIATE_TEST_SUITE_P(Attack, StrictHead, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(StrictHeadParse, TooManyFieldsAreRefused) {
  std::string fields;
  for (int i = 0; i < 250; ++i) fields += "a: b\r\n";
  const auto result = check_head(with(fields), 32 * 1024);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().status, 431);
}

TEST(StrictHeadParse, KeepsOrderDuplicatesAndBytes) {
  const auto head =
      check_head("PUT /b/k%20?q HTTP/1.1\r\nB: 2\r\nhost: x:1\r\na:  1 \t\r\nB: 3\r\n\r\n", 1000);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "PUT");
  EXPECT_EQ(head->target, "/b/k%20?q");
  const std::vector<Header> expected = {{"B", "2"}, {"host", "x:1"}, {"a", "1"}, {"B", "3"}};
  EXPECT_EQ(head->headers.fields(), expected);
  EXPECT_FALSE(head->closes);
  EXPECT_FALSE(head->content_length);
}

TEST(StrictHeadParse, NotesFramingAndConnection) {
  const auto head = check_head(
      with("Connection: keep-alive, Close\r\nContent-Length: 42\r\nExpect: 100-continue\r\n"), 1000);
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->closes);
  EXPECT_TRUE(head->expects_continue);
  EXPECT_EQ(head->content_length, 42U);
  EXPECT_FALSE(head->chunked);
  EXPECT_TRUE(check_head(with("Transfer-Encoding: chunked\r\n"), 1000)->chunked);
}

// However the bytes are cut, the end is found at the same place.
TEST(HeadEndSearch, DoesNotDependOnHowTheBytesArrive) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\n";
  const std::size_t end_at = bytes.find("\r\n\r\n") + 4;
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    std::size_t scanned = 0;
    for (std::size_t have = step;; have += step) {
      const auto found = find_head_end(std::string_view(bytes).substr(0, have), scanned);
      ASSERT_NE(found.state, HeadEnd::State::broken);
      if (found.state == HeadEnd::State::complete) {
        EXPECT_EQ(found.size, end_at);
        break;
      }
      scanned = found.size;
      ASSERT_LT(have, bytes.size());
    }
  }
}

TEST(HeadEndSearch, ABareLineFeedIsSeenAtOnce) {
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\n", 0).state, HeadEnd::State::broken);
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\r", 0).state, HeadEnd::State::incomplete);
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\rX", 15 - 1).state, HeadEnd::State::broken);
}

}  // namespace
}  // namespace s3dr::http
