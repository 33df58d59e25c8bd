#include "aws/credentials.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace s3dr::aws {
namespace {

Profiles parse(std::string credentials, std::string config = "") {
  return parse_profiles({"~/.aws/credentials", std::move(credentials)}, {"~/.aws/config", std::move(config)});
}

TEST(Profiles, BothFilesAreOneProfile) {
  const Profiles profiles = parse(
      "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key=one two\n\n"
      "[s3dr-111122223333-us-west-2]\n# the cloud's\naws_access_key_id=AKIDCLOUD\n"
      "aws_secret_access_key = abc/+=#; def ; a comment\naws_session_token = token\r\nregion = us-west-2\n",
      "[default]\nregion = eu-west-1\noutput=json\n[profile s3dr-111122223333-us-west-2]\nregion=us-east-1\n"
      "ca_bundle = /tmp/ca.pem\n");
  const Profile* first = profiles.find("default");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->credentials->access_key_id, "AKIDDEFAULT");
  EXPECT_EQ(first->credentials->secret_access_key.reveal(), "one two");
  EXPECT_TRUE(first->credentials->session_token.empty());
  EXPECT_EQ(first->setting("region"), "eu-west-1");
  const Profile* second = profiles.find("s3dr-111122223333-us-west-2");
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->credentials->secret_access_key.reveal(), "abc/+=#; def");
  EXPECT_EQ(second->credentials->session_token.reveal(), "token");
  EXPECT_EQ(second->setting("region"), "us-west-2");  // the credentials file wins
  EXPECT_EQ(second->setting("ca_bundle"), "/tmp/ca.pem");
  EXPECT_EQ(profiles.find("other"), nullptr);
}

TEST(Profiles, SecretsAreNotAmongTheSettings) {
  const Profiles profiles = parse(
      "[a]\naws_access_key_id=AKID\naws_secret_access_key=CANARY1\naws_session_token=CANARY2\n"
      "aws_security_token=CANARY3\n");
  for (const auto& [name, value] : profiles.find("a")->settings) {
    EXPECT_EQ(value.find("CANARY"), std::string::npos) << name;
  }
}

TEST(Profiles, NestedBlocksAndNamedSections) {
  const Profiles profiles =
      parse("",
            "[profile p]\ns3 =\n  addressing_style = path\n  max_concurrent_requests = 5\n"
            "services = local\nregion = eu-west-1\n[services local]\ns3 =\n"
            "  endpoint_url = http://localhost:9101\n[sso-session s]\nsso_region = eu-west-1\n"
            "[plugins]\ncli_legacy = x\n[profile \"with blank\"]\nregion = a\n[bare]\nregion=b\n");
  const Profile* profile = profiles.find("p");
  ASSERT_NE(profile, nullptr);
  EXPECT_EQ(profile->setting("s3.addressing_style"), "path");
  EXPECT_EQ(profile->setting("s3.max_concurrent_requests"), "5");
  EXPECT_EQ(profile->setting("region"), "eu-west-1");
  EXPECT_EQ(profile->setting("s3"), std::nullopt);
  EXPECT_EQ(profiles.services.at("local").at("s3.endpoint_url"), "http://localhost:9101");
  EXPECT_EQ(profiles.sso_sessions.at("s").at("sso_region"), "eu-west-1");
  EXPECT_NE(profiles.find("with blank"), nullptr);
  EXPECT_EQ(profiles.find("bare"), nullptr);
  EXPECT_EQ(profiles.find("plugins"), nullptr);
}

struct BadFile {
  const char* text;
  const char* resource;
};

TEST(Profiles, ErrorsNameFileAndLine) {
  for (const BadFile& bad :
       {BadFile{"[a]\nnonsense\n", "~/.aws/credentials:2"}, BadFile{"region = x\n", "~/.aws/credentials:1"},
        BadFile{"\n\n[a\n", "~/.aws/credentials:3"}, BadFile{"[]\n", "~/.aws/credentials:1"},
        BadFile{"[a]\n= x\n", "~/.aws/credentials:2"}, BadFile{"[a]\n  b = x\n", "~/.aws/credentials:2"},
        BadFile{"[a]\naws_access_key_id = AKID\n", "~/.aws/credentials"},
        BadFile{"[a]\naws_secret_access_key = CANARY\n", "~/.aws/credentials"}}) {
    try {
      parse(bad.text);
      ADD_FAILURE() << "accepted: " << bad.text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_EQ(error.resource(), bad.resource);
      EXPECT_EQ(std::string(error.what()).find("CANARY"), std::string::npos);
    }
  }
}

EnvironmentLookup environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(Environment, Credentials) {
  EXPECT_FALSE(credentials_from_environment(environment({})).has_value());
  EXPECT_FALSE(credentials_from_environment(environment({{"AWS_ACCESS_KEY_ID", ""}})).has_value());
  const auto found = credentials_from_environment(environment(
      {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "secret"}, {"AWS_SECURITY_TOKEN", "older"}}));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->access_key_id, "AKID");
  EXPECT_EQ(found->secret_access_key.reveal(), "secret");
  EXPECT_EQ(found->session_token.reveal(), "older");
  EXPECT_THROW(credentials_from_environment(environment({{"AWS_ACCESS_KEY_ID", "AKID"}})), Error);
  EXPECT_THROW(credentials_from_environment(environment({{"AWS_SECRET_ACCESS_KEY", "s"}})), Error);
}

TEST(Environment, RegionAndProfile) {
  Profile profile;
  profile.settings["region"] = "from-profile";
  const auto both = environment({{"AWS_REGION", "r1"}, {"AWS_DEFAULT_REGION", "r2"}, {"AWS_PROFILE", "p1"}});
  EXPECT_EQ(choose_region("explicit", both, &profile), "explicit");
  EXPECT_EQ(choose_region(std::nullopt, both, &profile), "r1");
  EXPECT_EQ(choose_region(std::nullopt, environment({{"AWS_DEFAULT_REGION", "r2"}}), &profile), "r2");
  EXPECT_EQ(choose_region(std::nullopt, environment({}), &profile), "from-profile");
  EXPECT_EQ(choose_region(std::nullopt, environment({}), nullptr), std::nullopt);
  EXPECT_EQ(choose_profile(both), "p1");
  EXPECT_EQ(choose_profile(environment({})), "default");
}

}  // namespace
}  // namespace s3dr::aws
