// What lifecycle rules do to a version, an upload, a lone delete marker: the days, the filters, what is held.
#include "cloud/objects/lifecycle_action.h"

#include <gtest/gtest.h>

namespace s3dr::cloud {
namespace {

using enum LifecycleAction;
using std::chrono::hours;

const Instant noon = std::chrono::sys_days(std::chrono::year(2026) / 8 / 1) + hours(12);
const Instant midnight = noon + hours(12);
constexpr milliseconds moment(1);

s3::LifecycleRules rules_of(const std::string& inside) {
  return s3::parse_lifecycle("<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status>" + inside +
                             "</Rule></LifecycleConfiguration>");
}
const std::string all = "<Filter/>";
const std::string one_day = "<Expiration><Days>1</Days></Expiration>";
const std::string lone =
    "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
const std::string old_one_day =
    "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>";

LifecycleSubject current(Instant created = noon) {
  LifecycleSubject subject;
  subject.key = s3::ObjectKey("logs/a");
  subject.created = created;
  subject.size = 10;
  return subject;
}
LifecycleSubject noncurrent(Instant since = noon) {
  LifecycleSubject subject = current(noon - hours(1000));
  subject.noncurrent_since = since;
  return subject;
}
LifecycleSubject marker(bool only_version) {
  LifecycleSubject subject = current();
  subject.size = 0;
  subject.is_marker = true;
  subject.only_version = only_version;
  return subject;
}

TEST(LifecycleAction, DaysEndAtTheMidnightAfterThem) {
  const auto rules = rules_of(all + one_day);
  const Instant end = midnight + hours(24);
  EXPECT_EQ(lifecycle_action(rules, current(), end - moment), none);
  EXPECT_EQ(lifecycle_action(rules, current(), end), expire);
  EXPECT_EQ(lifecycle_action(rules, current(midnight - moment), end), expire);
  // What was written at midnight has its whole day, and the rounding after it.
  EXPECT_EQ(lifecycle_action(rules, current(midnight), end), none);
  EXPECT_EQ(lifecycle_action(rules, current(midnight), end + hours(24)), expire);
  EXPECT_EQ(lifecycle_expiry(rules, current())->at, end);
  EXPECT_EQ(lifecycle_expiry(rules, current())->rule_id, "r");
  EXPECT_EQ(lifecycle_action(rules_of(all + "<Expiration><Days>2147483647</Days></Expiration>"), current(),
                             end + hours(24 * 365 * 50)),
            none);
}

TEST(LifecycleAction, ADateEndsWhatWasWrittenBeforeAndAfterIt) {
  const auto rules = rules_of(all + "<Expiration><Date>2026-08-02T00:00:00Z</Date></Expiration>");
  EXPECT_EQ(lifecycle_action(rules, current(), midnight - moment), none);
  EXPECT_EQ(lifecycle_action(rules, current(), midnight), expire);
  EXPECT_EQ(lifecycle_action(rules, current(midnight + hours(5)), midnight + hours(5)), expire);
  EXPECT_EQ(lifecycle_action(rules, noncurrent(), midnight), none);
}

TEST(LifecycleAction, NoncurrentVersionsByTheirAgeAndTheirNumber) {
  const Instant end = midnight + hours(24);
  const auto rules = rules_of(all + old_one_day);
  EXPECT_EQ(lifecycle_action(rules, noncurrent(), end - moment), none);
  EXPECT_EQ(lifecycle_action(rules, noncurrent(), end), remove);
  EXPECT_EQ(lifecycle_action(rules, current(), end), none);
  const auto two_stay =
      rules_of(all +
               "<NoncurrentVersionExpiration><NewerNoncurrentVersions>2</NewerNoncurrentVersions>"
               "<NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>");
  LifecycleSubject subject = noncurrent();
  subject.newer_noncurrent = 1;
  EXPECT_EQ(lifecycle_action(two_stay, subject, end), none);
  subject.newer_noncurrent = 2;
  EXPECT_EQ(lifecycle_action(two_stay, subject, end), remove);
  EXPECT_EQ(lifecycle_action(two_stay, subject, end - moment), none);
}

TEST(LifecycleAction, ALoneDeleteMarkerGoes) {
  EXPECT_EQ(lifecycle_action(rules_of(all + lone), marker(true), noon), remove);
  EXPECT_EQ(lifecycle_action(rules_of(all + lone), marker(false), noon), none);
  EXPECT_EQ(lifecycle_action(rules_of(all + lone), current(), noon), none);
  // A rule for current versions takes it as well, when it is old enough.
  EXPECT_EQ(lifecycle_action(rules_of(all + one_day), marker(true), midnight), none);
  EXPECT_EQ(lifecycle_action(rules_of(all + one_day), marker(true), midnight + hours(24)), remove);
  EXPECT_EQ(lifecycle_action(rules_of(all + one_day), marker(false), midnight + hours(24)), none);
  EXPECT_EQ(lifecycle_action(rules_of(all + old_one_day), marker(true), midnight + hours(24)), none);
}

TEST(LifecycleAction, FiltersSelect) {
  const Instant late = noon + hours(1000);
  const auto acts = [&](const std::string& filter, LifecycleSubject subject) {
    return lifecycle_action(rules_of(filter + one_day), subject, late) != none;
  };
  LifecycleSubject tagged = current();
  tagged.tags = {{"team", "a"}, {"kind", "log"}};
  const std::string tag = "<Tag><Key>team</Key><Value>a</Value></Tag>";
  EXPECT_TRUE(acts("<Prefix>logs/</Prefix>", current()));
  EXPECT_FALSE(acts("<Prefix>log/</Prefix>", current()));
  EXPECT_TRUE(acts("<Filter><Prefix>logs/</Prefix></Filter>", current()));
  EXPECT_FALSE(acts("<Filter><Prefix>x</Prefix></Filter>", current()));
  EXPECT_TRUE(acts("<Filter>" + tag + "</Filter>", tagged));
  EXPECT_FALSE(acts("<Filter>" + tag + "</Filter>", current()));
  EXPECT_FALSE(acts("<Filter><Tag><Key>team</Key><Value>b</Value></Tag></Filter>", tagged));
  EXPECT_TRUE(acts("<Filter><And><Prefix>logs/</Prefix>" + tag + "</And></Filter>", tagged));
  EXPECT_FALSE(acts("<Filter><And><Prefix>other/</Prefix>" + tag + "</And></Filter>", tagged));
  EXPECT_TRUE(acts("<Filter><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan></Filter>", current()));
  EXPECT_FALSE(acts("<Filter><ObjectSizeGreaterThan>10</ObjectSizeGreaterThan></Filter>", current()));
  EXPECT_TRUE(acts("<Filter><ObjectSizeLessThan>11</ObjectSizeLessThan></Filter>", current()));
  EXPECT_FALSE(acts("<Filter><ObjectSizeLessThan>10</ObjectSizeLessThan></Filter>", current()));
  EXPECT_FALSE(acts("<Filter><ObjectSizeLessThan>10</ObjectSizeLessThan></Filter>", marker(true)));
  EXPECT_FALSE(acts("<Filter>" + tag + "</Filter>", marker(true)));
  auto disabled = rules_of(all + one_day);
  disabled.front().enabled = false;
  EXPECT_EQ(lifecycle_action(disabled, current(), late), none);
}

TEST(LifecycleAction, WhatHasNotArrivedIsHeld) {
  using s3::ReplicationStatus;
  const auto rules = rules_of(all + one_day + old_one_day);
  const Instant late = noon + hours(1000);
  for (LifecycleSubject subject : {current(), noncurrent(), marker(true)}) {
    for (const auto [status, held] :
         {std::pair(ReplicationStatus::none, false), std::pair(ReplicationStatus::pending, true),
          std::pair(ReplicationStatus::failed, true), std::pair(ReplicationStatus::completed, false),
          std::pair(ReplicationStatus::replica, false)}) {
      subject.replication = status;
      EXPECT_EQ(lifecycle_action(rules, subject, late) == none, held);
    }
  }
}

TEST(LifecycleAction, TheFirstRuleToEndItIsNamed) {
  auto rules = rules_of(all + "<Expiration><Days>9</Days></Expiration>");
  rules.push_back(rules_of(all + one_day).front());
  rules.back().id = "sooner";
  EXPECT_EQ(lifecycle_expiry(rules, current())->rule_id, "sooner");
  EXPECT_FALSE(lifecycle_expiry(rules, noncurrent()));
  EXPECT_FALSE(lifecycle_expiry(rules, marker(true)));
}

TEST(LifecycleAction, UploadsByPrefixAndAge) {
  const auto rules = rules_of(
      "<Filter><Prefix>logs/</Prefix></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>1"
      "</DaysAfterInitiation></AbortIncompleteMultipartUpload>");
  const Instant end = midnight + hours(24);
  EXPECT_FALSE(aborts_upload(rules, s3::ObjectKey("logs/a"), noon, end - moment));
  EXPECT_TRUE(aborts_upload(rules, s3::ObjectKey("logs/a"), noon, end));
  EXPECT_FALSE(aborts_upload(rules, s3::ObjectKey("a"), noon, end));
  EXPECT_FALSE(aborts_upload(rules_of(all + one_day), s3::ObjectKey("logs/a"), noon, end));
  EXPECT_EQ(lifecycle_action(rules, current(), end), none);
}

}  // namespace
}  // namespace s3dr::cloud
