#include "dr/settings/kinds/setting_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/error.h"

namespace s3dr {
namespace {

namespace json = boost::json;
using dr::SettingDocument;
using dr::Strictness;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const dr::Setting setting = dr::policy_setting();

dr::SettingsPolicy asked() {
  dr::SettingsPolicy settings;
  settings.tls = true;
  settings.mappings = {
      {"vpce-source", "vpce-replica"},
      {"arn:aws:kms:us-west-2:111122223333:key/*", "arn:aws:kms:us-east-2:444455556666:key/*"}};
  return settings;
}

dr::SettingContext context(const dr::SettingsPolicy& settings) {
  dr::SettingContext result{settings, "aws", {}, {}, "arn:aws:iam::111122223333:role/replication"};
  result.source = {s3::AccountId::parse("111122223333"), s3::Region::parse("us-west-2"),
                   s3::BucketName::parse("ledger")};
  result.replica = {s3::AccountId::parse("444455556666"), s3::Region::parse("us-east-2"),
                    s3::BucketName::parse("ledger-dr")};
  return result;
}

std::string document(const std::string& statements, const std::string& version = "2012-10-17") {
  return R"({"Version":")" + version + R"(","Statement":[)" + statements + "]}";
}

dr::Transformed transformed(const std::string& statements, const dr::SettingsPolicy& settings = asked()) {
  return setting.transform(context(settings), setting.normal_form(document(statements)));
}

// The statements without their Sids.
std::vector<json::value> meant(const SettingDocument& result) {
  std::vector<json::value> list;
  if (!result) return list;
  const json::value parsed = json::parse(*result);
  for (json::value one : parsed.at("Statement").as_array()) {
    EXPECT_TRUE(dr::is_cloned_sid(std::string(one.at("Sid").as_string())));
    one.as_object().erase("Sid");
    list.push_back(std::move(one));
  }
  return list;
}

const std::string allow_partner =
    R"({"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::777788889999:root"},)"
    R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"})";
const std::string deny_plain =
    R"({"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::ledger","arn:aws:s3:::ledger/*"],)"
    R"("Condition":{"Bool":{"aws:SecureTransport":"false"}}})";
const std::string allow_public =
    R"({"Sid":"Web","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/web/*"})";

TEST(PolicySetting, the_normal_form_says_the_same_in_one_way) {
  const auto one = setting.normal_form(
      R"({"Statement":{"Effect":"Allow","Resource":"arn:aws:s3:::a/*","Action":["s3:PutObject","s3:GetObject","s3:GetObject"],
          "Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Condition":{"Bool":{"aws:SecureTransport":true}}},
          "Version":"2012-10-17"})");
  EXPECT_EQ(
      one,
      setting.normal_form(document(
          R"({"Principal":{"AWS":"111122223333"},"Action":["s3:GetObject","s3:PutObject"],"Effect":"Allow",)"
          R"("Resource":["arn:aws:s3:::a/*"],"Condition":{"Bool":{"aws:SecureTransport":["true"]}}})")));
  EXPECT_EQ(setting.normal_form(*one), one);
  EXPECT_EQ(setting.normal_form(document(allow_partner + "," + deny_plain)),
            setting.normal_form(document(deny_plain + "," + allow_partner)));
  EXPECT_EQ(setting.normal_form(document(R"({"Principal":{"AWS":"*"}})")),
            setting.normal_form(document(R"({"Principal":"*","Condition":{}})")));
}

TEST(PolicySetting, what_is_no_variable_in_the_older_version_is_none_in_the_newer) {
  const std::string statement =
      R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::a/${x}"})";
  EXPECT_THAT(*setting.normal_form(document(statement, "2008-10-17")), HasSubstr("a/${$}{x}"));
  EXPECT_THAT(*setting.normal_form(document(statement)), HasSubstr("a/${x}"));
}

TEST(PolicySetting, what_is_no_policy_raises_and_our_own_statements_are_none_of_a_source) {
  for (const char* text :
       {"", "[]", "{}", R"({"Statement":[{"Action":[{}]}]})", R"({"Statement":[{"Principal":1}]})"})
    EXPECT_THROW((void)setting.normal_form(text), Error) << text;
  EXPECT_EQ(
      setting.normal_form(document(
          R"({"Sid":"S3drFence","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*"})")),
      std::nullopt);
}

TEST(PolicySetting, own_arns_name_the_replica_and_principals_stay) {
  const auto result = transformed(
      R"({"Effect":"Allow","Principal":{"AWS":"777788889999","Service":"logging.s3.amazonaws.com"},"Action":"s3:*",)"
      R"("Resource":["arn:aws:s3:::ledger","arn:aws:s3:::ledger/in/*"],)"
      R"("Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::ledger"}}},)"
      R"({"Effect":"Deny","Principal":{"AWS":"777788889999"},"Action":"s3:GetObject","NotResource":"arn:aws:s3:::ledger/out/*"},)"
      R"({"Effect":"Allow","Principal":{"AWS":"777788889999"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::led*"})");
  EXPECT_THAT(result.left_out, IsEmpty());
  EXPECT_THAT(*result.document,
              HasSubstr(R"("Resource":["arn:aws:s3:::ledger-dr","arn:aws:s3:::ledger-dr/in/*"])"));
  EXPECT_THAT(*result.document, HasSubstr(R"("aws:SourceArn":["arn:aws:s3:::ledger-dr"])"));
  EXPECT_THAT(*result.document, HasSubstr(R"("NotResource":["arn:aws:s3:::ledger-dr/out/*"])"));
  EXPECT_THAT(*result.document,
              HasSubstr(R"("Resource":["arn:aws:s3:::led*"])"));  // reaches the replica as well
  EXPECT_THAT(*result.document,
              HasSubstr(R"("AWS":["777788889999"],"Service":["logging.s3.amazonaws.com"])"));
  EXPECT_EQ(result.later, std::nullopt);
  // The same statements, the same Sids.
  EXPECT_EQ(transformed(allow_partner).document, transformed(allow_partner + "," + allow_partner).document);
}

TEST(PolicySetting, a_bucket_that_is_not_plainly_the_source_is_left_out) {
  for (const char* resource : {"arn:aws:s3:::other/*", "arn:aws:s3:::led?er/*", "arn:aws:s3:::ledger-2",
                               "arn:aws:s3:us-west-2:111122223333:accesspoint/a/object/*"}) {
    const auto result = transformed(
        R"({"Sid":"X","Effect":"Allow","Principal":{"AWS":"777788889999"},"Action":"s3:GetObject","Resource":")" +
        std::string(resource) + "\"}");
    EXPECT_EQ(result.document, std::nullopt) << resource;
    EXPECT_THAT(result.left_out, ElementsAre(HasSubstr("statement X: its resource"))) << resource;
  }
}

std::string with_condition(const std::string& condition, const std::string& effect = "Allow") {
  return R"({"Sid":"X","Effect":")" + effect +
         R"(","Principal":{"AWS":"777788889999"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*","Condition":)" +
         condition + "}";
}

TEST(PolicySetting, what_is_bound_to_a_region_or_network_is_mapped_or_left_out) {
  const auto result = [](const std::string& condition) { return transformed(with_condition(condition)); };
  EXPECT_THAT(*result(R"({"StringEquals":{"aws:SourceVpce":"vpce-source"}})").document,
              HasSubstr("vpce-replica"));
  EXPECT_THAT(*result(R"({"StringEquals":{"aws:requestedregion":"us-west-2"}})").document,
              HasSubstr("us-east-2"));
  EXPECT_THAT(*result(R"({"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":)"
                      R"("arn:aws:kms:us-west-2:111122223333:key/1"}})")
                   .document,
              HasSubstr("arn:aws:kms:us-east-2:444455556666:key/1"));
  EXPECT_THAT(*result(R"({"Null":{"aws:SourceVpce":"true"}})").document, HasSubstr("Null"));
  for (const char* condition :
       {R"({"StringEquals":{"aws:SourceVpce":["vpce-source","vpce-2"]}})",
        R"({"StringNotEquals":{"AWS:SourceVpc":"vpc-1"}})",
        R"({"StringEquals":{"aws:RequestedRegion":"us-east-2"}})",
        R"({"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"alias/x"}})",
        R"({"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:111122223333:accesspoint/*"}})",
        R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-west-2:111122223333:t"}})"}) {
    const auto left_out = result(condition);
    EXPECT_EQ(left_out.document, std::nullopt) << condition;
    EXPECT_THAT(left_out.left_out, ElementsAre(HasSubstr("statement X: its condition on"))) << condition;
  }
}

TEST(PolicySetting, deleted_principals_are_left_out) {
  const std::string gone = "AROAEXAMPLEEXAMPLE01";
  const auto partly =
      transformed(R"({"Sid":"X","Effect":"Allow","Principal":{"AWS":[")" + gone +
                  R"(","777788889999"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"})");
  EXPECT_THAT(*partly.document, HasSubstr(R"("AWS":["777788889999"])"));
  EXPECT_THAT(partly.left_out, ElementsAre(HasSubstr(gone + " was deleted")));
  for (const char* element : {"Principal", "NotPrincipal"}) {
    const auto nobody = transformed(std::string(R"({"Effect":"Allow",")") + element + R"(":{"AWS":")" + gone +
                                    R"("},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"})");
    EXPECT_EQ(nobody.document, std::nullopt);
    EXPECT_EQ(nobody.later, std::nullopt);
    EXPECT_THAT(nobody.left_out, ElementsAre(HasSubstr("names nobody")));
  }
}

TEST(PolicySetting, what_lets_everybody_in_waits_for_a_failover) {
  const auto result = transformed(allow_partner + "," + allow_public);
  EXPECT_EQ(meant(result.document).size(), 1u);
  EXPECT_EQ(meant(result.later).size(), 2u);
  EXPECT_EQ(
      setting.summary(setting.normal_form(document(allow_partner + "," + allow_public + "," + deny_plain))),
      "3 statements, 1 held for failover");
  EXPECT_EQ(setting.summary(setting.normal_form(document(allow_partner))), "1 statement");
  EXPECT_EQ(setting.summary(std::nullopt), "none");
}

TEST(PolicySetting, a_condition_makes_private_only_when_it_names_whom_or_whence) {
  const auto is_public = [](const std::string& principal, const std::string& condition) {
    const auto result = transformed(
        R"({"Effect":"Allow",)" + principal +
        R"(,"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*","Condition":)" + condition + "}");
    EXPECT_TRUE(result.document.has_value() != result.later.has_value()) << condition;
    return result.later.has_value();
  };
  const std::string all = R"("Principal":"*")";
  EXPECT_FALSE(is_public(all, R"({"StringEquals":{"aws:PrincipalOrgID":"o-1"}})"));
  EXPECT_FALSE(is_public(all, R"({"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.7"]}})"));
  EXPECT_FALSE(is_public(R"("Principal":{"AWS":"777788889999"})", R"({"StringEquals":{"s3:prefix":"a"}})"));
  for (const char* condition :
       {R"({})", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}})", R"({"StringEquals":{"aws:Referer":"x"}})",
        R"({"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}})",
        R"({"StringLike":{"aws:PrincipalOrgID":"o-*"}})",
        R"({"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}})",
        R"({"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}})",
        R"({"StringEquals":{"aws:userid":"${aws:userid}"}})",
        R"({"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}})", R"({"Bool":{"aws:SecureTransport":"true"}})"})
    EXPECT_TRUE(is_public(all, condition)) << condition;
  EXPECT_TRUE(is_public(R"("NotPrincipal":{"AWS":"777788889999"})", "{}"));
  EXPECT_TRUE(is_public(R"("Principal":{"AWS":["*","777788889999"]})", "{}"));
  EXPECT_TRUE(is_public(R"("Principal":{"Federated":"*"})", "{}"));
}

std::string deny(const std::string& rest) {
  return R"({"Sid":"D","Effect":"Deny",)" + rest + "}";
}

TEST(PolicySetting, a_deny_that_may_stop_replication_is_left_out) {
  const std::string all = R"("Principal":"*","Resource":"arn:aws:s3:::ledger/*",)";
  for (
      const std::string& rest :
      {all + R"("Action":"s3:*")", all + R"("Action":"s3:Repl?cateObject")",
       all + R"("NotAction":"s3:GetObject")",
       all + R"("Action":"s3:replicatetags","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}})",
       all + R"("Action":"s3:*","Condition":{"StringEquals":{"x:Unheard":"y"}})",
       all +
           R"("Action":"s3:*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/admin"}})",
       all + R"("Action":"s3:*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"${aws:x}"}})",
       std::string(
           R"("Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"arn:aws:s3:::ledger/secret/*")"),
       std::string(R"("Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::ledger/${aws:username}/*")"),
       std::string(R"("Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::ledger/open/*")"),
       std::string(
           R"("NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/replication"},"Action":"s3:*","Resource":"*")"),
       std::string(
           R"("Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/replication/s3"},"Action":"*","Resource":"*")"),
       std::string(
           R"("Principal":{"CanonicalUser":"79a5"},"Action":"s3:*","Resource":"arn:aws:s3:::ledger/*")")}) {
    const auto result = transformed(deny(rest));
    EXPECT_EQ(result.document, std::nullopt) << rest;
    EXPECT_THAT(result.left_out, ElementsAre("statement D: this Deny may stop the replication role")) << rest;
  }
  for (
      const std::string& rest :
      {all + R"("Action":"s3:PutObject")", all + R"("Action":["s3:Get*","s3:Put*"])",
       all + R"("Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}})",
       all +
           R"("Action":"s3:*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/repl*"}})",
       all + R"("NotAction":["s3:Replicate*","s3:ObjectOwner*"])",
       std::string(R"("Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::ledger")"),
       std::string(R"("Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::ledger/*")"),
       std::string(
           R"("Principal":{"AWS":"777788889999"},"Action":"s3:*","Resource":"arn:aws:s3:::ledger/*")")}) {
    const auto result = transformed(deny(rest));
    EXPECT_TRUE(result.document) << rest;
    EXPECT_THAT(result.left_out, IsEmpty()) << rest;
  }
}

TEST(PolicySetting, without_tls_it_is_not_known_that_a_deny_of_plain_requests_spares_replication) {
  auto settings = asked();
  settings.tls = false;
  EXPECT_EQ(transformed(deny_plain, settings).document, std::nullopt);
  EXPECT_TRUE(transformed(deny_plain).document);
}

TEST(PolicySetting, a_deny_that_may_stop_our_own_role_is_left_out) {
  auto settings = asked();
  const std::string rest =
      R"("Principal":"*","Action":"s3:PutBucketPolicy","Resource":"arn:aws:s3:::ledger","Condition":)"
      R"({"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/admin"}})";
  EXPECT_TRUE(transformed(deny(rest), settings).document);
  settings.executor_role_arn = "arn:aws:iam::444455556666:role/s3dr-destination";
  EXPECT_THAT(transformed(deny(rest), settings).left_out, ElementsAre(HasSubstr("may stop s3dr's own role")));
}

TEST(PolicySetting, what_is_not_understood_is_left_out) {
  for (const char* rest :
       {R"("Action":"s3:GetObject","Resource":"*","Condition":{"Odd":{"a:b":"c"}})",
        R"("Action":"s3:GetObject","Resource":"*","Extra":1)", R"("Resource":"*")",
        R"("Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"a:b":"maybe"}})"}) {
    for (const char* effect : {"Allow", "Deny"}) {
      const auto result = transformed(std::string(R"({"Sid":"X","Effect":")") + effect +
                                      R"(","Principal":{"AWS":"777788889999"},)" + rest + "}");
      EXPECT_EQ(result.document, std::nullopt) << rest;
      EXPECT_THAT(result.left_out, ElementsAre("statement X: it is not understood")) << rest;
    }
  }
}

TEST(PolicySetting, a_document_that_grew_too_long_is_left_out) {
  std::string statements = allow_partner;
  for (int i = 0; i < 150; ++i) {
    statements +=
        R"(,{"Effect":"Allow","Principal":{"AWS":"777788889999"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/)" +
        std::to_string(i) + R"("})";
  }
  const auto result = transformed(statements);
  EXPECT_EQ(result.document, std::nullopt);
  EXPECT_THAT(result.left_out, ElementsAre(HasSubstr("S3 takes 20480")));
}

Strictness compared(const std::string& present, const std::string& wanted) {
  const auto of = [](const std::string& statements) {
    return statements.empty() ? SettingDocument() : setting.normal_form(document(statements));
  };
  return setting.compare(of(present), of(wanted));
}

TEST(PolicySetting, more_allowed_or_less_denied_is_weaker) {
  const auto allow = [](const std::string& who, const std::string& action,
                        const std::string& condition = "{}") {
    return R"({"Effect":"Allow","Principal":)" + who + R"(,"Action":)" + action +
           R"(,"Resource":"arn:aws:s3:::a/*","Condition":)" + condition + "}";
  };
  const std::string deny_one =
      R"({"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/x/*"})";
  const std::string deny_all =
      R"({"Effect":"Deny","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::a/*"})";
  const std::string one = R"({"AWS":"777788889999"})", two = R"({"AWS":["777788889999","888899990000"]})";
  const std::string get = allow(one, R"("s3:GetObject")");
  const auto both_ways = [](const std::string& strict, const std::string& weak) {
    EXPECT_EQ(compared(strict, weak), Strictness::weaker) << strict << "\n" << weak;
    EXPECT_EQ(compared(weak, strict), Strictness::stricter) << strict << "\n" << weak;
  };
  both_ways("", get);
  both_ways(get, allow(two, R"("s3:GetObject")"));
  both_ways(get, allow("\"*\"", R"("s3:GetObject")"));
  both_ways(get, allow(one, R"("s3:Get*")"));
  both_ways(get, allow(one, R"(["s3:GETObject","s3:PutObject"])"));
  both_ways(allow(one, R"("s3:GetObject")", R"({"StringEquals":{"s3:prefix":"a"}})"), get);
  both_ways(allow(one, R"("s3:GetObject")", R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})"),
            allow(one, R"("s3:GetObject")", R"({"IpAddress":{"aws:SourceIp":["10.0.0.0/8","11.0.0.0/8"]}})"));
  both_ways(allow(one, R"("s3:GetObject")", R"({"StringNotEquals":{"s3:prefix":["a","b"]}})"),
            allow(one, R"("s3:GetObject")", R"({"StringNotEquals":{"s3:prefix":"a"}})"));
  both_ways(deny_one, "");
  both_ways(deny_all, deny_one);
  both_ways(get + "," + deny_one, get);
  // Both at once is weaker.
  EXPECT_EQ(compared(get, allow(one, R"("s3:PutObject")")), Strictness::weaker);
  EXPECT_EQ(compared(get + "," + deny_one, allow(one, R"("s3:Get*")") + "," + deny_all), Strictness::weaker);
  EXPECT_EQ(compared(get, get), Strictness::equal);
  EXPECT_EQ(compared("", ""), Strictness::equal);
  EXPECT_EQ(compared(deny_all, deny_all + "," + deny_one), Strictness::neutral);
  EXPECT_EQ(compared(allow(one, R"("s3:getobject")"), get), Strictness::neutral);
  // An account gives its own people rights, a role gets them itself: neither is taken for the narrower one.
  const std::string role = R"({"AWS":"arn:aws:iam::777788889999:role/r"})";
  EXPECT_EQ(compared(get, allow(role, R"("s3:GetObject")")), Strictness::weaker);
}

TEST(PolicySetting, of_a_replica_only_the_clones_are_compared) {
  const auto wanted = transformed(allow_partner).document;
  json::value replica = json::parse(*wanted);
  replica.at("Statement").as_array().push_back(json::parse(deny_plain));
  EXPECT_EQ(dr::cloned_part(setting.normal_form(json::serialize(replica))), wanted);
  EXPECT_EQ(dr::cloned_part(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace s3dr
