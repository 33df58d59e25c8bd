// `s3dr rules restore BUCKET` and `s3dr rules forget BUCKET`: what a person does about replication rules of others that
// our own PUT may have overwritten (dr/replication_edits.h). The functions never do it by themselves.
#include <fmt/format.h>
#include <boost/json.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "app/access.h"
#include "app/commands/commands.h"
#include "app/output.h"
#include "app/run_task.h"
#include "app/status/record_output.h"
#include "base/encoding.h"
#include "functions/replication_edits.h"

namespace s3dr::app {
namespace {

struct RulesCommand {
  AccessOptions access;
  std::string bucket;
  bool yes = false;
};

enum class What { restore, forget };

struct Ending {
  functions::LostAndPresent seen;
  bool done = false;  // restore: they are there; forget: forgotten
};

Task<> look(boost::asio::any_io_executor executor, Config config, s3::BucketName bucket, Log& log,
            Ending& ending) {
  World world(executor, std::move(config), log);
  ending.seen = co_await functions::look_for_lost(world.context(), bucket);
}

Task<> act(boost::asio::any_io_executor executor, Config config, s3::BucketName bucket, What what, Log& log,
           Ending& ending) {
  World world(executor, std::move(config), log);
  const std::string id = ending.seen.record.edits.lost->id;
  if (what == What::restore) {
    ending.done = co_await functions::put_lost_back(world.context(), bucket, id);
  } else {
    co_await functions::forget_lost(world.context(), bucket, id);
    ending.done = true;
  }
}

// What is about to be done, on standard error: standard output may be read by a program.
std::string announcement(const s3::BucketName& bucket, const Ending& ending, What what) {
  const dr::Record& record = ending.seen.record;
  std::string text = clean(dr::lost_text(*record.edits.lost)) + ".\n" + lost_document_text(record);
  if (what == What::forget)
    return text + "\nThe record of " + bucket.text() + " forgets them. No rule changes.\n";
  const dr::Restoration& back = ending.seen.restoration;
  if (!back.configuration) return text + "\nThey are all there again. The record forgets them.\n";
  text += fmt::format("\nPut back into {}, beside the rules that are there:\n", bucket.text());
  for (const s3::ReplicationRule& rule : back.rules) {
    text += fmt::format("  {} → {}\n", clean(rule.id.empty() ? "(without an id)" : rule.id),
                        clean(rule.destination.bucket_arn));
  }
  for (const s3::ReplicationRule& rule : back.replaced)
    text += fmt::format("In place of \"{}\" as it is now: our PUT had brought that back.\n", clean(rule.id));
  return text + "Role of all rules: " + clean(back.configuration->role_arn) + "\n";
}

void confirm(const std::string& question) {
  std::cerr << question << " Type yes to go on: " << std::flush;
  std::string line;
  if (std::getline(std::cin, line) && line == "yes") return;
  throw UsageError("nothing was changed: rules wants --yes, or yes typed in");
}

boost::json::object as_json(const s3::BucketName& bucket, const Ending& ending, What what) {
  boost::json::array rules;
  for (const s3::ReplicationRule& rule : ending.seen.restoration.rules)
    rules.push_back({{"id", rule.id}, {"destination", rule.destination.bucket_arn}});
  const auto& lost = ending.seen.record.edits.lost;
  boost::json::object result{{"bucket", bucket.text()},
                             {"lost", lost.has_value()},
                             {what == What::restore ? "restored" : "forgotten", ending.done}};
  if (!lost) return result;
  result["written_at"] = to_iso8601_seconds(lost->at);
  result["written_by"] = lost->by;
  result["event_id"] = lost->id;
  result["document"] = lost->document;
  if (what == What::restore) result["put_back"] = std::move(rules);
  return result;
}

void run_rules(const RulesCommand& command, What what, CommandContext& context) {
  const s3::BucketName bucket = bucket_argument(command.bucket);
  const Config config = load_config_of_one(command.access);
  const auto log = make_stderr_log(context.log_level);
  Ending ending;
  run_task(
      [&](boost::asio::any_io_executor executor) { return look(executor, config, bucket, *log, ending); });
  const auto& lost = ending.seen.record.edits.lost;
  if (lost) {
    if (what == What::restore && !ending.seen.restoration.refused.empty()) {
      print_error(lost_document_text(ending.seen.record) + "\n");
      throw Error(ErrorKind::invalid, "the lost rules cannot be put back: " + ending.seen.restoration.refused)
          .with_resource(s3::bucket_url(bucket))
          .with_advice(
              "change the rules so that they fit, and run this again. If the lost ones are not wanted: "
              "s3dr rules forget " +
              bucket.text());
    }
    print_error(announcement(bucket, ending, what));
    if (!command.yes) confirm(what == What::restore ? "Put them back?" : "Forget them?");
    run_task([&](boost::asio::any_io_executor executor) {
      return act(executor, config, bucket, what, *log, ending);
    });
  }
  if (context.output == OutputFormat::json) {
    print(boost::json::serialize(as_json(bucket, ending, what)) + "\n");
  } else if (!lost) {
    print("No rule of others is known to be lost.\n");
  } else if (ending.done) {
    print(what == What::restore ? "The rules are there again.\n" : "Forgotten.\n");
  }
  if (!lost || ending.done) return;
  context.exit_code = exit_failed;
  print_error(
      describe(Error(ErrorKind::unavailable,
                     "a look after the PUT does not find the rules: somebody changed them in the same moment")
                   .with_resource(s3::bucket_url(bucket))
                   .with_advice("run it again: s3dr rules restore " + bucket.text())));
}

void add_rules_part(Command rules, CommandContext& context, What what, const std::string& name,
                    const std::string& description, const std::string& examples) {
  Command command = rules.add_command(name, description, examples);
  auto options = std::make_shared<RulesCommand>();
  command.add_option("bucket", options->bucket, "the source bucket").type_name("BUCKET").required();
  command.add_flag("--yes", options->yes, "without asking");
  add_protection_option(command, options->access);
  add_access_options(command, options->access);
  command.callback([options, what, &context] { run_rules(*options, what, context); });
}

}  // namespace

void add_rules_command(Command app, CommandContext& context) {
  Command rules = app.add_command(
      "rules", "Replication rules of others that a PUT of ours may have overwritten: see s3dr status.",
      "s3dr rules restore photos\ns3dr rules forget photos");
  rules.require_command();
  add_rules_part(
      rules, context, What::restore, "restore",
      "Puts the lost rules back beside those that are there, after showing them. Exit code: 0 they are "
      "there or none is lost, 1 they cannot be put back, 2 not confirmed.",
      "s3dr rules restore photos\ns3dr rules restore photos --yes --output json");
  add_rules_part(rules, context, What::forget, "forget",
                 "The lost rules are not wanted: the record forgets them. No rule changes.",
                 "s3dr rules forget photos");
}

}  // namespace s3dr::app
