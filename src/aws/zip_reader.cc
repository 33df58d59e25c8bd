#include <zlib.h>

#include <algorithm>
#include <new>

#include "aws/crc.h"
#include "aws/zip.h"
#include "aws/zip_format.h"

namespace s3dr::aws {
namespace {

constexpr std::size_t comment_bytes_max = 0xffff;
// Deflate's best is 258 bytes for two bits.
constexpr std::uint64_t deflate_ratio_max = 1032;
// Of a whole archive, where it is large enough to matter: what is packed is at most a hundredth of an honest
// one.
constexpr std::uint64_t archive_ratio_max = 100;
constexpr std::uint64_t any_ratio_bytes_max = 1024 * 1024;

std::uint16_t get16(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[at + i]));
  };
  return static_cast<std::uint16_t>(byte(0) | byte(1) << 8);
}

std::uint32_t get32(std::string_view bytes, std::size_t at) {
  return get16(bytes, at) | std::uint32_t{get16(bytes, at + 2)} << 16;
}

struct Directory {
  std::size_t entries = 0;
  std::string_view headers;  // the central directory
  std::size_t offset = 0;    // where it begins
};

// One entry as the central directory tells of it.
struct Member {
  std::string name;
  std::uint16_t host = 0, flags = 0, method = 0;
  std::uint32_t crc = 0, packed_size = 0, size = 0;
  std::uint32_t mode = 0;  // with the type bits
  std::size_t offset = 0;  // of the local header
};

// The end record is found from behind; its comment must fill the rest exactly.
Directory find_directory(std::string_view archive) {
  if (archive.size() < zip::end_bytes) zip::refuse("not a zip archive");
  const std::size_t last = archive.size() - zip::end_bytes;
  const std::size_t first = last > comment_bytes_max ? last - comment_bytes_max : 0;
  std::size_t at = last;
  while (get32(archive, at) != zip::end_signature ||
         at + zip::end_bytes + get16(archive, at + 20) != archive.size()) {
    if (at == first) zip::refuse("no end of a zip archive found");
    --at;
  }
  if (at >= zip::locator64_bytes && get32(archive, at - zip::locator64_bytes) == zip::locator64_signature) {
    zip::refuse("zip64 is not supported");
  }
  const std::size_t entries = get16(archive, at + 10);
  const std::uint64_t size = get32(archive, at + 12), offset = get32(archive, at + 16);
  if (get16(archive, at + 4) != 0 || get16(archive, at + 6) != 0 || get16(archive, at + 8) != entries) {
    zip::refuse("the archive is split into several files");
  }
  if (offset + size != at) zip::refuse("the central directory is not where the end record says");
  return Directory{entries, archive.substr(offset, size), offset};
}

void check_kind(const Member& member) {
  if ((member.flags & (zip::flag_encrypted | zip::flag_strong_encryption | zip::flag_masked)) != 0) {
    zip::refuse("the entry is encrypted", member.name);
  }
  if (member.method != zip::method_stored && member.method != zip::method_deflated) {
    zip::refuse("compression method " + std::to_string(member.method) + " is not supported", member.name);
  }
  // Archives made elsewhere leave these bits empty or fill them as Unix does: nobody means another thing by
  // them.
  const std::uint32_t type = member.mode & zip::type_mask;
  const bool folder = member.name.ends_with('/');
  if (type == zip::type_link) zip::refuse("the entry is a symbolic link", member.name);
  if (type != 0 && type != (folder ? zip::type_folder : zip::type_regular)) {
    zip::refuse("the entry is neither a file nor a folder", member.name);
  }
  if (folder && member.size != 0) zip::refuse("a folder has data", member.name);
}

Member read_member(std::string_view headers) {
  if (headers.size() < zip::central_bytes || get32(headers, 0) != zip::central_signature) {
    zip::refuse("the central directory is damaged");
  }
  Member member;
  member.host = static_cast<std::uint16_t>(get16(headers, 4) >> 8);
  member.flags = get16(headers, 8);
  member.method = get16(headers, 10);
  member.crc = get32(headers, 16);
  member.packed_size = get32(headers, 20);
  member.size = get32(headers, 24);
  member.mode = get32(headers, 38) >> 16;
  member.offset = get32(headers, 42);
  if (headers.size() - zip::central_bytes < get16(headers, 28))
    zip::refuse("the central directory is damaged");
  member.name = headers.substr(zip::central_bytes, get16(headers, 28));
  constexpr std::uint32_t announces_zip64 = 0xffff'ffff;
  if (member.packed_size == announces_zip64 || member.size == announces_zip64 ||
      member.offset == announces_zip64) {
    zip::refuse("zip64 is not supported", member.name);
  }
  if (get16(headers, 34) != 0) zip::refuse("the archive is split into several files", member.name);
  return member;
}

std::size_t header_size(std::string_view headers) {
  return zip::central_bytes + get16(headers, 28) + get16(headers, 30) + get16(headers, 32);
}

// The packed bytes, after a check that the local header says what the central one says.
std::string_view packed_bytes(std::string_view archive, const Directory& directory, const Member& member) {
  const std::string_view body = archive.substr(0, directory.offset);
  const auto damaged = [&] { zip::refuse("the entry's two headers contradict each other", member.name); };
  if (member.offset > body.size() || body.size() - member.offset < zip::local_bytes) damaged();
  const std::string_view header = body.substr(member.offset);
  if (get32(header, 0) != zip::local_signature) damaged();
  const std::uint16_t flags = get16(header, 6);
  constexpr std::uint16_t compared =
      zip::flag_encrypted | zip::flag_sizes_behind | zip::flag_strong_encryption | zip::flag_masked;
  if (((flags ^ member.flags) & compared) != 0 || get16(header, 8) != member.method) damaged();
  const auto agrees = [&](std::size_t at, std::uint32_t value) {
    const std::uint32_t local = get32(header, at);
    return local == value || (local == 0 && (flags & zip::flag_sizes_behind) != 0);
  };
  if (!agrees(14, member.crc) || !agrees(18, member.packed_size) || !agrees(22, member.size)) damaged();
  const std::size_t name_size = get16(header, 26);
  const std::size_t data_at = zip::local_bytes + name_size + get16(header, 28);
  if (data_at > header.size() || header.substr(zip::local_bytes, name_size) != member.name) damaged();
  if (header.size() - data_at < member.packed_size)
    zip::refuse("the archive ends inside the entry", member.name);
  return header.substr(data_at, member.packed_size);
}

std::string unpack(std::string_view packed, const Member& member) {
  if (member.method == zip::method_stored) {
    if (packed.size() != member.size) zip::refuse("the size is wrong", member.name);
    return std::string(packed);
  }
  if (member.size > (std::uint64_t{packed.size()} + 1) * deflate_ratio_max) {
    zip::refuse("the size is more than the packed bytes can hold", member.name);
  }
  // One byte more than announced: an entry that holds more is noticed, not cut off.
  std::string data(std::size_t{member.size} + 1, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(data.data());
  stream.avail_out = static_cast<uInt>(data.size());
  const int result = inflate(&stream, Z_FINISH);
  const std::uint64_t taken = stream.total_in, given = stream.total_out;
  inflateEnd(&stream);
  if (result == Z_MEM_ERROR) throw std::bad_alloc();
  if (given > member.size) zip::refuse("the entry holds more than its size says", member.name);
  if (result != Z_STREAM_END || taken != packed.size())
    zip::refuse("the packed bytes are damaged", member.name);
  if (given != member.size) zip::refuse("the size is wrong", member.name);
  data.resize(member.size);
  return data;
}

std::uint32_t permissions(const Member& member) {
  const bool from_unix = member.host == zip::host_unix || member.host == zip::host_darwin;
  const std::uint32_t bits = from_unix ? member.mode & zip::permission_mask : 0;
  if (bits != 0) return bits;
  return member.name.ends_with('/') ? 0755 : 0644;
}

std::vector<Member> read_members(const Directory& directory) {
  std::vector<Member> members;
  zip::Names names;
  std::string_view headers = directory.headers;
  for (std::size_t i = 0; i < directory.entries; ++i) {
    Member member = read_member(headers);
    if (headers.size() < header_size(headers)) zip::refuse("the central directory is damaged", member.name);
    headers.remove_prefix(header_size(headers));
    names.add(member.name);
    check_kind(member);
    members.push_back(std::move(member));
  }
  if (!headers.empty()) zip::refuse("the central directory has more than the end record says");
  return members;
}

// Entries that share packed bytes are how a small archive becomes a very large folder.
void check_apart(std::string_view archive, const Directory& directory, const std::vector<Member>& members,
                 const std::vector<std::string_view>& packed) {
  std::vector<std::size_t> order(members.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return members[a].offset < members[b].offset; });
  const std::size_t first = order.empty() ? directory.offset : members[order.front()].offset;
  if (first != 0) zip::refuse("there are bytes in front of the archive");
  std::size_t free_from = 0;
  for (const std::size_t i : order) {
    if (members[i].offset < free_from) zip::refuse("the entry overlaps another one", members[i].name);
    free_from = static_cast<std::size_t>(packed[i].data() - archive.data()) + packed[i].size();
  }
}

}  // namespace

std::vector<ZipEntry> read_zip(std::string_view archive, const ZipLimits& limits) {
  const Directory directory = find_directory(archive);
  if (directory.entries > limits.entries_max) {
    zip::refuse("the archive has " + std::to_string(directory.entries) + " entries, at most " +
                std::to_string(limits.entries_max) + " are allowed");
  }
  const std::vector<Member> members = read_members(directory);
  std::uint64_t unpacked = 0;
  std::vector<std::string_view> packed;
  for (const Member& member : members) {
    unpacked += member.size;
    if (unpacked > limits.unpacked_bytes_max) {
      zip::refuse("the archive unpacks to more than the " + std::to_string(limits.unpacked_bytes_max) +
                      " bytes allowed",
                  member.name);
    }
    packed.push_back(packed_bytes(archive, directory, member));
  }
  check_apart(archive, directory, members, packed);
  if (unpacked > any_ratio_bytes_max && unpacked > archive.size() * archive_ratio_max) {
    zip::refuse("the archive unpacks to more than " + std::to_string(archive_ratio_max) + " times its size");
  }
  std::vector<ZipEntry> entries;
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::string data = unpack(packed[i], members[i]);
    if (crc32(data) != members[i].crc) zip::refuse("the CRC is wrong", members[i].name);
    entries.push_back(ZipEntry{members[i].name, permissions(members[i]), std::move(data)});
  }
  return entries;
}

}  // namespace s3dr::aws
