// What `s3dr deploy destroy` says and asks before it removes anything: which buckets the records call protected,
// and whether it is meant.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/task.h"
#include "dr/policy.h"
#include "ports/document_store.h"

namespace s3dr::app {

struct ProtectedBuckets {
  std::vector<std::string> names;  // "photos (protected)"
  std::string unreadable;          // why the records could not be read: then others may be protected, too
};

// Of all records those that are neither paused nor of a source that is gone. A control bucket that does not
// exist holds none. Reads only; raises nothing that a store answers.
Task<ProtectedBuckets> protected_buckets(ports::DocumentStore& records, dr::Policy policy);

// What is at stake, a line each; ends with a line feed.
std::string destroy_warning(const ProtectedBuckets& buckets, bool delete_own_buckets);

// Raises UsageError unless a line of `answer` is the prefix.
void require_typed_prefix(std::istream& answer, const std::string& prefix);

}  // namespace s3dr::app
