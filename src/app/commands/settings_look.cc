#include "app/commands/settings_look.h"

#include <list>
#include <optional>
#include <utility>

#include "app/status/settings_view.h"
#include "base/cleanup.h"
#include "base/task_group.h"
#include "dr/replica_policy.h"
#include "dr/settings/kinds/kinds.h"
#include "functions/record_store.h"

namespace s3dr::app {
namespace {

using Sight = dr::SettingSeen::Sight;

// What the side does not let us see is not known; it hides no other kind.
Task<> read_setting(ports::BucketStore& store, s3::BucketName bucket, const dr::Setting& row,
                    dr::SettingSeen& seen, std::string* acl_owner = nullptr) {
  try {
    const auto document = co_await store.get_bucket_setting(bucket, row.kind);
    seen.document = document ? row.normal_form(*document) : std::nullopt;
    seen.sight = Sight::known;
    if (acl_owner != nullptr && document) *acl_owner = dr::owner_in_acl(*document);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    seen.sight = error.kind() == ErrorKind::unsupported ? Sight::unsupported : Sight::unknown;
    seen.why = error.code().empty() ? error.message() : error.code() + ": " + error.message();
  }
}

// `replica_is_there` false: it will be made, and has nothing yet.
Task<SettingsView> look(World& world, const dr::Record& record, bool replica_is_there) {
  SeenSettings seen;
  TaskGroup group(co_await boost::asio::this_coro::executor);
  TaskGroup* const readers = &group;
  for (const dr::Setting& row : dr::settings()) {
    SeenSetting& sides = seen.kinds[row.kind];
    sides.replica.sight = Sight::known;
    group.spawn(read_setting(world.source(), record.source.bucket, row, sides.source));
    if (replica_is_there)
      group.spawn(read_setting(world.destination(), record.replica.bucket, row, sides.replica,
                               row.kind == s3::SettingKind::acl ? &seen.acl_owner : nullptr));
  }
  co_await with_clean_up(group.wait(), [readers] { return readers->cancel_and_join(); });
  const dr::SettingSeen& ownership = seen.kinds[s3::SettingKind::ownership_controls].replica;
  const bool is_seen = ownership.sight != Sight::unknown;
  if (!is_seen || dr::enforces_owner(ownership.document)) seen.acl_owner.clear();
  // Of the replica's policy what comes from the source; the rest is ours (the fence), or others'.
  dr::SettingSeen& policy = seen.kinds[s3::SettingKind::policy].replica;
  policy.document = dr::cloned_part(policy.document);
  co_return settings_view(world.config().policy, record, seen, world.clock().now());
}

// What a protection of this pair would begin with.
dr::Record imagined(const dr::Policy& policy, const dr::ObservedPair& pair) {
  dr::Record record;
  record.source = {policy.source_account, policy.source_region, pair.bucket, {}};
  record.replica = {policy.destination_account, policy.destination_region, pair.replica_bucket, {}};
  record.fence = pair.replica.head.is_absent();
  return record;
}

Error no_record(const s3::BucketName& bucket) {
  return Error(ErrorKind::not_found, "this bucket is not protected: there is no record of it")
      .with_resource("s3://" + bucket.text())
      .with_advice("what it would get: s3dr plan " + bucket.text() +
                   " --as-if-tagged; protect it: s3dr protect " + bucket.text());
}

}  // namespace

Task<SettingsView> look_at_settings(World& world, s3::BucketName bucket) {
  const auto stored = co_await functions::read_record(world.records(), world.config().policy, bucket);
  if (!stored) throw no_record(bucket);
  const dr::Record& record = stored->record;
  const bool was_made = record.claim == dr::Claim::established || record.claim == dr::Claim::lost;
  co_return co_await look(world, record, was_made);
}

Task<std::optional<SettingsView>> look_at_settings(World& world, const dr::ObservedPair& pair) {
  if (!pair.source.head.has_value()) co_return std::nullopt;
  const dr::Record* known = pair.record.get();
  const bool has_pair = known != nullptr && !known->replica.bucket.empty();
  const dr::Record record = has_pair ? *known : imagined(world.config().policy, pair);
  co_return co_await look(world, record, !pair.replica.head.is_absent());
}

bool is_setting_kind(const std::string& word) {
  return s3::parse_setting_kind(word).has_value();
}

std::string kind_words() {
  std::string words;
  for (const s3::SettingCall& call : s3::setting_calls())
    words += (words.empty() ? "" : ", ") + std::string(call.word);
  return words;
}

}  // namespace s3dr::app
