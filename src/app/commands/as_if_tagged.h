// What the functions would see of a bucket that carried the match tag, and whose record held an instruction. For
// `protect`, before it tags and writes, and for `plan --as-if-tagged`.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "app/world.h"
#include "base/task.h"
#include "dr/observed_pair.h"

namespace s3dr::app {

// The documents of a store, and over them what would be written: nothing reaches the store. For one command.
class UnwrittenDocuments : public ports::DocumentStore {
 public:
  explicit UnwrittenDocuments(ports::DocumentStore& real) : real_(real) {}
  Task<std::optional<ports::Document>> read(std::string key) override;
  // Never loses a race.
  Task<std::optional<std::string>> write(std::string key, std::string text,
                                         std::optional<std::string> etag) override;
  Task<ports::DocumentPage> list(std::string prefix, std::string continuation_token) override;

 private:
  ports::DocumentStore& real_;
  std::map<std::string, std::string> written_;
};

// Like functions::observe_pair, with the first match tag among the tags of the source. Reads only: a write through
// this view would raise.
Task<dr::ObservedPair> observe_as_if_tagged(World& world, s3::BucketName bucket,
                                            ports::DocumentStore& records);

}  // namespace s3dr::app
