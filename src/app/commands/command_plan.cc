// `s3dr plan BUCKET`: looks at the pair as the functions do. Prints what was seen, what would be done, and
// what prevents it. Writes nothing.
#include <boost/asio/any_io_executor.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "app/access.h"
#include "app/commands/as_if_tagged.h"
#include "app/commands/commands.h"
#include "app/commands/plan_output.h"
#include "app/commands/settings_look.h"
#include "app/output.h"
#include "app/run_task.h"
#include "functions/observe.h"

namespace s3dr::app {
namespace {

struct PlanOptions {
  AccessOptions access;
  std::string bucket;
  bool as_if_tagged = false;
};

Task<> judge(boost::asio::any_io_executor executor, Config config, s3::BucketName bucket, bool as_if_tagged,
             Log& log, JudgedPair& judged) {
  World world(executor, std::move(config), log);
  if (as_if_tagged) {
    const s3::Tag& tag = world.config().policy.match_tags.front();
    judged.as_if_tagged = tag.key + "=" + tag.value;
    judged.seen = co_await observe_as_if_tagged(world, bucket, world.records());
  } else {
    judged.seen = co_await functions::observe_pair(world.context(), bucket);
  }
  judged.now = world.clock().now();
  judged.plan = dr::plan(world.config().policy, judged.seen, judged.now);
  judged.conditions = dr::conditions_of(world.config().policy, judged.seen, judged.plan);
  judged.settings = co_await look_at_settings(world, judged.seen);
}

// Raises not_found when there is neither a bucket nor a record of one.
JudgedPair judge_one(const PlanOptions& options, const Config& config, const s3::BucketName& bucket,
                     CommandContext& context) {
  const auto log = make_stderr_log(context.log_level);
  JudgedPair judged;
  judged.complete_advice = context.complete_advice;
  run_task([&](boost::asio::any_io_executor executor) {
    return judge(executor, config, bucket, options.as_if_tagged, *log, judged);
  });
  const bool no_control_bucket =
      judged.seen.record.is_failed() && judged.seen.record.kind() == ErrorKind::not_found;
  if (judged.seen.source.head.is_absent() && (judged.seen.record.is_absent() || no_control_bucket)) {
    throw Error(ErrorKind::not_found, "there is no such bucket, and no record of one")
        .with_resource(s3::bucket_url(bucket))
        .with_advice("is the name right, and the region? Looked in " + config.source.region.text());
  }
  return judged;
}

void say_if_there_is_no_control_bucket(const JudgedPair& judged, const Config& config) {
  if (!judged.seen.record.is_failed() || judged.seen.record.kind() != ErrorKind::not_found) return;
  print_error("next: the control bucket " + config.policy.control_bucket.text() +
              " is made by the first: s3dr serve --config " + config.path + "\n");
}

// Blocked is the worst, then pending.
int worse_of(int one, int other) {
  if (one == exit_failed || other == exit_failed) return exit_failed;
  return std::max(one, other);
}

// One plan for each protection of the configuration.
void show_plans(const PlanOptions& options, const Config& config, const s3::BucketName& bucket,
                CommandContext& context) {
  boost::json::array plans;
  for (const ProtectionConfig& protection : config.protections) {
    const std::string& name = protection.policy.protection_name;
    const Config one = of_protection(config, name);
    JudgedPair judged = judge_one(options, one, bucket, context);
    judged.protection = name;
    if (context.output == OutputFormat::json) {
      plans.push_back(boost::json::parse(plan_as_json(judged)));
    } else {
      print((&protection == &config.protections.front() ? "" : "\n") + std::string("PROTECTION  ") + name +
            " → " + one.destination.region.text() + "\n" + plan_as_text(judged, terminal_width()));
      say_if_there_is_no_control_bucket(judged, one);
    }
    context.exit_code = worse_of(context.exit_code, exit_code_of(judged));
  }
  if (context.output == OutputFormat::json) {
    print(
        boost::json::serialize(boost::json::object{{"bucket", bucket.text()}, {"plans", std::move(plans)}}) +
        "\n");
  }
}

void show_plan(const PlanOptions& options, CommandContext& context) {
  const s3::BucketName bucket = bucket_argument(options.bucket);
  const Config config = load_config(options.access);
  if (config.protections.size() > 1) return show_plans(options, config, bucket, context);
  const JudgedPair judged = judge_one(options, config, bucket, context);
  print(context.output == OutputFormat::json ? plan_as_json(judged) : plan_as_text(judged, terminal_width()));
  say_if_there_is_no_control_bucket(judged, config);
  context.exit_code = exit_code_of(judged);
}

}  // namespace

void add_plan_command(Command app, CommandContext& context) {
  Command command = app.add_command(
      "plan",
      "What would be done for a bucket, and why. Exit code: 0 nothing to do, 3 changes pending or "
      "something stands (a difference, lost rules, a missing source or replica), 1 blocked.",
      "s3dr plan photos\ns3dr plan photos --as-if-tagged    what protecting would do, before anybody tags");
  auto options = std::make_shared<PlanOptions>();
  command.add_option("bucket", options->bucket, "the source bucket").type_name("BUCKET").required();
  command.add_flag("--as-if-tagged", options->as_if_tagged,
                   "what the functions would do if the bucket carried the match tag");
  add_protection_option(command, options->access);
  add_access_options(command, options->access);
  command.callback([options, &context] { show_plan(*options, context); });
}

}  // namespace s3dr::app
