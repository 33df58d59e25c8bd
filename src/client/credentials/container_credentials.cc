#include "client/credentials/container_credentials.h"

#include <array>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/retry.h"
#include "client/credentials/metadata_request.h"

namespace s3dr::client {
namespace {

constexpr const char* relative_variable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* full_variable = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* token_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr const char* token_file_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

// 127.0.0.0/8 as a dotted quad: "127.evil.example" is a name.
bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.")) return false;
  int dots = 0;
  for (const char c : host) {
    if (c == '.') ++dots;
    if (c != '.' && (c < '0' || c > '9')) return false;
  }
  return dots == 3;
}

bool may_be_asked(const Endpoint& endpoint) {
  constexpr std::array<std::string_view, 3> link_local = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
  if (endpoint.tls || is_loopback(endpoint.host)) return true;
  for (const std::string_view host : link_local) {
    if (endpoint.host == host) return true;
  }
  return false;
}

class ContainerSource : public CredentialSource {
 public:
  ContainerSource(FetchTools tools, SplitUrl url, aws::EnvironmentLookup environment)
      : tools_(tools), url_(std::move(url)), environment_(std::move(environment)) {}

  Task<TimedCredentials> fetch() override {
    RetryPolicy policy;
    policy.attempts_max = 3;
    policy.delay_base = milliseconds(500);
    const std::function<Task<TimedCredentials>()> attempt = [this] { return ask(); };
    co_return co_await with_retry<TimedCredentials>(tools_.clock, tools_.random, policy, Repeatable::always,
                                                    attempt);
  }
  std::string method() const override { return "container-role"; }
  std::string where() const override { return "the container's role at " + url_.endpoint.url(); }

 private:
  Task<TimedCredentials> ask() {
    MetadataRequest request;
    request.endpoint = url_.endpoint;
    request.target = url_.target;
    request.headers.add("Accept", "application/json");
    if (const auto token = authorization()) request.headers.add("Authorization", *token);
    const MetadataAnswer answer = co_await ask_metadata(tools_, std::move(request));
    if (answer.status == 200) co_return parse_credential_document(answer.text, "Token", url_.endpoint.url());
    const bool passes = answer.status >= 500 || answer.status == 429;
    throw Error(passes ? ErrorKind::unavailable : ErrorKind::denied,
                "the container's credentials were refused")
        .with_status(answer.status)
        .with_resource(url_.endpoint.url())
        .with_advice(std::string("check that the task or pod has a role, and ") + token_variable + "[_FILE]");
  }

  std::optional<std::string> authorization() const {
    std::optional<std::string> token;
    std::string origin = token_variable;
    if (const auto path = environment_(token_file_variable)) {
      token = read_small_file(*path, "the authorization token");
      if (!token) {
        throw Error(ErrorKind::invalid, "the authorization token's file does not exist").with_resource(*path);
      }
      origin = *path;
    } else {
      token = environment_(token_variable);
    }
    if (token && token->find_first_of("\r\n") != std::string::npos) {
      throw Error(ErrorKind::invalid, "the authorization token contains a line break").with_resource(origin);
    }
    return token;
  }

  FetchTools tools_;
  SplitUrl url_;
  aws::EnvironmentLookup environment_;
};

}  // namespace

std::unique_ptr<CredentialSource> container_source(const aws::EnvironmentLookup& environment,
                                                   FetchTools tools) {
  if (const auto path = environment(relative_variable)) {
    if (!path->starts_with('/')) {
      throw Error(ErrorKind::invalid, "it must begin with '/'").with_resource(relative_variable);
    }
    return std::make_unique<ContainerSource>(tools, split_url("http://169.254.170.2" + *path), environment);
  }
  const auto full = environment(full_variable);
  if (!full) return nullptr;
  SplitUrl url = split_url(*full);
  if (!may_be_asked(url.endpoint)) {
    throw Error(ErrorKind::invalid, "credentials are not fetched over plain http from " + url.endpoint.host)
        .with_resource(full_variable)
        .with_advice("use https, an address of this machine, 169.254.170.2 or 169.254.170.23");
  }
  return std::make_unique<ContainerSource>(tools, std::move(url), environment);
}

}  // namespace s3dr::client
