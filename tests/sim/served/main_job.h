// The main job, without randomness: a bucket with a history is tagged while objects arrive, and becomes
// verified. The calls and commits are the same each time, so that they can be numbered. A node that dies
// starts again a second later.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "sim/world/cluster.h"
#include "sim/world/user.h"
#include "sim/world/watch.h"

namespace s3dr::sim {

constexpr milliseconds converge_max = std::chrono::minutes(20);

struct MainJobOptions {
  int controllers = 1;
  bool foreign_rule = false;
  Log* log = nullptr;
  bool virtual_hosts = false;
};

class MainJob {
 public:
  explicit MainJob(MainJobOptions options = {});

  Cluster& cluster() { return cluster_; }
  User& user() { return user_; }
  Watch& watch() { return watch_; }
  const s3::BucketName& bucket() const { return bucket_; }
  ControllerNode& controller() { return *cluster_.controllers().front(); }

  void start_controllers();
  // Tags the bucket and keeps writing objects.
  void tag_and_write();
  // Runs the whole job until the bucket is verified. Raises Failed.
  void run();
  // The state at the end, without random values. It is equal for all successful runs.
  std::string end_state();

 private:
  void revive();

  Cluster cluster_;
  User user_;
  Watch watch_;
  s3::BucketName bucket_;
  bool started_ = false;
  std::map<const void*, milliseconds> down_since_;
};

// Runs `sql` on the region's tables without the region's knowledge,
// and tells the watch that something was committed.
void plant(RegionNode& region, const std::string& sql);

}  // namespace s3dr::sim
