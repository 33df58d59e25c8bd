// Small documents in one bucket, changed only by compare-and-swap. The record lives in one (dr/record.h).
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
  // nullopt: no such document (NoSuchKey). A missing *bucket* raises not_found: then nothing is known of the
  // document.
  virtual Task<std::optional<Document>> read(std::string key) = 0;
  // Writes if the document still has `etag` (nullopt: if it does not exist yet). Returns the new etag.
  // Returns nullopt when the precondition did not hold: read again and decide again.
  // After an unknown outcome the implementation reads the document back and compares. So a lost answer is not
  // taken for a lost race.
  virtual Task<std::optional<std::string>> write(std::string key, std::string text,
                                                 std::optional<std::string> etag) = 0;
  virtual Task<DocumentPage> list(std::string prefix, std::string continuation_token) = 0;
};

}  // namespace s3dr::ports
