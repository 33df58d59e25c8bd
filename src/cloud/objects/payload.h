// Object bodies on their way into the store. One pass writes, measures and hashes the body and compares it
// with what the client declared (Content-Length, Content-MD5, x-amz-checksum-* in a header or trailer).
// Not here: small XML bodies (cloud/door/document_body.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/checksum.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

inline constexpr std::uint64_t upload_bytes_max = 5ULL * 1024 * 1024 * 1024;  // one PUT, one part, one copy

// A finished body that no committed row refers to yet. The destructor removes it unless keep() was called.
// Call keep() as the last step of the change that refers to the body. If the commit then fails, the repair at
// start removes the body.
class StoredBody {
 public:
  StoredBody() = default;
  StoredBody(BodyStore& bodies, std::string id) : bodies_(&bodies), id_(std::move(id)) {}
  StoredBody(StoredBody&& other) noexcept
      : bodies_(std::exchange(other.bodies_, nullptr)), id_(std::move(other.id_)) {}
  StoredBody& operator=(StoredBody&& other) noexcept;
  ~StoredBody() { drop(); }

  std::optional<std::string> id() const { return id_.empty() ? std::nullopt : std::optional(id_); }
  void keep() { bodies_ = nullptr; }

 private:
  void drop() noexcept;

  BodyStore* bodies_ = nullptr;
  std::string id_;  // empty: an empty body has no file
};

struct Received {
  StoredBody body;
  std::uint64_t size = 0;
  std::string md5;  // raw
  aws::ChecksumAlgorithm algorithm = aws::ChecksumAlgorithm::crc64nvme;
  std::string checksum;   // base64, of all bytes
  bool declared = false;  // the client named the algorithm
};

// The algorithm that x-amz-checksum-algorithm names. Refuses NotImplemented for one that S3 has and this cloud has not,
// InvalidRequest for what is none.
aws::ChecksumAlgorithm named_algorithm(std::string_view name);

// Reads request.body to its end. The algorithm of the checksum that is kept: `wanted`, else the declared one,
// else CRC64NVME. A declared checksum is always compared. Refuses:
//   EntityTooLarge, MissingContentLength, IncompleteBody, InvalidDigest, BadDigest
//   InvalidRequest   checksum headers that contradict each other
//   NotImplemented   an algorithm that this cloud does not have
Task<Received> receive_object(RegionContext& region, Request& request,
                              std::optional<aws::ChecksumAlgorithm> wanted);

// Reads `source` to its end and stores it. For copies. Raises what the reader raises.
Task<Received> store_stream(RegionContext& region, BodyReader& source, aws::ChecksumAlgorithm algorithm);

}  // namespace s3dr::cloud
