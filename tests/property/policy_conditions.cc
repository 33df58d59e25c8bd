// Each condition key of S3 × Allow and Deny × the key present, present with another value, absent × each form of each
// operator: what the embedded cloud decides is what the oracle says (policy_oracle.h). The request passes the front
// door, so the value of each key is the cloud's own.
#include <set>

#include "base/pseudo_header.h"
#include "cloud/door/condition_keys.h"
#include "cloud/door/document_body.h"
#include "cloud/door/front_door.h"
#include "cloud/door/s3_access.h"
#include "cloud/process/router.h"
#include "property/condition_key_cases.h"
#include "property/policy_oracle.h"
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

using test::KeyCase;
using test::KeyRequest;
using test::OracleContext;
using test::Sent;

// The values that a policy compares with, in a form that the operator takes.
std::vector<std::vector<std::string>> written_for(const std::string& op,
                                                  const std::vector<std::string>& values) {
  const auto plain = aws::parse_condition_operator(op);
  std::vector<std::string> fit;
  for (const std::string& value : values) {
    if (aws::why_unfit(*plain, value).empty()) fit.push_back(value);
  }
  if (plain->test == aws::ConditionTest::null) return {{"true"}, {"false"}, {"true", "false"}};
  if (op == "BinaryEquals") {
    fit = {to_base64(values.front()), "AA=="};
  } else {
    const bool is_date = op.starts_with("Date"), is_address = op.ends_with("IpAddress");
    fit.emplace_back(is_date        ? "2026-08-01T00:00:00Z"
                     : is_address   ? "10.0.0.0/8"
                     : op == "Bool" ? "true"
                                    : "5");
  }
  std::vector<std::vector<std::string>> result = {fit};
  for (const std::string& one : fit) result.push_back({one});
  return result;
}

std::vector<std::string> forms_of(const std::string& op) {
  if (op == "Null") return {op};
  std::vector<std::string> forms;
  for (const char* set : {"", "ForAnyValue:", "ForAllValues:"}) {
    for (const char* ending : {"", "IfExists"}) forms.push_back(set + op + ending);
  }
  return forms;
}

struct Asked {
  Access access;
  aws::Requester requester;
};

struct Count {
  std::size_t compared = 0, different = 0;
  std::string first;
};

class ConditionKeyTest : public RegionTest {
 protected:
  ConditionKeyTest() {
    create_bucket(west(), "ledger");
    create_bucket(west(), "bobs", bob);
    for (const std::string team : {"red", "blue"}) {
      const std::string target = "/" + team + "-team";
      create_bucket(west(), team + "-team");
      EXPECT_EQ(
          send({"PUT", target + "?tagging",
                "<Tagging><TagSet><Tag><Key>team</Key><Value>" + team + "</Value></Tag></TagSet></Tagging>"})
              .status,
          204);
      EXPECT_EQ(send({"PUT", target + "?abac", "<AbacStatus><Status>Enabled</Status></AbacStatus>"}).status,
                200);
    }
    for (const auto& [key, tags] :
         {std::pair("secret", "class=secret"), std::pair("open", "class=open"), std::pair("plain", "team=x")})
      EXPECT_EQ(send({"PUT", std::string("/ledger/") + key, "text", {{"x-amz-tagging", tags}}}).status, 200);
  }

  HttpRequest made(const KeyRequest& wanted) {
    HttpRequest http;
    if (wanted.sent == Sent::unsigned_request) {
      http.method = wanted.method;
      http.target = wanted.target;
      http.headers = wanted.headers;
      http.headers.set("Host", "localhost:9101");
      http.body = Body(wanted.body);
    } else {
      http = sign({wanted.method, wanted.target, wanted.body, wanted.headers, bob,
                   wanted.sent == Sent::presigned ? Signing::query : Signing::header});
    }
    http.tls = !wanted.tls_version.empty();
    if (http.tls) http.headers.set(std::string(tls_version_field), wanted.tls_version);
    return http;
  }

  // What the door asks the policies of bob's request, as if a session of a role had sent it: nothing is left out as
  // for an account's own keys.
  Asked asked(const KeyCase& key_case, const KeyRequest& wanted) {
    HttpRequest http = made(wanted);
    clock.advance(std::chrono::seconds(wanted.age_seconds));
    auto request = admit(west().context(), http, new_request_ids(*random));
    if (!request) throw std::runtime_error(key_case.key + ": " + request.error().error.message());
    if (wanted.sent != Sent::unsigned_request) request->caller.role_name = "worker";
    const Route& route = route_of(*request);
    if (route.rights_in_body) run(read_document(*request, 1 << 18, Integrity::optional));
    Asked result;
    if (wanted.sent != Sent::unsigned_request) {
      result.requester.kind = aws::Requester::Kind::root;
      result.requester.account = bob.id;
      result.requester.arn = "arn:aws:iam::" + bob.id + ":root";
    }
    for (Access& access : needed_access(west().context(), route, *request)) {
      if (access.action == key_case.action) result.access = std::move(access);
    }
    if (result.access.action.empty())
      throw std::runtime_error(key_case.key + ": nothing asks " + key_case.action);
    return result;
  }

  static aws::Verdict decided(const Asked& asked, const aws::PolicyContext& context,
                              const std::string& effect, const std::string& op, const std::string& key,
                              const std::vector<std::string>& written) {
    std::string values;
    for (const std::string& value : written) {
      values += values.empty() ? "" : ",";
      values += boost_json_text(value);
    }
    const std::string everything = R"("Principal":"*","Action":"s3:*","Resource":"*")";
    const std::string allow_all = R"({"Effect":"Allow",)" + everything + "},";
    const std::string text = R"({"Version":"2012-10-17","Statement":[)" +
                             (effect == "Deny" ? allow_all : "") + R"({"Effect":")" + effect + "\"," +
                             everything + R"(,"Condition":{")" + op + R"(":{")" + key + R"(":[)" + values +
                             "]}}}]}";
    const aws::Policy policy = aws::parse_policy(text, aws::PolicyUse::resource);
    return aws::evaluate({asked.requester, asked.access.action, asked.access.resource, context}, {}, &policy,
                         aws::Accounts::cross)
        .verdict;
  }
  static std::string boost_json_text(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return out + "\"";
  }

  // Compares one request with the oracle, for both effects and every form. `context`: what the policies see.
  static void compare(const KeyCase& key_case, const Asked& asked, const aws::PolicyContext& context,
                      const OracleContext& truth, Count& count) {
    std::vector<std::string> values;
    for (const auto& seen : {key_case.present, key_case.other}) {
      if (seen) values.insert(values.end(), seen->values.begin(), seen->values.end());
    }
    if (values.empty()) values = {"anything"};
    for (const std::string& op : test::oracle_operators()) {
      for (const std::vector<std::string>& written : written_for(op, values)) {
        for (const std::string& form : forms_of(op)) {
          const bool holds = test::oracle_holds(form, key_case.key, written, truth);
          for (const std::string effect : {"Allow", "Deny"}) {
            const aws::Verdict wanted =
                effect == "Deny" ? (holds ? aws::Verdict::explicitly_denied : aws::Verdict::allowed)
                : holds          ? aws::Verdict::allowed
                                 : aws::Verdict::implicitly_denied;
            ++count.compared;
            if (decided(asked, context, effect, form, key_case.key, written) == wanted) continue;
            if (count.different++ == 0)
              count.first =
                  key_case.action + " " + effect + " " + form + " " + key_case.key + " " + written.front();
          }
        }
      }
    }
  }
};

TEST_F(ConditionKeyTest, EveryKeyIsEvaluatedAsTheOracleSays) {
  Count count;
  for (const KeyCase& key_case : test::condition_key_cases()) {
    for (const auto& seen : {key_case.present, key_case.other}) {
      if (!seen) continue;
      SCOPED_TRACE(key_case.key + " at " + seen->request.method + " " + seen->request.target);
      const Asked request = asked(key_case, seen->request);
      compare(key_case, request, request.access.context, {{lower_case(key_case.key), seen->values}}, count);
      EXPECT_EQ(count.different, 0U) << count.first;
    }
    if (key_case.absent) {
      SCOPED_TRACE(key_case.key + " absent at " + key_case.absent->method + " " + key_case.absent->target);
      const Asked request = asked(key_case, *key_case.absent);
      compare(key_case, request, request.access.context, {}, count);
      EXPECT_EQ(count.different, 0U) << count.first;
    }
    if (count.different > 0) return;
  }
  EXPECT_GT(count.compared, 50'000U);
}

// The planted bug: the cloud forgets a key, so that it matches nothing. Each of the comparisons above sees it.
TEST_F(ConditionKeyTest, AForgottenKeyIsSeen) {
  for (const KeyCase& key_case : test::condition_key_cases()) {
    if (!key_case.present) continue;
    Count count;
    const Asked request = asked(key_case, key_case.present->request);
    compare(key_case, request, aws::PolicyContext(), {{lower_case(key_case.key), key_case.present->values}},
            count);
    EXPECT_GT(count.different, 0U) << key_case.key;
  }
}

TEST_F(ConditionKeyTest, EveryKeyHasACase) {
  const std::vector<KeyCase> cases = test::condition_key_cases();
  for (const S3Key& key : s3_keys()) {
    EXPECT_TRUE(std::ranges::any_of(cases, [&](const KeyCase& one) { return names_key(key.name, one.key); }))
        << key.name;
  }
}

}  // namespace
}  // namespace s3dr::cloud
