#include "deploy/deployment.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "deploy/caller_account.h"
#include "deploy/declare/declaration.h"
#include "deploy/declare/deployer_policy.h"
#include "deploy/declare/limits.h"
#include "deploy/resources/service_calls.h"
#include "deploy/trail_check.h"

namespace s3dr::deploy {
namespace {

Task<> warn_without_trail(SideAccess access, Side side, std::vector<std::string>& warnings) {
  const TrailCheck trail = co_await check_trail(access);
  if (!trail.usable) warnings.push_back(trail_advice(trail, side, access.services.region().text()));
}

}  // namespace

client::ServiceClientOptions service_options(const client::S3ClientOptions& options) {
  client::ServiceClientOptions result;
  result.region = options.region;
  result.endpoints = options.endpoints;
  result.retry = options.retry;
  result.attempt_max = options.attempt_max;
  result.send = options.send;
  return result;
}

Deployment::Deployment(Places places, Settings settings, bool adopt, Clock& clock, Progress progress)
    : places_(std::move(places)),
      settings_(std::move(settings)),
      adopt_(adopt),
      clock_(clock),
      progress_(std::move(progress)),
      kinds_(make_aws_kinds(places_, settings_)) {}

Deployment::~Deployment() = default;

std::optional<std::string> Deployment::why_impossible(const Settings& settings) {
  if (auto why = why_invalid(settings)) return why;
  return why_too_large(settings);
}

boost::json::object Deployment::permissions(const Settings& settings) {
  return deployer_policies(settings);
}

PlanOptions Deployment::plan_options() const {
  return {owners_of(settings_), adopt_};
}

Task<> Deployment::check_accounts() {
  co_await check_account(places_.source.services, settings_.source, Side::source);
  const std::vector<dr::Place> destinations = destinations_of(settings_);
  for (std::size_t i = 0; i < destinations.size(); ++i)
    co_await check_account(places_.destinations[i].services, destinations[i], Side::destination);
}

Task<DeploymentPlan> Deployment::look() {
  co_await check_accounts();
  const std::vector<Resource> declared = declare(settings_);
  const LiveResources live = co_await read_all(*kinds_, declared, progress_);
  DeploymentPlan seen = plan(declared, live, plan_options());
  if (settings_.create_trail) co_return seen;
  co_await warn_without_trail(places_.source, Side::source, seen.warnings);
  for (const SideAccess& destination : places_.destinations)
    co_await warn_without_trail(destination, Side::destination, seen.warnings);
  co_return seen;
}

Task<DeploymentPlan> Deployment::look_for_destruction(bool with_records) {
  co_await check_accounts();
  const std::vector<Resource> declared = declare(settings_);
  LiveResources live = co_await read_all(*kinds_, declared, progress_);
  // Also what other settings could have made, so that nothing of ours is left. If reading a name is denied,
  // somebody else has it, so it is not ours.
  Settings everything = settings_;
  everything.create_trail = true;
  const std::vector<Resource> all = declare(everything);
  for (const Resource& resource : all) {
    if (std::ranges::find(declared, resource.id(), &Resource::id) != declared.end()) continue;
    if (auto seen = co_await read_optional(resource)) live.emplace(resource.id(), std::move(*seen));
  }
  DeploymentPlan seen = destruction_plan(all, live, plan_options(), with_records);
  for (Change& change : seen.changes) {
    if (change.kind != ChangeKind::remove) continue;
    const std::string held = co_await kinds_->of(change.resource).held_for_others(change.resource);
    if (held.empty()) continue;
    change.kind = ChangeKind::unchanged;
    change.reason = "kept: it holds what is not this deployment's: " + held;
  }
  co_return seen;
}

Task<std::optional<Live>> Deployment::read_optional(Resource resource) {
  try {
    co_return co_await kinds_->of(resource).read(resource);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied && error.kind() != ErrorKind::invalid) throw;
    progress_(resource.id() + ": left alone: " + error.message(), false);
  }
  co_return std::nullopt;
}

Task<ApplyResult> Deployment::carry_out(DeploymentPlan plan, ApplyOptions options) {
  return apply(*kinds_, std::move(plan), plan_options(), clock_, options, progress_);
}

Task<std::vector<SelfTestStep>> Deployment::test(SelfTestOptions options) {
  return self_test(places_, settings_, clock_, std::move(options));
}

Task<DeploymentStatus> Deployment::status() {
  co_await check_accounts();
  co_return co_await read_status(places_, settings_, clock_);
}

}  // namespace s3dr::deploy
