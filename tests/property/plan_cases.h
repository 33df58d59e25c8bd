// Any start of one pair: a policy, a source, what stands at the replica's name, and a record, drawn at random and
// independent of each other but for what cannot be otherwise. Far cheaper than a run from nothing, so many are tried
// (dr_plan_cases.cc).
#pragma once

#include "base/random.h"
#include "support/model_world.h"

namespace s3dr::test {

inline const s3::BucketName& case_source() {
  static const s3::BucketName name = s3::BucketName::parse("ledger");
  return name;
}
inline constexpr Instant case_now{milliseconds(1'790'000'000'000)};

ModelWorld random_pair(Random& random);

}  // namespace s3dr::test
