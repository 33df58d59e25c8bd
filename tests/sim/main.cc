// s3dr_sim: the whole system under faults, in virtual time (docs/simulation.md).
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "sim/deployed/deployed_scenario.h"
#include "sim/deployed/deployer_matrix.h"
#include "sim/deployed/privilege_matrix.h"
#include "sim/deployed/several_protections.h"
#include "sim/served/seeds.h"
#include "sim/world/matrix.h"
#include "sim/world/scenario.h"

namespace {

using namespace s3dr;
using namespace s3dr::sim;

constexpr std::uint64_t default_seeds = 200;
constexpr std::uint64_t default_deployed_seeds = 40;
constexpr std::uint64_t seeds_that_must_see_all = 200, deployed_seeds_that_must_see_all = 60;

struct Options {
  std::optional<std::uint64_t> seeds, seed, deployed_seeds, deployed_seed;
  std::string kept = S3DR_KEPT_SEEDS "/served/kept_seeds.txt",
              kept_deployed = S3DR_KEPT_SEEDS "/deployed/kept_deployed_seeds.txt";
  int jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool verbose = false;
  bool virtual_hosts = false;  // for the crash and commit matrices
  bool crash_matrix = false, commit_matrix = false, observation_matrix = false, scenarios = false;
  bool apply_matrix = false, drift_matrix = false, deploy_cases = false;
  bool privilege_matrix = false, several_protections = false;
  std::uint64_t deployed_kill_matrix = 0;  // every so many calls
  std::uint64_t deployer_matrix = 0;       // one of so many actions
  std::uint64_t rights_sample = 1;         // one of so many rights in the matrices of least privilege
  std::optional<std::uint64_t> deployer_seed, rights_seed;
};

struct Totals {
  std::uint64_t passed = 0, failed = 0;
};

constexpr const char* usage =
    "usage: s3dr_sim [--seeds N] [--seed S [--verbose]] [--kept FILE] [--jobs N]\n"
    "                [--deployed-seeds N] [--deployed-seed S [--verbose]] [--kept-deployed FILE]\n"
    "                [--crash-matrix] [--commit-matrix] [--observation-matrix] [--scenarios]\n"
    "                [--apply-matrix] [--drift-matrix] [--deploy-cases]\n"
    "                [--privilege-matrix] [--several-protections] [--rights-sample EVERY [--rights-seed S]]\n"
    "                [--deployed-kill-matrix EVERY] [--virtual-hosts]\n"
    "                [--deployer-matrix | --deployer-sample EVERY [--deployer-seed S]]\n"
    "Without a part named: everything, with 200 fresh seeds.\n";

std::optional<Options> parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    const auto number = [&]() -> std::uint64_t {
      return ++i < count ? std::stoull(arguments[i]) : throw std::invalid_argument(name);
    };
    if (name == "--seeds") {
      options.seeds = number();
    } else if (name == "--seed") {
      options.seed = number();
    } else if (name == "--deployed-seeds") {
      options.deployed_seeds = number();
    } else if (name == "--deployed-seed") {
      options.deployed_seed = number();
    } else if (name == "--jobs") {
      options.jobs = static_cast<int>(std::max<std::uint64_t>(1, number()));
    } else if (name == "--kept" && i + 1 < count) {
      options.kept = arguments[++i];
    } else if (name == "--kept-deployed" && i + 1 < count) {
      options.kept_deployed = arguments[++i];
    } else if (name == "--verbose") {
      options.verbose = true;
    } else if (name == "--virtual-hosts") {
      options.virtual_hosts = true;
    } else if (name == "--crash-matrix") {
      options.crash_matrix = true;
    } else if (name == "--commit-matrix") {
      options.commit_matrix = true;
    } else if (name == "--observation-matrix") {
      options.observation_matrix = true;
    } else if (name == "--apply-matrix") {
      options.apply_matrix = true;
    } else if (name == "--drift-matrix") {
      options.drift_matrix = true;
    } else if (name == "--deploy-cases") {
      options.deploy_cases = true;
    } else if (name == "--privilege-matrix") {
      options.privilege_matrix = true;
    } else if (name == "--several-protections") {
      options.several_protections = true;
    } else if (name == "--rights-sample") {
      options.rights_sample = std::max<std::uint64_t>(1, number());
    } else if (name == "--rights-seed") {
      options.rights_seed = number();
    } else if (name == "--deployed-kill-matrix") {
      options.deployed_kill_matrix = number();
    } else if (name == "--deployer-matrix") {
      options.deployer_matrix = 1;
    } else if (name == "--deployer-sample") {
      options.deployer_matrix = std::max<std::uint64_t>(1, number());
    } else if (name == "--deployer-seed") {
      options.deployer_seed = number();
    } else if (name == "--scenarios") {
      options.scenarios = true;
    } else {
      return std::nullopt;
    }
  }
  const bool part = options.seeds || options.seed || options.deployed_seeds || options.deployed_seed ||
                    options.crash_matrix || options.commit_matrix || options.observation_matrix ||
                    options.scenarios || options.apply_matrix || options.drift_matrix ||
                    options.deploy_cases || options.privilege_matrix || options.several_protections ||
                    options.deployed_kill_matrix || options.deployer_matrix;
  if (!part) {
    options.seeds = default_seeds;
    options.deployed_seeds = default_deployed_seeds;
    options.crash_matrix = options.commit_matrix = options.observation_matrix = options.scenarios = true;
    options.apply_matrix = options.drift_matrix = options.deploy_cases = true;
    options.privilege_matrix = options.several_protections = true;
    options.deployed_kill_matrix = options.deployer_matrix = 1;
  }
  return options;
}

void add(Totals& totals, const MatrixReport& report) {
  for (const std::string& row : report.rows) std::printf("%s\n", row.c_str());
  if (!report.summary.empty())
    std::printf("%s%s", report.summary.c_str(), report.summary.ends_with('\n') ? "" : "\n");
  for (const std::string& failure : report.failures) std::printf("failed: %s\n", failure.c_str());
  totals.passed += report.passed;
  totals.failed += report.failures.size();
  std::fflush(stdout);
}

void run_one(std::uint64_t seed, ScenarioResult (*run)(std::uint64_t, Log*), Log* log, Totals& totals) {
  const ScenarioResult result = run(seed, log);
  for (const auto& [name, count] : result.counts) {
    if (count > 0) std::printf("%8llu %s\n", static_cast<unsigned long long>(count), name.c_str());
  }
  std::printf("seed %llu: trace %016llx, %llu requests\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(result.trace),
              static_cast<unsigned long long>(result.requests));
  if (result.failure.empty()) {
    ++totals.passed;
  } else {
    ++totals.failed;
    std::printf("seed %llu failed: %s\n", static_cast<unsigned long long>(seed), result.failure.c_str());
  }
}

// `kept` first, then `fresh` new ones. Over `must_see_all` seeds everything that may come up has to.
void run_many(const std::vector<std::uint64_t>& kept, std::uint64_t fresh, std::uint64_t must_see_all,
              const SeedKind& kind, int jobs, Totals& totals) {
  const std::uint64_t first = make_system_random()->next() >> 16;
  std::vector<std::uint64_t> seeds = kept;
  for (std::uint64_t i = 0; i < fresh; ++i) seeds.push_back(first + i);
  std::printf("%zu kept seeds, then %llu fresh ones from %llu; one of them again: %s %llu\n", kept.size(),
              static_cast<unsigned long long>(fresh), static_cast<unsigned long long>(first),
              kind.replay.c_str(), static_cast<unsigned long long>(first));
  std::fflush(stdout);
  const SeedsReport report = run_seeds(seeds, jobs, kind);
  totals.passed += report.passed;
  totals.failed += report.failures.size();
  for (const auto& [name, ignored] : kind.counts) {
    const auto found = report.counts.find(name);
    const std::uint64_t count = found == report.counts.end() ? 0 : found->second;
    std::printf("%10llu %s\n", static_cast<unsigned long long>(count), name.c_str());
    if (count == 0 && seeds.size() >= must_see_all) {
      ++totals.failed;
      std::printf("failed: over %zu seeds it never happened: %s\n", seeds.size(), name.c_str());
    }
  }
  const double rate = static_cast<double>(seeds.size()) / std::max(report.seconds, 0.001);
  std::printf(
      "%zu seeds in %.1f s with %d jobs: %.1f seeds/s, %.0f requests/s; 10^6 seeds would take %.1f h\n",
      seeds.size(), report.seconds, jobs, rate,
      static_cast<double>(report.requests) / std::max(report.seconds, 0.001), 1e6 / rate / 3600);
}

int run(const Options& options, const std::string& program) {
  const auto stderr_log = make_stderr_log(LogLevel::debug);
  Log* const log = options.verbose ? stderr_log.get() : nullptr;
  Totals totals;
  if (options.seed) run_one(*options.seed, run_scenario, log, totals);
  if (options.deployed_seed) run_one(*options.deployed_seed, run_deployed_scenario, log, totals);
  if (options.seeds) {
    run_many(read_seeds(options.kept), *options.seeds, seeds_that_must_see_all,
             {run_scenario, program + " --seed", all_counts()}, options.jobs, totals);
  }
  if (options.deployed_seeds) {
    run_many(read_seeds(options.kept_deployed), *options.deployed_seeds, deployed_seeds_that_must_see_all,
             {run_deployed_scenario, program + " --deployed-seed", deployed_counts()}, options.jobs, totals);
  }
  if (options.scenarios) {
    add(totals, special_cases(log));
    add(totals, foreign_edits(log));
    add(totals, job_cases(log));
    add(totals, rule_drift_cases(log));
    add(totals, upgrade_cases(log));
    add(totals, stale_writers(log));
    add(totals, two_destinations(log));
    add(totals, planted_bugs(log));
  }
  if (options.crash_matrix) add(totals, crash_matrix(options.virtual_hosts, log));
  if (options.commit_matrix) add(totals, commit_matrix(options.virtual_hosts, log));
  if (options.observation_matrix) add(totals, observation_matrix(log));
  if (options.apply_matrix) add(totals, apply_matrix(options.jobs, log));
  if (options.drift_matrix) add(totals, drift_matrix(log));
  if (options.deploy_cases) {
    add(totals, deploy_cases(log));
    add(totals, deploy_faults(options.jobs, log));
  }
  const RightsSample rights{options.rights_sample,
                            options.rights_seed.value_or(make_system_random()->next() >> 16)};
  const auto tell_rights = [&](const char* part) {
    if (rights.every > 1)
      std::printf("again: %s %s --rights-sample %llu --rights-seed %llu\n", program.c_str(), part,
                  static_cast<unsigned long long>(rights.every),
                  static_cast<unsigned long long>(rights.seed));
  };
  if (options.privilege_matrix) {
    tell_rights("--privilege-matrix");
    add(totals, privilege_matrix(rights, log));
  }
  if (options.several_protections) {
    add(totals, several_protections(log));
    tell_rights("--several-protections");
    add(totals, privilege_matrix_of_several(rights, log));
  }
  if (options.deployer_matrix > 0) {
    const std::uint64_t seed = options.deployer_seed.value_or(make_system_random()->next() >> 16);
    if (options.deployer_matrix > 1)
      std::printf("again: %s --deployer-sample %llu --deployer-seed %llu\n", program.c_str(),
                  static_cast<unsigned long long>(options.deployer_matrix),
                  static_cast<unsigned long long>(seed));
    add(totals, deployer_matrix(options.deployer_matrix, seed, log));
  }
  if (options.deployed_kill_matrix > 0) add(totals, deployed_kill_matrix(options.deployed_kill_matrix, log));
  std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(totals.passed),
              static_cast<unsigned long long>(totals.failed));
  return totals.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto options = parse(count, arguments);
    if (options) return run(*options, arguments[0]);
  } catch (const std::invalid_argument&) {
  } catch (const std::exception& error) {
    std::fprintf(stderr, "s3dr_sim: %s\n", error.what());
    return 1;
  }
  std::fputs(usage, stderr);
  return 2;
}
