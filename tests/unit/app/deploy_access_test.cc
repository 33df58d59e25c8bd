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

constexpr const char* two_protections =
    "source: {region: us-west-2, account: \"111122223333\"}\n"
    "protections:\n"
    "  - {name: near, destination: {region: us-east-2, account: \"111122223333\"}}\n"
    "  - name: vault\n"
    "    destination: {region: us-east-1, account: \"444455556666\"}\n"
    "    match_tags: {vault: \"yes\"}\n"
    "    replica_name: \"{bucket}-vault\"\n"
    "    control_bucket: their-records\n"
    "    delete_markers: false\n"
    "endpoints: {us-west-2: \"http://127.0.0.1:1\", us-east-1: \"http://127.0.0.1:2\"}\n";

TEST(DeploySettings, AllProtectionsOfTheConfigurationAreDeployed) {
  const deploy::Settings settings = deploy_settings({}, parse_config(two_protections, "s3dr.yaml"), false);
  ASSERT_EQ(settings.protections.size(), 2U);
  const deploy::Protection &near = settings.protections[0], &vault = settings.protections[1];
  EXPECT_EQ(near.name, "near");
  EXPECT_EQ(near.control_bucket.text(), "s3dr-control-111122223333-us-east-2");
  EXPECT_EQ(vault.name, "vault");
  EXPECT_EQ(vault.destination.account.text(), "444455556666");
  EXPECT_EQ(vault.match_tags, (std::vector<s3::Tag>{{"vault", "yes"}}));
  EXPECT_EQ(vault.replica_name_template, "{bucket}-vault");
  EXPECT_EQ(vault.control_bucket.text(), "their-records");
  EXPECT_FALSE(vault.rule.delete_markers);
  EXPECT_NE(settings.endpoints_json.find("us-east-1"), std::string::npos) << "of every destination";
}

TEST(DeploySettings, MoreProtectionsThanFitAreRefused) {
  std::string text = "source: {region: us-west-2, account: \"111122223333\"}\nprotections:\n";
  for (int i = 0; i < 120; ++i) {
    const std::string name = "team-" + std::to_string(i);
    text += "  - {name: " + name + ", match_tags: {dr: " + name +
            "}, destination: {region: us-east-2, account: \"111122223333\"}}\n";
  }
  try {
    deploy_settings({}, parse_config(text, "s3dr.yaml"), false);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("fit. Give the others a configuration"), std::string::npos)
        << error.what();
  }
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
