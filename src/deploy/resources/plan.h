// What would bring the live resources to what is declared. Pure: same declaration, same live resources, same
// plan. Carrying a plan out and reading again gives a plan without changes (tests/unit/deploy). A plan never
// changes what is not ours.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deploy/resources/difference.h"
#include "deploy/resources/resource.h"

namespace s3dr::deploy {

// A resource as it was read. Its properties are in the same normal form as the declared ones.
struct Live {
  boost::json::object properties;
  std::optional<std::string> owner;  // value of the owner tag; nullopt: not tagged, or a kind without tags
  bool operator==(const Live&) const = default;
};

// By resource id. A resource that is not in it does not exist.
using LiveResources = std::map<std::string, Live>;

enum class ChangeKind {
  unchanged,
  create,
  update,
  remove,
  foreign,  // has the name of ours, but is not ours: nothing is done until a person decides
  shared,   // a bucket that another deployment of s3dr keeps: used, not changed
};
std::string_view to_string(ChangeKind kind);

struct Change {
  Resource resource;
  ChangeKind kind = ChangeKind::unchanged;
  std::string reason;               // "does not exist"; "2 fields differ"
  std::vector<FieldChange> fields;  // of an update
  bool pending() const {
    return kind == ChangeKind::create || kind == ChangeKind::update || kind == ChangeKind::remove;
  }
};

struct DeploymentPlan {
  std::vector<Change> changes;  // one for each declared resource, in order; unwanted and absent: left out
  std::vector<std::string> warnings;

  std::size_t count(ChangeKind kind) const;
  bool pending() const;
  bool blocked() const { return count(ChangeKind::foreign) > 0; }
};

struct PlanOptions {
  std::vector<std::string> owners;  // what our owner tag may say (owners_of)
  bool adopt = false;               // untagged resources under our names are ours from now on
};

DeploymentPlan plan(const std::vector<Resource>& declared, const LiveResources& live,
                    const PlanOptions& options);

// True: what is live now is still ours to change as planned.
bool is_ours(const Change& change, const Live& live, const PlanOptions& options);

// What destroy would do: the same list backwards, with everything removed that is live and ours. Buckets with
// records only `with_records`. A bucket with people's data is in no declaration, so it is in no plan.
DeploymentPlan destruction_plan(const std::vector<Resource>& declared, const LiveResources& live,
                                const PlanOptions& options, bool with_records);

}  // namespace s3dr::deploy
