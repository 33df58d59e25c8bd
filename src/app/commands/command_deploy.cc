// `s3dr deploy plan | apply | destroy | status | permissions | template`: the AWS resources that run the three functions. What they
// are is deploy/declare/declaration.h; here are the options, the order of the steps, and what is printed.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "app/commands/command_deploy_package.h"
#include "app/commands/commands.h"
#include "app/deploy_access.h"
#include "app/deploy_output.h"
#include "app/destroy_confirmation.h"
#include "app/output.h"
#include "app/run_task.h"
#include "deploy/plan_file.h"
#include "deploy/template/stack_template.h"

namespace s3dr::app {
namespace {

struct DeployCommand {
  DeployOptions options;
  std::string out;   // plan: where to save it
  std::string file;  // apply: the saved plan
  bool no_self_test = false, through_trail = false;
  bool delete_own_buckets = false, yes = false;
  std::string side;  // template: of which stack
};

// What a command works with, and what came of it.
struct Run {
  const DeployCommand& command;
  Config config;
  deploy::Settings settings;
  Log& log;
  deploy::DeploymentPlan plan;
  deploy::ApplyResult result;
  std::vector<deploy::SelfTestStep> self_test;
  deploy::DeploymentStatus status;
  ProtectedBuckets at_stake;

  std::string owner() const { return deploy::owner_of(settings); }
  bool self_test_passed() const { return std::ranges::all_of(self_test, &deploy::SelfTestStep::passed); }
};

deploy::Progress shown_by(Progress& progress) {
  return [&progress](const std::string& text, bool is_change) {
    if (is_change) {
      progress.step(text);
    } else {
      progress.moving(text);
    }
  };
}

Task<> do_plan(boost::asio::any_io_executor executor, Run& run) {
  Progress progress;
  DeployWorld world(executor, run.config, run.settings, run.command.options.adopt, run.log,
                    shown_by(progress));
  run.plan = co_await world.deployment().look();
}

std::string read_plan_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    UsageError error(std::string("the plan file cannot be read: ") + std::strerror(errno));
    error.with_resource(path);
    throw error;
  }
  return text.str();
}

void refuse_stale(const Run& run) {
  const std::string& path = run.command.file;
  if (path.empty()) return;
  const auto why = deploy::why_stale(read_plan_file(path), run.plan, run.owner());
  if (!why) return;
  throw Error(ErrorKind::precondition_failed, "the plan is stale: " + *why)
      .with_resource(path)
      .with_advice("nothing was changed; make a new one: s3dr deploy plan --out " + path);
}

Task<> do_apply(boost::asio::any_io_executor executor, Run& run) {
  Progress progress;
  DeployWorld world(executor, run.config, run.settings, run.command.options.adopt, run.log,
                    shown_by(progress));
  run.plan = co_await world.deployment().look();
  refuse_stale(run);
  deploy::ApplyOptions options;
  options.only_planned = !run.command.file.empty();
  run.result = co_await world.deployment().carry_out(run.plan, options);
  if (run.command.no_self_test) co_return;
  progress.moving("self-test");
  deploy::SelfTestOptions test;
  test.id = "self-test-" + world.random().hex(8);
  test.through_trail = run.command.through_trail;
  run.self_test = co_await world.deployment().test(std::move(test));
}

void confirm_destruction(const Run& run) {
  std::cerr << destroy_warning(run.at_stake, run.command.delete_own_buckets);
  if (run.command.yes) return;
  std::cerr << fmt::format(
                   "{} resources of the deployment \"{}\" will be removed. Type its name prefix to go on: ",
                   run.plan.count(deploy::ChangeKind::remove), run.settings.name_prefix)
            << std::flush;
  require_typed_prefix(std::cin, run.settings.name_prefix);
}

Task<> do_destroy(boost::asio::any_io_executor executor, Run& run) {
  Progress progress;
  DeployWorld world(executor, run.config, run.settings, run.command.options.adopt, run.log,
                    shown_by(progress));
  run.plan = co_await world.deployment().look_for_destruction(run.command.delete_own_buckets);
  if (!run.plan.pending()) co_return;
  progress.moving("reading the records");
  run.at_stake = co_await world.protected_buckets();
  confirm_destruction(run);
  run.result = co_await world.deployment().carry_out(run.plan);
}

Task<> do_status(boost::asio::any_io_executor executor, Run& run) {
  DeployWorld world(executor, run.config, run.settings, run.command.options.adopt, run.log);
  run.status = co_await world.deployment().status();
}

void save_plan(const Run& run) {
  const std::string& path = run.command.out;
  if (path.empty()) return;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << deploy::write_plan_file(run.plan, run.owner());
  file.close();
  if (!file) {
    throw Error(ErrorKind::invalid, std::string("the plan cannot be saved: ") + std::strerror(errno))
        .with_resource(path);
  }
}

using Step = Task<> (*)(boost::asio::any_io_executor, Run&);

Run run_step(const DeployCommand& command, bool needs_package, Log& log, const CommandContext& context,
             Step step) {
  Config config = load_config(command.options.access);
  deploy::Settings settings = deploy_settings(command.options, config, needs_package);
  Run run{command, std::move(config), std::move(settings), log, {}, {}, {}, {}, {}};
  run_task([&](boost::asio::any_io_executor executor) { return step(executor, run); });
  for (std::string& warning : run.plan.warnings) warning = context.complete_advice(std::move(warning));
  return run;
}

void plan_command(const DeployCommand& command, CommandContext& context) {
  const auto log = make_stderr_log(context.log_level);
  const Run run = run_step(command, true, *log, context, do_plan);
  save_plan(run);
  print(context.output == OutputFormat::json ? boost::json::serialize(deploy::plan_to_json(run.plan)) + "\n"
                                             : plan_as_text(run.plan, terminal_width()));
  if (run.plan.blocked()) {
    context.exit_code = exit_failed;
  } else if (run.plan.pending()) {
    context.exit_code = exit_differences;
  }
}

std::string result_as_text(const Run& run) {
  std::string text = self_test_as_text(run.self_test) + result_text(run.result);
  for (const std::string& warning : run.plan.warnings) text += "warning: " + clean(warning) + "\n";
  return text;
}

void apply_command(const DeployCommand& command, CommandContext& context) {
  const auto log = make_stderr_log(context.log_level);
  const Run run = run_step(command, true, *log, context, do_apply);
  print(context.output == OutputFormat::json
            ? boost::json::serialize(result_to_json(run.result, run.self_test, run.plan.warnings)) + "\n"
            : result_as_text(run));
  if (!run.self_test_passed()) context.exit_code = exit_failed;
}

void destroy_command(const DeployCommand& command, CommandContext& context) {
  const auto log = make_stderr_log(context.log_level);
  const Run run = run_step(command, false, *log, context, do_destroy);
  if (context.output == OutputFormat::json) {
    boost::json::object result = result_to_json(run.result, {}, {});
    result["still_protected"] = boost::json::value_from(run.at_stake.names);
    print(boost::json::serialize(result) + "\n");
    return;
  }
  std::string text;
  for (const deploy::Change& change : run.plan.changes) {
    if (change.kind == deploy::ChangeKind::unchanged)
      text += change.resource.id() + ": " + clean(change.reason) + "\n";
  }
  if (run.result.total() == 0) {
    print(text + "0 changes: nothing of the deployment \"" + run.settings.name_prefix +
          "\" is left to remove\n");
  } else {
    print(text + result_text(run.result));
  }
}

void status_command(const DeployCommand& command, CommandContext& context) {
  const auto log = make_stderr_log(context.log_level);
  const Run run = run_step(command, false, *log, context, do_status);
  print(context.output == OutputFormat::json ? boost::json::serialize(deploy::to_json(run.status)) + "\n"
                                             : status_as_text(run.status, terminal_width()));
  if (!run.status.healthy()) context.exit_code = exit_failed;
}

// JSON either way: it is for `aws iam put-role-policy`. Within one account the policy alone.
void permissions_command(const DeployCommand& command) {
  const Config config = load_config(command.options.access);
  boost::json::object policies =
      deploy::Deployment::permissions(deploy_settings(command.options, config, false));
  const boost::json::value* only = policies.if_contains("policy");
  print((only != nullptr ? boost::json::serialize(*only) : boost::json::serialize(policies)) + "\n");
}

void template_command(const DeployCommand& command, const CommandContext& context) {
  const auto stack = deploy::parse_stack(command.side);
  if (!stack) throw UsageError("--side is source or destination, or pending with two accounts");
  const Config config = load_config(command.options.access);
  const deploy::Settings settings = deploy_settings(command.options, config, false);
  print(context.output == OutputFormat::json
            ? boost::json::serialize(deploy::stack_template(settings, *stack)) + "\n"
            : deploy::stack_template_text(settings, *stack));
}

}  // namespace

void add_deploy_command(Command app, CommandContext& context) {
  Command deploy = app.add_command(
      "deploy", "The three functions on AWS: Lambda, SNS, EventBridge and what they need, in two regions.",
      "s3dr deploy plan --config s3dr.yaml     what would be made, changed and deleted\n"
      "s3dr deploy apply --config s3dr.yaml    make it so, and test it\n"
      "s3dr deploy status                      functions, dead letters, alarms, last errors");
  deploy.require_command();
  auto command = std::make_shared<DeployCommand>();

  Command plan = deploy.add_command(
      "plan",
      "What is live against what is declared. Exit code: 0 nothing to do, 3 changes pending, 1 blocked.",
      "s3dr deploy plan --out changes.json");
  add_deploy_options(plan, command->options);
  plan.add_flag("--adopt", command->options.adopt, "take over what stands under our names without a tag");
  plan.add_option("--out", command->out, "save the plan, for: s3dr deploy apply FILE").type_name("FILE");
  plan.callback([command, &context] { plan_command(*command, context); });

  Command apply = deploy.add_command(
      "apply",
      "Makes what is declared, changes what differs, and tests the result. May be repeated and interrupted.",
      "s3dr deploy apply\ns3dr deploy apply changes.json     exactly what was planned, or nothing");
  add_deploy_options(apply, command->options);
  apply.add_option("plan", command->file, "a saved plan; refused when anything has changed since")
      .type_name("FILE");
  apply.add_flag("--adopt", command->options.adopt, "take over what stands under our names without a tag");
  apply.add_flag("--no-self-test", command->no_self_test,
                 "do not try the functions, their rules and their topics at the end");
  apply.add_flag(
      "--through-trail", command->through_trail,
      "self-test: also tag the reports bucket and wait for the trail's event (may take 15 minutes)");
  apply.callback([command, &context] { apply_command(*command, context); });

  Command destroy =
      deploy.add_command("destroy",
                         "Removes what carries our owner tag, and nothing else. Buckets with data, "
                         "sources and replicas alike, are "
                         "never touched; rules of replication stay as they are. Names the buckets that "
                         "are still protected, and asks.",
                         "s3dr deploy destroy\ns3dr deploy destroy --yes");
  add_deploy_options(destroy, command->options);
  destroy.add_flag("--delete-own-buckets", command->delete_own_buckets,
                   "also the control bucket and the reports bucket, with all records in them");
  destroy.add_flag("--yes", command->yes, "do not ask for the name prefix");
  destroy.callback([command, &context] { destroy_command(*command, context); });

  Command status = deploy.add_command("status",
                                      "Functions, what lies in the dead letter queues and why, alarms, last "
                                      "errors. Exit code: 0 healthy, 1 not.",
                                      "s3dr deploy status");
  add_deploy_options(status, command->options);
  status.callback([command, &context] { status_command(*command, context); });

  Command permissions = deploy.add_command("permissions",
                                           "The policy that the identity needs which runs plan, apply, "
                                           "status and destroy, and nothing more; one for each "
                                           "account. Asks nobody.",
                                           "s3dr deploy permissions > deployer.json");
  add_deploy_options(permissions, command->options);
  permissions.callback([command] { permissions_command(*command); });

  Command stack_template = deploy.add_command(
      "template",
      "The same resources as a CloudFormation template, one for each side, for people who keep their "
      "infrastructure as code. Asks nobody.",
      "s3dr deploy template --side source > source.yaml\n"
      "s3dr deploy template --side destination > destination.yaml\n"
      "s3dr deploy template --side pending > pending.yaml     with two accounts: a third stack");
  add_deploy_options(stack_template, command->options);
  stack_template
      .add_option("--side", command->side,
                  "source or destination; pending: the alarm in the source's account and the destination's "
                  "region, with two accounts")
      .type_name("SIDE")
      .required();
  stack_template.callback([command, &context] { template_command(*command, context); });

  add_deploy_package_command(deploy, context);
}

}  // namespace s3dr::app
