// A client of SNS, STS and their like in eu-west-1, on the same scripted transport as the S3 client's tests.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "aws/hash.h"
#include "client/services/service_client.h"
#include "unit/client/client_fixture.h"

namespace s3dr::client {

class ServiceTest : public ClientTest {
 protected:
  static ServiceClientOptions service_options() {
    ServiceClientOptions options;
    options.region = s3::Region::parse("eu-west-1");
    options.retry.attempts_max = 4;
    options.retry.delay_base = milliseconds(0);
    return options;
  }

  ServiceClient& service(ServiceClientOptions options = service_options()) {
    service_ = std::make_unique<ServiceClient>(transport, clock, *random, credentials, std::move(options));
    return *service_;
  }

  // As the service would check it, its body included.
  void expect_signed_for(const test::SentRequest& sent, std::string name, std::string region, Instant now) {
    expect_signed(sent, std::move(region), now, std::move(name), aws::sha256_hex(sent.body));
  }

  static std::string query_error(const std::string& code, const std::string& message = "told so") {
    return "<ErrorResponse "
           "xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>" +
           code + "</Code><Message>" + message +
           "</Message></Error><RequestId>4F2A</RequestId></ErrorResponse>";
  }
  static std::string json_error(const std::string& type) {
    return "{\"__type\":\"" + type + "\",\"message\":\"told so\"}";
  }

 private:
  std::unique_ptr<ServiceClient> service_;
};

}  // namespace s3dr::client
