// Small documents changed only by compare-and-swap: where the record lives (dr/record.h). One bucket, keys
// below it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.h"

namespace s3dr::ports {

struct Document {
  std::string text;
  std::string etag;  // what the next write must still find
};

struct DocumentPage {
  std::vector<std::string> keys;
  std::string continuation_token;  // empty: the last page
};

class DocumentStore {
 public:
  virtual ~DocumentStore() = default;
  // nullopt: no such document (NoSuchKey). A missing *bucket* is not_found: nothing may be concluded from it.
  virtual Task<std::optional<Document>> read(std::string key) = 0;
  // Writes if the document still has `etag` (nullopt: if it does not exist yet). Returns the new etag, or
  // nullopt when the precondition did not hold: read again and decide again. After an unknown outcome the
  // implementation reads back and compares, so that a lost answer is not mistaken for a lost race.
  virtual Task<std::optional<std::string>> write(std::string key, std::string text,
                                                 std::optional<std::string> etag) = 0;
  virtual Task<DocumentPage> list(std::string prefix, std::string continuation_token) = 0;
};

}  // namespace s3dr::ports
