#include "base/url_text.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/http_message.h"

namespace s3dr {
namespace {

TEST(UrlText, what_stands_before_the_at_sign_is_hidden) {
  EXPECT_EQ(without_user_info("http://user:pa55word@127.0.0.1:9101"), "http://…@127.0.0.1:9101");
  EXPECT_EQ(without_user_info("user:pa55word@127.0.0.1"), "…@127.0.0.1");
  EXPECT_EQ(without_user_info("http://user:pa@55/wo?rd@host"), "http://…@host");
  EXPECT_EQ(without_user_info("user:pa://55@host"), "…@host");
  EXPECT_EQ(without_user_info("http://127.0.0.1:9101"), "http://127.0.0.1:9101");
}

TEST(UrlText, each_url_of_a_text_is_cleaned_and_the_rest_stays) {
  EXPECT_EQ(hide_user_info("not expected: http://a:b@h/c s3://bucket/me@home \"https://d:e@i\""),
            "not expected: http://…@h/c s3://bucket/me@home \"https://…@i\"");
}

TEST(UrlText, an_endpoint_that_is_refused_shows_no_password) {
  for (const char* url : {"http://user:pa55word@127.0.0.1:9101", "user:pa55word@127.0.0.1:9101",
                          "http://user:pa55/word@127.0.0.1", "ftp://user:pa55word@127.0.0.1"}) {
    try {
      Endpoint::parse(url);
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("pa55"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("127.0.0.1"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace s3dr
