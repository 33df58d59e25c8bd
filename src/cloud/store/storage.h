// Where a region keeps its data: body files and one SQLite database.
// This is the cloud's seam to the disk (docs/architecture.md, The seams):
//   make_file_storage   on disk
//   MemoryStorage       for the simulation: survives a region's restart and drops what was never made durable
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/body.h"
#include "base/random.h"
#include "base/task.h"

struct sqlite3;

namespace s3dr::cloud {

// A body that is being written. If it is destroyed without finish(), the bytes are removed.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  // Raises unavailable (disk full: code "InsufficientStorage").
  virtual Task<> write(std::span<const char> bytes) = 0;
  // Makes the bytes durable (fsync of file and folder) and returns their id. The id is random, never derived
  // from the object's key.
  virtual Task<std::string> finish() = 0;
};

class BodyStore {
 public:
  virtual ~BodyStore() = default;
  virtual std::unique_ptr<BodyWriter> create() = 0;
  // A reader of bytes [offset, offset + length). Raises corrupt when the file is missing or shorter.
  virtual std::unique_ptr<BodyReader> open(std::string id, std::uint64_t offset, std::uint64_t length) = 0;
  // Best effort: the repair at start, for which list() is, removes leftovers.
  virtual void remove(const std::string& id) noexcept = 0;
  virtual std::vector<std::string> list() = 0;
};

class Storage {
 public:
  virtual ~Storage() = default;
  virtual BodyStore& bodies() = 0;
  // Opens a connection to the region's database: WAL, synchronous=FULL, foreign keys on.
  // Raises invalid, corrupt.
  virtual sqlite3* open_database() = 0;
  // True: SQLite writes and hashing run on a helper thread.
  // False: they run inline, which is deterministic (for the simulation).
  virtual bool threaded() const = 0;
};

std::unique_ptr<Storage> make_file_storage(std::string folder, Random& random);
// `crash()` forgets the bodies that were not finished. The database keeps its commits.
class MemoryStorage : public Storage {
 public:
  virtual void crash() = 0;
  // Flips one bit of the body with that id, so that tests can plant corruption. False: no such body.
  virtual bool flip_bit(const std::string& id, std::uint64_t offset) = 0;
};
std::unique_ptr<MemoryStorage> make_memory_storage(std::string name, Random& random);

}  // namespace s3dr::cloud
