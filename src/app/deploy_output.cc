#include "app/deploy_output.h"

#include <fmt/format.h>

#include "app/output.h"

namespace s3dr::app {
namespace {

constexpr std::size_t value_columns_max = 60;

std::string value_text(const std::optional<boost::json::value>& value) {
  return truncate(clean(deploy::shown(value)), value_columns_max);
}

bool says_something(const deploy::Change& change) {
  return change.kind != deploy::ChangeKind::unchanged || !change.reason.empty();
}

void add_change(Table& table, const deploy::Change& change) {
  table.add({std::string(deploy::to_string(change.kind)), std::string(to_string(change.resource.kind)),
             change.resource.name, change.resource.place, change.reason});
  for (const deploy::FieldChange& field : change.fields) {
    table.add(
        {"", "", "  " + clean(field.path), "", value_text(field.live) + " -> " + value_text(field.declared)});
  }
}

}  // namespace

std::string plan_counts(const deploy::DeploymentPlan& plan) {
  using deploy::ChangeKind;
  std::string text =
      fmt::format("{} to create, {} to change, {} to delete, {} unchanged", plan.count(ChangeKind::create),
                  plan.count(ChangeKind::update), plan.count(ChangeKind::remove),
                  plan.count(ChangeKind::unchanged) + plan.count(ChangeKind::shared));
  if (plan.blocked()) text += fmt::format(", {} not ours", plan.count(ChangeKind::foreign));
  return text;
}

std::string plan_as_text(const deploy::DeploymentPlan& plan, std::size_t width) {
  Table table({{"CHANGE"}, {"KIND"}, {"NAME"}, {"REGION"}, {"REASON"}});
  for (const deploy::Change& change : plan.changes) {
    if (says_something(change)) add_change(table, change);
  }
  std::string text = table.empty() ? "" : table.render(width) + "\n";
  text += plan_counts(plan) + "\n";
  for (const std::string& warning : plan.warnings) text += "warning: " + clean(warning) + "\n";
  return text;
}

std::string result_text(const deploy::ApplyResult& result) {
  if (result.total() == 0) return "0 changes: everything is as declared\n";
  return fmt::format("{} changes: {} created, {} updated, {} deleted\n", result.total(), result.created,
                     result.updated, result.removed);
}

std::string self_test_as_text(const std::vector<deploy::SelfTestStep>& steps) {
  std::string text;
  for (const deploy::SelfTestStep& step : steps) {
    text += fmt::format("self-test: {}: {}{}\n", step.what, step.passed ? "yes" : "NO",
                        step.detail.empty() ? "" : ": " + clean(step.detail));
  }
  return text;
}

namespace {

std::string queues_text(const deploy::DeploymentStatus& status, std::size_t width) {
  Table queues({{"DEAD LETTERS"}, {"REGION"}, {"MESSAGES", true}});
  for (const deploy::QueueStatus& one : status.queues)
    queues.add({one.name, one.place,
                one.messages == deploy::no_such_queue   ? "absent"
                : one.messages == deploy::count_unknown ? "unknown"
                                                        : std::to_string(one.messages)});
  std::string text = queues.render(width);
  for (const deploy::QueueStatus& one : status.queues) {
    for (const deploy::DeadLetter& letter : one.letters) {
      text += fmt::format("  {} {}: {}\n    {}\n", one.place, clean(letter.from), clean(letter.reason),
                          clean(letter.body));
    }
  }
  return text;
}

std::string alarms_text(const deploy::DeploymentStatus& status, std::size_t width) {
  if (status.alarms.empty()) return "";
  Table alarms({{"ALARM"}, {"REGION"}, {"STATE"}, {"REASON"}});
  for (const deploy::AlarmStatus& one : status.alarms)
    alarms.add({clean(one.name), one.place, clean(one.state), clean(one.reason)});
  return "\n" + alarms.render(width);
}

std::string functions_text(const deploy::DeploymentStatus& status, std::size_t width) {
  Table functions({{"FUNCTION"}, {"REGION"}, {"STATE"}, {"CHANGED"}});
  for (const deploy::FunctionStatus& one : status.functions)
    functions.add({one.name, one.place, clean(one.state), clean(one.last_modified)});
  return "\n" + functions.render(width);
}

std::string errors_text(const deploy::DeploymentStatus& status) {
  std::string text;
  for (const deploy::FunctionStatus& one : status.functions) {
    if (!one.errors_unread.empty()) text += "  " + one.name + ": " + clean(one.errors_unread) + "\n";
    for (const deploy::LastError& error : one.last_errors) {
      text += "  " + one.name + ": " + clean(error.text);
      if (error.count > 1) text += fmt::format(" ({} times)", error.count);
      if (!error.at.empty()) text += ", last at " + clean(error.at);
      text += "\n";
    }
  }
  return text.empty() ? "" : "\nlast errors and warnings, of one day:\n" + text;
}

std::string trail_text(const deploy::TrailCheck& check) {
  return clean(check.usable ? check.trail : "none: " + check.why) + "\n";
}

std::string replica_trails_text(const deploy::DeploymentStatus& status) {
  if (status.replica_trails.size() == 1)
    return "trail of the replicas' region: " + trail_text(status.replica_trails.front().trail);
  std::string text;
  for (const auto& one : status.replica_trails)
    text += "trail of the replicas in " + one.place + ": " + trail_text(one.trail);
  return text;
}

}  // namespace

std::string status_as_text(const deploy::DeploymentStatus& status, std::size_t width) {
  return queues_text(status, width) + alarms_text(status, width) + functions_text(status, width) +
         errors_text(status) + "\ntrail: " + trail_text(status.trail) + replica_trails_text(status);
}

boost::json::object result_to_json(const deploy::ApplyResult& result,
                                   const std::vector<deploy::SelfTestStep>& steps,
                                   const std::vector<std::string>& warnings) {
  boost::json::array tests, warned;
  for (const deploy::SelfTestStep& step : steps)
    tests.push_back(
        boost::json::object{{"what", step.what}, {"passed", step.passed}, {"detail", step.detail}});
  for (const std::string& warning : warnings) warned.emplace_back(warning);
  return {{"changes", result.total()}, {"created", result.created},     {"updated", result.updated},
          {"removed", result.removed}, {"self_test", std::move(tests)}, {"warnings", std::move(warned)}};
}

}  // namespace s3dr::app
