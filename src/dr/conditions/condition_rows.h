// How each condition (conditions.h) is concluded: one row a type, with one pure function each. Internal to dr/.
// A new type is a value of ConditionType, a row here, and a line in docs/glossary.md.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "dr/conditions/conditions.h"

namespace s3dr::dr {

// What a condition is concluded from. Without `seen`, `policy` and `plan` it is the record alone.
struct ConditionView {
  const Policy* policy = nullptr;
  const ObservedPair* seen = nullptr;
  const Plan* plan = nullptr;
  const Record* record = nullptr;
  State state = State::unknown;
  std::string source, replica;
};

struct Conclusion {
  Truth status = Truth::unknown;
  std::string_view reason = reason::not_observed;
  std::string message;
};

struct ConditionRow {
  ConditionWords words;
  Conclusion (*conclude)(const ConditionView&);  // nullptr: the summary, concluded from the others
};

std::span<const ConditionRow> condition_rows();

// The reason that a failure of this kind has.
std::string_view reason_of(ErrorKind kind);

}  // namespace s3dr::dr
