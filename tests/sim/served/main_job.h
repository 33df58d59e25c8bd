// The main job, without chance: a bucket with a history is tagged while objects arrive, and becomes verified.
// The same calls and commits each time, so that they can be numbered; whoever dies is back a second later.
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
  // Tags the bucket and writes objects on.
  void tag_and_write();
  // All of it, until verified. Raises Failed.
  void run();
  // What is there in the end, with what chance chose left out: equal for every run that came right.
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

// Runs `change` on the tables behind the region's back and lets the watch know that something was committed.
void plant(RegionNode& region, const std::string& sql);

}  // namespace s3dr::sim
