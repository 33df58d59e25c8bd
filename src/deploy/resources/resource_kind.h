// What each kind of resource can do: be read, made, changed, removed. The seam between the order of things
// (apply.h) and the services' calls (one file for each kind); the tests' in-memory twin stands here, too.
#pragma once

#include <memory>
#include <optional>

#include "base/task.h"
#include "deploy/resources/plan.h"
#include "deploy/resources/resource.h"

namespace s3dr::deploy {

class ResourceKind {
 public:
  virtual ~ResourceKind() = default;

  // nullopt: does not exist. Properties in the normal form of the declaration (declare_*.cc). Raises what the
  // service answered: denied is never "absent".
  virtual Task<std::optional<Live>> read(Resource resource) = 0;
  // Makes it with everything declared, the owner tag in the very call that makes it. What an interrupted
  // creation left behind is ours then, and update() completes it. Raises precondition_failed when it exists.
  virtual Task<> create(Resource resource) = 0;
  // Brings the fields that differ to what is declared. May be repeated.
  virtual Task<> update(Resource resource, Live live, std::vector<FieldChange> fields) = 0;
  // Removes it and what hangs on it. Gone already: fine.
  virtual Task<> remove(Resource resource) = 0;
  // Something in it that is not this deployment's, for which it is kept; empty: none.
  virtual Task<std::string> held_for_others(Resource resource) {
    static_cast<void>(resource);
    co_return "";
  }
  // Not ready to be used or changed yet; empty: ready. A failed state is raised.
  virtual Task<std::string> pending(Resource resource) {
    static_cast<void>(resource);
    co_return "";
  }
};

// The kinds, by what and where.
class ResourceKinds {
 public:
  virtual ~ResourceKinds() = default;
  virtual ResourceKind& of(const Resource& resource) = 0;
};

}  // namespace s3dr::deploy
