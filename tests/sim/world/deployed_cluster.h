// The simulation's cluster with `s3dr deploy`: the production code of deploy/ runs against the services of
// the embedded cloud, over the simulated network and with the virtual clock. Each run of a command has its
// own clients and keeps nothing from earlier runs. Its calls can be counted or made to fail, and the run can
// be killed at each of them.
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
  std::uint64_t calls = 0, replies = 0;  // calls sent, and calls answered
  std::string last_call;                 // the operation of the last call: "PutRule"
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

// What a command has to do.
struct CommandOptions {
  // Asked twice for each call of the run (numbered from 1): before the call is sent, and after it took
  // effect. True kills the run there: the call is never sent, or its reply is never received.
  std::function<bool(std::uint64_t call, bool before)> dies_at;
  bool adopt = false;
  bool self_test = false;           // apply: run the functions once at the end
  bool through_trail = false;       // self-test: a real call, told by the trail
  bool delete_own_buckets = false;  // destroy
  // Sessions of roles; without one the accounts' own keys. The first is for both sides if there is no second.
  std::optional<aws::Credentials> session, destination_session;
  std::string saved_plan;  // apply: carry out this one or nothing
  // Sees each call of the run and may answer in the cloud's place.
  std::shared_ptr<CallHook> hook;
};

// The clients of a person, or of another program, for both sides.
struct ServiceHands {
  ServiceHands(Cluster& cluster, std::string name, std::uint64_t seed, std::shared_ptr<CallHook> hook,
               std::function<bool()> dead = {}, const std::optional<aws::Credentials>& session = std::nullopt,
               const std::optional<aws::Credentials>& destination_session = std::nullopt);
  Hands s3;
  std::unique_ptr<client::ServiceClient> source, destination;
  std::unique_ptr<client::ServiceClient> source_abroad, destination_abroad;  // in the other side's region
  // Of the further protections; null without them. `source_further`: the source's keys in their region.
  std::unique_ptr<client::ServiceClient> vault, vault_abroad, gold, source_further;

  client::ServiceClient& of(deploy::Side side) {
    return side == deploy::Side::source ? *source : *destination;
  }
  client::ServiceClient& of(const deploy::Resource& resource);
  deploy::SideAccess access(deploy::Side side);
  deploy::Places places();
};

class DeployedCluster {
 public:
  // Both regions run; nothing is deployed. `options.controllers` is 0, unless `serve` has to run as well.
  explicit DeployedCluster(ClusterOptions options);

  Cluster& cluster() { return cluster_; }
  // The settings of later commands.
  deploy::Settings& settings() { return settings_; }
  // The calls of a person beside the commands, with the account's root keys.
  ServiceHands& by_hand() { return by_hand_; }

  // Each command runs to its end or its death. The answer holds the error that it raised.
  // Raises Failed when it hangs.
  CommandEnd plan(CommandOptions options = {});
  CommandEnd apply(CommandOptions options = {});
  // What apply does at its end, and nothing else.
  CommandEnd self_test(CommandOptions options = {});
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

// A runner for tests that run no functions. Functions become active; an invocation is refused as unavailable.
std::unique_ptr<services::FunctionRunner> make_idle_runner(cloud::RegionContext& region);

// A package for deployments whose functions do not run as processes: a zip with `text` as its bootstrap.
std::string small_package(const std::string& text = "#!/bin/sh\n");

}  // namespace s3dr::sim
