#include "functions/accept_settings.h"

#include <algorithm>

#include "base/error.h"
#include "functions/record_store.h"
#include "s3/xml_bucket.h"

namespace s3dr::functions {
namespace {

constexpr int races_max = 10;

// False: it is so already.
bool let_through(dr::SettingsRecord& settings, const std::pair<std::string, std::string>& shown) {
  const auto& [word, held] = shown;
  const auto found = std::ranges::find(settings.kinds, word, &dr::SettingRecord::word);
  if (found == settings.kinds.end()) {
    throw Error(ErrorKind::unavailable, "destination_bucket_check has not looked at " + word + " yet")
        .with_advice("wait for its first look: s3dr settings");
  }
  if (found->accepted == held) return false;
  found->accepted = held;
  return true;
}

bool apply(dr::Record& record, const AcceptedSettings& accepted) {
  bool changed = false;
  for (const auto& shown : accepted.held) changed = let_through(record.settings, shown) || changed;
  if (accepted.fence && !record.fence) {
    record.fence = true;
    changed = true;
  }
  if (changed) record.settings.checked.reset();  // the next look is due now
  return changed;
}

}  // namespace

Task<dr::Record> accept_settings(Context context, s3::BucketName bucket, AcceptedSettings accepted) {
  for (int race = 0; race < races_max; ++race) {
    auto stored = co_await read_record(context.records, context.policy, bucket);
    if (!stored) {
      throw Error(ErrorKind::not_found, "this bucket is not protected: there is no record of it")
          .with_resource(s3::bucket_url(bucket));
    }
    dr::Record next = stored->record;
    if (!apply(next, accepted)) co_return next;
    const Instant now = context.clock.now();
    next.changed = now;
    auto written =
        co_await write_record(context.records, context.policy, std::move(next), std::move(stored), now);
    if (written) co_return std::move(written->record);
  }
  throw Error(ErrorKind::unavailable, "the record of " + bucket.text() + " was changed by others " +
                                          std::to_string(races_max) + " times in a row")
      .with_advice("run it again");
}

}  // namespace s3dr::functions
