#include "client/credentials/sts_roles.h"

#include <optional>
#include <utility>

#include "aws/arn.h"
#include "aws/xml.h"
#include "base/error.h"
#include "client/attempt.h"
#include "client/services/service_client.h"

namespace s3dr::client {
namespace {

constexpr const char* sts_version = "2011-06-15";

class NoCredentials : public CredentialsProvider {
 public:
  Task<aws::Credentials> get() override { co_return aws::Credentials(); }
};

}  // namespace

TimedCredentials parse_role_credentials(std::string_view text, const std::string& action) {
  namespace xml = aws::xml;
  TimedCredentials result;
  std::string expiration;
  try {
    const xml::Document document(text);
    const pugi::xml_node element = xml::required_child(
        xml::required_child(document.root(action + "Response"), action + "Result"), "Credentials");
    result.keys.access_key_id = xml::trimmed_text(xml::required_child(element, "AccessKeyId"));
    result.keys.secret_access_key =
        Secret(xml::trimmed_text(xml::required_child(element, "SecretAccessKey")));
    result.keys.session_token = Secret(xml::trimmed_text(xml::required_child(element, "SessionToken")));
    expiration = xml::trimmed_text(xml::required_child(element, "Expiration"));
  } catch (const Error&) {
    throw Error(ErrorKind::corrupt, "the answer of STS is not understood");
  }
  result.expires = parse_expiration(expiration);
  if (result.keys.access_key_id.empty() || result.keys.secret_access_key.empty() || !result.expires) {
    throw Error(ErrorKind::corrupt, "the answer of STS lacks keys or their expiration");
  }
  return result;
}

Task<TimedCredentials> assume_role(FetchTools tools, StsPlace place, std::string action, std::string role_arn,
                                   std::string session_name, std::map<std::string, std::string> form,
                                   const aws::Credentials* signer, Secret secret) {
  if (!aws::is_role_arn(role_arn)) {
    throw Error(ErrorKind::invalid, "\"" + role_arn + "\" is not the ARN of a role");
  }
  if (place.region.empty()) {
    throw Error(ErrorKind::invalid, "no region is known whose STS could be asked for the role")
        .with_resource(role_arn)
        .with_advice("set AWS_REGION, or `region` in the profile");
  }
  form["RoleArn"] = role_arn;
  form["RoleSessionName"] = session_name.empty() ? "s3dr-" + tools.random.hex(16) : std::move(session_name);
  ServiceCall call = query_call("sts", action, sts_version, std::move(form), Repeatable::always);
  call.is_signed = signer != nullptr;
  std::unique_ptr<CredentialsProvider> keys = std::make_unique<NoCredentials>();
  if (signer != nullptr) keys = make_fixed_credentials(*signer);
  ServiceClientOptions options;
  options.region = place.region;
  options.endpoints = std::move(place.endpoints);
  options.attempt_max = milliseconds(15'000);
  ServiceClient sts(tools.transport, tools.clock, tools.random, *keys, std::move(options));
  std::optional<Error> failure;
  try {
    const ServiceAnswer answer = co_await sts.require(std::move(call));
    co_return parse_role_credentials(answer.body, action);
  } catch (const Error& error) {
    failure = error;
  }
  const aws::Credentials to_hide{"", secret, Secret()};
  throw without_secrets(*failure, to_hide).with_resource(role_arn);
}

}  // namespace s3dr::client
