// `s3dr status [BUCKET]`: what the records say. The records are the truth; no controller is asked. If the
// records cannot be read, that is an error, never an empty list.
#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/access.h"
#include "app/commands/commands.h"
#include "app/output.h"
#include "app/record_output.h"
#include "app/run_task.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/task_group.h"
#include "functions/record_store.h"

namespace s3dr::app {
namespace {

constexpr std::size_t readers_max = 16;

struct StatusOptions {
  AccessOptions access;
  std::string bucket;
};

// One bucket of the list; neither a record nor a failure: it was removed since it was listed.
struct Entry {
  s3::BucketName bucket;
  std::optional<dr::Record> record;
  std::string unreadable;
};

struct Report {
  std::vector<Entry> entries;
  std::vector<std::string> other_keys;
  std::string control_bucket;
  Instant now{};
};

// A record that is there but broken is one row; a store that does not answer ends the command.
Task<> read_entry(World& world, Entry& entry) {
  try {
    auto stored = co_await functions::read_record(world.records(), world.config().policy, entry.bucket);
    if (stored) entry.record = std::move(stored->record);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::unsupported) throw;
    entry.unreadable = error.what();
  }
}

Task<> read_some(World& world, std::vector<Entry>& entries, std::size_t& next) {
  while (next < entries.size()) {
    Entry& entry = entries[next++];
    co_await read_entry(world, entry);
  }
}

Task<> read_all(World& world, std::vector<Entry>& entries) {
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

Task<> list_entries(World& world, Report& report) {
  std::string token;
  do {
    functions::RecordedBuckets page =
        co_await functions::list_recorded(world.records(), world.config().policy, token);
    for (s3::BucketName& bucket : page.buckets) report.entries.push_back({std::move(bucket), {}, {}});
    for (std::string& key : page.other_keys) report.other_keys.push_back(std::move(key));
    token = std::move(page.continuation_token);
  } while (!token.empty());
}

Task<> collect(boost::asio::any_io_executor executor, Config config, std::string bucket, Log& log,
               Report& report) {
  World world(executor, std::move(config), log);
  try {
    if (bucket.empty()) {
      co_await list_entries(world, report);
    } else {
      report.entries.push_back({s3::BucketName::parse(bucket), {}, {}});
    }
    co_await read_all(world, report.entries);
  } catch (const Error& error) {
    throw with_hint(error, world.config());
  }
  std::erase_if(report.entries, [](const Entry& entry) { return !entry.record && entry.unreadable.empty(); });
  report.control_bucket = world.config().policy.control_bucket.text();
  report.now = world.clock().now();
}

std::string as_table(const Report& report) {
  Table table({{"BUCKET"},
               {"STATE"},
               {"REPLICA"},
               {"GEN", true},
               {"BACKFILL"},
               {"VERIFIED AS OF"},
               {"ARRIVING", true},
               {"REASON"}});
  for (const Entry& entry : report.entries) {
    if (!entry.record) {
      table.add({entry.bucket.text(), "unreadable", "?", "?", "?", "?", "?", entry.unreadable});
      continue;
    }
    const dr::Record& record = *entry.record;
    const auto& run =
        record.last_difference && (!record.verified || record.last_difference->at > record.verified->at)
            ? record.last_difference
            : record.verified;
    table.add({entry.bucket.text(), std::string(dr::to_string(record.state)),
               record.replica.bucket.empty() ? "-" : record.replica.bucket.text(),
               std::to_string(record.rule.generation), backfill_text(record),
               verified_text(record, report.now), run ? format_count(run->arriving) : "-", record.reason});
  }
  return table.render(terminal_width());
}

std::string as_json(const Report& report) {
  boost::json::array protections, others;
  for (const Entry& entry : report.entries) {
    if (entry.record) {
      protections.emplace_back(json_of(*entry.record));
    } else {
      protections.push_back(
          {{"bucket", entry.bucket.text()}, {"state", "unreadable"}, {"error", entry.unreadable}});
    }
  }
  for (const std::string& key : report.other_keys) others.emplace_back(key);
  const boost::json::object result{{"as_of", to_iso8601(report.now)},
                                   {"control_bucket", report.control_bucket},
                                   {"protections", std::move(protections)},
                                   {"not_records", std::move(others)},
                                   {"roles", "checked for form and account only"}};
  return boost::json::serialize(result) + "\n";
}

void status(const StatusOptions& options, CommandContext& context) {
  const std::string bucket = options.bucket.empty() ? "" : bucket_argument(options.bucket).text();
  const Config config = load_config(options.access);
  const auto log = make_stderr_log(context.log_level);
  Report report;
  run_task(
      [&](boost::asio::any_io_executor executor) { return collect(executor, config, bucket, *log, report); });
  if (!bucket.empty() && report.entries.empty()) {
    throw Error(ErrorKind::not_found, "this bucket is not protected: there is no record of it")
        .with_resource("s3://" + bucket)
        .with_advice("see what would happen: s3dr plan " + bucket + "; protect it: s3dr protect " + bucket);
  }
  if (context.output == OutputFormat::json) {
    print(as_json(report));
  } else if (report.entries.empty()) {
    print("No bucket is protected. Begin with: s3dr protect BUCKET\n");
  } else {
    print(as_table(report) + "\nRoles are checked for form and account only.\n");
    for (const std::string& key : report.other_keys)
      print_error("s3dr: not a record's name in " + report.control_bucket + ": " + clean(key) + "\n");
  }
  const bool broken = std::ranges::any_of(report.entries, [](const Entry& entry) { return !entry.record; });
  if (broken) context.exit_code = exit_failed;
}

}  // namespace

void add_status_command(Command app, CommandContext& context) {
  Command command = app.add_command("status", "Every protection and how far it is.",
                                    "s3dr status\ns3dr status photos --output json");
  auto options = std::make_shared<StatusOptions>();
  command.add_option("bucket", options->bucket, "this source bucket only").type_name("BUCKET");
  add_access_options(command, options->access);
  command.callback([options, &context] { status(*options, context); });
}

}  // namespace s3dr::app
