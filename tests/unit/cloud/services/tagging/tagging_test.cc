#include "cloud/services/tagging/tagging_service.h"

#include "unit/cloud/services/services_fixture.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

class TaggingTest : public ServicesTest {
 protected:
  cloud::Reply call(const json::object& body, const cloud::Account& account = cloud::alice,
                    const std::string& region = "us-west-2") {
    return json_call("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", body, account, region);
  }
  std::vector<std::string> arns(const json::object& body, const cloud::Account& account = cloud::alice,
                                const std::string& region = "us-west-2") {
    const cloud::Reply reply = call(body, account, region);
    EXPECT_EQ(reply.status, 200) << reply.body;
    std::vector<std::string> found;
    for (const json::value& entry : parsed(reply).at("ResourceTagMappingList").as_array())
      found.emplace_back(entry.at("ResourceARN").as_string());
    return found;
  }
  void bucket(const std::string& name, const std::string& tags, const cloud::Account& account = cloud::alice,
              const std::string& region = "us-west-2") {
    create_bucket(*regions.at(region), name, account);
    if (tags.empty()) return;
    const cloud::Reply reply = send(
        *regions.at(region),
        cloud::Call{
            "PUT", "/" + name + "?tagging", "<Tagging><TagSet>" + tags + "</TagSet></Tagging>", {}, account});
    ASSERT_EQ(reply.status, 204) << reply.body;
  }
  static std::string tag(const std::string& key, const std::string& value) {
    return "<Tag><Key>" + key + "</Key><Value>" + value + "</Value></Tag>";
  }
  static json::object filter(const std::string& key, json::array values) {
    return {{"TagFilters", json::array{json::object{{"Key", key}, {"Values", std::move(values)}}}}};
  }
};

TEST_F(TaggingTest, FindsTaggedBucketsOfTheCallerInThisRegion) {
  bucket("protected-one", tag("dr", "true") + tag("team", "a+b ü"));
  bucket("protected-two", tag("dr", "false"));
  bucket("untagged-bucket", "");
  bucket("of-bob", tag("dr", "true"), cloud::bob);
  bucket("elsewhere", tag("dr", "true"), cloud::alice, "us-east-2");
  using List = std::vector<std::string>;
  EXPECT_EQ(arns(filter("dr", {"true"})), List{"arn:aws:s3:::protected-one"});
  EXPECT_EQ(arns(filter("dr", {})), (List{"arn:aws:s3:::protected-one", "arn:aws:s3:::protected-two"}));
  EXPECT_EQ(arns(filter("dr", {"True"})), List{});
  EXPECT_EQ(arns(filter("dr", {"true"}), cloud::bob), List{"arn:aws:s3:::of-bob"});
  EXPECT_EQ(arns(filter("dr", {"true"}), cloud::alice, "us-east-2"), List{"arn:aws:s3:::elsewhere"});
  EXPECT_EQ(arns({{"ResourceARNList", json::array{"arn:aws:s3:::protected-two", "arn:aws:s3:::of-bob"}}}),
            List{"arn:aws:s3:::protected-two"});
  const json::object told = parsed(call(filter("team", {"a+b ü"})));
  EXPECT_EQ(told.at("PaginationToken").as_string(), "");
  EXPECT_EQ(told.at("ResourceTagMappingList").at(0).at("Tags"),
            (json::array{json::object{{"Key", "dr"}, {"Value", "true"}},
                         json::object{{"Key", "team"}, {"Value", "a+b ü"}}}));
}

TEST_F(TaggingTest, OtherResourcesAreFoundByTheirType) {
  bucket("a-bucket", tag("owner", "dr"));
  json_call("sqs", "AmazonSQS.CreateQueue", {{"QueueName", "q"}, {"tags", {{"owner", "dr"}}}});
  json_call("sqs", "AmazonSQS.CreateQueue", {{"QueueName", "plain"}});
  query("sns", "CreateTopic", {{"Name", "t"}, {"Tags.member.1.Key", "owner"}, {"Tags.member.1.Value", "dr"}});
  EXPECT_EQ(arns(filter("owner", {"dr"})).size(), 3U);
  const auto of_types = [&](json::array types) { return arns({{"ResourceTypeFilters", std::move(types)}}); };
  EXPECT_EQ(of_types({"s3"}).size(), 1U);
  EXPECT_EQ(of_types({"s3:bucket", "sqs:queue"}).size(), 2U);
  EXPECT_EQ(of_types({"s3:accesspoint"}).size(), 0U);
}

TEST_F(TaggingTest, PagesFollowEachOtherWhileResourcesComeAndGo) {
  for (int i = 0; i < 25; ++i) bucket("paged-bucket-" + std::to_string(100 + i), tag("dr", "true"));
  json::object body = filter("dr", {"true"});
  body["ResourcesPerPage"] = 10;
  std::vector<std::string> all;
  std::size_t pages = 0;
  do {
    const json::object page = parsed(call(body));
    for (const json::value& entry : page.at("ResourceTagMappingList").as_array())
      all.emplace_back(entry.at("ResourceARN").as_string());
    body["PaginationToken"] = page.at("PaginationToken");
    if (++pages == 1) bucket("paged-bucket-000", tag("dr", "true"));
  } while (!body.at("PaginationToken").as_string().empty() && pages < 10);
  EXPECT_EQ(pages, 3U);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 25U);
}

TEST_F(TaggingTest, WhatIsWrongIsRefused) {
  const auto refusal = [&](const json::object& body) {
    const cloud::Reply reply = call(body);
    return std::to_string(reply.status) + " " + std::string(parsed(reply).at("__type").as_string());
  };
  EXPECT_EQ(refusal({{"TagFilters", 7}}), "400 InvalidParameterException");
  EXPECT_EQ(refusal({{"TagFilters", json::array{json::object()}}}), "400 InvalidParameterException");
  EXPECT_EQ(refusal({{"ResourcesPerPage", 0}}), "400 InvalidParameterException");
  EXPECT_EQ(refusal({{"PaginationToken", "?"}}), "400 PaginationTokenExpiredException");
  EXPECT_EQ(refusal({{"IncludeComplianceDetails", true}}), "501 UnsupportedOperationException");
  json::object both = filter("a", {});
  both["ResourceARNList"] = json::array{"arn:aws:s3:::x"};
  EXPECT_EQ(refusal(both), "400 InvalidParameterException");
  EXPECT_EQ(json_call("tagging", "ResourceGroupsTaggingAPI_20170126.GetTagKeys", json::object()).status, 501);
}

}  // namespace
}  // namespace s3dr::services
