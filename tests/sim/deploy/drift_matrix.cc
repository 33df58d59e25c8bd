// Somebody changes things by hand in a deployed cloud: every field of every resource, in every way (drift.h).
// `plan` names the resource and the field, `apply` repairs just that, and then there is nothing to do. In
// each round every resource has drifted in one way of its own, so that a repair which spoils another resource
// shows.
#include <fmt/format.h>

#include <map>
#include <set>

#include "deploy/declare/declaration.h"
#include "sim/deploy/by_hand.h"
#include "sim/deploy/drift.h"
#include "sim/deploy/others.h"
#include "sim/world/cloud_state.h"
#include "sim/world/deployed_cluster.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

using deploy::ChangeKind;
using deploy::Resource;

struct Counts {
  std::set<deploy::Kind> kinds;
  std::uint64_t resources = 0, fields = 0, fixed = 0, drifts = 0, rounds = 0, deletions = 0, tags = 0;
};

class Drifting {
 public:
  Drifting(bool two_accounts, MatrixReport& report, Log* log)
      : report_(report), deployed_({1, 0, log, two_accounts}) {
    deployed_.settings().create_trail = true;
    deployed_.cluster().run(make_others(deployed_), "others' things");
    const CommandEnd end = deployed_.apply();
    if (!end.ok()) throw Failed("apply: " + end.text());
    for (const Resource& resource : deploy::declare(deployed_.settings())) {
      if (resource.wanted) declared_.push_back(resource);
    }
    clean_ = cloud_state(deployed_.cluster());
  }

  void every_field();
  void every_deletion();
  void every_tag();
  const Counts& counts() const { return counts_; }

 private:
  struct Drifted {
    const Resource* resource;
    const Drift* drift;
  };
  void check_fields(const Resource& resource, const std::vector<Drift>& drifts);
  void run_round(const std::vector<Drifted>& round);
  void expect_named(const CommandEnd& end, const std::vector<Drifted>& round);
  // Nothing is left to do, and the tables are as they were after the first apply.
  void expect_clean(const std::string& after);

  MatrixReport& report_;
  DeployedCluster deployed_;
  std::vector<Resource> declared_;
  CloudState clean_;
  Counts counts_;
};

std::string name_of(const Resource& resource, const Drift& drift) {
  return resource.id() + " " + drift.field + " " + drift.how;
}

void Drifting::check_fields(const Resource& resource, const std::vector<Drift>& drifts) {
  ++counts_.resources;
  counts_.kinds.insert(resource.kind);
  for (const std::string& field : fields_of(resource)) {
    ++counts_.fields;
    if (why_fixed(resource, field)) {
      ++counts_.fixed;
      continue;
    }
    const bool drifted =
        std::ranges::any_of(drifts, [&](const Drift& drift) { return drift.field == field; });
    report_.expect(drifted, resource.id() + ": nothing changes the field " + field);
  }
}

void Drifting::expect_named(const CommandEnd& end, const std::vector<Drifted>& round) {
  std::map<std::string, const Drifted*> expected;
  for (const Drifted& one : round) expected[one.resource->id()] = &one;
  for (const deploy::Change& change : end.plan.changes) {
    const std::string id = change.resource.id();
    const auto found = expected.find(id);
    if (found == expected.end()) {
      report_.expect(change.kind == ChangeKind::unchanged,
                     id + ": nobody changed it, and the plan says: " + change.reason);
      continue;
    }
    const Drifted& drifted = *found->second;
    bool right = change.kind == ChangeKind::update && !change.fields.empty();
    std::string named;
    for (const deploy::FieldChange& field : change.fields) {
      right = right && lies_in(field.path, drifted.drift->field);
      named += " " + field.path;
    }
    report_.expect(
        right, fmt::format("{}: the plan says {}, and names:{}", name_of(*drifted.resource, *drifted.drift),
                           to_string(change.kind), named));
  }
}

void Drifting::expect_clean(const std::string& after) {
  const CommandEnd last = deployed_.plan();
  report_.expect(last.ok() && !last.plan.pending() && !last.plan.blocked(),
                 after + ": something is left to do: " + last.text());
  const std::string wrong = difference_of(cloud_state(deployed_.cluster()), clean_);
  report_.expect(wrong.empty(), after + ": the tables are not as before:" + wrong);
}

void Drifting::run_round(const std::vector<Drifted>& round) {
  ++counts_.rounds;
  std::vector<Drifted> done;
  for (const Drifted& one : round) {
    const std::string name = name_of(*one.resource, *one.drift);
    try {
      deployed_.cluster().run(change_by_hand(deployed_.by_hand(), *one.resource, one.drift->after), name);
      done.push_back(one);
      ++counts_.drifts;
    } catch (const std::exception& error) {
      report_.expect(false, name + ": cannot be changed by hand: " + error.what());
    }
  }
  // Lambda refuses a change while another one is under way.
  deployed_.cluster().run_for(std::chrono::seconds(10));
  const CommandEnd end = deployed_.apply();
  expect_named(end, done);
  const std::string after = "round " + std::to_string(counts_.rounds);
  report_.expect(end.ok() && end.result.updated == done.size() && end.result.total() == done.size(),
                 fmt::format("{}: {} drifted, and apply: {}", after, done.size(), end.text()));
  expect_clean(after);
}

void Drifting::every_field() {
  std::vector<std::vector<Drift>> drifts;
  std::size_t rounds = 0;
  for (const Resource& resource : declared_) {
    drifts.push_back(drifts_of(resource));
    check_fields(resource, drifts.back());
    rounds = std::max(rounds, drifts.back().size());
  }
  for (std::size_t number = 0; number < rounds; ++number) {
    std::vector<Drifted> round;
    // Backwards: a function is changed while its role can still be assumed.
    for (std::size_t i = declared_.size(); i-- > 0;) {
      if (number < drifts[i].size()) round.push_back({&declared_[i], &drifts[i][number]});
    }
    run_round(round);
  }
}

void Drifting::every_deletion() {
  for (const Resource& resource : declared_) {
    const std::string id = resource.id();
    const std::string after = id + " deleted by hand";
    try {
      deployed_.cluster().run(delete_by_hand(deployed_.by_hand(), resource), after);
    } catch (const std::exception& error) {
      report_.expect(false, after + ": " + error.what());
      continue;
    }
    ++counts_.deletions;
    const CommandEnd end = deployed_.apply();
    std::size_t gone = 0;
    for (const deploy::Change& change : end.plan.changes) {
      const bool expected = change.resource.id() == id || change.resource.parent == id;
      if (expected) ++gone;
      report_.expect(
          change.kind == (expected ? ChangeKind::create : ChangeKind::unchanged),
          fmt::format("{}: the plan says of {}: {}", after, change.resource.id(), to_string(change.kind)));
    }
    report_.expect(end.ok() && gone > 0 && end.result.created == gone && end.result.total() == gone,
                   after + ": apply: " + end.text());
    expect_clean(after);
  }
}

// A tag of others' stays; without the owner tag a resource is not ours any more, and nothing is written.
void Drifting::every_tag() {
  for (const Resource& resource : declared_) {
    if (!resource.properties.contains("tags")) continue;
    ++counts_.tags;
    const std::string id = resource.id();
    ServiceHands& hands = deployed_.by_hand();
    Cluster& cluster = deployed_.cluster();
    const std::string ours(resource.properties.at("tags").as_object().at(deploy::owner_tag).as_string());
    cluster.run(tag_by_hand(hands, resource, {{"cost-centre", "42"}}), id + ": a tag");
    const CommandEnd with_tag = deployed_.plan();
    report_.expect(with_tag.ok() && !with_tag.plan.pending(), id + ": a tag of others' is a difference");
    cluster.run(tag_by_hand(hands, resource, {}, deploy::owner_tag), id + ": no owner tag");
    const CommandEnd refused = deployed_.apply();
    CommandOptions adopting;
    adopting.adopt = true;
    if (resource.kind == deploy::Kind::bucket) {
      // Its name has the account's number in it: it is ours, and gets its tag back.
      report_.expect(refused.ok() && refused.result.updated == 1 && refused.result.total() == 1,
                     id + " without the owner tag: " + refused.text());
    } else {
      report_.expect(refused.failure && refused.plan.blocked() && refused.result.total() == 0,
                     id + " without the owner tag, apply: " + refused.text());
      const CommandEnd adopted = deployed_.apply(adopting);
      report_.expect(adopted.ok() && adopted.result.updated == 1 && adopted.result.total() == 1,
                     id + " without the owner tag, apply --adopt: " + adopted.text());
    }
    cluster.run(tag_by_hand(hands, resource, {{deploy::owner_tag, "another/us-west-2/us-east-2"}}),
                id + ": another owner");
    const CommandEnd others = deployed_.apply(adopting);
    const bool blocked = others.failure && others.plan.blocked();
    const bool shared = others.ok() && others.plan.count(ChangeKind::shared) == 1;
    report_.expect((resource.kind == deploy::Kind::bucket ? shared : blocked) && others.result.total() == 0,
                   id + " of another deployment, apply --adopt: " + others.text());
    cluster.run(tag_by_hand(hands, resource, {{deploy::owner_tag, ours}}, "cost-centre"), id + ": as before");
  }
  expect_clean("the tags");
}

}  // namespace

MatrixReport drift_matrix(Log* log) {
  MatrixReport report;
  for (const bool two_accounts : {false, true}) {
    const char* accounts = two_accounts ? "drift, two accounts" : "drift, one account";
    try {
      Drifting drifting(two_accounts, report, log);
      drifting.every_field();
      drifting.every_deletion();
      drifting.every_tag();
      const Counts& counts = drifting.counts();
      report.summary += fmt::format(
          "{}: {} kinds, {} resources, {} fields ({} of them fixed): {} changes by hand in {} rounds, "
          "{} deletions, {} owner tags\n",
          accounts, counts.kinds.size(), counts.resources, counts.fields, counts.fixed, counts.drifts,
          counts.rounds, counts.deletions, counts.tags);
    } catch (const std::exception& error) {
      report.failures.push_back(std::string(accounts) + ": " + error.what());
    }
  }
  return report;
}

}  // namespace s3dr::sim
