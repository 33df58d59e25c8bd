#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "functions/record_store.h"
#include "sim/deployed/deployed_scenario.h"
#include "sim/served/main_job.h"
#include "sim/world/matrix.h"
#include "sim/world/scenario.h"
#include "transfer/verify.h"

namespace s3dr::sim {
namespace {

// An envelope as the cloud sends it, for a change that is no change.
std::string event_for(const std::string& bucket) {
  return R"({"version":"0","id":"unchanged","source":"aws.s3","detail-type":"AWS API Call via CloudTrail",)"
         R"("account":"111122223333","region":"us-west-2","detail":{"eventSource":"s3.amazonaws.com",)"
         R"("eventName":"PutBucketTagging","requestParameters":{"bucketName":")" +
         bucket + R"("}}})";
}

Task<> send_event(control::Controller& controller, std::string envelope, std::size_t& queued) {
  queued = co_await controller.take_event(std::move(envelope));
}

struct Access {
  std::uint64_t reads = 0, writes = 0;
};

Access count_access(MainJob& job) {
  Access access;
  for (RegionNode* region : {&job.cluster().source(), &job.cluster().destination()}) {
    for (const cloud::AccessRecord& record : region->access_log())
      ++(cloud::is_read(record) ? access.reads : access.writes);
  }
  return access;
}

void unchanged_bucket(MatrixReport& report, Log* log) {
  MainJob job({1, false, log});
  job.run();
  const Access before = count_access(job);
  std::size_t queued = 0;
  job.cluster().run(send_event(job.controller().controller(), event_for(job.bucket().text()), queued),
                    "an event");
  job.cluster().run_for(milliseconds(3'000));
  const Access after = count_access(job);
  report.expect(queued == 1, "unchanged bucket: the event was not taken");
  report.expect(after.writes == before.writes,
                fmt::format("unchanged bucket: {} writes", after.writes - before.writes));
  report.expect(after.reads > before.reads, "unchanged bucket: not even looked at");
  report.summary += fmt::format("event for an unchanged bucket: {} reads, {} writes\n",
                                after.reads - before.reads, after.writes - before.writes);
}

void two_controllers(MatrixReport& report, Log* log) {
  MainJob one({1, false, log});
  one.run();
  MainJob two({2, false, log});
  two.start_controllers();
  two.cluster().run_for(milliseconds(2'000));
  two.tag_and_write();
  // Both are told at the same moment.
  for (const auto& controller : two.cluster().controllers()) {
    std::size_t queued = 0;
    two.cluster().run(send_event(controller->controller(), event_for(two.bucket().text()), queued),
                      "an event");
  }
  two.watch().expect_converged({two.bucket()}, converge_max);
  report.expect(two.end_state() == one.end_state(),
                "two controllers: " + two.end_state() + "\n  instead of: " + one.end_state());
  report.expect(jobs(two.cluster().source()).size() == 1, "two controllers: not exactly one job");
  report.summary += fmt::format("two controllers: {} job\n", jobs(two.cluster().source()).size());
}

void determinism(MatrixReport& report) {
  for (const std::uint64_t seed : {11, 12, 13}) {
    const ScenarioResult first = run_scenario(seed, nullptr);
    const ScenarioResult second = run_scenario(seed, nullptr);
    report.expect(
        first.trace == second.trace && first.requests == second.requests,
        fmt::format("seed {}: the same seed, another run: {:x} and {:x}", seed, first.trace, second.trace));
    report.expect(first.trace != run_scenario(seed + 100, nullptr).trace, "another seed, the same run");
  }
}

Task<> verify_now(MainJob& job, dr::VerifyLevel level, std::optional<transfer::VerifyReport>& report) {
  Hands& hands = job.cluster().user();
  transfer::VerifyOptions options;
  options.level = level;
  report = co_await transfer::verify({hands.source_objects.get(), job.bucket()},
                                     {hands.replica_objects.get(), s3::BucketName::parse("data-1-dr")},
                                     options, job.cluster().clock(), {});
}

bool verify_finds(MainJob& job, dr::VerifyLevel level, dr::DifferenceKind kind) {
  std::optional<transfer::VerifyReport> found;
  job.cluster().run(verify_now(job, level, found), "verification");
  return std::ranges::any_of(found->differences, [&](const dr::Difference& one) { return one.kind == kind; });
}

bool oracle_finds(MainJob& job) {
  return !unfaithful(job.cluster(), "data-1", "data-1-dr", job.cluster().clock().now()).empty();
}

// The watch raises Failed within the next minutes.
bool watch_finds(MainJob& job) {
  try {
    job.cluster().run_for(std::chrono::minutes(5));
  } catch (const Failed&) {
    return true;
  }
  return false;
}

constexpr const char* replica_of_a =
    " key = CAST('a' AS BLOB) AND bucket = (SELECT id FROM bucket WHERE name = 'data-1-dr')";

std::string body_of_a(MainJob& job) {
  cloud::Connection db(job.cluster().destination().storage().open_database());
  auto row = db.prepare(std::string("SELECT body FROM object_version WHERE") + replica_of_a + " LIMIT 1");
  if (!row.step()) throw Failed("no replica of a");
  return row.text(0);
}

struct Plant {
  const char* name;
  bool (*found)(MainJob&);
  bool foreign_rule = false;
};

bool flipped_bit(MainJob& job) {
  if (!job.cluster().destination().storage().flip_bit(body_of_a(job), 1)) throw Failed("nothing to flip");
  return oracle_finds(job) && verify_finds(job, dr::VerifyLevel::bytes, dr::DifferenceKind::bytes);
}

bool dropped_version(MainJob& job) {
  plant(job.cluster().destination(),
        std::string("DELETE FROM object_version WHERE id = (SELECT MIN(id) FROM object_version WHERE") +
            replica_of_a + ")");
  return oracle_finds(job) && verify_finds(job, dr::VerifyLevel::head, dr::DifferenceKind::missing);
}

bool altered_metadata(MainJob& job) {
  plant(job.cluster().destination(),
        std::string(R"(UPDATE object_version SET user_metadata = '{"planted":"yes"}' WHERE)") + replica_of_a);
  return oracle_finds(job) && verify_finds(job, dr::VerifyLevel::head, dr::DifferenceKind::metadata);
}

// A record that says "verified" of a later moment than it is true for.
bool false_claim(MainJob& job) {
  plant(job.cluster().destination(),
        std::string(R"(UPDATE object_version SET user_metadata = '{"planted":"yes"}' WHERE)") + replica_of_a);
  functions::StoredRecord stored;
  const auto lie = [](MainJob& told, functions::StoredRecord& now) -> Task<> {
    Hands& hands = told.cluster().user();
    now = *co_await functions::read_record(*hands.records, told.cluster().policy(), told.bucket());
    dr::Verification run = *now.record.verified;
    run.as_of = run.at = told.cluster().clock().now();
    co_await functions::mark_verified(*hands.records, told.cluster().policy(), told.bucket(),
                                      now.record.protection, run);
  };
  try {
    job.cluster().run(lie(job, stored), "a false claim");
  } catch (const Failed&) {
    return true;
  }
  return false;
}

bool removed_foreign_rule(MainJob& job) {
  const std::string rule =
      rule_text(replication_xml(job.cluster().source(), "data-1"), User::foreign_rule_id) + "</Rule>";
  plant(job.cluster().source(), "UPDATE bucket SET replication_xml = replace(replication_xml, '" + rule +
                                    "', '') WHERE name = 'data-1'");
  return watch_finds(job);
}

bool second_job(MainJob& job) {
  plant(job.cluster().source(),
        "INSERT INTO job SELECT 'planted', account, substr(token, 1, length(token) - 1) || '9', request, "
        "bucket, status, "
        "created_ms, created_before_ms, cursor, tasks_total, tasks_succeeded, tasks_failed, failure FROM job "
        "LIMIT 1");
  return watch_finds(job);
}

bool second_bucket(MainJob& job) {
  plant(job.cluster().destination(),
        "INSERT INTO bucket (name, account, created_ms) VALUES ('data-1-dr-2', '111122223333', 1)");
  return watch_finds(job);
}

bool lost_object(MainJob& job) {
  plant(job.cluster().source(), "DELETE FROM object_version WHERE key = CAST('../g' AS BLOB)");
  return !misfits(job.cluster().source(), "data-1", job.user().book(job.bucket())).empty();
}

bool doubled_object(MainJob& job) {
  plant(job.cluster().source(),
        "INSERT INTO object_version (bucket, key, version_id, created_ms, sequence, is_latest, is_marker, "
        "size, etag, "
        "body) SELECT bucket, key, 'twice', created_ms, sequence - 1, 0, is_marker, size, etag, body FROM "
        "object_version WHERE key = CAST('../g' AS BLOB) AND bucket = (SELECT id FROM bucket WHERE name = "
        "'data-1')");
  return !misfits(job.cluster().source(), "data-1", job.user().book(job.bucket())).empty();
}

// The bug this project is built against: a failed observation taken for "there is none". The link answers 404
// where the store would not answer at all, so the controller believes that there are no rules.
bool failure_taken_for_absence(MatrixReport&, Log* log) {
  try {
    MainJob job({1, true, log});
    job.controller().hook().before = [](const Call& call) {
      const bool rules = call.method == "GET" && call.target.find("?replication") != std::string::npos;
      if (!rules) return CallVerdict();
      return CallVerdict{{}, CannedAnswer{404, "ReplicationConfigurationNotFoundError"}, false};
    };
    job.run();
  } catch (const Failed& failure) {
    return std::string(failure.what()).find("the users' own rule") != std::string::npos;
  }
  return false;
}

}  // namespace

MatrixReport special_cases(Log* log) {
  MatrixReport report;
  const auto attempt = [&](const char* name, const std::function<void()>& part) {
    try {
      part();
    } catch (const std::exception& error) {
      report.failures.push_back(std::string(name) + ": " + error.what());
    }
  };
  attempt("unchanged bucket", [&] { unchanged_bucket(report, log); });
  attempt("two controllers", [&] { two_controllers(report, log); });
  attempt("determinism", [&] { determinism(report); });
  return report;
}

MatrixReport planted_bugs(Log* log) {
  MatrixReport report;
  static constexpr Plant plants[] = {
      {"a flipped bit in a replica's body", flipped_bit},
      {"a version missing on the replica", dropped_version},
      {"other metadata on the replica", altered_metadata},
      {"a record that says verified and is not right", false_claim},
      {"a rule of the users removed", removed_foreign_rule, true},
      {"a second complete job of one generation", second_job},
      {"a second replica bucket", second_bucket},
      {"an acknowledged object lost", lost_object},
      {"an object written twice", doubled_object},
  };
  for (const Plant& one : plants) {
    bool found = false;
    std::string why;
    try {
      MainJob job({1, one.foreign_rule, log});
      job.run();
      found = one.found(job);
    } catch (const std::exception& error) {
      why = std::string(": ") + error.what();
    }
    report.expect(found, std::string("planted bug not found: ") + one.name + why);
  }
  report.expect(failure_taken_for_absence(report, log), "planted bug not found: a failure taken for absence");
  report.expect(vanished_letter_is_found(log), "planted bug not found: a dead letter that vanished");
  report.summary = fmt::format("planted bugs: {} found of {}", report.passed, std::size(plants) + 2);
  return report;
}

}  // namespace s3dr::sim
