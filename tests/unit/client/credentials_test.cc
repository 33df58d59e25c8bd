#include "client/credentials.h"
#include "client/credentials/local_settings.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/error.h"

namespace s3dr::client {
namespace {

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "s3dr-credentials-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    variables["AWS_SHARED_CREDENTIALS_FILE"] = path("credentials");
    variables["AWS_CONFIG_FILE"] = path("config");
  }
  ~CredentialsTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(path(name)) << text;
    ::chmod(path(name).c_str(), 0600);
  }
  CredentialChoice choice(std::optional<std::string> profile = std::nullopt) {
    CredentialChoice result;
    result.profile = std::move(profile);
    result.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(std::string(name));
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
    return result;
  }
  LocalSettings read(std::optional<std::string> profile = std::nullopt) {
    return read_local_settings(choice(std::move(profile)));
  }
  Error refusal(std::optional<std::string> profile = std::nullopt) {
    try {
      (void)read(std::move(profile));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return Error(ErrorKind::invalid, "none");
  }

  std::map<std::string, std::string> variables;

 private:
  std::string folder_;
};

constexpr const char* two_profiles =
    "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = canary-1\n"
    "[work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = canary-2\naws_session_token = canary-3\n";

TEST_F(CredentialsTest, RegionIsExplicitThenEnvironmentThenProfile) {
  write("credentials", two_profiles);
  write("config", "[profile work]\nregion = us-west-2\n");
  EXPECT_EQ(read("work").region->text(), "us-west-2");
  EXPECT_FALSE(read().region);
  variables["AWS_DEFAULT_REGION"] = "eu-west-1";
  EXPECT_EQ(read("work").region->text(), "eu-west-1");
  variables["AWS_REGION"] = "eu-west-2";
  EXPECT_EQ(read("work").region->text(), "eu-west-2");
  CredentialChoice with_region = choice("work");
  with_region.region = "eu-west-3";
  EXPECT_EQ(read_local_settings(with_region).region->text(), "eu-west-3");
}

TEST_F(CredentialsTest, SaysWhereItLookedForAProfile) {
  const Error missing = refusal("absent");
  EXPECT_EQ(missing.resource(), path("credentials"));
  EXPECT_NE(missing.message().find(path("config")), std::string::npos);
  EXPECT_NE(missing.advice().find("[absent]"), std::string::npos);
}

TEST_F(CredentialsTest, RefusesHalfAPairBrokenFilesAndFolders) {
  write("credentials", "[default]\naws_access_key_id = AKID\n");
  EXPECT_EQ(refusal().kind(), ErrorKind::invalid);
  write("credentials", "[default\naws_secret_access_key = canary-5\n");
  const Error broken = refusal();
  EXPECT_EQ(broken.kind(), ErrorKind::invalid);
  EXPECT_EQ((std::string(broken.what()) + broken.advice()).find("canary"), std::string::npos);
  std::filesystem::remove(path("credentials"));
  std::filesystem::create_directory(path("credentials"));
  EXPECT_EQ(refusal().resource(), path("credentials"));
}

TEST_F(CredentialsTest, WarnsOfKeysThatOthersCanRead) {
  write("credentials", two_profiles);
  EXPECT_TRUE(read().warnings.empty());
  ::chmod(path("credentials").c_str(), 0644);
  ASSERT_EQ(read().warnings.size(), 1u);
  EXPECT_NE(read().warnings[0].find("chmod 600"), std::string::npos);
}

}  // namespace
}  // namespace s3dr::client
