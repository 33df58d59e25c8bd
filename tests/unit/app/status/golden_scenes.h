// A pair in every state and with every condition, for the kept outputs (golden_test.cc).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "support/model_world.h"

namespace s3dr::test {

inline const s3::BucketName photos = s3::BucketName::parse("photos");
inline const Instant noon = *from_iso8601("2026-08-01T12:00:00Z");
// One pair, as it was and as it is seen now.
struct Scene {
  test::ModelWorld world;
  Instant now = noon;
  std::function<void(dr::ObservedPair&)> spoil = [](dr::ObservedPair&) {};

  dr::Record record() const { return *world.record(photos); }
  void change(const dr::Record& next) {
    const dr::Record before = record();
    world.change_record(photos, dr::with_condition_marks(&before, next, now));
  }
  test::ModelBucket& source() { return world.buckets.at(photos); }
  test::ModelBucket& replica() { return world.buckets.at(s3::BucketName::parse("photos-dr")); }

  // The functions act, one action a minute, until the record is in this state, or nothing is left to do.
  void run(std::optional<dr::State> until = std::nullopt) {
    for (int i = 0; i < 60; ++i) {
      if (until && world.record(photos) && record().state == *until) return;
      const auto seen = world.observe(photos, now);
      const auto plan = dr::plan(world.policy, seen, now);
      now += milliseconds(60'000);
      const dr::Action* next = nullptr;
      for (const dr::Function who : dr::all_functions) next = next != nullptr ? next : plan.next_for(who);
      if (next == nullptr && !plan.look_again_after) return;
      if (next == nullptr) {
        world.end_jobs(s3::JobStatus::complete);
        continue;
      }
      world.apply(*next, seen, now);
    }
  }
  dr::Verification comparison(std::uint64_t differences) const {
    dr::Verification run{now, now, dr::VerifyLevel::head, record().rule.generation, 1200};
    run.differences = differences;
    return run;
  }
  void verify(std::uint64_t differences = 0) {
    now += milliseconds(60'000);
    change(dr::apply_verification(record(), comparison(differences)));
  }
};

// By name: how it comes to be.
const std::map<std::string, std::function<Scene()>>& scenes();

}  // namespace s3dr::test
