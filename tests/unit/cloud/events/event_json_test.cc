#include "cloud/events/event_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "s3/xml_bucket.h"
#include "s3/xml_from_json.h"

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

// What a reader makes of the event is what was sent.
TEST(EventJson, a_replication_configuration_can_be_read_back) {
  s3::ReplicationConfiguration sent{"arn:aws:iam::111122223333:role/theirs", {}};
  for (const char* id : {"one", "two & <more>"}) {
    s3::ReplicationRule rule;
    rule.id = id;
    rule.priority = static_cast<std::int64_t>(sent.rules.size()) + 1;
    rule.filter = sent.rules.empty() ? s3::ReplicationFilter{}
                                     : s3::ReplicationFilter{"logs/", {{"a", "1"}, {"b", ""}}};
    rule.delete_marker_replication = s3::Switch::disabled;
    rule.destination.bucket_arn = "arn:aws:s3:::elsewhere";
    rule.unknown_rule_xml = "<Newer><Part>1</Part><Part>2</Part></Newer>";
    sent.rules.push_back(rule);
    const auto parameters = boost::json::parse(
        request_parameters(request("replication", s3::write_replication_configuration(sent))));
    const auto xml = s3::xml_from_json("ReplicationConfiguration", parameters.at("ReplicationConfiguration"));
    ASSERT_TRUE(xml);
    EXPECT_EQ(s3::parse_replication_configuration(*xml), sent) << *xml;
  }
}

TEST(EventJson, parameters_above_100_kb_are_left_out_and_it_says_so) {
  const std::string fits(100 * 1024 - 200, 'x');
  const auto shown =
      boost::json::parse(request_parameters(request("tagging", "<Tagging>" + fits + "</Tagging>")));
  EXPECT_EQ(shown.at("Tagging").as_string().size(), fits.size());
  const auto left_out =
      boost::json::parse(request_parameters(request("tagging", "<Tagging>" + fits + fits + "</Tagging>")));
  EXPECT_TRUE(left_out.at("omitted").as_bool());
  EXPECT_EQ(left_out.at("reason"), "requestParameters too large");
  EXPECT_FALSE(left_out.as_object().contains("bucketName"));
}

}  // namespace
}  // namespace s3dr::cloud
