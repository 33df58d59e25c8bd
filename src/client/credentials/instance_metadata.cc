#include "client/credentials/instance_metadata.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "aws/json_path.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/retry.h"
#include "client/credentials/metadata_request.h"

namespace s3dr::client {
namespace {

constexpr const char* credentials_path = "/latest/meta-data/iam/security-credentials/";
constexpr const char* token_lifetime_seconds = "21600";
constexpr int seconds_max = 3600, attempts_max = 100;

struct Settings {
  Endpoint endpoint;
  milliseconds timeout{1'000};
  int attempts = 1;
};

class InstanceMetadataSource : public CredentialSource {
 public:
  InstanceMetadataSource(FetchTools tools, Settings settings)
      : tools_(tools), settings_(std::move(settings)) {}

  Task<TimedCredentials> fetch() override {
    RetryPolicy policy;
    policy.attempts_max = settings_.attempts;
    const std::function<Task<TimedCredentials>()> attempt = [this] { return ask(); };
    co_return co_await with_retry<TimedCredentials>(tools_.clock, tools_.random, policy, Repeatable::always,
                                                    attempt);
  }
  std::string method() const override { return "iam-role"; }
  std::string where() const override { return "the instance's role at " + settings_.endpoint.url(); }
  bool is_statically_stable() const override { return true; }

 private:
  Task<TimedCredentials> ask() {
    const std::string token =
        co_await get("PUT", "/latest/api/token",
                     {{"X-aws-ec2-metadata-token-ttl-seconds", token_lifetime_seconds}}, "a session token");
    if (token.empty() || token.find_first_of("\r\n") != std::string::npos) {
      throw broken("the session token is none");
    }
    const Headers session{{"X-aws-ec2-metadata-token", token}};
    std::string role = co_await get("GET", credentials_path, session, "the role's name");
    role = role.substr(0, role.find_first_of("\r\n"));
    if (role.empty()) throw broken("the role's name is empty");
    const std::string text =
        co_await get("GET", credentials_path + uri_encode(role), session, "the role's credentials");
    if (code_of(text) != "Success") {
      throw Error(ErrorKind::unavailable, "instance metadata has no credentials for the role")
          .with_resource(settings_.endpoint.url());
    }
    TimedCredentials result = parse_credential_document(text, "Token", settings_.endpoint.url());
    if (!result.expires) throw broken("the credentials have no Expiration");
    co_return result;
  }

  Task<std::string> get(std::string method, std::string target, Headers headers, std::string what) {
    MetadataRequest request;
    request.endpoint = settings_.endpoint;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = std::move(headers);
    request.limit = settings_.timeout;
    MetadataAnswer answer = co_await ask_metadata(tools_, std::move(request));
    if (answer.status == 200) co_return std::move(answer.text);
    const bool passes = answer.status >= 500 || answer.status == 429 || answer.status == 401;
    throw Error(passes ? ErrorKind::unavailable : ErrorKind::denied, "instance metadata refused " + what)
        .with_status(answer.status)
        .with_resource(settings_.endpoint.url())
        .with_advice("check that the instance has a role and that version 2 of its metadata is on");
  }

  // "Success", or what is wrong with the role.
  static std::string code_of(const std::string& text) {
    const boost::json::value document = aws::parse_or_null(text);
    const boost::json::value& code = aws::at(document, {"Code"});
    // Agents that stand in for it leave it out.
    return code.is_string() ? std::string(code.get_string()) : "Success";
  }

  Error broken(const std::string& why) const {
    return Error(ErrorKind::corrupt, why).with_resource(settings_.endpoint.url());
  }

  FetchTools tools_;
  Settings settings_;
};

class SettingReader {
 public:
  SettingReader(const aws::EnvironmentLookup& environment, const aws::Profile* profile)
      : environment_(environment), profile_(profile) {}

  std::optional<std::string> text(const char* variable, const char* setting) const {
    if (auto value = environment_(variable); value && !value->empty()) return value;
    return profile_ == nullptr ? std::nullopt : profile_->setting(setting);
  }
  int number(const char* variable, const char* setting, int otherwise, int max) const {
    const auto value = text(variable, setting);
    if (!value) return otherwise;
    int result = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), result);
    if (error != std::errc() || end != value->data() + value->size() || result < 1 || result > max) {
      throw Error(ErrorKind::invalid, fmt::format("\"{}\" is not a number from 1 to {}", *value, max))
          .with_resource(variable);
    }
    return result;
  }

 private:
  const aws::EnvironmentLookup& environment_;
  const aws::Profile* profile_;
};

}  // namespace

std::unique_ptr<CredentialSource> instance_metadata_source(const aws::EnvironmentLookup& environment,
                                                           const aws::Profile* profile, FetchTools tools) {
  if (lower_case(environment("AWS_EC2_METADATA_DISABLED").value_or("")) == "true") return nullptr;
  const SettingReader reader(environment, profile);
  Settings settings;
  settings.timeout = std::chrono::seconds(
      reader.number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1, seconds_max));
  settings.attempts =
      reader.number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1, attempts_max);
  if (const auto url = reader.text("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")) {
    settings.endpoint = Endpoint::parse(*url);
  } else {
    const std::string mode =
        lower_case(reader.text("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")
                       .value_or("ipv4"));
    if (mode != "ipv4" && mode != "ipv6") {
      throw Error(ErrorKind::invalid, fmt::format("\"{}\" is neither IPv4 nor IPv6", mode))
          .with_resource("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    }
    settings.endpoint = Endpoint{false, mode == "ipv6" ? "fd00:ec2::254" : "169.254.169.254", 80};
  }
  return std::make_unique<InstanceMetadataSource>(tools, std::move(settings));
}

}  // namespace s3dr::client
