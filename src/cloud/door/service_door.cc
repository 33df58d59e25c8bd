#include "cloud/door/service_door.h"

#include <algorithm>
#include <boost/json.hpp>
#include <exception>
#include <expected>
#include <utility>

#include "aws/hash.h"
#include "aws/request_target.h"
#include "aws/sigv4_verify.h"
#include "aws/xml.h"
#include "base/encoding.h"
#include "base/task_group.h"
#include "cloud/door/access_log.h"
#include "cloud/door/answer.h"
#include "cloud/door/service_access.h"

namespace s3dr::cloud {
namespace {

// "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
std::string new_service_request_id(Random& random) {
  std::string id = random.hex(32);
  for (const std::size_t at : {8, 13, 18, 23}) id.insert(at, 1, '-');
  return id;
}

std::string escaped(std::string_view text) {
  std::string out;
  aws::xml::append_escaped(out, text);
  return out;
}

bool is_form(const HttpRequest& http) {
  return http.headers.get_or("content-type", "").starts_with("application/x-www-form-urlencoded");
}

// Lambda's requests have a path and often no content type; SQS's forms may go to a queue's path.
bool speaks_json(const HttpRequest& http) {
  const std::string_view type = http.headers.get_or("content-type", "");
  const bool has_path = aws::split_target(http.target).path.size() > 1;
  return type.find("json") != std::string_view::npos || (has_path && !is_form(http));
}

// The names of authentication failures differ from S3's, and between the protocols.
std::string code_for(std::string_view s3_code, bool json) {
  if (s3_code == "InvalidAccessKeyId") return json ? "UnrecognizedClientException" : "InvalidClientTokenId";
  if (s3_code == "SignatureDoesNotMatch" && json) return "InvalidSignatureException";
  if (s3_code == "InvalidToken") return json ? "UnrecognizedClientException" : "InvalidClientTokenId";
  if (s3_code == "ExpiredToken") return json ? "ExpiredTokenException" : "ExpiredToken";
  if (s3_code == "AccessDenied")
    return json ? "MissingAuthenticationTokenException" : "MissingAuthenticationToken";
  if (s3_code == "NotImplemented") return json ? "UnsupportedOperationException" : "NotImplemented";
  return std::string(s3_code);
}

HttpResponse refusal(bool json, const std::string& code, const std::string& message, int status,
                     const std::string& request_id) {
  HttpResponse response;
  response.status = status;
  if (json) {
    response.headers.set("Content-Type", "application/x-amz-json-1.1");
    response.headers.set("x-amzn-ErrorType", code);
    response.body = Body(boost::json::serialize(boost::json::object{{"__type", code}, {"message", message}}));
  } else {
    response.headers.set("Content-Type", "text/xml");
    response.body = Body("<ErrorResponse><Error><Type>Sender</Type><Code>" + escaped(code) +
                         "</Code><Message>" + escaped(message) + "</Message></Error><RequestId>" +
                         request_id + "</RequestId></ErrorResponse>");
  }
  return response;
}

aws::AuthFailure auth_failure(std::string code, std::string message) {
  aws::AuthFailure failure;
  failure.code = std::move(code);
  failure.message = std::move(message);
  return failure;
}

// Who the request claims to be from, by its headers only: the body of an unknown caller is not read.
struct Introduction {
  std::optional<aws::ParsedAuth> claim;  // nullopt: not signed
  std::optional<AccessKey> key;
};

std::expected<Introduction, aws::AuthFailure> introduce(RegionContext& region, const HttpRequest& http) {
  auto claim = aws::parse_auth(http);
  if (!claim) return std::unexpected(claim.error());
  Introduction result;
  if (!*claim) return result;
  result.claim = std::move(*claim);
  result.key = region.global.find_access_key(result.claim->access_key_id);
  if (!result.key) {
    return std::unexpected(
        auth_failure("InvalidAccessKeyId", "The security token included in the request is invalid."));
  }
  return result;
}

ServiceRequest request_of(const HttpRequest& http, const std::string& service, std::string body) {
  ServiceRequest request;
  request.service = service;
  request.method = http.method;
  const aws::TargetParts target = aws::split_target(http.target);
  request.path = std::string(target.path);
  request.headers = http.headers;
  request.body = std::move(body);
  request.source_address = http.remote_address;
  request.user_agent = std::string(http.headers.get_or("user-agent", ""));
  request.tls = http.tls;
  if (auto query = aws::parse_query(target.query)) request.query = std::move(*query);
  return request;
}

std::expected<ServiceRequest, aws::AuthFailure> admit(RegionContext& region, const HttpRequest& http,
                                                      const Introduction& by, const std::string& service,
                                                      std::string body) {
  if (!by.claim) {
    ServiceRequest request = request_of(http, service, std::move(body));
    request.is_signed = false;
    return request;
  }
  const AccessKey& key = *by.key;
  const Instant now = region.clock.now();
  aws::VerifyPolicy policy;
  policy.region = region.options.region.text();
  if (service == "iam") policy.region = by.claim->region;  // a global service: clients sign for us-east-1
  policy.services = {service};
  policy.skew_max = std::chrono::duration_cast<std::chrono::seconds>(region.options.request_age_max);
  policy.body_sha256 = aws::sha256_hex(body);
  const aws::Credentials credentials{key.access_key_id, key.secret_access_key, key.session_token};
  const auto verified = aws::verify(http, *by.claim, credentials, policy, now);
  if (!verified) return std::unexpected(verified.error());
  if (key.expires && *key.expires <= now) {
    return std::unexpected(
        auth_failure("ExpiredToken", "The security token included in the request is expired"));
  }
  ServiceRequest request = request_of(http, service, std::move(body));
  request.caller = caller_of(key);
  return request;
}

// Verified, allowed, answered. Raises Error(invalid) for a body that is too large.
Task<HttpResponse> serve_known(RegionContext& region, Service& service, HttpRequest http, std::string name,
                               std::string request_id, AccessRecord& record) {
  const bool json = speaks_json(http);
  const auto turn_away = [&](const aws::AuthFailure& failure) {
    record.error_code = code_for(failure.code, json);
    return refusal(json, record.error_code, failure.message, failure.status, request_id);
  };
  const auto introduction = introduce(region, http);
  if (!introduction) co_return turn_away(introduction.error());
  std::string body = co_await http.body.read_all(service.body_bytes_max());
  auto request = admit(region, http, *introduction, name, std::move(body));
  if (!request) co_return turn_away(request.error());
  record.account = request->caller.account.text();
  request->request_id = request_id;
  if (const auto refused = why_refused(region, service, *request)) {
    record.error_code = refused->code;
    HttpResponse response = refusal(json, refused->code, refused->message, refused->status, request_id);
    // Where older clients of SQS look for the error.
    if (json && name == "sqs") response.headers.set("x-amzn-query-error", refused->code + ";Sender");
    co_return response;
  }
  co_return co_await service.handle(std::move(*request));
}

}  // namespace

std::optional<std::string> addressed_service(const HttpRequest& http,
                                             const std::vector<std::string>& there_are) {
  const auto claim = aws::parse_auth(http);
  if (!claim) return std::nullopt;  // refused by S3's door, in its words
  const bool form = is_form(http);
  if (*claim) {
    const std::string& name = (*claim)->service;
    if (name == "s3") return std::nullopt;
    // S3's door refuses an unknown service name, unless the request cannot be meant for S3.
    const bool there = std::ranges::find(there_are, name) != there_are.end();
    if (there || form || http.headers.has("x-amz-target")) return name;
    return std::nullopt;
  }
  if (http.method == "POST" && form && aws::split_target(http.target).path == "/") return "sts";
  return std::nullopt;
}

Task<HttpResponse> serve_service(RegionContext& region, Service* service, HttpRequest http, std::string name,
                                 AccessRecord& record) {
  const bool json = speaks_json(http);
  const std::string request_id = new_service_request_id(region.random);
  record.request_id = request_id;
  record.operation = name + " " + std::string(http.headers.get_or("x-amz-target", ""));
  HttpResponse response;
  if (service == nullptr) {
    response = refusal(json, code_for("NotImplemented", json), "The service \"" + name + "\" is not there.",
                       501, request_id);
  } else {
    std::optional<Error> failure;
    bool unexpected = false;
    try {
      response = co_await serve_known(region, *service, std::move(http), name, request_id, record);
    } catch (...) {
      const std::exception_ptr caught = std::current_exception();
      if (is_cancellation(caught)) std::rethrow_exception(caught);
      try {
        std::rethrow_exception(caught);
      } catch (const Error& error) {
        failure = error;
      } catch (const std::exception& error) {
        failure = Error(ErrorKind::corrupt, error.what());
      }
      unexpected = failure->kind() != ErrorKind::invalid;
    }
    if (failure) {
      if (unexpected) {
        region.log.error("request failed",
                         {{"request_id", request_id}, {"service", name}, {"error", failure->what()}});
      }
      // The text of a defect goes to the log only.
      response = unexpected ? refusal(json, "InternalFailure", "internal failure", 500, request_id)
                            : refusal(json, "ValidationError", failure->message(), 400, request_id);
    }
  }
  response.headers.set("x-amzn-RequestId", request_id);
  co_return response;
}

}  // namespace s3dr::cloud
