// Both regions of the cloud in one thread, with all services. Calls are signed for their service as SDKs sign
// them.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>

#include "cloud/process/services.h"
#include "unit/cloud/region_fixture.h"

namespace s3dr::services {

class ServicesTest : public cloud::RegionTest {
 protected:
  ServicesTest() {
    services = region_services({});
    for (const char* name : {"us-west-2", "us-east-2"}) start(name);
  }

  // Starts the background work of the western region's services; once is enough. stop() must precede a restart of
  // the region, and the end of what the services were given.
  void work() {
    if (!working_) {
      working_ = std::make_unique<test::Outcome>();
      test::start(io, west().run(), *working_);
    }
    test::settle(io);
  }
  void stop() {
    if (!working_) return;
    working_->cancel();
    test::settle(io);
    EXPECT_TRUE(working_->ended);
    working_.reset();
  }
  // Time goes by in steps: what is due at each of them happens.
  void pass(milliseconds time, milliseconds step) {
    test::settle(io);
    for (; time > milliseconds(0); time -= step) {
      clock.advance(std::min(time, step));
      test::settle(io);
    }
  }

  // A Query call: `form` gets Action and nothing else.
  cloud::Reply query(const std::string& service, const std::string& action,
                     const std::map<std::string, std::string>& form,
                     const cloud::Account& account = cloud::alice, const std::string& region = "us-west-2") {
    cloud::Call call{"POST", "/", "Action=" + uri_encode(action)};
    for (const auto& [name, value] : form) call.body += "&" + uri_encode(name) + "=" + uri_encode(value);
    call.headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    call.account = account;
    return send(*regions.at(region), sign(call, region, service));
  }

  // A JSON call: "AWSEvents.PutRule".
  cloud::Reply json_call(const std::string& service, const std::string& target,
                         const boost::json::value& body, const cloud::Account& account = cloud::alice,
                         const std::string& region = "us-west-2") {
    cloud::Call call{"POST", "/", boost::json::serialize(body)};
    call.headers.set("Content-Type", "application/x-amz-json-1.1");
    call.headers.set("X-Amz-Target", target);
    call.account = account;
    return send(*regions.at(region), sign(call, region, service));
  }

  // A REST-JSON call of Lambda.
  cloud::Reply rest(const std::string& service, const std::string& method, const std::string& target,
                    const std::string& body, const cloud::Account& account = cloud::alice,
                    const std::string& region = "us-west-2") {
    cloud::Call call{method, target, body};
    if (!body.empty()) call.headers.set("Content-Type", "application/json");
    call.account = account;
    return send(*regions.at(region), sign(call, region, service));
  }

  // A policy that lets everybody in: for tests that are about something else.
  static std::string open_policy() {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*",)"
           R"("Resource":"*"}]})";
  }
  static boost::json::object open_queue() { return {{"Policy", open_policy()}}; }

  static boost::json::object parsed(const cloud::Reply& reply) {
    return boost::json::parse(reply.body).as_object();
  }

 private:
  std::unique_ptr<test::Outcome> working_;
};

}  // namespace s3dr::services
