#include "app/options.h"

#include <CLI/CLI.hpp>

#include <utility>

namespace s3dr::app {

Option& Option::type_name(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::hidden() {
  option_->group("");
  return *this;
}

Option& Option::shows_default() {
  option_->capture_default_str();
  return *this;
}

Option& Option::one_of(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option& Option::between(int first, int last) {
  option_->check(CLI::Range(first, last));
  return *this;
}

Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Command Command::add_command(const std::string& name, const std::string& description,
                             const std::string& examples) {
  CLI::App* command = app_->add_subcommand(name, description);
  command->footer(examples);  // printed first (app/command_line.cc)
  return Command(*command);
}

Command Command::add_hidden_command(const std::string& name, const std::string& description) {
  return Command(*app_->add_subcommand(name, description)->group(""));
}

void Command::add_foreign_command(const std::string& name, const std::string& description,
                                  std::function<void(const std::vector<std::string>&)> run) {
  CLI::App* command = app_->add_subcommand(name, description)->prefix_command()->fallthrough(false);
  command->set_help_flag();
  command->callback([command, run = std::move(run)] { run(command->remaining()); });
}

void Command::require_command() {
  app_->require_subcommand(1);
}

Option Command::add_option(const std::string& name, std::string& value, const std::string& description) {
  CLI::Option* option = app_->add_option(name, value, description);
  // In a script an unset variable gives an empty argument: it must not mean "all" or "the default".
  option->check([](const std::string& given) {
    return std::string(given.empty() ? "is empty: is a variable of the shell not set?" : "");
  });
  return Option(*option);
}

Option Command::add_option(const std::string& name, int& value, const std::string& description) {
  return Option(*app_->add_option(name, value, description));
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& description) {
  return Option(*app_->add_flag(name, value, description));
}

void Command::callback(std::function<void()> run) {
  app_->callback(std::move(run));
}

void Command::callback_without_command(std::function<void()> run) {
  app_->callback([app = app_, run = std::move(run)] {
    if (app->get_subcommands().empty()) run();
  });
}

}  // namespace s3dr::app
