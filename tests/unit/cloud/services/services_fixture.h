// Both regions of the cloud in one thread, with all services. Calls are signed for their service as SDKs sign
// them.
#pragma once

#include <boost/json.hpp>
#include <map>
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
};

}  // namespace s3dr::services
