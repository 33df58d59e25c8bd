// What must hold at every moment of every run, judged by the tables whenever time is about to pass. A breach
// raises Failed.
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
  // Looks from now on. Both outlive the watch.
  Watch(Cluster& cluster, User& user);
  ~Watch();

  void add_source(const s3::BucketName& bucket);
  // Buckets of the users' own in the destination region.
  void allow(const s3::BucketName& bucket) { allowed_.insert(bucket.text()); }
  // A rule that must stay as it is, byte for byte.
  void keep_rule(const s3::BucketName& bucket, const std::string& id, const std::string& text);

  void look();
  // The record as last read; nullopt: none.
  std::optional<dr::Record> record(const s3::BucketName& bucket);
  // How many times a record said anew that its replica was verified: each one was checked.
  std::uint64_t verified_claims() const { return verified_claims_; }

  // Waits for `tagged` to be verified up to now and the others to be paused, then judges everything. Raises
  // Failed with the record and what the plan waits for. `since`: the verification has to be as of then or
  // later; now, if nothing is said.
  void expect_converged(const std::set<s3::BucketName>& tagged, milliseconds limit,
                        std::optional<Instant> since = std::nullopt);
  // The record, the plan and the tables of a bucket that is not what it should be.
  std::string why_not(const s3::BucketName& bucket);

 private:
  struct Source {
    std::string rule_xml, foreign_id, foreign_text;
    std::string record_version;
    std::optional<dr::Record> record;
  };
  void look_at_records();
  void look_at_rules();
  void look_at_buckets();
  void look_at_jobs();
  void judge_claim(const std::string& bucket, const dr::Record& record);
  bool settled(const s3::BucketName& bucket, bool tagged, Instant since);
  void judge_end(const s3::BucketName& bucket, bool tagged);

  Cluster& cluster_;
  User& user_;
  cloud::Connection source_db_, destination_db_;
  std::map<std::string, Source> sources_;
  std::set<std::string> allowed_;
  std::uint64_t seen_source_ = 0, seen_destination_ = 0, verified_claims_ = 0;
};

}  // namespace s3dr::sim
