// What Lambda is told: over the model of two regions, with a clock that moves only while everything waits.
#include "lambda/handler.h"

#include <set>
#include <stdexcept>

#include "base/error.h"
#include "dr/job_queue.h"
#include "handling_fixture.h"

namespace s3dr::lambda {
namespace {

using dr::Function;

TEST_F(Handling, an_event_becomes_a_replica_over_the_deliveries_of_three_functions) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.before = [&](const test::Call& call) {
    if (call.name == "jobs.describe_job") ports.world.end_jobs(s3::JobStatus::complete);
  };
  flow(tagging_event("ledger"));
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
  EXPECT_EQ(ports.world.jobs.size(), 1U);
  const auto writes = ports.writes.size();
  flow(tagging_event("ledger"));
  EXPECT_EQ(ports.writes.size(), writes) << "the second time there is nothing to write";
}

TEST_F(Handling, every_line_carries_the_request_id_and_looked_says_bucket_and_outcome) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  handle(Function::source_bucket_check, tagging_event("ledger"));
  for (const auto& line : logged.lines) EXPECT_EQ(line.at("request_id").as_string(), "r-1");
  const auto looked = logged.with("looked");
  ASSERT_EQ(looked.size(), 1U);
  EXPECT_EQ(looked[0].at("bucket").as_string(), "ledger");
  EXPECT_EQ(looked[0].at("outcome").as_string(), "done");
  EXPECT_EQ(looked[0].at("correlation_id").as_string(), "e-1");
}

TEST_F(Handling, what_only_a_person_can_change_is_acknowledged) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.before = [](const test::Call& call) {
    if (call.name == "source.put_bucket_versioning")
      throw Error(ErrorKind::denied, "no").with_code("AccessDenied");
  };
  const Reply reply = handle(Function::source_bucket_check, tagging_event("ledger"));
  EXPECT_FALSE(reply.failure);
  EXPECT_EQ(result(reply).at("handled").at(0).at("outcome").as_string(), "blocked");
  EXPECT_EQ(logged.with("looked").at(0).at("level").as_string(), "WARN");
}

TEST_F(Handling, a_failure_that_passes_is_outlived_within_the_invocation) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  int failures = 0;
  ports.before = [&](const test::Call& call) {
    if (call.name == "source.get_bucket_tagging" && failures < 2) {
      ++failures;
      throw Error(ErrorKind::throttled, "slow down").with_code("SlowDown");
    }
  };
  const Reply reply = handle(Function::source_bucket_check, tagging_event("ledger"));
  EXPECT_EQ(failures, 2);
  EXPECT_FALSE(reply.failure);
  EXPECT_EQ(ports.queue.size(), 1U);
}

TEST_F(Handling, a_failure_that_stays_fails_the_invocation_in_time_so_that_lambda_tries_again) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.before = [&](const test::Call& call) {
    if (call.name == "source.get_bucket_tagging") throw Error(ErrorKind::unavailable, "dead region");
  };
  const milliseconds began = clock.uptime();
  const Reply reply = handle(Function::source_bucket_check, tagging_event("ledger"), milliseconds(20'000));
  ASSERT_TRUE(reply.failure);
  EXPECT_EQ(reply.failure->type, "S3dr.Unavailable");
  EXPECT_NE(reply.failure->message.find("ledger: "), std::string::npos);
  EXPECT_LT(clock.uptime() - began, milliseconds(20'000));
  EXPECT_TRUE(ports.writes.empty()) << "an error is never read as \"not configured\"";
}

TEST_F(Handling, one_failing_bucket_does_not_keep_the_others_from_their_turn) {
  const auto other = s3::BucketName::parse("other");
  for (const auto& name : {ledger, other})
    ports.world.add_source(name, {{"dr", "true"}}).versioning = s3::Versioning::enabled;
  ports.world.policy.look_again = milliseconds(100);
  int creations = 0;
  ports.before = [&](const test::Call& call) {
    if (call.name == "destination.create_bucket" && creations++ % 2 == 0)
      throw Error(ErrorKind::throttled, "planted");
  };
  const Reply reply = handle(Function::destination_bucket_check, delivery({message(ledger), message(other)}));
  EXPECT_FALSE(reply.failure);
  EXPECT_EQ(ports.world.buckets.size(), 4U);
}

TEST_F(Handling, a_running_job_is_looked_at_again_until_it_has_ended) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  int looks = 0;
  ports.before = [&](const test::Call& call) {
    if (call.name == "jobs.describe_job" && ++looks == 3) ports.world.end_jobs(s3::JobStatus::complete);
  };
  flow(tagging_event("ledger"));
  EXPECT_GE(looks, 3);
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
}

TEST_F(Handling, a_job_that_outlasts_the_invocation_is_left_to_the_sweep) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  const milliseconds began = clock.uptime();
  flow(tagging_event("ledger"));  // no failure although the job never ends
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::backfilling);
  EXPECT_LT(clock.uptime() - began, milliseconds(60'000)) << "waiting has a limit of its own";
  ports.world.end_jobs(s3::JobStatus::complete);
  flow(R"({"source":"s3dr","detail-type":"Bucket Check","detail":)" + message(ledger, dr::MessageKind::look) +
       "}");
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
}

TEST_F(Handling, a_function_that_hangs_is_cut_off_before_lambda_kills_the_process) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  class HangingStore : public ports::DocumentStore {
   public:
    explicit HangingStore(Clock& the_clock) : clock_(the_clock) {}
    Task<std::optional<ports::Document>> read(std::string) override {
      co_await clock_.sleep(std::chrono::hours(1));
      co_return std::nullopt;
    }
    Task<std::optional<std::string>> write(std::string, std::string, std::optional<std::string>) override {
      co_return std::nullopt;
    }
    Task<ports::DocumentPage> list(std::string, std::string) override { co_return ports::DocumentPage{}; }

   private:
    Clock& clock_;
  } hanging(clock);
  const functions::Context usual = context();
  const functions::Context with_hanging = {usual.source,
                                           usual.destination,
                                           hanging,
                                           usual.jobs,
                                           usual.to_destination_bucket_check,
                                           usual.to_enable_replication,
                                           usual.clock,
                                           usual.random,
                                           usual.log,
                                           usual.policy};
  Handler handler(Function::source_bucket_check, {with_hanging}, bus, log, options);
  Invocation invocation{"r-1", tagging_event("ledger"), "", "", "", clock.now() + milliseconds(10'000)};
  const milliseconds began = clock.uptime();
  const Reply reply = run_in_time(io, clock, handler.handle(std::move(invocation)));
  ASSERT_TRUE(reply.failure);
  EXPECT_EQ(reply.failure->type, "S3dr.Unavailable");
  EXPECT_LT(clock.uptime() - began, milliseconds(10'000));
}

TEST_F(Handling, without_time_nothing_is_begun_and_nothing_is_lost) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  const Reply reply = handle(Function::source_bucket_check, tagging_event("ledger"), milliseconds(500));
  ASSERT_TRUE(reply.failure);
  EXPECT_TRUE(ports.calls.empty());
}

TEST_F(Handling, an_exception_that_is_no_error_of_ours_fails_the_invocation) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.before = [](const test::Call& call) {
    if (call.name == "source.get_bucket_versioning") throw std::runtime_error("planted");
  };
  const Reply reply = handle(Function::source_bucket_check, tagging_event("ledger"), milliseconds(5'000));
  ASSERT_TRUE(reply.failure);
  EXPECT_NE(reply.failure->message.find("planted"), std::string::npos);
}

TEST_F(Handling, a_message_about_the_source_of_others_is_not_acted_on) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  dr::Message foreign = dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c1");
  foreign.account = s3::AccountId::parse("444455556666");
  const Reply reply = handle(Function::destination_bucket_check, delivery({dr::to_json(foreign)}));
  EXPECT_FALSE(reply.failure);
  EXPECT_TRUE(ports.calls.empty());
  EXPECT_EQ(result(reply).at("handled").at(0).at("outcome").as_string(), "blocked");
}

TEST_F(Handling, malformed_events_are_acknowledged_without_a_single_call) {
  for (const char* event :
       {"", "{}", "[]", R"({"Records":[{"EventSource":"aws:sns","Sns":{"Message":"ledger"}}]})"}) {
    for (const Function function :
         {Function::source_bucket_check, Function::destination_bucket_check, Function::enable_replication}) {
      const Reply reply = handle(function, event);
      EXPECT_FALSE(reply.failure);
      EXPECT_EQ(result(reply).at("refused").as_array().size(), 1U);
    }
  }
  EXPECT_TRUE(ports.calls.empty());
  EXPECT_EQ(logged.with("refused").size(), 12U);
}

// --- the scheduled sweep

const char* const scheduled = R"({"source":"aws.events","detail-type":"Scheduled Event","detail":{}})";

TEST_F(Handling, a_scheduled_event_puts_a_bucket_check_for_every_tagged_or_recorded_bucket) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  flow(tagging_event("ledger"));
  ports.world.buckets.at(ledger).tags.reset();  // the event of this was lost; it is recorded
  ports.world.add_source(s3::BucketName::parse("fresh"), {{"dr", "true"}});
  ports.world.add_source(s3::BucketName::parse("other"), {});
  const Reply reply = handle(Function::source_bucket_check, scheduled);
  EXPECT_FALSE(reply.failure);
  ASSERT_EQ(bus.events.size(), 2U);
  EXPECT_EQ(result(reply).at("published"), 2);
  for (const BusEvent& event : bus.events) {
    const std::string envelope =
        R"({"source":"s3dr","detail-type":")" + event.detail_type + R"(","detail":)" + event.detail + "}";
    EXPECT_FALSE(handle(Function::source_bucket_check, envelope).failure);
  }
  const auto looked = logged.with("looked");
  EXPECT_EQ(looked.at(looked.size() - 2).at("bucket").as_string(), "fresh");
  EXPECT_EQ(looked.back().at("bucket").as_string(), "ledger");
  EXPECT_EQ(ports.queue.size(), 2U) << "fresh is handed on, and ledger is to be paused";
}

TEST_F(Handling, a_sweep_that_finds_no_time_goes_on_by_events_and_forgets_no_bucket) {
  std::set<std::string> expected;
  for (int i = 0; i < 57; ++i) {
    const std::string name = "bucket-" + std::to_string(i);
    ports.world.add_source(s3::BucketName::parse(name),
                           i % 3 == 0 ? s3::TagSet{} : s3::TagSet{{"dr", "true"}});
    if (i % 3 != 0) expected.insert(name);
  }
  ports.page_size = 10;
  ports.after = [&](const test::Call& call) {
    if (call.name == "source.get_bucket_tagging") clock.advance(milliseconds(300));
  };
  std::set<std::string> found;
  int stretches = 0;
  std::string event = scheduled;
  while (!event.empty()) {
    ASSERT_LT(++stretches, 100);
    bus.events.clear();
    EXPECT_FALSE(handle(Function::source_bucket_check, event, milliseconds(6'000)).failure);
    event.clear();
    for (const BusEvent& put : bus.events) {
      if (put.detail_type == "Bucket Check") {
        EXPECT_TRUE(found.insert(dr::parse_message(put.detail).bucket.text()).second) << put.detail;
      } else {
        EXPECT_EQ(&put, &bus.events.back()) << "the continuation comes last";
        event = R"({"source":"s3dr","detail-type":"Sweep","detail":)" + put.detail + "}";
      }
    }
  }
  EXPECT_EQ(found, expected);
  EXPECT_GT(stretches, 3);
}

TEST_F(Handling, a_listing_that_fails_ends_its_half_only_and_fails_the_invocation) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  flow(tagging_event("ledger"));
  ports.before = [](const test::Call& call) {
    if (call.name == "source.list_buckets") throw Error(ErrorKind::unavailable, "dead");
  };
  const Reply reply = handle(Function::source_bucket_check, scheduled);
  ASSERT_TRUE(reply.failure);
  EXPECT_EQ(reply.failure->type, "S3dr.Unavailable");
  EXPECT_EQ(bus.events.size(), 1U) << "the recorded one";
}

// --- the minutes between two sweeps

TEST_F(Handling, between_two_sweeps_only_the_jobs_are_looked_at) {
  const auto& policy = ports.world.policy;
  dr::JobQueue queue;
  queue.account = policy.source_account;
  queue.region = policy.source_region;
  const Instant now = clock.now();
  queue = dr::with_standing(queue, s3::BucketName::parse("runs"), dr::JobStanding::running, now);
  queue = dr::with_standing(queue, s3::BucketName::parse("oldest"), dr::JobStanding::waiting, now);
  queue = dr::with_standing(queue, s3::BucketName::parse("younger"), dr::JobStanding::waiting,
                            now + milliseconds(1));
  ports.world.swap_document(dr::job_queue_key(policy.source_account, policy.source_region),
                            dr::to_json(queue), {});
  ports.world.add_source(ledger, {{"dr", "true"}});
  const auto at = [](const std::string& time) {
    return R"({"source":"aws.events","detail-type":"Scheduled Event","time":")" + time + R"(","detail":{}})";
  };
  const Reply reply = handle(Function::source_bucket_check, at("2026-08-01T10:04:59Z"));
  EXPECT_FALSE(reply.failure);
  EXPECT_EQ(result(reply).at("jobs"), 2);
  EXPECT_TRUE(bus.events.empty()) << "no sweep";
  ASSERT_EQ(ports.queue.size(), 2U);
  EXPECT_EQ(ports.queue[0].first, Function::enable_replication);
  EXPECT_EQ(dr::parse_message(ports.queue[0].second).bucket.text(), "runs");
  EXPECT_EQ(dr::parse_message(ports.queue[1].second).bucket.text(), "oldest");
  EXPECT_FALSE(handle(Function::source_bucket_check, at("2026-08-01T10:05:00Z")).failure);
  EXPECT_EQ(bus.events.size(), 1U);
  EXPECT_EQ(ports.queue.size(), 2U);
}

TEST_F(Handling, a_job_queue_that_may_not_be_read_is_told_loudly) {
  ports.before = [](const test::Call& call) {
    if (call.name == "records.read")
      throw Error(ErrorKind::denied, "no s3:GetObject").with_code("AccessDenied");
  };
  const std::string minute =
      R"({"source":"aws.events","detail-type":"Scheduled Event","time":"2026-08-01T10:04:59Z","detail":{}})";
  EXPECT_FALSE(handle(Function::source_bucket_check, minute).failure);
  EXPECT_EQ(logged.with("blocked").at(0).at("condition").as_string(), "Permitted");
}

// --- the heartbeat of the sweep

std::optional<dr::Heartbeat> heartbeat_in(test::FakePorts& ports) {
  const auto& policy = ports.world.policy;
  const auto found =
      ports.world.documents.find(dr::heartbeat_key(policy.source_account, policy.source_region));
  if (found == ports.world.documents.end()) return std::nullopt;
  return dr::parse_heartbeat(found->second.text);
}

TEST_F(Handling, a_sweep_ends_with_a_heartbeat) {
  options.sweep_interval = milliseconds(120'000);
  EXPECT_FALSE(handle(Function::source_bucket_check, scheduled).failure);
  const auto beat = heartbeat_in(ports);
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->program, "source_bucket_check");
  EXPECT_EQ(beat->interval, milliseconds(120'000));
  EXPECT_EQ(beat->complete_at, beat->at);
  EXPECT_FALSE(beat->source.failing_since);
}

TEST_F(Handling, a_dead_source_region_is_in_the_heartbeat_since_when) {
  ports.before = [](const test::Call& call) {
    if (call.name == "source.list_buckets") throw Error(ErrorKind::unavailable, "dead");
  };
  const Instant first = clock.now();
  EXPECT_TRUE(handle(Function::source_bucket_check, scheduled).failure);
  clock.advance(milliseconds(300'000));
  EXPECT_TRUE(handle(Function::source_bucket_check, scheduled).failure);
  const auto beat = heartbeat_in(ports);
  ASSERT_TRUE(beat);
  ASSERT_TRUE(beat->source.failing_since);
  EXPECT_LT(*beat->source.failing_since - first, milliseconds(60'000));
  EXPECT_TRUE(beat->source.unreachable);
  EXPECT_FALSE(beat->complete_at);
}

// Lambda's retry of a stretch that goes on would be a second chain.
TEST_F(Handling, a_later_stretch_knows_that_a_listing_failed_and_no_second_chain_begins) {
  for (const char* name : {"ledger", "photos"}) {
    ports.world.add_source(s3::BucketName::parse(name), {{"dr", "true"}});
    flow(tagging_event(name));
  }
  ports.before = [&](const test::Call& call) {
    if (call.name != "source.list_buckets") return;
    clock.advance(milliseconds(50'000));
    throw Error(ErrorKind::unavailable, "dead");
  };
  const Reply first = handle(Function::source_bucket_check, scheduled);
  ASSERT_EQ(bus.events.size(), 2U) << logged.text;
  ASSERT_EQ(bus.events[1].detail_type, sweep_type);
  EXPECT_FALSE(first.failure);
  EXPECT_FALSE(result(first).at("complete").as_bool());
  const Reply last =
      handle(Function::source_bucket_check,
             R"({"source":"s3dr","detail-type":"Sweep","detail":)" + bus.events[1].detail + "}");
  EXPECT_FALSE(last.failure);
  const auto beat = heartbeat_in(ports);
  ASSERT_TRUE(beat);
  EXPECT_FALSE(beat->complete_at) << "half of the buckets was never listed";
  EXPECT_TRUE(beat->source.failing_since);
}

TEST_F(Handling, a_heartbeat_that_cannot_be_written_is_told_and_fails_nothing) {
  ports.before = [](const test::Call& call) {
    if (call.name == "records.write") throw Error(ErrorKind::denied, "no").with_code("AccessDenied");
  };
  EXPECT_FALSE(handle(Function::source_bucket_check, scheduled).failure);
  EXPECT_EQ(logged.with("the heartbeat was not written").size(), 1U);
}

TEST_F(Handling, a_listing_that_is_denied_is_told_loudly_and_acknowledged) {
  ports.before = [](const test::Call& call) {
    if (call.name == "source.list_buckets") throw Error(ErrorKind::denied, "no").with_code("AccessDenied");
  };
  EXPECT_FALSE(handle(Function::source_bucket_check, scheduled).failure);
  EXPECT_EQ(logged.with("sweep").at(0).at("level").as_string(), "ERROR");
}

TEST_F(Handling, a_bus_that_takes_nothing_fails_the_invocation) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  bus.failure = Error(ErrorKind::throttled, "too many");
  const Reply reply = handle(Function::source_bucket_check, scheduled);
  ASSERT_TRUE(reply.failure);
  EXPECT_EQ(reply.failure->type, "S3dr.Throttled");
}

}  // namespace
}  // namespace s3dr::lambda
