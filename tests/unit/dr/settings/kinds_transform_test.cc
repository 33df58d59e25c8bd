// What the replica gets of each kind: the golden file tests/data/settings/transformed.txt, and what depends on the pair.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "kind_fixtures.h"

namespace s3dr::dr {
namespace {

using enum s3::SettingKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Transformed transformed(const test::BucketPair& pair, s3::SettingKind kind, const std::string& text) {
  const Setting& row = setting_of(kind);
  return row.transform(pair.context(), row.normal_form(text));
}

Transformed transformed(const test::BucketPair& pair, s3::SettingKind kind) {
  return transformed(pair, kind, test::fixture(S3DR_TEST_DATA, kind));
}

// S3DR_WRITE_GOLDEN=1 writes it anew.
TEST(SettingTransform, of_each_fixture_is_as_the_golden_file_says) {
  const test::BucketPair pair = test::mapped_pair();
  std::string text;
  for (const Setting& row : settings()) {
    const SettingDocument source = row.normal_form(test::fixture(S3DR_TEST_DATA, row.kind));
    const Transformed result = row.transform(pair.context(), source);
    text += "== " + std::string(s3::to_string(row.kind)) + "\nsource: " + row.summary(source) + "\n" +
            source.value_or("not set") + "\nreplica: " + row.summary(result.document) + "\n" +
            result.document.value_or("not set") + "\n";
    for (const std::string& hint : result.hints) text += "hint: " + hint + "\n";
    for (const std::string& reason : result.left_out) text += "left out: " + reason + "\n";
    if (result.later) text += "at a failover: " + *result.later + "\n";
  }
  const std::string path = S3DR_TEST_DATA "/settings/transformed.txt";
  if (std::getenv("S3DR_WRITE_GOLDEN") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, test::file_text(path));
}

TEST(SettingTransform, of_what_is_not_set_is_not_set) {
  for (const Setting& row : settings()) {
    const Transformed result = row.transform(test::BucketPair().context(), std::nullopt);
    EXPECT_EQ(result.document, std::nullopt) << row.name;
    EXPECT_THAT(result.left_out, IsEmpty()) << row.name;
    EXPECT_EQ(result.later, std::nullopt) << row.name;
  }
}

TEST(SettingTransform, leaves_out_what_no_mapping_names) {
  const test::BucketPair pair;
  for (const auto kind : {encryption, logging}) {
    const Transformed result = transformed(pair, kind);
    EXPECT_EQ(result.left_out.size(), 1U) << s3::to_string(kind);
  }
  EXPECT_THAT(transformed(pair, encryption).left_out, ElementsAre(HasSubstr("KeyNotMapped")));
  EXPECT_THAT(*transformed(pair, encryption).document, HasSubstr("AES256"));
  EXPECT_EQ(transformed(pair, logging).document, std::nullopt);
  EXPECT_EQ(transformed(pair, inventory).document, std::nullopt);
  EXPECT_THAT(transformed(pair, inventory).left_out, ElementsAre(HasSubstr("daily"), HasSubstr("weekly")));
  EXPECT_THAT(*transformed(pair, analytics).document, HasSubstr("unexported"));
  EXPECT_THAT(transformed(pair, notification).left_out, ElementsAre(HasSubstr("uploads"), HasSubstr("gone")));
  EXPECT_THAT(*transformed(pair, notification).document, HasSubstr("EventBridge"));
}

TEST(SettingTransform, never_takes_the_accounts_own_key_in_silence) {
  const std::string own =
      test::edited(test::fixture(S3DR_TEST_DATA, encryption),
                   "<KMSMasterKeyID>" + std::string(test::key_of_source) + "</KMSMasterKeyID>", "");
  test::BucketPair pair = test::mapped_pair();
  EXPECT_THAT(transformed(pair, encryption, own).left_out, ElementsAre(HasSubstr("aws/s3")));
  pair.policy.mappings.push_back({"aws/s3", "aws/s3"});
  const Transformed result = transformed(pair, encryption, own);
  EXPECT_THAT(result.left_out, IsEmpty());
  EXPECT_EQ(result.document, setting_of(encryption).normal_form(own));
}

TEST(SettingTransform, of_a_list_encrypted_with_a_key_needs_that_key_too) {
  const std::string text =
      test::edited(test::fixture(S3DR_TEST_DATA, inventory), "<SSE-S3></SSE-S3>",
                   "<SSE-KMS><KeyId>" + std::string(test::key_of_source) + "</KeyId></SSE-KMS>");
  test::BucketPair pair = test::mapped_pair();
  EXPECT_THAT(*transformed(pair, inventory, text).document, HasSubstr(test::key_of_replica));
  pair.policy.mappings.erase(pair.policy.mappings.begin());
  EXPECT_EQ(transformed(pair, inventory, text).document, std::nullopt);
  EXPECT_THAT(transformed(pair, inventory, text).left_out,
              ElementsAre(HasSubstr("KeyNotMapped"), HasSubstr("weekly")));
}

TEST(SettingTransform, across_accounts_names_the_replicas_owner_and_never_lets_requesters_pay) {
  test::BucketPair pair = test::mapped_pair();
  pair.replica_account = s3::AccountId::parse("444455556666");
  EXPECT_EQ(transformed(pair, request_payment).document, std::nullopt);
  EXPECT_THAT(transformed(pair, request_payment).left_out, ElementsAre(HasSubstr("account")));
  EXPECT_EQ(transformed(pair, acl).document, std::nullopt);
  EXPECT_THAT(transformed(pair, acl).left_out, ElementsAre(HasSubstr("no effect")));
  pair.replica_owner = "0a0b";
  const Transformed result = transformed(pair, acl);
  EXPECT_THAT(result.left_out, IsEmpty());
  EXPECT_THAT(*result.document, HasSubstr("<Owner><ID>0a0b</ID></Owner>"));
  EXPECT_THAT(*result.document, Not(HasSubstr(test::owner_of_source)));
  EXPECT_THAT(*transformed(pair, analytics).document, HasSubstr("<BucketAccountId>444455556666<"));
}

TEST(SettingTransform, keeps_what_is_public_for_a_failover) {
  const std::string open = test::edited(
      test::fixture(S3DR_TEST_DATA, acl), "</AccessControlList>",
      "<Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AuthenticatedUsers</URI></Grantee>"
      "<Permission>READ</Permission></Grant></AccessControlList>");
  test::BucketPair pair;
  pair.replica_owner = test::owner_of_source;
  const Transformed result = transformed(pair, acl, open);
  EXPECT_EQ(result.document, setting_of(acl).normal_form(test::fixture(S3DR_TEST_DATA, acl)));
  EXPECT_EQ(result.later, setting_of(acl).normal_form(open));
  EXPECT_EQ(setting_of(acl).summary(result.later),
            "READ for every AWS account, WRITE for http://acs.amazonaws.com/groups/s3/LogDelivery");
}

TEST(SettingTransform, of_redirects_to_the_source) {
  const std::string all =
      "<WebsiteConfiguration><RedirectAllRequestsTo><HostName>harbor-ledger.s3.eu-west-1.amazonaws.com"
      "</HostName></RedirectAllRequestsTo></WebsiteConfiguration>";
  test::BucketPair pair;
  EXPECT_EQ(transformed(pair, website, all).document, std::nullopt);
  EXPECT_THAT(transformed(pair, website, all).left_out, ElementsAre(HasSubstr("harbor-ledger.s3.")));
  pair.policy.mappings = {{"harbor-ledger.s3.eu-west-1.*", "harbor-ledger-dr.s3.eu-central-1.*"}};
  EXPECT_THAT(*transformed(pair, website, all).document,
              HasSubstr("harbor-ledger-dr.s3.eu-central-1.amazonaws.com"));
}

TEST(SettingTransform, accelerates_no_name_with_a_dot) {
  test::BucketPair pair;
  pair.replica_name = "harbor.ledger";
  EXPECT_EQ(transformed(pair, accelerate).document, std::nullopt);
  EXPECT_THAT(transformed(pair, accelerate).left_out, ElementsAre(HasSubstr("dot")));
}

// docs/settings.md, "The kinds": | `word` | name | follow | reason |
TEST(SettingKinds, stand_in_the_documentation_as_in_the_table) {
  const std::string page = test::file_text(S3DR_TEST_DATA "/../../docs/settings.md");
  for (const Setting& row : settings()) {
    const std::string line = "| `" + std::string(s3::to_string(row.kind)) + "` | " + std::string(row.name) +
                             " | `" + std::string(to_string(row.follow)) + "` | " + std::string(row.why) +
                             " |\n";
    EXPECT_TRUE(page.contains(line)) << "docs/settings.md lacks: " << line;
  }
}

}  // namespace
}  // namespace s3dr::dr
