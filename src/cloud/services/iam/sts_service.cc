#include "cloud/services/iam/sts_service.h"

#include <utility>

#include "aws/arn.h"
#include "base/encoding.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/iam/iam_checks.h"
#include "cloud/services/iam/iam_names.h"
#include "cloud/services/iam/sessions.h"
#include "cloud/services/iam/web_identity.h"

namespace s3dr::services {
namespace {

constexpr std::int64_t duration_default_s = 3600, duration_min_s = 900, duration_max_s = 43'200;
constexpr std::int64_t chained_duration_max_s = 3600;

std::int64_t duration_of(const QueryForm& form) {
  const auto text = form.get("DurationSeconds");
  if (!text) return duration_default_s;
  const auto value = whole_number(*text);
  if (!value || *value < duration_min_s || *value > duration_max_s)
    refuse_iam_value("DurationSeconds must be a number from 900 to 43200.");
  return *value;
}

// Refuses what the session would have to enforce and does not.
void refuse_unsupported(const QueryForm& form) {
  for (const auto& [name, value] : form.fields()) {
    for (const std::string_view there_is_not :
         {"Policy", "PolicyArns.", "Tags.", "TransitiveTagKeys.", "SerialNumber", "TokenCode",
          "SourceIdentity", "ProvidedContexts."}) {
      const bool whole = !there_is_not.ends_with('.');
      if (whole ? name == there_is_not : name.starts_with(there_is_not))
        throw ServiceError{"NotImplemented", "The parameter " + name + " is not supported yet.", 501};
    }
  }
}

std::string session_name_of(const QueryForm& form) {
  std::string name = form.require("RoleSessionName");
  if (name.size() < 2 || name.size() > 64 || !is_iam_name(name))
    refuse_iam_value("RoleSessionName must have 2 to 64 characters of [\\w+=,.@-].");
  return name;
}

class StsService : public cloud::Service {
 public:
  explicit StsService(cloud::RegionContext& region) : region_(region) {
    api_.name_space = "https://sts.amazonaws.com/doc/2011-06-15/";
    api_.operations["AssumeRole"] = operation_of(this, &StsService::assume_role);
    api_.operations["AssumeRoleWithWebIdentity"] =
        operation_of(this, &StsService::assume_role_with_web_identity);
    api_.operations["GetCallerIdentity"] = [this](const cloud::ServiceRequest& request, const QueryForm&) {
      return caller_identity(request);
    };
  }

  std::string_view signing_name() const override { return "sts"; }
  Task<HttpResponse> handle(cloud::ServiceRequest request) override {
    return answer_query(api_, std::move(request));
  }

 private:
  static void require_signature(const cloud::ServiceRequest& request) {
    if (!request.is_signed)
      throw ServiceError{"MissingAuthenticationToken", "Request is missing Authentication Token", 403};
  }

  Task<std::string> caller_identity(const cloud::ServiceRequest& request) {
    require_signature(request);
    const cloud::Caller& caller = request.caller;
    co_return xml_element("Arn", caller.arn) + xml_element("UserId", caller.user_id) +
        xml_element("Account", caller.account.text());
  }

  Task<std::string> assume_role(const cloud::ServiceRequest& request, const QueryForm& form) {
    require_signature(request);
    const std::string arn = form.require("RoleArn");
    if (!aws::is_role_arn(arn)) refuse_iam_value(arn + " is invalid");
    const std::string session_name = session_name_of(form);
    const std::int64_t duration = duration_of(form);
    refuse_unsupported(form);

    const cloud::Asker asker = cloud::asker_of(request);
    aws::PolicyContext context;
    context.set("sts:RoleSessionName", session_name);
    if (const auto external_id = form.get("ExternalId")) context.set("sts:ExternalId", *external_id);
    const auto role = region_.global.roles().find_by_arn(arn);
    const aws::Decision decision =
        role ? cloud::decide_assume_role(region_, asker, *role, std::move(context)) : aws::Decision{};
    // The answer is the same for a missing role and for a role that does not trust the caller.
    if (!decision.allowed()) {
      throw ServiceError{
          "AccessDenied",
          "User: " + asker.caller.arn + " is not authorized to perform: sts:AssumeRole on resource: " + arn,
          403};
    }
    if (!request.caller.role_name.empty() && duration > chained_duration_max_s)
      refuse_iam_value(
          "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
          "chaining");
    co_return open(*role, session_name, duration);
  }

  // Not signed: the token says who asks.
  Task<std::string> assume_role_with_web_identity(const cloud::ServiceRequest& request,
                                                  const QueryForm& form) {
    const std::string arn = form.require("RoleArn");
    if (!aws::is_role_arn(arn)) refuse_iam_value(arn + " is invalid");
    const std::string session_name = session_name_of(form);
    const std::int64_t duration = duration_of(form);
    const std::string token = form.require("WebIdentityToken");
    refuse_unsupported(form);
    if (form.get("ProviderId"))
      throw ServiceError{"NotImplemented", "ProviderId (OAuth 2.0 access tokens) is not supported yet.", 501};

    const ServiceError not_trusted{"AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity",
                                   403};
    // The token is checked before the role is read:
    // a caller without a valid token learns nothing about roles.
    const s3::AccountId account = s3::AccountId::parse(aws::parse_arn(arn)->account);
    const WebIdentity identity = co_await verified_web_identity(region_, account, token);
    const auto role = region_.global.roles().find_by_arn(arn);
    if (!role) throw not_trusted;
    aws::PolicyContext context;
    context.set("sts:RoleSessionName", session_name);
    const std::string issuer = identity.provider.name();
    context.set(issuer + ":sub", identity.subject);
    context.set(issuer + ":aud", identity.audience);
    if (!identity.original_audience.empty()) context.set(issuer + ":oaud", identity.original_audience);
    if (!cloud::decide_web_identity(region_, cloud::asker_of(request), *role, identity.provider.arn(),
                                    std::move(context))
             .allowed())
      throw not_trusted;
    co_return open(*role, session_name, duration) +
        xml_element("SubjectFromWebIdentityToken", identity.subject) +
        xml_element("Audience", identity.audience) + xml_element("Provider", identity.provider.arn());
  }

  // Credentials and whose they are, as both operations answer them.
  std::string open(const cloud::Role& role, const std::string& session_name, std::int64_t duration) {
    if (duration > role.session_max.count())
      refuse_iam_value("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    const cloud::AccessKey key = open_session(region_, role, session_name, std::chrono::seconds(duration));
    const cloud::Caller session = cloud::caller_of(key);
    return "<Credentials>" + xml_element("AccessKeyId", key.access_key_id) +
           xml_element("SecretAccessKey", key.secret_access_key.reveal()) +
           xml_element("SessionToken", key.session_token.reveal()) +
           xml_element("Expiration", to_iso8601_seconds(*key.expires)) + "</Credentials><AssumedRoleUser>" +
           xml_element("AssumedRoleId", session.user_id) + xml_element("Arn", session.arn) +
           "</AssumedRoleUser>";
  }

  cloud::RegionContext& region_;
  QueryApi api_;
};

}  // namespace

std::unique_ptr<cloud::Service> make_sts_service(cloud::RegionContext& region) {
  return std::make_unique<StsService>(region);
}

}  // namespace s3dr::services
