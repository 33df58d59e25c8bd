#include "cloud/settings/setting_kinds.h"

#include "cloud/settings/setting_checks.h"
#include "cloud/settings/setting_schemas.h"

namespace s3dr::cloud {
namespace {

constexpr std::string_view no_configuration = "The specified configuration does not exist.";

// Since April 2026 a bucket refuses objects with keys of the customer until its owner says otherwise
// (S3 User Guide, Blocking or unblocking SSE-C).
constexpr std::string_view encryption_of_a_new_bucket =
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>"
    "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>";

// Sources: the page of each operation in the S3 API reference. Ownership and public access block have a row of their
// own in every new bucket (bucket_settings.h), so `absent` is after their removal.
constexpr SettingKind kinds[] = {
    {"abac", schemas::abac, "<Status>Disabled</Status>"},
    {"accelerate", schemas::accelerate, "", "", "", check_accelerate},
    {"analytics", schemas::analytics, "", "NoSuchConfiguration", no_configuration, check_analytics, false,
     "ListBucketAnalyticsConfigurationResult"},
    {"cors", schemas::cors, "", "NoSuchCORSConfiguration", "The CORS configuration does not exist",
     check_cors, true, "", 64 * 1024},
    {"encryption", schemas::encryption, encryption_of_a_new_bucket, "", "", check_encryption, true},
    {"intelligent-tiering", schemas::intelligent_tiering, "", "NoSuchConfiguration", no_configuration,
     check_intelligent_tiering, false, "ListBucketIntelligentTieringConfigurationsOutput"},
    {"inventory", schemas::inventory, "", "NoSuchConfiguration", no_configuration, check_inventory, false,
     "ListInventoryConfigurationsResult"},
    {"logging", schemas::logging, "", "", "", check_logging, true},
    {"metrics", schemas::metrics, "", "NoSuchConfiguration", no_configuration, check_metrics, false,
     "ListMetricsConfigurationsResult"},
    {"notification", schemas::notification, "", "", "", check_notification},
    {"object-lock", schemas::object_lock, "", "ObjectLockConfigurationNotFoundError",
     "Object Lock configuration does not exist for this bucket", check_object_lock, true},
    {"ownershipControls", schemas::ownership_controls, "", "OwnershipControlsNotFoundError",
     "The bucket ownership controls were not found", check_ownership, true},
    {"publicAccessBlock", schemas::public_access_block, "", "NoSuchPublicAccessBlockConfiguration",
     "The public access block configuration was not found", nullptr, true},
    {"requestPayment", schemas::request_payment, "<Payer>BucketOwner</Payer>", "", "", nullptr, true},
    {"website", schemas::website, "", "NoSuchWebsiteConfiguration",
     "The specified bucket does not have a website configuration", check_website, true, "", 128 * 1024},
};

}  // namespace

std::span<const SettingKind> setting_kinds() {
  return kinds;
}

const SettingKind& setting_kind_of(const Request& request) {
  for (const SettingKind& kind : kinds) {
    if (request.find(kind.subresource) != nullptr) return kind;
  }
  throw refuse("NotImplemented", "This setting is not implemented.");
}

}  // namespace s3dr::cloud
