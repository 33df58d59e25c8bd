#include "aws/checksum.h"

#include <gtest/gtest.h>

#include "aws/crc.h"
#include "base/encoding.h"

namespace s3dr::aws {
namespace {

TEST(Checksum, NamesBothWays) {
  for (const ChecksumAlgorithm algorithm : checksum_algorithms) {
    EXPECT_EQ(checksum_of_header(header_name(algorithm)), algorithm);
    EXPECT_EQ(checksum_of_s3_name(s3_name(algorithm)), algorithm);
  }
  EXPECT_EQ(header_name(ChecksumAlgorithm::crc64nvme), "x-amz-checksum-crc64nvme");
  EXPECT_EQ(checksum_of_header("X-Amz-Checksum-SHA256"), ChecksumAlgorithm::sha256);
  EXPECT_EQ(checksum_of_header("x-amz-checksum-type"), std::nullopt);
  EXPECT_EQ(checksum_of_s3_name("SHA512"), std::nullopt);
  EXPECT_EQ(checksum_type_of_s3_name("COMPOSITE"), ChecksumType::composite);
  EXPECT_EQ(checksum_type_of_s3_name("full_object"), ChecksumType::full_object);
  EXPECT_EQ(checksum_type_of_s3_name(""), std::nullopt);
}

TEST(Checksum, PiecesAndReuse) {
  for (const ChecksumAlgorithm algorithm : checksum_algorithms) {
    Checksum checksum(algorithm);
    for (int round = 0; round < 2; ++round) {
      checksum.update("1234");
      checksum.update("");
      checksum.update("56789");
      const std::string raw = checksum.finish();
      EXPECT_EQ(raw.size(), digest_bytes(algorithm));
      EXPECT_EQ(to_base64(raw), checksum_base64(algorithm, "123456789"));
    }
  }
}

// Figures of Python's zlib.crc32 and of the definition, bit by bit.
TEST(Crc, LongerTexts) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 31 + 7);
  std::uint64_t bitwise = ~std::uint64_t{0};
  std::uint32_t bitwise_32 = ~std::uint32_t{0};
  for (const char c : bytes) {
    bitwise ^= static_cast<unsigned char>(c);
    bitwise_32 ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      bitwise = (bitwise & 1) != 0 ? (bitwise >> 1) ^ 0x9A6C9329AC4BC9B5 : bitwise >> 1;
      bitwise_32 = (bitwise_32 & 1) != 0 ? (bitwise_32 >> 1) ^ 0xEDB88320 : bitwise_32 >> 1;
    }
  }
  EXPECT_EQ(crc64nvme(bytes), ~bitwise);
  EXPECT_EQ(crc32(bytes), ~bitwise_32);
  EXPECT_EQ(crc32c(bytes), crc32c_portable(bytes));
}

TEST(Checksum, CompositeOfParts) {
  const std::vector<PartChecksum> parts = {
      {from_base64(checksum_base64(ChecksumAlgorithm::sha256, "part one")).value(), 8},
      {from_base64(checksum_base64(ChecksumAlgorithm::sha256, "part two")).value(), 8}};
  EXPECT_EQ(composite_base64(ChecksumAlgorithm::sha256, parts),
            checksum_base64(ChecksumAlgorithm::sha256, parts[0].raw + parts[1].raw) + "-2");
  EXPECT_EQ(full_object_base64(ChecksumAlgorithm::sha256, parts), std::nullopt);
  EXPECT_EQ(full_object_base64(ChecksumAlgorithm::crc32, parts), std::nullopt);
  EXPECT_EQ(full_object_base64(ChecksumAlgorithm::crc32, {}), std::nullopt);
}

TEST(Checksum, WhichMayBeOfWhichType) {
  using enum ChecksumAlgorithm;
  EXPECT_FALSE(allowed_for_multipart(crc64nvme, ChecksumType::composite));
  EXPECT_TRUE(allowed_for_multipart(crc64nvme, ChecksumType::full_object));
  EXPECT_FALSE(allowed_for_multipart(sha256, ChecksumType::full_object));
  EXPECT_TRUE(allowed_for_multipart(sha1, ChecksumType::composite));
  EXPECT_TRUE(allowed_for_multipart(crc32c, ChecksumType::composite));
  EXPECT_TRUE(allowed_for_multipart(crc32, ChecksumType::full_object));
}

TEST(Checksum, WellFormedValues) {
  using enum ChecksumAlgorithm;
  EXPECT_TRUE(is_well_formed(crc32, ChecksumType::full_object, "y/Q5Jg=="));
  EXPECT_TRUE(is_well_formed(crc32, ChecksumType::composite, "y/Q5Jg==-3"));
  for (const char* value : {"", "y/Q5Jg", "y/Q5Jg==-3", "rosUhgp5mIg=", "!!!!!!=="}) {
    EXPECT_FALSE(is_well_formed(crc32, ChecksumType::full_object, value)) << value;
  }
  for (const char* value : {"y/Q5Jg==", "y/Q5Jg==-", "y/Q5Jg==-0", "y/Q5Jg==-x", "y/Q5Jg==-123456"}) {
    EXPECT_FALSE(is_well_formed(crc32, ChecksumType::composite, value)) << value;
  }
}

}  // namespace
}  // namespace s3dr::aws
