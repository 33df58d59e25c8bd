// What a region is at work on, by name, so that the same is not begun twice meanwhile.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace s3dr::cloud {

// While it lives, `name` is in `names`, which outlives it. Needs: it is not there yet.
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
