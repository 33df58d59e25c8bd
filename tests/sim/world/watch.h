// What must be true at every moment of every run. It is judged by the tables each time before time passes.
// A breach raises Failed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cloud/store/database.h"
#include "dr/record.h"
#include "sim/world/cluster.h"
#include "sim/world/oracle.h"
#include "sim/world/user.h"

namespace s3dr::sim {

class Watch {
 public:
  // Watches from now on. Needs: both outlive the watch.
  Watch(Cluster& cluster, User& user);
  ~Watch();

  void add_source(const s3::BucketName& bucket);
  // Allows a bucket of the users that is neither a source nor a replica.
  void allow(const s3::BucketName& bucket) { allowed_.insert(bucket.text()); }
  // Demands that this rule stays as it is, byte for byte.
  void keep_rule(const s3::BucketName& bucket, const std::string& id, const std::string& text);

  // Allows the users' rule of that id to come, change and go from now on.
  void let_rule_change(const s3::BucketName& bucket, const std::string& id);

  void look();
  // The record as last read; nullopt: none. `protection`: by where it is in the cluster's list.
  std::optional<dr::Record> record(const s3::BucketName& bucket, std::size_t protection = 0);
  // How many times a record newly said that its replica is verified. Each time was checked.
  std::uint64_t verified_claims() const { return verified_claims_; }

  // Waits until the buckets in `tagged` are verified and the others are paused, then judges everything.
  // Raises Failed with the record and with what the plan waits for. `since`: the verification must be as of
  // this time or later; nullopt: now.
  void expect_converged(const std::set<s3::BucketName>& tagged, milliseconds limit,
                        std::optional<Instant> since = std::nullopt);
  // The same for all protections: what is tagged for each.
  using Tagged = std::vector<std::set<s3::BucketName>>;
  void expect_all_converged(const Tagged& tagged, milliseconds limit,
                            std::optional<Instant> since = std::nullopt);
  // For a bucket that is not as it should be: its record, plan and tables, as text.
  std::string why_not(const s3::BucketName& bucket, std::size_t protection = 0);

 private:
  struct Source {
    std::string rule_xml, foreign_id, foreign_text;
    bool foreign_may_change = false;
  };
  struct Recorded {
    std::string version;
    std::optional<dr::Record> record;
  };
  // Of one protection: its region's tables, and the records of its control bucket.
  struct Destination {
    Destination(std::size_t which, sqlite3* database) : protection(which), db(database) {}
    std::size_t protection;
    cloud::Connection db;
    std::map<std::string, Recorded> records;  // by source
    std::uint64_t seen = 0;
  };
  void look_at_records(Destination& destination);
  void look_at_rules();
  void look_at_buckets();
  void look_at_replicas(Destination& destination);
  void look_at_jobs();
  void judge_claim(const std::string& bucket, std::size_t protection, const dr::Record& record);
  bool settled(const s3::BucketName& bucket, std::size_t protection, bool tagged, Instant since);
  void judge_end(const s3::BucketName& bucket, std::size_t protection, bool tagged);

  Cluster& cluster_;
  User& user_;
  cloud::Connection source_db_;
  std::vector<std::unique_ptr<Destination>> destinations_;  // by protection
  std::map<std::string, Source> sources_;
  std::set<std::string> allowed_;
  std::uint64_t seen_source_ = 0, verified_claims_ = 0;
};

}  // namespace s3dr::sim
