#include "client/services/service_client.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "aws/hash.h"
#include "base/encoding.h"
#include "client/attempt.h"
#include "client/services/service_error.h"

namespace s3dr::client {
namespace {

using Outcome = std::expected<ServiceAnswer, Error>;

// If the clock is off by more than this, it is taken for the cause of a refused signature. The services
// accept five minutes.
constexpr milliseconds skew_suspected{4 * 60'000};

// The region that answers for IAM in a partition.
std::string iam_region(const s3::Region& region) {
  const std::string& name = region.text();
  if (name.starts_with("cn-")) return "cn-north-1";
  if (name.starts_with("us-gov-")) return "us-gov-west-1";
  if (name.starts_with("eusc-")) return "eusc-de-east-1";
  return "us-east-1";
}

std::string iam_host(const s3::Region& region) {
  const std::string home = iam_region(region);
  if (home == "us-east-1") return "iam.amazonaws.com";
  if (home == "us-gov-west-1") return "iam.us-gov.amazonaws.com";
  return fmt::format("iam.{}.{}", home, partition_suffix(region));
}

bool tells_of_skew(std::string_view code) {
  return code == "RequestTimeTooSkewed" || code == "RequestExpired" || code == "RequestInTheFuture";
}

// Query services answer so for a signature that is too old, too.
bool may_tell_of_skew(std::string_view code) {
  return code == "SignatureDoesNotMatch" || code == "InvalidSignatureException" || code == "AuthFailure";
}

}  // namespace

struct ServiceClient::Journey {
  Mending mending;
};

ServiceAddress service_address(const EndpointMap& endpoints, const s3::Region& region,
                               const ServiceCall& call) {
  if (auto endpoint = endpoints.custom(region)) return {*std::move(endpoint), region.text()};
  const std::string& label = call.host_label.empty() ? call.service : call.host_label;
  if (label == "iam") return {Endpoint{true, iam_host(region), 443}, iam_region(region)};
  return {Endpoint{true, fmt::format("{}.{}.{}", label, region.text(), partition_suffix(region)), 443},
          region.text()};
}

ServiceClient::ServiceClient(http::HttpTransport& transport, Clock& clock, Random& random,
                             CredentialsProvider& credentials, ServiceClientOptions options)
    : transport_(transport),
      clock_(clock),
      random_(random),
      credentials_(credentials),
      options_(std::move(options)) {}

Task<Outcome> ServiceClient::call(ServiceCall call) {
  Journey journey;
  const std::function<Task<Outcome>()> attempt_now = [this, &call, &journey] {
    return attempt(call, journey);
  };
  while (true) {
    Outcome outcome =
        co_await with_retry<Outcome>(clock_, random_, options_.retry, call.repeatable, attempt_now);
    if (outcome || !turn(outcome.error(), journey)) co_return outcome;
  }
}

Task<ServiceAnswer> ServiceClient::require(ServiceCall call) {
  Outcome outcome = co_await this->call(std::move(call));
  if (!outcome) throw std::move(outcome).error();
  co_return std::move(*outcome);
}

bool ServiceClient::turn(const Error& error, Journey& journey) {
  if (tells_of_skew(error.code()) && mend_clock(journey.mending, clock_, clock_offset_)) return true;
  if (may_tell_of_skew(error.code()) && mend_clock(journey.mending, clock_, clock_offset_, skew_suspected)) {
    return true;
  }
  return mend_credentials(journey.mending, credentials_, error.code());
}

Task<Outcome> ServiceClient::attempt(const ServiceCall& call, Journey& journey) {
  aws::Credentials credentials;
  if (call.is_signed) credentials = co_await credentials_.get();
  const ServiceAddress address = service_address(options_.endpoints, options_.region, call);
  HttpRequest request;
  request.method = call.method;
  request.target = call.target;
  request.headers.add("Host", address.endpoint.host_header());
  request.headers.add("User-Agent", options_.user_agent);
  for (const Header& field : call.headers) request.headers.add(field.name, field.value);
  request.body = Body(call.body);
  if (call.is_signed) {
    aws::sign_header(request, credentials, {address.signing_region, call.service},
                     clock_.now() + clock_offset_, aws::sha256_hex(call.body), &signing_keys_);
  }
  ExchangeRules rules;
  rules.limit = options_.attempt_max;
  rules.send = options_.send;
  rules.resource = resource_of(call);
  RawAnswer raw = co_await exchange(transport_, clock_, address.endpoint, std::move(request),
                                    std::move(rules), credentials);
  if (const auto date = raw.headers.get("Date")) journey.mending.server_time = from_http_date(*date);
  if (is_success(raw.status)) {
    co_return ServiceAnswer{raw.status, std::move(raw.headers), std::move(raw.text)};
  }
  Error error =
      without_secrets(error_from_service(raw.status, raw.headers, raw.text, resource_of(call)), credentials);
  error = with_kind(error, settled_kind(error, call.repeatable));
  if (may_repeat(error, call.repeatable)) throw error;
  co_return std::unexpected(std::move(error));
}

ServiceCall query_call(std::string service, std::string action, std::string version,
                       std::map<std::string, std::string> form, Repeatable repeatable) {
  ServiceCall call;
  call.service = std::move(service);
  call.repeatable = repeatable;
  call.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  call.body = "Action=" + uri_encode(action) + "&Version=" + uri_encode(version);
  for (const auto& [name, value] : form) call.body += "&" + uri_encode(name) + "=" + uri_encode(value);
  return call;
}

ServiceCall json_call(std::string service, std::string target, const boost::json::value& body,
                      std::string json_version, Repeatable repeatable) {
  ServiceCall call;
  call.service = std::move(service);
  call.repeatable = repeatable;
  call.headers.add("Content-Type", "application/x-amz-json-" + json_version);
  call.headers.add("X-Amz-Target", std::move(target));
  call.body = boost::json::serialize(body);
  return call;
}

ServiceCall rest_call(std::string service, std::string method, std::string target,
                      const boost::json::value* body, Repeatable repeatable) {
  ServiceCall call;
  call.service = std::move(service);
  call.method = std::move(method);
  call.target = std::move(target);
  call.repeatable = repeatable;
  if (body != nullptr) {
    call.headers.add("Content-Type", "application/json");
    call.body = boost::json::serialize(*body);
  }
  return call;
}

std::string resource_of(const ServiceCall& call) {
  if (const auto target = call.headers.get("X-Amz-Target")) {
    return call.service + ":" + std::string(target->substr(target->rfind('.') + 1));
  }
  constexpr std::string_view action = "Action=";
  if (call.body.starts_with(action)) {
    return call.service + ":" + call.body.substr(action.size(), call.body.find('&') - action.size());
  }
  return call.service + ":" + call.method + " " + call.target.substr(0, call.target.find('?'));
}

}  // namespace s3dr::client
