#include "functions/replication_edits.h"

#include <functional>
#include <utility>

#include "base/error.h"
#include "dr/conditions/conditions.h"
#include "functions/record_store.h"
#include "s3/xml_bucket.h"

namespace s3dr::functions {
namespace {

using Change = std::function<dr::ReplicationEdits(dr::ReplicationEdits)>;

constexpr int races_max = 10;

// What is there now; nullopt: nobody knows.
Task<std::optional<s3::ReplicationConfiguration>> look(Context context, s3::BucketName bucket) {
  try {
    const auto present = co_await context.source.get_bucket_replication(bucket);
    co_return present.value_or(s3::ReplicationConfiguration());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    context.log.warning("what became of the rules of others cannot be seen now",
                        {{"bucket", bucket.text()}, {"why", error.what()}});
    co_return std::nullopt;
  }
}

void tell(const Context& context, const dr::Record& before, const dr::Record& after) {
  const auto& lost = after.edits.lost;
  const std::string bucket = after.source.bucket.text();
  if (lost && lost != before.edits.lost) {
    context.log.error(dr::lost_text(*lost),
                      {{"bucket", bucket},
                       {"condition", std::string(to_string(dr::ConditionType::rules_lost))},
                       {"reason", std::string(dr::reason::overwritten)},
                       {"event_id", lost->id},
                       {"document", lost->document},
                       {"next", dr::lost_advice(*lost, after.source.bucket)}});
  } else if (before.edits.lost && !lost) {
    context.log.info("no rule of others is lost any more", {{"bucket", bucket}});
  }
}

// Changes the record's edits and judges them. nullopt: there is no record.
Task<std::optional<dr::Record>> change_edits(Context context, s3::BucketName bucket, Change change) {
  for (int race = 0; race < races_max; ++race) {
    auto stored = co_await read_record(context.records, context.policy, bucket);
    if (!stored) co_return std::nullopt;
    const auto present = co_await look(context, bucket);
    const Instant now = context.clock.now();
    dr::Record next = stored->record;
    next.edits = change(std::move(next.edits));
    if (present) next.edits = dr::judged(std::move(next.edits), context.policy, bucket, *present, now);
    if (next.edits == stored->record.edits) co_return next;
    next.changed = now;
    const dr::Record before = stored->record;
    auto written =
        co_await write_record(context.records, context.policy, std::move(next), std::move(stored), now);
    if (!written) continue;
    tell(context, before, written->record);
    co_return std::move(written->record);
  }
  throw Error(ErrorKind::unavailable, "the record of " + bucket.text() + " was changed by others " +
                                          std::to_string(races_max) + " times in a row");
}

void require_same(const dr::ReplicationEdits& edits, const std::string& id) {
  if (edits.lost && edits.lost->id == id) return;
  throw Error(ErrorKind::precondition_failed,
              edits.lost ? "other rules are lost than those shown" : "nothing is known to be lost any more")
      .with_advice("Look again: s3dr status");
}

Task<StoredRecord> require_record(Context context, s3::BucketName bucket) {
  auto stored = co_await read_record(context.records, context.policy, bucket);
  if (!stored)
    throw Error(ErrorKind::not_found, "this bucket is not protected: there is no record of it")
        .with_resource(s3::bucket_url(bucket));
  co_return std::move(*stored);
}

dr::Restoration restoration_of(const Context& context, const dr::Record& record,
                               const s3::ReplicationConfiguration& present) {
  if (!record.edits.lost) return {};
  if (record.edits.lost->document.empty()) {
    dr::Restoration refused;
    refused.refused = dr::lost_advice(*record.edits.lost, record.source.bucket);
    return refused;
  }
  return dr::restoration(context.policy, record.source.bucket, record.replica.bucket,
                         dr::lost_configuration(*record.edits.lost), record.edits.lost->undone, present);
}

}  // namespace

Task<> note_edit(Context context, s3::BucketName bucket, dr::ReplicationEdit edit) {
  const dr::Policy& policy = context.policy;
  co_await change_edits(context, bucket, [&policy, bucket, edit](dr::ReplicationEdits edits) {
    return dr::with_edit(std::move(edits), policy, bucket, edit);
  });
}

Task<> note_own_put(Context context, s3::BucketName bucket, dr::OwnPut put) {
  try {
    co_await change_edits(context, bucket, [put](dr::ReplicationEdits edits) {
      return dr::with_own_put(std::move(edits), put);
    });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    context.log.warning("our PUT was not noted: a rule of others that it overwrote may go unnoticed",
                        {{"bucket", bucket.text()}, {"why", error.what()}});
  }
}

Task<LostAndPresent> look_for_lost(Context context, s3::BucketName bucket) {
  const StoredRecord stored = co_await require_record(context, bucket);
  const auto present = co_await context.source.get_bucket_replication(bucket);
  LostAndPresent result{stored.record, {}};
  result.restoration =
      restoration_of(context, stored.record, present.value_or(s3::ReplicationConfiguration()));
  co_return result;
}

Task<bool> put_lost_back(Context context, s3::BucketName bucket, std::string id) {
  const StoredRecord stored = co_await require_record(context, bucket);
  require_writable(context.policy, stored.record);
  require_same(stored.record.edits, id);
  const Instant looked = context.clock.now();
  const auto present = co_await context.source.get_bucket_replication(bucket);
  const dr::Restoration back =
      restoration_of(context, stored.record, present.value_or(s3::ReplicationConfiguration()));
  if (!back.refused.empty()) throw Error(ErrorKind::invalid, "not put back: " + back.refused);
  if (back.configuration) {
    co_await context.source.put_bucket_replication(bucket, *back.configuration);
    co_await note_own_put(
        context, bucket,
        dr::own_put(context.policy, bucket, *back.configuration, looked, context.clock.now()));
  }
  const auto same = [](dr::ReplicationEdits edits) { return edits; };
  const auto after = co_await change_edits(context, bucket, same);  // judges what is there now
  co_return !after || !after->edits.lost;
}

Task<> forget_lost(Context context, s3::BucketName bucket, std::string id) {
  const StoredRecord stored = co_await require_record(context, bucket);
  require_same(stored.record.edits, id);
  co_await change_edits(context, bucket, [id](dr::ReplicationEdits edits) {
    const bool same = edits.lost && edits.lost->id == id;
    return same ? dr::settled(std::move(edits)) : edits;
  });
}

}  // namespace s3dr::functions
