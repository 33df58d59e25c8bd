#include "transfer/verify.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/task_group.h"
#include "s3/replication_status.h"
#include "transfer/seen_versions.h"
#include "transfer/version_stacks.h"

namespace s3dr::transfer {
namespace {

constexpr std::size_t batch_versions = 512;

// What one key came to. Filled by its worker, folded into the report in key order.
struct KeyWork {
  VersionStack source;
  VersionStack replica;
  std::vector<dr::Difference> differences;
  std::uint64_t versions = 0, versions_equal = 0, markers_equal = 0, arriving = 0, purged = 0,
                replica_only = 0, expected = 0, bytes = 0;
  std::optional<dr::LastCopy> last_copy;  // of the current version: one side alone has it
};

struct Batch {
  Side source, replica;
  VerifyLevel level = VerifyLevel::head;
  dr::HistoryRules rules;
  std::vector<KeyWork> keys;
  std::size_t next = 0;
  const std::vector<dr::LastCopy>* remembered = nullptr;
  std::size_t explained_max = 0;  // missing versions whose replication status may still be asked for
};

void clear_counts(KeyWork& work) {
  work.differences.clear();
  work.last_copy.reset();
  work.versions = work.versions_equal = work.markers_equal = work.arriving = work.purged = work.replica_only =
      work.expected = work.bytes = 0;
}

Task<ObjectComparison> compare_version(const Batch& batch, const s3::ObjectVersion& ours) {
  if (batch.level == VerifyLevel::bytes) {
    co_return co_await compare_by_bytes(batch.source, batch.replica, ours.key, ours.version_id);
  }
  if (batch.level == VerifyLevel::head) {
    co_return co_await compare_by_head(batch.source, batch.replica, ours.key, ours.version_id);
  }
  co_return ObjectComparison{};
}

// Is a replica-side version without an original a replicated one? Delete markers carry no status that HEAD
// would show; one whose original is gone can only have come by replication or by hand, and hides nothing: it
// counts as purged only when the key's other versions are gone from the source too.
Task<bool> is_replica(const Batch& batch, const KeyWork& work, const s3::ObjectVersion& version) {
  if (version.is_delete_marker) co_return work.source.versions.empty();
  const auto head =
      co_await batch.replica.store->head_object(batch.replica.bucket, version.key, version.version_id);
  co_return !head || head->replication_status == s3::ReplicationStatus::replica;
}

void look_for_last_copy(const Batch& batch, KeyWork& work);
bool is_on_source_alone(const Batch& batch, const KeyWork& work);

Task<> compare_key(const Batch& batch, KeyWork& work) {
  clear_counts(work);
  dr::StackComparison stacks = dr::compare_stacks(work.source.versions, work.replica.versions, batch.rules);
  work.differences = std::move(stacks.differences);
  work.markers_equal = stacks.markers_equal;
  work.arriving = stacks.arriving;
  work.expected = stacks.expected_divergence;
  for (const s3::ObjectVersion& version : work.source.versions) {
    if (!version.is_delete_marker && version.last_modified <= batch.rules.cut_off) ++work.versions;
  }
  for (const auto& pair : stacks.pairs) {
    const s3::ObjectVersion& version = work.source.versions[pair.first];
    ObjectComparison comparison = co_await compare_version(batch, version);
    work.bytes += comparison.bytes_compared;
    if (comparison.gone) {
      work.differences.push_back({dr::DifferenceKind::missing, version.key, version.version_id,
                                  "listed, but gone when it was looked at"});
    } else if (comparison.differences.empty()) {
      ++work.versions_equal;
    }
    for (dr::Difference& difference : comparison.differences)
      work.differences.push_back(std::move(difference));
  }
  for (const std::size_t at : stacks.maybe_purged) {
    const s3::ObjectVersion& version = work.replica.versions[at];
    if (batch.level == VerifyLevel::listing && !version.is_delete_marker) {
      ++work.replica_only;
    } else if (co_await is_replica(batch, work, version)) {
      ++work.purged;
      if (at == 0 && !version.is_delete_marker && work.source.versions.empty()) {
        work.last_copy = dr::LastCopy{version.key, version.version_id};
      }
    } else {
      work.differences.push_back(
          {dr::DifferenceKind::extra, version.key, version.version_id,
           version.is_delete_marker
               ? "a delete marker that the source does not have: its removal there does not "
                 "replicate; delete this version on the replica to repeat it"
               : "only on the replica, and not put there by replication"});
    }
  }
  if (is_on_source_alone(batch, work)) {
    const s3::ObjectVersion& current = work.source.versions.front();
    work.last_copy = dr::LastCopy{current.key, current.version_id};
  }
  look_for_last_copy(batch, work);
}

// The replica lacks the key, or a marker hides it there: what a GET of the source returns is the last copy of it. If
// the source loses it too, both sides are "equal", and it is gone.
bool is_on_source_alone(const Batch& batch, const KeyWork& work) {
  if (work.source.versions.empty()) return false;
  const s3::ObjectVersion& current = work.source.versions.front();
  if (current.is_delete_marker || current.last_modified > batch.rules.cut_off) return false;
  return work.replica.versions.empty() || work.replica.versions.front().is_delete_marker;
}

const dr::LastCopy* find_remembered(const Batch& batch, const s3::ObjectKey& key) {
  const auto found = std::ranges::lower_bound(*batch.remembered, key, {}, &dr::LastCopy::key);
  return found != batch.remembered->end() && found->key == key ? &*found : nullptr;
}

// The source has nothing of this key any more, and one side had the only copy: does a GET still give one?
void look_for_last_copy(const Batch& batch, KeyWork& work) {
  if (!work.source.versions.empty()) return;
  const dr::LastCopy* remembered = find_remembered(batch, work.replica.key);
  if (remembered == nullptr) return;
  const auto& versions = work.replica.versions;
  if (!versions.empty() && !versions.front().is_delete_marker) return;
  const bool beneath =
      std::ranges::find(versions, remembered->version_id, &s3::ObjectVersion::version_id) != versions.end();
  work.differences.push_back({dr::DifferenceKind::last_copy, remembered->key, remembered->version_id,
                              beneath
                                  ? "its original was purged, and on the replica a delete marker hides it "
                                    "now: remove that marker there "
                                    "to see it again"
                                  : "one side had the only copy, and now it is on neither side"});
}

// What the source says of the replication of a version that the replica lacks: is it late, or lost? Level
// listing needs no right to read objects, so it does not ask.
Task<> explain_missing(Batch& batch, KeyWork& work) {
  if (batch.level == VerifyLevel::listing) co_return;
  for (dr::Difference& difference : work.differences) {
    if (difference.kind != dr::DifferenceKind::missing || batch.explained_max == 0) continue;
    const auto at =
        std::ranges::find(work.source.versions, difference.version_id, &s3::ObjectVersion::version_id);
    if (at == work.source.versions.end() || at->is_delete_marker) continue;
    --batch.explained_max;
    const auto head = co_await batch.source.store->head_object(batch.source.bucket, at->key, at->version_id);
    if (!head) continue;
    const std::string_view status = s3::to_string(head->replication_status);
    difference.detail += head->replication_status == s3::ReplicationStatus::none
                             ? "; no rule has taken it up"
                             : "; its replication is " + std::string(status);
  }
}

Task<> work_through(Batch& batch) {
  while (batch.next < batch.keys.size()) {
    KeyWork& work = batch.keys[batch.next++];
    co_await compare_key(batch, work);
    if (!work.differences.empty()) {
      const s3::ObjectKey key = work.source.versions.empty() ? work.replica.key : work.source.key;
      work.source = co_await read_stack(*batch.source.store, batch.source.bucket, key);
      work.replica = co_await read_stack(*batch.replica.store, batch.replica.bucket, key);
      co_await compare_key(batch, work);
      co_await explain_missing(batch, work);
    }
    work.source.versions = {};
    work.replica.versions = {};
  }
}

Task<> run_batch(Batch& batch, std::size_t concurrency) {
  TaskGroup group(co_await boost::asio::this_coro::executor);
  const std::size_t workers = std::min(concurrency, batch.keys.size());
  for (std::size_t i = 0; i < workers; ++i) group.spawn(work_through(batch));
  TaskGroup* tasks = &group;
  co_await with_clean_up(group.wait(), [tasks] { return tasks->cancel_and_join(); });
}

// Remembered keys before `key` (nullptr: all that are left) are in neither listing: they are looked at as well.
void pass_remembered(Batch& batch, std::vector<dr::LastCopy>::const_iterator& at,
                     const VerifyOptions& options, const s3::ObjectKey* key) {
  for (; at != options.last_copies.end() && (key == nullptr || !(*key < at->key)); ++at) {
    if (key != nullptr && at->key == *key) continue;
    if (!at->key.bytes().starts_with(options.prefix)) continue;
    KeyWork work;
    work.source.key = work.replica.key = at->key;
    batch.keys.push_back(std::move(work));
  }
}

void fold(VerifyReport& report, Batch& batch, std::size_t differences_max) {
  for (KeyWork& work : batch.keys) {
    const s3::ObjectKey& key = work.source.key.empty() ? work.replica.key : work.source.key;
    ++report.keys;
    if (dr::is_odd_key(key)) ++report.odd_keys;
    report.versions += work.versions;
    report.versions_equal += work.versions_equal;
    report.markers_equal += work.markers_equal;
    report.arriving += work.arriving;
    report.purged_at_source += work.purged;
    report.replica_only += work.replica_only;
    report.expected_divergence += work.expected;
    report.bytes_compared += work.bytes;
    if (work.last_copy && report.last_copies.size() < dr::last_copies_max)
      report.last_copies.push_back(std::move(*work.last_copy));
    report.differences_total += work.differences.size();
    for (dr::Difference& difference : work.differences) {
      if (report.differences.size() < differences_max) report.differences.push_back(std::move(difference));
    }
  }
  batch.keys.clear();
  batch.next = 0;
}

void look_at_seen(const VersionStack& stack, const VerifyOptions& options, SeenVersions& sample,
                  VerifyReport& report) {
  for (const s3::ObjectVersion& version : stack.versions) {
    sample.add(version);
    report.met_seen_versions |=
        std::ranges::find(options.seen_versions,
                          dr::SeenVersion{version.key, version.version_id, version.last_modified}) !=
        options.seen_versions.end();
  }
}

// Of the keys that have both.
std::string both_prefixes(const VerifyOptions& options) {
  const std::string &asked = options.prefix, &selected = options.selected_prefix;
  if (asked.starts_with(selected)) return asked;
  if (selected.starts_with(asked)) return selected;
  throw Error(ErrorKind::invalid, "the rule takes only keys that begin with \"" + selected +
                                      "\", and none of them begins with \"" + asked + "\"");
}

// Versions carry the store's times, the cut-off is ours. Where our clock is ahead, a version made after the
// listing had passed its key would seem to lie before the cut-off, and be vouched for unseen.
Instant by_clock_of_store(Instant cut_off, std::optional<Instant> served_at) {
  constexpr milliseconds second{1'000};
  if (!served_at || cut_off < *served_at + second) return cut_off;
  return *served_at - second;  // a Date is cut to seconds, and the listing was read before it was set
}

}  // namespace

dr::Verification to_verification(const VerifyReport& report, std::int64_t generation) {
  dr::Verification run;
  run.as_of = report.cut_off;
  run.at = report.finished;
  run.level = report.level;
  run.generation = generation;
  run.versions = report.versions;
  run.delete_markers = report.markers_equal;
  run.bytes = report.bytes_compared;
  run.arriving = report.arriving;
  run.purged_at_source = report.purged_at_source;
  run.differences = report.differences_total;
  run.prefix = report.selected_prefix;
  return run;
}

Task<VerifyReport> verify(Side source, Side replica, VerifyOptions options, Clock& clock,
                          std::function<void(const VerifyProgress&)> progress) {
  VerifyReport report;
  report.level = options.level;
  report.prefix = options.prefix;
  report.selected_prefix = options.selected_prefix;
  report.cut_off = clock.now();
  options.prefix = both_prefixes(options);

  VersionStacks source_stacks(*source.store, source.bucket, options.prefix);
  VersionStacks replica_stacks(*replica.store, replica.bucket, options.prefix);
  auto ours = co_await source_stacks.next();
  auto theirs = co_await replica_stacks.next();

  Batch batch;
  batch.source = source;
  batch.replica = replica;
  batch.source.shows_tag_count = std::make_shared<bool>(false);
  batch.replica.shows_tag_count = std::make_shared<bool>(false);
  batch.level = options.level;
  batch.explained_max = options.differences_max;
  batch.remembered = &options.last_copies;
  batch.rules.cut_off = by_clock_of_store(report.cut_off, source_stacks.served_at());
  batch.rules.delete_markers_replicate = options.delete_markers_replicate;
  SeenVersions sample;
  std::size_t pending = 0;
  std::vector<dr::LastCopy>::const_iterator vanished =
      options.last_copies.begin();  // those before it have been passed

  while (ours || theirs) {
    KeyWork work;
    const bool take_ours = ours && (!theirs || !(theirs->key < ours->key));
    const bool take_theirs = theirs && (!ours || !(ours->key < theirs->key));
    if (take_ours) {
      work.source = std::move(*ours);
      look_at_seen(work.source, options, sample, report);
      ours = co_await source_stacks.next();
    }
    if (take_theirs) {
      work.replica = std::move(*theirs);
      theirs = co_await replica_stacks.next();
    }
    if (!take_ours) work.source.key = work.replica.key;
    if (!take_theirs) work.replica.key = work.source.key;
    pass_remembered(batch, vanished, options, &work.source.key);
    pending += work.source.versions.size() + work.replica.versions.size();
    batch.keys.push_back(std::move(work));
    if (pending >= batch_versions || (!ours && !theirs)) {
      co_await run_batch(batch, std::max<std::size_t>(1, options.concurrency));
      fold(report, batch, options.differences_max);
      pending = 0;
      if (progress) progress({report.keys, report.versions, report.differences_total});
    }
  }
  pass_remembered(batch, vanished, options, nullptr);
  if (!batch.keys.empty()) {
    co_await run_batch(batch, std::max<std::size_t>(1, options.concurrency));
    fold(report, batch, options.differences_max);
  }
  report.seen_versions = sample.take();
  report.finished = clock.now();
  co_return report;
}

}  // namespace s3dr::transfer
