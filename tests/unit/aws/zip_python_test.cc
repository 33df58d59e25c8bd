// An independent judge of aws/zip: python3's zipfile reads what we write, and the other way round.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "aws/zip.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

namespace fs = std::filesystem;

constexpr ZipLimits wide{1000, 1 << 26};

class ZipAgainstPython : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("python3 -c 'import zipfile, zlib' >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "python3 is not installed";
    }
    std::string pattern = (fs::temp_directory_path() / "s3dr-zip-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  // Runs the script in the folder; what it prints.
  std::string python(const std::string& script) {
    std::ofstream(folder_ / "script.py") << script;
    const std::string command = "cd '" + folder_.string() + "' && python3 script.py >out 2>err";
    if (std::system(command.c_str()) != 0) ADD_FAILURE() << read("err");
    return read("out");
  }
  std::string read(const std::string& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  fs::path folder_;
};

TEST_F(ZipAgainstPython, ReadsWhatWeWrite) {
  std::string noise;  // does not shrink
  for (std::uint32_t state = 1; noise.size() < 3000; state = state * 1664525 + 1013904223) {
    noise += static_cast<char>(state >> 24);
  }
  const std::vector<ZipEntry> entries = {
      {"bootstrap", 0755, std::string(100'000, 'x') + noise},
      {"lib/", 0755, ""},
      {"lib/a.txt", 0640, "text"},
      {"empty", 0644, ""},
      {"größe.txt", 0644, noise},
  };
  write("deflated.zip", write_zip(entries, ZipMethod::deflated));
  write("stored.zip", write_zip(entries, ZipMethod::stored));
  const std::string said = python(R"(
import sys, zipfile
sys.stdout.reconfigure(encoding="utf-8")
for name in ("deflated.zip", "stored.zip"):
    with zipfile.ZipFile(name) as archive:
        assert archive.testzip() is None
        for e in archive.infolist():
            print(e.filename, oct(e.external_attr >> 16), e.create_system, e.date_time, e.compress_type, e.is_dir(),
                  len(archive.read(e)), zipfile.zlib.crc32(archive.read(e)) == e.CRC)
)");
  EXPECT_EQ(said,
            "bootstrap 0o100755 3 (1980, 1, 1, 0, 0, 0) 8 False 103000 True\n"
            "empty 0o100644 3 (1980, 1, 1, 0, 0, 0) 0 False 0 True\n"
            "größe.txt 0o100644 3 (1980, 1, 1, 0, 0, 0) 0 False 3000 True\n"
            "lib/ 0o40755 3 (1980, 1, 1, 0, 0, 0) 0 True 0 True\n"
            "lib/a.txt 0o100640 3 (1980, 1, 1, 0, 0, 0) 0 False 4 True\n"
            "bootstrap 0o100755 3 (1980, 1, 1, 0, 0, 0) 0 False 103000 True\n"
            "empty 0o100644 3 (1980, 1, 1, 0, 0, 0) 0 False 0 True\n"
            "größe.txt 0o100644 3 (1980, 1, 1, 0, 0, 0) 0 False 3000 True\n"
            "lib/ 0o40755 3 (1980, 1, 1, 0, 0, 0) 0 True 0 True\n"
            "lib/a.txt 0o100640 3 (1980, 1, 1, 0, 0, 0) 0 False 4 True\n");
}

TEST_F(ZipAgainstPython, WeReadWhatItWrites) {
  python(R"(
import os, zipfile
def entry(name, mode, data, method):
    info = zipfile.ZipInfo(name, (2026, 8, 1, 10, 15, 2))
    info.external_attr = mode << 16
    info.compress_type = method
    archive.writestr(info, data)
with zipfile.ZipFile("a.zip", "w") as archive:
    entry("bootstrap", 0o100755, b"x" * 100000, zipfile.ZIP_DEFLATED)
    entry("lib/", 0o40755, b"", zipfile.ZIP_STORED)
    entry("lib/größe.txt", 0o100640, b"text", zipfile.ZIP_STORED)
    entry("nothing", 0o100644, b"", zipfile.ZIP_DEFLATED)
    archive.comment = b"a comment"

class Pipe:  # cannot seek: sizes follow the data
    def __init__(self, path): self.file = open(path, "wb")
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
with zipfile.ZipFile(Pipe("pipe.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("bootstrap", b"y" * 1000)
    archive.writestr("b", b"")
)");
  EXPECT_EQ(read_zip(read("a.zip"), wide),
            (std::vector<ZipEntry>{{"bootstrap", 0755, std::string(100'000, 'x')},
                                   {"lib/", 0755, ""},
                                   {"lib/größe.txt", 0640, "text"},
                                   {"nothing", 0644, ""}}));
  EXPECT_EQ(read_zip(read("pipe.zip"), wide),
            (std::vector<ZipEntry>{{"bootstrap", 0600, std::string(1000, 'y')}, {"b", 0600, ""}}));
}

TEST_F(ZipAgainstPython, WeRefuseItsOddOnes) {
  python(R"(
import os, warnings, zipfile
warnings.simplefilter("ignore")
def one(path, name, mode=0o100644, data=b"data", method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        info.compress_type = method
        archive.writestr(info, data)
one("link.zip", "a", 0o120777, b"/etc/passwd")
one("up.zip", "a/../../b")
one("bzip2.zip", "a", method=zipfile.ZIP_BZIP2)
with zipfile.ZipFile("twice.zip", "w") as archive:
    archive.writestr("a", b"1")
    archive.writestr("a", b"2")
with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("a", bytes(5_000_000))
)");
  const auto refusal = [&](const std::string& name) -> std::string {
    try {
      read_zip(read(name), ZipLimits{1000, 4'000'000});
      return "";
    } catch (const Error& error) {
      return error.message();
    }
  };
  EXPECT_EQ(refusal("link.zip"), "zip: the entry is a symbolic link: a");
  EXPECT_EQ(refusal("up.zip"), "zip: the name has a \"..\", \".\" or empty segment: a/../../b");
  EXPECT_EQ(refusal("bzip2.zip"), "zip: compression method 12 is not supported: a");
  EXPECT_EQ(refusal("twice.zip"), "zip: the name stands twice in the archive: a");
  EXPECT_EQ(refusal("bomb.zip"), "zip: the archive unpacks to more than the 4000000 bytes allowed: a");
}

}  // namespace
}  // namespace s3dr::aws
