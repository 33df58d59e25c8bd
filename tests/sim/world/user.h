// A user of the source region: fills buckets, tags them, meddles with rules, and keeps book of what the
// answers said. Every body is unlike any other, so that a write that came twice shows.
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
  static constexpr const char* foreign_rule_id = "archive of the users";

  // The cluster outlives the user.
  User(Cluster& cluster, std::uint64_t seed);

  // A bucket of the source region, until it is there. Not versioned: what is written becomes `null` versions.
  Task<> make_bucket(s3::BucketName bucket);
  Task<> make_versioned(ports::BucketStore& store, s3::BucketName bucket);
  // One operation on objects, drawn at random. A failure is noted in the book, never raised.
  Task<> do_something(s3::BucketName bucket);
  Task<> put(s3::BucketName bucket, std::string key);
  Task<> remove(s3::BucketName bucket, std::string key);

  // Repeated until answered.
  Task<> tag(s3::BucketName bucket);
  Task<> untag(s3::BucketName bucket);
  // One attempt, which may fail without a trace; true: answered.
  Task<bool> try_to_tag(s3::BucketName bucket, bool tagged);

  // Puts a rule of the user's own: everything to `destination`. Returns its text as the store keeps it.
  Task<std::string> put_foreign_rule(s3::BucketName bucket, s3::BucketName destination);
  enum class Meddling { remove, disable, edit };
  // Does that to our rule, if there is one. True: done (as far as the answers tell).
  Task<bool> meddle(s3::BucketName bucket, Meddling how);

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
