// Containers, instances and the SSO portal: who is asked, with what, and who is not.
#include "aws/hash.h"
#include "client/credentials/container_credentials.h"
#include "client/credentials/instance_metadata.h"
#include "credential_fixture.h"

namespace s3dr::client {
namespace {

using ContainerTest = CredentialTest;

TEST_F(ContainerTest, AsksTheLinkLocalHostOrTheFullUrl) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:81/v1/keys?x=1";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "canary-a";
  transport.answer(500).answer(200, document("ASIA1"));
  const TimedCredentials found = run(chosen()->fetch());
  EXPECT_EQ(found.keys.access_key_id, "ASIA1");
  EXPECT_EQ(found.keys.session_token.reveal(), "canary-t");
  EXPECT_TRUE(found.expires.has_value());
  EXPECT_EQ(transport.last().endpoint.url(), "http://127.0.0.1:81");
  EXPECT_EQ(transport.last().target, "/v1/keys?x=1");
  EXPECT_EQ(transport.last().header("Authorization"), "canary-a");

  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/role";
  write("token", "canary-b");
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = path("token");
  const auto source = chosen();
  transport.answer(200, document("ASIA2")).answer(200, document("ASIA3"));
  run(source->fetch());
  EXPECT_EQ(transport.last().endpoint.url(), "http://169.254.170.2");
  EXPECT_EQ(transport.last().header("Authorization"), "canary-b");
  write("token", "canary-c");
  run(source->fetch());
  EXPECT_EQ(transport.last().header("Authorization"), "canary-c");
}

TEST_F(ContainerTest, SendsKeysNowhereElse) {
  for (const char* url : {"http://10.0.0.1/x", "http://example.com/x", "http://127.evil.example/x",
                          "http://localhost.example/x", "http://169.254.169.254/x", "http://u@127.0.0.1/x",
                          "ftp://127.0.0.1/x", "http://127.0.0.1:81/a b", ""}) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_EQ(refusal().kind(), ErrorKind::invalid) << url;
  }
  EXPECT_EQ(transport.count(), 0u);
  for (const char* url : {"https://example.com/x", "http://127.8.9.1:2/x", "http://localhost/x",
                          "http://169.254.170.23/x", "http://[fd00:ec2::23]/x", "http://[::1]:3"}) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    transport.answer(200, document("ASIA"));
    EXPECT_EQ(run(chosen()->fetch()).keys.access_key_id, "ASIA") << url;
  }
}

TEST_F(ContainerTest, RefusesTokensWithLineBreaksAndBrokenAnswers) {
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/role";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "canary\r\nx: y";
  EXPECT_EQ(refusal().kind(), ErrorKind::invalid);
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = path("absent");
  EXPECT_EQ(refusal().resource(), path("absent"));
  variables.erase("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  variables.erase("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  for (const char* text : {"canary", "[]", "{\"SecretAccessKey\":\"canary\"}", "{\"AccessKeyId\":\"x\"}",
                           R"({"AccessKeyId":"x","SecretAccessKey":"canary","Expiration":"canary"})"}) {
    transport.answer(200, text);
    EXPECT_EQ(refusal().kind(), ErrorKind::corrupt) << text;
  }
  transport.answer(403, "canary");
  EXPECT_EQ(refusal().kind(), ErrorKind::denied);
  for (int i = 0; i < 3; ++i) transport.fail(ErrorKind::unavailable);
  EXPECT_EQ(refusal().kind(), ErrorKind::unavailable);
}

class InstanceTest : public CredentialTest {
 protected:
  InstanceTest() { variables.erase("AWS_EC2_METADATA_DISABLED"); }
};

TEST_F(InstanceTest, OpensASessionAndAsksForTheRole) {
  transport.answer(200, "canary-session").answer(200, "my role\nother").answer(200, document("ASIA1"));
  const auto source = chosen();
  EXPECT_TRUE(source->is_statically_stable());
  EXPECT_EQ(run(source->fetch()).keys.access_key_id, "ASIA1");
  ASSERT_EQ(transport.count(), 3u);
  EXPECT_EQ(transport.sent()[0].method, "PUT");
  EXPECT_EQ(transport.sent()[0].target, "/latest/api/token");
  EXPECT_EQ(transport.sent()[0].endpoint.url(), "http://169.254.169.254");
  EXPECT_EQ(transport.sent()[0].header("X-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(transport.sent()[1].header("X-aws-ec2-metadata-token"), "canary-session");
  EXPECT_EQ(transport.last().target, "/latest/meta-data/iam/security-credentials/my%20role");
}

TEST_F(InstanceTest, NeverFallsBackToVersionOne) {
  for (const int status : {400, 403, 404, 405}) {
    transport.answer(status);
    EXPECT_EQ(refusal().kind(), ErrorKind::invalid);
  }
}

TEST_F(InstanceTest, TakesItsSettingsFromEnvironmentAndProfile) {
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = "IPv6";
  variables["AWS_METADATA_SERVICE_NUM_ATTEMPTS"] = "2";
  transport.fail(ErrorKind::unavailable).answer(200, "s").answer(200, "r").answer(200, document("ASIA1"));
  EXPECT_EQ(run(chosen()->fetch()).keys.access_key_id, "ASIA1");
  EXPECT_EQ(transport.last().endpoint.url(), "http://[fd00:ec2::254]");
  write("config", "[default]\nec2_metadata_service_endpoint = http://127.0.0.1:7/\n");
  transport.answer(200, "s").answer(200, "r").answer(200, document("ASIA2"));
  run(chosen()->fetch());
  EXPECT_EQ(transport.last().endpoint.url(), "http://127.0.0.1:7");
  variables["AWS_METADATA_SERVICE_NUM_ATTEMPTS"] = "many";
  EXPECT_EQ(refusal().kind(), ErrorKind::invalid);
  variables["AWS_EC2_METADATA_DISABLED"] = "TRUE";
  EXPECT_EQ(refusal().kind(), ErrorKind::invalid);
}

TEST_F(InstanceTest, ARoleWithoutCredentialsIsNoCredentials) {
  transport.answer(200, "s").answer(200, "r").answer(200, R"({"Code":"AssumeRoleUnauthorizedAccess"})");
  const Error none = refusal();
  EXPECT_EQ(none.kind(), ErrorKind::invalid);
  EXPECT_NE(none.message().find("no credentials"), std::string::npos);
  EXPECT_NE(none.message().find("169.254.169.254"), std::string::npos);
  transport.answer(200, "s").answer(200, "");
  EXPECT_EQ(refusal().kind(), ErrorKind::invalid);
}

TEST_F(InstanceTest, OnceItHasAnsweredItsFailuresAreItsOwn) {
  const auto source = chosen();
  transport.answer(200, "s").answer(200, "r").answer(200, document("ASIA1"));
  run(source->fetch());
  transport.fail(ErrorKind::unavailable);
  try {
    (void)run(source->fetch());
    ADD_FAILURE() << "no failure";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  }
}

class SsoTest : public CredentialTest {
 protected:
  void token(const std::string& key, const std::string& expires) {
    write(".aws/sso/cache/" + to_hex(aws::sha1(key)) + ".json",
          R"({"accessToken":"canary-bearer","expiresAt":")" + expires + R"("})");
  }
  std::string portal(const std::string& id) const {
    const auto milliseconds_left = (clock.now() + std::chrono::hours(1)).time_since_epoch().count();
    return R"({"roleCredentials":{"accessKeyId":")" + id +
           R"(","secretAccessKey":"canary-s","sessionToken":"canary-t","expiration":)" +
           std::to_string(milliseconds_left) + "}}";
  }
  const std::string profile =
      "[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin Role\n"
      "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n";
};

TEST_F(SsoTest, AsksThePortalWithTheCachedToken) {
  write("config", profile);
  token("corp", in(std::chrono::hours(1)));
  endpoints = EndpointMap::parse("us-east-1=http://127.0.0.1:9");  // a store's: must not get the token
  transport.answer(200, portal("ASIASSO"));
  const Instant expires = clock.now() + std::chrono::hours(1);
  const TimedCredentials found = run(chosen("sso")->fetch());
  EXPECT_EQ(found.keys.access_key_id, "ASIASSO");
  EXPECT_EQ(found.expires, expires);
  EXPECT_EQ(transport.last().endpoint.url(), "https://portal.sso.us-east-1.amazonaws.com");
  EXPECT_EQ(transport.last().target,
            "/federation/credentials?account_id=111122223333&role_name=Admin%20Role");
  EXPECT_EQ(transport.last().header("x-amz-sso_bearer_token"), "canary-bearer");
  EXPECT_EQ(transport.last().header("Authorization"), "(absent)");
}

TEST_F(SsoTest, OlderProfilesNameTheStartUrl) {
  write("config",
        "[profile sso]\nsso_account_id = 111122223333\nsso_role_name = r\nsso_region = us-east-1\n"
        "sso_start_url = https://corp.awsapps.com/start\n");
  token("https://corp.awsapps.com/start", in(std::chrono::hours(1)));
  variables["AWS_ENDPOINT_URL_SSO"] = "http://127.0.0.1:5";
  transport.answer(200, portal("ASIASSO"));
  run(chosen("sso")->fetch());
  EXPECT_EQ(transport.last().endpoint.url(), "http://127.0.0.1:5");
}

TEST_F(SsoTest, SaysWhenToLogInAgain) {
  write("config", profile);
  EXPECT_NE(refusal("sso").advice().find("aws sso login"), std::string::npos);
  token("corp", in(std::chrono::seconds(-1)));
  EXPECT_NE(refusal("sso").message().find("expired"), std::string::npos);
  token("corp", "canary");
  EXPECT_EQ(refusal("sso").kind(), ErrorKind::invalid);
  token("corp", in(std::chrono::hours(1)));
  transport.answer(401, R"({"message":"canary-bearer is over"})",
                   {{"x-amzn-ErrorType", "UnauthorizedException"}});
  const Error over = refusal("sso");
  EXPECT_EQ(over.kind(), ErrorKind::denied);
  EXPECT_NE(over.advice().find("aws sso login"), std::string::npos);
  transport.answer(200, "{}");
  EXPECT_EQ(refusal("sso").kind(), ErrorKind::corrupt);
}

TEST_F(SsoTest, RefusesProfilesThatAreNotWhole) {
  for (const char* config :
       {"[profile sso]\nsso_account_id = 1\nsso_role_name = r\nsso_session = absent\n",
        "[profile sso]\nsso_account_id = 1\nsso_role_name = r\nsso_region = us-east-1\n",
        "[profile sso]\nsso_account_id = 1\nsso_session = c\nsso_region = eu-west-1\nsso_role_name = r\n"
        "[sso-session c]\nsso_region = us-east-1\nsso_start_url = https://x\n"}) {
    write("config", config);
    EXPECT_EQ(refusal("sso").kind(), ErrorKind::invalid) << config;
  }
}

}  // namespace
}  // namespace s3dr::client
