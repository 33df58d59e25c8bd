#include "client/credentials/credential_chain.h"

#include "credential_fixture.h"

namespace s3dr::client {
namespace {

class CredentialChainTest : public CredentialTest {
 protected:
  // "method id", or the kind of the refusal.
  std::string outcome(std::optional<std::string> profile = std::nullopt) {
    try {
      const auto source = chosen(std::move(profile));
      return source->method() + " " + run(source->fetch()).keys.access_key_id;
    } catch (const Error& error) {
      return std::string(to_string(error.kind()));
    }
  }
};

std::string keys(const std::string& profile, const std::string& id) {
  return "[" + profile + "]\naws_access_key_id = " + id + "\naws_secret_access_key = canary-1\n";
}

TEST_F(CredentialChainTest, EnvironmentBeatsProfilesSaveForOneNamedOnPurpose) {
  write("credentials", keys("default", "AKIDDEFAULT") + keys("work", "AKIDWORK"));
  variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "canary-4";
  variables["AWS_PROFILE"] = "work";
  EXPECT_EQ(outcome(), "env AKIDENV");
  EXPECT_EQ(outcome("default"), "shared-credentials-file AKIDDEFAULT");
  variables.erase("AWS_ACCESS_KEY_ID");
  variables.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(outcome(), "shared-credentials-file AKIDWORK");
}

TEST_F(CredentialChainTest, WithinAProfileTheOrderIsFixed) {
  const auto real_clock = make_real_clock();
  ticking = real_clock.get();
  const std::string process =
      "credential_process = printf '{\"Version\":1,\"AccessKeyId\":\"AKIDPROCESS\","
      "\"SecretAccessKey\":\"canary-2\"}'\n";
  write("config", keys("profile work", "AKIDCONFIG"));
  EXPECT_EQ(outcome("work"), "config-file AKIDCONFIG");
  write("config", keys("profile work", "AKIDCONFIG") + process);
  EXPECT_EQ(outcome("work"), "custom-process AKIDPROCESS");
  write("credentials", keys("work", "AKIDFILE"));
  EXPECT_EQ(outcome("work"), "shared-credentials-file AKIDFILE");
  write("token", "canary-token");
  write("config", "[profile work]\nrole_arn = arn:aws:iam::111122223333:role/x\nweb_identity_token_file = " +
                      path("token") + "\n" + process);
  transport.answer(200, role_answer("AssumeRoleWithWebIdentity", "ASIAWEB"));
  EXPECT_EQ(outcome("work"), "assume-role-with-web-identity ASIAWEB");
}

TEST_F(CredentialChainTest, ContainersAndInstancesComeLast) {
  EXPECT_EQ(outcome(), "invalid");
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/role";
  transport.answer(200, document("ASIACONTAINER"));
  EXPECT_EQ(outcome(), "container-role ASIACONTAINER");
  variables["AWS_EC2_METADATA_DISABLED"] = "false";
  transport.answer(200, document("ASIACONTAINER"));
  EXPECT_EQ(outcome(), "container-role ASIACONTAINER");
  variables.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  transport.answer(200, "session").answer(200, "role").answer(200, document("ASIAINSTANCE"));
  EXPECT_EQ(outcome(), "iam-role ASIAINSTANCE");
  write("credentials", keys("default", "AKIDFILE"));
  EXPECT_EQ(outcome(), "shared-credentials-file AKIDFILE");
}

TEST_F(CredentialChainTest, RolesAreAssumedWithTheirSource) {
  write("credentials", keys("base", "AKIDBASE"));
  write("config",
        "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\nexternal_id = "
        "ext\n"
        "role_session_name = me\nduration_seconds = 900\n"
        "[profile second]\nrole_arn = arn:aws:iam::444455556666:role/y\nsource_profile = role\n");
  transport.answer(200, role_answer("AssumeRole", "ASIAX")).answer(200, role_answer("AssumeRole", "ASIAY"));
  EXPECT_EQ(outcome("second"), "assume-role ASIAY");
  ASSERT_EQ(transport.count(), 2u);
  const auto& first = transport.sent()[0];
  EXPECT_EQ(first.endpoint.url(), "https://sts.eu-west-1.amazonaws.com");
  EXPECT_EQ(first.body,
            "Action=AssumeRole&Version=2011-06-15&DurationSeconds=900&ExternalId=ext&"
            "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fx&RoleSessionName=me");
  EXPECT_NE(first.header("Authorization").find("Credential=AKIDBASE/"), std::string::npos);
  EXPECT_NE(transport.last().header("Authorization").find("Credential=ASIAX/"), std::string::npos);
  EXPECT_EQ(transport.last().header("x-amz-security-token"), "canary-t");
  EXPECT_NE(transport.last().body.find("RoleSessionName=s3dr-"), std::string::npos);
}

TEST_F(CredentialChainTest, AProfileMayBeItsOwnSourceButCirclesAreRefused) {
  const std::string role = "role_arn = arn:aws:iam::111122223333:role/x\nsource_profile = ";
  write("config", keys("profile self", "AKIDSELF") + role + "self\n" + "[profile a]\n" + role +
                      "b\n[profile b]\n" + role + "a\n[profile alone]\n" + role + "alone\n[profile lost]\n" +
                      role + "nobody\n");
  transport.answer(200, role_answer("AssumeRole", "ASIAX"));
  EXPECT_EQ(outcome("self"), "assume-role ASIAX");
  for (const char* name : {"a", "b", "alone", "lost"}) {
    const Error error = refusal(name);
    EXPECT_EQ(error.kind(), ErrorKind::invalid) << name;
    EXPECT_EQ(error.resource(), path("config"));
  }
}

TEST_F(CredentialChainTest, RolesNeedExactlyOneSourceAndNoMfa) {
  const std::string role = "role_arn = arn:aws:iam::111122223333:role/x\n";
  write("config", "[profile none]\n" + role + "[profile both]\n" + role +
                      "source_profile = none\ncredential_source = Environment\n[profile odd]\n" + role +
                      "credential_source = Thermostat\n[profile env]\n" + role +
                      "credential_source = Environment\n[profile mfa]\n" + role +
                      "credential_source = Environment\nmfa_serial = arn:x\n[profile short]\n" + role +
                      "credential_source = Environment\nduration_seconds = 12\n");
  EXPECT_EQ(outcome("none"), "invalid");
  EXPECT_EQ(outcome("both"), "invalid");
  EXPECT_EQ(outcome("odd"), "invalid");
  EXPECT_EQ(outcome("env"), "invalid");  // there are none
  EXPECT_EQ(outcome("mfa"), "unsupported");
  variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "canary-4";
  EXPECT_EQ(outcome("short"), "invalid");
  transport.answer(200, role_answer("AssumeRole", "ASIAX"));
  EXPECT_EQ(outcome("env"), "assume-role ASIAX");
  EXPECT_NE(transport.last().header("Authorization").find("Credential=AKIDENV/"), std::string::npos);
}

TEST_F(CredentialChainTest, StsIsAskedWhereTheSettingsSay) {
  write("credentials", keys("base", "AKIDBASE"));
  write(
      "config",
      "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\nservices = mine\n"
      "endpoint_url = http://127.0.0.1:4\n[services mine]\nsts =\n  endpoint_url = http://127.0.0.1:3\n");
  const auto asked = [&] {
    transport.answer(200, role_answer("AssumeRole", "ASIAX"));
    EXPECT_EQ(outcome("role"), "assume-role ASIAX");
    return transport.last().endpoint.url();
  };
  EXPECT_EQ(asked(), "http://127.0.0.1:3");
  variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:2";
  EXPECT_EQ(asked(), "http://127.0.0.1:2");
  variables["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1";
  EXPECT_EQ(asked(), "http://127.0.0.1:1");
  variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(asked(), "https://sts.eu-west-1.amazonaws.com");
  endpoints = EndpointMap::parse("eu-west-1=http://127.0.0.1:9");
  EXPECT_EQ(asked(), "http://127.0.0.1:9");
}

TEST_F(CredentialChainTest, WhatStsRefusesNamesTheRole) {
  write("credentials", keys("base", "AKIDBASE"));
  write("config", "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n");
  transport.answer(
      403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>");
  const Error denied = refusal("role");
  EXPECT_EQ(denied.kind(), ErrorKind::denied);
  EXPECT_EQ(denied.resource(), "arn:aws:iam::111122223333:role/x");
  transport.answer(200, "<html>canary-1</html>");
  EXPECT_EQ(refusal("role").kind(), ErrorKind::corrupt);
}

TEST_F(CredentialChainTest, WebIdentityReadsTheTokenAnewAndKeepsItSecret) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = path("token");
  EXPECT_EQ(refusal().kind(), ErrorKind::invalid);  // no role
  variables["AWS_ROLE_ARN"] = "arn:aws:iam::111122223333:role/x";
  variables["AWS_ROLE_SESSION_NAME"] = "pod";
  EXPECT_EQ(refusal().resource(), path("token"));  // no file
  write("token", "canary-token-1\n");
  const auto source = chosen();
  transport.answer(200, role_answer("AssumeRoleWithWebIdentity", "ASIA1"));
  EXPECT_EQ(run(source->fetch()).keys.access_key_id, "ASIA1");
  EXPECT_NE(transport.last().body.find("RoleSessionName=pod&WebIdentityToken=canary-token-1"),
            std::string::npos);
  EXPECT_EQ(transport.last().header("Authorization"), "(absent)");
  write("token", "canary-token-2");
  transport.answer(200, role_answer("AssumeRoleWithWebIdentity", "ASIA2"));
  EXPECT_EQ(run(source->fetch()).keys.access_key_id, "ASIA2");
  EXPECT_TRUE(transport.last().body.ends_with("canary-token-2"));
  transport.answer(400,
                   "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>canary-token-2 is bad"
                   "</Message></Error></ErrorResponse>");
  EXPECT_EQ(refusal().kind(), ErrorKind::denied);
  write("token", "canary\nheader: x");
  EXPECT_EQ(refusal().kind(), ErrorKind::invalid);
}

TEST_F(CredentialChainTest, AProfileThatWasAskedForMustExist) {
  const Error missing = refusal("absent");
  EXPECT_EQ(missing.resource(), path("credentials"));
  EXPECT_NE(missing.message().find(path("config")), std::string::npos);
  variables["AWS_PROFILE"] = "absent";
  variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "canary-4";
  EXPECT_EQ(outcome(), "invalid");
}

TEST_F(CredentialChainTest, SaysWhereItLookedAndWhatToDo) {
  const Error error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::invalid);
  EXPECT_NE(error.message().find(path("credentials")), std::string::npos);
  EXPECT_NE(error.advice().find("AWS_ACCESS_KEY_ID"), std::string::npos);
}

TEST_F(CredentialChainTest, TheProviderReadsTheFilesAgainAfterARenewal) {
  write("credentials", keys("default", "AKIDDEFAULT"));
  const auto provider = make_credentials(choice(), endpoints, tools());
  EXPECT_EQ(run(provider->get()).access_key_id, "AKIDDEFAULT");
  write("credentials", keys("default", "AKIDNEW"));
  EXPECT_EQ(run(provider->get()).access_key_id, "AKIDDEFAULT");
  EXPECT_TRUE(provider->renew());
  EXPECT_EQ(run(provider->get()).access_key_id, "AKIDNEW");
}

}  // namespace
}  // namespace s3dr::client
