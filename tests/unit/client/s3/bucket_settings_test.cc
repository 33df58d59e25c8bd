#include "client/s3/bucket_settings.h"

#include "aws/xml.h"
#include "client/s3/bucket_store.h"
#include "unit/client/client_fixture.h"

namespace s3dr::client {
namespace {

using enum s3::SettingKind;

class BucketSettingsTest : public ClientTest {
 protected:
  std::unique_ptr<ports::BucketStore> store() {
    return make_bucket_store(client(default_options()), account);
  }
  static std::string no_such(std::string_view code) {
    return "<Error><Code>" + std::string(code) + "</Code><Message>none</Message></Error>";
  }
};

std::string metrics_list(const std::string& inside, const std::string& next = "") {
  return "<ListMetricsConfigurationsResult>" + inside + "<IsTruncated>" + (next.empty() ? "false" : "true") +
         "</IsTruncated>" +
         (next.empty() ? "" : "<NextContinuationToken>" + next + "</NextContinuationToken>") +
         "</ListMetricsConfigurationsResult>";
}
std::string metrics_of(const std::string& id, const std::string& prefix) {
  return "<MetricsConfiguration><Id>" + id + "</Id><Filter><Prefix>" + prefix +
         "</Prefix></Filter></MetricsConfiguration>";
}

TEST_F(BucketSettingsTest, EachKindsOwnCodeMeansNotSetAndNoOtherDoes) {
  auto buckets = store();
  for (const s3::SettingCall& setting : s3::setting_calls()) {
    SCOPED_TRACE(setting.word);
    if (!setting.absent_code.empty()) {
      transport.answer(404, no_such(setting.absent_code));
      EXPECT_EQ(run(buckets->get_bucket_setting(bucket, setting.kind)), std::nullopt);
      EXPECT_EQ(transport.last().target, "/?" + std::string(setting.subresource));
      EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "111122223333");
    }
    transport.answer(404, no_such("NoSuchBucket"));
    EXPECT_EQ(error_of(buckets->get_bucket_setting(bucket, setting.kind)).kind(), ErrorKind::not_found);
    transport.answer(403, no_such("AccessDenied"));
    EXPECT_EQ(error_of(buckets->get_bucket_setting(bucket, setting.kind)).kind(), ErrorKind::denied);
    transport.answer(501, no_such("NotImplemented"));
    EXPECT_EQ(error_of(buckets->get_bucket_setting(bucket, setting.kind)).kind(), ErrorKind::unsupported);
    transport.answer(200, "<SomethingElse/>");
    const ErrorKind kind = error_of(buckets->get_bucket_setting(bucket, setting.kind)).kind();
    EXPECT_TRUE(kind == ErrorKind::corrupt || kind == ErrorKind::unsupported) << to_string(kind);
    // A store that does not know the sub-resource lists the objects.
    transport.answer(200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
    EXPECT_EQ(error_of(buckets->get_bucket_setting(bucket, setting.kind)).kind(), ErrorKind::unsupported);
  }
}

TEST_F(BucketSettingsTest, AStoreWithoutTheKindIsToldFromOneWhereItIsNotSetHoweverItSaysSo) {
  auto buckets = store();
  const std::string page = "<!DOCTYPE html><html><body>What are you looking for?</body></html>";
  const auto message = [](std::string_view subresource) {
    return "<Error><Code>InvalidArgument</Code><Message>unknown: " + std::string(subresource) +
           "</Message></Error>";
  };
  for (const s3::SettingCall& setting : s3::setting_calls()) {
    for (const auto& [status, body] :
         std::vector<std::pair<int, std::string>>{{501, ""},
                                                  {405, no_such("MethodNotAllowed")},
                                                  {405, ""},
                                                  {400, ""},
                                                  {400, no_such("UnsupportedArgument")},
                                                  {400, message(setting.subresource)},
                                                  {404, ""},
                                                  {404, page},
                                                  {200, page}}) {
      SCOPED_TRACE(std::string(setting.word) + " " + std::to_string(status) + " " + body);
      transport.answer(status, body);
      EXPECT_EQ(error_of(buckets->get_bucket_setting(bucket, setting.kind)).kind(), ErrorKind::unsupported);
    }
  }
}

// As Ceph RGW 16 and moto 5.2 answer.
TEST_F(BucketSettingsTest, ADocumentUnderAnotherNameWithItsOwnInItIsUnderstood) {
  auto buckets = store();
  transport.answer(200,
                   "<BlockPublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
                   "</BlockPublicAccessBlockConfiguration>");
  const auto blocked = run(buckets->get_bucket_setting(bucket, public_access_block));
  ASSERT_TRUE(blocked);
  EXPECT_TRUE(blocked->starts_with("<PublicAccessBlockConfiguration")) << *blocked;
  EXPECT_NE(blocked->find("<BlockPublicAcls>true</BlockPublicAcls>"), std::string::npos) << *blocked;
  transport.answer(200, "<GetBucketNotificationResponse/>");
  EXPECT_TRUE(run(buckets->get_bucket_setting(bucket, notification)));
}

std::string present(const s3::SettingCall& setting) {
  if (setting.kind == policy) return "{}";
  return "<" + std::string(setting.root) + "/>";
}

TEST_F(BucketSettingsTest, RemovingDeletesOrPutsWhatMeansNotSet) {
  auto buckets = store();
  for (const s3::SettingCall& setting : s3::setting_calls()) {
    if (setting.by_id) continue;
    SCOPED_TRACE(setting.word);
    if (setting.kind == encryption) continue;
    if (setting.has_delete) transport.answer(200, present(setting));
    transport.answer(204);
    run(buckets->put_bucket_setting(bucket, setting.kind, std::nullopt));
    EXPECT_EQ(transport.last().method, setting.has_delete ? "DELETE" : "PUT");
    EXPECT_EQ(transport.last().target, "/?" + std::string(setting.subresource));
    const std::string& body = transport.last().body;
    if (setting.kind == acl) {
      EXPECT_EQ(transport.last().header("x-amz-acl"), "private");
      EXPECT_EQ(body, "");
    } else if (!setting.has_delete) {
      EXPECT_NO_THROW((void)aws::xml::Document(body).root(setting.root)) << body;
      EXPECT_NE(body.find(setting.unset), std::string::npos) << body;
    }
  }
}

// Ceph RGW 16 and moto 5.2 delete the bucket when they do not know the sub-resource.
TEST_F(BucketSettingsTest, NothingIsDeletedWhereTheSettingWasNotSeen) {
  auto buckets = store();
  const std::string listing = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
  for (const s3::SettingCall& setting : s3::setting_calls()) {
    if (!setting.has_delete) continue;
    SCOPED_TRACE(setting.word);
    transport.answer(200, listing);
    EXPECT_EQ(error_of(buckets->put_bucket_setting(bucket, setting.kind, std::nullopt)).kind(),
              ErrorKind::unsupported);
    EXPECT_EQ(transport.last().method, "GET");
    transport.answer(403, no_such("AccessDenied"));
    EXPECT_EQ(error_of(buckets->put_bucket_setting(bucket, setting.kind, std::nullopt)).kind(),
              ErrorKind::denied);
    EXPECT_EQ(transport.last().method, "GET");
    transport.answer(404, no_such(setting.absent_code));
    run(buckets->put_bucket_setting(bucket, setting.kind, std::nullopt));
    EXPECT_EQ(transport.last().method, "GET") << "it is as wanted";
  }
}

TEST_F(BucketSettingsTest, AStoreThatBlocksEncryptionByDefaultIsToldThatNothingIsBlocked) {
  auto buckets = store();
  const auto with = [](const std::string& blocked) {
    return "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
           "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>" +
           blocked + "</Rule></ServerSideEncryptionConfiguration>";
  };
  const auto blocked = [](const std::string& type) {
    return "<BlockedEncryptionTypes><EncryptionType>" + type + "</EncryptionType></BlockedEncryptionTypes>";
  };
  const std::string seen = with(blocked("SSE-C"));
  transport.answer(200, seen).answer(204).answer(200, seen).answer(200);
  run(buckets->put_bucket_setting(bucket, encryption, std::nullopt));
  ASSERT_EQ(transport.sent().size(), 4U);
  EXPECT_EQ(transport.sent()[1].method, "DELETE");
  EXPECT_EQ(transport.last().method, "PUT");
  EXPECT_EQ(transport.last().target, "/?encryption");
  EXPECT_NE(transport.last().body.find(blocked("NONE")), std::string::npos) << transport.last().body;
  // After a DELETE these block nothing.
  for (const std::string& answer : {with(""), with(blocked("NONE"))}) {
    transport.answer(200, answer).answer(204).answer(200, answer);
    run(buckets->put_bucket_setting(bucket, encryption, std::nullopt));
    EXPECT_EQ(transport.last().method, "GET");
  }
  transport.answer(200, seen).answer(204);
  transport.answer(404, no_such("ServerSideEncryptionConfigurationNotFoundError"));
  run(buckets->put_bucket_setting(bucket, encryption, std::nullopt));
  EXPECT_EQ(transport.last().method, "GET");
}

TEST_F(BucketSettingsTest, TheSizeOfTransitionsIsAHeaderOnTheWireAndAnElementHere) {
  auto buckets = store();
  const std::string rule =
      "<Rule><ID>a</ID><Filter/><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule>";
  transport.answer(200, "<LifecycleConfiguration>" + rule + "</LifecycleConfiguration>",
                   {{"x-amz-transition-default-minimum-object-size", "varies_by_storage_class"}});
  const auto document = run(buckets->get_bucket_setting(bucket, lifecycle));
  ASSERT_TRUE(document);
  const std::string element =
      "<TransitionDefaultMinimumObjectSize>varies_by_storage_class</TransitionDefaultMinimumObjectSize>";
  EXPECT_NE(document->find(element), std::string::npos) << *document;
  transport.answer(200);
  run(buckets->put_bucket_setting(bucket, lifecycle, document));
  EXPECT_EQ(transport.last().header("x-amz-transition-default-minimum-object-size"),
            "varies_by_storage_class");
  EXPECT_EQ(transport.last().body.find("TransitionDefault"), std::string::npos) << transport.last().body;
  EXPECT_NE(transport.last().body.find("<Days>3</Days>"), std::string::npos) << transport.last().body;
}

TEST_F(BucketSettingsTest, AFamilyIsReadPageByPageAsOneDocument) {
  auto buckets = store();
  transport.answer(200, metrics_list(metrics_of("b", "x/"), "t 1"))
      .answer(200, metrics_list(metrics_of("a", "y/")));
  const auto document = run(buckets->get_bucket_setting(bucket, metrics));
  ASSERT_TRUE(document);
  EXPECT_EQ(transport.last().target, "/?metrics&continuation-token=t%201");
  const auto parts = s3::setting_parts(metrics, *document);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].id, "a");
  transport.answer(200, metrics_list(""));
  EXPECT_EQ(run(buckets->get_bucket_setting(bucket, metrics)), std::nullopt);
  // A token that stays, or is missing: no list, and no absence.
  transport.answer(200, metrics_list("", "t")).answer(200, metrics_list("", "t"));
  EXPECT_EQ(error_of(buckets->get_bucket_setting(bucket, metrics)).kind(), ErrorKind::corrupt);
  transport.answer(
      200,
      "<ListMetricsConfigurationsResult><IsTruncated>true</IsTruncated></ListMetricsConfigurationsResult>");
  EXPECT_EQ(error_of(buckets->get_bucket_setting(bucket, metrics)).kind(), ErrorKind::corrupt);
}

TEST_F(BucketSettingsTest, OfAFamilyOnlyWhatDiffersIsPutAndOnlyWhatIsGoneIsDeleted) {
  auto buckets = store();
  const std::string listed =
      metrics_list(metrics_of("keep", "k/") + metrics_of("change", "old/") + metrics_of("gone", "g/"));
  transport.answer(200, listed);
  const std::string wanted =
      "<Configurations>" + metrics_of("keep", "k/") + metrics_of("change", "new/") + "</Configurations>";
  transport.answer(204).answer(404, no_such("NoSuchConfiguration"));  // gone already: as wanted
  const std::size_t before = transport.sent().size();
  run(buckets->put_bucket_setting(bucket, metrics, wanted));
  ASSERT_EQ(transport.sent().size(), before + 3);
  EXPECT_EQ(transport.sent()[before + 1].method, "PUT");
  EXPECT_EQ(transport.sent()[before + 1].target, "/?metrics&id=change");
  EXPECT_NE(transport.sent()[before + 1].body.find("new/"), std::string::npos);
  EXPECT_EQ(transport.sent()[before + 2].method, "DELETE");
  EXPECT_EQ(transport.sent()[before + 2].target, "/?metrics&id=gone");
}

TEST_F(BucketSettingsTest, WhatIsNoDocumentOfTheKindIsNotSent) {
  auto buckets = store();
  const std::size_t before = transport.sent().size();
  EXPECT_EQ(error_of(buckets->put_bucket_setting(bucket, cors, "<WebsiteConfiguration/>")).kind(),
            ErrorKind::invalid);
  EXPECT_EQ(error_of(buckets->put_bucket_setting(bucket, cors, "no XML")).kind(), ErrorKind::invalid);
  EXPECT_EQ(transport.sent().size(), before);
}

}  // namespace
}  // namespace s3dr::client
