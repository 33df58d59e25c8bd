// The documents of the settings, element by element. Source: the page of each Put… operation in the S3 API reference.
// Only setting_kinds.cc includes this.
#pragma once

#include "cloud/settings/document_schema.h"

namespace s3dr::cloud::schemas {

using enum Content;

// --- what several have ------------------------------------------------------------------------------------------

inline constexpr Part tag[] = {{"Key", text, {}, 1}, {"Value", text, {}, 1}};
inline constexpr Part prefix_and_tags[] = {{"Prefix", text}, {"Tag", parts, tag, 0, any_number}};
inline constexpr Part prefix_or_tag[] = {
    {"Prefix", text}, {"Tag", parts, tag}, {"And", parts, prefix_and_tags}};

// --- access -----------------------------------------------------------------------------------------------------

inline constexpr Part ownership_rule[] = {
    {"ObjectOwnership", word, {}, 1, 1, "BucketOwnerEnforced BucketOwnerPreferred ObjectWriter"}};
inline constexpr Part ownership_parts[] = {{"Rule", parts, ownership_rule, 1}};
inline constexpr Part ownership_controls = {"OwnershipControls", parts, ownership_parts};

inline constexpr Part public_access_block_parts[] = {
    {"BlockPublicAcls", boolean, {}, 0, 1, "", "false"},
    {"IgnorePublicAcls", boolean, {}, 0, 1, "", "false"},
    {"BlockPublicPolicy", boolean, {}, 0, 1, "", "false"},
    {"RestrictPublicBuckets", boolean, {}, 0, 1, "", "false"}};
inline constexpr Part public_access_block = {"PublicAccessBlockConfiguration", parts,
                                             public_access_block_parts};

inline constexpr Part abac_parts[] = {{"Status", word, {}, 1, 1, "Enabled Disabled"}};
inline constexpr Part abac = {"AbacStatus", parts, abac_parts};

inline constexpr Part request_payment_parts[] = {{"Payer", word, {}, 1, 1, "Requester BucketOwner"}};
inline constexpr Part request_payment = {"RequestPaymentConfiguration", parts, request_payment_parts};

// --- cross-origin requests, websites ----------------------------------------------------------------------------

inline constexpr Part cors_rule[] = {{"ID", text},
                                     {"AllowedHeader", text, {}, 0, any_number},
                                     {"AllowedMethod", text, {}, 1, any_number},
                                     {"AllowedOrigin", text, {}, 1, any_number},
                                     {"ExposeHeader", text, {}, 0, any_number},
                                     {"MaxAgeSeconds", whole_number}};
inline constexpr Part cors_parts[] = {{"CORSRule", parts, cors_rule, 1, any_number}};
inline constexpr Part cors = {"CORSConfiguration", parts, cors_parts};

inline constexpr Part redirect_all[] = {{"HostName", text, {}, 1}, {"Protocol", text}};
inline constexpr Part index_document[] = {{"Suffix", text, {}, 1}};
inline constexpr Part error_document[] = {{"Key", text, {}, 1}};
inline constexpr Part routing_condition[] = {{"HttpErrorCodeReturnedEquals", text},
                                             {"KeyPrefixEquals", text}};
inline constexpr Part routing_redirect[] = {{"Protocol", text},
                                            {"HostName", text},
                                            {"ReplaceKeyPrefixWith", text},
                                            {"ReplaceKeyWith", text},
                                            {"HttpRedirectCode", text}};
inline constexpr Part routing_rule[] = {{"Condition", parts, routing_condition},
                                        {"Redirect", parts, routing_redirect, 1}};
inline constexpr Part routing_rules[] = {{"RoutingRule", parts, routing_rule, 1, any_number}};
inline constexpr Part website_parts[] = {{"RedirectAllRequestsTo", parts, redirect_all},
                                         {"IndexDocument", parts, index_document},
                                         {"ErrorDocument", parts, error_document},
                                         {"RoutingRules", parts, routing_rules}};
inline constexpr Part website = {"WebsiteConfiguration", parts, website_parts};

// --- how objects are kept ---------------------------------------------------------------------------------------

inline constexpr Part encryption_by_default[] = {
    {"SSEAlgorithm", word, {}, 1, 1, "AES256 aws:kms aws:kms:dsse"}, {"KMSMasterKeyID", text}};
inline constexpr Part blocked_types[] = {{"EncryptionType", word, {}, 1, any_number, "NONE SSE-C"}};
inline constexpr Part encryption_rule[] = {
    {"ApplyServerSideEncryptionByDefault", parts, encryption_by_default, 0, 1, "",
     "<SSEAlgorithm>AES256</SSEAlgorithm>"},
    {"BucketKeyEnabled", boolean, {}, 0, 1, "", "false"},
    {"BlockedEncryptionTypes", parts, blocked_types}};
inline constexpr Part encryption_parts[] = {{"Rule", parts, encryption_rule, 1}};
inline constexpr Part encryption = {"ServerSideEncryptionConfiguration", parts, encryption_parts};

inline constexpr Part default_retention[] = {
    {"Mode", word, {}, 1, 1, "GOVERNANCE COMPLIANCE"}, {"Days", whole_number}, {"Years", whole_number}};
inline constexpr Part lock_rule[] = {{"DefaultRetention", parts, default_retention, 1}};
inline constexpr Part object_lock_parts[] = {{"ObjectLockEnabled", word, {}, 1, 1, "Enabled"},
                                             {"Rule", parts, lock_rule}};
inline constexpr Part object_lock = {"ObjectLockConfiguration", parts, object_lock_parts};

inline constexpr Part tiering[] = {{"Days", whole_number, {}, 1},
                                   {"AccessTier", word, {}, 1, 1, "ARCHIVE_ACCESS DEEP_ARCHIVE_ACCESS"}};
inline constexpr Part intelligent_tiering_parts[] = {{"Id", text, {}, 1},
                                                     {"Filter", one_of, prefix_or_tag},
                                                     {"Status", word, {}, 1, 1, "Enabled Disabled"},
                                                     {"Tiering", parts, tiering, 1, any_number}};
inline constexpr Part intelligent_tiering = {"IntelligentTieringConfiguration", parts,
                                             intelligent_tiering_parts};

// --- what is told to others -------------------------------------------------------------------------------------

inline constexpr Part grant[] = {{"Grantee", grantee, {}, 1},
                                 {"Permission", word, {}, 1, 1, "FULL_CONTROL READ WRITE"}};
inline constexpr Part target_grants[] = {{"Grant", parts, grant, 0, any_number}};
inline constexpr Part partitioned[] = {{"PartitionDateSource", word, {}, 0, 1, "EventTime DeliveryTime"}};
inline constexpr Part key_format[] = {{"SimplePrefix", parts}, {"PartitionedPrefix", parts, partitioned}};
inline constexpr Part logging_enabled[] = {{"TargetBucket", text, {}, 1},
                                           {"TargetPrefix", text, {}, 1},
                                           {"TargetGrants", parts, target_grants},
                                           {"TargetObjectKeyFormat", one_of, key_format}};
inline constexpr Part logging_parts[] = {{"LoggingEnabled", parts, logging_enabled}};
inline constexpr Part logging = {"BucketLoggingStatus", parts, logging_parts};

inline constexpr Part filter_rule[] = {{"Name", word_any_case, {}, 1, 1, "Prefix Suffix"},
                                       {"Value", text, {}, 1}};
inline constexpr Part filter_rules[] = {{"FilterRule", parts, filter_rule, 0, 2}};
inline constexpr Part key_filter[] = {{"S3Key", parts, filter_rules}};
inline constexpr Part to_topic[] = {{"Id", given_id},
                                    {"Topic", text, {}, 1},
                                    {"Event", text, {}, 1, any_number},
                                    {"Filter", parts, key_filter}};
inline constexpr Part to_queue[] = {{"Id", given_id},
                                    {"Queue", text, {}, 1},
                                    {"Event", text, {}, 1, any_number},
                                    {"Filter", parts, key_filter}};
inline constexpr Part to_function[] = {{"Id", given_id},
                                       {"CloudFunction", text, {}, 1},
                                       {"Event", text, {}, 1, any_number},
                                       {"Filter", parts, key_filter}};
inline constexpr Part notification_parts[] = {
    {"TopicConfiguration", parts, to_topic, 0, any_number},
    {"QueueConfiguration", parts, to_queue, 0, any_number},
    {"CloudFunctionConfiguration", parts, to_function, 0, any_number},
    {"EventBridgeConfiguration", parts}};
inline constexpr Part notification = {"NotificationConfiguration", parts, notification_parts};

inline constexpr Part accelerate_parts[] = {{"Status", word, {}, 1, 1, "Enabled Suspended"}};
inline constexpr Part accelerate = {"AccelerateConfiguration", parts, accelerate_parts};

inline constexpr Part analytics_bucket[] = {
    {"Format", word, {}, 1, 1, "CSV"}, {"BucketAccountId", text}, {"Bucket", text, {}, 1}, {"Prefix", text}};
inline constexpr Part analytics_destination[] = {{"S3BucketDestination", parts, analytics_bucket, 1}};
inline constexpr Part data_export[] = {{"OutputSchemaVersion", word, {}, 1, 1, "V_1"},
                                       {"Destination", parts, analytics_destination, 1}};
inline constexpr Part storage_class_analysis[] = {{"DataExport", parts, data_export}};
inline constexpr Part analytics_parts[] = {{"Id", text, {}, 1},
                                           {"Filter", one_of, prefix_or_tag},
                                           {"StorageClassAnalysis", parts, storage_class_analysis, 1}};
inline constexpr Part analytics = {"AnalyticsConfiguration", parts, analytics_parts};

inline constexpr Part metrics_and[] = {
    {"Prefix", text}, {"Tag", parts, tag, 0, any_number}, {"AccessPointArn", text}};
inline constexpr Part metrics_filter[] = {
    {"Prefix", text}, {"Tag", parts, tag}, {"AccessPointArn", text}, {"And", parts, metrics_and}};
inline constexpr Part metrics_parts[] = {{"Id", text, {}, 1}, {"Filter", one_of, metrics_filter}};
inline constexpr Part metrics = {"MetricsConfiguration", parts, metrics_parts};

inline constexpr Part kms[] = {{"KeyId", text, {}, 1}};
inline constexpr Part inventory_encryption[] = {{"SSE-S3", parts}, {"SSE-KMS", parts, kms}};
inline constexpr Part inventory_bucket[] = {{"AccountId", text},
                                            {"Bucket", text, {}, 1},
                                            {"Format", word, {}, 1, 1, "CSV ORC Parquet"},
                                            {"Prefix", text},
                                            {"Encryption", one_of, inventory_encryption}};
inline constexpr Part inventory_destination[] = {{"S3BucketDestination", parts, inventory_bucket, 1}};
inline constexpr Part inventory_filter[] = {{"Prefix", text, {}, 1}};
inline constexpr Part inventory_fields[] = {
    {"Field",
     word,
     {},
     0,
     any_number,
     "Size LastModifiedDate StorageClass ETag IsMultipartUploaded ReplicationStatus EncryptionStatus "
     "ObjectLockRetainUntilDate ObjectLockMode ObjectLockLegalHoldStatus IntelligentTieringAccessTier "
     "BucketKeyStatus ChecksumAlgorithm ObjectAccessControlList ObjectOwner LifecycleExpirationDate"}};
inline constexpr Part inventory_schedule[] = {{"Frequency", word, {}, 1, 1, "Daily Weekly"}};
inline constexpr Part inventory_parts[] = {{"Destination", parts, inventory_destination, 1},
                                           {"IsEnabled", boolean, {}, 1},
                                           {"Filter", parts, inventory_filter},
                                           {"Id", text, {}, 1},
                                           {"IncludedObjectVersions", word, {}, 1, 1, "All Current"},
                                           {"OptionalFields", parts, inventory_fields},
                                           {"Schedule", parts, inventory_schedule, 1}};
inline constexpr Part inventory = {"InventoryConfiguration", parts, inventory_parts};

}  // namespace s3dr::cloud::schemas
