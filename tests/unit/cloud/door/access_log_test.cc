#include "cloud/door/access_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "unit/cloud/folder.h"

namespace s3dr::cloud {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

AccessRecord record_of(int number) {
  AccessRecord record;
  record.operation = "PutObject" + std::to_string(number);
  return record;
}

TEST(AccessLog, TurnsOverAndKeepsSoManyFiles) {
  const Folder folder;
  const std::string path = folder.path + "/access.log";
  const std::size_t line = to_json_line(record_of(10)).size() + 1;
  {
    const auto log = make_file_access_log(path, {line * 3, 2});
    for (int i = 10; i < 25; ++i) log->write(record_of(i));
  }
  EXPECT_EQ(text_of(path).size(), line * 3);
  EXPECT_NE(text_of(path).find("PutObject24"), std::string::npos);
  EXPECT_NE(text_of(path + ".1").find("PutObject21"), std::string::npos);
  EXPECT_NE(text_of(path + ".2").find("PutObject16"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path + ".3"));
  // A new start goes on where the last one ended.
  make_file_access_log(path, {line * 3, 2})->write(record_of(25));
  EXPECT_NE(text_of(path).find("PutObject25"), std::string::npos);
  EXPECT_NE(text_of(path + ".1").find("PutObject24"), std::string::npos);
}

TEST(AccessLog, OnlyItsOwnerReadsIt) {
  const Folder folder;
  const std::string path = folder.path + "/access.log";
  std::ofstream(path) << "of an older version\n";
  ::chmod(path.c_str(), 0644);
  make_file_access_log(path)->write(record_of(1));
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

}  // namespace
}  // namespace s3dr::cloud
