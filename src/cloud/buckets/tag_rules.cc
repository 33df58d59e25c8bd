#include "cloud/buckets/tag_rules.h"

#include <string>

#include "cloud/store/context.h"

namespace s3dr::cloud {

void check_tags(const s3::TagSet& tags, s3::TagOwner owner) {
  const std::size_t most = owner == s3::TagOwner::object ? 10 : 50;  // as s3/tag.h has them
  if (tags.size() > most)
    throw refuse("BadRequest", (owner == s3::TagOwner::object ? "Object tags cannot be greater than "
                                                              : "Bucket tag count cannot be greater than ") +
                                   std::to_string(most));
  if (const auto why = s3::why_invalid(tags, owner)) throw refuse("InvalidTag", *why);
}

}  // namespace s3dr::cloud
