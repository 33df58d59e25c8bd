#include "aws/crc.h"

#include <array>
#include <bit>
#include <cstring>
#include <limits>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace s3dr::aws {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the sliced loops read words in little-endian order");

// Polynomials with their bits reversed.
constexpr std::uint32_t polynomial_32 = 0xEDB88320;
constexpr std::uint32_t polynomial_32c = 0x82F63B78;
constexpr std::uint64_t polynomial_64nvme = 0x9A6C9329AC4BC9B5;

template <class Word>
using Tables = std::array<std::array<Word, 256>, 8>;

// tables[k][byte]: what `byte` followed by k zero bytes adds to the remainder ("slicing by 8").
template <class Word>
constexpr Tables<Word> make_tables(Word polynomial) {
  Tables<Word> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    Word remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder & 1) != 0 ? (remainder >> 1) ^ polynomial : remainder >> 1;
    }
    tables[0][byte] = remainder;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const Word before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 255];
    }
  }
  return tables;
}

constexpr Tables<std::uint32_t> tables_32 = make_tables(polynomial_32);
constexpr Tables<std::uint32_t> tables_32c = make_tables(polynomial_32c);
constexpr Tables<std::uint64_t> tables_64nvme = make_tables(polynomial_64nvme);

template <class Word>
Word by_table(std::string_view bytes, Word so_far, const Tables<Word>& tables) {
  Word state = static_cast<Word>(~so_far);
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t block = 0;
    std::memcpy(&block, at, 8);
    block ^= state;
    state = tables[7][block & 255] ^ tables[6][block >> 8 & 255] ^ tables[5][block >> 16 & 255] ^
            tables[4][block >> 24 & 255] ^ tables[3][block >> 32 & 255] ^ tables[2][block >> 40 & 255] ^
            tables[1][block >> 48 & 255] ^ tables[0][block >> 56];
  }
  for (; left > 0; --left, ++at) {
    state = (state >> 8) ^ tables[0][(state ^ static_cast<unsigned char>(*at)) & 255];
  }
  return static_cast<Word>(~state);
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(std::string_view bytes,
                                                                      std::uint32_t so_far) {
  std::uint64_t state = static_cast<std::uint32_t>(~so_far);
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t block = 0;
    std::memcpy(&block, at, 8);
    state = _mm_crc32_u64(state, block);
  }
  auto narrow = static_cast<std::uint32_t>(state);
  for (; left > 0; --left, ++at) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*at));
  return ~narrow;
}
#endif

// a·b modulo the polynomial; the highest bit is the coefficient of x^0 (as in zlib's crc32_combine).
template <class Word>
Word multiply(Word a, Word b, Word polynomial) {
  Word product = 0;
  for (Word bit = Word{1} << (std::numeric_limits<Word>::digits - 1); bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b & 1) != 0 ? (b >> 1) ^ polynomial : b >> 1;
  }
  return product;
}

// Appending n bytes multiplies the remainder by x^(8n); the masks of both sides cancel out.
template <class Word>
Word combine(Word a, Word b, std::uint64_t length_of_b, Word polynomial) {
  constexpr int digits = std::numeric_limits<Word>::digits;
  Word power = Word{1} << (digits - 1 - 8);  // x^8
  Word shift = Word{1} << (digits - 1);      // 1
  for (; length_of_b != 0; length_of_b >>= 1) {
    if ((length_of_b & 1) != 0) shift = multiply(power, shift, polynomial);
    power = multiply(power, power, polynomial);
  }
  return multiply(shift, a, polynomial) ^ b;
}

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t so_far) {
  return by_table(bytes, so_far, tables_32);
}

std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t so_far) {
  return by_table(bytes, so_far, tables_32c);
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return crc32c_by_instruction(bytes, so_far);
#endif
  return crc32c_portable(bytes, so_far);
}

std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t so_far) {
  return by_table(bytes, so_far, tables_64nvme);
}

std::uint32_t crc32_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_of_b) {
  return combine(a, b, length_of_b, polynomial_32);
}

std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_of_b) {
  return combine(a, b, length_of_b, polynomial_32c);
}

std::uint64_t crc64nvme_combine(std::uint64_t a, std::uint64_t b, std::uint64_t length_of_b) {
  return combine(a, b, length_of_b, polynomial_64nvme);
}

}  // namespace s3dr::aws
