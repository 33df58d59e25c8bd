// libFuzzer: any bytes as a policy of each use. They give a policy or a refusal of the promised kind; a
// policy that was read is evaluated without harm, and with a Deny of everything beside it allows nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/policy/policy.h"
#include "base/error.h"

namespace {

using namespace s3dr;

void check(bool holds) {
  if (!holds) std::abort();
}

void evaluate_all(const aws::Policy& policy, aws::PolicyUse use) {
  aws::AccessRequest request;
  request.requester = {aws::Requester::Kind::session, "111122223333",
                       "arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:iam::111122223333:role/r", ""};
  request.action = "s3:GetObject";
  request.resource = "arn:aws:s3:::b/k";
  request.context.set("aws:SourceIp", "10.0.0.1").set("aws:CurrentTime", "2026-08-01T00:00:00Z");
  request.context.set("aws:TagKeys", std::vector<std::string>{"a", "b"}).set("s3:max-keys", "7");
  aws::PolicyStatement deny;
  deny.effect = aws::Effect::deny;
  deny.actions = deny.resources = {"*"};
  aws::Policy denying;
  denying.statements.push_back(deny);
  const bool identity = use == aws::PolicyUse::identity;
  std::vector<aws::NamedPolicy> policies;
  if (identity) policies.push_back({"given", policy});
  for (const auto accounts : {aws::Accounts::same, aws::Accounts::cross}) {
    static_cast<void>(aws::evaluate(request, policies, identity ? nullptr : &policy, accounts));
    if (use == aws::PolicyUse::trust) aws::evaluate_trust(request, policies, policy, accounts);
  }
  policies.push_back({"deny", denying});
  const auto decision = aws::evaluate(request, policies, identity ? nullptr : &policy, aws::Accounts::same);
  check(decision.verdict == aws::Verdict::explicitly_denied);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto use : {aws::PolicyUse::identity, aws::PolicyUse::resource, aws::PolicyUse::trust}) {
    aws::Policy policy;
    try {
      policy = aws::parse_policy(text, use);
    } catch (const Error& error) {
      check(error.kind() == ErrorKind::invalid && error.code() == "MalformedPolicyDocument");
      continue;
    }
    check(!policy.statements.empty());
    evaluate_all(policy, use);
  }
  return 0;
}
