#include "client/credentials/sso_credentials.h"

#include <optional>
#include <utility>

#include "aws/hash.h"
#include "aws/json_path.h"
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

// The whole number of milliseconds since 1970 that the portal gives.
std::optional<Instant> read_instant(const boost::json::value& value) {
  boost::system::error_code failure;
  const auto count = value.to_number<std::int64_t>(failure);
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
    const boost::json::value session = aws::parse_or_null(*text);
    const std::string token = aws::text_at(session, {"accessToken"});
    const auto expires = parse_expiration(aws::text_at(session, {"expiresAt"}));
    if (token.empty() || !expires) throw refused("is not understood");
    if (token.find_first_of("\r\n") != std::string::npos) throw refused("contains a line break");
    if (*expires <= tools_.clock.now()) throw refused("has expired");
    return token;
  }

  TimedCredentials parse(const std::string& text) const {
    const boost::json::value answer = aws::parse_or_null(text);
    const boost::json::value& held = aws::at(answer, {"roleCredentials"});
    TimedCredentials result;
    result.keys.access_key_id = aws::text_at(held, {"accessKeyId"});
    result.keys.secret_access_key = Secret(aws::text_at(held, {"secretAccessKey"}));
    result.keys.session_token = Secret(aws::text_at(held, {"sessionToken"}));
    result.expires = read_instant(aws::at(held, {"expiration"}));
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
