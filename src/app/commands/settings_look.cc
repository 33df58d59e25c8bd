#include "app/commands/settings_look.h"

#include <list>
#include <optional>
#include <utility>

#include "app/status/settings_view.h"
#include "base/cleanup.h"
#include "base/task_group.h"
#include "functions/record_store.h"

namespace s3dr::app {
namespace {

using Sight = dr::SettingSeen::Sight;

// What the side does not let us see is not known; it hides no other kind.
Task<> read_setting(ports::BucketStore& store, s3::BucketName bucket, const dr::Setting& row,
                    dr::SettingSeen& seen) {
  try {
    const auto document = co_await store.get_bucket_setting(bucket, row.kind);
    seen.document = document ? row.normal_form(*document) : std::nullopt;
    seen.sight = Sight::known;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    seen.sight = error.kind() == ErrorKind::unsupported ? Sight::unsupported : Sight::unknown;
    seen.why = error.code().empty() ? error.message() : error.code() + ": " + error.message();
  }
}

Task<> read_both(World& world, const dr::Record& record, SeenSettings& seen) {
  TaskGroup group(co_await boost::asio::this_coro::executor);
  TaskGroup* const readers = &group;
  for (const dr::Setting& row : dr::settings()) {
    SeenSetting& sides = seen[row.kind];
    group.spawn(read_setting(world.source(), record.source.bucket, row, sides.source));
    group.spawn(read_setting(world.destination(), record.replica.bucket, row, sides.replica));
  }
  co_await with_clean_up(group.wait(), [readers] { return readers->cancel_and_join(); });
}

Error no_record(const s3::BucketName& bucket) {
  return Error(ErrorKind::not_found, "this bucket is not protected: there is no record of it")
      .with_resource("s3://" + bucket.text())
      .with_advice("s3dr protect " + bucket.text());
}

}  // namespace

Task<SettingsView> look_at_settings(World& world, s3::BucketName bucket) {
  const dr::Policy& policy = world.config().policy;
  const auto stored = co_await functions::read_record(world.records(), policy, bucket);
  if (!stored) throw no_record(bucket);
  const dr::Record& record = stored->record;
  if (record.replica.bucket.empty()) {
    throw Error(ErrorKind::not_found, "it has no replica yet")
        .with_resource("s3://" + bucket.text())
        .with_advice("s3dr status " + bucket.text());
  }
  SeenSettings seen;
  co_await read_both(world, record, seen);
  co_return settings_view(policy, record, seen, world.clock().now());
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
