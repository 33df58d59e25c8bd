// AWS's global plane: which region and account own a bucket name, the accounts and their credentials, and
// IAM's roles, and
// trails of several regions. It is one small SQLite file. Every region's process opens it, and it survives the loss of any
// region (docs/architecture.md, The embedded cloud).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "cloud/store/caller.h"
#include "cloud/store/identity_provider_store.h"
#include "cloud/store/role_store.h"
#include "cloud/store/shared_trail_store.h"
#include "cloud/store/storage.h"
#include "s3/names.h"

namespace s3dr::cloud {

struct BucketOwner {
  s3::Region region;
  s3::AccountId account;
  bool operator==(const BucketOwner&) const = default;
};

// A name that is taken: by a bucket, or by a bucket whose creation or deletion is under way.
struct ClaimedBucket {
  s3::BucketName name;
  BucketOwner owner;
  Instant created;
  bool operator==(const ClaimedBucket&) const = default;
};

// Which names ListBuckets asks for.
struct ClaimFilter {
  s3::AccountId account;
  std::string region;  // empty: every region
  std::string after;   // names greater than this one
  std::string prefix;  // names that begin with this
  int count_max = 0;
};

class GlobalPlane {
 public:
  // Opens or creates the tables. Uses only the database of `storage`.
  explicit GlobalPlane(Storage& storage);
  ~GlobalPlane();

  std::optional<BucketOwner> find_bucket(const s3::BucketName& bucket);
  // All names claimed for that region, in order of name. For the repair at its start.
  std::vector<ClaimedBucket> find_buckets(const s3::Region& region);
  // The first names that an account has claimed in regions other than `region`, in order of name.
  std::vector<ClaimedBucket> find_buckets_elsewhere(const s3::Region& region, const ClaimFilter& filter);
  // True: the name now belongs to `owner`. False: it was taken (find_bucket says by whom). Durable on return.
  bool claim_bucket(const s3::BucketName& bucket, const BucketOwner& owner, Instant created);
  void release_bucket(const s3::BucketName& bucket, const BucketOwner& owner);

  void add_account(const s3::AccountId& account);
  void add_access_key(const AccessKey& key);
  // A long-term key, or the key of a session, even if the session has ended.
  // Sessions that ended long ago are forgotten.
  std::optional<AccessKey> find_access_key(const std::string& access_key_id);
  void add_session(const AccessKey& key, Instant now);
  std::vector<s3::AccountId> accounts();
  RoleStore& roles();
  IdentityProviderStore& identity_providers();
  SharedTrailStore& trails();
  // The secret with which the regions of this installation sign to each other; made once.
  Secret replication_key(Random& random);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace s3dr::cloud
