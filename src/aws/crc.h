// The three CRCs of S3 as plain functions on numbers. aws/checksum.h gives them names, headers and texts.
// All are reflected, with all ones as initial value and final mask, and start from 0. So they can be
// continued: crc(b, crc(a)) is crc(a + b).
#pragma once

#include <cstdint>
#include <string_view>

namespace s3dr::aws {

// `so_far` is the CRC of the bytes before; 0 at the start.
std::uint32_t crc32(std::string_view bytes, std::uint32_t so_far = 0);
// Uses the SSE4.2 instruction where the processor has it.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far = 0);
std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t so_far = 0);

// The CRC of A followed by B from both CRCs and the length of B, in about log2(length) steps.
std::uint32_t crc32_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_of_b);
std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_of_b);
std::uint64_t crc64nvme_combine(std::uint64_t a, std::uint64_t b, std::uint64_t length_of_b);

// crc32c by table, on any machine. The version with the instruction is tested against it.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t so_far = 0);

}  // namespace s3dr::aws
