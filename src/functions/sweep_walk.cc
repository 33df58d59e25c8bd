#include "functions/sweep_walk.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/silence.h"
#include "dr/policy.h"
#include "functions/record_store.h"

namespace s3dr::functions {
SweepWalk::SweepWalk(Context context, SweepPosition from)
    : SweepWalk(std::vector<Context>{context}, std::move(from)) {}

SweepWalk::SweepWalk(std::vector<Context> contexts, SweepPosition from)
    : contexts_(std::move(contexts)), position_(std::move(from)) {
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    const auto same_place = std::ranges::find_if(first_of_, [&](std::size_t first) {
      return dr::destination_of(contexts_[first].policy) == dr::destination_of(contexts_[i].policy);
    });
    place_of_.push_back(static_cast<std::size_t>(same_place - first_of_.begin()));
    if (same_place == first_of_.end()) first_of_.push_back(i);
  }
  counts_.resize(first_of_.size());
  S3DR_CHECK(position_.place < first_of_.size());
}

// The protections for which a sweep has to visit the bucket: those that count. If its tags cannot be read, the first
// one of each place reports it.
Task<std::vector<std::size_t>> SweepWalk::look_at_tags(s3::BucketName bucket) {
  const Context& context = contexts_.front();
  std::vector<std::size_t> result;
  try {
    const auto tags = co_await context.source.get_bucket_tagging(bucket);
    if (!tags) co_return result;
    for (std::size_t i = 0; i < contexts_.size(); ++i) {
      for (const s3::Tag& tag : dr::near_misses(contexts_[i].policy, *tags)) {
        context.log.warning("tag looks like the match tag but is not",
                            {{"bucket", bucket.text()}, {"tag", tag.key + "=" + tag.value}});
      }
      if (!dr::covers(contexts_[i].policy, *tags)) continue;
      ++counts_[place_of_[i]].tagged;
      result.push_back(i);
    }
    co_return result;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    if (error.kind() == ErrorKind::not_found) co_return result;  // deleted since it was listed
    context.log.warning("tags not readable", {{"bucket", bucket.text()}, {"why", error.what()}});
  }
  for (SweepCount& count : counts_) ++count.failed;
  co_return first_of_;
}

Task<SweepWalk::Page> SweepWalk::list_buckets() {
  const Context& context = contexts_.front();
  s3::BucketPage listed = co_await context.source.list_buckets(position_.token);
  for (const std::string& name : listed.other_names)
    context.log.warning("listed, but no bucket can be called so", {{"name", name}});
  Page page;
  page.next_token = std::move(listed.continuation_token);
  for (s3::BucketSummary& bucket : listed.buckets) {
    if (dr::is_own_bucket(context.policy, bucket.name)) continue;
    if (bucket.region == context.policy.source_region) bucket.region = {};
    page.buckets.push_back({std::move(bucket.name), std::move(bucket.region)});
  }
  co_return page;
}

Task<SweepWalk::Page> SweepWalk::list_records() {
  const Context& context = contexts_[first_of_[position_.place]];
  RecordedBuckets listed = co_await list_recorded(context.records, context.policy, position_.token);
  for (const std::string& key : listed.other_keys) context.log.warning("not a record's name", {{"key", key}});
  Page page;
  page.next_token = std::move(listed.continuation_token);
  for (s3::BucketName& bucket : listed.buckets) page.buckets.push_back({std::move(bucket), {}});
  co_return page;
}

bool SweepWalk::carries_a_match_tag(const s3::TagSet& tags) const {
  return std::ranges::any_of(contexts_,
                             [&](const Context& context) { return dr::is_tagged(context.policy, tags); });
}

// An account lists the buckets of all its regions. If a bucket of another region cannot be read, the sweep
// has not failed. A region that is gone costs one wait, not one for each of its buckets.
Task<> SweepWalk::warn_of(Listed listed) {
  const Context& context = contexts_.front();
  if (gone_.contains(listed.elsewhere)) co_return;
  try {
    const auto tags = co_await context.source.get_bucket_tagging(listed.bucket);
    if (!tags || !carries_a_match_tag(*tags)) co_return;
    context.log.warning("tagged, but not in the source region: it is not protected",
                        {{"bucket", listed.bucket.text()},
                         {"region", listed.elsewhere.text()},
                         {"source_region", context.policy.source_region.text()}});
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    if (is_silence(error) && gone_.insert(listed.elsewhere).second)
      context.log.info("another region does not answer: its buckets are not looked at for tags",
                       {{"region", listed.elsewhere.text()}, {"why", error.what()}});
    context.log.debug("tags of a bucket of another region not readable",
                      {{"bucket", listed.bucket.text()}, {"why", error.what()}});
  }
}

FoundBucket SweepWalk::not_given_yet(s3::BucketName bucket, std::vector<std::size_t> protections) {
  std::erase_if(protections, [&](std::size_t one) { return given_.contains({bucket, place_of_[one]}); });
  for (const std::size_t one : protections) given_.insert({bucket, place_of_[one]});
  return {std::move(bucket), std::move(protections)};
}

Task<std::optional<FoundBucket>> SweepWalk::next(milliseconds until) {
  bool looked = false;
  while (!over_ && !(looked && contexts_.front().clock.uptime() >= until)) {
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
    std::vector<std::size_t> protections;
    if (position_.half == SweepPosition::Half::tagged) {
      for (SweepCount& count : counts_) ++count.buckets_seen;
      protections = co_await look_at_tags(bucket);
    } else {
      ++counts_[position_.place].recorded;
      // Which of them counts is known by the tags. Where none does any more, each of them would pause it.
      for (std::size_t i = 0; i < place_of_.size(); ++i) {
        if (place_of_[i] == position_.place) protections.push_back(i);
      }
    }
    position_.after = bucket;
    FoundBucket found = not_given_yet(bucket, std::move(protections));
    if (!found.protections.empty()) co_return found;
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
  dr::Contact contact;
  if (failure) contact = dr::contact_of(*failure);
  if (tagged) {
    for (SweepCount& count : counts_) count.source = contact;
  } else {
    counts_[position_.place].destination = contact;
  }
  if (failure) {
    contexts_[first_of_[position_.place]].log.warning(
        "sweep incomplete", {{"half", tagged ? "tagged" : "recorded"}, {"why", failure->what()}});
    for (std::size_t place = 0; place < counts_.size(); ++place) {
      if (tagged || place == position_.place) counts_[place].ended = failure->kind();
    }
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
  const bool recorded = position_.half == SweepPosition::Half::recorded;
  const std::size_t place = recorded ? position_.place + 1 : 0;
  over_ = place == first_of_.size();
  position_ = {SweepPosition::Half::recorded, {}, {}, over_ ? 0 : place};
  page_.clear();
  next_token_.clear();
  loaded_ = false;
}

}  // namespace s3dr::functions
