#include "deploy/resources/plan.h"

#include <algorithm>
#include <set>

namespace s3dr::deploy {
namespace {

enum class Ownership { ours, adoptable, other_deployment, nobody };

// Who a live resource belongs to. A resource with a parent belongs to the parent's owner. A bucket of ours
// has the account's number in its name, and its owner was checked when it was read. So a bucket without a tag
// is ours (`serve` makes such buckets). Any other resource without a tag may be anybody's.
Ownership ownership(const Resource& resource, const Live& live, const std::set<std::string>& foreign,
                    const PlanOptions& options) {
  if (!resource.parent.empty())
    return foreign.contains(resource.parent) ? Ownership::nobody : Ownership::ours;
  if (live.owner) {
    const bool ours = std::ranges::find(options.owners, *live.owner) != options.owners.end();
    return ours ? Ownership::ours : Ownership::other_deployment;
  }
  return options.adopt || resource.kind == Kind::bucket ? Ownership::adoptable : Ownership::nobody;
}

std::string plural(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string foreign_reason(const Resource& resource, const Live& live) {
  if (!resource.parent.empty()) return "hangs on " + resource.parent + ", which is not ours";
  if (live.owner) return "belongs to the deployment " + *live.owner + "; choose another name prefix";
  return "exists and is not ours (no owner tag); rename or remove it, choose another name prefix, or adopt "
         "it";
}

Change change_of(const Resource& resource, const Live* live, const std::set<std::string>& foreign,
                 const PlanOptions& options) {
  Change change;
  change.resource = resource;
  if (live == nullptr) {
    const bool blocked = !resource.parent.empty() && foreign.contains(resource.parent);
    change.kind = blocked ? ChangeKind::foreign : ChangeKind::create;
    change.reason = blocked ? foreign_reason(resource, {}) : "does not exist";
    return change;
  }
  const Ownership owner = ownership(resource, *live, foreign, options);
  if (!resource.wanted) {
    change.kind = owner == Ownership::ours ? ChangeKind::remove : ChangeKind::unchanged;
    change.reason =
        owner == Ownership::ours ? "no longer asked for" : "not asked for, and not ours: left alone";
    return change;
  }
  if (owner == Ownership::other_deployment && resource.kind == Kind::bucket) {
    change.kind = ChangeKind::shared;
    change.reason = "kept by the deployment " + *live->owner;
    return change;
  }
  if (owner == Ownership::other_deployment || owner == Ownership::nobody) {
    change.kind = ChangeKind::foreign;
    change.reason = foreign_reason(resource, *live);
    return change;
  }
  change.fields = differences(live->properties, resource.properties);
  if (change.fields.empty()) return change;
  change.kind = ChangeKind::update;
  change.reason = change.fields.size() == 1 ? change.fields.front().path + " differs"
                                            : plural(change.fields.size(), "field") + " differ";
  if (owner == Ownership::adoptable) change.reason = "adopted: " + change.reason;
  return change;
}

const Live* find(const LiveResources& live, const std::string& id) {
  const auto found = live.find(id);
  return found == live.end() ? nullptr : &found->second;
}

}  // namespace

bool is_ours(const Change& change, const Live& live, const PlanOptions& options) {
  const Ownership owner = ownership(change.resource, live, {}, options);
  return owner == Ownership::ours || (owner == Ownership::adoptable && change.kind == ChangeKind::update);
}

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::unchanged:
      return "unchanged";
    case ChangeKind::create:
      return "create";
    case ChangeKind::update:
      return "update";
    case ChangeKind::remove:
      return "delete";
    case ChangeKind::foreign:
      return "foreign";
    case ChangeKind::shared:
      return "shared";
  }
  return "?";
}

std::size_t DeploymentPlan::count(ChangeKind kind) const {
  return static_cast<std::size_t>(std::ranges::count(changes, kind, &Change::kind));
}

bool DeploymentPlan::pending() const {
  return std::ranges::any_of(changes, &Change::pending);
}

DeploymentPlan plan(const std::vector<Resource>& declared, const LiveResources& live,
                    const PlanOptions& options) {
  DeploymentPlan result;
  std::set<std::string> foreign;
  for (const Resource& resource : declared) {
    const std::string id = resource.id();
    const Live* seen = find(live, id);
    if (seen == nullptr && !resource.wanted) continue;
    Change change = change_of(resource, seen, foreign, options);
    if (change.kind == ChangeKind::foreign) foreign.insert(id);
    result.changes.push_back(std::move(change));
  }
  return result;
}

DeploymentPlan destruction_plan(const std::vector<Resource>& declared, const LiveResources& live,
                                const PlanOptions& options, bool with_records) {
  DeploymentPlan result;
  std::set<std::string> foreign;
  for (const Resource& resource : declared) {
    const Live* seen = find(live, resource.id());
    if (seen == nullptr) continue;
    Change change;
    change.resource = resource;
    const Ownership owner = ownership(resource, *seen, foreign, options);
    if (owner != Ownership::ours) {
      foreign.insert(resource.id());
      change.reason = "not ours: left alone";
    } else if (!resource.holds.empty() && !with_records) {
      change.reason = "kept: it holds what was written (--delete-own-buckets removes it with all it holds)";
    } else {
      change.kind = ChangeKind::remove;
      change.reason = "ours";
    }
    result.changes.push_back(std::move(change));
  }
  std::ranges::reverse(result.changes);
  return result;
}

}  // namespace s3dr::deploy
