#include "lambda/environment.h"

#include "base/error.h"
#include "lambda_fixture.h"

namespace s3dr::lambda {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

aws::EnvironmentLookup lookup(Variables variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

std::string refusal(const Variables& variables) {
  try {
    read_settings(lookup(variables));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
  return "(accepted)";
}

TEST(Environment, says_which_function_it_is_and_with_what_it_works) {
  auto variables = complete_environment("source_bucket_check");
  variables["S3DR_ENDPOINTS"] = R"({"us-west-2":"https://127.0.0.1:9201"})";
  variables["S3DR_LOG_LEVEL"] = "debug";
  variables["S3DR_LOOK_AGAIN_MS"] = "250";
  variables["S3DR_REPLICATE_DELETE_MARKERS"] = "false";
  variables["S3DR_RULE"] = R"({"prefix":"logs/","metrics":false})";
  variables["S3DR_SETTINGS"] = R"({"follow":{"cors":"ignore"},"repair":false})";
  const Settings settings = read_settings(lookup(variables));
  EXPECT_EQ(settings.function, dr::Function::source_bucket_check);
  EXPECT_EQ(settings.policy.source_region.text(), "us-west-2");
  EXPECT_EQ(settings.policy.match_tags, (s3::TagSet{{"dr", "true"}}));
  EXPECT_EQ(settings.policy.control_bucket.text(), "s3dr-control-111122223333-us-east-2");
  EXPECT_EQ(settings.policy.look_again, milliseconds(250));
  EXPECT_FALSE(settings.policy.rule.delete_markers);
  EXPECT_EQ(settings.policy.rule.prefix, "logs/");
  EXPECT_FALSE(settings.policy.rule.metrics);
  EXPECT_EQ(settings.policy.settings.follow.at(s3::SettingKind::cors), dr::Follow::ignore);
  EXPECT_FALSE(settings.policy.settings.repair);
  EXPECT_TRUE(settings.policy.settings.harden);
  EXPECT_EQ(settings.destination_topic, "arn:aws:sns:us-east-2:111122223333:destination");
  EXPECT_EQ(settings.endpoints.custom(settings.policy.source_region)->port, 9201);
  EXPECT_EQ(settings.credentials.session_token.reveal(), "canary-token-78");
  EXPECT_EQ(settings.log_level, LogLevel::debug);
}

TEST(Environment, the_regions_are_not_hard_coded) {
  auto variables = complete_environment("source_bucket_check");
  variables["S3DR_SOURCE_REGION"] = "eu-central-1";
  variables["S3DR_DESTINATION_REGION"] = "ap-southeast-4";
  const Settings settings = read_settings(lookup(variables));
  EXPECT_EQ(settings.policy.source_region.text(), "eu-central-1");
  EXPECT_EQ(settings.policy.destination_region.text(), "ap-southeast-4");
}

TEST(Environment, a_partition_other_than_aws_is_that_of_the_roles) {
  auto variables = complete_environment("enable_replication");
  variables["S3DR_REPLICATION_ROLE"] = "arn:aws-cn:iam::111122223333:role/replication";
  variables["S3DR_BATCH_ROLE"] = "arn:aws-cn:iam::111122223333:role/batch";
  EXPECT_EQ(read_settings(lookup(variables)).policy.partition, "aws-cn");
}

TEST(Environment, every_missing_variable_is_named_in_one_message) {
  const std::string why = refusal({});
  for (const auto& [name, value] : complete_environment("source_bucket_check")) {
    if (name == "AWS_SESSION_TOKEN" || name.ends_with("_TOPIC")) continue;  // which topic: see the function
    EXPECT_NE(why.find(name + ": missing"), std::string::npos) << name << " in " << why;
  }
}

TEST(Environment, each_variable_alone_is_missed_by_name) {
  for (const auto& [name, value] : complete_environment("source_bucket_check")) {
    if (name == "AWS_SESSION_TOKEN") continue;  // keys of a user have none
    for (const bool empty : {false, true}) {
      auto variables = complete_environment("source_bucket_check");
      variables.erase(name);
      if (empty) variables[name] = "";
      const std::string why = refusal(variables);
      EXPECT_NE(why.find(name + ": missing"), std::string::npos) << why;
      EXPECT_EQ(why.find("; "), why.rfind("; ")) << "only one problem: " << why;
    }
  }
}

TEST(Environment, a_function_needs_the_topics_it_publishes_to_and_no_other) {
  auto variables = complete_environment("destination_bucket_check");
  variables.erase("S3DR_DESTINATION_TOPIC");
  EXPECT_EQ(read_settings(lookup(variables)).enable_topic, "arn:aws:sns:us-west-2:111122223333:enable");
  variables.erase("S3DR_ENABLE_TOPIC");
  EXPECT_NE(refusal(variables).find("S3DR_ENABLE_TOPIC: missing"), std::string::npos);
  variables["S3DR_FUNCTION"] = "enable_replication";
  EXPECT_EQ(read_settings(lookup(variables)).function, dr::Function::enable_replication);
}

struct Malformed {
  const char* name;
  const char* value;
  const char* said;
};

TEST(Environment, a_malformed_variable_is_named_with_the_reason) {
  const Malformed table[] = {
      {"S3DR_FUNCTION", "bucket_check", "not source_bucket_check"},
      {"S3DR_SOURCE_REGION", "US West", "S3DR_SOURCE_REGION"},
      {"S3DR_SOURCE_ACCOUNT", "1234", "S3DR_SOURCE_ACCOUNT"},
      {"S3DR_DESTINATION_REGION", "us-west-2", "destination.region: the same as the source's"},
      {"S3DR_MATCH_TAGS", "dr=true", "not a JSON object"},
      {"S3DR_MATCH_TAGS", "[]", "not a JSON object"},
      {"S3DR_MATCH_TAGS", "{}", "empty"},
      {"S3DR_MATCH_TAGS", R"({"dr":true})", "is not a text"},
      {"S3DR_REPLICATION_ROLE", "replication", "not the ARN of an IAM role"},
      {"S3DR_BATCH_ROLE", "arn:aws:iam::111122223333:user/batch", "not the ARN of an IAM role"},
      {"S3DR_BATCH_ROLE", "arn:aws:iam::444455556666:role/batch", "batch_role: the role is in account"},
      {"S3DR_DESTINATION_TOPIC", "destination", "not the ARN of an SNS topic"},
      {"S3DR_ENABLE_TOPIC", "arn:aws:sqs:us-west-2:111122223333:enable", "not the ARN of an SNS topic"},
      {"S3DR_ENABLE_TOPIC", "arn:aws:sns::111122223333:enable", "S3DR_ENABLE_TOPIC"},
      {"S3DR_REMOTE_ROLE", "remote", "not the ARN of an IAM role"},
      {"S3DR_REMOTE_ROLE", "arn:aws:iam::444455556666:role/remote", "the other side is 111122223333"},
      {"S3DR_ENDPOINTS", R"({"us-west-2":"ftp://x"})", "S3DR_ENDPOINTS"},
      {"S3DR_CA_PEM", "canary", "holds no PEM certificate"},
      {"S3DR_CONTROL_BUCKET", "A", "S3DR_CONTROL_BUCKET"},
      {"S3DR_REPORTS_BUCKET", "x_y", "S3DR_REPORTS_BUCKET"},
      {"S3DR_REPLICA_NAMESPACE", "mine", "not global or account-regional"},
      {"S3DR_REPLICA_NAME", "fixed", "must contain {bucket}"},
      {"S3DR_STORE", "{\"kind\":\"ceph\"}", "S3DR_STORE"},
      {"S3DR_REPLICATE_DELETE_MARKERS", "maybe", "not true or false"},
      {"S3DR_RULE", R"({"prefixes":"a"})", "S3DR_RULE: rule: unknown field prefixes"},
      {"S3DR_RULE", R"({"storage_class":"COLD"})", "rule.storage_class"},
      {"S3DR_SETTINGS", R"({"follow":{"corz":"clone"}})", "S3DR_SETTINGS: "},
      {"S3DR_SETTINGS", "[]", "S3DR_SETTINGS: "},
      {"S3DR_SETTINGS", R"({"mappings":[{"from":"a**","to":"b"}]})",
       "settings.mappings: from: may hold one *"},
      {"S3DR_BACKFILL_ATTEMPTS_MAX", "0", "at least 1"},
      {"S3DR_LOOK_AGAIN_MS", "5s", "not a whole number"},
      {"S3DR_LOG_LEVEL", "loud", "not debug, info, warning or error"},
  };
  for (const Malformed& row : table) {
    auto variables = complete_environment("source_bucket_check");
    variables[row.name] = row.value;
    const std::string why = refusal(variables);
    EXPECT_NE(why.find(row.said), std::string::npos) << row.name << "=" << row.value << " → " << why;
  }
}

TEST(Environment, two_wrong_variables_are_told_at_once) {
  auto variables = complete_environment("source_bucket_check");
  variables.erase("S3DR_SOURCE_ACCOUNT");
  variables["S3DR_MATCH_TAGS"] = "dr";
  const std::string why = refusal(variables);
  EXPECT_NE(why.find("S3DR_SOURCE_ACCOUNT: missing"), std::string::npos);
  EXPECT_NE(why.find("S3DR_MATCH_TAGS: not a JSON object"), std::string::npos);
}

TEST(Environment, no_secret_stands_in_the_message) {
  auto variables = complete_environment("source_bucket_check");
  variables["S3DR_CA_PEM"] = "canary-ca";
  variables.erase("AWS_ACCESS_KEY_ID");
  EXPECT_EQ(refusal(variables).find("canary"), std::string::npos);
}

TEST(Environment, the_seeds_blank_before_the_match_tags_does_no_harm) {
  auto variables = complete_environment("source_bucket_check");
  variables["S3DR_MATCH_TAGS"] = R"( {"dr": "true"})";
  EXPECT_EQ(read_settings(lookup(variables)).policy.match_tags, (s3::TagSet{{"dr", "true"}}));
}

}  // namespace
}  // namespace s3dr::lambda
