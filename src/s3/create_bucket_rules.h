// Which CreateBucket a region accepts (docs/protocol.md, Buckets). Pure. The embedded cloud asks here before
// it creates a bucket.
#pragma once

#include <optional>

#include "s3/names.h"
#include "s3/replication_match.h"
#include "s3/xml_bucket.h"

namespace s3dr::s3 {

// Why the endpoint of `region` refuses this body; nullopt: it accepts it. us-east-1 wants no constraint;
// every other region wants its own name.
std::optional<Refusal> why_refused(const Region& region, const CreateBucketConfiguration& configuration);

}  // namespace s3dr::s3
