// `s3dr cloud` and `s3dr demo`. The program s3dr-cloud does both (demo/main.cc). It is started from the
// folder of this program.
#include "app/commands/commands.h"
#include "app/sibling_program.h"

namespace s3dr::app {
namespace {

std::string word_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      break;
  }
  return "error";
}

// Options that stood before the command, in the words of the command line.
std::vector<std::string> global_options(const CommandContext& context) {
  std::vector<std::string> words;
  if (context.output == OutputFormat::json) words = {"--output", "json"};
  if (context.log_level_given) {
    words.emplace_back("--log-level");
    words.push_back(word_of(context.log_level));
  }
  return words;
}

void hand_over(std::vector<std::string> words, const std::vector<std::string>& rest,
               const CommandContext& context) {
  const std::vector<std::string> options = global_options(context);
  words.insert(words.begin(), options.begin(), options.end());
  words.insert(words.end(), rest.begin(), rest.end());
  become_sibling("s3dr-cloud", std::move(words));
}

}  // namespace

void add_cloud_commands(Command app, CommandContext& context) {
  app.add_foreign_command(
      "demo", "A bucket is protected before your eyes, in an embedded cloud (s3dr-cloud).",
      [&context](const std::vector<std::string>& rest) { hand_over({"demo"}, rest, context); });
  app.add_foreign_command("cloud", "The embedded cloud: regions on this machine (s3dr-cloud).",
                          [&context](const std::vector<std::string>& rest) { hand_over({}, rest, context); });
}

}  // namespace s3dr::app
