// Who starts backfill jobs: whoever holds the lease of the queue, and the bucket that waits longest is first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "functions/job_walk.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using functions::Outcome;
using test::Call;
using test::FakePorts;

s3::BucketName bucket(int i) {
  return s3::BucketName::parse("bucket-" + std::string(i < 10 ? "0" : "") + std::to_string(i));
}

struct JobWalk : ::testing::Test {
  FakePorts ports;
  std::vector<std::string> started;  // in this order

  void SetUp() override {
    ports.after = [this](const Call& call) {
      if (call.name == "jobs.create_job") note_started();
    };
  }
  void note_started() {
    std::set<std::string> known(started.begin(), started.end());
    for (const auto& [token, job] : ports.world.jobs) {
      const std::string name = job.inputs.source_bucket.text();
      if (known.insert(name).second) started.push_back(name);
    }
    EXPECT_LE(ports.world.active_jobs().jobs.size(), 6u);
  }
  void end_job_of(const s3::BucketName& name) {
    for (auto& [token, job] : ports.world.jobs) {
      if (job.inputs.source_bucket == name) job.description.status = s3::JobStatus::complete;
    }
  }
  Outcome enable(const s3::BucketName& name) {
    return ports.deliver(
        dr::Function::enable_replication,
        dr::to_json(dr::message_for(ports.world.policy, dr::MessageKind::ensure, name, "c")));
  }
  // The bucket's rule is live, and its job waits. Jobs stay active until they are ended.
  void bring_in(const s3::BucketName& name) {
    ports.world.add_source(name, {{"dr", "true"}});
    ports.look(name);
    while (!ports.queue.empty()) {
      const auto [to, text] = ports.queue.front();
      ports.queue.pop_front();
      ports.deliver(to, text);
    }
    ports.clock.advance(milliseconds(1'000));
  }
  dr::JobQueue queue() {
    const auto& policy = ports.world.policy;
    return dr::parse_job_queue(
        ports.world.documents.at(dr::job_queue_key(policy.source_account, policy.source_region)).text);
  }
};

TEST_F(JobWalk, a_single_bucket_on_an_idle_account_starts_at_once) {
  bring_in(bucket(1));
  EXPECT_THAT(started, testing::ElementsAre("bucket-01"));
  EXPECT_TRUE(queue().holder.empty());
  EXPECT_EQ(queue().running.size(), 1u);
  end_job_of(bucket(1));
  enable(bucket(1));
  EXPECT_TRUE(queue().running.empty());
  EXPECT_EQ(ports.world.record(bucket(1))->state, dr::State::verifying);
}

TEST_F(JobWalk, of_twenty_buckets_six_run_and_the_oldest_follow_whoever_looks) {
  for (int i = 1; i <= 20; ++i) bring_in(bucket(i));
  EXPECT_EQ(started.size(), 6u);
  EXPECT_EQ(queue().waiting.size(), 14u);
  std::vector<std::string> expected;
  for (int i = 1; i <= 20; ++i) expected.push_back(bucket(i).text());
  // A place is free each time. The youngest bucket looks first, and the oldest is started.
  for (int i = 1; i <= 20; ++i) {
    end_job_of(bucket(i));
    ports.clock.advance(ports.world.policy.look_again);
    enable(bucket(20));
    enable(bucket(i));
  }
  EXPECT_EQ(started, expected);
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(ports.world.record(bucket(i))->state, dr::State::verifying) << i;
  EXPECT_TRUE(queue().waiting.empty());
  EXPECT_TRUE(queue().running.empty());
}

TEST_F(JobWalk, the_bucket_whose_job_ended_makes_room_at_once) {
  for (int i = 1; i <= 7; ++i) bring_in(bucket(i));
  EXPECT_EQ(started.size(), 6u);
  end_job_of(bucket(3));
  enable(bucket(3));
  ASSERT_EQ(started.size(), 7u);
  EXPECT_EQ(started.back(), "bucket-07");
}

// Otherwise it would be told of every minute, for ever.
TEST_F(JobWalk, a_bucket_that_nobody_goes_on_with_leaves_the_queue) {
  for (int i = 1; i <= 4; ++i) bring_in(bucket(i));
  ASSERT_EQ(queue().running.size(), 4u);
  const auto forget_queue_news = [&] {
    while (!ports.queue.empty()) ports.queue.pop_front();
  };
  ports.world.buckets.erase(bucket(1));  // the source is gone
  ports.look(bucket(1));
  ASSERT_EQ(ports.world.record(bucket(1))->state, dr::State::source_gone);
  ports.world.buckets.erase(ports.world.record(bucket(2))->replica.bucket);  // the replica was deleted
  ports.deliver(dr::Function::destination_bucket_check,
                dr::to_json(dr::message_for(ports.world.policy, dr::MessageKind::ensure, bucket(2), "c")));
  ASSERT_EQ(ports.world.record(bucket(2))->state, dr::State::degraded);
  const auto& policy = ports.world.policy;  // the record was deleted by hand, and the tag removed
  ports.world.documents.erase(dr::record_key(policy.source_account, policy.source_region, bucket(3)));
  ports.world.buckets.at(bucket(3)).tags.reset();
  forget_queue_news();
  for (int i = 1; i <= 4; ++i) enable(bucket(i));
  ASSERT_EQ(queue().running.size(), 1u);
  EXPECT_EQ(queue().running[0].bucket, bucket(4));
}

TEST_F(JobWalk, one_that_cannot_go_on_makes_way) {
  for (int i = 1; i <= 6; ++i) bring_in(bucket(i));
  for (int i = 7; i <= 9; ++i) bring_in(bucket(i));
  ports.world.bucket(bucket(7)).tags.reset();  // untagged while it waited
  end_job_of(bucket(1));
  ports.before = [](const Call& call) {
    if (call.name == "jobs.create_job") throw Error(ErrorKind::denied, "AccessDenied");
  };
  enable(bucket(1));
  EXPECT_EQ(started.size(), 6u);
  EXPECT_TRUE(queue().waiting.empty());  // every one was tried; each comes in again with its own look
  ports.before = [](const Call&) {};
  enable(bucket(9));
  EXPECT_EQ(started.back(), "bucket-09");
}

TEST_F(JobWalk, nobody_walks_beside_a_holder_and_a_lost_lease_ends) {
  ports.world.policy.store.active_jobs_max = 1;
  bring_in(bucket(1));
  bring_in(bucket(2));
  end_job_of(bucket(1));
  dr::JobQueue held = dr::with_lease(queue(), "another", ports.clock.now());
  const auto& policy = ports.world.policy;
  ports.world.documents.at(dr::job_queue_key(policy.source_account, policy.source_region)).text =
      dr::to_json(held);
  EXPECT_EQ(enable(bucket(2)).kind, Outcome::Kind::look_again);
  EXPECT_EQ(started.size(), 1u);
  EXPECT_EQ(queue().holder, "another");
  ports.clock.advance(dr::job_lease);
  enable(bucket(2));
  EXPECT_THAT(started, testing::ElementsAre("bucket-01", "bucket-02"));
  EXPECT_TRUE(queue().holder.empty());
}

// A crash before or after each call of the walk: every bucket gets its job in the end, and never two.
TEST_F(JobWalk, a_walker_may_die_at_each_of_its_calls) {
  int landed = 0;
  for (int n = 1;; ++n) {
    FakePorts fresh;
    fresh.world.policy.store.active_jobs_max = 1;
    for (int i = 1; i <= 2; ++i) fresh.world.add_source(bucket(i), {{"dr", "true"}});
    int calls = 0;
    bool died = false;
    // What a walk writes and asks for; the calls between leave nothing behind.
    const auto die = [&](const Call& call) {
      const bool counts = call.name == "records.write" || call.name.starts_with("jobs.");
      if (!counts || ++calls != n) return;
      died = true;
      throw test::Crash();
    };
    fresh.before = die;
    fresh.after = die;
    fresh.queue.emplace_back(
        dr::Function::source_bucket_check,
        dr::to_json(dr::message_for(fresh.world.policy, dr::MessageKind::look, bucket(2), "c")));
    fresh.run_to_rest(bucket(1), 400);
    EXPECT_EQ(fresh.world.jobs.size(), 2u) << n;
    for (int i = 1; i <= 2; ++i)
      EXPECT_EQ(fresh.world.record(bucket(i))->state, dr::State::verifying) << n << " " << i;
    if (!died) break;
    ++landed;
  }
  EXPECT_GT(landed, 30);
}

TEST_F(JobWalk, without_the_queue_a_bucket_that_waits_is_blocked_and_says_so) {
  ports.before = [&](const Call& call) {
    if (call.name == "records.write" && ports.world.record(bucket(1)) &&
        dr::job_standing(*ports.world.record(bucket(1))) == dr::JobStanding::waiting)
      throw Error(ErrorKind::denied, "AccessDenied, s3:PutObject");
  };
  ports.world.add_source(bucket(1), {{"dr", "true"}});
  const auto outcomes = ports.run_to_rest(bucket(1));
  EXPECT_EQ(outcomes.back().kind, Outcome::Kind::blocked);
  EXPECT_THAT(outcomes.back().why, testing::HasSubstr("s3:PutObject"));
  EXPECT_TRUE(ports.world.jobs.empty());
}

TEST_F(JobWalk, a_queue_that_cannot_be_understood_is_made_anew) {
  const auto& policy = ports.world.policy;
  ports.world.swap_document(dr::job_queue_key(policy.source_account, policy.source_region), "nonsense", {});
  bring_in(bucket(1));
  EXPECT_EQ(started.size(), 1u);
  EXPECT_EQ(queue().running.size(), 1u);
}

}  // namespace
}  // namespace s3dr
