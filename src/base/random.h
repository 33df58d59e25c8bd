// Randomness as an argument. Production draws from the operating system, the simulation from a seed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace s3dr {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;

  std::uint64_t below(std::uint64_t bound);  // uniform in [0, bound), bound > 0
  double unit();                             // uniform in [0, 1)
  bool chance(double probability) { return unit() < probability; }
  std::string hex(std::size_t digits);  // lower case
  std::string alphanumeric(std::size_t length);
};

std::unique_ptr<Random> make_system_random();                    // getrandom(2): fit for secrets and ids
std::unique_ptr<Random> make_seeded_random(std::uint64_t seed);  // reproducible: tests and simulation only

}  // namespace s3dr
