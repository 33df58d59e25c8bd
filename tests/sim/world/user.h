// A user of the source region: fills buckets, tags them, changes our rules, and records what the answers
// said. Every body is unique, so that a write that happened twice can be seen.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "client/s3/object_writer.h"
#include "sim/world/cluster.h"
#include "sim/world/oracle.h"

namespace s3dr::sim {

class User {
 public:
  static constexpr const char* foreign_role_arn = "arn:aws:iam::111122223333:role/archive-of-the-users";
  static constexpr const char* foreign_rule_id = "archive of the users";

  // Needs: the cluster outlives the user.
  User(Cluster& cluster, std::uint64_t seed);

  // Makes a bucket in the source region; repeats until it exists.
  // It is not versioned: writes become `null` versions.
  Task<> make_bucket(s3::BucketName bucket);
  Task<> make_versioned(ports::BucketStore& store, s3::BucketName bucket);
  // One random operation on objects. A failure is recorded in the book and never raised.
  Task<> do_something(s3::BucketName bucket);
  Task<> put(s3::BucketName bucket, std::string key);
  Task<> remove(s3::BucketName bucket, std::string key);

  // Repeated until answered. With or without the match tag of this protection, by where it is in the cluster's list.
  Task<> tag(s3::BucketName bucket, std::size_t protection = 0);
  Task<> untag(s3::BucketName bucket, std::size_t protection = 0);
  // One attempt, whose failure is not recorded. True: it was answered.
  Task<bool> try_to_tag(s3::BucketName bucket, bool tagged, std::size_t protection = 0);

  // Adds a rule of the user's own that replicates everything to `destination`.
  // Returns its text as the store keeps it.
  Task<std::string> put_foreign_rule(s3::BucketName bucket, s3::BucketName destination);
  enum class Meddling { remove, disable, edit };
  // Removes, disables or edits our rule, if there is one. True: done, as far as the answers say.
  Task<bool> meddle(s3::BucketName bucket, Meddling how, std::size_t protection = 0);

  Book& book(const s3::BucketName& bucket) { return books_[bucket.text()]; }
  std::uint64_t unanswered() const { return unanswered_; }

 private:
  Task<> remove_version(s3::BucketName bucket);
  Task<> retag(s3::BucketName bucket);
  Task<> upload(s3::BucketName bucket, std::string key);
  std::string some_key();
  std::string new_body();
  client::PutOptions some_options();
  void note_put(const s3::BucketName& bucket, const std::string& key, const std::string& body,
                const client::PutResult* result);

  Cluster& cluster_;
  std::unique_ptr<Random> random_;
  client::ObjectWriter writer_;
  std::map<std::string, Book> books_;
  std::uint64_t operations_ = 0, unanswered_ = 0;
};

// The text of the rule with that id; empty: there is none.
std::string rule_text(const std::string& replication_xml, const std::string& id);

}  // namespace s3dr::sim
