#include "sim/world/deployed_cluster.h"

#include <fmt/format.h>

#include <utility>

#include "aws/zip.h"
#include "deploy/plan_file.h"
#include "sim/world/user.h"

namespace s3dr::sim {
namespace {

constexpr milliseconds command_max = std::chrono::minutes(60);

class IdleRunner : public services::FunctionRunner {
 public:
  explicit IdleRunner(cloud::RegionContext& region) : region_(region) {}
  Task<> prepare(services::FunctionDescription) override { co_return; }
  Task<services::InvocationResult> invoke(services::FunctionDescription, services::Invocation) override {
    throw Error(ErrorKind::unavailable, "functions are not run here");
  }
  void retire(const std::string&, const std::string&) override {}
  Task<> run() override {
    while (true) co_await region_.clock.sleep(std::chrono::hours(24));
  }

 private:
  cloud::RegionContext& region_;
};

ClusterOptions with_runner(ClusterOptions options) {
  if (!options.make_runner) options.make_runner = make_idle_runner;
  return options;
}

deploy::Settings settings_of(const Cluster& cluster) {
  const dr::Policy& policy = cluster.policy();
  deploy::Settings settings;
  settings.source = {policy.source_account, policy.source_region};
  settings.protections.clear();
  for (const dr::Policy& one : cluster.protections())
    settings.protections.push_back(deploy::protection_of(one));
  settings.store = dr::profile_of(dr::StoreKind::embedded_cloud);
  settings.pass_roles = {User::foreign_role_arn};
  settings.reports_bucket = policy.reports_bucket;
  settings.package = small_package();
  return settings;
}

// Counts the calls of one run, kills it where it is to die, and asks the caller's hook about the others.
std::shared_ptr<CallHook> counting_hook(CommandEnd& end, const CommandOptions& options,
                                        std::shared_ptr<Life> life) {
  const auto die = [&end, life] {
    end.killed = true;
    life->dying = true;
    CallVerdict verdict;
    verdict.hang = true;
    return verdict;
  };
  auto hook = std::make_shared<CallHook>();
  hook->before = [&end, &options, die](const Call& call) {
    end.last_call = call.operation;
    ++end.calls;
    if (options.dies_at && options.dies_at(end.calls, true)) return die();
    return options.hook && options.hook->before ? options.hook->before(call) : CallVerdict();
  };
  hook->after = [&end, &options, die](const Call& call, int status) {
    ++end.replies;
    if (options.dies_at && options.dies_at(end.calls, false)) return die();
    return options.hook && options.hook->after ? options.hook->after(call, status) : CallVerdict();
  };
  return hook;
}

Task<> do_plan(deploy::Deployment& deployment, const CommandOptions&, CommandEnd& end) {
  end.plan = co_await deployment.look();
}

Task<> do_test(deploy::Deployment& deployment, const CommandOptions& options, CommandEnd& end) {
  deploy::SelfTestOptions test;
  test.id = "self-test";
  test.through_trail = options.through_trail;
  end.self_test = co_await deployment.test(std::move(test));
}

Task<> do_apply(deploy::Deployment& deployment, const CommandOptions& options, CommandEnd& end) {
  end.plan = co_await deployment.look();
  if (!options.saved_plan.empty()) {
    const auto why =
        deploy::why_stale(options.saved_plan, end.plan, deployment.plan_options().owners.front());
    if (why) throw Error(ErrorKind::precondition_failed, "the plan is stale: " + *why);
  }
  end.result = co_await deployment.carry_out(end.plan);
  if (options.self_test) co_await do_test(deployment, options, end);
}

Task<> do_destroy(deploy::Deployment& deployment, const CommandOptions& options, CommandEnd& end) {
  end.plan = co_await deployment.look_for_destruction(options.delete_own_buckets);
  end.result = co_await deployment.carry_out(end.plan);
}

Task<> do_status(deploy::Deployment& deployment, const CommandOptions&, CommandEnd& end) {
  end.status = co_await deployment.status();
}

Task<> keep_the_end(Task<> task, bool& ended, std::optional<Error>& failure) {
  try {
    co_await std::move(task);
  } catch (const Error& error) {
    failure = error;
  }
  ended = true;
}

}  // namespace

std::unique_ptr<services::FunctionRunner> make_idle_runner(cloud::RegionContext& region) {
  return std::make_unique<IdleRunner>(region);
}

std::string small_package(const std::string& text) {
  return aws::write_zip({{"bootstrap", 0755, text}});
}

std::string CommandEnd::text() const {
  if (killed) return "killed at " + last_call;
  if (failure) return "raised: " + std::string(failure->what());
  return fmt::format("{} created, {} updated, {} removed", result.created, result.updated, result.removed);
}

ServiceHands::ServiceHands(Cluster& cluster, std::string name, std::uint64_t seed,
                           std::shared_ptr<CallHook> hook, std::function<bool()> dead,
                           const std::optional<aws::Credentials>& session,
                           const std::optional<aws::Credentials>& destination_session)
    : s3(cluster, std::move(name), seed, cluster.user_rates(), std::move(hook), std::move(dead), session,
         destination_session) {
  const auto make_client = [&](const client::S3Client& beside, client::CredentialsProvider& keys) {
    return std::make_unique<client::ServiceClient>(*s3.link, cluster.clock(), *s3.random, keys,
                                                   deploy::service_options(beside.options()));
  };
  source = make_client(*s3.source_client, *s3.credentials);
  destination = make_client(*s3.destination_client, *s3.destination_credentials);
  source_abroad = make_client(*s3.destination_client, *s3.credentials);
  destination_abroad = make_client(*s3.source_client, *s3.destination_credentials);
  if (!s3.vault) return;
  vault = make_client(*s3.vault_client, *s3.vault_credentials);
  vault_abroad = make_client(*s3.source_client, *s3.vault_credentials);
  source_further = make_client(*s3.vault_client, *s3.credentials);
  if (s3.gold) gold = make_client(*s3.gold_client, *s3.credentials);
}

client::ServiceClient& ServiceHands::of(const deploy::Resource& resource) {
  const auto is_in = [&](const std::unique_ptr<client::ServiceClient>& client) {
    return client && client->region().text() == resource.region;
  };
  if (resource.side == deploy::Side::source) {
    if (is_in(source)) return *source;
    return is_in(source_abroad) ? *source_abroad : *source_further;
  }
  if (!is_in(vault)) return *destination;
  return gold && resource.account == s3.gold->account().text() ? *gold : *vault;
}

deploy::Places ServiceHands::places() {
  deploy::Places result{access(deploy::Side::source), {access(deploy::Side::destination)}};
  if (!vault) return result;
  result.source.elsewhere.push_back(source_further.get());
  result.destinations.push_back(
      {*vault, *s3.vault_client, *s3.vault, *s3.vault_objects, {vault_abroad.get()}});
  if (gold)
    result.destinations.push_back({*gold, *s3.gold_client, *s3.gold, *s3.gold_objects, {source.get()}});
  return result;
}

deploy::SideAccess ServiceHands::access(deploy::Side side) {
  if (side == deploy::Side::source)
    return {*source, *s3.source_client, *s3.source, *s3.source_objects, {source_abroad.get()}};
  return {
      *destination, *s3.destination_client, *s3.destination, *s3.replica_objects, {destination_abroad.get()}};
}

DeployedCluster::DeployedCluster(ClusterOptions options)
    : cluster_(with_runner(std::move(options))),
      settings_(settings_of(cluster_)),
      by_hand_(cluster_, "by hand", cluster_.random().next(), nullptr) {
  for (RegionNode* region : cluster_.regions()) region->start();
}

CommandEnd DeployedCluster::run(Step step, const CommandOptions& options) {
  CommandEnd end;
  const auto life = std::make_shared<Life>(cluster_.io().get_executor());
  ServiceHands hands(
      cluster_, "deploy-" + std::to_string(++commands_), cluster_.random().next(),
      counting_hook(end, options, life), [life] { return life->dying; }, options.session,
      options.destination_session);
  deploy::Places places = hands.places();
  // A test may deploy for fewer protections than the cluster has: the first ones.
  while (places.destinations.size() > deploy::destinations_of(settings_).size())
    places.destinations.pop_back();
  deploy::Deployment deployment(std::move(places), settings_, options.adopt, cluster_.clock(),
                                [](const std::string&, bool) {});
  bool ended = false;
  life->group.spawn(keep_the_end(step(deployment, options, end), ended, end.failure));
  bool in_time = false;
  std::exception_ptr broken;
  try {
    in_time = cluster_.run_until([&] { return ended || life->dying; }, command_max);
  } catch (...) {
    broken = std::current_exception();
  }
  // A killed command raises nothing that anybody hears.
  const std::optional<Error> failure = end.killed ? std::nullopt : end.failure;
  cluster_.end(life);
  end.failure = failure;
  if (broken) std::rethrow_exception(broken);
  if (!in_time) throw Failed("a command hung in virtual time, last at " + end.last_call);
  return end;
}

CommandEnd DeployedCluster::plan(CommandOptions options) {
  return run(do_plan, options);
}
CommandEnd DeployedCluster::apply(CommandOptions options) {
  return run(do_apply, options);
}
CommandEnd DeployedCluster::self_test(CommandOptions options) {
  return run(do_test, options);
}
CommandEnd DeployedCluster::destroy(CommandOptions options) {
  return run(do_destroy, options);
}
CommandEnd DeployedCluster::status(CommandOptions options) {
  return run(do_status, options);
}

}  // namespace s3dr::sim
