// What each kind of resource can do: be read, created, updated, removed. The seam between the order of work
// (deploy/apply.h) and the calls of the services (deploy/kinds, one file for each kind). The tests have an
// in-memory twin of it.
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

  // Returns the live resource; nullopt: it does not exist. Its properties are in the normal form of the
  // declaration (deploy/declare). Raises what the service answered: denied is never "absent".
  virtual Task<std::optional<Live>> read(Resource resource) = 0;
  // Makes it with everything declared. The owner tag is in the very call that makes it. So what an
  // interrupted creation leaves is ours, and update() completes it. Raises precondition_failed when it
  // exists.
  virtual Task<> create(Resource resource) = 0;
  // Changes the fields that differ to what is declared. May be repeated.
  virtual Task<> update(Resource resource, Live live, std::vector<FieldChange> fields) = 0;
  // Removes it and what belongs to it. Succeeds if it is gone already.
  virtual Task<> remove(Resource resource) = 0;
  // Names something in it that is not this deployment's, because of which it is kept; empty: none.
  virtual Task<std::string> held_for_others(Resource resource) {
    static_cast<void>(resource);
    co_return "";
  }
  // Why it cannot be used or changed yet; empty: it is ready. Raises when its state is "failed".
  virtual Task<std::string> pending(Resource resource) {
    static_cast<void>(resource);
    co_return "";
  }
};

// Finds the kind that serves a resource.
class ResourceKinds {
 public:
  virtual ~ResourceKinds() = default;
  virtual ResourceKind& of(const Resource& resource) = 0;
};

}  // namespace s3dr::deploy
