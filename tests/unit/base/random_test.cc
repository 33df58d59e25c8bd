#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace s3dr {
namespace {

TEST(RandomTest, TheSameSeedGivesTheSameNumbers) {
  const auto a = make_seeded_random(7), b = make_seeded_random(7), c = make_seeded_random(8);
  std::vector<std::uint64_t> from_a, from_b, from_c;
  for (int i = 0; i < 100; ++i) {
    from_a.push_back(a->next());
    from_b.push_back(b->next());
    from_c.push_back(c->next());
  }
  EXPECT_EQ(from_a, from_b);
  EXPECT_NE(from_a, from_c);
}

TEST(RandomTest, BelowStaysBelowAndReachesEveryValue) {
  const auto random = make_seeded_random(1);
  for (const std::uint64_t bound : {1ULL, 2ULL, 3ULL, 10ULL, 257ULL}) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 5000; ++i) seen.insert(random->below(bound));
    EXPECT_EQ(seen.size(), bound);
    EXPECT_EQ(*seen.rbegin(), bound - 1);
  }
  const std::uint64_t huge = (1ULL << 63) + 1;
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random->below(huge), huge);
}

// A source that repeats what it is given: shows the exact edges.
class Fixed : public Random {
 public:
  explicit Fixed(std::vector<std::uint64_t> values) : values_(std::move(values)) {}
  std::uint64_t next() override { return values_[used_++ % values_.size()]; }

 private:
  std::vector<std::uint64_t> values_;
  std::size_t used_ = 0;
};

TEST(RandomTest, BelowRejectsTheUnevenRest) {
  // UINT64_MAX % 3 is 0, so UINT64_MAX itself would be one 0 too many.
  EXPECT_EQ(Fixed({UINT64_MAX, 5}).below(3), 2u);
  EXPECT_EQ(Fixed({UINT64_MAX - 1}).below(3), 2u);
}

TEST(RandomTest, UnitNeverReachesOne) {
  EXPECT_EQ(Fixed({0}).unit(), 0.0);
  EXPECT_LT(Fixed({UINT64_MAX}).unit(), 1.0);
  EXPECT_FALSE(Fixed({0}).chance(0.0));
  EXPECT_TRUE(Fixed({UINT64_MAX}).chance(1.0));
}

TEST(RandomTest, UniformEnough) {
  const auto random = make_seeded_random(3);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100'000; ++i) ++counts[random->below(10)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);  // five standard deviations
}

TEST(RandomTest, TextsHaveTheLengthAndAlphabetAskedFor) {
  const auto random = make_seeded_random(4);
  const std::string hex = random->hex(200), letters = random->alphanumeric(500);
  EXPECT_EQ(hex.size(), 200u);
  EXPECT_EQ(hex.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(letters.size(), 500u);
  EXPECT_TRUE(std::ranges::all_of(letters, [](unsigned char c) { return std::isalnum(c) != 0; }));
  EXPECT_EQ(random->hex(0), "");
}

TEST(RandomTest, TheSystemsSourceDoesNotRepeat) {
  const auto a = make_system_random(), b = make_system_random();
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(a->next());
    seen.insert(b->next());
  }
  EXPECT_EQ(seen.size(), 2000u);
}

}  // namespace
}  // namespace s3dr
