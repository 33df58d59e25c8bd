// A plan for people and for machines: what was seen, what would be done, what prevents it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/status/settings_output.h"
#include "base/clock.h"
#include "dr/conditions/conditions.h"
#include "dr/plan.h"

namespace s3dr::app {

struct JudgedPair {
  dr::ObservedPair seen;
  dr::Plan plan;
  std::vector<dr::Condition> conditions;
  std::optional<SettingsView> settings;  // of both buckets; none: there is no pair to look at yet
  Instant now{};
  // Adds to a `next:` what the command line said (CommandContext).
  std::function<std::string(std::string)> complete_advice = [](std::string advice) { return advice; };
  std::string protection;    // its name, where there are several
  std::string as_if_tagged;  // "dr=true": the plan of a bucket that carried this tag; empty: of what is there
};

// `width`: of the terminal; 0: no limit.
std::string plan_as_text(const JudgedPair& judged, std::size_t width);
std::string plan_as_json(const JudgedPair& judged);

// It cannot be carried out, and not because it waits for an earlier step of the same plan.
bool is_blocked(const dr::Action& action);

// 1 blocked, 3 changes pending or something stands, else 0.
int exit_code_of(const JudgedPair& judged);

}  // namespace s3dr::app
