#include "client/s3/bucket_store.h"

#include "aws/hash.h"
#include "base/encoding.h"
#include "s3/xml_bucket.h"
#include "unit/client/client_fixture.h"

namespace s3dr::client {
namespace {

class BucketStoreTest : public ClientTest {
 protected:
  std::unique_ptr<ports::BucketStore> store(S3ClientOptions options = default_options()) {
    return make_bucket_store(client(std::move(options)), account);
  }
  s3::ReplicationConfiguration one_rule() const {
    s3::ReplicationConfiguration configuration;
    configuration.role_arn = "arn:aws:iam::111122223333:role/dr-s3-replication";
    s3::ReplicationRule rule;
    rule.id = "s3dr-1";
    rule.priority = 10;
    rule.filter = s3::ReplicationFilter{};
    rule.delete_marker_replication = s3::Switch::enabled;
    rule.destination.bucket_arn = "arn:aws:s3:::harbor-ledger-dr";
    configuration.rules.push_back(rule);
    return configuration;
  }
};

constexpr const char* versioning_none =
    "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>";

TEST_F(BucketStoreTest, ABare404IsBelievedOnlyWhenAnAnswerWithABodyConfirmsIt) {
  auto buckets = store();
  transport.answer(404);
  transport.answer(404, "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>");
  EXPECT_FALSE(run(buckets->head_bucket(bucket)));
  EXPECT_EQ(transport.last().method, "GET");
  transport.answer(404);
  transport.answer(200, "<LocationConstraint>us-west-2</LocationConstraint>");
  EXPECT_EQ(error_of(buckets->head_bucket(bucket)).kind(), ErrorKind::unavailable);
  transport.answer(404);
  transport.answer(404, "<html>not here</html>");
  EXPECT_EQ(error_of(buckets->head_bucket(bucket)).kind(), ErrorKind::unavailable);
}

TEST_F(BucketStoreTest, HeadTellsAbsentDeniedAndRegion) {
  auto buckets = store();
  transport.answer(404, "", {{"x-amz-request-id", "R1"}});
  EXPECT_FALSE(run(buckets->head_bucket(bucket)));
  EXPECT_EQ(transport.last().method, "HEAD");
  EXPECT_EQ(transport.last().target, "/");
  EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "111122223333");
  transport.answer(403, "", {{"x-amz-bucket-region", "eu-west-1"}});
  const Error denied = error_of(buckets->head_bucket(bucket));
  EXPECT_EQ(denied.kind(), ErrorKind::denied);
  EXPECT_EQ(denied.status(), 403);
  EXPECT_NE(denied.message().find("not authorized to perform: s3:ListBucket on resource: "
                                  "arn:aws:s3:::harbor-ledger"),
            std::string::npos)
      << denied.message();
  transport.answer(200, "", {{"x-amz-bucket-region", "eu-west-1"}});
  EXPECT_EQ(run(buckets->head_bucket(bucket))->region.text(), "eu-west-1");
  transport.answer(200);
  EXPECT_TRUE(run(buckets->head_bucket(bucket))->region.empty());
  transport.answer(405);
  EXPECT_EQ(error_of(buckets->head_bucket(bucket)).kind(), ErrorKind::unsupported);
}

TEST_F(BucketStoreTest, HeadAsksTheOtherRegionSoThatTheOwnerIsChecked) {
  auto buckets = store();
  const Headers elsewhere = {{"x-amz-bucket-region", "us-west-2"}};
  transport.answer(301, "", elsewhere).answer(200, "", elsewhere);
  EXPECT_EQ(run(buckets->head_bucket(bucket))->region.text(), "us-west-2");
  EXPECT_EQ(transport.last().endpoint.host, "harbor-ledger.s3.us-west-2.amazonaws.com");
  EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "111122223333");
  transport.answer(301, "", elsewhere).answer(403, "", elsewhere);
  EXPECT_EQ(error_of(buckets->head_bucket(bucket)).kind(), ErrorKind::denied);
  transport.answer(301, "", elsewhere).answer(200);
  EXPECT_EQ(run(buckets->head_bucket(bucket))->region.text(), "us-west-2");
  // No endpoint is known for it: the region is still told.
  transport.answer(301, "", elsewhere);
  EXPECT_EQ(run(store(custom_options())->head_bucket(bucket))->region.text(), "us-west-2");
  transport.answer(400, "", elsewhere).answer(200, "", elsewhere);
  EXPECT_EQ(run(store()->head_bucket(bucket))->region.text(), "us-west-2");
}

TEST_F(BucketStoreTest, ABucketPolicyIsAbsentOnlyWithTheCodeThatSaysSo) {
  auto buckets = store();
  transport.answer(404, error_xml("NoSuchBucketPolicy"));
  EXPECT_FALSE(run(buckets->get_bucket_policy(bucket)));
  EXPECT_EQ(transport.last().target, "/?policy");
  EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "111122223333");
  const std::string document = R"({"Version":"2012-10-17","Statement":[]})";
  transport.answer(200, document);
  EXPECT_EQ(run(buckets->get_bucket_policy(bucket)), document);
  transport.answer(404, error_xml("NoSuchBucket"));
  EXPECT_EQ(error_of(buckets->get_bucket_policy(bucket)).kind(), ErrorKind::not_found);
  transport.answer(403, error_xml("AccessDenied"));
  EXPECT_EQ(error_of(buckets->get_bucket_policy(bucket)).kind(), ErrorKind::denied);
  for (const char* nonsense : {"<html>hello</html>", "[]"}) {
    transport.answer(200, nonsense);
    EXPECT_EQ(error_of(buckets->get_bucket_policy(bucket)).kind(), ErrorKind::corrupt) << nonsense;
  }
  transport.answer(204);
  run(buckets->put_bucket_policy(bucket, document));
  EXPECT_EQ(transport.last().method, "PUT");
  EXPECT_EQ(transport.last().target, "/?policy");
  EXPECT_EQ(transport.last().body, document);
  EXPECT_EQ(transport.last().header("Content-Type"), "application/json");
  EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "111122223333");
}

TEST_F(BucketStoreTest, TagsAreAbsentOnlyWithTheCodeThatSaysSo) {
  auto buckets = store();
  transport.answer(404, error_xml("NoSuchTagSet"));
  EXPECT_FALSE(run(buckets->get_bucket_tagging(bucket)));
  EXPECT_EQ(transport.last().target, "/?tagging");
  transport.answer(200,
                   "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>dr</Key>"
                   "<Value>true</Value></Tag></TagSet></Tagging>");
  EXPECT_EQ(run(buckets->get_bucket_tagging(bucket)), (s3::TagSet{{"dr", "true"}}));
  transport.answer(404, error_xml("NoSuchBucket"));
  const Error gone = error_of(buckets->get_bucket_tagging(bucket));
  EXPECT_EQ(gone.kind(), ErrorKind::not_found);
  EXPECT_EQ(gone.code(), "NoSuchBucket");
  transport.answer(404, "");
  EXPECT_EQ(error_of(buckets->get_bucket_tagging(bucket)).kind(), ErrorKind::unsupported);
  transport.answer(200, "<html><body>hello</body></html>");
  EXPECT_EQ(error_of(buckets->get_bucket_tagging(bucket)).kind(), ErrorKind::unsupported);
  transport.answer(200, "<ListBucketResult><Name>harbor-ledger</Name></ListBucketResult>");
  EXPECT_EQ(error_of(buckets->get_bucket_tagging(bucket)).kind(), ErrorKind::unsupported);
  transport.answer(200, "<Tagging><TagSet><Tag><Key>dr</Key>");
  EXPECT_EQ(error_of(buckets->get_bucket_tagging(bucket)).kind(), ErrorKind::corrupt);
  transport.answer(200, error_xml("AccessDenied"));
  EXPECT_EQ(error_of(buckets->get_bucket_tagging(bucket)).kind(), ErrorKind::denied);
}

TEST_F(BucketStoreTest, VersioningReadAndWritten) {
  auto buckets = store();
  transport.answer(200, versioning_none);
  EXPECT_EQ(run(buckets->get_bucket_versioning(bucket)), s3::Versioning::never_enabled);
  transport.answer(200, "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
  EXPECT_EQ(run(buckets->get_bucket_versioning(bucket)), s3::Versioning::suspended);
  transport.answer(500).answer(200);
  run(buckets->put_bucket_versioning(bucket, s3::Versioning::enabled));
  EXPECT_EQ(transport.last().method, "PUT");
  EXPECT_EQ(transport.last().target, "/?versioning");
  EXPECT_NE(transport.last().body.find("<Status>Enabled</Status>"), std::string::npos);
  EXPECT_EQ(transport.last().header("Content-MD5"), to_base64(aws::md5(transport.last().body)));
  // An empty answer is not "never enabled".
  for (int i = 0; i < 4; ++i) transport.answer(200);
  EXPECT_EQ(error_of(buckets->get_bucket_versioning(bucket)).kind(), ErrorKind::unavailable);
}

TEST_F(BucketStoreTest, ReplicationAbsentInBothWays) {
  auto buckets = store();
  transport.answer(404, error_xml("ReplicationConfigurationNotFoundError"));
  EXPECT_FALSE(run(buckets->get_bucket_replication(bucket)));
  transport.answer(200, "<ReplicationConfiguration/>");  // Ceph RGW
  EXPECT_FALSE(run(buckets->get_bucket_replication(bucket)));
  transport.answer(501, error_xml("NotImplemented"));
  EXPECT_EQ(error_of(buckets->get_bucket_replication(bucket)).kind(), ErrorKind::unsupported);
  transport.answer(404, error_xml("NoSuchBucket"));
  EXPECT_EQ(error_of(buckets->get_bucket_replication(bucket)).kind(), ErrorKind::not_found);
  transport.answer(200, s3::write_replication_configuration(one_rule()));
  EXPECT_EQ(run(buckets->get_bucket_replication(bucket)), one_rule());
}

TEST_F(BucketStoreTest, RefusedReplicationIsNotTakenForUnsupported) {
  auto buckets = store();
  transport.answer(400,
                   "<Error><Code>InvalidRequest</Code><Message>Versioning must be 'Enabled' on the bucket to "
                   "apply a replication configuration</Message></Error>");
  const Error error = error_of(buckets->put_bucket_replication(bucket, one_rule()));
  EXPECT_EQ(error.kind(), ErrorKind::invalid);
  EXPECT_EQ(transport.last().body, s3::write_replication_configuration(one_rule()));
  EXPECT_EQ(transport.last().target, "/?replication");
}

TEST_F(BucketStoreTest, CreatesInItsRegionAndTellsOursFromOthers) {
  auto buckets = store();
  transport.answer(200);
  EXPECT_TRUE(run(buckets->create_bucket(bucket, {{"dr:source", "harbor-ledger"}})));
  EXPECT_EQ(transport.last().method, "PUT");
  EXPECT_EQ(transport.last().target, "/");
  EXPECT_NE(transport.last().body.find("<LocationConstraint>eu-west-1</LocationConstraint>"),
            std::string::npos);
  EXPECT_NE(transport.last().body.find("<Key>dr:source</Key>"), std::string::npos);
  EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "(absent)");
  transport.answer(409, error_xml("BucketAlreadyOwnedByYou"));
  EXPECT_FALSE(run(buckets->create_bucket(bucket, {})));
  transport.answer(409, error_xml("BucketAlreadyExists"));
  const Error taken = error_of(buckets->create_bucket(bucket, {}));
  EXPECT_EQ(taken.kind(), ErrorKind::denied);
  EXPECT_EQ(taken.code(), "BucketAlreadyExists");
  // Not repeated: a bucket may be there now.
  const std::size_t before = transport.count();
  transport.answer(500, error_xml("InternalError"));
  EXPECT_EQ(error_of(buckets->create_bucket(bucket, {})).kind(), ErrorKind::outcome_unknown);
  EXPECT_EQ(transport.count() - before, 1u);
}

TEST_F(BucketStoreTest, AccountRegionalNamesAreCreatedInTheirNamespace) {
  auto buckets = store();
  transport.answer(200);
  EXPECT_TRUE(run(buckets->create_bucket(bucket, {})));
  EXPECT_EQ(transport.last().header("x-amz-bucket-namespace"), "(absent)");
  const std::string ending = s3::account_regional_ending(buckets->account(), buckets->region());
  transport.answer(200);
  EXPECT_TRUE(run(buckets->create_bucket(s3::BucketName::parse("ledger-dr" + ending), {})));
  EXPECT_EQ(transport.last().header("x-amz-bucket-namespace"), "account-regional");
}

TEST_F(BucketStoreTest, AnObjectLockIsAskedForOnlyIfItIsWanted) {
  auto buckets = store();
  transport.answer(200);
  EXPECT_TRUE(run(buckets->create_bucket(bucket, {}, true)));
  EXPECT_EQ(transport.last().header("x-amz-bucket-object-lock-enabled"), "true");
  transport.answer(200);
  EXPECT_TRUE(run(buckets->create_bucket(bucket, {})));
  EXPECT_EQ(transport.last().header("x-amz-bucket-object-lock-enabled"), "(absent)");
}

TEST_F(BucketStoreTest, LocationConstraintUsEast1IsNeverSent) {
  S3ClientOptions options = default_options();
  options.region = s3::Region::parse("us-east-1");
  auto buckets = store(options);
  transport.answer(200);
  EXPECT_TRUE(run(buckets->create_bucket(bucket, {})));
  EXPECT_EQ(transport.last().body, "");
}

TEST_F(BucketStoreTest, ListsBucketsPageByPage) {
  auto buckets = store();
  const std::string page =
      "<ListAllMyBucketsResult><Owner><ID>79a5</ID></Owner><Buckets><Bucket><Name>harbor-ledger</Name>"
      "<CreationDate>2026-01-02T03:04:05.000Z</CreationDate><BucketRegion>eu-west-1</BucketRegion></Bucket>"
      "</Buckets><ContinuationToken>t1</ContinuationToken></ListAllMyBucketsResult>";
  transport.answer(200, page);
  const s3::BucketPage first = run(buckets->list_buckets(""));
  EXPECT_EQ(transport.last().target, "/?max-buckets=1000");
  EXPECT_EQ(transport.last().endpoint.host, "s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "(absent)");
  ASSERT_EQ(first.buckets.size(), 1u);
  EXPECT_EQ(first.buckets[0].region.text(), "eu-west-1");
  transport.answer(200, page);  // a store that ignores the token
  EXPECT_EQ(error_of(buckets->list_buckets("t1")).kind(), ErrorKind::corrupt);
  EXPECT_EQ(transport.last().target, "/?max-buckets=1000&continuation-token=t1");
}

TEST_F(BucketStoreTest, TagsThroughS3Control) {
  auto buckets = store();
  transport.answer(204);
  run(buckets->tag_resource(bucket, {{"dr", "true"}}));
  EXPECT_EQ(transport.last().method, "POST");
  EXPECT_EQ(transport.last().endpoint.host, "111122223333.s3-control.eu-west-1.amazonaws.com");
  EXPECT_EQ(transport.last().target, "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Aharbor-ledger");
  EXPECT_EQ(transport.last().header("x-amz-account-id"), "111122223333");
  expect_signed(transport.last(), "eu-west-1", clock.now());
  transport.answer(204);
  run(buckets->untag_resource(bucket, {"dr", "a b"}));
  EXPECT_EQ(transport.last().method, "DELETE");
  EXPECT_EQ(transport.last().target,
            "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Aharbor-ledger?tagKeys=dr&tagKeys=a%20b");
}

TEST_F(BucketStoreTest, AStoreWithoutS3ControlIsUnsupported) {
  for (const auto& [status, body] : std::vector<std::pair<int, std::string>>{
           {404, error_xml("NoSuchBucket", "<BucketName>v20180820</BucketName>")},
           {404, error_xml("NoSuchBucket", "<Resource>/v20180820/tags</Resource>")},
           {405, error_xml("MethodNotAllowed")},
           {501, error_xml("NotImplemented")},
           {404, "not found"}}) {
    transport.answer(status, body);
    const Error error = error_of(store(custom_options())->tag_resource(bucket, {{"dr", "true"}}));
    EXPECT_EQ(error.kind(), ErrorKind::unsupported) << body;
  }
  transport.answer(404, error_xml("NoSuchBucket", "<BucketName>harbor-ledger</BucketName>"));
  EXPECT_EQ(error_of(store()->tag_resource(bucket, {{"dr", "true"}})).kind(), ErrorKind::not_found);
}

}  // namespace
}  // namespace s3dr::client
