#include "client/credentials/sso_credentials.h"

#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "aws/hash.h"
#include "base/encoding.h"
#include "base/error.h"
#include "client/attempt.h"
#include "client/services/service_client.h"

namespace s3dr::client {
namespace {

class NoCredentials : public CredentialsProvider {
 public:
  Task<aws::Credentials> get() override { co_return aws::Credentials(); }
};

std::string text_field(const boost::json::object& object, const char* name) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

// The whole number of milliseconds since 1970 that the portal gives.
std::optional<Instant> instant_field(const boost::json::object& object, const char* name) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code failure;
  const auto count = value->to_number<std::int64_t>(failure);
  if (failure) return std::nullopt;
  return Instant(milliseconds(count));
}

class SsoSource : public CredentialSource {
 public:
  SsoSource(SsoSettings settings, FetchTools tools) : settings_(std::move(settings)), tools_(tools) {}

  Task<TimedCredentials> fetch() override {
    const Secret token(read_token());
    ServiceCall call = rest_call("sso", "GET",
                                 "/federation/credentials?account_id=" + uri_encode(settings_.account_id) +
                                     "&role_name=" + uri_encode(settings_.role_name),
                                 nullptr, Repeatable::always);
    call.host_label = "portal.sso";
    call.is_signed = false;
    call.headers.add("x-amz-sso_bearer_token", token.reveal());
    ServiceClientOptions options;
    options.region = settings_.region;
    options.endpoints = settings_.endpoints;
    options.attempt_max = milliseconds(15'000);
    NoCredentials nobody;
    ServiceClient portal(tools_.transport, tools_.clock, tools_.random, nobody, std::move(options));
    std::optional<Error> failure;
    try {
      const ServiceAnswer answer = co_await portal.require(std::move(call));
      co_return parse(answer.body);
    } catch (const Error& error) {
      failure = error;
    }
    Error cleaned = without_secrets(*failure, aws::Credentials{"", token, Secret()});
    cleaned.with_resource(settings_.where);
    if (failure->kind() == ErrorKind::denied) cleaned.with_advice("log in again with `aws sso login`");
    throw cleaned;
  }
  std::string method() const override { return "sso"; }
  std::string where() const override {
    return settings_.where + ": role " + settings_.role_name + " of account " + settings_.account_id;
  }

 private:
  std::string read_token() const {
    const std::string path = settings_.cache_folder + "/" + to_hex(aws::sha1(settings_.cache_key)) + ".json";
    const auto refused = [&](const std::string& why) {
      return Error(ErrorKind::invalid, "the session's token " + why)
          .with_resource(path)
          .with_advice("log in with `aws sso login`");
    };
    const auto text = read_small_file(path, "the session's token");
    if (!text) throw refused("is not there");
    boost::system::error_code failure;
    const boost::json::value parsed = boost::json::parse(*text, failure);
    if (failure || !parsed.is_object()) throw refused("is not understood");
    const std::string token = text_field(parsed.get_object(), "accessToken");
    const auto expires = parse_expiration(text_field(parsed.get_object(), "expiresAt"));
    if (token.empty() || !expires) throw refused("is not understood");
    if (token.find_first_of("\r\n") != std::string::npos) throw refused("contains a line break");
    if (*expires <= tools_.clock.now()) throw refused("has expired");
    return token;
  }

  TimedCredentials parse(const std::string& text) const {
    boost::system::error_code failure;
    const boost::json::value parsed = boost::json::parse(text, failure);
    const boost::json::object* answer = failure ? nullptr : parsed.if_object();
    const boost::json::value* held = answer == nullptr ? nullptr : answer->if_contains("roleCredentials");
    TimedCredentials result;
    if (held != nullptr && held->is_object()) {
      const boost::json::object& fields = held->get_object();
      result.keys.access_key_id = text_field(fields, "accessKeyId");
      result.keys.secret_access_key = Secret(text_field(fields, "secretAccessKey"));
      result.keys.session_token = Secret(text_field(fields, "sessionToken"));
      result.expires = instant_field(fields, "expiration");
    }
    if (result.keys.access_key_id.empty() || result.keys.secret_access_key.empty() || !result.expires) {
      throw Error(ErrorKind::corrupt, "the answer of the SSO portal is not understood");
    }
    return result;
  }

  SsoSettings settings_;
  FetchTools tools_;
};

}  // namespace

std::unique_ptr<CredentialSource> sso_source(SsoSettings settings, FetchTools tools) {
  return std::make_unique<SsoSource>(std::move(settings), tools);
}

}  // namespace s3dr::client
