#include "s3/xml_bucket.h"

#include <gtest/gtest.h>

#include "refusal.h"

namespace s3dr::s3 {
namespace {

constexpr const char* declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr const char* name_space = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

TEST(XmlBucket, CreateBucketConfiguration) {
  EXPECT_EQ(write_create_bucket_request({"eu-central-1", {{"dr:source", "harbor-ledger"}}}),
            std::string(declaration) + "<CreateBucketConfiguration" + name_space +
                "><LocationConstraint>eu-central-1</LocationConstraint><Tags><Tag><Key>dr:source</Key><Value>"
                "harbor-ledger</Value></Tag></Tags></CreateBucketConfiguration>");
  EXPECT_EQ(parse_create_bucket_request(""), CreateBucketConfiguration{});
  EXPECT_EQ(parse_create_bucket_request(" \n"), CreateBucketConfiguration{});
  EXPECT_EQ(parse_create_bucket_request("<CreateBucketConfiguration><New/><LocationConstraint>EU"
                                        "</LocationConstraint></CreateBucketConfiguration>"),
            (CreateBucketConfiguration{"EU", {}}));
}

TEST(XmlBucket, Versioning) {
  EXPECT_EQ(write_versioning(Versioning::never_enabled),
            std::string(declaration) + "<VersioningConfiguration" + name_space + "/>");
  EXPECT_EQ(write_versioning(Versioning::enabled), std::string(declaration) + "<VersioningConfiguration" +
                                                       name_space +
                                                       "><Status>Enabled</Status></VersioningConfiguration>");
  EXPECT_EQ(parse_versioning("<VersioningConfiguration xmlns=\"u\"/>"), Versioning::never_enabled);
  EXPECT_EQ(parse_versioning(
                "<VersioningConfiguration><MfaDelete>Disabled</MfaDelete><Status>\n Suspended </Status>"
                "</VersioningConfiguration>"),
            Versioning::suspended);
}

TEST(XmlBucket, Location) {
  EXPECT_EQ(
      write_location_result(Region::parse("eu-west-1")),
      std::string(declaration) + "<LocationConstraint" + name_space + ">eu-west-1</LocationConstraint>");
  EXPECT_EQ(write_location_result(Region::parse("us-east-1")),
            std::string(declaration) + "<LocationConstraint" + name_space + "/>");
}

TEST(XmlBucket, BucketPage) {
  BucketPage page;
  page.buckets.push_back({BucketName::parse("abc"), Instant(milliseconds(0)), Region::parse("us-west-2")});
  page.continuation_token = "t";
  EXPECT_EQ(
      write_list_buckets_result(page, "a", "owner", true),
      std::string(declaration) + "<ListAllMyBucketsResult" + name_space +
          "><Owner><ID>owner</ID></Owner><Buckets><Bucket><Name>abc</Name><CreationDate>"
          "1970-01-01T00:00:00.000Z</CreationDate><BucketRegion>us-west-2</BucketRegion></Bucket></Buckets>"
          "<Prefix>a</Prefix><ContinuationToken>t</ContinuationToken></ListAllMyBucketsResult>");
  EXPECT_EQ(write_list_buckets_result(page, "", "owner", false).find("BucketRegion"), std::string::npos);
  // Buckets from before today's rules are listed, not dropped.
  const BucketPage old = parse_list_buckets_result(
      "<ListAllMyBucketsResult><Buckets><Bucket><Name>Old_Bucket</Name><CreationDate>2008-01-02T03:04:05Z"
      "</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>");
  ASSERT_EQ(old.buckets.size(), 1U);
  EXPECT_EQ(old.buckets[0].name.text(), "Old_Bucket");
  EXPECT_TRUE(old.buckets[0].region.empty());
}

TEST(XmlBucket, Tags) {
  EXPECT_EQ(write_tagging({{"dr", "true"}}),
            std::string(declaration) + "<Tagging" + name_space +
                "><TagSet><Tag><Key>dr</Key><Value>true</Value></Tag></TagSet></Tagging>");
  EXPECT_EQ(
      write_tag_resource_request({{"dr", "true"}}),
      std::string(declaration) +
          "<TagResourceRequest xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Tags><Tag><Key>dr"
          "</Key><Value>true</Value></Tag></Tags></TagResourceRequest>");
  EXPECT_EQ(parse_tagging("<Tagging><TagSet/></Tagging>"), TagSet{});
  EXPECT_EQ(
      write_list_tags_for_resource_result({{"dr", "<true>"}}),
      std::string(declaration) +
          "<ListTagsForResourceResult xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Tags><Tag>"
          "<Key>dr</Key><Value>&lt;true&gt;</Value></Tag></Tags></ListTagsForResourceResult>");
}

TEST(XmlBucket, MalformedDocuments) {
  const auto refused = [](auto parse, const char* text) {
    EXPECT_EQ(refusal_of([&] { parse(text); }), malformed) << text;
  };
  for (const char* text : {"", "x", "<Other/>", "<Tagging", "<!DOCTYPE a><Tagging/>"}) {
    refused(parse_versioning, text);
    refused(parse_tagging, text);
    refused(parse_list_buckets_result, text);
    refused(parse_replication_configuration, text);
    refused(parse_tag_resource_request, text);
  }
  refused(parse_create_bucket_request, "<Other/>");
  refused(parse_versioning, "<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>");
  refused(parse_versioning, "<VersioningConfiguration><Status/></VersioningConfiguration>");
  refused(parse_tagging, "<Tagging/>");
  refused(parse_tagging, "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>");
  refused(parse_tagging, "<Tagging><TagSet><Tag><Value>a</Value></Tag></TagSet></Tagging>");
  refused(parse_tagging, "<Tagging><TagSet><Tag><Key>&x;</Key><Value/></Tag></TagSet></Tagging>");
  refused(parse_tag_resource_request, "<TagResourceRequest/>");
  refused(parse_list_buckets_result,
          "<ListAllMyBucketsResult><Buckets><Bucket/></Buckets></ListAllMyBucketsResult>");
}

}  // namespace
}  // namespace s3dr::s3
