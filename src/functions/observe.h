// Looks at one pair through the ports and turns every answer into an Observed (dr/observed.h). Reads only.
// Used by the three functions and by `s3dr plan`.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/task.h"
#include "dr/observed_pair.h"
#include "dr/plan.h"
#include "functions/context.h"
#include "s3/names.h"

namespace s3dr::functions {

// What this run knows beside the message.
struct Look {
  // False if the observer may not start a backfill job; then it need not know how many are active.
  bool starts_jobs = true;
  std::optional<Instant> settings_asked = std::nullopt;        // dr::ObservedSettings::asked
  std::map<s3::SettingKind, std::string> settings_tried = {};  // dr::ObservedSettings::tried
};
Look look_of(const dr::ObservedPair& seen);  // to look again in the same run

// At most eleven reads at once, in at most four round trips: the record; the source, with the replica and the job if
// there is a record; else the replica after the source's tags; and what an ended job or a missing rule asks for. A pair
// that is protected takes nine reads in two round trips, and eight where nobody looks after the replica's policy
// (tests/unit/functions/observe_test.cc counts them).
// A failed call is not raised: it becomes an Observed. Raises only `cancelled` and what is not an s3dr::Error. If the
// bucket itself could not be looked at, the rest of that side is `not_observed`. A dead region costs one timeout.
// Job status is read only for `enable_replication` and `s3dr plan`; the other functions need no permission
// for it.
// The settings of both sides, two reads a kind, are read at once in the last round trip, and only when they are due
// (dr/plan.h, asks_settings): by destination_bucket_check and by `s3dr plan`.
Task<dr::ObservedPair> observe_pair(Context context, s3::BucketName bucket,
                                    std::optional<dr::Function> observer = dr::nobody, Look look = {});

// The same after a write of the record that succeeded: `seen` has the record as it was written. It is older than what
// is read now, so it is not read again. One round trip less.
Task<dr::ObservedPair> observe_after_record(Context context, dr::ObservedPair seen,
                                            std::optional<dr::Function> observer);

// To be called just before a PUT of the replication configuration. Reads the source's tags again, then its
// present configuration, and puts both into `seen`.
Task<> look_before_put(Context context, dr::ObservedPair& seen);

// The same for a PUT of the replica's bucket policy.
Task<> look_at_replica_policy(Context context, dr::ObservedPair& seen);

}  // namespace s3dr::functions
