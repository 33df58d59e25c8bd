#include "transfer/verify.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "support/fake_object_store.h"
#include "support/run_task.h"

namespace s3dr::transfer {
namespace {

using test::FakeObjectStore;
using test::FakeVersion;

constexpr Instant early{milliseconds(1'000)};

class Verify : public testing::Test {
 protected:
  Verify() : clock_(make_real_clock()) {}

  static FakeVersion version(const std::string& id, const std::string& data, Instant created = early) {
    FakeVersion result;
    result.id = s3::VersionId(id);
    result.created = created;
    result.data = data;
    return result;
  }

  void on_both(const std::string& key, std::vector<FakeVersion> stack) {
    source_.stacks[s3::ObjectKey(key)] = stack;
    for (FakeVersion& copy : stack) copy.status = s3::ReplicationStatus::replica;
    replica_.stacks[s3::ObjectKey(key)] = std::move(stack);
  }

  VerifyReport run(VerifyLevel level = VerifyLevel::head, bool markers = true) {
    VerifyOptions options;
    options.level = level;
    options.prefix = prefix_;
    options.selected_prefix = selected_prefix_;
    options.delete_markers_replicate = markers;
    options.last_copies = remembered_;
    options.seen_versions = seen_;
    return test::run(verify({&source_, s3::BucketName::parse("source")},
                            {&replica_, s3::BucketName::parse("replica")}, options, *clock_, {}));
  }

  std::vector<FakeVersion>& replica_stack(const std::string& key) {
    return replica_.stacks[s3::ObjectKey(key)];
  }
  std::vector<FakeVersion>& source_stack(const std::string& key) {
    return source_.stacks[s3::ObjectKey(key)];
  }

  static std::string only_difference(const VerifyReport& report) {
    if (report.differences.size() != 1) return std::to_string(report.differences.size()) + " differences";
    const dr::Difference& difference = report.differences.front();
    return std::string(to_string(difference.kind)) + " " + difference.key.bytes() + " " +
           difference.version_id.text();
  }

  std::unique_ptr<Clock> clock_;
  FakeObjectStore source_, replica_;
  std::string prefix_, selected_prefix_;
  std::vector<dr::SeenVersion> seen_;
  std::vector<dr::LastCopy> remembered_;
};

// The rule takes only keys with its prefix. The others are no differences, on either side.
TEST_F(Verify, OnlyKeysThatTheRuleTakesAreCompared) {
  on_both("logs/a", {version("1", "x")});
  source_stack("data/lost") = {version("1", "x")};
  replica_stack("zoo/extra") = {version("1", "x")};
  EXPECT_EQ(run().differences_total, 2U);
  selected_prefix_ = "logs/";
  VerifyReport report = run();
  EXPECT_TRUE(report.equal());
  EXPECT_EQ(report.keys, 1U);
  EXPECT_EQ(report.selected_prefix, "logs/");
  EXPECT_EQ(report.prefix, "");
  EXPECT_EQ(to_verification(report, 1).prefix, "logs/");
  source_stack("logs/b") = {version("1", "x")};
  EXPECT_EQ(only_difference(run()), "missing logs/b 1");
}

TEST_F(Verify, APrefixThatIsAskedForNarrowsWhatTheRuleTakes) {
  on_both("logs/a", {version("1", "x")});
  on_both("logs/b", {version("1", "x")});
  selected_prefix_ = "logs/";
  for (const auto& [asked, keys] : std::vector<std::pair<std::string, std::uint64_t>>{
           {"logs/a", 1}, {"logs/", 2}, {"lo", 2}, {"logs/c", 0}}) {
    prefix_ = asked;
    EXPECT_EQ(run().keys, keys) << asked;
    EXPECT_EQ(run().prefix, asked);
  }
  prefix_ = "data/";
  try {
    run();
    ADD_FAILURE() << "nothing that is protected was compared";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    EXPECT_NE(error.message().find("only keys that begin with \"logs/\""), std::string::npos);
  }
}

TEST_F(Verify, EqualSidesAreEqualAndCounted) {
  FakeVersion marker = version("m", "");
  marker.is_marker = true;
  on_both("a", {version("3", "new"), version("2", "old"), version("1", "oldest")});
  on_both("b//.", {marker, version("1", "x")});
  on_both("c", {version("null", "y")});
  for (const VerifyLevel level : {VerifyLevel::listing, VerifyLevel::head, VerifyLevel::bytes}) {
    const VerifyReport report = run(level);
    EXPECT_TRUE(report.equal());
    EXPECT_EQ(report.keys, 3U);
    EXPECT_EQ(report.odd_keys, 1U);
    EXPECT_EQ(report.versions, 5U);
    EXPECT_EQ(report.versions_equal, 5U);
    EXPECT_EQ(report.markers_equal, 1U);
    EXPECT_EQ(report.bytes_compared, level == VerifyLevel::bytes ? 14U : 0U);
  }
}

TEST_F(Verify, TwoEmptyBucketsAreEqual) {
  const VerifyReport report = run();
  EXPECT_TRUE(report.equal());
  EXPECT_EQ(report.keys, 0U);
}

TEST_F(Verify, AClockAheadOfTheStoresDoesNotVouchForWhatCameAfterTheListing) {
  const Instant store_time = clock_->now() - std::chrono::minutes(10);
  source_.served_at = store_time;
  on_both("a", {version("1", "x")});
  source_.stacks[s3::ObjectKey("b")] = {version("1", "x", store_time + milliseconds(1))};
  const VerifyReport report = run();
  EXPECT_TRUE(report.equal());
  EXPECT_EQ(report.versions, 1U);
  EXPECT_EQ(report.arriving, 1U);
}

TEST_F(Verify, WholeSecondsOfTheStoresClockPutNothingOff) {
  const Instant now = clock_->now();
  source_.served_at = now - milliseconds(500);
  on_both("a", {version("1", "x", now)});
  EXPECT_EQ(run().versions, 1U);
}

// The replica lost its copy first, and then the source lost its own: both sides are empty, and not equal.
TEST_F(Verify, AVersionThatWasMissingAndThenVanishesIsALoss) {
  for (const char* key : {"a", "b", "c"}) on_both(key, {version("1", "x")});
  for (const char* key : {"a", "b"}) replica_.stacks.erase(s3::ObjectKey(key));
  VerifyReport report = run();
  EXPECT_EQ(report.differences_total, 2U);
  ASSERT_EQ(report.last_copies.size(), 2U);
  remembered_ = report.last_copies;
  source_.stacks.erase(s3::ObjectKey("a"));
  report = run();
  EXPECT_EQ(report.differences_total, 2U);  // a is lost, b is missing
  EXPECT_EQ(report.differences.front().kind, dr::DifferenceKind::last_copy);
  on_both("b", {version("1", "x")});
  EXPECT_EQ(only_difference(run()), "last copy a 1");
  // What is only on its way is not remembered.
  remembered_.clear();
  source_.stacks.clear();
  replica_.stacks.clear();
  source_.stacks[s3::ObjectKey("late")] = {version("1", "x", clock_->now() + milliseconds(5'000))};
  EXPECT_TRUE(run().last_copies.empty());
}

// It needs no right to read objects.
TEST_F(Verify, LevelListingAsksNoObjectWhetherItsOriginalWasPurged) {
  on_both("a", {version("1", "x")});
  on_both("b", {version("2", "y")});
  source_.stacks.erase(s3::ObjectKey("b"));
  replica_stack("c") = {version("3", "put by hand")};
  source_.page_size = replica_.page_size = 10;
  source_.fail_after = 1;  // the listing
  replica_.fail_after = 1;
  const VerifyReport report = run(VerifyLevel::listing);
  EXPECT_TRUE(report.equal());
  EXPECT_EQ(report.replica_only, 2U);
  EXPECT_EQ(report.purged_at_source, 0U);
}

// The only copy was the replica's. When that one is gone as well, no listing names the key any more.
TEST_F(Verify, ALastCopyThatIsLostIsADifference) {
  for (const char* key : {"a", "b", "c", "d"}) on_both(key, {version("1", "x")});
  for (const char* key : {"a", "b", "d"}) source_.stacks.erase(s3::ObjectKey(key));  // purged at the source
  VerifyReport report = run();
  EXPECT_TRUE(report.equal());
  EXPECT_EQ(report.purged_at_source, 3U);
  ASSERT_EQ(report.last_copies.size(), 3U);
  remembered_ = report.last_copies;
  EXPECT_TRUE(run().equal());

  FakeVersion marker = version("m", "");
  marker.is_marker = true;
  auto& hidden = replica_stack("a");
  hidden.insert(hidden.begin(), marker);
  EXPECT_EQ(only_difference(run()), "last copy a 1");
  hidden.erase(hidden.begin());

  replica_.stacks.erase(s3::ObjectKey("b"));
  EXPECT_EQ(only_difference(run()), "last copy b 1");
  replica_.stacks.erase(s3::ObjectKey("d"));
  report = run();
  EXPECT_EQ(report.differences_total, 2U);
  EXPECT_EQ(report.differences.back().key.bytes(), "d");

  replica_.stacks.clear();
  source_.stacks.clear();
  EXPECT_EQ(run().differences_total, 3U);  // both sides are empty, and not equal
  source_.stacks[s3::ObjectKey("b")] = {version("2", "anew")};
  replica_.stacks[s3::ObjectKey("b")] = {version("2", "anew")};
  EXPECT_EQ(run().differences_total, 2U);  // the source has the key again
}

TEST_F(Verify, MissingVersionIsNamed) {
  on_both("a", {version("2", "new"), version("1", "old")});
  replica_stack("a").pop_back();
  EXPECT_EQ(only_difference(run()), "missing a 1");
}

TEST_F(Verify, MissingVersionIsToldLateFromLost) {
  for (const auto& [status, told] : {std::pair(s3::ReplicationStatus::failed, "its replication is FAILED"),
                                     std::pair(s3::ReplicationStatus::pending, "its replication is PENDING"),
                                     std::pair(s3::ReplicationStatus::none, "no rule has taken it up")}) {
    source_.stacks.clear();
    FakeVersion lost = version("9", "only here");
    lost.status = status;
    source_.stacks[s3::ObjectKey("a")] = {lost};
    EXPECT_NE(run().differences.at(0).detail.find(told), std::string::npos) << told;
  }
  source_.calls = 0;
  EXPECT_EQ(run(VerifyLevel::listing).differences_total, 1U);
  EXPECT_EQ(source_.calls, 2) << "level listing reads the listing twice and no object";
}

TEST_F(Verify, MissingKeyIsNamedWhereverItSorts) {
  for (const std::string key : {"a", "m", "z"}) {
    source_.stacks.clear();
    replica_.stacks.clear();
    on_both("b", {version("1", "x")});
    on_both("n", {version("1", "x")});
    source_.stacks[s3::ObjectKey(key)] = {version("9", "only here")};
    EXPECT_EQ(only_difference(run()), "missing " + key + " 9");
  }
}

TEST_F(Verify, ExtraVersionThatReplicationDidNotMakeIsADifference) {
  on_both("a", {version("1", "x")});
  replica_stack("a").insert(replica_stack("a").begin(), version("9", "by hand"));
  EXPECT_EQ(only_difference(run()), "extra a 9");
}

TEST_F(Verify, ReplicaOfAPurgedVersionIsCountedAndFine) {
  on_both("a", {version("2", "x"), version("1", "secret")});
  source_stack("a").pop_back();
  const VerifyReport report = run();
  EXPECT_TRUE(report.equal());
  EXPECT_EQ(report.purged_at_source, 1U);
}

TEST_F(Verify, ReorderedStackIsADifference) {
  on_both("a", {version("3", "c"), version("2", "b"), version("1", "a")});
  std::swap(replica_stack("a")[0], replica_stack("a")[1]);
  const VerifyReport report = run();
  ASSERT_EQ(report.differences_total, 1U);
  EXPECT_EQ(report.differences[0].kind, dr::DifferenceKind::reordered);
}

TEST_F(Verify, MetadataTagsChecksumAndSizeAreCompared) {
  on_both("a", {version("1", "x")});
  replica_stack("a")[0].user_metadata["mtime"] = "1";
  EXPECT_EQ(only_difference(run()), "metadata a 1");
  replica_stack("a")[0].user_metadata.clear();
  replica_stack("a")[0].tags = {{"k", "v"}};
  EXPECT_EQ(only_difference(run()), "tags a 1");
  replica_stack("a")[0].tags.clear();
  replica_stack("a")[0].data = "y";
  EXPECT_EQ(only_difference(run()), "checksum a 1");
  replica_stack("a")[0].data = "longer";
  EXPECT_EQ(only_difference(run()), "size a 1");
}

TEST_F(Verify, OnlyBytesSeesARottenBodyBehindAGoodChecksum) {
  on_both("a", {version("1", "x")});
  const std::string good = std::to_string(std::hash<std::string>()("x"));
  replica_stack("a")[0].data = "y";
  replica_stack("a")[0].checksum = good;
  EXPECT_TRUE(run(VerifyLevel::head).equal());
  EXPECT_EQ(only_difference(run(VerifyLevel::bytes)), "bytes a 1");
}

TEST_F(Verify, ABodyThatFailsItsOwnChecksumIsNamedWithItsSide) {
  on_both("a", {version("1", "x")});
  replica_stack("a")[0].corrupt_body = true;
  const VerifyReport report = run(VerifyLevel::bytes);
  EXPECT_EQ(only_difference(report), "bytes a 1");
  EXPECT_NE(report.differences[0].detail.find("replica"), std::string::npos);
}

TEST_F(Verify, WhatWasCreatedAfterTheCutOffIsArriving) {
  on_both("a", {version("1", "x")});
  source_stack("a").insert(source_stack("a").begin(),
                           version("2", "new", clock_->now() + std::chrono::hours(1)));
  const VerifyReport report = run();
  EXPECT_TRUE(report.equal());
  EXPECT_EQ(report.arriving, 1U);
  EXPECT_EQ(report.versions, 1U);
}

TEST_F(Verify, MissingMarkersAreExpectedOnlyWhenTheRuleDoesNotReplicateThem) {
  FakeVersion marker = version("m", "");
  marker.is_marker = true;
  on_both("a", {marker, version("1", "x")});
  replica_stack("a").erase(replica_stack("a").begin());
  EXPECT_EQ(only_difference(run(VerifyLevel::head, true)), "missing a m");
  const VerifyReport report = run(VerifyLevel::head, false);
  EXPECT_TRUE(report.equal());
  EXPECT_EQ(report.expected_divergence, 1U);
}

TEST_F(Verify, EveryFailedCallIsRaisedNeverReadAsEqual) {
  on_both("a", {version("2", "x"), version("1", "y")});
  on_both("b", {version("1", "x")});
  run(VerifyLevel::bytes);
  const int source_calls = source_.calls;
  const int replica_calls = replica_.calls;
  ASSERT_GT(source_calls, 2);
  for (FakeObjectStore* store : {&source_, &replica_}) {
    const int calls = store == &source_ ? source_calls : replica_calls;
    for (int allowed = 0; allowed < calls; ++allowed) {
      store->calls = 0;
      store->fail_after = allowed;
      EXPECT_THROW(run(VerifyLevel::bytes), Error) << "after " << allowed;
    }
    store->fail_after = -1;
  }
}

TEST_F(Verify, TagsAreComparedAlsoWhereAStoreShowsNoCountOfThem) {
  on_both("a", {version("1", "x")});
  source_.hides_tag_counts = replica_.hides_tag_counts = true;
  replica_stack("a")[0].tags = {{"k", "v"}};
  EXPECT_EQ(only_difference(run()), "tags a 1");
}

TEST_F(Verify, DifferencesAreCountedBeyondThoseKept) {
  for (int i = 0; i < 20; ++i) source_.stacks[s3::ObjectKey("k" + std::to_string(i))] = {version("1", "x")};
  VerifyOptions options;
  options.differences_max = 5;
  const VerifyReport report =
      test::run(verify({&source_, s3::BucketName::parse("source")},
                       {&replica_, s3::BucketName::parse("replica")}, options, *clock_, {}));
  EXPECT_EQ(report.differences.size(), 5U);
  EXPECT_EQ(report.differences_total, 20U);
}

TEST_F(Verify, a_run_says_which_versions_tell_the_bucket_and_whether_those_before_are_there) {
  on_both("a", {version("v1", "x")});
  on_both("b", {version("v2", "y")});
  const VerifyReport first = run();
  ASSERT_EQ(first.seen_versions.size(), 2U);
  EXPECT_FALSE(first.met_seen_versions);
  seen_ = first.seen_versions;
  source_stack("a").clear();
  EXPECT_TRUE(run().met_seen_versions);
  source_stack("b") = {version("v9", "y")};
  EXPECT_FALSE(run().met_seen_versions);
}

}  // namespace
}  // namespace s3dr::transfer
