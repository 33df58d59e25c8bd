// The simulation's cluster with `s3dr deploy` run on it: the production code of deploy/ against the services
// of the embedded cloud, over the simulated network and under the virtual clock. Each run of a command has
// clients of its own and remembers nothing of the one before; its calls can be counted, failed, or be the
// moment of its death.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "client/services/service_client.h"
#include "deploy/deployment.h"
#include "deploy/resources/settings.h"
#include "sim/world/cluster.h"

namespace s3dr::sim {

// How one run of a command ended.
struct CommandEnd {
  std::uint64_t calls = 0, replies = 0;  // sent and answered
  std::string last_call;                 // its operation: "PutRule"
  bool killed = false;
  std::optional<Error> failure;  // what it raised
  deploy::DeploymentPlan plan;
  deploy::ApplyResult result;
  std::vector<deploy::SelfTestStep> self_test;
  deploy::DeploymentStatus status;

  bool ok() const { return !killed && !failure; }
  // "killed at CreateRole", "raised: …", "2 created, 0 updated, 0 removed": for messages.
  std::string text() const;
};

// What a command is asked for.
struct CommandOptions {
  // Asked at each call of the run, counted from 1, before it is sent and after it took effect: true kills the
  // run there, so that the call never leaves, or its reply is never heard.
  std::function<bool(std::uint64_t call, bool before)> dies_at;
  bool adopt = false;
  bool self_test = false;           // apply: run the functions once at the end
  bool delete_own_buckets = false;  // destroy
  std::string saved_plan;           // apply: carry out this one or nothing
  // Sees each call of the run and may answer in the cloud's place.
  std::shared_ptr<CallHook> hook;
};

// The clients of a person, or of another program, for both sides.
struct ServiceHands {
  ServiceHands(Cluster& cluster, std::string name, std::uint64_t seed, std::shared_ptr<CallHook> hook,
               std::function<bool()> dead = {});
  Hands s3;
  std::unique_ptr<client::ServiceClient> source, destination;

  client::ServiceClient& of(deploy::Side side) {
    return side == deploy::Side::source ? *source : *destination;
  }
  deploy::SideAccess access(deploy::Side side);
};

class DeployedCluster {
 public:
  // Both regions run; nothing is deployed. `options.controllers` is 0 unless `serve` is to run beside it.
  explicit DeployedCluster(ClusterOptions options);

  Cluster& cluster() { return cluster_; }
  // Of the commands to come.
  deploy::Settings& settings() { return settings_; }
  // Another caller than the commands, as the account's root.
  ServiceHands& by_hand() { return by_hand_; }

  // Each runs to its end or its death. What the command raises is in the answer; raises Failed when it hangs.
  CommandEnd plan(CommandOptions options = {});
  CommandEnd apply(CommandOptions options = {});
  CommandEnd destroy(CommandOptions options = {});
  CommandEnd status(CommandOptions options = {});

 private:
  using Step = Task<> (*)(deploy::Deployment&, const CommandOptions&, CommandEnd&);
  CommandEnd run(Step step, const CommandOptions& options);

  Cluster cluster_;
  deploy::Settings settings_;
  ServiceHands by_hand_;
  std::uint64_t commands_ = 0;
};

// What runs functions where none are to be run: they become active, and an invocation is refused as
// unavailable.
std::unique_ptr<services::FunctionRunner> make_idle_runner(cloud::RegionContext& region);

// The package of a deployment whose functions are not run as processes: a zip with `text` as its bootstrap.
std::string small_package(const std::string& text = "#!/bin/sh\n");

}  // namespace s3dr::sim
