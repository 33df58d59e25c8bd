#include "cloud/settings/setting_checks.h"

#include <algorithm>
#include <set>

#include "aws/arn.h"
#include "aws/xml.h"
#include "cloud/settings/acl.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/settings/cors_rules.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/owner_id.h"

namespace s3dr::cloud {
namespace {

namespace xml = aws::xml;

constexpr std::size_t configurations_max = 1'000;
constexpr std::size_t configuration_id_bytes_max = 64;
constexpr int cors_rules_max = 100;
constexpr std::size_t cors_id_bytes_max = 255;
constexpr int lock_days_max = 36'500, lock_years_max = 100;
constexpr int archive_days_min = 90, deep_archive_days_min = 180, tiering_days_max = 730;

// Of a kind with ids: the id of the document is that of the request, and there is room for one more.
void check_id(const SettingChange& change, std::string_view subresource) {
  const bool has_form = !change.id.empty() && change.id.size() <= configuration_id_bytes_max &&
                        std::ranges::all_of(change.id, [](const char c) {
                          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                 c == '-' || c == '_' || c == '.';
                        });
  if (!has_form) throw refuse("InvalidConfigurationId", "The specified configuration id is invalid.");
  if (xml::child_text(change.document, "Id") != change.id)
    throw refuse("IdMismatch", "Document ID does not match the specified configuration ID.");
  if (!find_setting(change.db, change.bucket.id, subresource, change.id) &&
      count_settings(change.db, change.bucket.id, subresource) >= configurations_max)
    throw refuse("TooManyConfigurations",
                 "You are attempting to create a new configuration but have already reached the "
                 "1,000-configuration limit.");
}

void check_destination_bucket(pugi::xml_node destination) {
  const std::string arn = xml::child_text(destination, "Bucket");
  const auto name = aws::bucket_of_arn(arn);
  const auto parsed = aws::parse_arn(arn);
  if (!name || !parsed || parsed->resource != *name || s3::BucketName::why_impossible(*name))
    throw refuse("InvalidS3DestinationBucket", "Invalid bucket ARN.");
}

int wildcards_in(const std::string& text) {
  return static_cast<int>(std::ranges::count(text, '*'));
}

void check_cors_rule(pugi::xml_node rule) {
  constexpr std::string_view methods[] = {"GET", "PUT", "HEAD", "POST", "DELETE"};
  if (xml::child_text(rule, "ID").size() > cors_id_bytes_max) refuse_document();
  xml::for_each_element(rule, [&](pugi::xml_node item, std::string_view name) {
    const std::string text = xml::text(item);
    if (name == "AllowedMethod" && std::ranges::find(methods, text) == std::end(methods))
      throw refuse("InvalidRequest",
                   "Found unsupported HTTP method in CORS config. Unsupported method is " + text);
    if ((name == "AllowedOrigin" || name == "AllowedHeader") && wildcards_in(text) > 1)
      throw refuse("InvalidRequest",
                   std::string(name) + " \"" + text + "\" can not have more than one wildcard.");
    if ((name == "AllowedHeader" || name == "ExposeHeader") && !is_header_name(text))
      throw refuse("InvalidRequest", std::string(name) + " \"" + text + "\" contains invalid character.");
    if (name == "ExposeHeader" && wildcards_in(text) > 0)
      throw refuse("InvalidRequest", "ExposeHeader \"" + text +
                                         "\" contains wildcard. We currently do not support wildcard for "
                                         "ExposeHeader.");
  });
}

void check_retention(pugi::xml_node retention) {
  const auto days = xml::child(retention, "Days"), years = xml::child(retention, "Years");
  if (static_cast<bool>(days) == static_cast<bool>(years)) refuse_document();
  const int count = xml::number<int>(days ? days : years);
  if (count < 1)
    throw refuse("InvalidArgument", "Default retention period must be a positive integer value.");
  if (count > (days ? lock_days_max : lock_years_max))
    throw refuse("InvalidArgument", "Default retention period too large.");
}

}  // namespace

void check_accelerate(const SettingChange& change) {
  if (change.bucket.name.text().find('.') != std::string::npos)
    throw refuse("InvalidRequest",
                 "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names");
}

void check_analytics(const SettingChange& change) {
  check_id(change, "analytics");
  const auto data_export = xml::child(xml::child(change.document, "StorageClassAnalysis"), "DataExport");
  if (data_export)
    check_destination_bucket(xml::child(xml::child(data_export, "Destination"), "S3BucketDestination"));
}

void check_inventory(const SettingChange& change) {
  check_id(change, "inventory");
  check_destination_bucket(xml::child(xml::child(change.document, "Destination"), "S3BucketDestination"));
}

void check_metrics(const SettingChange& change) {
  check_id(change, "metrics");
}

void check_cors(const SettingChange& change) {
  int rules = 0;
  xml::for_each_element(change.document, [&](pugi::xml_node rule, std::string_view) {
    ++rules;
    check_cors_rule(rule);
  });
  if (rules > cors_rules_max)
    throw refuse("InvalidRequest", "The number of CORS rules should not exceed allowed limit of 100 rules.");
}

// With a key of KMS every object would have to say so, and to be encrypted with it. There is no KMS here.
void check_encryption(const SettingChange& change) {
  const auto by_default =
      xml::child(xml::child(change.document, "Rule"), "ApplyServerSideEncryptionByDefault");
  if (!by_default) return;
  if (xml::child_text(by_default, "SSEAlgorithm") != "AES256")
    throw refuse("NotImplemented", "Encryption with keys of KMS is not implemented.");
  if (xml::child(by_default, "KMSMasterKeyID"))
    throw refuse("InvalidArgument",
                 "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
                 "aws:kms:dsse");
}

void check_intelligent_tiering(const SettingChange& change) {
  check_id(change, "intelligent-tiering");
  std::set<std::string> tiers;
  xml::for_each_element(change.document, [&](pugi::xml_node item, std::string_view name) {
    if (name != "Tiering") return;
    const std::string tier = xml::child_text(item, "AccessTier");
    const int days = xml::number<int>(xml::child(item, "Days"));
    const int least = tier == "ARCHIVE_ACCESS" ? archive_days_min : deep_archive_days_min;
    if (!tiers.insert(tier).second)
      throw refuse("InvalidArgument", "The access tier " + tier + " is given twice.");
    if (days < least || days > tiering_days_max)
      throw refuse("InvalidArgument", "Days of " + tier + " must be between " + std::to_string(least) +
                                          " and " + std::to_string(tiering_days_max) + ".");
  });
}

// Logs go to a bucket of the same region and account.
void check_logging(const SettingChange& change) {
  const auto enabled = xml::child(change.document, "LoggingEnabled");
  if (!enabled) return;
  const std::string target = xml::child_text(enabled, "TargetBucket");
  const auto no_target = [] {
    throw refuse("InvalidTargetBucketForLogging", "The target bucket for logging does not exist");
  };
  if (s3::BucketName::why_impossible(target)) no_target();
  const auto row = find_bucket(change.db, target);
  if (!row) {
    const auto owner = change.region.global.find_bucket(s3::BucketName::parse(target));
    if (owner && owner->region != change.region.options.region)
      throw refuse("CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed.");
    no_target();
  }
  if (row->account != change.bucket.account)
    throw refuse("InvalidTargetBucketForLogging",
                 "The owner for the bucket to be logged and the target bucket must be the same.");
}

void check_object_lock(const SettingChange& change) {
  if (const auto retention = xml::child(xml::child(change.document, "Rule"), "DefaultRetention"))
    check_retention(retention);
  if (change.bucket.versioning != s3::Versioning::enabled)
    throw refuse("InvalidBucketState",
                 "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
}

// The setting that switches access control lists off needs a list that gives nothing to others.
void check_ownership(const SettingChange& change) {
  const auto rule = xml::child(change.document, "Rule");
  if (xml::child_text(rule, "ObjectOwnership") != "BucketOwnerEnforced") return;
  const std::string owner = owner_id(change.bucket.account);
  if (!gives_only_to(bucket_acl(change.db, change.bucket.id, owner), owner))
    throw refuse("InvalidBucketAclWithObjectOwnership",
                 "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
}

}  // namespace s3dr::cloud
