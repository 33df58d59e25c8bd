#include "base/random.h"

#include <sys/random.h>

#include <array>
#include <random>

#include "base/error.h"

namespace s3dr {
namespace {

class SystemRandom : public Random {
 public:
  std::uint64_t next() override {
    if (used_ == pool_.size()) {
      // Up to 256 bytes are never delivered short (getrandom(2)).
      S3DR_CHECK(getrandom(pool_.data(), sizeof pool_, 0) == static_cast<ssize_t>(sizeof pool_));
      used_ = 0;
    }
    return pool_[used_++];
  }

 private:
  std::array<std::uint64_t, 32> pool_{};
  std::size_t used_ = pool_.size();
};

class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace

std::uint64_t Random::below(std::uint64_t bound) {
  S3DR_CHECK(bound > 0);
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t value = next();
  while (value >= limit) value = next();
  return value % bound;
}

double Random::unit() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::string Random::hex(std::size_t digits) {
  std::string result;
  for (std::size_t i = 0; i < digits; ++i) result += "0123456789abcdef"[next() & 15];
  return result;
}

std::string Random::alphanumeric(std::size_t length) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string result;
  for (std::size_t i = 0; i < length; ++i) result += letters[below(letters.size())];
  return result;
}

std::unique_ptr<Random> make_system_random() {
  return std::make_unique<SystemRandom>();
}

std::unique_ptr<Random> make_seeded_random(std::uint64_t seed) {
  return std::make_unique<SeededRandom>(seed);
}

}  // namespace s3dr
