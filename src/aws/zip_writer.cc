#include <zlib.h>

#include <algorithm>
#include <limits>

#include "aws/crc.h"
#include "aws/zip.h"
#include "aws/zip_format.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

constexpr std::uint64_t size_max = 0xffff'fffe;  // all ones would announce zip64
constexpr std::size_t entries_max = 0xfffe;
constexpr std::uint16_t first_day = 1U << 5 | 1U;  // 1980-01-01, the earliest date there is
constexpr std::uint32_t dos_folder = 0x10;

void put16(std::string& out, std::uint64_t value) {
  out += static_cast<char>(value & 0xff);
  out += static_cast<char>(value >> 8 & 0xff);
}

void put32(std::string& out, std::uint64_t value) {
  put16(out, value & 0xffff);
  put16(out, value >> 16 & 0xffff);
}

std::string deflated(const std::string& data) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(deflateBound(&stream, data.size()), '\0');
  S3DR_CHECK(out.size() <= std::numeric_limits<uInt>::max());
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  S3DR_CHECK(result == Z_STREAM_END);
  return out;
}

struct Packed {
  std::uint16_t method = zip::method_stored;
  std::uint32_t crc = 0;
  std::string bytes;
};

Packed pack(const ZipEntry& entry, ZipMethod method) {
  Packed packed{zip::method_stored, crc32(entry.data), {}};
  if (method == ZipMethod::deflated && !entry.data.empty()) {
    packed.bytes = deflated(entry.data);
    packed.method = zip::method_deflated;
  }
  if (packed.method == zip::method_stored || packed.bytes.size() >= entry.data.size()) {
    packed.method = zip::method_stored;
    packed.bytes = entry.data;
  }
  return packed;
}

// What the local and the central header have in common.
void put_shared(std::string& out, const ZipEntry& entry, const Packed& packed) {
  const bool ascii = std::all_of(entry.name.begin(), entry.name.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  put16(out, zip::version_needed);
  put16(out, ascii ? 0 : zip::flag_utf8);
  put16(out, packed.method);
  put16(out, 0);  // 00:00:00
  put16(out, first_day);
  put32(out, packed.crc);
  put32(out, packed.bytes.size());
  put32(out, entry.data.size());
  put16(out, entry.name.size());
  put16(out, 0);  // no extra field
}

void put_central(std::string& out, const ZipEntry& entry, const Packed& packed, std::size_t offset) {
  const bool folder = entry.is_folder();
  const std::uint32_t mode = (folder ? zip::type_folder : zip::type_regular) | entry.mode;
  put32(out, zip::central_signature);
  put16(out, zip::host_unix << 8 | zip::version_needed);
  put_shared(out, entry, packed);
  put16(out, 0);  // no comment
  put16(out, 0);  // first disk
  put16(out, 0);  // internal attributes: binary
  put32(out, std::uint64_t{mode} << 16 | (folder ? dos_folder : 0));
  put32(out, offset);
  out += entry.name;
}

}  // namespace

std::string write_zip(std::vector<ZipEntry> entries, ZipMethod method) {
  if (entries.size() > entries_max) zip::refuse("more entries than an archive without zip64 can hold");
  std::sort(entries.begin(), entries.end(),
            [](const ZipEntry& a, const ZipEntry& b) { return a.name < b.name; });
  zip::Names names;
  std::string out, central;
  for (const ZipEntry& entry : entries) {
    names.add(entry.name);
    if (entry.mode > zip::permission_mask) zip::refuse("the mode has more than permission bits", entry.name);
    if (entry.is_folder() && !entry.data.empty()) zip::refuse("a folder has data", entry.name);
    // Half, so that what deflate may add still fits zlib's 32-bit counters.
    if (entry.data.size() > size_max / 2) zip::refuse("the file is larger than 2 GiB", entry.name);
    const Packed packed = pack(entry, method);
    put_central(central, entry, packed, out.size());
    put32(out, zip::local_signature);
    put_shared(out, entry, packed);
    out += entry.name;
    out += packed.bytes;
    if (out.size() + central.size() > size_max) zip::refuse("the archive is larger than 4 GiB");
  }
  const std::size_t central_at = out.size(), central_size = central.size();
  out += central;
  put32(out, zip::end_signature);
  put16(out, 0);  // this disk
  put16(out, 0);  // the central directory's disk
  put16(out, entries.size());
  put16(out, entries.size());
  put32(out, central_size);
  put32(out, central_at);
  put16(out, 0);  // no comment
  return out;
}

}  // namespace s3dr::aws
