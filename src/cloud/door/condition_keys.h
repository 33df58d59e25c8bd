// The condition keys that policies may ask about: which there are, and the value of each for a request. Two
// tables, a row for each key:
//   s3_condition_keys.cc      keys of S3
//   global_condition_keys.cc  keys of every service ("aws:SourceIp")
// The few keys of other services are set where their access is asked for. What is refused when a policy is put:
// cloud/door/policy_keys.h. How a condition is evaluated: aws/policy.
// Sources: AWS Service Authorization Reference, "Condition keys for Amazon S3"; IAM User Guide, "AWS global
// condition context keys"; docs/protocol/condition-keys.md.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/policy/policy.h"
#include "cloud/door/authorizer.h"
#include "cloud/store/context.h"
#include "s3/tag.h"

namespace s3dr::cloud {

// As in the reference. The operators of a policy decide how values compare, not the type.
enum class KeyType { text, texts, number, date, boolean, address, arn };

// The values of a key, each with what follows the name of a family: of "s3:ExistingObjectTag/" the tag's key.
// Of other keys this is empty. No value: the request has no such key.
using KeyValues = std::vector<std::pair<std::string, std::string>>;

// What a request to S3 addresses.
struct S3Subject {
  std::string bucket;                        // empty: the account
  std::string key = {};                      // empty: the bucket itself
  std::string version_id = {};               // empty: none is named
  std::optional<std::string> prefix = {};    // of a listing; nullopt: as the query says
  const s3::TagSet* tags = nullptr;          // of the object; nullptr: looked up
  bool in_body = false;                      // one of several in a body: the headers do not speak of it
  std::optional<std::string> if_match = {};  // with in_body
};

struct S3Facts {
  RegionContext& region;
  const Request* request;  // nullptr: S3 itself acts (replication, batch jobs)
  std::string_view action;
  const S3Subject& subject;
  std::string resource_account;
};

struct S3Key {
  std::string_view name;  // a family ends with '/'
  KeyType type;
  // The actions that know the key, separated by blanks, without "s3:". Empty: all.
  std::string_view actions;
  // The request's field, for rows that read one.
  std::string_view field;
  KeyValues (*values)(const S3Facts& facts, std::string_view field);
};
std::span<const S3Key> s3_keys();
// Sets those that the action knows.
void add_s3_keys(aws::PolicyContext& context, const S3Facts& facts);

struct GlobalFacts {
  Instant now;
  std::string region;            // empty: not stated
  const Asker* asker = nullptr;  // nullptr: a service acts for itself
  const aws::Requester& requester;
  const std::map<std::string, std::string>* role_tags = nullptr;
  std::string resource_account = {};  // empty: not stated
  ActsFor acts_for = {};
};

// Where a global key is evaluated.
enum class KeyScope {
  everywhere,
  trust_policies,  // only there
  s3_requests,     // only for actions of S3 (their values are S3's, in s3_condition_keys.cc)
  nowhere          // requests on AWS have it, those of this cloud do not
};

struct GlobalKey {
  std::string_view name;  // a family ends with '/'
  KeyType type;
  KeyScope scope;
  KeyValues (*values)(const GlobalFacts& facts);
};
std::span<const GlobalKey> global_keys();
void add_global_keys(aws::PolicyContext& context, const GlobalFacts& facts);

// Whether a policy's key is the key of a row: "S3:existingobjecttag/class" is "s3:ExistingObjectTag/".
bool names_key(std::string_view row, std::string_view key);

}  // namespace s3dr::cloud
