// Object bodies on their way into the store: written, measured and hashed in one pass, and compared with what
// the client declared (Content-Length, Content-MD5, x-amz-checksum-* in header or trailer). Small XML bodies
// are read by cloud/door/document_body.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "aws/checksum.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

inline constexpr std::uint64_t upload_bytes_max = 5ULL * 1024 * 1024 * 1024;  // one PUT, one part, one copy

// A finished body that no committed row refers to yet: removed again unless kept. Call keep() as the last
// step of the change that refers to it; should the commit itself then fail, the body is left to the sweep at
// start.
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

// Reads request.body to its end. The checksum kept is `wanted`, else the declared one, else CRC64NVME; a
// declared one is compared in any case. Refuses EntityTooLarge, MissingContentLength, IncompleteBody,
// InvalidDigest, BadDigest, InvalidRequest (contradicting checksum headers), NotImplemented (an algorithm
// that is not there).
Task<Received> receive_object(RegionContext& region, Request& request,
                              std::optional<aws::ChecksumAlgorithm> wanted);

// Reads `source` to its end: for copies. Raises what the reader raises.
Task<Received> store_stream(RegionContext& region, BodyReader& source, aws::ChecksumAlgorithm algorithm);

}  // namespace s3dr::cloud
