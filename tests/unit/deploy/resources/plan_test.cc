#include "deploy/resources/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "deploy/declare/declaration.h"
#include "deploy/plan_file.h"
#include "unit/deploy/fake_kinds.h"
#include "unit/deploy/samples.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;
using test::FakeKinds;

const Settings settings = test::two_accounts();
const std::vector<Resource> declared = declare(settings);
const PlanOptions ours{owners_of(settings), false};

LiveResources all_there() {
  LiveResources live;
  for (const Resource& resource : declared) {
    if (resource.wanted) live.emplace(resource.id(), FakeKinds::whole(resource));
  }
  return live;
}

const Resource& first_of(Kind kind) {
  for (const Resource& resource : declared) {
    if (resource.kind == kind) return resource;
  }
  throw Error(ErrorKind::not_found, "none declared");
}

Change change_of(const DeploymentPlan& plan, const std::string& id) {
  for (const Change& change : plan.changes) {
    if (change.resource.id() == id) return change;
  }
  return {};
}

TEST(DeploymentPlan, FromNothingEverythingIsCreated) {
  const DeploymentPlan result = plan(declared, {}, ours);
  EXPECT_EQ(result.count(ChangeKind::create), result.changes.size());
  EXPECT_EQ(result.changes.size(), all_there().size());
}

TEST(DeploymentPlan, WhatIsAsDeclaredStays) {
  const DeploymentPlan result = plan(declared, all_there(), ours);
  EXPECT_FALSE(result.pending());
  EXPECT_FALSE(result.blocked());
}

TEST(DeploymentPlan, AResourceWithoutOurTagIsForeignAndSoIsWhatHangsOnIt) {
  LiveResources live = all_there();
  const Resource& function = first_of(Kind::function);
  live[function.id()].owner.reset();
  const DeploymentPlan result = plan(declared, live, ours);
  EXPECT_TRUE(result.blocked());
  EXPECT_EQ(change_of(result, function.id()).kind, ChangeKind::foreign);
  for (const Change& change : result.changes) {
    if (change.resource.parent == function.id()) EXPECT_EQ(change.kind, ChangeKind::foreign);
  }
}

TEST(DeploymentPlan, AnotherDeploymentsResourceIsForeignEvenWhenAdopting) {
  LiveResources live = all_there();
  const Resource& role = first_of(Kind::role);
  live[role.id()].owner = "s3dr/eu-west-1/eu-central-1";
  const Change change = change_of(plan(declared, live, {ours.owners, true}), role.id());
  EXPECT_EQ(change.kind, ChangeKind::foreign);
  EXPECT_THAT(change.reason, testing::HasSubstr("s3dr/eu-west-1/eu-central-1"));
}

TEST(DeploymentPlan, AdoptingTagsWhatHasNoTag) {
  LiveResources live = all_there();
  const Resource& topic = first_of(Kind::topic);
  live[topic.id()].owner.reset();
  live[topic.id()].properties["tags"] = json::object{{"team", "fin"}};
  const Change change = change_of(plan(declared, live, {ours.owners, true}), topic.id());
  EXPECT_EQ(change.kind, ChangeKind::update);
  ASSERT_EQ(change.fields.size(), 1U);
  EXPECT_EQ(change.fields[0].path, "tags.s3dr:owner");
}

TEST(DeploymentPlan, AnUntaggedBucketOfOursIsTakenOverAndAnotherDeploymentsIsShared) {
  LiveResources live = all_there();
  const Resource& bucket = first_of(Kind::bucket);
  live[bucket.id()] = {{{"versioning", "Enabled"}, {"tags", json::object()}}, std::nullopt};
  EXPECT_EQ(change_of(plan(declared, live, ours), bucket.id()).kind, ChangeKind::update);
  live[bucket.id()].owner = "s3dr/eu-west-1/us-east-1";
  EXPECT_EQ(change_of(plan(declared, live, ours), bucket.id()).kind, ChangeKind::shared);
}

TEST(DeploymentPlan, OthersTagsAreLeftAlone) {
  LiveResources live = all_there();
  for (auto& [id, one] : live) {
    if (auto* tags = one.properties.if_contains("tags")) tags->as_object()["cost-centre"] = "42";
  }
  EXPECT_FALSE(plan(declared, live, ours).pending());
}

TEST(DeploymentPlan, UnwantedAlarmsOfOursGoAndOthersStay) {
  Settings without = settings;
  without.alarms = false;
  LiveResources live = all_there();
  const Resource& alarm = first_of(Kind::alarm);
  live[alarm.id()].owner.reset();
  const DeploymentPlan result = plan(declare(without), live, ours);
  EXPECT_EQ(result.count(ChangeKind::remove), 8U);
  EXPECT_EQ(change_of(result, alarm.id()).kind, ChangeKind::unchanged);
  EXPECT_EQ(plan(declare(without), {}, ours).count(ChangeKind::remove), 0U);
}

TEST(DestructionPlan, GoesBackwardsAndKeepsRecordsAndWhatIsNotOurs) {
  LiveResources live = all_there();
  const Resource& queue = first_of(Kind::queue);
  live[queue.id()].owner = "somebody";
  const DeploymentPlan result = destruction_plan(declared, live, ours, false);
  EXPECT_EQ(change_of(result, queue.id()).kind, ChangeKind::unchanged);
  for (const Change& change : result.changes) {
    if (change.resource.kind == Kind::bucket) EXPECT_EQ(change.kind, ChangeKind::unchanged);
  }
  EXPECT_EQ(result.changes.front().resource.kind, Kind::alarm);
  EXPECT_EQ(result.changes.back().resource.kind, Kind::role);
  const DeploymentPlan everything = destruction_plan(declared, live, ours, true);
  EXPECT_EQ(everything.count(ChangeKind::remove), live.size() - 1);
}

// --- each field of each kind
// ----------------------------------------------------------------------------------------

struct Leaf {
  std::string path;
  json::value changed;  // the whole properties with this one leaf changed
};

json::value another(const json::value& value) {
  if (value.is_string()) return json::string(std::string(value.get_string()) + "-changed");
  if (value.is_int64()) return value.get_int64() + 1;
  if (value.is_bool()) return !value.get_bool();
  return "something else";
}

// Calls `visit` with a path for each leaf, while `value` holds the changed leaf. Empty lists and objects
// count as leaves: something was added to them.
template <class Visit>
void each_leaf(json::value& value, const std::string& path, const Visit& visit) {
  if (value.is_object() && !value.get_object().empty()) {
    for (auto& [key, below] : value.get_object())
      each_leaf(below, path.empty() ? std::string(key) : path + "." + std::string(key), visit);
    return;
  }
  if (value.is_array() && !value.get_array().empty()) {
    for (std::size_t i = 0; i < value.get_array().size(); ++i)
      each_leaf(value.get_array()[i], path + "[" + std::to_string(i) + "]", visit);
    return;
  }
  const json::value before = value;
  if (value.is_array()) {
    value.get_array().push_back("added");
  } else {
    value = another(value);
  }
  visit(path);
  value = before;
}

TEST(DeploymentPlan, NamesEachChangedFieldOfEachKind) {
  int leaves = 0;
  std::set<Kind> kinds;
  for (const Settings& asked : {test::one_account(), test::everything()}) {
    const std::vector<Resource> list = declare(asked);
    LiveResources live;
    for (const Resource& resource : list) {
      if (resource.wanted) live.emplace(resource.id(), FakeKinds::whole(resource));
    }
    for (const Resource& resource : list) {
      if (!resource.wanted) continue;
      json::value properties = resource.properties;
      each_leaf(properties, "", [&](const std::string& path) {
        LiveResources changed = live;
        changed[resource.id()].properties = properties.as_object();
        const DeploymentPlan result = plan(list, changed, {owners_of(asked), false});
        EXPECT_EQ(result.count(ChangeKind::update), 1U) << resource.id() << " " << path;
        const Change change = change_of(result, resource.id());
        ASSERT_EQ(change.fields.size(), 1U) << resource.id() << " " << path;
        EXPECT_EQ(change.fields[0].path, path) << resource.id();
        EXPECT_NE(change.fields[0].live, change.fields[0].declared);
        ++leaves;
        kinds.insert(resource.kind);
      });
      // A field that is missing, and one that was added.
      for (const auto& [key, value] : resource.properties) {
        LiveResources changed = live;
        changed[resource.id()].properties.erase(key);
        EXPECT_EQ(plan(list, changed, {owners_of(asked), false}).count(ChangeKind::update), 1U)
            << resource.id() << " without " << key;
      }
      LiveResources changed = live;
      changed[resource.id()].properties["added"] = true;
      EXPECT_EQ(plan(list, changed, {owners_of(asked), false}).count(ChangeKind::update), 1U)
          << resource.id();
    }
  }
  EXPECT_GT(leaves, 500);
  EXPECT_EQ(kinds.size(), std::size(all_kinds));
}

// --- the plan file
// ----------------------------------------------------------------------------------------------------

TEST(PlanFile, TheSamePlanIsFresh) {
  const DeploymentPlan now = plan(declared, {}, ours);
  EXPECT_EQ(why_stale(write_plan_file(now, owner_of(settings)), now, owner_of(settings)), std::nullopt);
}

TEST(PlanFile, AnythingElseIsStaleAndSaysWhat) {
  const std::string file = write_plan_file(plan(declared, {}, ours), owner_of(settings));
  LiveResources live;
  const Resource& queue = first_of(Kind::queue);
  live.emplace(queue.id(), FakeKinds::whole(queue));
  EXPECT_THAT(why_stale(file, plan(declared, live, ours), owner_of(settings)).value_or("fresh"),
              testing::HasSubstr(queue.id()));
  Settings bigger = settings;
  bigger.memory_mib = 512;
  EXPECT_TRUE(why_stale(file, plan(declare(bigger), {}, ours), owner_of(settings)));
}

// What the templates and the playbook are compared with: also of what is live already.
TEST(PlanFile, SaysOfEveryResourceAllThatIsDeclared) {
  LiveResources live;
  for (const Resource& resource : declared) {
    if (resource.kind != Kind::rule) live.emplace(resource.id(), FakeKinds::whole(resource));
  }
  const boost::json::object written = plan_to_json(plan(declared, live, ours));
  std::map<std::string, boost::json::value> properties;
  for (const auto& change : written.at("changes").as_array())
    properties[std::string(change.at("id").as_string())] = change.at("properties");
  std::size_t wanted = 0;
  for (const Resource& resource : declared) {
    if (!resource.wanted) continue;
    ++wanted;
    ASSERT_TRUE(properties.contains(resource.id())) << resource.id();
    EXPECT_EQ(properties.at(resource.id()), boost::json::value(resource.properties)) << resource.id();
  }
  EXPECT_GE(wanted, 37u);
}

TEST(PlanFile, WhatIsNoPlanFileIsRefused) {
  const DeploymentPlan now = plan(declared, {}, ours);
  for (const char* text : {"", "{", "[]", "{}", R"({"s3dr_plan":1})", R"({"s3dr_plan":2,"owner":"other"})",
                           R"({"s3dr_plan":2,"owner":"s3dr/us-west-2/us-east-1","changes":1})"}) {
    EXPECT_THROW(static_cast<void>(why_stale(text, now, owner_of(settings))), Error) << text;
  }
}

}  // namespace
}  // namespace s3dr::deploy
