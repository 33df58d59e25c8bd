// Conditional requests (docs/protocol.md, Objects): what the headers ask for, and whether a version meets it.
// Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/http_message.h"
#include "cloud/objects/object_table.h"
#include "s3/http_fields.h"

namespace s3dr::cloud {

// The condition of a PutObject, CopyObject, CompleteMultipartUpload or DeleteObject.
struct WriteCondition {
  bool must_be_absent = false;                  // If-None-Match: *
  std::optional<s3::EtagCondition> must_match;  // If-Match; "*" for DeleteObject only
};
// Both refuse every other form with NotImplemented.
WriteCondition write_condition_of(const Headers& headers);
WriteCondition delete_condition_of(const Headers& headers);
// `current`: the current version; nullptr: there is none. A delete marker counts as none. Refuses
// PreconditionFailed and NoSuchKey. Needs: it runs in the same transaction as the write.
void check(const WriteCondition& condition, const VersionRow* current);

enum class ReadAnswer { full, not_modified, failed };  // 200, 304, 412
// Evaluates If-Match, If-None-Match, If-Modified-Since and If-Unmodified-Since. `prefix` comes before the
// headers' names ("x-amz-copy-source-" for copies).
ReadAnswer evaluate_read(const Headers& headers, std::string_view prefix, const VersionRow& version);

}  // namespace s3dr::cloud
