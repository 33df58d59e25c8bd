// What `s3dr settings` tells of one kind, by what is seen now and by what the record knows.
#include "app/status/settings_view.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dr/settings/kinds/kinds.h"
#include "support/model_world.h"
#include "support/setting_documents.h"

namespace s3dr::app {
namespace {

using dr::SettingStatus;
using s3::SettingKind;

constexpr Instant now{milliseconds(1'790'000'000'000)};

dr::Record record_with(const dr::SettingRecord& known) {
  const dr::Policy policy = test::test_policy();
  dr::Record record = dr::first_record(policy, s3::BucketName::parse("ledger"),
                                       s3::BucketName::parse("ledger-dr"), "0123456789abcdef", now);
  record.claim = dr::Claim::established;
  record.is_replica_new = true;
  record.settings.checked = now;
  record.settings.kinds = {known};
  return record;
}

dr::SettingRecord known_as(SettingStatus status, std::string message = "") {
  dr::SettingRecord known;
  known.word = "website";
  known.status = status;
  known.message = std::move(message);
  known.written = "";  // it was in step: not set
  return known;
}

// The source has a website, the replica none.
SettingLine website_of(const dr::SettingRecord& known) {
  SeenSettings seen;
  for (const dr::Setting& row : dr::settings()) {
    seen.kinds[row.kind].source.sight = dr::SettingSeen::Sight::known;
    seen.kinds[row.kind].replica.sight = dr::SettingSeen::Sight::known;
  }
  seen.kinds[SettingKind::website].source.document =
      dr::setting_of(SettingKind::website).normal_form(test::site("one.html"));
  const SettingsView view = settings_view(test::test_policy(), record_with(known), seen, now);
  return *std::ranges::find(view.lines, "website", &SettingLine::kind);
}

TEST(SettingsView, WhatTheNextLookWritesIsToldAsSuch) {
  const SettingLine line = website_of(known_as(SettingStatus::in_sync));
  EXPECT_EQ(line.status, "to_be_written");
  EXPECT_TRUE(line.differs);
}

// Else a store that takes it never would look like one that is about to.
TEST(SettingsView, WhatTheStoreHasRefusedIsToldWithItsReason) {
  const SettingLine line = website_of(known_as(SettingStatus::refused, "InvalidRequest: no"));
  EXPECT_EQ(line.status, "refused");
  EXPECT_NE(line.message.find("InvalidRequest: no"), std::string::npos);
  EXPECT_TRUE(line.differs);
}

TEST(SettingsView, WhatWasNotSeenWhileTheReplicaWasMadeIsStillItsFirstCopy) {
  dr::SettingRecord known = known_as(SettingStatus::unknown);
  known.written.reset();
  EXPECT_EQ(website_of(known).status, "to_be_written");
}

}  // namespace
}  // namespace s3dr::app
