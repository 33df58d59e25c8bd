// Lifecycle rules: their XML there and back, and what S3 refuses with which code.
#include "s3/lifecycle.h"

#include <gtest/gtest.h>

#include "unit/s3/refusal.h"

namespace s3dr::s3 {
namespace {

std::string document(const std::string& rules) {
  return "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + rules +
         "</LifecycleConfiguration>";
}

std::string rule(const std::string& inside) {
  return "<Rule><Status>Enabled</Status>" + inside + "</Rule>";
}

const std::string day = "<Expiration><Days>1</Days></Expiration>";
const std::string everything = "<Filter/>";

// What S3 says: the code; "" when it takes the rules.
std::string code_of(const std::string& rules) {
  try {
    const auto refused = why_refused(parse_lifecycle(document(rules)));
    return refused ? refused->code : "";
  } catch (const Error& error) {
    return error.code();
  }
}

TEST(Lifecycle, ComesBackAsItWas) {
  LifecycleRules rules(3);
  rules[0].id = "a <&> b";
  rules[0].filter = LifecycleFilter{"logs/", {{"team", "a&b"}}, 1, 99};
  rules[0].expiration = LifecycleExpiration{30, {}, {}};
  rules[0].transitions = {{30, {}, "STANDARD_IA"}, {{}, Instant(std::chrono::hours(24 * 20'000)), "GLACIER"}};
  rules[0].noncurrent_transitions = {{7, 3, "GLACIER_IR"}, {9, {}, "DEEP_ARCHIVE"}};
  rules[0].noncurrent_expiration = NoncurrentExpiration{90, 2};
  rules[1].id = "uploads";
  rules[1].enabled = false;
  rules[1].filter = LifecycleFilter{};
  rules[1].abort_uploads_after_days = 7;
  rules[2].id = "first form";
  rules[2].v1_prefix = "";
  rules[2].expiration = LifecycleExpiration{{}, {}, true};
  EXPECT_EQ(parse_lifecycle(write_lifecycle(rules)), rules);
}

TEST(Lifecycle, WhatTheSchemaDoesNotHaveIsMalformed) {
  const std::string bad[] = {
      "<LifecycleConfiguration>",
      "<Lifecycle/>",
      document("<Rules/>"),
      document("<Rule>" + everything + day + "</Rule>"),
      document("<Rule><Status>enabled</Status>" + everything + day + "</Rule>"),
      document(rule(day)),
      document(rule(everything + day + "<Color>red</Color>")),
      document(rule("<Filter><Suffix>.jpg</Suffix></Filter>" + day)),
      document(rule("<Filter><Prefix>a</Prefix><ObjectSizeLessThan>2</ObjectSizeLessThan></Filter>" + day)),
      document(rule("<Filter><And><Prefix>a</Prefix></And></Filter>" + day)),
      document(rule("<Filter><Tag><Key></Key><Value>v</Value></Tag></Filter>" + day)),
      document(rule(everything + "<Expiration/>")),
      document(rule(everything + "<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true"
                                 "</ExpiredObjectDeleteMarker></Expiration>")),
      document(rule(everything + "<Expiration><Days>soon</Days></Expiration>")),
      document(rule(everything + "<Transition><Days>1</Days></Transition>")),
      document(
          rule(everything + "<Transition><Days>1</Days><StorageClass>STANDARD</StorageClass></Transition>")),
      document(rule(everything + "<NoncurrentVersionExpiration/>")),
      document(rule(everything + "<AbortIncompleteMultipartUpload/>")),
  };
  for (const std::string& text : bad)
    EXPECT_EQ(refusal_of([&] { parse_lifecycle(text); }), malformed) << text;
}

TEST(Lifecycle, WhatS3Refuses) {
  const std::string prefix = "<Prefix>a/</Prefix>";
  const std::string tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
  const std::string tagged = "<Filter>" + tag + "</Filter>";
  const std::string large = "<Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></Filter>";
  const std::string uploads =
      "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"
      "</AbortIncompleteMultipartUpload>";
  const std::string marker =
      "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
  const auto moves = [](const std::string& when, const std::string& storage_class) {
    return "<Transition>" + when + "<StorageClass>" + storage_class + "</StorageClass></Transition>";
  };
  const auto old = [](const std::string& inside) {
    return "<NoncurrentVersionExpiration>" + inside + "</NoncurrentVersionExpiration>";
  };
  const std::string midnight = "<Date>2030-01-01T00:00:00.000Z</Date>";
  const struct {
    std::string rules, code;
  } cases[] = {
      {rule(everything + day), ""},
      {rule(prefix + day), ""},
      {rule(tagged + day), ""},
      {rule(everything + "<Expiration>" + midnight + "</Expiration>"), ""},
      {rule(prefix + day) + rule("<Prefix>b/</Prefix>" + day), ""},
      {rule(prefix + day) + rule("<Prefix>a/</Prefix>" + uploads), ""},
      {"", "InvalidRequest"},
      {rule(everything), "InvalidRequest"},
      {rule("<ID>x</ID>" + everything + day) + rule("<ID>x</ID>" + tagged + day), "InvalidArgument"},
      {rule("<ID>" + std::string(255, 'i') + "</ID>" + everything + day), ""},
      {rule("<ID>" + std::string(256, 'i') + "</ID>" + everything + day), "InvalidArgument"},
      {rule("<Filter><Prefix>" + std::string(1025, 'p') + "</Prefix></Filter>" + day), "InvalidArgument"},
      {rule(everything + day) + rule(prefix + day), "InvalidRequest"},
      {rule(prefix + day) + rule(everything + day), "InvalidRequest"},
      {rule(prefix + everything + day), "InvalidRequest"},
      {rule(prefix + day) + rule("<Prefix>a/b</Prefix>" + day), "InvalidRequest"},
      {rule(prefix + old("<NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>1"
                         "</NewerNoncurrentVersions>")),
       "InvalidRequest"},
      {rule("<Filter><And>" + tag + tag + "</And></Filter>" + day), "InvalidRequest"},
      {rule("<Filter><And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>5"
            "</ObjectSizeLessThan></And></Filter>" +
            day),
       "InvalidRequest"},
      {rule("<Filter><ObjectSizeLessThan>0</ObjectSizeLessThan></Filter>" + day), "InvalidRequest"},
      {rule("<Filter><ObjectSizeGreaterThan>-1</ObjectSizeGreaterThan></Filter>" + day), "InvalidRequest"},
      {rule(tagged + uploads), "InvalidRequest"},
      {rule(large + uploads), "InvalidRequest"},
      {rule(tagged + marker), "InvalidRequest"},
      {rule(large + marker), "InvalidRequest"},
      {rule(everything + "<Expiration><Days>0</Days></Expiration>"), "InvalidArgument"},
      {rule(everything + "<Expiration><Date>2030-01-01T01:00:00.000Z</Date></Expiration>"),
       "InvalidArgument"},
      {rule(everything + old("<NoncurrentDays>0</NoncurrentDays>")), "InvalidArgument"},
      {rule(everything + old("<NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>0"
                             "</NewerNoncurrentVersions>")),
       "InvalidArgument"},
      {rule(everything + old("<NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>101"
                             "</NewerNoncurrentVersions>")),
       "InvalidArgument"},
      {rule(everything + "<AbortIncompleteMultipartUpload><DaysAfterInitiation>0</DaysAfterInitiation>"
                         "</AbortIncompleteMultipartUpload>"),
       "InvalidArgument"},
      {rule(everything + moves("<Days>29</Days>", "STANDARD_IA")), "InvalidArgument"},
      {rule(everything + moves("<Days>-1</Days>", "GLACIER")), "InvalidArgument"},
      {rule(everything + moves("<Days>0</Days>", "GLACIER")), ""},
      {rule(everything + moves("<Days>1</Days>", "GLACIER") + moves("<Days>2</Days>", "GLACIER")),
       "InvalidRequest"},
      {rule(everything + day + moves(midnight, "GLACIER")), "InvalidRequest"},
  };
  for (const auto& one : cases) EXPECT_EQ(code_of(one.rules), one.code) << one.rules;
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += rule("<ID>" + std::to_string(i) + "</ID>" + everything + day);
  EXPECT_EQ(code_of(many), "");
  EXPECT_EQ(code_of(many + rule(everything + day)), "InvalidRequest");
}

}  // namespace
}  // namespace s3dr::s3
