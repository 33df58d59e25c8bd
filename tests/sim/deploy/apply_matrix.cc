// `s3dr deploy` is killed at every call: before the call is sent, and after it took effect. Each time the
// next run completes what was begun, one more finds nothing to do, and the tables hold what a run that nobody
// disturbed leaves, nothing twice.
#include <fmt/format.h>

#include <functional>

#include "sim/deploy/others.h"
#include "sim/world/cloud_state.h"
#include "sim/world/deployed_cluster.h"
#include "sim/world/forks.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

// What is killed, and what must hold afterwards.
struct Scene {
  std::string name;
  std::function<void(DeployedCluster&)> prepare;
  CommandEnd (DeployedCluster::*command)(CommandOptions);
  CommandOptions options;
  // Looked at after every so many kills: is all there again after one more apply? 0: never.
  std::uint64_t apply_again_every = 0;
  bool two_accounts = false;
};

void require(const CommandEnd& end, const std::string& what) {
  if (!end.ok()) throw Failed(what + ": " + end.text());
}

// What is left to do to the end, and whether it is the end; raises Failed. `clean`: of an undisturbed run.
void complete(DeployedCluster& deployed, const Scene& scene, const CloudState& clean) {
  require((deployed.*scene.command)(scene.options), "the next run");
  const std::string wrong = difference_of(cloud_state(deployed.cluster()), clean);
  if (!wrong.empty()) throw Failed("the next run left another end:" + wrong);
  const CommandEnd third = (deployed.*scene.command)(scene.options);
  require(third, "one more run");
  if (third.result.total() != 0 || third.plan.pending() || third.plan.blocked())
    throw Failed("one more run found something to do: " + third.text());
}

std::string verdict_after_kill(DeployedCluster& deployed, const Scene& scene, const CommandEnd& end,
                               const CloudState& clean, const CloudState& clean_applied, bool apply_again) {
  try {
    if (!end.killed) return "it was not killed: " + end.text();
    complete(deployed, scene, clean);
    if (apply_again) {
      require(deployed.apply(), "apply afterwards");
      const std::string wrong = difference_of(cloud_state(deployed.cluster()), clean_applied);
      if (!wrong.empty()) return "apply afterwards left another end:" + wrong;
    }
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

struct CleanEnd {
  CommandEnd command;
  CloudState state, applied;  // after the command; and after one more apply, where the scene asks for it
};

CleanEnd run_clean(const Scene& scene, Log* log) {
  DeployedCluster deployed({1, 0, log, scene.two_accounts});
  scene.prepare(deployed);
  CleanEnd clean;
  clean.command = (deployed.*scene.command)(scene.options);
  require(clean.command, "the clean run");
  clean.state = cloud_state(deployed.cluster());
  complete(deployed, scene, clean.state);
  if (scene.apply_again_every > 0) {
    require(deployed.apply(), "apply after the clean run");
    clean.applied = cloud_state(deployed.cluster());
  }
  return clean;
}

void run_scene(const Scene& scene, int jobs, Log* log, MatrixReport& report) {
  const CleanEnd clean = run_clean(scene, log);
  DeployedCluster deployed({1, 0, log, scene.two_accounts});
  scene.prepare(deployed);
  Forks forks(deployed.cluster().io(), jobs, report);
  CommandOptions options = scene.options;
  std::uint64_t asked = 0;
  bool apply_again = false;
  options.dies_at = [&](std::uint64_t call, bool before) {
    apply_again = scene.apply_again_every > 0 && ++asked % scene.apply_again_every == 0;
    return forks.fork(fmt::format("{}, killed {} call {}", scene.name, before ? "before" : "after", call));
  };
  std::string failure;
  CommandEnd end;
  try {
    end = (deployed.*scene.command)(options);
    if (!forks.is_child()) require(end, "the run that is killed elsewhere");
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (forks.is_child()) {
    if (failure.empty())
      failure = verdict_after_kill(deployed, scene, end, clean.state, clean.applied, apply_again);
    forks.end_child(failure);
  }
  forks.join();
  report.expect(failure.empty(), scene.name + ": " + failure);
  const std::string wrong = difference_of(cloud_state(deployed.cluster()), clean.state);
  report.expect(wrong.empty(), scene.name + ": the run itself left another end:" + wrong);
  const std::uint64_t kills = clean.command.calls * 2;
  const std::string figures = fmt::format("{}: {} calls ({}), {} kills landed of {}", scene.name,
                                          clean.command.calls, clean.command.text(), forks.forked(), kills);
  report.expect(forks.forked() == kills, figures);
  report.summary += (report.summary.empty() ? "" : "\n") + figures;
}

// Settings of every sort: fields of functions, rules and log groups, policies of roles, more resources and
// fewer.
void change_settings(DeployedCluster& deployed) {
  deploy::Settings& settings = deployed.settings();
  settings.memory_mib = 512;
  settings.sweep_minutes = 10;
  settings.log_retention_days = 90;
  settings.protections.front().replica_name_template = "replica-of-{bucket}";
  settings.package = small_package("#!/bin/sh\nexit 1\n");
  settings.create_trail = true;
  settings.alarms = false;
}

}  // namespace

MatrixReport apply_matrix(int jobs, Log* log) {
  MatrixReport report;
  const auto nothing = [](DeployedCluster&) {};
  const auto applied = [](DeployedCluster& deployed) {
    deployed.cluster().run(make_others(deployed), "others' things");
    require(deployed.apply(), "apply");
  };
  const auto to_be_updated = [applied](DeployedCluster& deployed) {
    applied(deployed);
    change_settings(deployed);
  };
  CommandOptions with_own_buckets;
  with_own_buckets.delete_own_buckets = true;
  const Scene scenes[] = {
      {"apply from nothing", nothing, &DeployedCluster::apply, {}, 0},
      {"apply from nothing, two accounts", nothing, &DeployedCluster::apply, {}, 0, true},
      {"apply of other settings", to_be_updated, &DeployedCluster::apply, {}, 0},
      {"destroy", applied, &DeployedCluster::destroy, with_own_buckets, 10},
  };
  for (const Scene& scene : scenes) {
    try {
      run_scene(scene, jobs, log, report);
    } catch (const std::exception& error) {
      report.failures.push_back(scene.name + ": " + error.what());
    }
  }
  return report;
}

}  // namespace s3dr::sim
