#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/clock.h"
#include "sim/scenario.h"
using namespace s3dr;
int main(int argc, char** argv) {
  const std::uint64_t first = std::strtoull(argv[1], nullptr, 10);
  const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
  const auto log = make_stderr_log(LogLevel::debug);
  const auto clock = make_real_clock();
  const auto start = clock->uptime();
  std::map<std::string, std::uint64_t> counts;
  std::uint64_t requests = 0;
  int failed = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const auto result = sim::run_scenario(seed, argc > 3 ? log.get() : nullptr);
    for (const auto& [n, c] : result.counts) counts[n] += c;
    requests += result.requests;
    if (!result.failure.empty()) { ++failed; std::printf("seed %llu failed: %s\n", (unsigned long long)seed, result.failure.c_str()); std::fflush(stdout);}
  }
  for (const auto& [n, c] : counts) std::printf("%8llu %s\n", (unsigned long long)c, n.c_str());
  std::printf("%d failed, %lld ms, %llu requests\n", failed, (long long)(clock->uptime() - start).count(), (unsigned long long)requests);
}
