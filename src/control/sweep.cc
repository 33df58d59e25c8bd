#include "control/sweep.h"

#include <exception>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "dr/message.h"
#include "dr/policy.h"
#include "functions/record_store.h"

namespace s3dr::control {
namespace {

// Whether a sweep has to look at the bucket. A failure to read its tags is a reason to look, not to pass by.
enum class Seen { tagged, untagged, failed };

Task<Seen> look_at_tags(functions::Context& context, s3::BucketName bucket) {
  try {
    const auto tags = co_await context.source.get_bucket_tagging(bucket);
    if (!tags) co_return Seen::untagged;
    for (const s3::Tag& tag : dr::near_misses(context.policy, *tags)) {
      context.log.warning("tag looks like the match tag but is not",
                          {{"bucket", bucket.text()}, {"tag", tag.key + "=" + tag.value}});
    }
    co_return dr::is_tagged(context.policy, *tags) ? Seen::tagged : Seen::untagged;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    if (error.kind() == ErrorKind::not_found) co_return Seen::untagged;  // deleted since it was listed
    context.log.warning("tags not readable", {{"bucket", bucket.text()}, {"why", error.what()}});
  }
  co_return Seen::failed;
}

Task<> publish_look(functions::Context& context, ports::Topic& topic, s3::BucketName bucket,
                    SweepResult& result) {
  std::string correlation = context.random.hex(16);
  try {
    co_await topic.publish(
        dr::to_json(dr::message_for(context.policy, dr::MessageKind::look, bucket, std::move(correlation))));
    ++result.published;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    context.log.warning("not published", {{"bucket", bucket.text()}, {"why", error.what()}});
    result.complete = false;
  }
}

Task<> visit_recorded(functions::Context& context, ports::Topic& topic, SweepResult& result) {
  std::string token;
  do {
    functions::RecordedBuckets page =
        co_await functions::list_recorded(context.records, context.policy, token);
    for (const s3::BucketName& bucket : page.buckets) {
      ++result.recorded;
      co_await publish_look(context, topic, bucket, result);
    }
    for (const std::string& key : page.other_keys) context.log.warning("not a record's name", {{"key", key}});
    token = std::move(page.continuation_token);
  } while (!token.empty());
}

Task<> visit_tagged(functions::Context& context, ports::Topic& topic, SweepResult& result) {
  std::string token;
  do {
    s3::BucketPage page = co_await context.source.list_buckets(token);
    for (const s3::BucketSummary& bucket : page.buckets) {
      if (dr::is_own_bucket(context.policy, bucket.name)) continue;
      if (!bucket.region.empty() && bucket.region != context.policy.source_region) continue;
      ++result.buckets_seen;
      const Seen seen = co_await look_at_tags(context, bucket.name);
      if (seen == Seen::untagged) continue;
      ++(seen == Seen::tagged ? result.tagged : result.failed);
      // A recorded bucket may be published twice; the queue merges what is for the same bucket.
      co_await publish_look(context, topic, bucket.name, result);
    }
    token = std::move(page.continuation_token);
  } while (!token.empty());
}

Task<> half(functions::Context& context, const char* name, Task<> visit, SweepResult& result) {
  try {
    co_await std::move(visit);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    context.log.warning("sweep incomplete", {{"half", name}, {"why", error.what()}});
    result.complete = false;
  }
}

}  // namespace

Task<SweepResult> sweep(functions::Context context, ports::Topic& topic) {
  SweepResult result;
  result.complete = true;
  co_await half(context, "tagged", visit_tagged(context, topic, result), result);
  co_await half(context, "recorded", visit_recorded(context, topic, result), result);
  co_return result;
}

}  // namespace s3dr::control
