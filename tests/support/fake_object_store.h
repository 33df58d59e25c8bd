// An ObjectStore in memory with version stacks, for tests of the data plane. For one thread.
// Pages are small on purpose.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "ports/object_store.h"

namespace s3dr::test {

struct FakeVersion {
  s3::VersionId id;
  Instant created{};
  bool is_marker = false;
  std::string data;
  std::map<std::string, std::string> user_metadata;
  s3::TagSet tags;
  std::string checksum;  // empty: derived from the data
  s3::ReplicationStatus status = s3::ReplicationStatus::none;
  bool corrupt_body = false;  // reading the body raises corrupt, as a client that compares checksums does
};

class FakeObjectStore : public ports::ObjectStore {
 public:
  std::map<s3::ObjectKey, std::vector<FakeVersion>> stacks;  // newest first
  int page_size = 3;
  int fail_after = -1;  // after this many calls every call raises `unavailable`; -1: never
  int calls = 0;
  bool hides_tag_counts = false;     // HEAD never shows x-amz-tagging-count
  std::optional<Instant> served_at;  // what the store's own clock shows

  Task<s3::VersionPage> list_object_versions(s3::BucketName, s3::VersionListOptions options) override {
    count();
    s3::VersionPage page;
    page.served_at = served_at;
    bool past_marker = options.key_marker.empty();
    for (const auto& [key, stack] : stacks) {
      if (!key.bytes().starts_with(options.prefix)) continue;
      if (!options.key_marker.empty() && key < options.key_marker) continue;
      if (key != options.key_marker) past_marker = true;
      for (std::size_t i = 0; i < stack.size(); ++i) {
        if (!past_marker) {
          past_marker = stack[i].id == options.version_id_marker;
          continue;
        }
        if (static_cast<int>(page.versions.size()) == page_size) {
          page.is_truncated = true;
          page.next_key_marker = page.versions.back().key;
          page.next_version_id_marker = page.versions.back().version_id;
          co_return page;
        }
        page.versions.push_back(listed(key, stack[i], i == 0));
      }
      past_marker = true;
    }
    co_return page;
  }

  Task<std::optional<s3::ObjectHead>> head_object(s3::BucketName, s3::ObjectKey key,
                                                  s3::VersionId version) override {
    count();
    const FakeVersion* found = find(key, version);
    if (found == nullptr) co_return std::nullopt;
    co_return head_of(*found);
  }

  Task<std::optional<s3::TagSet>> get_object_tagging(s3::BucketName, s3::ObjectKey key,
                                                     s3::VersionId version) override {
    count();
    const FakeVersion* found = find(key, version);
    if (found == nullptr) co_return std::nullopt;
    co_return found->tags;
  }

  Task<std::optional<Opened>> get_object(s3::BucketName, s3::ObjectKey key, s3::VersionId version) override {
    count();
    const FakeVersion* found = find(key, version);
    if (found == nullptr) co_return std::nullopt;
    Opened opened;
    opened.head = head_of(*found);
    opened.body = found->corrupt_body ? std::make_unique<CorruptReader>() : text_reader(found->data);
    co_return opened;
  }

 private:
  class CorruptReader : public BodyReader {
   public:
    Task<std::size_t> read(std::span<char>) override {
      throw Error(ErrorKind::corrupt, "the checksum does not match");
      co_return 0;
    }
  };

  void count() {
    if (fail_after >= 0 && calls >= fail_after) throw Error(ErrorKind::unavailable, "planted");
    ++calls;
  }

  const FakeVersion* find(const s3::ObjectKey& key, const s3::VersionId& version) const {
    const auto stack = stacks.find(key);
    if (stack == stacks.end()) return nullptr;
    for (const FakeVersion& candidate : stack->second) {
      if (candidate.id == version) return &candidate;
    }
    return nullptr;
  }

  static s3::ObjectVersion listed(const s3::ObjectKey& key, const FakeVersion& version, bool latest) {
    s3::ObjectVersion result;
    result.key = key;
    result.version_id = version.id;
    result.is_latest = latest;
    result.is_delete_marker = version.is_marker;
    result.last_modified = version.created;
    result.size = version.data.size();
    return result;
  }

  s3::ObjectHead head_of(const FakeVersion& version) const {
    s3::ObjectHead head;
    head.version_id = version.id;
    head.size = version.data.size();
    head.last_modified = version.created;
    head.checksums["CRC64NVME"] =
        version.checksum.empty() ? std::to_string(std::hash<std::string>()(version.data)) : version.checksum;
    head.user_metadata = version.user_metadata;
    head.tag_count = hides_tag_counts ? 0 : static_cast<std::uint32_t>(version.tags.size());
    head.replication_status = version.status;
    return head;
  }
};

}  // namespace s3dr::test
