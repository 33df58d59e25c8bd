// What a command's options are declared with: CLI11 behind values, so that options.cc and command_line.cc pay
// for its headers and not every command. Names and meanings are CLI11's.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace s3dr::app {

// An option, a flag or an argument without dashes. Belongs to its command; copies mean the same one.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}
  Option& type_name(const std::string& name);  // how help calls its value
  Option& required();
  Option& hidden();         // not in the help
  Option& shows_default();  // its value at this moment, in the help
  Option& one_of(const std::vector<std::string>& values);
  Option& between(int first, int last);
  Option& excludes(const Option& other);

 private:
  CLI::Option* option_;
};

// A command, or the program as a whole; copies mean the same one. What is bound to an option outlives the
// parsing.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  // A command below this one, whose help begins with examples: what a person would type, one a line.
  Command add_command(const std::string& name, const std::string& description, const std::string& examples);
  Command add_hidden_command(const std::string& name, const std::string& description);
  // A command of another program: `run` is given every word after its name, "--help" included.
  void add_foreign_command(const std::string& name, const std::string& description,
                           std::function<void(const std::vector<std::string>&)> run);
  void require_command();  // one below this one has to be named
  // "--name" is an option, "name" an argument by its place. Left out: the value stays what it is.
  Option add_option(const std::string& name, std::string& value, const std::string& description = "");
  Option add_option(const std::string& name, int& value, const std::string& description = "");
  Option add_flag(const std::string& name, bool& value, const std::string& description);
  // What the command does, once everything after its name has been understood.
  void callback(std::function<void()> run);

 private:
  CLI::App* app_;
};

}  // namespace s3dr::app
