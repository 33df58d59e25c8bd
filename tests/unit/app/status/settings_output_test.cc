// How settings are told, kept in tests/data/golden/settings.txt to be read. Written anew with S3DR_WRITE_GOLDEN=1.
#include "app/status/settings_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "app/exit_code.h"

namespace s3dr::app {
namespace {

SettingLine line(const char* kind, const char* name, const char* follow, const char* source,
                 const char* replica, const char* status) {
  SettingLine one;
  one.kind = kind;
  one.name = name;
  one.follow = follow;
  one.source = source;
  one.replica = replica;
  one.status = status;
  return one;
}

SettingsView view() {
  SettingsView result;
  result.bucket = "photos";
  result.replica = "photos-dr";
  result.now = Instant{milliseconds(1'800'000'000'000)};
  result.looked = result.now - milliseconds(12'000);
  result.fence = "proposed, not applied: the replica was there before, or was adopted";
  result.fence_waits = true;
  result.lines.push_back(line("encryption", "default encryption", "clone", "AES256", "AES256", "in_sync"));
  SettingLine held = line("lifecycle", "lifecycle", "clone", "1 rule", "1 rule", "held");
  held.differs = held.is_held = true;
  held.held = "0123456789abcdef";
  held.message = "weaker: current versions expire after 1 day, at the replica after 365";
  held.source_document = held.wanted_document =
      "<LifecycleConfiguration><Rule><Expiration><Days>1</Days></Expiration>"
      "<ID>old</ID></Rule></LifecycleConfiguration>";
  held.replica_document =
      "<LifecycleConfiguration><Rule><Expiration><Days>365</Days></Expiration><ID>old</ID></Rule>"
      "</LifecycleConfiguration>";
  result.lines.push_back(held);
  SettingLine left_out =
      line("notification", "notification", "on_failover", "1 topic", "not set", "left_out");
  left_out.differs = true;
  left_out.message = "no mapping for arn:aws:sns:us-west-2:111122223333:uploads";
  left_out.source_document = "<NotificationConfiguration/>";
  result.lines.push_back(left_out);
  SettingLine unknown = line("cors", "CORS", "clone", "not known: AccessDenied", "not set", "unknown");
  unknown.is_unknown = true;
  result.lines.push_back(unknown);
  SettingLine nothing = line("website", "website", "clone", "not set", "not set", "in_sync");
  nothing.matters = false;
  result.lines.push_back(nothing);
  return result;
}

std::string pretty_json(const SettingsView& told) {
  return boost::json::serialize(json_of(told, true));
}

TEST(SettingsOutput, IsTheOneThatIsKept) {
  const std::string told = settings_as_table(view(), false, 120) + "\n--- all kinds\n" +
                           settings_as_table(view(), true, 80) + "\n--- status BUCKET\n" +
                           recorded_as_table(view(), 120) + "\n--- diff\n" + settings_as_diff(view()) +
                           "\n--- json\n" + pretty_json(view()) + "\n";
  const std::string path = std::string(S3DR_TEST_DATA) + "/golden/settings.txt";
  if (std::getenv("S3DR_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << told;
    return;
  }
  std::ifstream file(path);
  std::ostringstream kept;
  kept << file.rdbuf();
  EXPECT_EQ(told, kept.str());
}

TEST(SettingsOutput, WhatDiffersIsWorseThanWhatIsNotKnown) {
  SettingsView told = view();
  EXPECT_EQ(exit_code_of(told), exit_differences);
  for (SettingLine& one : told.lines) one.differs = false;
  EXPECT_EQ(exit_code_of(told), exit_failed) << "unknown is never healthy";
  for (SettingLine& one : told.lines) one.is_unknown = false;
  EXPECT_EQ(exit_code_of(told), exit_done);
}

TEST(SettingsOutput, OneLineNamesWhatTheBucketHasAndOthersWhatItCannotHave) {
  EXPECT_EQ(settings_summary(view()),
            "encryption, lifecycle (held), notification (left out), cors (unknown)");
  EXPECT_THAT(
      settings_not_had(view()),
      testing::ElementsAre("lifecycle: weaker: current versions expire after 1 day, at the replica after 365",
                           "notification: no mapping for arn:aws:sns:us-west-2:111122223333:uploads"));
}

TEST(SettingsOutput, BytesThatMoveTheCursorDoNotReachTheTerminal) {
  SettingsView told = view();
  told.lines[1].message = "weaker\x1b[2J";
  told.lines[1].source_document = "<A>\x1b[2J</A>";
  EXPECT_EQ((settings_as_table(told, true, 80) + settings_as_diff(told)).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace s3dr::app
