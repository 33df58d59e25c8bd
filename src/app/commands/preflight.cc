#include "app/commands/preflight.h"

#include <utility>

#include "app/adopted_content.h"
#include "app/commands/as_if_tagged.h"
#include "base/error.h"
#include "dr/policy.h"
#include "dr/replica_name.h"
#include "functions/record_store.h"

namespace s3dr::app {
namespace {

Error refusal(ErrorKind kind, std::string why, const s3::BucketName& bucket) {
  Error error(kind, std::move(why));
  error.with_resource(s3::bucket_url(bucket));
  return error;
}

Task<> check_source(World& world, s3::BucketName bucket) {
  const dr::Policy& policy = world.config().policy;
  if (dr::is_own_bucket(policy, bucket)) {
    throw refusal(ErrorKind::invalid, "this is one of s3dr's own buckets and never a source", bucket);
  }
  const auto head = co_await world.source().head_bucket(bucket);
  if (!head) {
    throw refusal(ErrorKind::not_found, "there is no such bucket", bucket)
        .with_advice("is the name right, and the region? Looked in " + policy.source_region.text());
  }
  if (!head->region.empty() && head->region != policy.source_region) {
    throw refusal(ErrorKind::invalid,
                  "the bucket is in " + head->region.text() + "; the configuration protects buckets in " +
                      policy.source_region.text(),
                  bucket)
        .with_advice(head->region == policy.destination_region
                         ? "replicas are kept there; protecting buckets of that region needs a configuration "
                           "of its own, with the sides exchanged"
                         : "use the configuration of that region, or --region " + head->region.text());
  }
}

// Raises denied with the way out.
Task<std::optional<s3::BucketHead>> head_of_adopted(World& world, s3::BucketName replica, std::string anew) {
  try {
    co_return co_await world.destination().head_bucket(replica);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied) throw;
    Error refused = error;
    refused.with_advice(anew);
    throw refused;
  }
}

// Owner (the store checks it with the call), region, mark and versioning of the bucket that is to be adopted.
Task<> check_adopted(World& world, s3::BucketName bucket, s3::BucketName replica) {
  const dr::Policy& policy = world.config().policy;
  const std::string anew = "make a new replica instead: s3dr protect " + bucket.text() + " --new-replica";
  if (replica == bucket || dr::is_own_bucket(policy, replica)) {
    throw refusal(ErrorKind::invalid, "this bucket cannot be the replica of " + bucket.text(), replica)
        .with_advice(anew);
  }
  const std::optional<s3::BucketHead> head = co_await head_of_adopted(world, replica, anew);
  if (!head)
    throw refusal(ErrorKind::not_found, "there is no such bucket to adopt", replica).with_advice(anew);
  if (!head->region.empty() && head->region != policy.destination_region) {
    throw refusal(ErrorKind::invalid,
                  "the bucket to adopt is in " + head->region.text() + ", the destination is " +
                      policy.destination_region.text(),
                  replica)
        .with_advice(anew);
  }
  const auto tags = co_await world.destination().get_bucket_tagging(replica);
  const std::string* mark = tags ? s3::find_tag(*tags, dr::replica_mark_key) : nullptr;
  if (mark != nullptr && *mark != dr::replica_mark(policy, bucket).value) {
    throw refusal(ErrorKind::invalid, "the bucket to adopt is marked as the replica of " + *mark, replica)
        .with_advice(anew);
  }
  if (tags && dr::is_tagged(policy, *tags)) {
    throw refusal(ErrorKind::invalid,
                  "the bucket to adopt is tagged for protection itself: a bucket is a source or a replica",
                  replica)
        .with_advice("remove its tag, or " + anew);
  }
  if (co_await world.destination().get_bucket_versioning(replica) != s3::Versioning::enabled) {
    throw refusal(ErrorKind::invalid, "the bucket to adopt is not versioned", replica)
        .with_advice("enable its versioning (aws s3api put-bucket-versioning --bucket " + replica.text() +
                     " --versioning-configuration Status=Enabled) and try again, or " + anew);
  }
}

// Looking is a help, no condition: who may adopt need not be allowed to list.
Task<std::string> remains_after_adoption(World& world, s3::BucketName bucket, s3::BucketName replica) {
  try {
    const AdoptedContent content = co_await look_at_adopted(world, bucket, replica);
    co_return remains_text(content, bucket, replica);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied) throw;
    co_return "the content of " + replica.text() + " was not looked at: " + error.message();
  }
}

// What the caller has no permission to see, or what the first `serve` will create.
bool is_only_a_warning(ErrorKind kind) {
  return kind == ErrorKind::denied || kind == ErrorKind::not_found;
}

std::string unchecked(ErrorKind kind, const std::string& blocked_by, const dr::Policy& policy) {
  if (kind == ErrorKind::denied) return "the destination was not checked: " + blocked_by;
  return "the destination was not checked: no controller has run yet (there is no bucket " +
         policy.control_bucket.text() + ")";
}

void judge(const dr::Plan& plan, const dr::Policy& policy, const s3::BucketName& bucket, Preflight& result) {
  if (const dr::Action* person = plan.for_a_person()) {
    const ErrorKind kind =
        plan.state == dr::State::unsupported ? ErrorKind::unsupported : ErrorKind::precondition_failed;
    throw refusal(kind, plan.state_reason.empty() ? person->what : plan.state_reason, bucket)
        .with_advice(person->advice);
  }
  bool warned = false;
  for (const dr::Action& action : plan.actions) {
    if (!action.blocked_kind) continue;
    if (!is_only_a_warning(*action.blocked_kind)) {
      throw refusal(*action.blocked_kind, "cannot " + action.what + ": " + action.blocked_by, bucket)
          .with_advice("nothing was changed; try again when that is mended");
    }
    // The others follow from the first.
    if (!warned) result.warnings.push_back(unchecked(*action.blocked_kind, action.blocked_by, policy));
    warned = true;
  }
}

}  // namespace

Task<> leave_instruction(World& world, ports::DocumentStore& records, s3::BucketName bucket,
                         PreflightOptions options) {
  const dr::Policy& policy = world.config().policy;
  try {
    if (options.adopt) {
      co_await functions::request_adopt(records, policy, bucket, *options.adopt, world.clock(),
                                        world.random());
    } else if (options.new_replica) {
      co_await functions::request_new_replica(records, policy, bucket, world.clock(), world.random());
    }
  } catch (Error& error) {
    if (error.code() == "NoSuchBucket" && error.advice().empty())
      error.with_advice("run the controller first, it makes the control bucket: s3dr serve --config " +
                        world.config().path);
    throw;
  }
}

Task<Preflight> preflight(World& world, s3::BucketName bucket, PreflightOptions options) {
  const dr::Policy& policy = world.config().policy;
  co_await check_source(world, bucket);
  Preflight result;
  const auto tags = co_await world.source().get_bucket_tagging(bucket);
  if (tags && dr::is_marked_replica(*tags)) {
    throw refusal(ErrorKind::invalid,
                  "this bucket is the replica of " + *s3::find_tag(*tags, dr::replica_mark_key), bucket);
  }
  if (const auto* other = tags ? dr::overruled_by(policy, *tags) : nullptr;
      other != nullptr && other->comes_first) {
    throw refusal(ErrorKind::invalid,
                  "protection \"" + other->name +
                      "\" counts for this bucket: it has the same destination and comes first",
                  bucket)
        .with_advice("remove its tag first: s3dr unprotect " + bucket.text() + " --protection " +
                     other->name);
  }
  result.already_tagged = tags && dr::is_tagged(policy, *tags);
  if (options.adopt) {
    co_await check_adopted(world, bucket, *options.adopt);
    std::string remains = co_await remains_after_adoption(world, bucket, *options.adopt);
    if (!remains.empty()) result.warnings.push_back(std::move(remains));
  }

  // An instruction solves a conflict, or it does not: the plan that follows from it says so.
  UnwrittenDocuments records(world.records());
  co_await leave_instruction(world, records, bucket, options);
  result.seen = co_await observe_as_if_tagged(world, bucket, records);
  result.plan = dr::plan(policy, result.seen, world.clock().now());
  result.replica = result.seen.replica_bucket;
  for (const std::string& warning : result.plan.warnings) result.warnings.push_back(warning);
  judge(result.plan, policy, bucket, result);
  co_return result;
}

}  // namespace s3dr::app
