// The three functions: names, and the order a bucket passes through them.
#include "dr/function.h"

#include <gtest/gtest.h>

#include <iterator>

namespace s3dr::dr {
namespace {

TEST(Function, a_name_is_read_back_and_no_other_is) {
  for (const Function function : all_functions) EXPECT_EQ(parse_function(to_string(function)), function);
  for (const char* other : {"", "nobody", "Source_Bucket_Check", "source_bucket_check "})
    EXPECT_EQ(parse_function(other), nobody) << other;
  EXPECT_EQ(to_string(std::optional<Function>()), "nobody");
}

TEST(Function, a_bucket_passes_the_functions_in_the_order_of_their_list) {
  for (std::size_t i = 0; i < std::size(all_functions); ++i) {
    for (std::size_t j = 0; j < std::size(all_functions); ++j)
      EXPECT_EQ(comes_before(all_functions[i], all_functions[j]), i < j) << i << " " << j;
  }
}

}  // namespace
}  // namespace s3dr::dr
