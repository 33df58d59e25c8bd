// What the functions would see of a bucket that carried the match tag. For `protect`, before it tags, and for
// `plan --as-if-tagged`.
#pragma once

#include "app/world.h"
#include "base/task.h"
#include "dr/observed_pair.h"

namespace s3dr::app {

// Like functions::observe_pair, with the first match tag among the tags of the source. Reads only: a write through
// this view would raise.
Task<dr::ObservedPair> observe_as_if_tagged(World& world, s3::BucketName bucket);

}  // namespace s3dr::app
