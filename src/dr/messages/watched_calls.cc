#include "dr/messages/watched_calls.h"

#include <algorithm>

namespace s3dr::dr {

const std::vector<WatchedCall>& watched_calls() {
  using enum s3::SettingKind;
  static const std::vector<WatchedCall> table{
      {"PutBucketTagging", true, true, {}},
      {"DeleteBucketTagging", true, true, {}},
      {"TagResource", true, true, {}},
      {"UntagResource", true, true, {}},
      {"CreateBucket", true, false, {}},
      {"DeleteBucket", true, true, {}},
      {"DeleteBucketReplication", true, false, {}},
      {"PutBucketReplication", true, false, {}},
      {"PutBucketVersioning", true, true, {}},
      {"PutBucketObjectLockConfiguration", true, true, object_lock},
      {"PutBucketOwnershipControls", true, true, ownership_controls},
      {"DeleteBucketOwnershipControls", true, true, ownership_controls},
      {"PutBucketPublicAccessBlock", true, true, public_access_block},
      {"DeleteBucketPublicAccessBlock", true, true, public_access_block},
      {"PutBucketEncryption", true, true, encryption},
      {"DeleteBucketEncryption", true, true, encryption},
      {"PutBucketAcl", true, true, acl},
      {"PutBucketPolicy", true, true, policy},
      {"DeleteBucketPolicy", true, true, policy},
      {"PutBucketCors", true, true, cors},
      {"DeleteBucketCors", true, true, cors},
      {"PutBucketLifecycle", true, true, lifecycle},
      {"DeleteBucketLifecycle", true, true, lifecycle},
      {"PutBucketWebsite", true, true, website},
      {"DeleteBucketWebsite", true, true, website},
      {"PutBucketLogging", true, true, logging},
      {"PutBucketNotification", true, true, notification},
      {"PutAccelerateConfiguration", true, true, accelerate},
      {"PutBucketRequestPayment", true, true, request_payment},
      {"PutBucketIntelligentTieringConfiguration", true, true, intelligent_tiering},
      {"DeleteBucketIntelligentTieringConfiguration", true, true, intelligent_tiering},
      {"PutBucketAnalyticsConfiguration", true, true, analytics},
      {"DeleteBucketAnalyticsConfiguration", true, true, analytics},
      {"PutBucketMetricsConfiguration", true, true, metrics},
      {"DeleteBucketMetricsConfiguration", true, true, metrics},
      {"PutBucketInventoryConfiguration", true, true, inventory},
      {"DeleteBucketInventoryConfiguration", true, true, inventory},
      {"PutBucketAbac", true, true, abac},
  };
  return table;
}

const WatchedCall* watched_call(std::string_view name) {
  const auto found = std::ranges::find(watched_calls(), name, &WatchedCall::name);
  return found == watched_calls().end() ? nullptr : &*found;
}

}  // namespace s3dr::dr
