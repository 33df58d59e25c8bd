// The walk over tagged ∪ recorded, and the pace of looking again.
#include "functions/sweep_walk.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dr/protections.h"
#include "functions/pace.h"
#include "support/fake_ports.h"

namespace s3dr::functions {
namespace {

using Half = SweepPosition::Half;
using Names = std::vector<std::string>;

class KeptLog : public Log {
 public:
  explicit KeptLog(Names& warnings) : warnings_(warnings) {}
  void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override {
    if (level >= LogLevel::warning) warnings_.push_back(std::string(event) + " " + fields.at(0).value);
  }

 private:
  Names& warnings_;
};

struct Sweep : testing::Test {
  test::FakePorts ports;

  void add(const std::string& name, s3::TagSet tags) {
    ports.world.add_source(s3::BucketName::parse(name), std::move(tags));
  }
  void add_recorded(const std::string& name) {
    const auto& policy = ports.world.policy;
    ports.world.swap_document(
        dr::record_key(policy.source_account, policy.source_region, s3::BucketName::parse(name)), "{}",
        std::nullopt);
  }
  Names walk(SweepWalk& walk, milliseconds until = milliseconds::max()) {
    Names found;
    while (const auto next = test::run(walk.next(until))) found.push_back(next->bucket.text());
    return found;
  }
  Names walk() {
    SweepWalk whole(ports.context());
    return walk(whole);
  }
};

TEST_F(Sweep, visits_tagged_and_recorded_buckets_each_once) {
  add("tagged", {{"dr", "true"}});
  add("both", {{"dr", "true"}});
  add("untagged", {});
  add("near-miss", {{"DR", "True"}});
  add(ports.world.policy.reports_bucket.text(), {{"dr", "true"}});
  ports.world.add_destination(s3::BucketName::parse("elsewhere")).tags = s3::TagSet{{"dr", "true"}};
  for (const char* name : {"both", "gone", "untagged"}) add_recorded(name);
  EXPECT_EQ(walk(), (Names{"both", "tagged", "gone", "untagged"}));
}

// Two with one destination, and a third one elsewhere with a control bucket of its own.
TEST_F(Sweep, several_protections_read_the_source_once) {
  test::FakePorts elsewhere;
  dr::Policy gold = ports.world.policy, bronze = gold, vault = gold;
  gold.protection_name = "gold";
  gold.match_tags = {{"dr", "gold"}};
  bronze.protection_name = "bronze";
  bronze.match_tags = {{"dr", "bronze"}};
  vault.protection_name = "vault";
  vault.match_tags = {{"vault", "true"}};
  vault.destination_account = test::second_account();
  vault.control_bucket = {};
  vault.replica_name_template = "{bucket}-vault";
  const auto list = dr::with_each_other({gold, vault, bronze});
  ASSERT_EQ(dr::why_invalid(list), std::nullopt);
  add("all", {{"dr", "bronze"}, {"vault", "true"}});
  add("gold", {{"dr", "gold"}});
  add("none", {});
  add_recorded("gold");
  add_recorded("paused");
  elsewhere.world.swap_document(
      dr::record_key(vault.source_account, vault.source_region, s3::BucketName::parse("paused")), "{}",
      std::nullopt);
  std::vector<Context> contexts;
  for (const dr::Policy& policy : list) {
    Context context = ports.context();
    contexts.push_back({context.source, context.destination,
                        policy.protection_name == "vault" ? elsewhere.context().records : context.records,
                        context.jobs, context.to_destination_bucket_check, context.to_enable_replication,
                        context.clock, context.random, context.log, policy});
  }
  SweepWalk whole(contexts);
  Names found;
  while (const auto next = test::run(whole.next())) {
    std::string line = next->bucket.text();
    for (const std::size_t one : next->protections) line += " " + list[one].protection_name;
    found.push_back(line);
  }
  // The tags of a paused bucket name none: each protection of the place looks.
  EXPECT_EQ(found, (Names{"all vault bronze", "gold gold", "paused gold bronze", "paused vault"}));
  EXPECT_EQ(whole.counts().size(), 2U) << "one for each control bucket";
  EXPECT_EQ(whole.count(0).tagged, 2U);
  EXPECT_EQ(whole.count(0).recorded, 2U);
  EXPECT_EQ(whole.count(1).tagged, 1U);
  EXPECT_EQ(whole.count(1).recorded, 1U);
  const auto tag_reads = std::ranges::count(ports.calls, "source.get_bucket_tagging", &test::Call::name);
  EXPECT_EQ(tag_reads, 3) << "the tags of each bucket are read once";
}

TEST_F(Sweep, a_tagged_bucket_of_another_region_is_warned_of) {
  add("tagged", {{"dr", "true"}});
  const auto elsewhere = [&](const std::string& name, s3::TagSet tags) {
    ports.world.add_destination(s3::BucketName::parse(name)).tags = std::move(tags);
  };
  elsewhere("astray", {{"dr", "true"}});
  elsewhere("dark", {{"dr", "true"}});
  elsewhere("replica", {});
  Names told;
  ports.log = std::make_unique<KeptLog>(told);
  ports.before = [&](const test::Call& call) {
    if (call.name == "source.get_bucket_tagging" && call.number == 3)
      throw Error(ErrorKind::denied, "planted");
  };
  SweepWalk whole(ports.context());
  EXPECT_EQ(walk(whole), Names{"tagged"});
  EXPECT_EQ(whole.count().failed, 0U);
  EXPECT_EQ(told, Names{"tagged, but not in the source region: it is not protected astray"});
}

TEST_F(Sweep, another_region_that_is_gone_is_asked_once_and_no_other_one_suffers) {
  for (const char* name : {"one-there", "two-there"})
    ports.world.add_destination(s3::BucketName::parse(name));
  auto& third = ports.world.add_destination(s3::BucketName::parse("third"));
  third.region = s3::Region::parse("eu-west-1");
  third.tags = s3::TagSet{{"dr", "true"}};
  add("tagged", {{"dr", "true"}});
  Names told;
  ports.log = std::make_unique<KeptLog>(told);
  int asked = 0;
  std::optional<Error> first;
  ports.before = [&](const test::Call& call) {
    if (call.name == "source.get_bucket_tagging" && ++asked == 1) throw *first;
  };
  const auto asked_when = [&](const Error& error) {
    asked = 0;
    told.clear();
    first = error;
    EXPECT_EQ(walk(), Names{"tagged"});
    EXPECT_EQ(told, Names{"tagged, but not in the source region: it is not protected third"});
    return asked;
  };
  EXPECT_EQ(asked_when(Error(ErrorKind::unavailable, "no connection")), 3);  // "one-there", "tagged", "third"
  EXPECT_EQ(asked_when(Error(ErrorKind::outcome_unknown, "no answer")), 3);
  EXPECT_EQ(asked_when(Error(ErrorKind::denied, "no").with_status(403)), 4);
  EXPECT_EQ(asked_when(Error(ErrorKind::unavailable, "InternalError").with_status(500)), 4);
}

TEST_F(Sweep, a_bucket_whose_tags_cannot_be_read_is_visited_and_a_deleted_one_is_not) {
  add("dark", {});
  add("deleted", {});
  int asked = 0;
  ports.before = [&](const test::Call& call) {
    if (call.name != "source.get_bucket_tagging") return;
    throw Error(++asked == 1 ? ErrorKind::denied : ErrorKind::not_found, "planted");
  };
  EXPECT_EQ(walk(), Names{"dark"});
}

TEST_F(Sweep, a_failed_listing_ends_its_half_only_and_is_told) {
  add("tagged", {{"dr", "true"}});
  add_recorded("recorded");
  for (const char* listing : {"source.list_buckets", "records.list"}) {
    ports.before = [&](const test::Call& call) {
      if (call.name == listing) throw Error(ErrorKind::throttled, "planted");
    };
    SweepWalk half(ports.context());
    EXPECT_EQ(walk(half).size(), 1U) << listing;
    EXPECT_EQ(half.count().ended, ErrorKind::throttled);
    EXPECT_TRUE(half.over());
  }
}

TEST_F(Sweep, goes_on_anywhere_without_losing_or_repeating_a_bucket) {
  Names expected;
  for (int i = 0; i < 25; ++i) {
    const std::string name = "bucket-" + std::to_string(100 + i);
    add(name, i % 2 == 0 ? s3::TagSet{{"dr", "true"}} : s3::TagSet{});
    if (i % 2 == 0) expected.push_back(name);
  }
  for (int i = 0; i < 12; ++i) {
    const std::string name = "recorded-" + std::to_string(100 + i);
    add_recorded(name);
    expected.push_back(name);
  }
  for (const std::size_t page_size : {1U, 4U, 1000U}) {
    ports.page_size = page_size;
    Names found;
    SweepPosition position;
    for (int stretch = 0; stretch < 1'000; ++stretch) {
      SweepWalk one(ports.context(), position);  // the time is over at once: one look each
      for (const std::string& name : walk(one, milliseconds(-1))) found.push_back(name);
      if (one.over()) break;
      EXPECT_NE(one.position(), position);
      position = one.position();
    }
    EXPECT_EQ(found, expected) << page_size;
  }
}

TEST(Pace, a_running_job_is_looked_at_soon_and_then_ever_later) {
  Pace pace;
  Outcome outcome;
  outcome.kind = Outcome::Kind::look_again;
  outcome.after = milliseconds(1'000);
  const auto random = make_seeded_random(1);
  std::vector<int> waits;
  for (int i = 0; i < 6; ++i)
    waits.push_back(static_cast<int>(pace.wait_after(outcome, {}, *random).count()));
  EXPECT_EQ(waits, (std::vector<int>{100, 200, 400, 800, 1'000, 1'000}));
}

TEST(Pace, failures_back_off_up_to_the_cap_and_never_below_what_the_function_asked_for) {
  Pace pace;
  Outcome outcome;
  outcome.kind = Outcome::Kind::look_again;
  outcome.error = ErrorKind::throttled;
  outcome.after = milliseconds(50);
  const auto random = make_seeded_random(1);
  const PaceOptions options{milliseconds(100), milliseconds(2'000), milliseconds(100)};
  milliseconds longest{0};
  for (int i = 0; i < 200; ++i) {
    const milliseconds wait = pace.wait_after(outcome, options, *random);
    EXPECT_GE(wait, milliseconds(50));
    EXPECT_LE(wait, std::min(options.retry_cap, options.retry_base * (1 << std::min(i, 10))));
    longest = std::max(longest, wait);
  }
  EXPECT_GT(longest, milliseconds(1'000));
  EXPECT_EQ(pace.failures(), 200);
  outcome.error.reset();
  pace.wait_after(outcome, options, *random);
  EXPECT_EQ(pace.failures(), 0);
}

}  // namespace
}  // namespace s3dr::functions
