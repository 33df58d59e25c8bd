// The condition keys of every service: a row each. Some never have a value here, as on AWS for an account
// outside an organisation, a request that comes through no VPC, or a caller that is no user.
#include <algorithm>

#include "base/encoding.h"
#include "cloud/door/condition_keys.h"

namespace s3dr::cloud {
namespace {

using Kind = aws::Requester::Kind;

KeyValues one(std::string text) {
  return {{"", std::move(text)}};
}

KeyValues one_or_none(const std::string& text) {
  return text.empty() ? KeyValues() : one(text);
}

bool is(const GlobalFacts& facts, Kind kind) {
  return facts.requester.kind == kind;
}

// "127.0.0.1:4711" and "[::1]:4711" without the port.
std::string address_only(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::string(text);
  if (text.find(':') != colon && text.front() != '[') return std::string(text);  // IPv6 without a port
  text = text.substr(0, colon);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

// --- the request ----------------------------------------------------------------------------------------------

KeyValues current_time(const GlobalFacts& facts) {
  return one(to_iso8601_seconds(facts.now));
}

KeyValues epoch_time(const GlobalFacts& facts) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(facts.now.time_since_epoch());
  return one(std::to_string(seconds.count()));
}

KeyValues source_ip(const GlobalFacts& facts) {
  if (facts.asker == nullptr || facts.asker->source_address.empty()) return {};
  return one(address_only(facts.asker->source_address));
}

KeyValues user_agent(const GlobalFacts& facts) {
  return facts.asker == nullptr ? KeyValues() : one_or_none(facts.asker->user_agent);
}

KeyValues referer(const GlobalFacts& facts) {
  return facts.asker == nullptr ? KeyValues() : one_or_none(facts.asker->referer);
}

// Services call each other over TLS.
KeyValues secure_transport(const GlobalFacts& facts) {
  return one(facts.asker == nullptr || facts.asker->tls ? "true" : "false");
}

KeyValues requested_region(const GlobalFacts& facts) {
  return one_or_none(facts.region);
}

// No service here calls on with its caller's own credentials.
KeyValues via_service(const GlobalFacts&) {
  return one("false");
}

KeyValues source_arn(const GlobalFacts& facts) {
  return one_or_none(facts.acts_for.arn);
}

KeyValues source_account(const GlobalFacts& facts) {
  return one_or_none(facts.acts_for.account);
}

KeyValues resource_account(const GlobalFacts& facts) {
  return one_or_none(facts.resource_account);
}

// --- the principal (IAM User Guide, "Principal key values") -----------------------------------------------------

KeyValues principal_account(const GlobalFacts& facts) {
  if (is(facts, Kind::anonymous)) return one("anonymous");
  return one_or_none(facts.requester.account);
}

// Of a session: the ARN of its role.
KeyValues principal_arn(const GlobalFacts& facts) {
  if (is(facts, Kind::root)) return one(facts.requester.arn);
  return is(facts, Kind::session) ? one_or_none(facts.requester.role_arn) : KeyValues();
}

KeyValues principal_is_service(const GlobalFacts& facts) {
  if (is(facts, Kind::anonymous) || is(facts, Kind::federated)) return {};
  return one(is(facts, Kind::service) ? "true" : "false");
}

KeyValues principal_service_name(const GlobalFacts& facts) {
  return is(facts, Kind::service) ? one(facts.requester.service) : KeyValues();
}

KeyValues principal_tag(const GlobalFacts& facts) {
  KeyValues values;
  if (facts.role_tags == nullptr) return values;
  for (const auto& [key, value] : *facts.role_tags) values.emplace_back(key, value);
  return values;
}

KeyValues principal_type(const GlobalFacts& facts) {
  switch (facts.requester.kind) {
    case Kind::root:
      return one("Account");
    case Kind::session:
      return one("AssumedRole");
    case Kind::anonymous:
      return one("Anonymous");
    case Kind::service:
    case Kind::federated:
      break;
  }
  return {};
}

KeyValues user_id(const GlobalFacts& facts) {
  if (is(facts, Kind::anonymous)) return one("anonymous");
  const bool of_account = is(facts, Kind::root) || is(facts, Kind::session);
  return of_account && facts.asker != nullptr ? one_or_none(facts.asker->caller.user_id) : KeyValues();
}

KeyValues federated_provider(const GlobalFacts& facts) {
  return is(facts, Kind::federated) ? one(facts.requester.arn) : KeyValues();
}

// Temporary credentials say whether a second factor was used; AssumeRole takes none here.
KeyValues mfa_present(const GlobalFacts& facts) {
  return is(facts, Kind::session) ? one("false") : KeyValues();
}

KeyValues nothing(const GlobalFacts&) {
  return {};
}

using enum KeyType;
using enum KeyScope;
constexpr GlobalKey table[] = {
    {"aws:CurrentTime", date, everywhere, current_time},
    {"aws:EpochTime", date, everywhere, epoch_time},
    {"aws:FederatedProvider", text, trust_policies, federated_provider},
    {"aws:MultiFactorAuthPresent", boolean, everywhere, mfa_present},
    {"aws:PrincipalAccount", text, everywhere, principal_account},
    {"aws:PrincipalArn", arn, everywhere, principal_arn},
    {"aws:PrincipalIsAWSService", boolean, everywhere, principal_is_service},
    {"aws:PrincipalServiceName", text, everywhere, principal_service_name},
    {"aws:PrincipalTag/", text, everywhere, principal_tag},
    {"aws:PrincipalType", text, everywhere, principal_type},
    {"aws:referer", text, everywhere, referer},
    {"aws:RequestedRegion", text, everywhere, requested_region},
    {"aws:ResourceAccount", text, everywhere, resource_account},
    {"aws:SecureTransport", boolean, everywhere, secure_transport},
    {"aws:SourceAccount", text, everywhere, source_account},
    {"aws:SourceArn", arn, everywhere, source_arn},
    {"aws:SourceIp", address, everywhere, source_ip},
    {"aws:UserAgent", text, everywhere, user_agent},
    {"aws:userid", text, everywhere, user_id},
    {"aws:ViaAWSService", boolean, everywhere, via_service},
    // Tags. Those of a request to S3 are in s3_condition_keys.cc. Tags of a bucket act on AWS after attribute-based
    // access was enabled for it, which cannot be here.
    {"aws:RequestTag/", text, s3_requests, nothing},
    {"aws:ResourceTag/", text, s3_requests, nothing},
    {"aws:TagKeys", texts, s3_requests, nothing},
    // There are no IAM users, organisations, VPCs, second factors or source identities here, and nothing calls
    // on behalf of a caller.
    {"aws:AssumedRoot", boolean, everywhere, nothing},
    {"aws:CalledVia", texts, everywhere, nothing},
    {"aws:CalledViaAWSMCP", text, everywhere, nothing},
    {"aws:CalledViaFirst", text, everywhere, nothing},
    {"aws:CalledViaLast", text, everywhere, nothing},
    {"aws:ChatbotSourceArn", arn, everywhere, nothing},
    {"aws:Ec2InstanceSourcePrivateIPv4", address, everywhere, nothing},
    {"aws:Ec2InstanceSourceVpc", text, everywhere, nothing},
    {"aws:MultiFactorAuthAge", number, everywhere, nothing},
    {"aws:PrincipalOrgID", text, everywhere, nothing},
    {"aws:PrincipalOrgPaths", texts, everywhere, nothing},
    {"aws:ResourceOrgID", text, everywhere, nothing},
    {"aws:ResourceOrgPaths", texts, everywhere, nothing},
    {"aws:SourceIdentity", text, everywhere, nothing},
    {"aws:SourceOrgID", text, everywhere, nothing},
    {"aws:SourceOrgPaths", texts, everywhere, nothing},
    {"aws:SourceVpc", text, everywhere, nothing},
    {"aws:SourceVpcArn", arn, everywhere, nothing},
    {"aws:SourceVpce", text, everywhere, nothing},
    {"aws:username", text, everywhere, nothing},
    {"aws:ViaAWSMCPService", boolean, everywhere, nothing},
    {"aws:VpceAccount", text, everywhere, nothing},
    {"aws:VpceOrgID", text, everywhere, nothing},
    {"aws:VpceOrgPaths", texts, everywhere, nothing},
    {"aws:VpcSourceIp", address, everywhere, nothing},
    {"ec2:RoleDelivery", number, everywhere, nothing},
    {"ec2:SourceInstanceArn", arn, everywhere, nothing},
    {"glue:CredentialIssuingService", text, everywhere, nothing},
    {"glue:RoleAssumedBy", text, everywhere, nothing},
    {"identitystore:UserId", text, everywhere, nothing},
    {"ssm:SourceInstanceArn", arn, everywhere, nothing},
    // On AWS requests have these.
    {"aws:PrincipalServiceNamesList", texts, nowhere, nothing},
    {"aws:TokenIssueTime", date, nowhere, nothing},
    {"lambda:SourceFunctionArn", arn, nowhere, nothing},
};

}  // namespace

std::span<const GlobalKey> global_keys() {
  return table;
}

void add_global_keys(aws::PolicyContext& context, const GlobalFacts& facts) {
  for (const GlobalKey& key : table) {
    std::map<std::string, std::vector<std::string>> by_name;
    for (auto& [ending, value] : key.values(facts))
      by_name[lower_case(std::string(key.name) + ending)].push_back(std::move(value));
    for (auto& [name, values] : by_name) context.set(name, std::move(values));
  }
}

}  // namespace s3dr::cloud
