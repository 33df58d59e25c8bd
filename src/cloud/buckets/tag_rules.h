// What S3's operations on tags refuse. S3 Control and the other services have codes of their own.
#pragma once

#include "s3/tag.h"

namespace s3dr::cloud {

// Refuses BadRequest (too many: recorded answers of PutObjectTagging), InvalidTag (all else that s3/tag.h finds).
void check_tags(const s3::TagSet& tags, s3::TagOwner owner);

}  // namespace s3dr::cloud
