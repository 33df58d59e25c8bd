#include "cloud/process/installation.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "cloud/store/global_plane.h"

namespace s3dr::cloud {
namespace {

namespace fs = std::filesystem;

class InstallationTest : public ::testing::Test {
 protected:
  InstallationTest() {
    std::string name = (fs::temp_directory_path() / "s3dr installation 100% XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~InstallationTest() override { fs::remove_all(root_); }

  InstallationOptions options() const {
    InstallationOptions result;
    result.folder = root_ + "/cloud";
    result.regions = {s3::Region::parse("us-west-2"), s3::Region::parse("us-east-2")};
    result.port_base = 0;
    return result;
  }
  Installation open(const InstallationOptions& chosen) {
    return open_installation(chosen, *clock_, *random_);
  }

  static unsigned mode(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  }

  std::string root_;
  std::unique_ptr<Clock> clock_ = make_real_clock();
  std::unique_ptr<Random> random_ = make_seeded_random(7);
};

TEST_F(InstallationTest, AFolderThatIsOpenToOthersIsRefused) {
  fs::create_directory(root_ + "/cloud");
  for (const auto perms : {0777U, 0755U, 0750U, 0701U}) {
    ASSERT_EQ(::chmod((root_ + "/cloud").c_str(), perms), 0);
    try {
      open(options());
      FAIL() << perms;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_NE(std::string(error.what()).find("open to other users"), std::string::npos) << error.what();
      EXPECT_NE(error.advice().find("chmod 700"), std::string::npos);
    }
  }
  ASSERT_EQ(::chmod((root_ + "/cloud").c_str(), 0700), 0);
  const Installation made = open(options());
  ASSERT_EQ(::chmod((root_ + "/cloud").c_str(), 0755), 0);
  EXPECT_THROW(read_installation(made.folder), Error) << "nor later";
}

// Keys, bucket names and data: nothing is for other users, whatever the umask is.
TEST_F(InstallationTest, EveryFileIsItsOwnersAlone) {
  const mode_t before = ::umask(0);
  const Installation made = open(options());
  const auto storage = make_global_storage(made);
  {
    const GlobalPlane global(*storage);
  }
  make_region_folder(made, made.regions.at(0).region);
  ::umask(before);
  int seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(made.folder)) {
    EXPECT_EQ(mode(entry.path().string()) & 077U, 0U) << entry.path();
    ++seen;
  }
  EXPECT_GE(seen, 10);
  EXPECT_EQ(mode(made.folder), 0700U);
  // What an older version left open is closed.
  const std::string database = made.folder + "/global/global.sqlite";
  ASSERT_EQ(::chmod(database.c_str(), 0644), 0);
  {
    const GlobalPlane global(*storage);
  }
  EXPECT_EQ(mode(database), 0600U);
}

TEST_F(InstallationTest, AnInstallationRemembersWhetherItMakesTrails) {
  EXPECT_TRUE(open(options()).trail);
  EXPECT_TRUE(read_installation(root_ + "/cloud").trail);
  InstallationOptions without = options();
  without.folder = root_ + "/without";
  without.trail = false;
  open(without);
  EXPECT_FALSE(read_installation(root_ + "/without").trail);
}

TEST_F(InstallationTest, PortsCountFromTheBase) {
  InstallationOptions chosen = options();
  chosen.serve_address = "127.0.0.1:9180";
  for (chosen.port_base = 20'000; chosen.port_base < 32'000; chosen.port_base += 400) {
    try {
      const Installation made = open(chosen);
      ASSERT_EQ(made.regions.size(), 2U);
      EXPECT_EQ(made.regions[0].http, chosen.port_base);
      EXPECT_EQ(made.regions[0].https, chosen.port_base + 100);
      EXPECT_EQ(made.regions[1].http, chosen.port_base + 1);
      EXPECT_EQ(made.regions[1].internal, chosen.port_base + 201);
      EXPECT_EQ(made.serve_address, "127.0.0.1:9180");
      return;
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::unavailable)
          << error.what();  // somebody on this machine has one of them
    }
  }
  FAIL() << "no six free ports";
}

// A listening socket on that port; 0: on a free one, which `port` then says.
int listen_on(std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t length = sizeof address;
  EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(listener, 1), 0);
  EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  port = ntohs(address.sin_port);
  return listener;
}

TEST_F(InstallationTest, ATakenPortIsRefusedBeforeAnythingIsMade) {
  InstallationOptions taken = options();
  taken.port_base = 0;
  const int listener = listen_on(taken.port_base);
  try {
    open(taken);
    ADD_FAILURE() << "a port in use was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_NE(std::string(error.what()).find(std::to_string(taken.port_base)), std::string::npos)
        << error.what();
  }
  ::close(listener);
  taken.port_base = 0;  // the folder is as good as new
  EXPECT_NE(open(taken).regions[0].http, 0);
}

TEST_F(InstallationTest, OtherPortsAreChosenWhereTheDefaultsAreTaken) {
  InstallationOptions chosen = options();
  chosen.ports_given = false;
  chosen.port_base = 0;
  const int listener = listen_on(chosen.port_base);  // somebody else's from now on
  chosen.serve_address = "127.0.0.1:" + std::to_string(chosen.port_base);
  const Installation made = open(chosen);
  std::set<std::uint16_t> ports{Endpoint::parse("http://" + made.serve_address).port};
  for (const RegionPorts& region : made.regions) ports.insert({region.http, region.https, region.internal});
  EXPECT_EQ(ports.size(), 7U);
  EXPECT_FALSE(ports.contains(chosen.port_base));
  EXPECT_FALSE(ports.contains(0));
  EXPECT_NE(read_text_file(made.serve_config_path()).find(made.serve_address), std::string::npos);
  ::close(listener);
}

TEST_F(InstallationTest, FreePortsDiffer) {
  InstallationOptions chosen = options();
  chosen.serve_address = "127.0.0.1:0";
  const Installation made = open(chosen);
  std::set<std::uint16_t> ports;
  for (const RegionPorts& region : made.regions) ports.insert({region.http, region.https, region.internal});
  EXPECT_EQ(ports.size(), 6U);
  EXPECT_FALSE(ports.contains(0));
  EXPECT_FALSE(made.serve_address.ends_with(":0"));
}

// As an outgoing connection or a careless server would: without SO_REUSEADDR.
bool can_bind(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool bound = ::bind(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(handle);
  return bound;
}

TEST_F(InstallationTest, AnOpenedOneHoldsItsPortsAndTheControllers) {
  InstallationOptions chosen = options();
  chosen.serve_address = "127.0.0.1:0";
  std::set<std::uint16_t> ports;
  const auto learn = [&](const Installation& of) {
    for (const RegionPorts& region : of.regions) ports.insert({region.http, region.https, region.internal});
    ports.insert(Endpoint::parse("http://" + of.serve_address).port);
  };
  {
    const Installation made = open(chosen);
    learn(made);
    for (const std::uint16_t port : ports) EXPECT_FALSE(can_bind(port)) << port;
  }
  const Installation again = open(chosen);
  for (const std::uint16_t port : ports) EXPECT_FALSE(can_bind(port)) << port;
  EXPECT_EQ(read_installation(again.folder).held_ports, nullptr);
}

TEST_F(InstallationTest, WhatIsSecretIsReadableByItsOwnerAlone) {
  const Installation made = open(options());
  EXPECT_EQ(mode(made.folder), 0700U);
  EXPECT_EQ(mode(made.credentials_path()), 0600U);
  EXPECT_EQ(mode(made.private_key_path()), 0600U);
  EXPECT_EQ(mode(made.event_secret_path()), 0600U);
  EXPECT_EQ(mode(made.folder + "/global"), 0700U);
}

TEST_F(InstallationTest, ASecondOpeningKeepsEverything) {
  const Installation first = open(options());
  const std::string credentials = read_text_file(first.credentials_path());
  InstallationOptions other = options();
  other.port_base = 20000;
  const Installation second = open(other);
  EXPECT_EQ(second.regions[0].http, first.regions[0].http);
  EXPECT_EQ(read_text_file(second.credentials_path()), credentials);
  EXPECT_EQ(second.accounts, first.accounts);
}

TEST_F(InstallationTest, OtherRegionsAreRefusedWhenAskedFor) {
  open(options());
  InstallationOptions other = options();
  other.regions = {s3::Region::parse("eu-west-1"), s3::Region::parse("us-east-2")};
  EXPECT_THROW(open(other), Error);
  other.regions_given = false;
  EXPECT_EQ(open(other).regions[0].region.text(), "us-west-2");
}

TEST_F(InstallationTest, TheKeysOfTheProfilesAreKnownToTheGlobalPlane) {
  const Installation made = open(options());
  const std::string credentials = read_text_file(made.credentials_path());
  const auto begin = credentials.find("AKIA");
  ASSERT_NE(begin, std::string::npos);
  const auto storage = make_global_storage(made);
  GlobalPlane global(*storage);
  const auto key = global.find_access_key(credentials.substr(begin, 20));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->account, made.accounts[0]);
  EXPECT_NE(credentials.find(key->secret_access_key.reveal()), std::string::npos);
}

TEST_F(InstallationTest, ARelativeFolderBecomesAbsolute) {
  const fs::path before = fs::current_path();
  fs::current_path(root_);
  InstallationOptions chosen = options();
  chosen.folder = "near/";
  const Installation made = open(chosen);
  fs::current_path(before);
  EXPECT_EQ(made.folder, fs::path(root_) / "near");
  EXPECT_EQ(read_installation(made.folder).folder, made.folder);
}

// The configuration is for the first two: it refuses an endpoint of a region that is neither side.
TEST_F(InstallationTest, TheConfigurationNamesTheEndpointsOfItsTwoSidesAlone) {
  InstallationOptions chosen = options();
  chosen.regions.push_back(s3::Region::parse("eu-west-1"));
  const std::string text = read_text_file(open(chosen).serve_config_path());
  EXPECT_NE(text.find("  us-east-2: http://"), std::string::npos) << text;
  EXPECT_EQ(text.find("eu-west-1"), std::string::npos) << text;
}

TEST_F(InstallationTest, OneRegionIsTooFew) {
  InstallationOptions chosen = options();
  chosen.regions.pop_back();
  EXPECT_THROW(open(chosen), Error);
  EXPECT_FALSE(fs::exists(chosen.folder + "/installation.json"));
}

TEST_F(InstallationTest, NoInstallationIsNotFoundAndABrokenOneCorrupt) {
  const auto kind_of = [](const std::string& folder) {
    try {
      read_installation(folder);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::cancelled;
  };
  EXPECT_EQ(kind_of(root_), ErrorKind::not_found);
  std::ofstream(root_ + "/installation.json") << "{\"regions\": 1}";
  EXPECT_EQ(kind_of(root_), ErrorKind::corrupt);
}

}  // namespace
}  // namespace s3dr::cloud
