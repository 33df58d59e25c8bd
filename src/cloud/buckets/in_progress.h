// The names of what a region is working on, so that no second request begins the same work at that time.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace s3dr::cloud {

// While this object lives, `name` is in `names`.
// Needs: `names` outlives this object, and `name` is not in it yet.
class InProgress {
 public:
  InProgress(std::set<std::string>& names, std::string name)
      : names_(names), place_(names_.insert(std::move(name)).first) {}
  ~InProgress() { names_.erase(place_); }
  InProgress(const InProgress&) = delete;
  InProgress& operator=(const InProgress&) = delete;

 private:
  std::set<std::string>& names_;
  std::set<std::string>::iterator place_;
};

}  // namespace s3dr::cloud
