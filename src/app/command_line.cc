#include "app/command_line.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <string_view>
#include <utility>

#include "app/command.h"
#include "app/output.h"
#include "base/url_text.h"
#include "base/version.h"

namespace s3dr::app {
namespace {

// Help that begins with an example; the rest is CLI11's.
class ExampleFirst : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    if (name.empty() && app->get_parent() != nullptr)
      name = app->get_parent()->get_name() + " " + app->get_name();
    std::ostringstream out;
    out << make_examples(app->get_footer()) << make_description(app) << "\n"
        << make_usage(app, name) << make_positionals(app) << make_groups(app, mode)
        << make_subcommands(app, mode);
    if (app->get_parent() != nullptr)
      out << "\nAlso, with every command: --output table|json, --log-level LEVEL\n";
    return out.str();
  }

 private:
  static std::string make_examples(const std::string& lines) {
    if (lines.empty()) return "";
    std::string result = lines.find('\n') == std::string::npos ? "Example:\n" : "Examples:\n";
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) result += "  " + line + "\n";
    return result + "\n";
  }
};

void add_global_options(CLI::App& app, CommandContext& context) {
  static const std::map<std::string, OutputFormat> formats{{"table", OutputFormat::table},
                                                           {"json", OutputFormat::json}};
  static const std::map<std::string, LogLevel> levels{{"debug", LogLevel::debug},
                                                      {"info", LogLevel::info},
                                                      {"warning", LogLevel::warning},
                                                      {"error", LogLevel::error}};
  app.add_option_function<std::string>(
         "--output", [&context](const std::string& text) { context.output = formats.at(text); },
         "how results are printed: table or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}));
  app.add_option_function<std::string>(
         "--log-level",
         [&context](const std::string& text) {
           context.log_level = levels.at(text);
           context.log_level_given = true;
         },
         "what is logged to standard error: debug, info, warning, error")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  app.set_version_flag("--version", app.get_name() + " " + program_version, "print the version");
}

// The deepest command that was named, for advice.
std::string help_of(const CLI::App& app) {
  const CLI::App* deepest = &app;
  std::string name = app.get_name();
  while (!deepest->get_subcommands().empty()) {
    deepest = deepest->get_subcommands().front();
    name += " " + deepest->get_name();
  }
  return name + " --help";
}

std::string one_line(std::string text) {
  for (char& letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = ' ';
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

// CLI11 reports a missing command before it checks the word that was written in its place.
std::string usage_failure(const CLI::App& app, const CLI::ParseError& failure) {
  if (dynamic_cast<const CLI::RequiredError*>(&failure) == nullptr) return failure.what();
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with('-')) return "there is no command \"" + word + "\"";
  }
  return failure.what();
}

// `config validate --check` says which of the two stores it is and what to check.
Error with_hint(Error error) {
  if (error.advice().empty() && error.message().starts_with("no connection"))
    error.with_advice("see which store answers: s3dr config validate --check");
  return error;
}

// Also when the command line was not understood.
bool asks_for_json(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--output=json") return true;
    if (arguments[i] == "--output" && i + 1 < arguments.size() && arguments[i + 1] == "json") return true;
  }
  return false;
}

// The command that the words of `text` name, and the place behind them: where its options may stand.
const CLI::App* named_command(const CLI::App& program, const std::string& text, std::size_t& at) {
  const CLI::App* command = &program;
  while (at < text.size() && text[at] == ' ') {
    const std::size_t end =
        std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at + 1), text.size());
    const std::string word = text.substr(at + 1, end - at - 1);
    const auto named = command->get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
    if (named.size() != 1) break;
    command = named.front();
    at = end;
  }
  return command;
}

// Puts the option into every command of `advice` that has it; `value` empty: as it is.
std::string with_option(const CLI::App& program, std::string advice, const std::string& option,
                        const std::string& value) {
  if (value.empty()) return advice;
  const std::string& name = program.get_name();
  const std::string words = " " + option + " " + in_shell(value);
  for (std::size_t found = advice.find(name); found != std::string::npos; found = advice.find(name, found)) {
    const bool is_word =
        found == 0 || std::string_view(" \"'`(").find(advice[found - 1]) != std::string_view::npos;
    found += name.size();
    if (!is_word) continue;
    const CLI::App* command = named_command(program, advice, found);
    const std::string rest = advice.substr(found, advice.find(name + " ", found) - found);
    if (command->get_option_no_throw(option) == nullptr || rest.find(option) != std::string::npos) continue;
    advice.insert(found, words);
    found += words.size();
  }
  return advice;
}

// What the command line says for this option; empty: nothing.
std::string named_by(const CLI::App& program, const std::string& name) {
  const CLI::App* command = &program;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const CLI::Option* option = command->get_option_no_throw(name);
  return option == nullptr || option->count() == 0 ? "" : option->results().front();
}

class Reporter {
 public:
  Reporter(const CommandContext& context, bool as_json) : context_(context), as_json_(as_json) {}

  int report(Error error, int exit_code) const {
    if (!error.advice().empty()) error.with_advice(context_.complete_advice(error.advice()));
    print_error(describe(error));
    if (!as_json_ && context_.output != OutputFormat::json) return exit_code;
    try {
      print(error_as_json(error, exit_code));
    } catch (const Error& unwritten) {
      const bool is_said = error.message() == unwritten.message();
      if (!is_said) print_error(describe(unwritten));
    }
    return exit_code;
  }

 private:
  const CommandContext& context_;
  bool as_json_;
};

int show_help(const CLI::App& app, const CLI::ParseError& wanted) {
  std::ostringstream out, err;
  app.exit(wanted, out, err);
  try {
    print(out.str());
    return exit_done;
  } catch (const Error& error) {
    print_error(describe(error));
    return exit_failed;
  }
}

int parse_and_run(CLI::App& app, CommandContext& context, std::vector<std::string> arguments) {
  const Reporter reporter(context, asks_for_json(arguments));
  std::ranges::reverse(arguments);  // CLI11 takes them from the back
  try {
    app.parse(std::move(arguments));
    return context.exit_code;
  } catch (const CLI::ParseError& failure) {
    if (failure.get_exit_code() == 0) return show_help(app, failure);  // --help, --version
    return reporter.report(UsageError(usage_failure(app, failure)).with_advice(help_of(app)), exit_usage);
  } catch (const UsageError& error) {
    return reporter.report(error, exit_usage);
  } catch (const Error& error) {
    return reporter.report(with_hint(error), exit_failed);
  } catch (const std::bad_alloc&) {
    return reporter.report(Error(ErrorKind::unavailable, "out of memory"), exit_failed);
  } catch (const std::exception& error) {
    return reporter.report(Error(ErrorKind::unavailable, error.what()), exit_failed);
  }
}

}  // namespace

std::string describe(const Error& error) {
  std::string what = error.message();
  if (!error.code().empty()) what = error.code() + ": " + what;
  if (error.status() != 0) what += fmt::format(" (HTTP {})", error.status());
  if (!error.request_id().empty()) what += fmt::format(" [request {}]", error.request_id());
  std::string text = "s3dr: " + one_line(std::move(what)) + "\n";
  if (!error.resource().empty()) text += "  at: " + one_line(error.resource()) + "\n";
  if (!error.advice().empty()) text += "  next: " + one_line(error.advice()) + "\n";
  return hide_user_info(text);
}

std::string describe(const Error& error, const CommandContext& context) {
  Error completed = error;
  return describe(completed.with_advice(context.complete_advice(error.advice())));
}

std::string error_as_json(const Error& error, int exit_code) {
  const auto text = [](const std::string& value) -> boost::json::value {
    if (value.empty()) return nullptr;
    return boost::json::string(clean(hide_user_info(one_line(value))));
  };
  const boost::json::object fields{
      {"kind", to_string(error.kind())},
      {"code", text(error.code())},
      {"status", error.status() == 0 ? boost::json::value(nullptr) : boost::json::value(error.status())},
      {"message", text(error.message())},
      {"resource", text(error.resource())},
      {"region", text(error.region())},
      {"advice", text(error.advice())},
      {"exit_code", exit_code}};
  return boost::json::serialize(boost::json::object{{"error", fields}}) + "\n";
}

int run_command_line(const Program& program, std::vector<std::string> arguments) {
  CLI::App app(program.description, program.name);
  app.formatter(std::make_shared<ExampleFirst>());
  app.footer(program.examples);
  app.fallthrough();  // --output and --log-level are taken after the command, too
  app.require_subcommand(1);
  CommandContext context;
  add_global_options(app, context);
  program.add_commands(Command(app), context);
  context.complete_advice = [&app](std::string advice) {
    for (const char* option : {"--config", "--protection"})
      advice = with_option(app, std::move(advice), option, named_by(app, option));
    return advice;
  };
  context.advice_for_protection = [&app](std::string advice, const std::string& protection) {
    return with_option(app, std::move(advice), "--protection", protection);
  };
  return parse_and_run(app, context, std::move(arguments));
}

}  // namespace s3dr::app
