// AWS in memory, as the kinds show it: a map from resource id to what is there. A call can be made to fail
// before it takes effect, half-way, or after it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "deploy/declare/declaration.h"
#include "deploy/resources/resource_kind.h"

namespace s3dr::deploy::test {

enum class Break { before, halfway, after };

class FakeKinds : public ResourceKinds, public ResourceKind {
 public:
  LiveResources live;
  int writes = 0;  // calls that change something
  // The write with this number (from 1) is broken off, as if the process had been killed there.
  std::optional<int> broken_write;
  Break how = Break::before;
  // What the broken write raises: `cancelled` ends the run, `outcome_unknown` is looked up.
  ErrorKind raises = ErrorKind::cancelled;

  ResourceKind& of(const Resource&) override { return *this; }

  Task<std::optional<Live>> read(Resource resource) override {
    const auto found = live.find(resource.id());
    if (found == live.end()) co_return std::nullopt;
    co_return found->second;
  }

  Task<> create(Resource resource) override {
    begin();
    for (const std::string& needed : resource.depends) {
      if (!live.contains(needed))
        throw Error(ErrorKind::invalid, resource.id() + " was made before " + needed);
    }
    if (live.contains(resource.id())) throw Error(ErrorKind::precondition_failed, "exists");
    live.emplace(resource.id(), half_of(resource));
    halfway();
    live[resource.id()] = whole(resource);
    end();
    co_return;
  }

  Task<> update(Resource resource, Live, std::vector<FieldChange>) override {
    begin();
    live.at(resource.id()).owner = whole(resource).owner;
    halfway();
    // What others have added stays.
    Live next = whole(resource);
    if (const auto* tags = live.at(resource.id()).properties.if_contains("tags")) {
      for (const auto& [key, value] : tags->as_object())
        next.properties["tags"].as_object().emplace(key, value);
    }
    live[resource.id()] = std::move(next);
    end();
    co_return;
  }

  Task<> remove(Resource resource) override {
    begin();
    halfway();
    live.erase(resource.id());
    end();
    co_return;
  }

  static Live whole(const Resource& resource) {
    Live result;
    result.properties = resource.properties;
    if (const auto* tags = resource.properties.if_contains("tags"))
      result.owner = std::string(tags->as_object().at(owner_tag).as_string());
    return result;
  }

 private:
  // The owner tag comes with the very first call; the rest may still be missing.
  static Live half_of(const Resource& resource) {
    Live result = whole(resource);
    for (auto& [key, value] : resource.properties) {
      if (key == "tags") continue;
      result.properties.erase(key);
      break;
    }
    return result;
  }

  void begin() {
    ++writes;
    if (how == Break::before) break_off();
  }
  void halfway() {
    if (how == Break::halfway) break_off();
  }
  void end() {
    if (how == Break::after) break_off();
  }
  void break_off() {
    if (broken_write == writes) throw Error(raises, "broken off");
  }
};

}  // namespace s3dr::deploy::test
