#include "functions/sweep_walk.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/silence.h"
#include "dr/policy.h"
#include "functions/record_store.h"

namespace s3dr::functions {
namespace {

// Whether a sweep has to visit the bucket. If its tags cannot be read, it is visited.
enum class Seen { tagged, untagged, failed };

Task<Seen> look_at_tags(Context& context, s3::BucketName bucket) {
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

}  // namespace

SweepWalk::SweepWalk(Context context, SweepPosition from) : context_(context), position_(std::move(from)) {}

Task<SweepWalk::Page> SweepWalk::list_buckets() {
  s3::BucketPage listed = co_await context_.source.list_buckets(position_.token);
  for (const std::string& name : listed.other_names)
    context_.log.warning("listed, but no bucket can be called so", {{"name", name}});
  Page page;
  page.next_token = std::move(listed.continuation_token);
  for (s3::BucketSummary& bucket : listed.buckets) {
    if (dr::is_own_bucket(context_.policy, bucket.name)) continue;
    if (bucket.region == context_.policy.source_region) bucket.region = {};
    page.buckets.push_back({std::move(bucket.name), std::move(bucket.region)});
  }
  co_return page;
}

Task<SweepWalk::Page> SweepWalk::list_records() {
  RecordedBuckets listed = co_await list_recorded(context_.records, context_.policy, position_.token);
  for (const std::string& key : listed.other_keys)
    context_.log.warning("not a record's name", {{"key", key}});
  Page page;
  page.next_token = std::move(listed.continuation_token);
  for (s3::BucketName& bucket : listed.buckets) page.buckets.push_back({std::move(bucket), {}});
  co_return page;
}

// An account lists the buckets of all its regions. If a bucket of another region cannot be read, the sweep
// has not failed. A region that is gone costs one wait, not one for each of its buckets.
Task<> SweepWalk::warn_of(Listed listed) {
  if (gone_.contains(listed.elsewhere)) co_return;
  try {
    const auto tags = co_await context_.source.get_bucket_tagging(listed.bucket);
    if (!tags || !dr::is_tagged(context_.policy, *tags)) co_return;
    context_.log.warning("tagged, but not in the source region: it is not protected",
                         {{"bucket", listed.bucket.text()},
                          {"region", listed.elsewhere.text()},
                          {"source_region", context_.policy.source_region.text()}});
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    if (is_silence(error) && gone_.insert(listed.elsewhere).second)
      context_.log.info("another region does not answer: its buckets are not looked at for tags",
                        {{"region", listed.elsewhere.text()}, {"why", error.what()}});
    context_.log.debug("tags of a bucket of another region not readable",
                       {{"bucket", listed.bucket.text()}, {"why", error.what()}});
  }
}

Task<std::optional<s3::BucketName>> SweepWalk::next(milliseconds until) {
  bool looked = false;
  while (!over_ && !(looked && context_.clock.uptime() >= until)) {
    if (!loaded_) {
      co_await load_page();
      continue;
    }
    if (page_.empty()) {
      if (next_token_.empty()) {
        end_half();
      } else {
        position_.token = std::exchange(next_token_, {});
        position_.after = {};
        loaded_ = false;
      }
      continue;
    }
    const Listed listed = std::move(page_.front());
    const s3::BucketName& bucket = listed.bucket;
    page_.pop_front();
    looked = true;
    if (!listed.elsewhere.empty()) {
      co_await warn_of(listed);
      position_.after = bucket;
      continue;
    }
    if (position_.half == SweepPosition::Half::tagged) {
      ++count_.buckets_seen;
      const Seen seen = co_await look_at_tags(context_, bucket);
      position_.after = bucket;
      if (seen == Seen::untagged) continue;
      ++(seen == Seen::tagged ? count_.tagged : count_.failed);
    } else {
      ++count_.recorded;
      position_.after = bucket;
    }
    if (given_.insert(bucket).second) co_return bucket;
  }
  co_return std::nullopt;
}

Task<> SweepWalk::load_page() {
  const bool tagged = position_.half == SweepPosition::Half::tagged;
  std::optional<Error> failure;
  Page page;
  try {
    if (tagged) {
      page = co_await list_buckets();
    } else {
      page = co_await list_records();
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error;
  }
  auto& contact = tagged ? count_.source : count_.destination;
  contact = dr::Contact{};
  if (failure) {
    contact = dr::contact_of(*failure);
    context_.log.warning("sweep incomplete",
                         {{"half", tagged ? "tagged" : "recorded"}, {"why", failure->what()}});
    count_.ended = failure->kind();
    end_half();
    co_return;
  }
  // Sorted by name, whatever the store's order, because `after` says how far a page was read.
  std::ranges::sort(page.buckets, {}, &Listed::bucket);
  page_.clear();
  for (Listed& listed : page.buckets) {
    if (position_.after < listed.bucket) page_.push_back(std::move(listed));
  }
  next_token_ = std::move(page.next_token);
  loaded_ = true;
}

void SweepWalk::end_half() {
  over_ = position_.half == SweepPosition::Half::recorded;
  position_ = {SweepPosition::Half::recorded, {}, {}};
  page_.clear();
  next_token_.clear();
  loaded_ = false;
}

}  // namespace s3dr::functions
