#include "functions/replica_source.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "dr/replica_name.h"
#include "functions/record_store.h"

namespace s3dr::functions {
namespace {

// Whether the record of `source` names that replica. A broken record names none; the sweep reports it.
Task<bool> is_recorded(Context context, s3::BucketName source, s3::BucketName replica) {
  bool named = false;
  try {
    const auto stored = co_await read_record(context.records, context.policy, source);
    named = stored && stored->record.replica.bucket == replica;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::unsupported) throw;
  }
  co_return named;
}

Task<ReplicaSource> search_records(Context context, s3::BucketName replica) {
  std::string token;
  std::size_t searched = 0;
  do {
    RecordedBuckets page = co_await list_recorded(context.records, context.policy, std::move(token));
    for (const s3::BucketName& source : page.buckets) {
      if (searched++ == searched_records_max) co_return ReplicaSource{std::nullopt, true};
      const bool named = co_await is_recorded(context, source, replica);
      if (named) co_return ReplicaSource{source};
    }
    token = std::move(page.continuation_token);
  } while (!token.empty());
  co_return ReplicaSource{};
}

}  // namespace

Task<ReplicaSource> source_of_replica(Context context, s3::BucketName replica) {
  if (dr::is_own_bucket(context.policy, replica)) co_return ReplicaSource{};
  bool gone = false;
  try {
    const auto tags = co_await context.destination.get_bucket_tagging(replica);
    if (tags) {
      if (auto source = dr::source_of_mark(context.policy, *tags)) co_return ReplicaSource{source};
    }
  } catch (const Error& error) {
    // Somebody else's bucket of that name says nothing about ours; the record does.
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::denied &&
        error.kind() != ErrorKind::unsupported)
      throw;
    gone = true;
  }
  const auto likely = dr::source_of_replica_name(context.policy, replica);
  if (likely) {
    const bool named = co_await is_recorded(context, *likely, replica);
    if (named) co_return ReplicaSource{likely};
  }
  if (!gone) co_return ReplicaSource{};
  co_return co_await search_records(context, replica);
}

}  // namespace s3dr::functions
