#include "dr/premises.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/error.h"
#include "dr/plan.h"

namespace s3dr::dr {
namespace {

using enum ActionKind;

using Kinds = std::uint32_t;

constexpr Kinds of(std::initializer_list<ActionKind> kinds) {
  Kinds set = 0;
  for (const ActionKind kind : kinds) set |= Kinds{1} << static_cast<unsigned>(kind);
  return set;
}

// What is written for a tagged bucket. A pause (disable_rule) needs the source alone.
constexpr Kinds tagged =
    of({enable_source_versioning, create_replica_bucket, enable_replica_versioning, tag_replica_bucket,
        open_replica_bucket, fence_replica_bucket, put_rule, create_job});
constexpr Kinds on_replica = tagged & ~of({create_replica_bucket});

struct Row {
  Premise premise;
  std::string_view name;
  Strength strength;
  Kinds stops;
  const void* (*field)(const ObservedPair&);
};

// In the order in which a plan asks.
constexpr std::array rows = {
    Row{Premise::source_bucket, "source bucket", Strength::required,
        tagged | of({disable_rule, write_record}),
        [](const ObservedPair& pair) -> const void* { return &pair.source.head; }},
    Row{Premise::source_tags, "source tags", Strength::required, tagged | of({disable_rule}),
        [](const ObservedPair& pair) -> const void* { return &pair.source.tags; }},
    Row{Premise::record, "record", Strength::required, tagged | of({write_record}),
        [](const ObservedPair& pair) -> const void* { return &pair.record; }},
    Row{Premise::source_versioning, "source versioning", Strength::required, tagged,
        [](const ObservedPair& pair) -> const void* { return &pair.source.versioning; }},
    Row{Premise::source_rules, "replication rules", Strength::required, tagged | of({disable_rule}),
        [](const ObservedPair& pair) -> const void* { return &pair.replication; }},
    Row{Premise::replica_bucket, "replica bucket", Strength::required, tagged,
        [](const ObservedPair& pair) -> const void* { return &pair.replica.head; }},
    Row{Premise::replica_versioning, "replica versioning", Strength::required, on_replica,
        [](const ObservedPair& pair) -> const void* { return &pair.replica.versioning; }},
    Row{Premise::replica_tags, "replica tags", Strength::required, on_replica,
        [](const ObservedPair& pair) -> const void* { return &pair.replica.tags; }},
    Row{Premise::replica_policy, "replica bucket policy", Strength::required, on_replica,
        [](const ObservedPair& pair) -> const void* { return &pair.replica_policy; }},
    // What only copies a setting stops nothing: it is said, and tried again.
    Row{Premise::object_lock, "object lock of the source", Strength::best_effort, 0,
        [](const ObservedPair& pair) -> const void* { return &pair.object_lock; }},
    Row{Premise::settings, "settings", Strength::best_effort, of({put_settings}),
        [](const ObservedPair& pair) -> const void* { return &pair.settings; }},
    Row{Premise::same_source, "identity of the source", Strength::required, tagged,
        [](const ObservedPair& pair) -> const void* { return &pair.seen_versions; }},
    Row{Premise::source_created, "creation of the source", Strength::required, tagged,
        [](const ObservedPair& pair) -> const void* { return &pair.source_created; }},
    // A live rule without a backfill is better than neither.
    Row{Premise::batch_jobs, "batch jobs", Strength::gate, 0,
        [](const ObservedPair& pair) -> const void* { return &pair.batch_jobs; }},
    Row{Premise::active_jobs, "active jobs", Strength::gate, of({create_job}),
        [](const ObservedPair& pair) -> const void* { return &pair.active_jobs; }},
    Row{Premise::job, "backfill job", Strength::gate, of({create_job}),
        [](const ObservedPair& pair) -> const void* { return &pair.job; }},
    Row{Premise::content, "content of the source", Strength::gate, of({create_job}),
        [](const ObservedPair& pair) -> const void* { return &pair.content; }},
    Row{Premise::failed_tasks, "failed tasks", Strength::gate, of({create_job}),
        [](const ObservedPair& pair) -> const void* { return &pair.failed_tasks; }},
};

const Row& row_of(Premise premise) {
  const auto* const found = std::ranges::find(rows, premise, &Row::premise);
  S3DR_CHECK(found != rows.end());
  return *found;
}

}  // namespace

const std::vector<Premise>& premises() {
  static const std::vector<Premise> all = [] {
    std::vector<Premise> result;
    for (const Row& row : rows) result.push_back(row.premise);
    return result;
  }();
  return all;
}

std::string_view to_string(Strength strength) {
  switch (strength) {
    case Strength::required:
      return "required";
    case Strength::gate:
      return "gate";
    case Strength::best_effort:
      return "best effort";
  }
  return "required";
}

std::string_view to_string(Premise premise) {
  return row_of(premise).name;
}

Strength strength_of(Premise premise) {
  return row_of(premise).strength;
}

std::string_view to_string(ActionKind kind) {
  switch (kind) {
    case enable_source_versioning:
      return "enable_source_versioning";
    case create_replica_bucket:
      return "create_replica_bucket";
    case enable_replica_versioning:
      return "enable_replica_versioning";
    case tag_replica_bucket:
      return "tag_replica_bucket";
    case open_replica_bucket:
      return "open_replica_bucket";
    case fence_replica_bucket:
      return "fence_replica_bucket";
    case put_settings:
      return "put_settings";
    case put_rule:
      return "put_rule";
    case disable_rule:
      return "disable_rule";
    case create_job:
      return "create_job";
    case write_record:
      return "write_record";
    case find_out:
      return "find_out";
    case ask_a_person:
      return "ask_a_person";
  }
  return "ask_a_person";
}

bool stops(Premise premise, ActionKind kind) {
  return (row_of(premise).stops & of({kind})) != 0;
}

Strength strength_of(ActionKind kind) {
  if (kind == tag_replica_bucket || kind == put_settings || kind == fence_replica_bucket)
    return Strength::best_effort;
  return kind == create_job ? Strength::gate : Strength::required;
}

Premise premise_of(const ObservedPair& pair, const void* observed) {
  const auto* const found =
      std::ranges::find_if(rows, [&](const Row& row) { return row.field(pair) == observed; });
  S3DR_CHECK(found != rows.end());
  return found->premise;
}

}  // namespace s3dr::dr
