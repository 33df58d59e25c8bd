// `s3dr verify BUCKET`: compares source and replica with the caller's credentials and writes the result into
// the record.
#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "app/access.h"
#include "app/commands/commands.h"
#include "app/output.h"
#include "app/run_task.h"
#include "app/status/verification_output.h"
#include "control/verification.h"

namespace s3dr::app {
namespace {

struct VerifyCommand {
  AccessOptions access;
  std::string bucket, level, prefix, timeout = "30m";
  bool listing = false, head = false, bytes = false, wait = false, accept_losses = false;
};

// Between two runs of `--wait`.
constexpr milliseconds pause_min{1'000}, pause_max{30'000};

dr::VerifyLevel level_of(const VerifyCommand& command) {
  if (command.listing) return dr::VerifyLevel::listing;
  if (command.bytes) return dr::VerifyLevel::bytes;
  if (command.head || command.level.empty()) return dr::VerifyLevel::head;
  return *dr::parse_verify_level(command.level);  // never nullopt: the option accepts only these words
}

Task<> compare(boost::asio::any_io_executor executor, Config config, s3::BucketName bucket,
               transfer::VerifyOptions options, bool accept_losses, std::optional<milliseconds> patience,
               Log& log, std::optional<control::VerificationResult>& result) {
  World world(executor, std::move(config), log);
  Progress progress;
  const auto show = [&progress](const transfer::VerifyProgress& now) { progress.moving(progress_text(now)); };
  const milliseconds started = world.clock().uptime();
  milliseconds pause = pause_min;
  while (true) {
    result =
        co_await control::verify_protection(world.context(), world.source_objects(), world.replica_objects(),
                                            bucket, options, show, accept_losses);
    if (result->report.equal() || !patience) co_return;
    if (world.clock().uptime() - started + pause >= *patience) co_return;
    progress.step(format_count(result->report.differences_total) + " differences; looking again in " +
                  format_duration(pause));
    co_await world.clock().sleep(pause);
    pause = std::min(pause * 2, pause_max);
  }
}

// Equal sides that are no good news: what the comparison says nothing about. Empty: nothing of the kind.
std::string bad_news(const control::VerificationResult& result) {
  const dr::Record& record = result.record;
  const std::string& bucket = record.source.bucket.text();
  if (record.state == dr::State::source_recreated) {
    return bucket + " is another bucket under the same name: the replica " + record.replica.bucket.text() +
           " holds what the one before had. Next: s3dr plan " + bucket;
  }
  if (!result.report.prefix.empty() && result.report.keys == 0)
    return "no key on either side begins with this prefix: nothing was compared";
  if (record.collapse) {
    return "the source went from " + format_count(record.collapse->before) + " to " +
           format_count(record.collapse->after) +
           " versions between two comparisons. If that is wanted: s3dr verify " + bucket + " --accept-losses";
  }
  return "";
}

std::string closing_line(const control::VerificationResult& result) {
  const transfer::VerifyReport& report = result.report;
  std::string line = report.equal() ? "The replica is equal" : "The replica differs";
  if (!report.prefix.empty()) line += " below this prefix";
  const Recorded recorded = recorded_run(result);
  if (recorded.yes) {
    line += "; recorded, state: " + std::string(dr::to_string(result.record.state));
  } else if (report.equal() && is_recordable(report)) {
    line = "Verified, not recorded: " + recorded.why_not;
  } else {
    line += "; not recorded: " + recorded.why_not;
  }
  const std::string bad = bad_news(result);
  return clean(line) + "\n" + (bad.empty() ? "" : "But " + clean(bad) + "\n");
}

int exit_code_of(const control::VerificationResult& result) {
  if (!result.report.equal()) return exit_differences;
  if (!result.report.prefix.empty() && result.report.keys == 0) return exit_failed;
  if (!bad_news(result).empty()) return exit_differences;
  return is_recordable(result.report) && !recorded_run(result).yes ? exit_failed : exit_done;
}

void verify(const VerifyCommand& command, CommandContext& context) {
  const s3::BucketName bucket = bucket_argument(command.bucket);
  const milliseconds timeout = duration_argument("--timeout", command.timeout);
  transfer::VerifyOptions options;
  options.level = level_of(command);
  options.prefix = command.prefix;
  const Config config = load_config_of_one(command.access);
  options.concurrency = config.serve.controller.verification.verify.concurrency;
  const auto log = make_stderr_log(context.log_level);
  std::optional<control::VerificationResult> result;
  run_task([&](boost::asio::any_io_executor executor) {
    return compare(executor, config, bucket, options, command.accept_losses,
                   command.wait ? std::optional(timeout) : std::nullopt, *log, result);
  });
  if (context.output == OutputFormat::json) {
    boost::json::object told = json_of(*result);
    told["bad_news"] = context.complete_advice(bad_news(*result));
    print(boost::json::serialize(told) + "\n");
  } else {
    const std::string differences = differences_text(result->report);
    auto facts = counts_of(result->report);
    facts.insert(facts.begin(), {"compared with", result->record.replica.bucket.text() + " in " +
                                                      result->record.replica.region.text()});
    print(differences + (differences.empty() ? "" : "\n") + render_facts(facts) + "\n" +
          context.complete_advice(closing_line(*result)));
  }
  context.exit_code = exit_code_of(*result);
}

}  // namespace

void add_verify_command(Command app, CommandContext& context) {
  Command command = app.add_command(
      "verify",
      "Compares a bucket with its replica, version by version. Exit code: 0 equal, 3 differences (or equal, "
      "and yet "
      "bad news: the source lost its versions, or is another bucket), 1 failed or nothing compared.",
      "s3dr verify photos\ns3dr verify photos --bytes --prefix 2026/\ns3dr verify photos --wait --timeout "
      "10m");
  auto options = std::make_shared<VerifyCommand>();
  command.add_option("bucket", options->bucket, "the source bucket").type_name("BUCKET").required();
  Option level = command.add_option("--level", options->level, "listing, head (default) or bytes")
                     .type_name("LEVEL")
                     .one_of({"listing", "head", "bytes"});
  Option listing =
      command.add_flag("--listing", options->listing, "keys, version ids, order, markers, sizes");
  Option head = command.add_flag("--head", options->head, "and checksum, metadata, tags of every version");
  Option bytes = command.add_flag("--bytes", options->bytes, "and every byte of both sides");
  listing.excludes(head).excludes(bytes).excludes(level);
  head.excludes(bytes).excludes(level);
  bytes.excludes(level);
  command.add_option("--prefix", options->prefix, "only keys that begin so; never recorded")
      .type_name("TEXT");
  command.add_flag("--accept-losses", options->accept_losses,
                   "forget last copies that were lost, and a collapse of the source, as wanted");
  command.add_flag("--wait", options->wait, "look again until both sides are equal");
  command.add_option("--timeout", options->timeout, "how long --wait waits (30m)").type_name("TIME");
  add_protection_option(command, options->access);
  add_access_options(command, options->access);
  command.callback([options, &context] { verify(*options, context); });
}

}  // namespace s3dr::app
