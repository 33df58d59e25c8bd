// From the configuration and the options to the settings of a deployment: nothing is ignored, and nothing comes
// from the shell.
#include "app/deploy_access.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/command.h"
#include "app/destroy_confirmation.h"

namespace s3dr::app {
namespace {

Config config_of(const std::string& more = "") {
  return parse_config(
      "source: {region: us-west-2, account: \"111122223333\"}\n"
      "destination: {region: us-east-2, account: \"111122223333\"}\n" +
          more,
      "s3dr.yaml");
}

TEST(DeploySettings, RolesOfTheConfigurationAreMadeUnderTheirNames) {
  const deploy::Settings plain = deploy_settings({}, config_of(), false);
  EXPECT_EQ(plain.name_prefix, "s3dr");
  EXPECT_EQ(plain.replication_role + plain.batch_role, "") << "as the prefix has them";
  const deploy::Settings named = deploy_settings(
      {}, config_of("name_prefix: dr-2\nreplication_role: arn:aws:iam::111122223333:role/of-s3\n"), false);
  EXPECT_EQ(named.name_prefix, "dr-2");
  EXPECT_EQ(named.replication_role, "of-s3");
  EXPECT_EQ(named.batch_role, "");
  DeployOptions options;
  options.name_prefix = "dr-3";
  EXPECT_EQ(deploy_settings(options, config_of("name_prefix: dr-2\n"), false).name_prefix, "dr-3");
}

TEST(DeploySettings, RolesThatCannotBeMadeAreRefused) {
  for (const char* role :
       {"arn:aws:iam::111122223333:role/team/of-s3", "arn:aws-cn:iam::111122223333:role/of-s3"}) {
    const Config config = config_of("batch_role: " + std::string(role) + "\n");
    EXPECT_THROW(deploy_settings({}, config, false), UsageError) << role;
  }
}

// With AWS_CA_BUNDLE in the plan, the same configuration would make another function for each person's shell.
TEST(DeploySettings, OnlyTheConfigurationsAuthoritiesReachTheFunctions) {
  const std::string path = testing::TempDir() + "deploy_access_ca.pem";
  std::ofstream(path) << "the authorities";
  const std::string endpoints = "endpoints: {us-west-2: \"https://127.0.0.1:9201\"}\n";
  ::setenv("AWS_CA_BUNDLE", path.c_str(), 1);
  EXPECT_EQ(deploy_settings({}, config_of(endpoints), false).ca_pem, "");
  EXPECT_EQ(deploy_settings({}, config_of(endpoints + "ca_bundle: " + path + "\n"), false).ca_pem,
            "the authorities");
  ::unsetenv("AWS_CA_BUNDLE");
  std::filesystem::remove(path);
}

TEST(DestroyConfirmation, NamesWhatIsProtectedAndWhatIsNotKnown) {
  EXPECT_EQ(destroy_warning({}, false), "");
  const std::string text = destroy_warning({{"photos (protected)"}, "AccessDenied"}, true);
  for (const char* part : {"photos (protected)", "remove their tags first", "AccessDenied", "all records"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(DestroyConfirmation, OnlyThePrefixItselfIsAYes) {
  for (const char* answer : {"", "\n", "yes\n", "s3dr-2\n", "S3DR\n"}) {
    std::istringstream typed(answer);
    EXPECT_THROW(require_typed_prefix(typed, "s3dr"), UsageError) << answer;
  }
  std::istringstream typed("s3dr\n");
  EXPECT_NO_THROW(require_typed_prefix(typed, "s3dr"));
}

}  // namespace
}  // namespace s3dr::app
