#include "app/status/unrecorded.h"

#include <algorithm>
#include <utility>

#include "base/cleanup.h"
#include "base/silence.h"
#include "base/task_group.h"
#include "dr/replica_name.h"

namespace s3dr::app {
namespace {

constexpr std::size_t readers_max = 16;

struct Search {
  World& world;
  std::vector<s3::BucketSummary> todo;
  std::size_t next = 0;
  std::vector<UnrecordedBucket> found;
  std::set<s3::Region> gone;
};

Task<> look_at_some(Search& search) {
  while (search.next < search.todo.size()) {
    const s3::BucketSummary bucket = search.todo[search.next++];
    auto found = co_await look_for_unrecorded(search.world, bucket.name, bucket.region, search.gone);
    if (found) search.found.push_back(std::move(*found));
  }
}

Task<> list_all(World& world, const std::set<s3::BucketName>& recorded,
                std::vector<s3::BucketSummary>& todo) {
  std::string token;
  do {
    s3::BucketPage page = co_await world.source().list_buckets(token);
    for (s3::BucketSummary& bucket : page.buckets) {
      if (recorded.contains(bucket.name) || dr::is_own_bucket(world.config().policy, bucket.name)) continue;
      todo.push_back(std::move(bucket));
    }
    token = std::move(page.continuation_token);
  } while (!token.empty());
}

}  // namespace

Task<std::optional<UnrecordedBucket>> look_for_unrecorded(World& world, s3::BucketName bucket,
                                                          s3::Region region, std::set<s3::Region>& gone) {
  const dr::Policy& policy = world.config().policy;
  UnrecordedBucket result;
  result.bucket = bucket;
  result.region = region.empty() ? policy.source_region : region;
  const bool elsewhere = result.region != policy.source_region;
  if (gone.contains(result.region)) {
    if (elsewhere) co_return std::nullopt;
    result.kind = Unrecorded::cannot_be_read;
    result.detail = result.region.text() + " does not answer";
    co_return result;
  }
  try {
    const auto tags = co_await world.source().get_bucket_tagging(bucket);
    if (!tags || dr::is_marked_replica(*tags)) co_return std::nullopt;
    if (dr::covers(policy, *tags)) {
      result.kind = elsewhere ? Unrecorded::wrong_region : Unrecorded::not_seen_yet;
      result.detail = result.region.text();
      co_return result;
    }
    const s3::TagSet near = dr::near_misses(policy, *tags);
    if (near.empty() || elsewhere) co_return std::nullopt;
    result.kind = Unrecorded::near_miss;
    result.detail = near.front().key + "=" + near.front().value;
    co_return result;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    if (is_silence(error)) gone.insert(result.region);
    // Gone since it was listed. A bucket of another region that cannot be looked at is none of ours.
    if (error.kind() == ErrorKind::not_found || elsewhere) co_return std::nullopt;
    result.kind = Unrecorded::cannot_be_read;
    result.detail = error.what();
  }
  co_return result;
}

Task<UnrecordedSearch> find_unrecorded(World& world, std::set<s3::BucketName> recorded) {
  UnrecordedSearch result;
  Search search{world, {}, 0, {}, {}};
  try {
    co_await list_all(world, recorded, search.todo);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    result.failure = error;
  }
  if (result.failure) co_return result;
  TaskGroup group(co_await boost::asio::this_coro::executor);
  TaskGroup* const readers = &group;
  for (std::size_t i = 0; i < std::min(readers_max, search.todo.size()); ++i)
    group.spawn(look_at_some(search));
  co_await with_clean_up(group.wait(), [readers] { return readers->cancel_and_join(); });
  std::ranges::sort(search.found, {}, &UnrecordedBucket::bucket);
  result.buckets = std::move(search.found);
  co_return result;
}

}  // namespace s3dr::app
