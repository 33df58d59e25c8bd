#include "cloud/events/event_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace s3dr::cloud {
namespace {

const std::string xmlns = "http://s3.amazonaws.com/doc/2006-03-01/";
const std::string host = "harbor-ledger.s3.eu-west-1.amazonaws.com";

Request request(std::string subresource, std::string document) {
  Request result;
  result.bucket_text = "harbor-ledger";
  if (!subresource.empty()) result.query.push_back({std::move(subresource), ""});
  result.headers.add("Host", host);
  result.document = std::move(document);
  return result;
}

// The recorded shapes of docs/protocol.md, Events.
void expect_shape(const Request& given, std::string_view expected) {
  EXPECT_EQ(boost::json::parse(request_parameters(given)), boost::json::parse(expected))
      << request_parameters(given);
}

TEST(EventJson, PutBucketTaggingOneTag) {
  expect_shape(
      request("tagging", "<Tagging xmlns=\"" + xmlns +
                             "\"><TagSet><Tag><Key>dr</Key><Value>enabled</Value></Tag></TagSet></Tagging>"),
      R"({"tagging":"","bucketName":"harbor-ledger","Host":")" + host + R"(","Tagging":{"xmlns":")" + xmlns +
          R"(","TagSet":{"Tag":{"Key":"dr","Value":"enabled"}}}})");
}

TEST(EventJson, PutBucketTaggingManyAndNone) {
  expect_shape(
      request("tagging",
              "<Tagging><TagSet><Tag><Key>dr</Key><Value>enabled</Value></Tag>"
              "<Tag><Key>team</Key><Value/></Tag><Tag><Key>n</Key><Value>7</Value></Tag>"
              "</TagSet></Tagging>"),
      R"({"tagging":"","bucketName":"harbor-ledger","Host":")" + host +
          R"(","Tagging":{"TagSet":{"Tag":[{"Key":"dr","Value":"enabled"},{"Key":"team","Value":""},)"
          R"({"Key":"n","Value":"7"}]}}})");
  expect_shape(
      request("tagging", "<Tagging><TagSet/></Tagging>"),
      R"({"tagging":"","bucketName":"harbor-ledger","Host":")" + host + R"(","Tagging":{"TagSet":""}})");
}

TEST(EventJson, CallsWithoutDocument) {
  expect_shape(request("replication", ""),
               R"({"replication":"","bucketName":"harbor-ledger","Host":")" + host + R"("})");
  expect_shape(request("", ""), R"({"bucketName":"harbor-ledger","Host":")" + host + R"("})");
  expect_shape(request("tagging", "<not xml"),
               R"({"tagging":"","bucketName":"harbor-ledger","Host":")" + host + R"("})");
}

TEST(EventJson, ReplicationAndCreation) {
  expect_shape(
      request("replication",
              "<ReplicationConfiguration><Role>arn</Role><Rule><ID>a</ID><Filter/></Rule>"
              "<Rule><ID>b</ID></Rule></ReplicationConfiguration>"),
      R"({"replication":"","bucketName":"harbor-ledger","Host":")" + host +
          R"(","ReplicationConfiguration":{"Role":"arn","Rule":[{"ID":"a","Filter":""},{"ID":"b"}]}})");
  expect_shape(request("",
                       "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
                       "</CreateBucketConfiguration>"),
               R"({"bucketName":"harbor-ledger","Host":")" + host +
                   R"(","CreateBucketConfiguration":{"LocationConstraint":"eu-west-1"}})");
}

TEST(EventJson, ControlCallsNameTheArn) {
  Request untag = request("", "");
  untag.key = s3::ObjectKey("v20180820/tags/arn:aws:s3:::harbor-ledger");
  untag.query = {{"tagKeys", "dr"}, {"tagKeys", "team"}};
  expect_shape(untag, R"({"tagKeys":["dr","team"],"resourceArn":"arn:aws:s3:::harbor-ledger","Host":")" +
                          host + R"("})");
}

TEST(EventJson, HugeDocumentsAreLeftOut) {
  const Request huge = request("tagging", "<Tagging>" + std::string(200'000, 'x') + "</Tagging>");
  expect_shape(huge, R"({"tagging":"","bucketName":"harbor-ledger","Host":")" + host + R"("})");
}

}  // namespace
}  // namespace s3dr::cloud
