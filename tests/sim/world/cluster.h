// The whole system in one thread and in virtual time: two regions of the embedded cloud, controllers, users.
// All of it is production code. The simulation supplies the clock, randomness, the network and the disk.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "base/log.h"
#include "base/random.h"
#include "client/s3/bucket_store.h"
#include "client/s3/object_writer.h"
#include "client/s3/s3_client.h"
#include "cloud/door/access_log.h"
#include "cloud/process/region.h"
#include "cloud/services/lambda/function_runner.h"
#include "cloud/store/global_plane.h"
#include "cloud/store/storage.h"
#include "control/controller.h"
#include "control/intake.h"
#include "dr/protections.h"
#include "sim/world/network.h"
#include "sim/world/virtual_clock.h"

namespace s3dr::sim {

class Cluster;

// A run did not do what it must. The text says what and where.
struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Counts the SQLite commits of a region. The region can be made to die at one of them.
struct CommitWatch {
  std::uint64_t commits = 0;
  std::uint64_t die_at = 0;    // the number of the commit at which it dies; 0: never
  bool before = false;         // true: that commit is rolled back (died before it); false: it is kept
  std::uint64_t deaths = 0;    // how often it died this way
  std::function<void()> die;   // marks the region as dying
  std::function<bool()> dead;  // true: nothing is written any more
};

class RegionNode {
 public:
  RegionNode(Cluster& cluster, const std::string& name, std::vector<std::string> peers, std::uint64_t seed);
  ~RegionNode();

  void start();
  // kill -9: what was not committed is lost. Needs: called from outside the event loop.
  void stop();
  bool running() const { return life_ != nullptr; }
  bool dying() const { return life_ && life_->dying; }

  const s3::Region& name() const { return name_; }
  const Endpoint& endpoint() const { return endpoint_; }
  cloud::MemoryStorage& storage() { return *storage_; }
  std::vector<cloud::AccessRecord>& access_log();
  CommitWatch& commits() { return commits_; }
  // Makes the region die at the `number`th commit from now on, before or after it.
  void die_at_commit(std::uint64_t number, bool before) {
    commits_.die_at = commits_.commits + number;
    commits_.before = before;
  }

 private:
  class WatchedStorage;
  class WatchedBodies;
  class KeptLog;

  Cluster& cluster_;
  s3::Region name_;
  std::vector<std::string> peers_;
  Endpoint endpoint_, named_endpoint_, internal_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<cloud::MemoryStorage> storage_;
  std::unique_ptr<WatchedStorage> watched_, watched_global_;
  std::shared_ptr<KeptLog> log_;
  CommitWatch commits_;
  std::unique_ptr<http::HttpTransport> link_;
  std::shared_ptr<Life> life_;
  std::unique_ptr<cloud::GlobalPlane> global_;  // its own, so that it can die at these writes too
  std::unique_ptr<cloud::Region> region_;
};

// S3 clients of both sides and the ports over them, for a controller or for a user. With a session: its keys on
// both sides, else those of the accounts.
struct Hands {
  Hands(Cluster& cluster, std::string name, std::uint64_t seed, std::shared_ptr<const FaultRates> rates,
        std::shared_ptr<CallHook> hook, std::function<bool()> dead = {},
        const std::optional<aws::Credentials>& session = std::nullopt,
        const std::optional<aws::Credentials>& destination_session = std::nullopt);
  std::unique_ptr<Random> random;
  std::unique_ptr<http::HttpTransport> link;
  std::unique_ptr<client::CredentialsProvider> credentials, destination_credentials;
  std::unique_ptr<client::S3Client> source_client, destination_client;
  std::unique_ptr<ports::BucketStore> source, destination;
  std::unique_ptr<ports::ObjectStore> source_objects, replica_objects;
  std::unique_ptr<ports::DocumentStore> records;
  std::unique_ptr<ports::BatchJobs> jobs;
  // Of the second protection, and of the third one; null without them. The third one has the source's keys.
  std::unique_ptr<client::CredentialsProvider> vault_credentials;
  std::unique_ptr<client::S3Client> vault_client, gold_client;
  std::unique_ptr<ports::BucketStore> vault, gold;
  std::unique_ptr<ports::ObjectStore> vault_objects, gold_objects;
  std::unique_ptr<ports::DocumentStore> vault_records, gold_records;

  std::vector<control::ControlledProtection> protections(const dr::Protections& policies);
};

class ControllerNode {
 public:
  ControllerNode(Cluster& cluster, std::string name, Endpoint endpoint, std::uint64_t seed);
  ~ControllerNode();

  void start();
  void stop();
  bool running() const { return life_ != nullptr; }
  bool dying() const { return life_ && life_->dying; }
  const std::string& name() const { return name_; }
  // True: its run() returned although nobody stopped it. This is always wrong, whatever the stores answer.
  bool ended() const { return ended_; }
  const std::string& why_ended() const { return why_ended_; }
  void die() {
    if (life_) life_->dying = true;
  }
  control::Controller& controller() { return *controller_; }
  std::shared_ptr<FaultRates> rates() { return rates_; }
  CallHook& hook() { return *hook_; }

 private:
  Task<> serve(std::shared_ptr<Life> life);

  Cluster& cluster_;
  std::string name_;
  Endpoint endpoint_;
  bool ended_ = false;
  std::string why_ended_;
  std::uint64_t seed_, lives_ = 0;
  std::shared_ptr<FaultRates> rates_ = std::make_shared<FaultRates>();
  std::shared_ptr<CallHook> hook_ = std::make_shared<CallHook>();
  std::unique_ptr<Hands> hands_;
  std::shared_ptr<Life> life_;
  std::unique_ptr<control::Controller> controller_;
  std::unique_ptr<control::Intake> intake_;
};

struct ClusterOptions {
  std::uint64_t seed = 1;
  int controllers = 1;
  Log* log = nullptr;         // nullptr: no log
  bool two_accounts = false;  // true: the destination region's buckets belong to another account
  // True: a second protection, "vault", by the tag vault=true, to a third region and another account.
  bool second_destination = false;
  // True: also a third protection, "gold", by the tag gold=true, to the region of "vault" and the source's account.
  bool third_protection = false;
  bool virtual_hosts = false;  // true: controllers and users name a bucket in front of the host, as on AWS
  // Makes what runs deployed functions in both regions; empty: functions cannot run.
  std::function<std::unique_ptr<services::FunctionRunner>(cloud::RegionContext&)> make_runner = {};
};

class Cluster {
 public:
  explicit Cluster(ClusterOptions options);
  ~Cluster();

  // Runs until `done` is true, at most for `limit` of virtual time. `done` is asked each time nothing can run
  // without time passing. Nodes that are marked as dying are stopped on the way.
  // Returns whether `done` was true.
  // Raises Failed when so much runs in one instant that time would never pass.
  bool run_until(const std::function<bool()>& done, milliseconds limit);
  // Called each time nothing can run without time passing.
  std::function<void()> on_pause;
  void run_for(milliseconds duration);
  // Runs one task to its end in virtual time and rethrows its error. Raises Failed when it does not end.
  void run(Task<> task, std::string_view what, milliseconds limit = std::chrono::minutes(20));
  // Ends everything that a node has under way. Needs: called from outside the event loop.
  void end(const std::shared_ptr<Life>& life);

  boost::asio::io_context& io() { return io_; }
  VirtualClock& clock() { return clock_; }
  Random& random() { return *random_; }
  Network& network() { return network_; }
  Log& log() { return *log_; }
  cloud::GlobalPlane& global() { return *global_; }
  cloud::Storage& global_storage() { return *global_storage_; }
  // Of the first protection, and of all of them.
  const dr::Policy& policy() const { return protections_.front(); }
  const dr::Protections& protections() const { return protections_; }
  const s3::AccountId& account() const { return account_; }
  RegionNode& source() { return *source_; }
  RegionNode& destination() { return *destination_; }
  // Of a protection, by where it is in protections().
  RegionNode& destination(std::size_t protection) { return protection == 0 ? *destination_ : *vault_; }
  // The source's, then the destinations'.
  const std::vector<RegionNode*>& regions() const { return regions_; }
  std::vector<std::unique_ptr<ControllerNode>>& controllers() { return controllers_; }
  Hands& user() { return *user_; }
  std::shared_ptr<FaultRates> user_rates() { return user_rates_; }
  // The faults between the regions and of their events.
  std::shared_ptr<FaultRates> region_rates() { return region_rates_; }
  control::ControllerOptions controller_options() const;
  const ClusterOptions& options() const { return options_; }

 private:
  friend class RegionNode;
  void bury_the_dying();

  ClusterOptions options_;

  boost::asio::io_context io_{1};
  VirtualClock clock_;
  std::unique_ptr<Log> own_log_;
  Log* log_;
  std::unique_ptr<Random> random_;
  Network network_;
  s3::AccountId account_;
  dr::Protections protections_;
  std::shared_ptr<FaultRates> region_rates_ = std::make_shared<FaultRates>();
  std::shared_ptr<FaultRates> user_rates_ = std::make_shared<FaultRates>();
  std::unique_ptr<cloud::MemoryStorage> global_storage_;
  std::unique_ptr<cloud::GlobalPlane> global_;
  std::unique_ptr<RegionNode> source_, destination_, vault_;  // vault_: null without a second protection
  std::vector<RegionNode*> regions_;
  std::vector<std::unique_ptr<ControllerNode>> controllers_;
  std::unique_ptr<Hands> user_;
};

}  // namespace s3dr::sim
