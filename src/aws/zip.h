// Zip archives as Lambda takes them. `make package` writes them. The embedded cloud's Lambda reads those that
// were uploaded. Whole archives in memory, stored and deflated entries, no zip64, no encryption. The format
// is PKWARE's APPNOTE 6.3. Pure: the caller extracts files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr::aws {

struct ZipEntry {
  std::string name;           // "bootstrap", "lib/a.so"; a folder's ends in '/'
  std::uint32_t mode = 0644;  // permission bits, 0777 at most
  std::string data;           // empty for a folder

  bool is_folder() const { return name.ends_with('/'); }
  bool operator==(const ZipEntry&) const = default;
};

enum class ZipMethod { stored, deflated };  // deflated: an entry that would not shrink is stored

struct ZipLimits {
  std::size_t entries_max = 0;
  std::uint64_t unpacked_bytes_max = 0;  // of all entries together
};

// Writes an archive. The same entries in any order, with the same zlib, give the same bytes: entries are
// sorted by name, the time of each is 1980-01-01 00:00:00, the host is Unix. Raises invalid for a name or
// mode that read_zip would refuse, for duplicates, and for what needs zip64 (65535 entries, 4 GiB).
std::string write_zip(std::vector<ZipEntry> entries, ZipMethod method = ZipMethod::deflated);

// The entries in the order of the central directory. Permission bits come from Unix hosts. An entry without
// them gets 0644, a folder 0755. Set-user-id and the like are dropped. Memory use is bounded by the limits
// and by what the packed size makes plausible.
// Raises invalid, and names the entry, for:
// - anything beyond the limits; more than 100 times the archive's own size (beyond 1 MiB);
// - a name that is absolute, longer than 1024 bytes, or has a "..", "." or empty segment, a backslash or a
//   control byte;
// - duplicates, and a file that is also a folder of another name;
// - symbolic links and devices;
// - encryption; methods other than stored and deflate; zip64 and split archives;
// - entries that overlap; headers that contradict each other; a wrong size or CRC;
// - bytes before or behind the archive.
std::vector<ZipEntry> read_zip(std::string_view archive, const ZipLimits& limits);

}  // namespace s3dr::aws
