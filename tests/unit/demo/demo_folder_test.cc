#include "demo/demo_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/command.h"

namespace s3dr::app {
namespace {
namespace fs = std::filesystem;

class DemoFolderTest : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(path_); }
  void TearDown() override { fs::remove_all(path_); }
  void leave_something() { std::ofstream(path_ / "installation.json") << "{}"; }
  bool is_there() const { return fs::exists(path_ / "installation.json"); }

  const fs::path path_ = fs::temp_directory_path() / ("s3dr-demo-folder-" + std::to_string(::getpid()));
};

TEST_F(DemoFolderTest, GoesOnWithTheSameUseAlone) {
  {
    const DemoFolder first(path_, "deploy", true);
    EXPECT_FALSE(first.kept());
    leave_something();
  }
  EXPECT_TRUE(DemoFolder(path_, "deploy", true).kept());
  EXPECT_TRUE(is_there());
  EXPECT_FALSE(DemoFolder(path_, "serve", true).kept()) << "the two ways never share an account";
  EXPECT_FALSE(is_there());
  leave_something();
  EXPECT_FALSE(DemoFolder(path_, "deploy", true).kept());
  EXPECT_FALSE(is_there());
}

TEST_F(DemoFolderTest, BeginsAnewWhenAsked) {
  {
    const DemoFolder first(path_, "deploy", true);
  }
  leave_something();
  EXPECT_FALSE(DemoFolder(path_, "deploy", false).kept());
  EXPECT_FALSE(is_there());
}

TEST_F(DemoFolderTest, LeavesAloneWhatNoDemoHasMade) {
  fs::create_directories(path_);
  leave_something();
  EXPECT_THROW(DemoFolder(path_, "deploy", false), UsageError);
  EXPECT_TRUE(is_there());
}

TEST_F(DemoFolderTest, OneDemoAtATime) {
  const DemoFolder first(path_, "deploy", true);
  EXPECT_THROW(DemoFolder(path_, "deploy", true), Error);
}

}  // namespace
}  // namespace s3dr::app
