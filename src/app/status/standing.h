// What stands although a plan has nothing to carry out: a difference that verification found, a conflict, a
// source or a replica that is missing, rules of others that may be lost. `plan` says so instead of "Nothing to do". Pure.
#pragma once

#include <string>
#include <vector>

#include "dr/observed_pair.h"
#include "dr/plan.h"

namespace s3dr::app {

struct Standing {
  std::string what;  // "the comparison of 2026-08-01T13:20:12Z found 3 differences"
  std::string next;  // the command that helps
};

// Empty: nothing stands.
std::vector<Standing> standing_of(const dr::ObservedPair& seen, const dr::Plan& plan);

}  // namespace s3dr::app
