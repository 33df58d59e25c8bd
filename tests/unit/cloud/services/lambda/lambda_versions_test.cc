// Published versions: taken at creation, at an update of the code, or by themselves; never changed
// afterwards.
#include "cloud/services/lambda/lambda_versions.h"

#include <gtest/gtest.h>

#include "unit/cloud/services/lambda/lambda_fixture.h"

namespace s3dr::services {
namespace {

namespace json = boost::json;

constexpr const char* path = "/2015-03-31/functions/check";

class LambdaVersionsTest : public LambdaTest {
 protected:
  static json::object parsed(const cloud::Reply& reply) {
    json::error_code failure;
    const json::value value = json::parse(reply.body, failure);
    return value.is_object() ? value.get_object() : json::object{{"unreadable", reply.body}};
  }
  json::object configuration(const std::string& version) {
    const cloud::Reply reply = lambda("GET", path + ("?Qualifier=" + version));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return at(parsed(reply), "/Configuration").as_object();
  }
  std::string field(const std::string& version, const char* name) {
    return std::string(configuration(version).at(name).as_string());
  }
  std::vector<std::string> versions() {
    const json::object listed = parsed(lambda("GET", path + std::string("/versions")));
    std::vector<std::string> result;
    for (const json::value& one : listed.at("Versions").as_array())
      result.emplace_back(one.at("Version").as_string());
    return result;
  }
  cloud::Reply update_code(const std::string& bootstrap, bool publish) {
    return lambda("PUT", path + std::string("/code"),
                  {{"ZipFile", to_base64(zip_of(bootstrap))}, {"Publish", publish}});
  }
  cloud::Reply publish(const json::object& body = {}) {
    return lambda("POST", path + std::string("/versions"), body);
  }
  std::size_t bodies() { return west().context().bodies.list().size(); }
};

TEST_F(LambdaVersionsTest, OnePublishedAtCreationIsReadyWhenTheFunctionIs) {
  json::object body = creation();
  body["Publish"] = true;
  const json::object made = parsed(lambda("POST", "/2015-03-31/functions", body));
  EXPECT_EQ(made.at("Version"), "1");
  EXPECT_EQ(made.at("State"), "Pending");
  test::settle(io);
  EXPECT_EQ(field("1", "State"), "Active");
  EXPECT_EQ(field("1", "FunctionArn"), "arn:aws:lambda:us-west-2:111122223333:function:check:1");
  EXPECT_EQ(field("$LATEST", "Version"), "$LATEST");
  EXPECT_EQ(versions(), (std::vector<std::string>{"$LATEST", "1"}));
}

TEST_F(LambdaVersionsTest, AVersionKeepsItsCodeAndSettings) {
  make("check", {{"Publish", true}, {"MemorySize", 256}});
  const std::string code = field("1", "CodeSha256");
  EXPECT_EQ(bodies(), 1U);
  EXPECT_EQ(parsed(update_code("#!/bin/sh\nexit 1\n", true)).at("Version"), "2");
  test::settle(io);
  EXPECT_EQ(lambda("PUT", path + std::string("/configuration"), {{"MemorySize", 512}}).status, 200);
  test::settle(io);
  EXPECT_EQ(field("1", "CodeSha256"), code);
  EXPECT_NE(field("2", "CodeSha256"), code);
  EXPECT_EQ(configuration("2").at("MemorySize"), 256);
  EXPECT_EQ(configuration("$LATEST").at("MemorySize"), 512);
  EXPECT_EQ(field("2", "LastUpdateStatus"), "Successful");
  // Both codes are kept; a third one that no version has replaces nothing that one has.
  EXPECT_EQ(bodies(), 2U);
  update_code("#!/bin/sh\nexit 2\n", false);
  test::settle(io);
  EXPECT_EQ(bodies(), 3U);
  update_code("#!/bin/sh\nexit 3\n", false);
  test::settle(io);
  EXPECT_EQ(bodies(), 3U);
}

TEST_F(LambdaVersionsTest, NothingNewIsPublishedTwice) {
  make();
  EXPECT_EQ(parsed(publish()).at("Version"), "1");
  EXPECT_EQ(parsed(publish()).at("Version"), "1");
  EXPECT_EQ(lambda("PUT", path + std::string("/configuration"), {{"Description", "other"}}).status, 200);
  test::settle(io);
  EXPECT_EQ(parsed(publish()).at("Version"), "2");
  EXPECT_EQ(publish({{"CodeSha256", "other"}}).status, 400);
  EXPECT_EQ(publish({{"RevisionId", "other"}}).status, 412);
  EXPECT_EQ(publish({{"Description", "its own"}}).status, 501);
}

TEST_F(LambdaVersionsTest, VersionsSurviveACrashAndGoWithTheirFunction) {
  make("check", {{"Publish", true}});
  update_code("#!/bin/sh\nexit 1\n", true);
  test::settle(io);
  crash();
  EXPECT_EQ(versions(), (std::vector<std::string>{"$LATEST", "1", "2"}));
  EXPECT_EQ(bodies(), 2U);
  EXPECT_EQ(lambda("DELETE", path).status, 204);
  EXPECT_EQ(number("SELECT COUNT(*) FROM lambda_version"), 0);
  EXPECT_EQ(bodies(), 0U);
}

TEST_F(LambdaVersionsTest, WhatIsNotThereIsSaid) {
  make("check", {{"Publish", true}});
  EXPECT_EQ(lambda("GET", path + std::string("?Qualifier=2")).status, 404);
  for (const auto& [method, target] :
       {std::pair("POST", "/invocations?Qualifier=1"), std::pair("DELETE", "?Qualifier=1"),
        std::pair("GET", "/event-invoke-config?Qualifier=1")}) {
    const char* root = std::string_view(target).starts_with("/event") ? "/2019-09-25/functions/check" : path;
    EXPECT_EQ(lambda(method, std::string(root) + target).status, 501) << target;
  }
  EXPECT_EQ(invoke("check:1").status, 501);
  EXPECT_EQ(invoke("check").status, 200);
}

}  // namespace
}  // namespace s3dr::services
