#include "dr/job_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace s3dr::dr {
namespace {

s3::BucketName named(const std::string& text) {
  return s3::BucketName::parse("data-" + text);
}

Instant at(int seconds) {
  return Instant{} + milliseconds(1'000 * seconds);
}

JobQueue empty_queue() {
  JobQueue queue;
  queue.account = s3::AccountId::parse("111122223333");
  queue.region = s3::Region::parse("us-west-2");
  return queue;
}

std::vector<std::string> names(const std::vector<QueuedJob>& list) {
  std::vector<std::string> result;
  for (const QueuedJob& job : list) result.push_back(job.bucket.text().substr(5));
  return result;
}

TEST(JobQueue, who_waits_longest_is_first_whoever_comes_in_first) {
  JobQueue queue = empty_queue();
  for (const auto& [name, since] : std::vector<std::pair<std::string, int>>{
           {"second", 20}, {"fourth", 40}, {"first", 10}, {"third-b", 30}, {"third-a", 30}})
    queue = with_standing(queue, named(name), JobStanding::waiting, at(since));
  EXPECT_THAT(names(queue.waiting), testing::ElementsAre("first", "second", "third-a", "third-b", "fourth"));
  EXPECT_EQ(with_standing(queue, named("second"), JobStanding::waiting, at(20)), queue);
  queue = with_standing(queue, named("first"), JobStanding::running, at(10));
  EXPECT_THAT(names(queue.running), testing::ElementsAre("first"));
  EXPECT_EQ(queue.waiting.front().bucket, named("second"));
  queue = with_standing(queue, named("first"), JobStanding::none, at(10));
  EXPECT_TRUE(queue.running.empty());
}

TEST(JobQueue, a_full_queue_keeps_the_oldest) {
  JobQueue queue = empty_queue();
  for (std::size_t i = 0; i < queued_jobs_max; ++i)
    queue = with_standing(std::move(queue), named("b" + std::to_string(i)), JobStanding::waiting,
                          at(100 + static_cast<int>(i)));
  EXPECT_EQ(with_standing(queue, named("later"), JobStanding::waiting, at(1'000'000)), queue);
  queue = with_standing(std::move(queue), named("older"), JobStanding::waiting, at(1));
  EXPECT_EQ(queue.waiting.size(), queued_jobs_max);
  EXPECT_EQ(queue.waiting.front().bucket, named("older"));
  EXPECT_LT(to_json(queue).size(), job_queue_bytes_max);
}

TEST(JobQueue, one_walks_at_a_time_and_a_lease_ends) {
  constexpr milliseconds look_again{5'000};
  JobQueue queue = empty_queue();
  EXPECT_FALSE(may_walk(queue, true, look_again, at(0)));  // nobody waits
  queue = with_standing(queue, named("a"), JobStanding::waiting, at(10));
  EXPECT_FALSE(may_walk(queue, true, look_again, at(9)));  // its time has not come
  EXPECT_TRUE(may_walk(queue, false, look_again, at(10)));
  queue = with_lease(queue, "one", at(10));
  EXPECT_FALSE(may_walk(queue, true, look_again, at(10)));
  EXPECT_FALSE(may_walk(queue, true, look_again, at(10) + job_lease - milliseconds(1)));
  EXPECT_TRUE(may_walk(queue, false, look_again, at(10) + job_lease));
  EXPECT_EQ(without_lease(queue, "two"), queue);  // not its lease
  queue = without_lease(queue, "one");
  EXPECT_TRUE(queue.holder.empty());
  EXPECT_TRUE(may_walk(queue, false, look_again, at(10)));
  // Where every place was taken a moment ago, only an ended job is a reason to look.
  queue.full_at = at(10);
  EXPECT_FALSE(may_walk(queue, false, look_again, at(14)));
  EXPECT_TRUE(may_walk(queue, true, look_again, at(14)));
  EXPECT_TRUE(may_walk(queue, false, look_again, at(15)));
}

TEST(JobQueue, between_two_sweeps_the_running_and_the_oldest_are_looked_at) {
  JobQueue queue = empty_queue();
  EXPECT_TRUE(to_look_at(queue, at(100)).empty());
  queue = with_standing(queue, named("runs"), JobStanding::running, at(1));
  queue = with_standing(queue, named("later"), JobStanding::waiting, at(3));
  queue = with_standing(queue, named("oldest"), JobStanding::waiting, at(2));
  EXPECT_THAT(to_look_at(queue, at(100)), testing::ElementsAre(named("runs"), named("oldest")));
  EXPECT_THAT(to_look_at(queue, at(1)), testing::ElementsAre(named("runs")));
}

TEST(JobQueue, places_are_by_age_whatever_the_order) {
  EXPECT_THAT(places_of({{named("c"), at(3)}, {named("a"), at(1)}, {named("b"), at(3)}}),
              testing::ElementsAre(3, 1, 2));
  EXPECT_TRUE(places_of({}).empty());
}

TEST(JobQueue, survives_its_document) {
  JobQueue queue = with_lease(empty_queue(), "enable_replication/1", at(7));
  EXPECT_EQ(parse_job_queue(to_json(empty_queue())), empty_queue());
  queue.full_at = at(9);
  queue = with_standing(queue, named("a"), JobStanding::waiting, at(3));
  queue = with_standing(queue, named("b"), JobStanding::running, at(2));
  EXPECT_EQ(parse_job_queue(to_json(queue)), queue);
  EXPECT_EQ(job_queue_key(queue.account, queue.region), "jobs/111122223333/us-west-2.json");
}

TEST(JobQueue, another_text_is_corrupt_and_a_newer_one_is_left_alone) {
  const auto kind_of = [](const std::string& text) {
    try {
      parse_job_queue(text);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::cancelled;
  };
  for (const char* text : {"", "{}", "[]", R"({"format":1})", R"({"format":0})"})
    EXPECT_EQ(kind_of(text), ErrorKind::corrupt) << text;
  EXPECT_EQ(kind_of(R"({"format":2})"), ErrorKind::unsupported);
}

}  // namespace
}  // namespace s3dr::dr
