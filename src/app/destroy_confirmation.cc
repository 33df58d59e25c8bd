#include "app/destroy_confirmation.h"

#include "app/command.h"
#include "app/output.h"
#include "base/error.h"
#include "functions/record_store.h"

namespace s3dr::app {
namespace {

bool is_at_stake(dr::State state) {
  return state != dr::State::paused && state != dr::State::source_gone;
}

// The record's state when it has to be named; also when it cannot be read.
Task<std::string> stake_of(ports::DocumentStore& records, dr::Policy policy, s3::BucketName bucket) {
  try {
    const auto stored = co_await functions::read_record(records, policy, bucket);
    co_return stored&& is_at_stake(stored->record.state) ? std::string(dr::to_string(stored->record.state))
                                                         : "";
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    co_return "its record cannot be read: " + error.message();
  }
}

Task<> read_page(ports::DocumentStore& records, const dr::Policy& policy, std::string& token,
                 ProtectedBuckets& result) {
  const functions::RecordedBuckets page = co_await functions::list_recorded(records, policy, token);
  for (const s3::BucketName& bucket : page.buckets) {
    const std::string state = co_await stake_of(records, policy, bucket);
    if (!state.empty()) result.names.push_back(bucket.text() + " (" + state + ")");
  }
  token = page.continuation_token;
}

}  // namespace

Task<ProtectedBuckets> protected_buckets(ports::DocumentStore& records, dr::Policy policy) {
  ProtectedBuckets result;
  std::string token;
  try {
    do {
      co_await read_page(records, policy, token, result);
    } while (!token.empty());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    if (error.kind() != ErrorKind::not_found) result.unreadable = error.message();
  }
  co_return result;
}

std::string destroy_warning(const ProtectedBuckets& buckets, bool delete_own_buckets) {
  std::string text;
  for (const std::string& name : buckets.names)
    text += "still protected: " + clean(name) + ": new objects fail to replicate once the role is gone\n";
  if (!buckets.names.empty()) text += "remove their tags first: that pauses their rules\n";
  if (!buckets.unreadable.empty())
    text +=
        "the records cannot be read (" + clean(buckets.unreadable) + "): buckets may still be protected\n";
  if (delete_own_buckets) text += "all records, backfill reports and trail files are deleted as well\n";
  return text;
}

void require_typed_prefix(std::istream& answer, const std::string& prefix) {
  std::string line;
  if (std::getline(answer, line) && line == prefix) return;
  throw UsageError("nothing was removed: destroy wants --yes, or the name prefix \"" + prefix +
                   "\" typed in");
}

}  // namespace s3dr::app
