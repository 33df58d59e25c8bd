#include "base/error.h"

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <set>
#include <stdexcept>

#include "base/secret.h"
#include "base/task_group.h"

namespace s3dr {
namespace {

TEST(ErrorTest, TextHasWhatIsKnownAndNothingElse) {
  EXPECT_STREQ(Error(ErrorKind::unavailable, "connection refused").what(), "unavailable: connection refused");
  const Error full = Error(ErrorKind::denied, "Access Denied")
                         .with_code("AccessDenied")
                         .with_status(403)
                         .with_request_id("4F2A")
                         .with_resource("s3://bucket/key")
                         .with_region("us-west-2")
                         .with_advice("grant s3:GetBucketTagging");
  EXPECT_STREQ(full.what(), "AccessDenied (403) on s3://bucket/key: Access Denied [request 4F2A]");
  EXPECT_EQ(full.kind(), ErrorKind::denied);
  EXPECT_EQ(full.code(), "AccessDenied");
  EXPECT_EQ(full.status(), 403);
  EXPECT_EQ(full.request_id(), "4F2A");
  EXPECT_EQ(full.resource(), "s3://bucket/key");
  EXPECT_EQ(full.region(), "us-west-2");
  EXPECT_EQ(full.advice(), "grant s3:GetBucketTagging");
  EXPECT_EQ(full.message(), "Access Denied");
}

TEST(ErrorTest, EveryKindHasItsOwnName) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::outcome_unknown); ++kind)
    names.insert(to_string(static_cast<ErrorKind>(kind)));
  EXPECT_EQ(names.size(), 10u);
  EXPECT_FALSE(names.contains("?"));
}

TEST(ErrorDeathTest, ABrokenInvariantNamesItsPlace) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(S3DR_CHECK(1 == 2), "error_test.cc:[0-9]+: broken invariant: 1 == 2");
}

TEST(IsCancellation, KnowsBothForms) {
  const auto aborted =
      std::make_exception_ptr(boost::system::system_error(boost::asio::error::operation_aborted));
  const auto refused =
      std::make_exception_ptr(boost::system::system_error(boost::asio::error::connection_refused));
  EXPECT_TRUE(is_cancellation(aborted));
  EXPECT_TRUE(is_cancellation(std::make_exception_ptr(Error(ErrorKind::cancelled, "stop"))));
  EXPECT_FALSE(is_cancellation(refused));
  EXPECT_FALSE(is_cancellation(std::make_exception_ptr(Error(ErrorKind::unavailable, "gone"))));
  EXPECT_FALSE(is_cancellation(std::make_exception_ptr(std::runtime_error("other"))));
  EXPECT_FALSE(is_cancellation(nullptr));
}

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

TEST(SecretTest, CannotBePrintedOrCompared) {
  static_assert(!Printable<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::equality_comparable<Secret>);
  EXPECT_EQ(Secret("s").reveal(), "s");
  EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace s3dr
