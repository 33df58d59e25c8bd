#include "app/function_package.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "app/command.h"
#include "app/program_image.h"
#include "aws/zip.h"

namespace s3dr::app {
namespace {
namespace fs = std::filesystem;

std::string elf(Elf64_Half machine, bool with_interpreter) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = machine;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 2;
  Elf64_Phdr segments[2]{};
  segments[0].p_type = PT_LOAD;
  segments[1].p_type = with_interpreter ? PT_INTERP : PT_NOTE;
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  return bytes.append(reinterpret_cast<const char*>(segments), sizeof segments);
}

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("s3dr-package-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

std::string why_refused(const std::string& file) {
  try {
    find_package({file, "x86_64", false});
  } catch (const UsageError& error) {
    return error.message();
  }
  return "taken";
}

TEST(ProgramImage, SaysProcessorAndLinking) {
  EXPECT_EQ(read_program_image(elf(EM_X86_64, true))->architecture, "x86_64");
  EXPECT_FALSE(read_program_image(elf(EM_X86_64, true))->is_static);
  EXPECT_TRUE(read_program_image(elf(EM_X86_64, false))->is_static);
  EXPECT_EQ(read_program_image(elf(EM_AARCH64, false))->architecture, "arm64");
  EXPECT_EQ(read_program_image(elf(EM_386, false))->architecture, "machine 3");
}

TEST(ProgramImage, WhatIsNoProgramOrCutOffIsNone) {
  EXPECT_FALSE(read_program_image(""));
  EXPECT_FALSE(read_program_image("#!/bin/sh\n"));
  const std::string whole = elf(EM_X86_64, true);
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(read_program_image(whole.substr(0, length))) << length;
}

TEST(FunctionPackage, PacksTheProgramWithTheAuthoritiesTheSameWayEachTime) {
  const Folder folder;
  const std::string program = folder.write("program", elf(EM_X86_64, true));
  const FunctionPackage once = pack_program(program), twice = pack_program(program);
  EXPECT_EQ(once.zip, twice.zip);
  EXPECT_EQ(once.kind, "dynamically linked x86_64");
  const auto entries = aws::read_zip(once.zip, {10, 1U << 24U});
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0], (aws::ZipEntry{"bootstrap", 0755, elf(EM_X86_64, true)}));
  EXPECT_EQ(entries[1].name, "ca-certificates.crt");
  EXPECT_NE(entries[1].data.find("BEGIN CERTIFICATE"), std::string::npos);
  EXPECT_EQ(find_package({folder.write("a.zip", once.zip), "x86_64", false}).kind, once.kind);
}

TEST(FunctionPackage, RefusesWhatLambdaWouldNotTake) {
  const Folder folder;
  EXPECT_NE(why_refused("/nonexistent/a.zip").find("No such file"), std::string::npos);
  EXPECT_NE(why_refused(folder.write("text", "PK no, this is a text")).find("it is not a zip"),
            std::string::npos);
  EXPECT_NE(why_refused(folder.write("big", std::string((50U << 20U) + 1, 'x'))).find("50 MiB"),
            std::string::npos);
}

TEST(FunctionPackage, OnThisMachineMeansAllRegionsAreLoopback) {
  Config config;
  config.source.region = s3::Region::parse("us-west-2");
  config.protections.resize(1);
  config.protections[0].destination.region = s3::Region::parse("us-east-2");
  EXPECT_FALSE(is_on_this_machine(config)) << "AWS";
  config.endpoints = client::EndpointMap::parse("us-west-2=http://127.0.0.1:9101");
  EXPECT_FALSE(is_on_this_machine(config)) << "one of two";
  const s3::Region destination = config.protections[0].destination.region;
  config.endpoints.set(destination, Endpoint::parse("https://a.localhost:9202"));
  EXPECT_TRUE(is_on_this_machine(config));
  config.protections.push_back(config.protections[0]);
  config.protections[1].destination.region = s3::Region::parse("eu-west-1");
  EXPECT_FALSE(is_on_this_machine(config)) << "a further destination";
  config.protections.pop_back();
  config.endpoints.set(destination, Endpoint::parse("https://s3.example.com"));
  EXPECT_FALSE(is_on_this_machine(config));
}

}  // namespace
}  // namespace s3dr::app
