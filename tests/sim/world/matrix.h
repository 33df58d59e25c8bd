// The exhaustive parts of the simulation: every call, every commit, every observation, and the planted bugs
// that the checks must find.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"

namespace s3dr::sim {

struct MatrixReport {
  std::uint64_t passed = 0;
  std::vector<std::string> failures;
  std::string summary;            // the figures, for people
  std::vector<std::string> rows;  // a table, printed before the summary

  void expect(bool good, const std::string& what) {
    if (good) {
      ++passed;
    } else {
      failures.push_back(what);
    }
  }
};

// A part that fails ends itself, and not the others.
struct MatrixPart {
  const char* name = "";
  void (*run)(MatrixReport& report, Log* log) = nullptr;
};
MatrixReport run_parts(const std::vector<MatrixPart>& parts, Log* log);

// `virtual_hosts`: buckets are named in front of the host.
// Kills the controller before each of its calls is forwarded and after each reply.
MatrixReport crash_matrix(bool virtual_hosts, Log* log);
// Kills each region before and after each of its commits.
MatrixReport commit_matrix(bool virtual_hosts, Log* log);
// Every read of the controller with each of: AccessDenied, 503, timeout, empty reply.
MatrixReport observation_matrix(Log* log);
// Two controllers at once; an event for an unchanged bucket.
MatrixReport special_cases(Log* log);
// Users change their own rule in the one round trip between the controller's last look and its PUT.
MatrixReport foreign_edits(Log* log);
// Many buckets in line for few jobs, walkers killed, tasks that fail for a rule of others.
MatrixReport job_cases(Log* log);
// Our live rule is changed by hand: jobs and their tasks are counted.
MatrixReport rule_drift_cases(Log* log);
// A fleet that an earlier release protected, under this one: no job, no object sent again, killed at every write.
MatrixReport upgrade_cases(Log* log);
// A controller is paused between its look and its PUT, and meanwhile the protection moves on.
MatrixReport stale_writers(Log* log);
// Two protections of one source: pauses, a lost destination, deaths between the rules, many buckets.
MatrixReport two_destinations(Log* log);
// Kills `s3dr deploy apply` and `destroy` before each of their calls and after each reply. Runs `jobs`
// processes at a time.
MatrixReport apply_matrix(int jobs, Log* log);
// Changes every field of every deployed resource by hand, and deletes every resource by hand.
MatrixReport drift_matrix(Log* log);
// Plants throttles and faults of the services at every call of `s3dr deploy apply`.
MatrixReport deploy_faults(int jobs, Log* log);
// What `s3dr deploy` leaves alone and what it refuses.
MatrixReport deploy_cases(Log* log);
// Kills deployed functions before their calls and after the answers.
// `every`: at every so many calls; 1: at each.
MatrixReport deployed_kill_matrix(std::uint64_t every, Log* log);
// Corruption and false answers that the checks must find.
MatrixReport planted_bugs(Log* log);

}  // namespace s3dr::sim
