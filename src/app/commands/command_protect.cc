// `s3dr protect` and `s3dr unprotect`: set and remove the match tag, which is the only intent there is. The
// functions do the rest. Tagging by hand leads to the same state.
#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/access.h"
#include "app/command_line.h"
#include "app/commands/commands.h"
#include "app/commands/plan_output.h"
#include "app/commands/preflight.h"
#include "app/commands/protection_wait.h"
#include "app/commands/settings_look.h"
#include "app/output.h"
#include "app/run_task.h"
#include "app/status/record_output.h"
#include "app/status/verification_output.h"
#include "functions/record_store.h"

namespace s3dr::app {
namespace {

struct ProtectCommand {
  AccessOptions access;
  std::string bucket, adopt, timeout = "30m";
  bool wait = false, new_replica = false, dry_run = false;
};

struct Ending {
  bool changed = false;   // a tag was written
  bool recorded = false;  // unprotect: there is a record, or it is not known that there is none
  s3::BucketName replica;
  std::optional<WaitResult> waited;
};

// Sets and removes tags: atomically if the store can, else by writing the whole set that was just read.
Task<> change_tags(ports::BucketStore& store, s3::BucketName bucket, s3::TagSet add,
                   std::vector<std::string> remove) {
  try {
    if (!add.empty()) co_await store.tag_resource(bucket, add);
    if (!remove.empty()) co_await store.untag_resource(bucket, remove);
    co_return;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
  }
  s3::TagSet tags = (co_await store.get_bucket_tagging(bucket)).value_or(s3::TagSet{});
  const auto is_replaced = [&](const s3::Tag& tag) {
    return s3::find_tag(add, tag.key) != nullptr || std::ranges::find(remove, tag.key) != remove.end();
  };
  std::erase_if(tags, is_replaced);
  tags.insert(tags.end(), add.begin(), add.end());
  if (const auto why = s3::why_invalid(tags, s3::TagOwner::bucket)) {
    throw Error(ErrorKind::invalid, "the tag cannot be added: " + *why).with_resource(s3::bucket_url(bucket));
  }
  co_await store.put_bucket_tagging(bucket, tags);
}

// A bucket that is tagged already gives no event that tells a controller of the instruction: the same tag is set
// again. Where that is not offered, the sweep finds the instruction.
Task<> wake_controller(ports::BucketStore& store, s3::BucketName bucket, s3::Tag tag) {
  try {
    s3::TagSet same{std::move(tag)};
    co_await store.tag_resource(bucket, same);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
  }
}

Task<> protect(boost::asio::any_io_executor executor, Config config, s3::BucketName bucket,
               PreflightOptions options, std::optional<WaitOptions> wait, Log& log, Ending& ending) {
  World world(executor, std::move(config), log);
  Progress progress;
  const Preflight checked = co_await preflight(world, bucket, options);
  for (const std::string& warning : checked.warnings) progress.step("warning: " + warning);
  ending.replica = checked.replica;
  co_await leave_instruction(world, world.records(), bucket, options);
  const s3::Tag tag = world.config().policy.match_tags.front();
  if (!checked.already_tagged) {
    s3::TagSet added{tag};
    co_await change_tags(world.source(), bucket, added, {});
    ending.changed = true;
  } else if (options.adopt || options.new_replica) {
    co_await wake_controller(world.source(), bucket, tag);
  }
  progress.step(fmt::format("{} {}={} in {}", checked.already_tagged ? "already tagged" : "tagged", tag.key,
                            tag.value, world.config().source.region.text()));
  if (wait) ending.waited = co_await wait_until_verified(world, bucket, *wait, progress);
}

// All checks of `protect`, with their refusals, and the plan that would follow. Writes nothing.
Task<> rehearse(boost::asio::any_io_executor executor, Config config, s3::BucketName bucket,
                PreflightOptions options, Log& log, JudgedPair& judged) {
  World world(executor, std::move(config), log);
  const Preflight checked = co_await preflight(world, bucket, options);
  const s3::Tag& tag = world.config().policy.match_tags.front();
  judged.as_if_tagged = tag.key + "=" + tag.value;
  judged.seen = checked.seen;
  judged.now = world.clock().now();
  judged.plan = checked.plan;
  judged.conditions = dr::conditions_of(world.config().policy, judged.seen, judged.plan);
  judged.plan.warnings = checked.warnings;  // those of the plan, and what adoption leaves
  judged.settings = co_await look_at_settings(world, judged.seen);
}

void run_rehearsal(const Config& config, const s3::BucketName& bucket, const PreflightOptions& options,
                   CommandContext& context) {
  const auto log = make_stderr_log(context.log_level);
  JudgedPair judged;
  judged.complete_advice = context.complete_advice;
  run_task([&](boost::asio::any_io_executor executor) {
    return rehearse(executor, config, bucket, options, *log, judged);
  });
  print(context.output == OutputFormat::json ? plan_as_json(judged) : plan_as_text(judged, terminal_width()));
  context.exit_code = exit_code_of(judged);
}

// Every match tag the bucket carries.
std::vector<std::string> match_keys(const dr::Policy& policy, const s3::TagSet& tags) {
  std::vector<std::string> keys;
  for (const s3::Tag& tag : tags) {
    if (std::ranges::find(policy.match_tags, tag) != policy.match_tags.end()) keys.push_back(tag.key);
  }
  return keys;
}

// The other protections that would lose their last match tag with these keys.
std::vector<std::string> also_by(const dr::Policy& policy, const std::vector<std::string>& keys,
                                 s3::TagSet tags) {
  std::vector<std::string> names;
  const auto carries = [&](const dr::OtherProtection& other) {
    return std::ranges::any_of(
        other.match_tags, [&](const s3::Tag& tag) { return std::ranges::find(tags, tag) != tags.end(); });
  };
  std::vector<const dr::OtherProtection*> covered;
  for (const dr::OtherProtection& other : policy.others) {
    if (carries(other)) covered.push_back(&other);
  }
  std::erase_if(tags, [&](const s3::Tag& tag) { return std::ranges::find(keys, tag.key) != keys.end(); });
  for (const dr::OtherProtection* other : covered) {
    if (!carries(*other)) names.push_back(other->name);
  }
  return names;
}

Task<bool> may_have_a_record(World& world, s3::BucketName bucket) {
  try {
    const auto stored = co_await functions::read_record(world.records(), world.config().policy, bucket);
    co_return stored.has_value();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    co_return true;
  }
}

Task<> unprotect(boost::asio::any_io_executor executor, Config config, s3::BucketName bucket,
                 std::optional<WaitOptions> wait, Log& log, Ending& ending) {
  World world(executor, std::move(config), log);
  Progress progress;
  if (!co_await world.source().head_bucket(bucket)) {
    throw Error(ErrorKind::not_found, "there is no such bucket")
        .with_resource(s3::bucket_url(bucket))
        .with_advice("is the name right, and the region? Looked in " + world.config().source.region.text());
  }
  const auto tags = co_await world.source().get_bucket_tagging(bucket);
  const std::vector<std::string> keys = match_keys(world.config().policy, tags.value_or(s3::TagSet{}));
  for (const std::string& other : also_by(world.config().policy, keys, tags.value_or(s3::TagSet{})))
    progress.step("warning: the tag is that of protection " + other + ", too: it is paused as well");
  if (!keys.empty()) {
    co_await change_tags(world.source(), bucket, {}, keys);
    ending.changed = true;
  }
  ending.recorded = ending.changed || co_await may_have_a_record(world, bucket);
  if (wait) ending.waited = co_await wait_until_paused(world, bucket, *wait, progress);
}

std::vector<std::pair<std::string, std::string>> facts_of(const s3::BucketName& bucket,
                                                          const Ending& ending) {
  const WaitResult& waited = *ending.waited;
  std::vector<std::pair<std::string, std::string>> facts{{"bucket", bucket.text()}};
  if (waited.record) {
    facts.emplace_back("replica",
                       waited.record->replica.bucket.text() + " in " + waited.record->replica.region.text());
    facts.emplace_back("state", std::string(dr::to_string(waited.record->state)));
  }
  if (waited.verified) {
    for (auto& fact : counts_of(waited.verified->report)) facts.push_back(std::move(fact));
  } else if (waited.record && waited.record->verified) {
    const dr::Verification& run = *waited.record->verified;
    facts.emplace_back("verified by", "the controller, level " + std::string(dr::to_string(run.level)));
    facts.emplace_back("versions", format_count(run.versions));
    facts.emplace_back("delete markers equal", format_count(run.delete_markers));
    facts.emplace_back("arriving", format_count(run.arriving));
  }
  if (ending.changed) facts.emplace_back("tag to verified", format_duration(waited.took));
  return facts;
}

boost::json::object as_json(const s3::BucketName& bucket, const Ending& ending) {
  boost::json::object result{{"bucket", bucket.text()}, {"tags_changed", ending.changed}};
  if (!ending.replica.empty()) result["replica"] = ending.replica.text();
  if (!ending.waited) return result;
  const WaitResult& waited = *ending.waited;
  result["reached"] = waited.reached;
  result["why_not"] = waited.why_not;
  result["took_ms"] = waited.took.count();
  if (waited.record) result["protection"] = json_of(*waited.record);
  if (waited.verified) result["verification"] = json_of(*waited.verified);
  return result;
}

// The goal was not reached, because of differences that remained or for another reason.
int exit_code_of(const WaitResult& waited) {
  if (waited.reached) return exit_done;
  const bool different = waited.verified && !waited.verified->report.equal();
  return different ? exit_differences : exit_failed;
}

std::optional<WaitOptions> wait_options(const ProtectCommand& command) {
  const milliseconds timeout = duration_argument("--timeout", command.timeout);
  if (!command.wait) return std::nullopt;
  WaitOptions options;
  options.timeout = timeout;
  return options;
}

void show_protected(const s3::BucketName& bucket, const Ending& ending, const Config& config,
                    const CommandContext& context) {
  if (!ending.waited) {
    print(
        fmt::format("{} is to be protected as {} in {}.\nA running controller (s3dr serve) does the rest; "
                    "follow it with: {}\n",
                    bucket.text(), ending.replica.text(), config.destination.region.text(),
                    context.complete_advice("s3dr status " + bucket.text())));
    return;
  }
  if (ending.waited->verified) {
    const std::string differences = differences_text(ending.waited->verified->report);
    if (!differences.empty()) print(differences + "\n");
  }
  if (ending.waited->reached) print(render_facts(facts_of(bucket, ending)) + "\nVerified.\n");
}

void run_protect(const ProtectCommand& command, CommandContext& context) {
  const s3::BucketName bucket = bucket_argument(command.bucket);
  PreflightOptions options;
  if (!command.adopt.empty()) options.adopt = bucket_argument(command.adopt);
  options.new_replica = command.new_replica;
  const auto wait = wait_options(command);
  const Config config = load_config_of_one(command.access);
  if (command.dry_run) return run_rehearsal(config, bucket, options, context);
  const auto log = make_stderr_log(context.log_level);
  Ending ending;
  try {
    run_task([&](boost::asio::any_io_executor executor) {
      return protect(executor, config, bucket, options, wait, *log, ending);
    });
  } catch (Error& error) {
    if (error.kind() == ErrorKind::cancelled)
      error.with_advice("a tag that was set stays, and the controller goes on; see: s3dr status " +
                        bucket.text());
    throw;
  }
  if (context.output == OutputFormat::json) {
    print(boost::json::serialize(as_json(bucket, ending)) + "\n");
  } else {
    show_protected(bucket, ending, config, context);
  }
  if (!ending.waited) return;
  context.exit_code = exit_code_of(*ending.waited);
  if (!ending.waited->reached) {
    print_error(
        describe(Error(ErrorKind::unavailable, "not verified: " + ending.waited->why_not)
                     .with_resource(s3::bucket_url(bucket))
                     .with_advice(ending.waited->record
                                      ? "s3dr plan " + bucket.text() + " shows what is in the way"
                                      : "a controller has to be running: s3dr serve --config " + config.path),
                 context));
  }
}

std::string unprotected_text(const s3::BucketName& bucket, const Ending& ending) {
  std::string tag = bucket.text() + (ending.changed ? " is not tagged any more.\n" : " was not tagged.\n");
  if (!ending.recorded) return tag + "There is no record of it: nothing is to be paused.\n";
  if (!ending.waited)
    return tag +
           "A running controller (s3dr serve) pauses the replication; a replica and all in it are kept.\n";
  if (!ending.waited->reached) return tag;
  if (!ending.waited->record) return tag + "There is no record of it: nothing was to be paused.\n";
  return tag + "The replica and everything in it are kept; replication is paused.\n";
}

void run_unprotect(const ProtectCommand& command, CommandContext& context) {
  const s3::BucketName bucket = bucket_argument(command.bucket);
  const auto wait = wait_options(command);
  const Config config = load_config_of_one(command.access);
  const auto log = make_stderr_log(context.log_level);
  Ending ending;
  run_task([&](boost::asio::any_io_executor executor) {
    return unprotect(executor, config, bucket, wait, *log, ending);
  });
  if (context.output == OutputFormat::json) {
    print(boost::json::serialize(as_json(bucket, ending)) + "\n");
  } else {
    print(unprotected_text(bucket, ending));
  }
  if (!ending.waited || ending.waited->reached) return;
  context.exit_code = exit_failed;
  print_error(describe(Error(ErrorKind::unavailable, "not paused yet: " + ending.waited->why_not)
                           .with_resource(s3::bucket_url(bucket))
                           .with_advice("a controller has to be running: s3dr serve --config " + config.path),
                       context));
}

Option add_wait_options(Command command, ProtectCommand& options, const std::string& what) {
  command.add_option("--timeout", options.timeout, "how long --wait waits (30m)").type_name("TIME");
  return command.add_flag("--wait", options.wait, what);
}

}  // namespace

void add_protect_commands(Command app, CommandContext& context) {
  Command protect_command = app.add_command(
      "protect", "Tags a bucket, after checking that it can be protected.",
      "s3dr protect photos\ns3dr protect photos --wait --timeout 2h\ns3dr protect photos --dry-run\n"
      "s3dr protect photos --adopt photos-replica");
  auto options = std::make_shared<ProtectCommand>();
  protect_command.add_option("bucket", options->bucket, "the source bucket").type_name("BUCKET").required();
  Option wait = add_wait_options(protect_command, *options, "until every version was compared and is equal");
  Option adopt =
      protect_command.add_option("--adopt", options->adopt, "make this existing bucket the replica")
          .type_name("NAME");
  protect_command
      .add_flag("--dry-run", options->dry_run,
                "make all checks and print what would be done (exit code as of plan); write nothing")
      .excludes(wait);
  protect_command.add_flag("--new-replica", options->new_replica, "begin anew with a replica of another name")
      .excludes(adopt);
  add_protection_option(protect_command, options->access);
  add_access_options(protect_command, options->access);
  protect_command.callback([options, &context] { run_protect(*options, context); });

  Command unprotect_command =
      app.add_command("unprotect", "Removes the tag: replication is paused, the replica is kept.",
                      "s3dr unprotect photos --wait");
  auto others = std::make_shared<ProtectCommand>();
  unprotect_command.add_option("bucket", others->bucket, "the source bucket").type_name("BUCKET").required();
  add_wait_options(unprotect_command, *others, "until the controller has paused it");
  add_protection_option(unprotect_command, others->access);
  add_access_options(unprotect_command, others->access);
  unprotect_command.callback([others, &context] { run_unprotect(*others, context); });
}

}  // namespace s3dr::app
