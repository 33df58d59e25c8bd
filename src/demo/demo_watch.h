// Follows a protection from the tag to "backfill complete" and tells each step once. Reads through the same
// ports as the functions. Changes nothing.
#pragma once

#include <functional>
#include <string>

#include "app/output.h"
#include "app/world.h"

namespace s3dr::app {

// When each step was seen, counted from the tag. Exact to 0.1 s, the time between two looks.
struct Milestones {
  milliseconds versioning{0}, replica{0}, rule{0}, backfilled{0}, verified{0};
  std::uint64_t backfill_total = 0;
  s3::BucketName replica_bucket;
};

class DemoWatch {
 public:
  // `check` throws when a process that the demo needs has died.
  DemoWatch(World& world, s3::BucketName bucket, Progress& progress, std::function<void()> check);

  // To be called right after the tag was set.
  void begin();
  // Each of these waits for its step. Raises unavailable when the step takes longer than the limit. Raises
  // invalid, with the record's own reason, when the protection needs a person.
  Task<> until_rule_live();
  Task<> until_backfilled();
  // Waits until a verification by s3dr is in the record.
  Task<> until_verified();

  const Milestones& milestones() const { return milestones_; }
  milliseconds since_tag() const;

 private:
  Task<dr::Record> look();  // the record as it is now; waits until there is one
  void say(const std::string& text);
  Task<> pause(const char* step);
  Task<> show_backfill(const dr::Record& record);

  World& world_;
  s3::BucketName bucket_;
  Progress& progress_;
  std::function<void()> check_;
  milliseconds tagged_{0}, step_started_{0};
  Milestones milestones_;
  std::uint64_t quarters_told_ = 0;
};

// "  12.3 s  text"
std::string timed(milliseconds elapsed, const std::string& text);

}  // namespace s3dr::app
