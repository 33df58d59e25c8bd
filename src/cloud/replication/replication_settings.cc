// A bucket's replication configuration. Checks what S3 checks (docs/protocol.md, Replication configuration),
// and refuses with 501 what this cloud does not do.
// What the rules then do: cloud/objects/object_table.cc and cloud/replication/replication.cc.
#include <set>

#include "aws/arn.h"
#include "cloud/door/answer.h"
#include "cloud/door/authorizer.h"
#include "cloud/door/document_body.h"
#include "cloud/events/event_json.h"
#include "cloud/events/event_outbox.h"
#include "cloud/replication/operations.h"
#include "cloud/replication/peer_bucket.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/bucket_update.h"
#include "s3/replication_match.h"
#include "s3/xml_bucket.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t document_bytes_max = 2 * 1024 * 1024;

Error source_not_versioned() {
  return refuse("InvalidRequest",
                "Versioning must be 'Enabled' on the bucket to apply a replication configuration");
}

Error destination_not_ready() {
  return refuse("InvalidRequest", "Destination bucket must have versioning enabled.");
}

bool is_on(const std::optional<s3::Switch>& setting) {
  return setting == s3::Switch::enabled;
}

// This cloud does not do these, so it must not accept them with 200.
void refuse_unsupported(const s3::ReplicationRule& rule) {
  const s3::ReplicationDestination& destination = rule.destination;
  std::string_view what;
  if (is_on(rule.sse_kms_encrypted_objects) || !destination.replica_kms_key_id.empty())
    what = "KMS encryption";
  if (is_on(rule.replica_modifications)) what = "ReplicaModifications";
  if (is_on(rule.existing_object_replication)) what = "ExistingObjectReplication (use a batch job)";
  if (is_on(destination.replication_time)) what = "ReplicationTime";
  if (!destination.storage_class.empty() && destination.storage_class != "STANDARD") what = "StorageClass";
  if (!rule.unknown_rule_xml.empty() || !rule.unknown_destination_xml.empty()) what = "an unknown element";
  if (!what.empty()) {
    throw refuse("NotImplemented", "Rule '" + rule.id + "': " + std::string(what) + " is not implemented.");
  }
}

// Checks only the form and the account. If the role does not exist or lacks rights,
// objects become FAILED (cloud/replication/service_roles.h).
void check_role(const std::string& role, const s3::AccountId& account) {
  const auto arn = aws::parse_arn(role);
  if (!aws::is_role_arn(role) || !arn || arn->account != account.text()) {
    throw refuse("InvalidArgument",
                 "Invalid Role: the ARN of an IAM role of account " + account.text() + " is needed");
  }
}

// Refuses a destination that does not exist, is not versioned, or belongs to another account than stated. As
// on AWS, whether its owner lets the role write is not checked here:
// without that right objects become FAILED (cloud/replication/service_roles.h).
Task<> check_destination(RegionContext& region, const BucketRow& source,
                         s3::ReplicationDestination destination) {
  const auto name = s3::destination_bucket(destination);
  if (!name) throw refuse("InvalidArgument", "Invalid bucket ARN");
  if (*name == source.name) {
    throw refuse("InvalidRequest", "Destination bucket cannot be the same as the source bucket.");
  }
  const auto owner = region.global.find_bucket(*name);
  if (!owner) throw destination_not_ready();
  if (owner->region == region.options.region) {
    throw refuse("NotImplemented", "Replication within one region is not implemented.");
  }
  const auto bucket = co_await describe_peer_bucket(region, owner->region, *name);
  if (!bucket || bucket->versioning != s3::Versioning::enabled) throw destination_not_ready();
  if (destination.account && *destination.account != bucket->account) {
    throw refuse("InvalidArgument",
                 "The destination bucket does not belong to the account " + destination.account->text());
  }
  if (!destination.account && bucket->account != source.account) {
    throw refuse("InvalidRequest",
                 "Account must be specified when the destination bucket has another owner.");
  }
  if (!destination.access_control_translation.empty() && !destination.account) {
    throw refuse("InvalidRequest", "Account must be specified with AccessControlTranslation.");
  }
}

// Fills in what the writer of a rule left out (docs/protocol.md, Replication configuration).
void complete(s3::ReplicationConfiguration& configuration, Random& random) {
  for (s3::ReplicationRule& rule : configuration.rules) {
    if (rule.id.empty()) rule.id = random.alphanumeric(48);
    if (rule.is_v1() && !rule.v1_prefix) rule.v1_prefix.emplace();
    if (rule.priority && !rule.filter && !rule.is_v1()) rule.filter.emplace();
  }
}

Task<> check(RegionContext& region, Asker asker, const BucketRow& source,
             const s3::ReplicationConfiguration& configuration) {
  if (const auto refusal = s3::why_refused(configuration)) throw refuse(refusal->code, refusal->message);
  check_role(configuration.role_arn, source.account);
  require_access(region, asker, pass_role(configuration.role_arn, "s3.amazonaws.com"));
  if (source.versioning != s3::Versioning::enabled) throw source_not_versioned();
  for (const s3::ReplicationRule& rule : configuration.rules) refuse_unsupported(rule);
  std::set<std::string> checked;
  for (const s3::ReplicationRule& rule : configuration.rules) {
    const std::string identity = rule.destination.bucket_arn + " " +
                                 (rule.destination.account ? rule.destination.account->text() : "") + " " +
                                 rule.destination.access_control_translation;
    if (checked.insert(identity).second) co_await check_destination(region, source, rule.destination);
  }
}

}  // namespace

Task<HttpResponse> get_bucket_replication(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  if (!bucket.replication) {
    throw refuse("ReplicationConfigurationNotFoundError", "The replication configuration was not found");
  }
  co_return xml_answer(s3::write_replication_configuration(*bucket.replication));
}

Task<HttpResponse> put_bucket_replication(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  if (request.headers.has("x-amz-bucket-object-lock-token")) {
    throw refuse("NotImplemented", "Object lock is not implemented.");
  }
  co_await read_document(request, document_bytes_max, Integrity::required);
  s3::ReplicationConfiguration configuration = s3::parse_replication_configuration(request.document);
  complete(configuration, region.random);
  co_await check(region, asker_of(request), bucket, configuration);
  const std::string xml = s3::write_replication_configuration(configuration);
  co_await region.database.write([&](Connection& db) {
    // Checked again: the bucket may have changed while the peer was asked.
    if (require_row(db, bucket.id).versioning != s3::Versioning::enabled) throw source_not_versioned();
    db.prepare("UPDATE bucket SET replication_xml = ? WHERE id = ?").bind(xml, bucket.id).run();
    record_event(db, region, request,
                 {"PutBucketReplication", request_parameters(request), bucket.name.text(), "", ""});
  });
  region.wake_events();
  region.wake_replication();
  co_return empty_answer(200);
}

Task<HttpResponse> delete_bucket_replication(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  co_await region.database.write([&](Connection& db) {
    require_row(db, bucket.id);
    db.prepare("UPDATE bucket SET replication_xml = NULL WHERE id = ?").bind(bucket.id).run();
    record_event(db, region, request,
                 {"DeleteBucketReplication", request_parameters(request), bucket.name.text(), "", ""});
  });
  region.wake_events();
  region.wake_replication();
  co_return empty_answer(204);
}

}  // namespace s3dr::cloud
