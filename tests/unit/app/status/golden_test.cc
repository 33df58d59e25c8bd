// What `status` and `plan` say in every state and of every condition, kept in tests/data/golden to be read as the person
// on call: is it clear within a minute what is wrong, and what to type? Written anew with S3DR_WRITE_GOLDEN=1; then read
// what has changed. tests/e2e/command_line/test_schemas.py holds the JSON against docs/schema.
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "app/commands/plan_output.h"
#include "app/exit_code.h"
#include "app/status/settings_view.h"
#include "app/status/status_report.h"
#include "base/encoding.h"
#include "unit/app/status/golden_scenes.h"

namespace s3dr::app {
namespace {

using test::noon;
using test::photos;
using test::Scene;
using test::scenes;

constexpr std::size_t width = 120;

dr::Heartbeat beat(Instant at, const dr::Policy& policy) {
  dr::SweepRound round;
  round.program = "s3dr serve";
  round.version = "0.1.0";
  round.at = at;
  round.interval = milliseconds(300'000);
  round.account = policy.source_account;
  round.source_region = policy.source_region;
  round.destination_region = policy.destination_region;
  round.source = round.destination = dr::Contact{};
  return dr::after_round(std::nullopt, round);
}

StatusReport status_of(const Scene& scene, Instant now) {
  StatusReport report;
  report.now = now;
  report.heartbeat = beat(now - milliseconds(12'000), scene.world.policy);
  report.watch = judge(report.heartbeat, "s3dr.yaml", now);
  report.reachable = reachable_by(report.heartbeat, now);
  report.control_bucket = scene.world.policy.control_bucket.text();
  if (const auto record = scene.world.record(photos)) {
    report.entries.push_back(entry_of(*record));
    report.entries.back().settings = recorded_settings(scene.world.policy, *record, now);
  }
  set_job_places(report.entries, now);
  set_reachable(report);
  return report;
}

JudgedPair plan_of(const Scene& scene, Instant now) {
  JudgedPair judged;
  judged.seen = scene.world.observe(photos, now - milliseconds(1000));
  scene.spoil(judged.seen);
  judged.now = now;
  judged.plan = dr::plan(scene.world.policy, judged.seen, now);
  judged.conditions = dr::conditions_of(scene.world.policy, judged.seen, judged.plan);
  return judged;
}

// Indented: a change of one field is a change of one line.
std::string pretty(const boost::json::value& value, std::size_t depth = 0) {
  const std::string indent(2 * depth + 2, ' '), end = "\n" + std::string(2 * depth, ' ');
  std::string text;
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    for (const auto& field : *object) {
      text += (text.empty() ? "{\n" : ",\n") + indent +
              boost::json::serialize(boost::json::string(field.key())) + ": " +
              pretty(field.value(), depth + 1);
    }
    return text + end + "}";
  }
  if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    for (const auto& item : *array) text += (text.empty() ? "[\n" : ",\n") + indent + pretty(item, depth + 1);
    return text + end + "]";
  }
  return boost::json::serialize(value);
}

std::string under(const std::string& command, int code, const std::string& output) {
  return "$ " + command + "    (exit code " + std::to_string(code) + ")\n" + output + "\n";
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(S3DR_TEST_DATA) + "/golden/" + name;
  if (std::getenv("S3DR_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  std::ostringstream kept;
  kept << file.rdbuf();
  EXPECT_EQ(kept.str(), text) << path << ": S3DR_WRITE_GOLDEN=1 writes it anew; then read what has changed";
}

TEST(Golden, EveryStateAsThePersonOnCallSeesIt) {
  for (const auto& [name, make] : scenes()) {
    const Scene scene = make();
    const Instant now = scene.now + milliseconds(90'000);
    StatusReport report = status_of(scene, now);
    const JudgedPair judged = plan_of(scene, now);
    std::string text;
    boost::json::object json;
    if (!report.entries.empty()) {
      text += under("s3dr status", exit_code_of(report), as_table(report, width));
      report.of_one = true;
      text += under("s3dr status photos", exit_code_of(report), as_table(report, width));
      json["status"] = boost::json::parse(as_json(report));
    }
    text += under("s3dr plan photos", exit_code_of(judged), plan_as_text(judged, width));
    json["plan"] = boost::json::parse(plan_as_json(judged));
    expect_golden(name + ".txt", text);
    expect_golden(name + ".json", pretty(json) + "\n");
  }
}

TEST(Golden, AFleetOnABadDay) {
  StatusReport report;
  report.now = noon + milliseconds(7'200'000);
  const dr::Policy policy = test::test_policy();
  report.heartbeat = beat(report.now - milliseconds(12'000), policy);
  report.heartbeat->destination.failing_since = noon;
  report.heartbeat->destination.unreachable = true;
  report.heartbeat->destination.why = "no connection to s3.us-east-2.amazonaws.com";
  report.watch = judge(report.heartbeat, "s3dr.yaml", report.now);
  report.reachable = reachable_by(report.heartbeat, report.now);
  for (const auto& [name, make] : scenes()) {
    auto record = make().world.record(photos);
    if (!record) continue;
    std::string bucket = name;
    std::ranges::replace(bucket, '_', '-');
    record->source.bucket = s3::BucketName::parse(bucket);
    record->replica.bucket = s3::BucketName::parse(bucket + "-dr");
    report.entries.push_back(entry_of(std::move(*record)));
  }
  set_job_places(report.entries, report.now);
  set_reachable(report);
  sort_entries(report.entries);
  expect_golden("fleet.txt", under("s3dr status", exit_code_of(report), as_table(report, width)));
  expect_golden("fleet.json",
                pretty(boost::json::object{{"status", boost::json::parse(as_json(report))}}) + "\n");
}

// A new state, type or reason needs a scene.
TEST(Golden, NoStateAndNoConditionIsLeftOut) {
  std::set<dr::State> states;
  std::set<dr::ConditionType> unhealthy;
  for (const auto& [name, make] : scenes()) {
    const Scene scene = make();
    const JudgedPair judged = plan_of(scene, scene.now);
    states.insert(judged.plan.state);
    if (const auto record = scene.world.record(photos)) states.insert(record->state);
    for (const dr::Condition& one : dr::causes(judged.conditions)) unhealthy.insert(one.type);
    for (const dr::Condition& one : judged.conditions) {
      if (one.type == dr::ConditionType::protected_ && !one.healthy()) unhealthy.insert(one.type);
    }
    if (judged.plan.state == dr::State::unknown) EXPECT_NE(exit_code_of(judged), exit_done) << name;
  }
  for (int state = 0; state <= static_cast<int>(dr::State::unknown); ++state)
    EXPECT_TRUE(states.contains(static_cast<dr::State>(state)))
        << dr::to_string(static_cast<dr::State>(state));
  for (const dr::ConditionWords& words : dr::condition_table())
    EXPECT_TRUE(unhealthy.contains(words.type)) << words.name;
}

}  // namespace
}  // namespace s3dr::app
