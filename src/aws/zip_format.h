// The numbers of the zip format, and the rules for names that writer and reader share. Internal to aws/zip.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace s3dr::aws::zip {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;

constexpr std::size_t local_bytes = 30;  // of the fixed part of each header
constexpr std::size_t central_bytes = 46;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t locator64_bytes = 20;

constexpr std::uint16_t method_stored = 0;
constexpr std::uint16_t method_deflated = 8;

constexpr std::uint16_t flag_encrypted = 1U << 0;
constexpr std::uint16_t flag_sizes_behind = 1U << 3;  // CRC and sizes follow the data, zeros stand before it
constexpr std::uint16_t flag_strong_encryption = 1U << 6;
constexpr std::uint16_t flag_utf8 = 1U << 11;
constexpr std::uint16_t flag_masked = 1U << 13;

constexpr std::uint16_t host_unix = 3;
constexpr std::uint16_t host_darwin = 19;
constexpr std::uint16_t version_needed = 20;  // 2.0: deflate and folders

constexpr std::uint32_t type_mask = 0170000;
constexpr std::uint32_t type_regular = 0100000;
constexpr std::uint32_t type_folder = 0040000;
constexpr std::uint32_t type_link = 0120000;
constexpr std::uint32_t permission_mask = 0777;

// Raises invalid: "zip: WHAT: NAME"; control bytes of the name are replaced, a long one is cut.
[[noreturn]] void refuse(std::string_view what, std::string_view name);
[[noreturn]] void refuse(std::string_view what);

// The names of one archive. Checks the form of each name, and each against those before it.
class Names {
 public:
  void add(const std::string& name);  // raises invalid

 private:
  std::set<std::string> files_;
  std::set<std::string> folders_;        // without the closing '/'; those that only a longer name implies too
  std::set<std::string> named_folders_;  // those that have an entry of their own
};

}  // namespace s3dr::aws::zip
