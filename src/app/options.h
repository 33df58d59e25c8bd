// How a command declares its options. It hides CLI11 behind values. So only options.cc and command_line.cc
// compile CLI11's headers. Names and meanings are CLI11's.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace s3dr::app {

// An option, a flag or an argument without dashes. It belongs to its command. Copies mean the same option.
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

// A command, or the program as a whole. Copies mean the same command. Values that are bound to an option
// outlive the parsing.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  // Adds a subcommand. Its help begins with `examples`: command lines as a person types them, one on each
  // line.
  Command add_command(const std::string& name, const std::string& description, const std::string& examples);
  Command add_hidden_command(const std::string& name, const std::string& description);
  // Adds a command of another program. `run` gets every word after its name, also "--help".
  void add_foreign_command(const std::string& name, const std::string& description,
                           std::function<void(const std::vector<std::string>&)> run);
  void require_command();  // the user must name a subcommand
  // "--name" is an option, "name" an argument by position. If the user leaves it out, the value stays as it
  // is. An empty text is refused.
  Option add_option(const std::string& name, std::string& value, const std::string& description = "");
  Option add_option(const std::string& name, int& value, const std::string& description = "");
  Option add_flag(const std::string& name, bool& value, const std::string& description);
  // What the command does. Called after everything behind its name was understood.
  void callback(std::function<void()> run);
  // The same for a command that does something itself, and has subcommands: not called when one of them was named.
  void callback_without_command(std::function<void()> run);

 private:
  CLI::App* app_;
};

}  // namespace s3dr::app
