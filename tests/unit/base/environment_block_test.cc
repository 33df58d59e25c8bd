#include "base/environment_block.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace s3dr {
namespace {

// In a process of its own: other tests want their variables where they were.
TEST(EnvironmentBlock, OthersCannotReadItAnyMoreAndWeStillCan) {
  ASSERT_NE(std::getenv("PATH"), nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto readable = [] {
      std::ifstream file("/proc/self/environ", std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      return text.find("PATH=") != std::string::npos;
    };
    const std::string before = std::getenv("PATH");
    if (!readable()) ::_exit(2);
    hide_environment();
    if (readable()) ::_exit(3);
    const char* after = std::getenv("PATH");
    ::_exit(after != nullptr && before == after && ::system("test -n \"$PATH\"") == 0 ? 0 : 4);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace s3dr
