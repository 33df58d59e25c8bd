// The deployed system: both regions with their services, everything that `s3dr deploy apply` makes, the three
// functions run by the simulation (sim/world/function_host.h), and users. The watch and the oracle judge it
// as they judge the controllers. A person runs the verification, as with `s3dr verify`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/verification.h"
#include "deploy/resources/settings.h"
#include "sim/world/deployed_cluster.h"
#include "sim/world/function_host.h"
#include "sim/world/user.h"
#include "sim/world/watch.h"

namespace s3dr::sim {

struct DeployedJobOptions {
  std::uint64_t seed = 1;
  Log* log = nullptr;
  bool two_accounts = false;
  std::function<void(deploy::Settings&)> change_settings;
  // 1: one protection. 2: "vault" beside it, in a third region and another account. 3: "gold" as well, in that region
  // and the source's account.
  std::size_t protections = 1;
  // Which of them is meant where nothing else is said.
  std::size_t focus = 0;
};

// One message in a dead-letter queue.
struct DeadLetterRow {
  std::string region, body, attributes;
};

class DeployedJob {
 public:
  // Both regions run. Nothing is deployed yet.
  explicit DeployedJob(DeployedJobOptions options = {});
  ~DeployedJob();

  Cluster& cluster() { return deployed_.cluster(); }
  DeployedCluster& deployed() { return deployed_; }
  User& user() { return user_; }
  Watch& watch() { return watch_; }
  FunctionWatch& functions() { return *functions_; }
  const deploy::Settings& settings() { return deployed_.settings(); }
  std::size_t focus() const { return focus_; }
  const dr::Policy& policy() { return cluster().protections()[focus_]; }
  RegionNode& destination() { return cluster().destination(focus_); }
  std::optional<dr::Record> record(const s3::BucketName& bucket) { return watch_.record(bucket, focus_); }

  // Runs `s3dr deploy apply`. What the functions do during it (its events, the self-test) is not counted.
  void deploy();
  // From now on a region that died starts again a second later.
  void revive_regions() { reviving_ = true; }

  // The rule is live, the backfill complete, the replica equal by the tables.
  bool is_replicated(const s3::BucketName& bucket) { return is_replicated(bucket, focus_); }
  bool is_replicated(const s3::BucketName& bucket, std::size_t protection);
  bool is_paused(const s3::BucketName& bucket);
  // Runs `s3dr verify`.
  control::VerificationResult compare(const s3::BucketName& bucket) { return compare(bucket, focus_); }
  control::VerificationResult compare(const s3::BucketName& bucket, std::size_t protection);
  // Likewise. Raises Failed when it finds a difference or cannot write its result into the record.
  void verify(const s3::BucketName& bucket) { verify(bucket, focus_); }
  void verify(const s3::BucketName& bucket, std::size_t protection);
  // Runs until `holds` is true. It is asked each time the regions' tables have changed.
  // False: not within `limit`.
  bool wait_until(const std::function<bool()>& holds, milliseconds limit);
  // Waits until the tagged buckets are replicated and verified and the others are paused, within `limit`.
  // Then judges everything. Raises Failed.
  void converge(const std::set<s3::BucketName>& tagged, milliseconds limit);
  void converge_all(const Watch::Tagged& tagged, milliseconds limit);
  // Waits until no event, message or invocation is under way. Raises Failed after `limit`.
  void settle(milliseconds limit);
  bool is_quiet();

  std::vector<DeadLetterRow> dead_letters();
  // What the functions logged and the warnings of the regions, as lines.
  std::vector<std::string> lines();
  // The state at the end, without random values.
  std::string end_state();

 private:
  class KeptLog;

  void compare_now_and_then(const std::vector<std::pair<s3::BucketName, std::size_t>>& wanted);

  void revive();
  std::int64_t count(RegionNode& region, const char* sql);

  std::shared_ptr<FunctionWatch> functions_ = std::make_shared<FunctionWatch>();
  std::unique_ptr<KeptLog> log_;
  DeployedCluster deployed_;
  User user_;
  Watch watch_;
  std::size_t focus_ = 0;
  bool reviving_ = false;
  std::map<const void*, milliseconds> down_since_;
};

}  // namespace s3dr::sim
