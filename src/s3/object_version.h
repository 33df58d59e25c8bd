// Versions of objects as listings and HEAD show them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "s3/names.h"

namespace s3dr::s3 {

struct ObjectVersion {
  ObjectKey key;
  VersionId version_id;
  bool is_latest = false;
  bool is_delete_marker = false;
  Instant last_modified{};
  std::string etag;  // without quotes; empty for a delete marker
  std::uint64_t size = 0;
  std::string storage_class;
  std::vector<std::string> checksum_algorithms;  // "CRC64NVME", …
  std::string checksum_type;                     // "FULL_OBJECT", "COMPOSITE" or empty
  bool operator==(const ObjectVersion&) const = default;
};

// One page of ListObjectVersions. Keys ascend by bytes. Within a key the newest is first; delete markers
// stand among the versions.
struct VersionPage {
  std::vector<ObjectVersion> versions;
  std::vector<std::string> common_prefixes;
  bool is_truncated = false;
  ObjectKey next_key_marker;
  VersionId next_version_id_marker;
  std::optional<Instant> served_at;  // by the store's clock, whole seconds: the answer's Date
};

struct VersionListOptions {
  std::string prefix;
  ObjectKey key_marker;         // empty: from the start
  VersionId version_id_marker;  // needs key_marker
  int keys_max = 1000;
};

enum class ReplicationStatus { none, pending, completed, failed, replica };

// Checksums by S3's own names ("CRC32C" → base64 text, composite ones with "-N").
using Checksums = std::map<std::string, std::string>;

// The answer to HEAD with x-amz-checksum-mode: ENABLED, for one version that is not a delete marker.
struct ObjectHead {
  VersionId version_id;
  std::uint64_t size = 0;
  std::string etag;
  Instant last_modified{};
  Checksums checksums;
  std::string checksum_type;
  // Lower-case names, only those that are present: content-type, content-encoding, content-language,
  // content-disposition, cache-control, expires, x-amz-website-redirect-location.
  std::map<std::string, std::string> system_metadata;
  std::map<std::string, std::string> user_metadata;  // without "x-amz-meta-", lower-case names
  ReplicationStatus replication_status = ReplicationStatus::none;
  std::uint32_t tag_count = 0;  // x-amz-tagging-count
  std::string storage_class;
};

}  // namespace s3dr::s3
