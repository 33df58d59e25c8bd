// Reads and writes what the record knows of edits of a bucket's replication configuration (dr/replication_edits.h), by
// compare-and-swap: what an event tells, what our own PUT did, and what a person puts back.
// Each time the record is read first and the configuration after it. So whoever writes last judges both sides, and a
// PUT and an event that pass each other are still brought together.
#pragma once

#include <optional>
#include <string>

#include "base/task.h"
#include "dr/record.h"
#include "dr/replication_edits.h"
#include "dr/replication_rule.h"
#include "functions/context.h"
#include "s3/names.h"

namespace s3dr::functions {

// Notes an edit that an event told of. A bucket without a record has no edits. May be repeated. Raises what the record
// store raises.
Task<> note_edit(Context context, s3::BucketName bucket, dr::ReplicationEdit edit);

// Notes a PUT of ours, after its answer or when its outcome is unknown. Raises only `cancelled`: what cannot be
// noted is logged, and whoever PUTs goes on.
Task<> note_own_put(Context context, s3::BucketName bucket, dr::OwnPut put);

// What `rules restore` has to show before it asks.
struct LostAndPresent {
  dr::Record record;
  dr::Restoration restoration;  // of the lost rules; empty: nothing is known to be lost
};
// Raises not_found without a record, and what the stores raise. Only reads.
Task<LostAndPresent> look_for_lost(Context context, s3::BucketName bucket);

// Puts the lost rules back: looks, PUTs at once, looks again. The record forgets them only when they are seen.
// `id`: of the lost rules that the person was shown; precondition_failed when others are lost by now. True: they are
// there. False: somebody has changed the rules in the same moment; may be repeated.
// Raises invalid when they cannot be put back beside the present ones, unsupported when a newer program keeps the record.
Task<bool> put_lost_back(Context context, s3::BucketName bucket, std::string id);

// The person does not want them. Raises precondition_failed as above. May be repeated.
Task<> forget_lost(Context context, s3::BucketName bucket, std::string id);

}  // namespace s3dr::functions
