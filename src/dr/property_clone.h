// Which tags of the source bucket its replica gets. Left out are
// - the match tag, because the replica would be protected in turn;
// - aws:* tags, which are reserved;
// - s3dr:* tags.
// The rest of a bucket's configuration: dr/settings/.
#pragma once

#include <string>

#include "dr/policy.h"
#include "s3/tag.h"

namespace s3dr::dr {

s3::TagSet tags_to_clone(const Policy& policy, const s3::TagSet& source_tags);

// What must be set on the replica so that it carries its mark and the cloned tags: only tags that are missing
// or different. Tags that people put on the replica stay.
struct TagChange {
  s3::TagSet set;          // to add or overwrite; empty: nothing to do
  s3::TagSet merged;       // the whole set afterwards, for stores without TagResource
  std::string not_cloned;  // why the tags were left out (the limit of 50); empty: they were not
};
TagChange replica_tag_change(const Policy& policy, const s3::Tag& mark, const s3::TagSet& source_tags,
                             const s3::TagSet& replica_tags);

}  // namespace s3dr::dr
