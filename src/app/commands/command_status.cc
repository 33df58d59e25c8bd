// `s3dr status [BUCKET]`: what the records say, who watches, and what is not healthy, for whoever is on call.
// The records and the heartbeat are the truth; no controller is asked. A record store that cannot be read is
// an error, never an empty list.
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/access.h"
#include "app/commands/commands.h"
#include "app/output.h"
#include "app/run_task.h"
#include "app/status/settings_view.h"
#include "app/status/status_report.h"
#include "app/status/unrecorded.h"
#include "base/cleanup.h"
#include "base/silence.h"
#include "base/task_group.h"
#include "dr/replica_name.h"
#include "functions/heartbeat_store.h"
#include "functions/record_store.h"

namespace s3dr::app {
namespace {

constexpr std::size_t readers_max = 16;

struct StatusOptions {
  AccessOptions access;
  std::string bucket;
};

// A broken record is shown as a row. If the store does not answer, the command ends with an error.
Task<> read_entry(World& world, StatusEntry& entry) {
  try {
    auto stored = co_await functions::read_record(world.records(), world.config().policy, entry.bucket);
    if (stored) {
      entry = entry_of(std::move(stored->record));
      entry.settings = recorded_settings(world.config().policy, *entry.record, world.clock().now());
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::unsupported) throw;
    entry.unreadable = error.what();
  }
  if (!entry.unreadable.empty()) entry.health = judge_unreadable(entry.bucket, entry.unreadable);
}

Task<> read_some(World& world, std::vector<StatusEntry>& entries, std::size_t& next) {
  while (next < entries.size()) {
    StatusEntry& entry = entries[next++];
    co_await read_entry(world, entry);
  }
}

Task<> read_all(World& world, std::vector<StatusEntry>& entries) {
  TaskGroup group(co_await boost::asio::this_coro::executor);
  TaskGroup* const readers = &group;
  std::size_t next = 0;
  for (std::size_t i = 0; i < std::min(readers_max, entries.size()); ++i) {
    group.spawn(read_some(world, entries, next));
  }
  co_await with_clean_up(group.wait(), [readers] { return readers->cancel_and_join(); });
}

Error with_hint(Error error, const Config& config) {
  if (error.kind() == ErrorKind::not_found && error.advice().empty()) {
    error.with_advice("the control bucket " + config.policy.control_bucket.text() +
                      " is made by the first: s3dr serve --config " + config.path);
  }
  return error;
}

StatusEntry entry_for(s3::BucketName bucket) {
  StatusEntry entry;
  entry.bucket = std::move(bucket);
  return entry;
}

Task<> list_entries(World& world, StatusReport& report) {
  std::string token;
  do {
    functions::RecordedBuckets page =
        co_await functions::list_recorded(world.records(), world.config().policy, token);
    for (s3::BucketName& bucket : page.buckets) report.entries.push_back(entry_for(std::move(bucket)));
    for (std::string& key : page.other_keys) report.other_keys.push_back(std::move(key));
    token = std::move(page.continuation_token);
  } while (!token.empty());
}

// A heartbeat that cannot be understood does not hide the records.
Task<> read_watch(World& world, StatusReport& report) {
  std::string broken;
  try {
    report.heartbeat = co_await functions::read_heartbeat(world.records(), world.config().policy);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::unsupported) throw;
    broken = error.what();
  }
  report.now = world.clock().now();
  report.watch = broken.empty() ? judge(report.heartbeat, world.config().path, report.now)
                                : judge_unreadable_heartbeat(broken, world.config().path);
  report.reachable = reachable_by(report.heartbeat, report.now);
}

void add_unrecorded(const dr::Policy& policy, StatusReport& report, UnrecordedBucket bucket) {
  StatusEntry entry = entry_for(bucket.bucket);
  entry.health = judge(bucket.kind, policy, bucket.bucket, bucket.detail);
  entry.unrecorded = std::move(bucket);
  report.entries.push_back(std::move(entry));
}

void say_that_the_source_is_silent(World& world, StatusReport& report, const Error& failure) {
  const std::string silent = world.config().source.region.text() + " does not answer: " + failure.what();
  report.watch.sentences.push_back(silent);
  report.reachable.status = dr::Truth::no;
  report.reachable.reason = dr::reason::no_answer;
  report.reachable.message = silent;
  if (report.watch.next.empty())
    report.watch.next = "s3dr config validate --check --config " + world.config().path;
}

// The source region's buckets, asked now: right even when nobody watches.
Task<> search_everywhere(World& world, StatusReport& report) {
  std::set<s3::BucketName> recorded;
  for (const StatusEntry& entry : report.entries) recorded.insert(entry.bucket);
  UnrecordedSearch search = co_await find_unrecorded(world, std::move(recorded));
  for (UnrecordedBucket& bucket : search.buckets)
    add_unrecorded(world.config().policy, report, std::move(bucket));
  if (!search.failure) co_return;
  const Error& failure = *search.failure;
  if (!is_silence(failure)) {
    report.unknown.push_back("which tagged buckets have no record: the buckets of " +
                             world.config().source.region.text() + " could not be listed: " + failure.what());
  } else if (!report.heartbeat || !report.heartbeat->source.failing_since) {
    say_that_the_source_is_silent(world, report, failure);  // else the heartbeat says since when
  }
}

// The records say how a bucket was. Whether its region answers, and whether it is there at all, is asked now.
Task<> ask_source(World& world, StatusReport& report) {
  StatusEntry& entry = report.entries.front();
  const std::string& bucket = entry.bucket.text();
  try {
    if (co_await world.source().head_bucket(entry.bucket) || !entry.health.healthy()) co_return;
    dr::Condition gone;
    gone.type = dr::ConditionType::source_present;
    gone.status = dr::Truth::no;
    gone.reason = dr::reason::source_gone;
    gone.message = "there is no such bucket any more, and no sweep has noticed";
    see(entry, std::move(gone));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    if (!is_silence(error)) {
      report.unknown.push_back("whether " + bucket + " is still there: " + error.what());
    } else if (!report.heartbeat || !report.heartbeat->source.failing_since) {
      say_that_the_source_is_silent(world, report, error);
    }
  }
}

// Why this bucket can have no record; empty: it could have one.
Task<std::string> why_never_protected(World& world, s3::BucketName bucket) {
  const dr::Policy& policy = world.config().policy;
  if (dr::is_own_bucket(policy, bucket)) co_return "it is one of s3dr's own buckets and never a source";
  try {
    const auto tags = co_await world.destination().get_bucket_tagging(bucket);
    const std::string* of = tags ? s3::find_tag(*tags, dr::replica_mark_key) : nullptr;
    if (of != nullptr) co_return "it is the replica of " + *of;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;  // else it is no bucket of the destination side
  }
  co_return "";
}

Task<> search_one(World& world, StatusReport& report, s3::BucketName bucket) {
  report.never = co_await why_never_protected(world, bucket);
  if (!report.never.empty()) co_return;
  s3::Region region;
  try {
    const auto head = co_await world.source().head_bucket(bucket);
    if (!head) co_return;
    region = head->region;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    report.unknown.push_back("whether " + bucket.text() + " exists: " + error.what());
    co_return;
  }
  std::set<s3::Region> gone;
  auto found = co_await look_for_unrecorded(world, bucket, region, gone);
  if (found) add_unrecorded(world.config().policy, report, std::move(*found));
}

Task<> collect(boost::asio::any_io_executor executor, Config config, std::string bucket, Log& log,
               StatusReport& report) {
  World world(executor, std::move(config), log);
  report.control_bucket = world.config().policy.control_bucket.text();
  try {
    if (bucket.empty()) {
      co_await list_entries(world, report);
    } else {
      report.entries.push_back(entry_for(s3::BucketName::parse(bucket)));
    }
    co_await read_all(world, report.entries);
    co_await read_watch(world, report);
  } catch (const Error& error) {
    throw with_hint(error, world.config());
  }
  std::erase_if(report.entries,
                [](const StatusEntry& entry) { return !entry.record && entry.unreadable.empty(); });
  if (bucket.empty()) {
    co_await search_everywhere(world, report);
  } else if (report.entries.empty()) {
    co_await search_one(world, report, s3::BucketName::parse(bucket));
  } else {
    co_await ask_source(world, report);
  }
  set_job_places(report.entries, report.now);
  set_reachable(report);
  sort_entries(report.entries);
}

// The protections of a place share a control bucket: a record there is shown once, with the names of all of them.
std::string names_in_place(const Config& config, const dr::Policy& policy) {
  std::string names;
  for (const ProtectionConfig& one : config.protections) {
    if (one.policy.control_bucket == policy.control_bucket)
      names += (names.empty() ? "" : ", ") + one.policy.protection_name;
  }
  return names;
}

// What one protection adds. A record of a place is shown once: for the first of its protections.
StatusReport read_protection(const Config& config, const dr::Policy& policy, bool is_first_of_place,
                             const std::string& bucket, Log& log) {
  StatusReport report;
  const Config one = of_protection(config, policy.protection_name);
  run_task(
      [&](boost::asio::any_io_executor executor) { return collect(executor, one, bucket, log, report); });
  if (!is_first_of_place)
    std::erase_if(report.entries, [](const StatusEntry& entry) { return !entry.unrecorded; });
  for (StatusEntry& entry : report.entries)
    entry.protection = entry.unrecorded ? policy.protection_name : names_in_place(config, policy);
  return report;
}

// One protection after the other, each with its own destination. If one cannot be read, the others are shown all the
// same, and that it is not known. Raises the first failure when none can be read.
StatusReport read_all_protections(const Config& config, const std::string& bucket, Log& log) {
  std::optional<StatusReport> all;
  std::optional<Error> failure;
  std::vector<std::string> not_read;
  std::set<std::string> read;  // control buckets
  for (const ProtectionConfig& protection : config.protections) {
    const dr::Policy& policy = protection.policy;
    const std::string& name = policy.protection_name;
    try {
      const bool is_first = read.insert(policy.control_bucket.text()).second;
      StatusReport report = read_protection(config, policy, is_first, bucket, log);
      if (all) {
        add_protection(*all, std::move(report), name);
      } else {
        all = std::move(report);
      }
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      if (!failure) failure = error;
      not_read.push_back("what became of protection " + name + ": " + error.what());
    }
  }
  if (!all) throw Error(*failure);
  all->unknown.insert(all->unknown.end(), not_read.begin(), not_read.end());
  // That it can have no record, by one of them, says nothing where another one has a record.
  if (!all->entries.empty()) all->never.clear();
  sort_entries(all->entries);
  return std::move(*all);
}

StatusReport read_status(const Config& config, const std::string& bucket, Log& log) {
  if (config.protections.size() > 1) return read_all_protections(config, bucket, log);
  StatusReport report;
  run_task(
      [&](boost::asio::any_io_executor executor) { return collect(executor, config, bucket, log, report); });
  return report;
}

void status(const StatusOptions& options, CommandContext& context) {
  const std::string bucket = options.bucket.empty() ? "" : bucket_argument(options.bucket).text();
  const Config config = load_config(options.access);
  const auto log = make_stderr_log(context.log_level);
  StatusReport report = read_status(config, bucket, *log);
  report.of_one = !bucket.empty();
  if (!report.watch.next.empty()) report.watch.next = context.complete_advice(report.watch.next);
  for (StatusEntry& entry : report.entries) {
    const std::string protection = entry.protection.substr(0, entry.protection.find(','));
    const auto complete = [&](std::string& next) {
      if (!next.empty()) next = context.complete_advice(context.advice_for_protection(next, protection));
    };
    complete(entry.health.next);
    for (Finding& finding : entry.health.findings) complete(finding.next);
  }
  if (!report.never.empty())
    throw Error(ErrorKind::invalid, report.never).with_resource("s3://" + bucket).with_advice("s3dr status");
  if (!bucket.empty() && report.entries.empty()) {
    throw Error(ErrorKind::not_found,
                "this bucket is not protected: there is no record of it" +
                    (report.unknown.empty() ? "" : "; not known: " + report.unknown.front()))
        .with_resource("s3://" + bucket)
        .with_advice("see what would happen: s3dr plan " + bucket +
                     " --as-if-tagged; protect it: s3dr protect " + bucket);
  }
  if (context.output == OutputFormat::json) {
    print(as_json(report));
  } else {
    print(as_table(report, terminal_width()));
    for (const std::string& key : report.other_keys)
      print_error("s3dr: not a record's name in " + report.control_bucket + ": " + clean(key) + "\n");
  }
  context.exit_code = exit_code_of(report);
}

}  // namespace

void add_status_command(Command app, CommandContext& context) {
  Command command = app.add_command(
      "status",
      "Every protection, how far it is, and what is not healthy, worst first. Exit code: 0 all is healthy, "
      "3 something is not, 1 it cannot be known.",
      "s3dr status\ns3dr status photos --output json");
  auto options = std::make_shared<StatusOptions>();
  command.add_option("bucket", options->bucket, "this source bucket only").type_name("BUCKET");
  add_protection_option(command, options->access);
  add_access_options(command, options->access);
  command.callback([options, &context] { status(*options, context); });
}

}  // namespace s3dr::app
