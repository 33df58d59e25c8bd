#include "app/program_image.h"

#include <elf.h>

#include <cstring>

namespace s3dr::app {
namespace {

std::string architecture_of(Elf64_Half machine) {
  if (machine == EM_X86_64) return "x86_64";
  if (machine == EM_AARCH64) return "arm64";
  return "machine " + std::to_string(machine);
}

template <class T>
bool read_at(std::string_view bytes, std::uint64_t offset, T& value) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof value) return false;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return true;
}

}  // namespace

std::optional<ProgramImage> read_program_image(std::string_view bytes) {
  Elf64_Ehdr header;
  if (!bytes.starts_with(ELFMAG) || !read_at(bytes, 0, header)) return std::nullopt;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) return std::nullopt;
  ProgramImage image{architecture_of(header.e_machine), true};
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!read_at(bytes, header.e_phoff + i * header.e_phentsize, segment)) return std::nullopt;
    if (segment.p_type == PT_INTERP) image.is_static = false;
  }
  return image;
}

std::string own_architecture() {
#if defined(__aarch64__)
  return "arm64";
#else
  return "x86_64";
#endif
}

}  // namespace s3dr::app
