#include "demo/demo_deploy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "app/deploy_access.h"
#include "app/deploy_output.h"
#include "app/output.h"
#include "app/program_image.h"
#include "deploy/deployment.h"

namespace s3dr::app {
namespace {

DeployOptions deploy_options() {
  DeployOptions options;
  // A backfill that outlives its invocation is looked at again by the sweep; people who watch do not wait 5
  // minutes.
  options.sweep = "1m";
  options.architecture = own_architecture();
  return options;
}

// "11 roles, 2 queues, 3 functions"
std::string kinds_text(const deploy::DeploymentPlan& plan) {
  std::map<deploy::Kind, std::size_t> counts;
  for (const deploy::Change& change : plan.changes)
    if (change.pending()) ++counts[change.resource.kind];
  std::string text;
  for (const auto& [kind, count] : counts) {
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", count, to_string(kind), count == 1 ? "" : "s");
  }
  return text;
}

void tell_plan(const deploy::DeploymentPlan& plan, const Telling& tell) {
  for (const std::string& warning : plan.warnings) tell.step("warning: " + clean(warning));
  if (plan.blocked()) {
    throw Error(ErrorKind::invalid, "something that is not ours stands in the way: " + plan_counts(plan))
        .with_advice("s3dr demo --fresh begins anew");
  }
  if (plan.pending()) tell.step(fmt::format("{}: {}", plan_counts(plan), kinds_text(plan)));
}

}  // namespace

Task<> deploy_into_cloud(boost::asio::any_io_executor executor, Config config, FunctionPackage package,
                         Telling tell, Log& log) {
  tell.step("installing the functions with the code of `s3dr deploy apply`");
  tell.step(fmt::format("their package: {}, {}, {} zipped", package.origin, package.kind,
                        format_bytes(package.zip.size())));
  deploy::Settings settings = deploy_settings(deploy_options(), config, false);
  settings.package = std::move(package.zip);
  DeployWorld world(executor, std::move(config), std::move(settings), false, log,
                    [&tell](const std::string& text, bool) { tell.moving(text); });
  const deploy::DeploymentPlan plan = co_await world.deployment().look();
  tell_plan(plan, tell);
  std::string done = result_text(co_await world.deployment().carry_out(plan));
  done.pop_back();
  tell.step(done);
  tell.moving("self-test");
  deploy::SelfTestOptions test;
  test.id = "self-test-" + world.random().hex(8);
  const auto steps = co_await world.deployment().test(std::move(test));
  if (!std::ranges::all_of(steps, &deploy::SelfTestStep::passed))
    throw Error(ErrorKind::unavailable,
                "the self-test of the deployment failed:\n" + self_test_as_text(steps));
  tell.step(fmt::format("self-test passed: {} checks, each function ran once", steps.size()));
}

Task<std::string> functions_health(boost::asio::any_io_executor executor, Config config, Log& log) {
  deploy::Settings settings = deploy_settings(deploy_options(), config, false);
  DeployWorld world(executor, std::move(config), std::move(settings), false, log);
  const deploy::DeploymentStatus status = co_await world.deployment().status();
  if (!status.healthy()) co_return "NOT healthy\n" + status_as_text(status, 0);
  std::size_t errors = 0;
  for (const deploy::FunctionStatus& one : status.functions) {
    for (const deploy::LastError& error : one.last_errors) errors += error.count;
  }
  std::string text = fmt::format("{} active, no dead letters", status.functions.size());
  if (errors > 0) text += fmt::format(", {} errors or warnings in their logs", errors);
  co_return text;
}

}  // namespace s3dr::app
