// The client of AWS's other services (SNS, STS, IAM, Lambda, EventBridge, SQS, …) in one region. It signs
// every attempt anew, sends it, judges the answer, and repeats what may be repeated.
// Above it: files that know what an operation means (sns_topic.h, client/credentials/assume_role.h, deploy/).
// Below it: the HttpTransport, which knows sockets. It knows no operation; query_call, json_call and
// rest_call encode one in the protocol of its service (docs/protocol/clients-and-credentials.md).
//
// Its rules are those of S3Client:
// - Calls that are Repeatable::always are repeated. Any other call is repeated only if it surely took no
//   effect.
// - A 5xx after a call that is not repeatable is outcome_unknown: look before repeating it.
// - A clock that is off is corrected from the Date header, once.
// - Expired credentials are fetched anew, once.
// - Redirects are never followed: no service except S3 sends one.
#pragma once

#include <boost/json/fwd.hpp>

#include <expected>
#include <map>
#include <string>

#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/http_message.h"
#include "base/random.h"
#include "base/retry.h"
#include "base/task.h"
#include "client/credentials.h"
#include "client/endpoints.h"
#include "http/transport.h"
#include "s3/names.h"

namespace s3dr::client {

struct ServiceCall {
  std::string service;     // signing name: "sns"
  std::string host_label;  // on AWS "<host_label>.<region>.amazonaws.com"; empty: as `service`
  std::string method = "POST";
  std::string target = "/";  // as on the wire, encoded
  Headers headers;
  std::string body;
  Repeatable repeatable = Repeatable::always;
  bool is_signed = true;  // AssumeRoleWithWebIdentity and the SSO portal are not
};

struct ServiceAnswer {
  int status = 0;
  Headers headers;
  std::string body;
};

// Where a call goes, and for which region it is signed. Pure. In this order:
// - The configured endpoint of the region, if there is one. It serves all services. The call is signed for
//   the region itself, as the AWS tools do.
// - Otherwise AWS's own host. IAM is global: it has one host for each partition, and the call is signed for
//   the partition's first region (us-east-1).
struct ServiceAddress {
  Endpoint endpoint;
  std::string signing_region;
};
ServiceAddress service_address(const EndpointMap& endpoints, const s3::Region& region,
                               const ServiceCall& call);

struct ServiceClientOptions {
  s3::Region region;
  EndpointMap endpoints;
  RetryPolicy retry;
  milliseconds attempt_max{60'000};
  http::SendOptions send;
  std::string user_agent = "s3dr";
};

class ServiceClient {
 public:
  // All references outlive the client. One thread.
  ServiceClient(http::HttpTransport& transport, Clock& clock, Random& random,
                CredentialsProvider& credentials, ServiceClientOptions options);
  ServiceClient(const ServiceClient&) = delete;
  ServiceClient& operator=(const ServiceClient&) = delete;

  // The error is a final answer of the service; its code has no namespace ("ResourceNotFoundException").
  // Raises what remains when repeating did not help (throttled, unavailable, outcome_unknown), cancelled, and
  // the errors of the credentials provider.
  Task<std::expected<ServiceAnswer, Error>> call(ServiceCall call);
  // Like call(), but an error of the answer is raised.
  Task<ServiceAnswer> require(ServiceCall call);

  const ServiceClientOptions& options() const { return options_; }
  const s3::Region& region() const { return options_.region; }
  Clock& clock() { return clock_; }
  Random& random() { return random_; }

 private:
  struct Journey;
  Task<std::expected<ServiceAnswer, Error>> attempt(const ServiceCall& call, Journey& journey);
  bool turn(const Error& error, Journey& journey);

  http::HttpTransport& transport_;
  Clock& clock_;
  Random& random_;
  CredentialsProvider& credentials_;
  ServiceClientOptions options_;
  aws::SigningKeyCache signing_keys_;
  milliseconds clock_offset_{0};  // server's time minus ours
};

// The Query protocol: SNS, STS, IAM, CloudWatch. `form` is without Action and Version. Lists and maps in it
// are flattened already ("Tags.member.1.Key").
ServiceCall query_call(std::string service, std::string action, std::string version,
                       std::map<std::string, std::string> form, Repeatable repeatable);
// JSON 1.0 (SQS) and 1.1 (EventBridge, Logs, CloudTrail, tagging). `target`: "AWSEvents.PutRule".
ServiceCall json_call(std::string service, std::string target, const boost::json::value& body,
                      std::string json_version, Repeatable repeatable);
// REST-JSON (Lambda). `target` is encoded already; nullptr: no body.
ServiceCall rest_call(std::string service, std::string method, std::string target,
                      const boost::json::value* body, Repeatable repeatable);

// "sns:Publish", "events:PutRule", "lambda:PUT /2015-03-31/functions/f/code": for messages.
std::string resource_of(const ServiceCall& call);

}  // namespace s3dr::client
