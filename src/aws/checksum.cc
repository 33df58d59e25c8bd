#include "aws/checksum.h"

#include <algorithm>
#include <array>

#include "aws/crc.h"
#include "base/encoding.h"
#include "base/http_message.h"

namespace s3dr::aws {
namespace {

struct Facts {
  ChecksumAlgorithm algorithm;
  std::string_view header;
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array<Facts, 5> all_facts = {{
    {ChecksumAlgorithm::crc32, "x-amz-checksum-crc32", "CRC32", 4},
    {ChecksumAlgorithm::crc32c, "x-amz-checksum-crc32c", "CRC32C", 4},
    {ChecksumAlgorithm::crc64nvme, "x-amz-checksum-crc64nvme", "CRC64NVME", 8},
    {ChecksumAlgorithm::sha1, "x-amz-checksum-sha1", "SHA1", 20},
    {ChecksumAlgorithm::sha256, "x-amz-checksum-sha256", "SHA256", 32},
}};

const Facts& facts(ChecksumAlgorithm algorithm) {
  return all_facts[static_cast<std::size_t>(algorithm)];
}

std::string big_endian(std::uint64_t value, std::size_t bytes) {
  std::string result(bytes, '\0');
  for (std::size_t i = bytes; i-- > 0; value >>= 8) result[i] = static_cast<char>(value & 255);
  return result;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::uint64_t combined(ChecksumAlgorithm algorithm, std::uint64_t a, std::uint64_t b,
                       std::uint64_t length_of_b) {
  if (algorithm == ChecksumAlgorithm::crc64nvme) return crc64nvme_combine(a, b, length_of_b);
  const auto first = static_cast<std::uint32_t>(a);
  const auto second = static_cast<std::uint32_t>(b);
  return algorithm == ChecksumAlgorithm::crc32 ? crc32_combine(first, second, length_of_b)
                                               : crc32c_combine(first, second, length_of_b);
}

}  // namespace

std::string_view header_name(ChecksumAlgorithm algorithm) {
  return facts(algorithm).header;
}
std::string_view s3_name(ChecksumAlgorithm algorithm) {
  return facts(algorithm).name;
}
std::string_view s3_name(ChecksumType type) {
  return type == ChecksumType::composite ? "COMPOSITE" : "FULL_OBJECT";
}

std::optional<ChecksumAlgorithm> checksum_of_header(std::string_view name) {
  for (const Facts& each : all_facts) {
    if (equals_ignoring_case(each.header, name)) return each.algorithm;
  }
  return std::nullopt;
}

std::optional<ChecksumAlgorithm> checksum_of_s3_name(std::string_view name) {
  for (const Facts& each : all_facts) {
    if (equals_ignoring_case(each.name, name)) return each.algorithm;
  }
  return std::nullopt;
}

std::optional<ChecksumType> checksum_type_of_s3_name(std::string_view name) {
  for (const ChecksumType type : {ChecksumType::full_object, ChecksumType::composite}) {
    if (equals_ignoring_case(s3_name(type), name)) return type;
  }
  return std::nullopt;
}

std::size_t digest_bytes(ChecksumAlgorithm algorithm) {
  return facts(algorithm).bytes;
}

bool is_crc(ChecksumAlgorithm algorithm) {
  return algorithm != ChecksumAlgorithm::sha1 && algorithm != ChecksumAlgorithm::sha256;
}

bool allowed_for_multipart(ChecksumAlgorithm algorithm, ChecksumType type) {
  if (algorithm == ChecksumAlgorithm::crc64nvme) return type == ChecksumType::full_object;
  return is_crc(algorithm) || type == ChecksumType::composite;
}

bool is_well_formed(ChecksumAlgorithm algorithm, ChecksumType type, std::string_view value) {
  if (type == ChecksumType::composite) {
    const std::size_t dash = value.rfind('-');
    if (dash == std::string_view::npos) return false;
    const std::string_view count = value.substr(dash + 1);
    // 10,000 parts at most.
    if (count.empty() || count.size() > 5 || count.front() == '0' ||
        !std::all_of(count.begin(), count.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return false;
    }
    value = value.substr(0, dash);
  }
  const auto raw = from_base64(value);
  return raw && raw->size() == digest_bytes(algorithm);
}

Checksum::Checksum(ChecksumAlgorithm algorithm) : algorithm_(algorithm) {
  if (algorithm == ChecksumAlgorithm::sha1) hasher_ = std::make_unique<Hasher>(HashAlgorithm::sha1);
  if (algorithm == ChecksumAlgorithm::sha256) hasher_ = std::make_unique<Hasher>(HashAlgorithm::sha256);
}

void Checksum::update(std::string_view bytes) {
  switch (algorithm_) {
    case ChecksumAlgorithm::crc32:
      crc_ = crc32(bytes, static_cast<std::uint32_t>(crc_));
      break;
    case ChecksumAlgorithm::crc32c:
      crc_ = crc32c(bytes, static_cast<std::uint32_t>(crc_));
      break;
    case ChecksumAlgorithm::crc64nvme:
      crc_ = crc64nvme(bytes, crc_);
      break;
    case ChecksumAlgorithm::sha1:
    case ChecksumAlgorithm::sha256:
      hasher_->update(bytes);
      break;
  }
}

std::string Checksum::finish() {
  if (hasher_ != nullptr) return hasher_->finish();
  const std::uint64_t value = crc_;
  crc_ = 0;
  return big_endian(value, digest_bytes(algorithm_));
}

std::string Checksum::finish_base64() {
  return to_base64(finish());
}

std::string checksum_base64(ChecksumAlgorithm algorithm, std::string_view bytes) {
  Checksum checksum(algorithm);
  checksum.update(bytes);
  return checksum.finish_base64();
}

std::string composite_base64(ChecksumAlgorithm algorithm, std::span<const PartChecksum> parts) {
  Checksum checksum(algorithm);
  for (const PartChecksum& part : parts) checksum.update(part.raw);
  return checksum.finish_base64() + "-" + std::to_string(parts.size());
}

std::optional<std::string> full_object_base64(ChecksumAlgorithm algorithm,
                                              std::span<const PartChecksum> parts) {
  if (!is_crc(algorithm) || parts.empty()) return std::nullopt;
  std::uint64_t whole = 0;
  for (const PartChecksum& part : parts) {
    if (part.raw.size() != digest_bytes(algorithm)) return std::nullopt;
    whole = combined(algorithm, whole, from_big_endian(part.raw), part.length);
  }
  return to_base64(big_endian(whole, digest_bytes(algorithm)));
}

}  // namespace s3dr::aws
