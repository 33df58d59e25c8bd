#include <fmt/format.h>

#include <functional>

#include "sim/served/main_job.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

// Runs the main job with `arm` applied first; the failure, empty: it came right and ended like `clean`.
std::string run_one(const std::function<void(MainJob&)>& arm, const std::string& clean, Log* log,
                    bool virtual_hosts, const std::function<bool(MainJob&)>& landed,
                    std::uint64_t& landed_count) {
  try {
    MainJob job({1, false, log, virtual_hosts});
    arm(job);
    job.run();
    if (landed(job)) ++landed_count;
    const std::string end = job.end_state();
    if (end != clean) return "another end: " + end + "\n  instead of: " + clean;
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

struct Calls {
  std::uint64_t before = 0, after = 0;
};

// Counts the calls of the first life of the controller.
void count_calls(MainJob& job, Calls& calls, std::uint64_t die_before, std::uint64_t die_after, bool& died) {
  const auto die = [&job, &died] {
    died = true;
    job.controller().die();
    CallVerdict verdict;
    verdict.hang = true;
    return verdict;
  };
  job.controller().hook().before = [&calls, die_before, die](const Call&) {
    return ++calls.before == die_before ? die() : CallVerdict();
  };
  job.controller().hook().after = [&calls, die_after, die](const Call&, int) {
    return ++calls.after == die_after ? die() : CallVerdict();
  };
}

}  // namespace

MatrixReport crash_matrix(bool virtual_hosts, Log* log) {
  MatrixReport report;
  Calls clean_calls;
  bool never = false;
  std::string clean;
  try {
    MainJob job({1, false, log, virtual_hosts});
    count_calls(job, clean_calls, 0, 0, never);
    job.run();
    clean = job.end_state();
  } catch (const std::exception& error) {
    report.failures.push_back(std::string("crash matrix, clean run: ") + error.what());
    return report;
  }
  std::uint64_t landed = 0;
  for (std::uint64_t call = 1; call <= clean_calls.before; ++call) {
    for (const bool before : {true, false}) {
      // The run may end with the last effect, before its reply is back.
      if (!before && call > clean_calls.after) continue;
      Calls calls;
      bool died = false;
      const std::string failure =
          run_one([&](MainJob& job) { count_calls(job, calls, before ? call : 0, before ? 0 : call, died); },
                  clean, log, virtual_hosts, [&](MainJob&) { return died; }, landed);
      report.expect(failure.empty(), fmt::format("crash matrix, controller killed {} call {}: {}",
                                                 before ? "before" : "after the reply of", call, failure));
    }
  }
  const std::uint64_t kills = clean_calls.before + clean_calls.after;
  report.summary = fmt::format("crash matrix: {} calls and {} replies of a clean run, {} kills landed of {}",
                               clean_calls.before, clean_calls.after, landed, kills);
  report.expect(landed == kills, report.summary);
  return report;
}

MatrixReport commit_matrix(bool virtual_hosts, Log* log) {
  MatrixReport report;
  std::string clean;
  std::uint64_t commits[2] = {0, 0};
  const auto node = [](MainJob& job, int side) -> RegionNode& {
    return side == 0 ? job.cluster().source() : job.cluster().destination();
  };
  try {
    MainJob job({1, false, log, virtual_hosts});
    for (const int side : {0, 1}) commits[side] = node(job, side).commits().commits;
    job.run();
    for (const int side : {0, 1}) commits[side] = node(job, side).commits().commits - commits[side];
    clean = job.end_state();
  } catch (const std::exception& error) {
    report.failures.push_back(std::string("commit matrix, clean run: ") + error.what());
    return report;
  }
  std::uint64_t landed = 0;
  for (const int side : {0, 1}) {
    for (std::uint64_t commit = 1; commit <= commits[side]; ++commit) {
      for (const bool before : {true, false}) {
        const std::string failure = run_one(
            [&](MainJob& job) { node(job, side).die_at_commit(commit, before); }, clean, log, virtual_hosts,
            [&](MainJob& job) { return node(job, side).commits().deaths == 1; }, landed);
        report.expect(failure.empty(), fmt::format("commit matrix, {} region killed {} commit {}: {}",
                                                   side == 0 ? "source" : "destination",
                                                   before ? "before" : "after", commit, failure));
      }
    }
  }
  report.summary =
      fmt::format("commit matrix: {} commits of the source and {} of the destination, {} kills landed of {}",
                  commits[0], commits[1], landed, 2 * (commits[0] + commits[1]));
  report.expect(landed == 2 * (commits[0] + commits[1]), report.summary);
  return report;
}

}  // namespace s3dr::sim
