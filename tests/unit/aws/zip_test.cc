#include "aws/zip.h"

#include <gtest/gtest.h>

#include <map>

#include "aws/crc.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

constexpr ZipLimits wide{1000, 1 << 26};

std::string bytes_of_all_kinds(std::size_t size) {
  std::string bytes;
  std::uint32_t state = 1;
  while (bytes.size() < size) {
    state = state * 1664525 + 1013904223;
    bytes += static_cast<char>(state >> 24);
  }
  return bytes;
}

std::vector<ZipEntry> package() {
  return {{"bootstrap", 0755,
           "\x7f"
           "ELF" +
               std::string(100'000, 'x')},
          {"certificates/ca-bundle.crt", 0644, std::string(5000, 'c') + bytes_of_all_kinds(5000)},
          {"empty", 0644, ""},
          {"folder/", 0755, ""},
          {"größe.txt", 0600, "text"}};
}

// "" if the archive is read, else the message.
std::string refusal(std::string_view archive, ZipLimits limits = wide) {
  try {
    read_zip(archive, limits);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.message();
  }
}

std::string write_refusal(std::vector<ZipEntry> entries) {
  try {
    write_zip(std::move(entries));
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.message();
  }
}

// The archive keeps its length.
void overwrite(std::string& archive, std::size_t at, const std::string& bytes) {
  archive.replace(at, bytes.size(), bytes);
}

std::size_t central_header(const std::string& archive) {
  return archive.find("PK\x01\x02");
}

std::string with_central(std::string archive, std::size_t field, const std::string& bytes) {
  overwrite(archive, central_header(archive) + field, bytes);
  return archive;
}

// The field in both headers of the only entry.
std::string with_both(std::string archive, std::size_t local_field, std::size_t central_field,
                      const std::string& bytes) {
  overwrite(archive, local_field, bytes);
  return with_central(archive, central_field, bytes);
}

std::string one(const std::string& name = "file", const std::string& data = "data") {
  return write_zip({{name, 0644, data}}, ZipMethod::stored);
}

// A name that the writer refuses, put in place of one that it takes.
std::string renamed(const std::string& name) {
  std::string archive = one(std::string(name.size(), 'n'));
  return with_both(archive, 30, 46, name);
}

TEST(Zip, RoundTrip) {
  for (const ZipMethod method : {ZipMethod::stored, ZipMethod::deflated}) {
    EXPECT_EQ(read_zip(write_zip(package(), method), wide), package());
  }
  EXPECT_LT(write_zip(package()).size(), 8000U);
  EXPECT_TRUE(read_zip(write_zip({}), wide).empty());
}

// The sentence goes into JSON, which is UTF-8.
TEST(Zip, ANameThatIsNoTextIsShownAsFarAsItIs) {
  EXPECT_EQ(refusal(renamed("/\xFFx\xC3")), "zip: the name is absolute: /?x?");
  EXPECT_EQ(refusal(renamed("../" + std::string(124, 'a') + "\xC3\xA4")).find('\xC3'), std::string::npos);
}

TEST(Zip, SameInputSameBytes) {
  std::vector<ZipEntry> turned = package();
  std::reverse(turned.begin(), turned.end());
  EXPECT_EQ(write_zip(package()), write_zip(turned));
  // Every byte of a small archive, so that a change of the format is seen.
  EXPECT_EQ(to_hex(write_zip({{"a", 0755, "bc"}}, ZipMethod::stored)),
            "504b030414000000000000002100382ba9c2020000000200000001000000616263"
            "504b0102140314000000000000002100382ba9c20200000002000000010000000000000000000000ed810000000061"
            "504b050600000000010001002f000000210000000000");
}

TEST(Zip, WriterRefusesWhatReaderWould) {
  EXPECT_EQ(write_refusal({{"/etc/passwd", 0644, ""}}), "zip: the name is absolute: /etc/passwd");
  EXPECT_NE(write_refusal({{"../x", 0644, ""}}), "");
  EXPECT_NE(write_refusal({{"a", 0644, ""}, {"a", 0644, ""}}), "");
  EXPECT_EQ(write_refusal({{"a", 04755, ""}}), "zip: the mode has more than permission bits: a");
  EXPECT_NE(write_refusal({{std::string(1025, 'a'), 0644, ""}}), "");
  EXPECT_EQ(write_refusal({{"a/", 0755, "x"}}), "zip: a folder has data: a/");
  EXPECT_EQ(write_refusal(std::vector<ZipEntry>(65535, {"a", 0644, ""})),
            "zip: more entries than an archive without zip64 can hold");
}

TEST(Zip, Names) {
  const std::map<std::string, std::string> refused = {
      {"../evil", "segment"}, {"a/../evil", "segment"}, {"a/..", "segment"},
      {"..", "segment"},      {"./a", "segment"},       {"a//b", "segment"},
      {"/a", "absolute"},     {"/", "absolute"},        {"a\\..\\b", "backslash"},
      {"C:\\a", "backslash"}, {"a\nb", "control byte"}, {std::string("a\0b", 3), "control byte"},
  };
  for (const auto& [name, why] : refused) {
    EXPECT_NE(refusal(renamed(name)).find(why), std::string::npos) << name << ": " << refusal(renamed(name));
  }
  const std::string longest(1024, 'a');
  for (const std::string& name :
       std::vector<std::string>{"..a", "a..", "...", "a/.b", "a b", "-rf", longest}) {
    EXPECT_EQ(refusal(renamed(name)), "") << name;
  }
  EXPECT_EQ(refusal(renamed("a\x1b[31m\n/..")), "zip: the name has a control byte: a?[31m?/..");
}

TEST(Zip, NamesThatCollide) {
  // Archives that the writer would not make: written with other names of the same length and kind.
  const auto pair = [](const std::string& first, const std::string& second) {
    const auto stand_in = [](const std::string& name, char fill) {
      return std::string(name.size() - 1, fill) + (name.ends_with('/') ? '/' : fill);
    };
    const std::string x = stand_in(first, 'x'), y = stand_in(second, 'y');
    std::string archive = write_zip({{x, 0755, ""}, {y, 0755, ""}}, ZipMethod::stored);
    for (std::size_t at; (at = archive.find(x)) != std::string::npos;) overwrite(archive, at, first);
    for (std::size_t at; (at = archive.find(y)) != std::string::npos;) overwrite(archive, at, second);
    return archive;
  };
  EXPECT_EQ(refusal(pair("a", "b")), "");
  EXPECT_EQ(refusal(pair("a/b", "a/c")), "");
  EXPECT_EQ(refusal(pair("a/b", "a/")), "");
  EXPECT_EQ(refusal(pair("a", "a")), "zip: the name stands twice in the archive: a");
  EXPECT_EQ(refusal(pair("a/", "a/")), "zip: the name stands twice in the archive: a/");
  EXPECT_EQ(refusal(pair("a", "a/")), "zip: a file is also the folder of another entry: a");
  EXPECT_EQ(refusal(pair("a", "a/b")), "zip: a file is also the folder of another entry: a");
  EXPECT_EQ(refusal(pair("a/b/c", "a/b")), "zip: a file is also the folder of another entry: a/b");
}

TEST(Zip, Limits) {
  const std::string archive = write_zip(package());
  std::uint64_t unpacked = 0;
  for (const ZipEntry& entry : package()) unpacked += entry.data.size();
  EXPECT_EQ(refusal(archive, {package().size(), unpacked}), "");
  EXPECT_EQ(refusal(archive, {package().size() - 1, unpacked}),
            "zip: the archive has 5 entries, at most 4 are allowed");
  EXPECT_NE(refusal(archive, {package().size(), unpacked - 1}).find("unpacks to more than the"),
            std::string::npos);
}

// Field note: security requirement 15.
TEST(Zip, AnArchiveThatUnpacksToMoreThanAHundredTimesItsSize) {
  const std::string zeros(2 << 20, '\0');
  const std::string why = "zip: the archive unpacks to more than 100 times its size";
  EXPECT_EQ(refusal(write_zip({{"a", 0644, zeros}})), why);
  EXPECT_EQ(
      refusal(write_zip({{"a", 0644, zeros.substr(0, 1 << 20)}, {"b", 0644, zeros.substr(0, 1 << 20)}})),
      why);
  EXPECT_EQ(refusal(write_zip({{"a", 0644, zeros}}, ZipMethod::stored)), "");
  EXPECT_EQ(refusal(write_zip({{"a", 0644, zeros.substr(0, 1 << 20)}})), "") << "small enough as it is";
  // An announced gigabyte costs no memory.
  const std::string archive = write_zip({{"file", 0644, std::string(1000, 'a')}});
  EXPECT_EQ(refusal(with_both(archive, 22, 24, std::string("\0\0\0\x40", 4)), {10, 1ULL << 40}), why);
}

TEST(Zip, Modes) {
  const auto mode_of = [](const std::string& archive) { return read_zip(archive, wide).at(0).mode; };
  const std::string archive = write_zip({{"bootstrap", 0755, "x"}});
  EXPECT_EQ(mode_of(archive), 0755U);
  EXPECT_EQ(mode_of(with_central(archive, 5, std::string(1, 0))), 0644U);   // MS-DOS
  EXPECT_EQ(mode_of(with_central(archive, 5, std::string(1, 19))), 0755U);  // macOS
  EXPECT_EQ(mode_of(with_central(archive, 40, std::string(2, 0))), 0644U);
  EXPECT_EQ(mode_of(with_central(archive, 40, "\xed\x8f")),
            0755U);  // 0107755: set-user-id and others are dropped
}

TEST(Zip, LinksAndDevices) {
  const std::string archive = one();
  EXPECT_EQ(refusal(with_central(archive, 40, "\xff\xa1")), "zip: the entry is a symbolic link: file");
  std::string on_dos = with_central(archive, 40, "\xff\xa1");
  EXPECT_NE(refusal(with_central(on_dos, 5, std::string(1, 0))), "");
  for (const char* type : {"\xff\x21", "\xff\x61", "\xff\x11", "\xff\xc1", "\xff\x41"}) {
    EXPECT_EQ(refusal(with_central(archive, 40, type)),
              "zip: the entry is neither a file nor a folder: file");
  }
}

TEST(Zip, WhatIsNotSupported) {
  const std::string archive = one();
  EXPECT_EQ(refusal(with_both(archive, 6, 8, std::string("\x01\0", 2))), "zip: the entry is encrypted: file");
  EXPECT_EQ(refusal(with_both(archive, 8, 10, std::string("\x0e\0", 2))),
            "zip: compression method 14 is not supported: file");
  EXPECT_EQ(refusal(with_central(archive, 24, "\xff\xff\xff\xff")), "zip: zip64 is not supported: file");
  EXPECT_EQ(refusal(with_central(archive, 34, std::string("\x01\0", 2))),
            "zip: the archive is split into several files: file");
}

TEST(Zip, Damage) {
  const std::string archive = one();
  std::string changed = archive;
  changed[34] = 'D';
  EXPECT_EQ(refusal(changed), "zip: the CRC is wrong: file");
  EXPECT_EQ(refusal(with_both(archive, 14, 16, "\x01\x02\x03\x04")), "zip: the CRC is wrong: file");
  EXPECT_EQ(refusal(with_central(archive, 16, "\x01\x02\x03\x04")),
            "zip: the entry's two headers contradict each other: file");
  EXPECT_NE(refusal(with_central(archive, 46, "life")), "");
  EXPECT_EQ(refusal(with_both(archive, 22, 24, std::string("\x05\0\0\0", 4))),
            "zip: the size is wrong: file");
  EXPECT_EQ(refusal(with_both(archive, 18, 20, std::string("\x05\0\0\0", 4))),
            "zip: the archive ends inside the entry: file");
  EXPECT_EQ(refusal("#!/bin/sh\n" + archive), "zip: the central directory is not where the end record says");
  EXPECT_EQ(refusal(archive + "x"), "zip: no end of a zip archive found");
  EXPECT_EQ(refusal(""), "zip: not a zip archive");
  EXPECT_EQ(refusal(std::string(100'000, 'P')), "zip: no end of a zip archive found");
  for (std::size_t size = 0; size < archive.size(); ++size)
    EXPECT_NE(refusal(archive.substr(0, size)), "") << size;
}

TEST(Zip, HeadersThatDoNotFit) {
  EXPECT_EQ(refusal(with_central(one(), 10, std::string("\x08\0", 2))),
            "zip: the entry's two headers contradict each other: file");
  std::string folder = with_both(one(), 30, 46, "fil/");
  EXPECT_EQ(refusal(with_central(folder, 40, std::string(2, '\0'))), "zip: a folder has data: fil/");
  std::string two = write_zip({{"a", 0644, ""}, {"b", 0644, ""}});
  overwrite(two, two.size() - 14, std::string("\1\0\1\0", 4));
  EXPECT_EQ(refusal(two), "zip: the central directory has more than the end record says");
  // Bytes in front that the offsets count.
  std::string shifted = "junk" + with_central(one(), 42, std::string("\4\0\0\0", 4));
  shifted[shifted.size() - 6] = static_cast<char>(shifted[shifted.size() - 6] + 4);
  EXPECT_EQ(refusal(shifted), "zip: there are bytes in front of the archive");
}

TEST(Zip, DamageOfDeflatedEntries) {
  const std::string archive = write_zip({{"file", 0644, std::string(1000, 'a')}});
  ASSERT_EQ(archive[8], 8);
  const std::string size(archive, 22, 4);
  ASSERT_EQ(size, std::string("\xe8\x03\0\0", 4));
  EXPECT_EQ(refusal(with_both(archive, 22, 24, std::string("\xe7\x03\0\0", 4))),
            "zip: the entry holds more than its size says: file");
  EXPECT_EQ(refusal(with_both(archive, 22, 24, std::string("\xe9\x03\0\0", 4))),
            "zip: the size is wrong: file");
  std::string garbage = archive;
  overwrite(garbage, 34, "\xff\xff\xff\xff");
  EXPECT_EQ(refusal(garbage), "zip: the packed bytes are damaged: file");
  // An announced size that no stream of this length can have costs no memory.
  EXPECT_EQ(refusal(with_both(archive, 22, 24, std::string("\0\0\x10\0", 4)), {10, 1ULL << 40}),
            "zip: the size is more than the packed bytes can hold: file");
}

// Two entries that point to the same packed bytes, as in the archives of 42 kB that unpack to petabytes.
TEST(Zip, EntriesMayNotOverlap) {
  std::string archive = write_zip({{"a", 0644, "same"}, {"b", 0644, "same"}}, ZipMethod::stored);
  const std::size_t second = archive.find("PK\x01\x02", central_header(archive) + 1);
  overwrite(archive, second + 42, std::string(4, '\0'));
  EXPECT_NE(refusal(archive).find("contradict"), std::string::npos);  // the local header has the other name
  overwrite(archive, second + 46, "a");
  EXPECT_EQ(refusal(archive), "zip: the name stands twice in the archive: a");
  // A local header inside the data of the entry in front of it.
  const std::string inner = one("in");
  const std::string inner_local = inner.substr(0, central_header(inner));
  std::string outer = write_zip({{"all", 0644, inner_local}, {"in", 0644, "data"}}, ZipMethod::stored);
  EXPECT_EQ(refusal(outer), "");
  const std::size_t at = outer.find("PK\x01\x02", central_header(outer) + 1);
  overwrite(outer, at + 42, std::string("\x21\0\0\0", 4));  // 30 + 3: where the data of "all" begins
  EXPECT_EQ(refusal(outer), "zip: the entry overlaps another one: in");
}

}  // namespace
}  // namespace s3dr::aws
