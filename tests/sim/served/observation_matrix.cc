#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "s3/bucket_setting.h"
#include "sim/served/main_job.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

constexpr milliseconds fault_time = std::chrono::minutes(6);

// Counts what the controller says at level warning or above.
class CountingLog : public Log {
 public:
  explicit CountingLog(Log* next) : next_(next) {}
  void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override {
    if (level >= LogLevel::warning) ++warnings;
    if (next_ != nullptr) next_->write(level, event, fields);
  }
  std::uint64_t warnings = 0;

 private:
  Log* next_;
};

// "GET us-west-2 /data-1/* tagging versionId": what is asked, without whose answer it is.
std::string kind_of(const Call& call) {
  const std::size_t mark = call.target.find('?');
  std::string path = call.target.substr(0, mark);
  const std::size_t slash = path.find('/', 1);
  if (path.starts_with("/v20180820/jobs/")) {
    path = "/v20180820/jobs/*";
  } else if (!path.starts_with("/v20180820/") && slash != std::string::npos && slash + 1 < path.size()) {
    path = path.substr(0, slash) + "/*";
  }
  std::set<std::string> names;
  if (mark != std::string::npos) {
    std::string query = call.target.substr(mark + 1);
    for (std::size_t at = 0; at <= query.size();) {
      const std::size_t end = std::min(query.find('&', at), query.size());
      names.insert(query.substr(at, std::min(query.find('=', at), end) - at));
      at = end + 1;
    }
  }
  return fmt::format("{} {} {} {}", call.method, call.to.host, path, fmt::join(names, " "));
}

bool is_read(const Call& call) {
  return call.method == "GET" || call.method == "HEAD";
}

struct FaultKind {
  const char* name;
  CallVerdict (*verdict)(const Call&);
};

constexpr std::array<FaultKind, 4> fault_kinds = {{
    {"AccessDenied", [](const Call&) { return CallVerdict{{}, CannedAnswer{403, "AccessDenied"}, false}; }},
    {"503", [](const Call&) { return CallVerdict{{}, CannedAnswer{503, "SlowDown"}, false}; }},
    {"timeout", [](const Call&) { return CallVerdict{{}, {}, true}; }},
    // A HEAD has no body to be missing: there the connection ends without an answer.
    {"empty reply",
     [](const Call& call) {
       if (call.method == "HEAD")
         return CallVerdict{Error(ErrorKind::outcome_unknown, "closed without an answer"), {}, false};
       return CallVerdict{{}, CannedAnswer{200, ""}, false};
     }},
}};

// Reads that are not premises of a change of buckets, rules or jobs: the sweep's (an event names the bucket
// all the same) and those of verification (which may not end in "verified").
// The same goes for looks at the replica as if it were a source, which its own events ask for.
bool is_of_replica_as_source(const std::string& kind) {
  return kind.find("us-west-2 /data-1-dr ") != std::string::npos || kind.ends_with("/data-1-dr replication");
}

// The sign of life of whoever sweeps says nothing of a bucket, and the line of jobs nothing but whose turn it is.
bool is_of_heartbeat(const std::string& kind) {
  return kind.find("heartbeat") != std::string::npos || kind.find("jobs/") != std::string::npos;
}

// Whether jobs can be run, and how many are: only the backfill waits for it. The rule goes live all the same.
bool is_premise_of_backfill(const std::string& kind) {
  return kind.find("/v20180820/jobs ") != std::string::npos;
}

// What is denied is noted in the record: that the replica's name is taken, or what obstructs a function.
bool is_noted_in_record(const FaultKind& fault) {
  return std::string_view(fault.name) == "AccessDenied";
}

bool is_about_replica(const std::string& kind) {
  return kind.find("us-east-2 /data-1-dr ") != std::string::npos && !kind.starts_with("HEAD ");
}

// "GET us-west-2 /data-1 website": a setting stops nothing but itself.
std::optional<s3::SettingKind> setting_of(const std::string& kind) {
  const bool of_pair =
      kind.find(" /data-1 ") != std::string::npos || kind.find(" us-east-2 /data-1-dr ") != std::string::npos;
  if (!of_pair || !kind.starts_with("GET ")) return std::nullopt;
  for (const s3::SettingCall& call : s3::setting_calls()) {
    // The replica's policy holds the fence, and what lets another account in.
    const bool is_premise_too = call.kind == s3::SettingKind::policy && is_about_replica(kind);
    if (!is_premise_too && kind.ends_with(" " + std::string(call.subresource))) return call.kind;
  }
  return std::nullopt;
}

// Written at the replica by itself: the policy is also written for the fence.
bool writes_setting(const Call& call, s3::SettingKind kind) {
  return kind != s3::SettingKind::policy && (call.method == "PUT" || call.method == "DELETE") &&
         call.target.starts_with("/data-1-dr?" + std::string(s3::call_of(kind).subresource));
}

bool is_premise(const std::string& kind) {
  if (setting_of(kind)) return false;
  if (is_of_heartbeat(kind)) return false;
  if (is_of_replica_as_source(kind)) return false;
  const bool of_sweep = kind.find(" / ") != std::string::npos || kind.find("list-type") != std::string::npos;
  const bool of_objects =
      kind.find("versions") != std::string::npos || kind.find("versionId") != std::string::npos;
  return !of_sweep && !of_objects;
}

// Those that must not be made while the answer to `kind` is missing.
std::uint64_t writes_of_buckets(RegionNode& region, const std::string& kind, const FaultKind& fault) {
  std::uint64_t count = 0;
  for (const cloud::AccessRecord& record : region.access_log()) {
    if (is_of_heartbeat(record.key)) continue;
    if (is_premise_of_backfill(kind) && record.operation != "CreateJob") continue;
    if (is_noted_in_record(fault) && record.key.starts_with("records/")) continue;
    const bool of_the_user = record.operation == "PutObject" && record.bucket == "data-1";
    const bool of_the_user_too = record.operation == "DeleteObject" || record.operation == "TagResource";
    const bool tags_replica = record.operation == "TagResource" && record.bucket != "data-1";
    if (!cloud::is_read(record) && record.status < 300 && !of_the_user && (!of_the_user_too || tags_replica))
      ++count;
  }
  return count;
}

bool has_made_replica(RegionNode& destination) {
  return std::ranges::any_of(destination.access_log(), [](const cloud::AccessRecord& record) {
    return record.operation == "CreateBucket" && record.bucket == "data-1-dr" && record.status < 300;
  });
}

struct Injection {
  std::string kind;
  const FaultKind* fault = nullptr;
  bool active = true;
  std::uint64_t count = 0;
  std::optional<std::uint64_t> writes_at_first;  // when the answer began to be a premise
  std::uint64_t writes_of_setting = 0;           // that was not seen, if `kind` is the look at one
};

// "": nothing was written blindly, and the record tells that it was not seen.
std::string what_became_of(s3::SettingKind setting, const Injection& injection,
                           const std::optional<dr::Record>& record) {
  if (injection.writes_of_setting > 0)
    return fmt::format("written {} times although it was not observed", injection.writes_of_setting);
  const dr::SettingRecord* told = record ? dr::find_setting(record->settings, setting) : nullptr;
  if (told == nullptr) return "the record does not speak of it";
  if (told->status == dr::SettingStatus::unknown) return "";
  return "the record calls it " + std::string(dr::to_string(told->status));
}

std::string run_one(Injection& injection, Log* next) {
  const std::optional<s3::SettingKind> setting = setting_of(injection.kind);
  CountingLog log(next);
  MainJob job({1, false, &log});
  const auto writes = [&job, &injection] {
    return writes_of_buckets(job.cluster().source(), injection.kind, *injection.fault) +
           writes_of_buckets(job.cluster().destination(), injection.kind, *injection.fault);
  };
  job.controller().hook().before = [&](const Call& call) {
    if (injection.active && setting && writes_setting(call, *setting)) ++injection.writes_of_setting;
    if (!injection.active || !is_read(call) || kind_of(call) != injection.kind) return CallVerdict();
    ++injection.count;
    // Both sides are asked at once: of a replica that is not there nobody waits for more than that.
    const bool is_there = !is_about_replica(injection.kind) || has_made_replica(job.cluster().destination());
    if (!injection.writes_at_first && is_there) injection.writes_at_first = writes();
    return injection.fault->verdict(call);
  };
  job.start_controllers();
  job.tag_and_write();
  job.cluster().run_for(fault_time);
  if (injection.count < 2) return fmt::format("asked {} times only: not retried", injection.count);
  const std::uint64_t after = injection.writes_at_first ? writes() - *injection.writes_at_first : 0;
  if (is_premise(injection.kind) && after > 0)
    return fmt::format("{} writes although it was not observed", after);
  const auto record = job.watch().record(job.bucket());
  if (setting) {
    const std::string wrong = what_became_of(*setting, injection, record);
    if (!wrong.empty()) return wrong;
  }
  const bool of_sweep = injection.kind.find(" / ") != std::string::npos ||
                        injection.kind.find("list-type") != std::string::npos;
  if (!of_sweep && !setting && !is_of_replica_as_source(injection.kind) && record && dr::is_verified(*record))
    return "verified although it was not observed";
  if (log.warnings == 0) return "not reported";
  injection.active = false;
  job.watch().expect_converged({job.bucket()}, converge_max);
  return "";
}

}  // namespace

MatrixReport observation_matrix(Log* log) {
  MatrixReport report;
  std::set<std::string> kinds;
  try {
    MainJob job({1, false, log});
    job.controller().hook().before = [&](const Call& call) {
      if (is_read(call)) kinds.insert(kind_of(call));
      return CallVerdict();
    };
    job.run();
  } catch (const std::exception& error) {
    report.failures.push_back(std::string("observation matrix, clean run: ") + error.what());
    return report;
  }
  std::uint64_t injections = 0;
  for (const std::string& kind : kinds) {
    for (const FaultKind& fault : fault_kinds) {
      Injection injection{kind, &fault};
      std::string failure;
      try {
        failure = run_one(injection, log);
      } catch (const std::exception& error) {
        failure = error.what();
      }
      injections += injection.count;
      report.expect(failure.empty(),
                    fmt::format("observation matrix, {} × {}: {}", kind, fault.name, failure));
    }
  }
  report.summary = fmt::format("observation matrix: {} kinds of reads × {} faults, {} injections",
                               kinds.size(), fault_kinds.size(), injections);
  return report;
}

}  // namespace s3dr::sim
