// `s3dr settings BUCKET` shows the settings of a source and of its replica side by side. `s3dr settings accept BUCKET [KIND]`
// lets through what the functions hold back because it would make the replica weaker, and asks for the fence of a replica
// that was there before. Only the record is written: destination_bucket_check carries it out.
#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/access.h"
#include "app/commands/commands.h"
#include "app/commands/settings_look.h"
#include "app/output.h"
#include "app/run_task.h"
#include "app/status/settings_output.h"
#include "functions/accept_settings.h"

namespace s3dr::app {
namespace {

constexpr const char* fence_word = "fence";

struct SettingsCommand {
  AccessOptions access;
  std::string bucket;  // to be shown
  std::string accepted_of, kind;
  std::string format;
  bool diff = false, all = false, yes = false;
};

bool wants_json(const SettingsCommand& command, const CommandContext& context) {
  return command.format == "json" || context.output == OutputFormat::json;
}

Task<> look(boost::asio::any_io_executor executor, Config config, s3::BucketName bucket, Log& log,
            SettingsView& view) {
  World world(executor, std::move(config), log);
  view = co_await look_at_settings(world, std::move(bucket));
}

SettingsView look_at(const Config& config, const s3::BucketName& bucket, const CommandContext& context) {
  const auto log = make_stderr_log(context.log_level);
  SettingsView view;
  run_task([&](boost::asio::any_io_executor executor) { return look(executor, config, bucket, *log, view); });
  return view;
}

// A difference is worse than what is not known.
int worse_of(int one, int other) {
  if (one == exit_differences || other == exit_differences) return exit_differences;
  return std::max(one, other);
}

std::string shown(const SettingsView& view, const SettingsCommand& command) {
  std::string text = settings_as_table(view, command.all, terminal_width());
  if (!command.diff) return text;
  const std::string diff = settings_as_diff(view);
  return text + (diff.empty() ? "\nNo document differs.\n" : "\n" + diff);
}

void show_settings(const SettingsCommand& command, CommandContext& context) {
  if (command.bucket.empty())
    throw UsageError("which bucket? s3dr settings BUCKET, or: s3dr settings accept BUCKET");
  const s3::BucketName bucket = bucket_argument(command.bucket);
  const Config config = load_config(command.access);
  boost::json::array views;
  std::optional<Error> missing;
  std::string text;
  for (const ProtectionConfig& protection : config.protections) {
    const std::string& name = protection.policy.protection_name;
    try {
      SettingsView view = look_at(of_protection(config, name), bucket, context);
      if (config.protections.size() > 1) view.protection = name;
      complete_advice(view, [&](std::string next) {
        return context.complete_advice(context.advice_for_protection(std::move(next), view.protection));
      });
      context.exit_code = worse_of(context.exit_code, exit_code_of(view));
      if (wants_json(command, context)) {
        views.push_back(json_of(view, command.diff));
      } else {
        text += (text.empty() ? "" : "\n") + shown(view, command);
      }
    } catch (const Error& error) {
      // Not every protection covers every bucket.
      if (error.kind() != ErrorKind::not_found || config.protections.size() == 1) throw;
      missing = error;
    }
  }
  if (views.empty() && text.empty() && missing) throw Error(*missing);
  if (!wants_json(command, context)) return print(text);
  boost::json::value result = views.size() == 1 && config.protections.size() == 1
                                  ? views.front()
                                  : boost::json::object{{"bucket", bucket.text()}, {"protections", views}};
  print(boost::json::serialize(result) + "\n");
}

// The lines that are accepted: one kind, or all that wait.
std::vector<const SettingLine*> chosen(const SettingsView& view, const std::string& kind) {
  std::vector<const SettingLine*> result;
  for (const SettingLine& line : view.lines) {
    if (line.is_held && (kind.empty() || line.kind == kind)) result.push_back(&line);
  }
  return result;
}

bool accepts_fence(const SettingsView& view, const std::string& kind) {
  return kind == fence_word && view.fence_waits;
}

// What is about to be let through, on standard error: standard output may be read by a program.
std::string announcement(const SettingsView& view, const std::vector<const SettingLine*>& lines, bool fence) {
  std::string text;
  if (!lines.empty()) {
    text += "Let through to the replica " + view.replica + ":\n";
    for (const SettingLine* line : lines)
      text += fmt::format("  {} ({}): {} → {}\n    {}\n", line->kind, line->name, clean(line->replica),
                          clean(line->source), clean(line->message));
    for (const SettingLine* line : lines) text += "\n" + held_diff(view, *line);
    for (const SettingLine* line : lines) text += "\n" + held_diff(view, *line);
  }
  if (fence) {
    text +=
        "The replica " + view.replica +
        " is fenced: its bucket policy denies writes and deletes to everybody but S3's replication and the "
        "exempt roles of the configuration.\n";
  }
  return text;
}

void confirm(const std::string& word) {
  std::cerr << "Type " << word << " to go on: " << std::flush;
  std::string line;
  if (std::getline(std::cin, line) && line == word) return;
  throw UsageError("nothing was changed: settings accept wants --yes, or " + word + " typed in");
}

Error nothing_waits(const SettingsView& view, const std::string& kind) {
  std::string waiting;
  for (const SettingLine* line : chosen(view, "")) waiting += (waiting.empty() ? "" : ", ") + line->kind;
  if (view.fence_waits) waiting += (waiting.empty() ? "" : ", ") + std::string(fence_word);
  return Error(ErrorKind::invalid, "nothing is held of \"" + kind + "\"")
      .with_resource("s3://" + view.bucket)
      .with_advice(waiting.empty() ? "nothing waits at all: s3dr settings " + view.bucket
                                   : "what waits: " + waiting);
}

Task<> accept(boost::asio::any_io_executor executor, Config config, s3::BucketName bucket,
              functions::AcceptedSettings accepted, Log& log) {
  World world(executor, std::move(config), log);
  co_await functions::accept_settings(world.context(), std::move(bucket), std::move(accepted));
}

void accept_settings(const SettingsCommand& command, CommandContext& context) {
  if (!command.bucket.empty())
    throw UsageError("one KIND at a time, or none for all that is held: what is \"" + command.bucket + "\"?");
  const s3::BucketName bucket = bucket_argument(command.accepted_of);
  if (!command.kind.empty() && command.kind != fence_word && !is_setting_kind(command.kind)) {
    UsageError error("\"" + command.kind + "\" is no kind of setting");
    error.with_advice("the kinds: " + kind_words() + ", and " + fence_word);
    throw error;
  }
  const Config config = load_config_of_one(command.access);
  const SettingsView view = look_at(config, bucket, context);
  const std::vector<const SettingLine*> lines = chosen(view, command.kind);
  const bool fence = accepts_fence(view, command.kind);
  if (lines.empty() && !fence && !command.kind.empty()) throw nothing_waits(view, command.kind);
  boost::json::array kinds;
  functions::AcceptedSettings accepted;
  accepted.fence = fence;
  for (const SettingLine* line : lines) {
    kinds.emplace_back(line->kind);
    accepted.held.emplace_back(line->kind, line->held);
  }
  if (fence) kinds.emplace_back(fence_word);
  if (!kinds.empty()) {
    print_error(announcement(view, lines, fence));
    if (!command.yes) confirm(kinds.size() == 1 ? std::string(kinds[0].as_string()) : bucket.text());
    const auto log = make_stderr_log(context.log_level);
    run_task([&](boost::asio::any_io_executor executor) {
      return accept(executor, config, bucket, accepted, *log);
    });
  }
  if (wants_json(command, context)) {
    print(boost::json::serialize(boost::json::object{{"bucket", bucket.text()}, {"accepted", kinds}}) + "\n");
  } else {
    print(
        kinds.empty()
            ? "Nothing is held.\n"
            : "Accepted. destination_bucket_check writes it with its next look, at the latest with the next "
              "sweep.\nnext: " +
                  context.complete_advice("s3dr settings " + bucket.text()) + "\n");
  }
}

void add_common(Command command, SettingsCommand& options) {
  command.add_option("--format", options.format, "table or json, as --output").one_of({"table", "json"});
  add_protection_option(command, options.access);
  add_access_options(command, options.access);
}

}  // namespace

void add_settings_command(Command app, CommandContext& context) {
  Command settings = app.add_command(
      "settings",
      "The settings of a source and of its replica, kind by kind: what follows, what is held back, what "
      "cannot be had. "
      "Reads only. Exit code: 0 in sync, 3 something differs or is held, 1 something is not known.",
      "s3dr settings photos\ns3dr settings photos --diff\ns3dr settings accept photos lifecycle");
  auto options = std::make_shared<SettingsCommand>();
  settings.add_option("bucket", options->bucket, "the source bucket").type_name("BUCKET");
  settings.add_flag("--diff", options->diff, "the documents of both sides, as a diff of their normal forms");
  settings.add_flag("--all", options->all, "also the kinds that neither bucket has");
  add_common(settings, *options);
  settings.callback_without_command([options, &context] { show_settings(*options, context); });

  Command accepting =
      settings.add_command("accept",
                           "Lets through what is held because it makes the replica weaker: one KIND, or all "
                           "that is held. \"fence\" instead "
                           "of a kind: the policy of a replica that was there before denies writes. Shows it "
                           "first and asks. Exit code: 0 "
                           "accepted or nothing is held, 1 it cannot be, 2 not confirmed.",
                           "s3dr settings accept photos lifecycle\ns3dr settings accept photos fence --yes");
  accepting.add_option("bucket", options->accepted_of, "the source bucket").type_name("BUCKET").required();
  accepting.add_option("kind", options->kind, "one kind, as `s3dr settings` names it, or fence; else all")
      .type_name("KIND");
  accepting.add_flag("--yes", options->yes, "without asking");
  add_common(accepting, *options);
  accepting.callback([options, &context] { accept_settings(*options, context); });
}

}  // namespace s3dr::app
