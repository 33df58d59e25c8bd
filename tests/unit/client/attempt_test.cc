#include "client/attempt.h"

#include <gtest/gtest.h>

namespace s3dr::client {
namespace {

std::string cleaned(const std::string& text, const std::string& secret, const std::string& token = "") {
  const Error error = without_secrets(Error(ErrorKind::denied, text).with_code("C").with_status(403),
                                      {"AKID", Secret(secret), Secret(token)});
  EXPECT_EQ(error.code(), "C");
  EXPECT_EQ(error.status(), 403);
  return error.message();
}

TEST(Attempt, SecretsAreReplacedWhereverTheyStand) {
  EXPECT_EQ(cleaned("a KEY b KEYKEY c TOKEN", "KEY", "TOKEN"), "a (secret) b (secret)(secret) c (secret)");
  EXPECT_EQ(cleaned("nothing to hide", "KEY"), "nothing to hide");
  EXPECT_EQ(cleaned("nothing to hide", ""), "nothing to hide");
}

// What stands for a secret may contain it: that must come to an end, too.
TEST(Attempt, AShortSecretIsReplacedOnce) {
  EXPECT_EQ(cleaned("is", "s"), "i(secret)");
}

TEST(Attempt, A5xxAfterAWriteIsUnknownUnlessItWasTurnedAway) {
  const Error internal = Error(ErrorKind::unavailable, "x").with_code("InternalError").with_status(500);
  EXPECT_EQ(settled_kind(internal, Repeatable::only_unsent), ErrorKind::outcome_unknown);
  EXPECT_EQ(settled_kind(internal, Repeatable::always), ErrorKind::unavailable);
  const Error away = Error(ErrorKind::unavailable, "x").with_code("ServiceUnavailable").with_status(503);
  EXPECT_EQ(settled_kind(away, Repeatable::only_unsent), ErrorKind::unavailable);
  const Error proxy = Error(ErrorKind::unavailable, "x").with_status(503);
  EXPECT_EQ(settled_kind(proxy, Repeatable::only_unsent), ErrorKind::outcome_unknown);
}

}  // namespace
}  // namespace s3dr::client
