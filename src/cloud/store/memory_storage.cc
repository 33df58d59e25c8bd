#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "cloud/store/sqlite_open.h"
#include "cloud/store/storage.h"

namespace s3dr::cloud {
namespace {

struct Bodies {
  std::map<std::string, std::shared_ptr<const std::string>> finished;
};

class MemoryWriter : public BodyWriter {
 public:
  MemoryWriter(std::shared_ptr<Bodies> bodies, std::string id)
      : bodies_(std::move(bodies)), id_(std::move(id)) {}

  Task<> write(std::span<const char> bytes) override {
    text_.append(bytes.data(), bytes.size());
    co_return;
  }

  Task<std::string> finish() override {
    bodies_->finished[id_] = std::make_shared<const std::string>(std::move(text_));
    co_return id_;
  }

 private:
  std::shared_ptr<Bodies> bodies_;
  std::string id_;
  std::string text_;
};

// Keeps what it reads alive, as an open file does: a body that is removed now can still be read to its end.
class MemoryReader : public BodyReader {
 public:
  MemoryReader(std::shared_ptr<const std::string> text, std::uint64_t offset, std::uint64_t length)
      : text_(std::move(text)), position_(offset), left_(length) {}

  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min<std::uint64_t>(buffer.size(), left_);
    std::memcpy(buffer.data(), text_->data() + position_, count);
    position_ += count;
    left_ -= count;
    co_return count;
  }

 private:
  std::shared_ptr<const std::string> text_;
  std::uint64_t position_, left_;
};

class MemoryBodies : public BodyStore {
 public:
  explicit MemoryBodies(Random& random) : random_(random) {}

  std::unique_ptr<BodyWriter> create() override {
    return std::make_unique<MemoryWriter>(bodies_, random_.hex(32));
  }
  std::unique_ptr<BodyReader> open(std::string id, std::uint64_t offset, std::uint64_t length) override {
    const auto found = bodies_->finished.find(id);
    if (found == bodies_->finished.end() || found->second->size() < offset + length)
      throw Error(ErrorKind::corrupt, "a body is missing or short").with_resource(id);
    return std::make_unique<MemoryReader>(found->second, offset, length);
  }
  void remove(const std::string& id) noexcept override { bodies_->finished.erase(id); }
  std::vector<std::string> list() override {
    std::vector<std::string> ids;
    for (const auto& [id, text] : bodies_->finished) ids.push_back(id);
    return ids;
  }

  // What writers from before the crash write is lost.
  void crash() { bodies_ = std::make_shared<Bodies>(*bodies_); }
  bool flip_bit(const std::string& id, std::uint64_t offset) {
    const auto found = bodies_->finished.find(id);
    if (found == bodies_->finished.end() || offset >= found->second->size()) return false;
    std::string text = *found->second;
    text[offset] = static_cast<char>(text[offset] ^ 1);
    found->second = std::make_shared<const std::string>(std::move(text));
    return true;
  }

 private:
  Random& random_;
  std::shared_ptr<Bodies> bodies_ = std::make_shared<Bodies>();
};

class InMemoryStorage : public MemoryStorage {
 public:
  InMemoryStorage(std::string_view name, Random& random) : bodies_(random) {
    // The database lives while one connection is open; two storages of the same name are two databases.
    static std::atomic<std::uint64_t> made = 0;
    uri_ = "file:/" + uri_encode(name) + "-" + std::to_string(++made) + "?vfs=memdb";
    keeper_ = open_database();
  }
  ~InMemoryStorage() override { sqlite3_close_v2(keeper_); }
  InMemoryStorage(const InMemoryStorage&) = delete;
  InMemoryStorage& operator=(const InMemoryStorage&) = delete;

  BodyStore& bodies() override { return bodies_; }
  sqlite3* open_database() override { return open_sqlite(uri_, "PRAGMA journal_mode=MEMORY"); }
  bool threaded() const override { return false; }
  void crash() override { bodies_.crash(); }
  bool flip_bit(const std::string& id, std::uint64_t offset) override { return bodies_.flip_bit(id, offset); }

 private:
  std::string uri_;
  sqlite3* keeper_ = nullptr;
  MemoryBodies bodies_;
};

}  // namespace

std::unique_ptr<MemoryStorage> make_memory_storage(std::string name, Random& random) {
  return std::make_unique<InMemoryStorage>(name, random);
}

}  // namespace s3dr::cloud
