// Where a region keeps things: body files and one SQLite database. The seam of the cloud
// (docs/architecture.md, The seams): FileStorage on disk, MemoryStorage for the simulation, which survives a
// region's restart and drops what was never made durable.
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

// A body being written. Dropped without finish(): the bytes are removed.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual Task<> write(
      std::span<const char> bytes) = 0;  // raises unavailable (disk full: code "InsufficientStorage")
  // Makes the bytes durable (fsync of file and folder) and returns their id: random, never derived from a
  // key.
  virtual Task<std::string> finish() = 0;
};

class BodyStore {
 public:
  virtual ~BodyStore() = default;
  virtual std::unique_ptr<BodyWriter> create() = 0;
  // A reader of bytes [offset, offset + length). Raises corrupt when the file is missing or shorter.
  virtual std::unique_ptr<BodyReader> open(std::string id, std::uint64_t offset, std::uint64_t length) = 0;
  virtual void remove(const std::string& id) noexcept = 0;  // best effort; leftovers are swept at start
  virtual std::vector<std::string> list() = 0;              // for the sweep of leftovers
};

class Storage {
 public:
  virtual ~Storage() = default;
  virtual BodyStore& bodies() = 0;
  // Opens a connection to the region's database: WAL, synchronous=FULL, foreign keys on. Raises
  // invalid/corrupt.
  virtual sqlite3* open_database() = 0;
  // True: SQLite writes and hashing run on a helper thread; false: inline (deterministic, for the
  // simulation).
  virtual bool threaded() const = 0;
};

std::unique_ptr<Storage> make_file_storage(std::string folder, Random& random);
// `crash()` forgets bodies that were not finished; the database is as durable as its commits.
class MemoryStorage : public Storage {
 public:
  virtual void crash() = 0;
  // For planted corruption in tests: flips one bit of the body with that id. False: no such body.
  virtual bool flip_bit(const std::string& id, std::uint64_t offset) = 0;
};
std::unique_ptr<MemoryStorage> make_memory_storage(std::string name, Random& random);

}  // namespace s3dr::cloud
