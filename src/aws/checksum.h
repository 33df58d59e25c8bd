// The additional checksums of S3 objects: their names in headers and XML, their calculation over a stream,
// and the two ways in which a multipart object gets one from its parts. Used for uploads, by the embedded
// cloud and by verification.
// Not here: ETags, Content-MD5 (aws/hash.h). The newer algorithms (sha512, md5, xxhash) are not supported.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "aws/hash.h"

namespace s3dr::aws {

enum class ChecksumAlgorithm { crc32, crc32c, crc64nvme, sha1, sha256 };
inline constexpr ChecksumAlgorithm checksum_algorithms[] = {
    ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme,
    ChecksumAlgorithm::sha1, ChecksumAlgorithm::sha256};
enum class ChecksumType { full_object, composite };

std::string_view header_name(ChecksumAlgorithm algorithm);  // "x-amz-checksum-crc32c"
std::string_view s3_name(ChecksumAlgorithm algorithm);      // "CRC32C"; XML element: "Checksum" + this
std::string_view s3_name(ChecksumType type);                // "FULL_OBJECT", "COMPOSITE"
// Ignores case; nullopt for anything else.
std::optional<ChecksumAlgorithm> checksum_of_header(std::string_view name);
std::optional<ChecksumAlgorithm> checksum_of_s3_name(std::string_view name);
std::optional<ChecksumType> checksum_type_of_s3_name(std::string_view name);

std::size_t digest_bytes(ChecksumAlgorithm algorithm);
bool is_crc(ChecksumAlgorithm algorithm);
// May a multipart object have this pair (docs/protocol.md, Objects)? CRC64NVME: full object only. SHA:
// composite only.
bool allowed_for_multipart(ChecksumAlgorithm algorithm, ChecksumType type);
// True for a header value that is base64 of the right number of bytes. A composite one also needs "-N" at its
// end.
bool is_well_formed(ChecksumAlgorithm algorithm, ChecksumType type, std::string_view value);

// The checksum of bytes that arrive in pieces.
class Checksum {
 public:
  explicit Checksum(ChecksumAlgorithm algorithm);

  void update(std::string_view bytes);
  ChecksumAlgorithm algorithm() const { return algorithm_; }
  // The checksum of everything since the start or the last call of either function. Then it starts again. Raw
  // bytes, big-endian for the CRCs.
  std::string finish();
  std::string finish_base64();  // the header value

 private:
  ChecksumAlgorithm algorithm_;
  std::uint64_t crc_ = 0;
  std::unique_ptr<Hasher> hasher_;
};

std::string checksum_base64(ChecksumAlgorithm algorithm, std::string_view bytes);

struct PartChecksum {
  std::string raw;  // as Checksum::finish gives it
  std::uint64_t length = 0;
};
// The checksum of the parts' raw checksums, and "-<parts>": "8+5tGA==-3". Ignores the lengths.
std::string composite_base64(ChecksumAlgorithm algorithm, std::span<const PartChecksum> parts);
// The CRC of the whole object, computed from its parts. nullopt for SHA, which cannot be combined, for no
// parts, and for a raw value of the wrong size.
std::optional<std::string> full_object_base64(ChecksumAlgorithm algorithm,
                                              std::span<const PartChecksum> parts);

}  // namespace s3dr::aws
