#include "cloud/services/common/query_protocol.h"

#include "cloud/services/common/json_protocol.h"
#include "unit/cloud/services/services_fixture.h"

namespace s3dr::services {
namespace {

TEST_F(ServicesTest, AServiceThatIsNotThereSaysSoInTheCallersProtocol) {
  const cloud::Reply form = query("elasticache", "DescribeCacheClusters", {});
  EXPECT_EQ(form.status, 501);
  EXPECT_EQ(form.code(), "NotImplemented");
  const cloud::Reply json = json_call("kinesis", "Kinesis_20131202.ListStreams", boost::json::object());
  EXPECT_EQ(json.status, 501);
  EXPECT_EQ(parsed(json).at("__type"), "UnsupportedOperationException");
  EXPECT_FALSE(json.header("x-amzn-RequestId").empty());
}

TEST(QueryForm, ListsMapsAndTags) {
  const QueryForm form = QueryForm::parse(
      "Action=CreateTopic&Name=a%2Bb+c&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=x%26y"
      "&Tags.member.1.Key=k&Tags.member.1.Value=&Names.member.1=one&Names.member.2=two&Empty=");
  EXPECT_EQ(form.action(), "CreateTopic");
  EXPECT_EQ(form.get("Name"), "a+b c");
  EXPECT_EQ(form.map("Attributes"), (std::map<std::string, std::string>{{"DisplayName", "x&y"}}));
  EXPECT_EQ(form.tags(), (std::map<std::string, std::string>{{"k", ""}}));
  EXPECT_EQ(form.list("Names.member"), (std::vector<std::string>{"one", "two"}));
  EXPECT_THROW(form.require("Empty"), ServiceError);
  EXPECT_THROW(QueryForm::parse("a=%zz"), ServiceError);
  EXPECT_THROW(QueryForm::parse("a=1&a=2"), ServiceError);
}

TEST(JsonRequests, AnythingButAnObjectIsRefused) {
  EXPECT_TRUE(parse_json_object("").empty());
  for (const std::string bad : {"[]", "1", "{", "\"x\"", "[[[[[[[[[["})
    EXPECT_THROW(parse_json_object(bad), ServiceError) << bad;
}

}  // namespace
}  // namespace s3dr::services
