// Evaluation of policies: a policy and a request from the bytes. What aws/policy decides is what an oracle says that
// was written from the documentation alone (property/policy_oracle.h), for a resource's policy and for a role's.
//
// Input: choices, a byte each. Texts are put together from a vocabulary, so that policy and request often meet.
#include <array>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/policy.h"
#include "base/error.h"
#include "base/http_message.h"
#include "property/policy_oracle.h"

namespace {

using namespace s3dr;
namespace json = boost::json;

void check(bool holds) {
  if (!holds) std::abort();
}

constexpr std::array words = {"a",
                              "b",
                              "A",
                              "dr",
                              "*",
                              "?",
                              ":",
                              "/",
                              "-",
                              ".",
                              "1",
                              "2",
                              "10",
                              "1.5",
                              "=",
                              "YQ==",
                              "true",
                              "FALSE",
                              "2026",
                              "00",
                              "2026-08-01",
                              "T00:00:00Z",
                              "2026-08-01T00:00:00Z",
                              "1785542400",
                              "10.0.0.1",
                              "10.0.0.0/8",
                              "192.0.2.0/24",
                              "::1",
                              "2001:db8::/32",
                              "arn:aws:s3:::",
                              "arn:aws:iam::111122223333:role/",
                              "${",
                              "}",
                              "aws:username"};
constexpr std::array keys = {"aws:username", "s3:prefix",    "aws:TagKeys", "AWS:UserName",
                             "s3:max-keys",  "aws:SourceIp", "aws:nobody"};
constexpr std::array actions = {"s3:GetObject",  "s3:PutObject", "S3:getobject", "s3:Get*", "s3:*", "*",
                                "s3:???Object*", "sns:Publish",  "s3:*Object"};
constexpr std::array asked_actions = {"s3:GetObject", "s3:PutObject", "sns:Publish"};
constexpr std::array resources = {
    "*",          "arn:aws:s3:::*",  "arn:aws:s3:::b/*", "arn:aws:s3:::b", "arn:aws:s3:::?/k",
    "arn:aws:s3", "arn:aws:s*:::b*", "arn:*:b/k"};
constexpr std::array asked_resources = {"arn:aws:s3:::b/k", "arn:aws:s3:::b", "arn:aws:s3:::c/k"};

class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::size_t below(std::size_t limit) { return size_ == 0 ? 0 : (--size_, *data_++) % limit; }
  template <class Table>
  std::string one_of(const Table& table) {
    return std::string(table[below(table.size())]);
  }
  std::string text() {
    std::string result;
    for (std::size_t i = below(4); i > 0; --i) result += one_of(words);
    return result;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

struct Statement {
  bool deny = false, not_action = false, not_resource = false;
  std::vector<std::string> actions, resources;
  std::map<std::string, std::map<std::string, std::vector<std::string>>>
      conditions;  // operator → key → values
};

struct Asked {
  std::string action, resource;
  test::OracleContext context;  // by lower-case name
};

Statement statement_from(Choices& choices) {
  Statement statement;
  const std::size_t shape = choices.below(256);
  statement.deny = (shape & 1U) != 0;
  statement.not_action = (shape & 6U) == 6;
  statement.not_resource = (shape & 24U) == 24;
  for (std::size_t i = choices.below(2); i < 2; ++i) statement.actions.push_back(choices.one_of(actions));
  for (std::size_t i = choices.below(2); i < 2; ++i) statement.resources.push_back(choices.one_of(resources));
  for (std::size_t i = choices.below(4); i > 0; --i) {
    std::string name = choices.one_of(test::oracle_operators());
    const std::size_t form = choices.below(6);
    if (name != "Null") {
      if (form % 2 == 1) name += "IfExists";
      name.insert(0, form / 2 == 1 ? "ForAnyValue:" : form / 2 == 2 ? "ForAllValues:" : "");
    }
    const auto op = aws::parse_condition_operator(name);
    check(op.has_value());
    std::vector<std::string> values;
    for (std::size_t n = choices.below(3); n < 3; ++n) {
      const std::string value = choices.text();
      if (aws::why_unfit(*op, value).empty()) values.push_back(value);  // such a policy would be refused
    }
    statement.conditions[name][choices.one_of(keys)] = std::move(values);
  }
  return statement;
}

Asked asked_from(Choices& choices) {
  Asked asked{choices.one_of(asked_actions), choices.one_of(asked_resources), {}};
  for (std::size_t i = choices.below(5); i > 0; --i) {
    std::vector<std::string>& values = asked.context[lower_case(choices.one_of(keys))];
    for (std::size_t n = choices.below(4); n > 0; --n) values.push_back(choices.text());
  }
  return asked;
}

json::array listed(const std::vector<std::string>& texts) {
  json::array result;
  for (const std::string& text : texts) result.emplace_back(text);
  return result;
}

std::string document_of(const std::vector<Statement>& statements, bool with_principal) {
  json::array list;
  for (const Statement& statement : statements) {
    json::object object{{"Effect", statement.deny ? "Deny" : "Allow"}};
    if (with_principal) object["Principal"] = "*";
    object[statement.not_action ? "NotAction" : "Action"] = listed(statement.actions);
    object[statement.not_resource ? "NotResource" : "Resource"] = listed(statement.resources);
    json::object conditions;
    for (const auto& [name, by_key] : statement.conditions) {
      json::object inner;
      for (const auto& [key, values] : by_key) inner[key] = listed(values);
      conditions[name] = std::move(inner);
    }
    object["Condition"] = std::move(conditions);
    list.push_back(std::move(object));
  }
  // The oracle knows no variables: in a policy of this version there are none.
  return json::serialize(json::object{{"Version", "2008-10-17"}, {"Statement", std::move(list)}});
}

bool any_fits(const char* operator_name, const std::vector<std::string>& patterns, const std::string& text) {
  return test::oracle_holds(operator_name, "x", patterns, {{"x", {text}}});
}

bool applies(const Statement& statement, const Asked& asked) {
  std::vector<std::string> lowered;
  for (const std::string& action : statement.actions) lowered.push_back(lower_case(action));
  if (any_fits("StringLike", lowered, lower_case(asked.action)) == statement.not_action) return false;
  if (any_fits("ArnLike", statement.resources, asked.resource) == statement.not_resource) return false;
  for (const auto& [name, by_key] : statement.conditions) {
    for (const auto& [key, values] : by_key) {
      if (!test::oracle_holds(name, key, values, asked.context)) return false;
    }
  }
  return true;
}

aws::Verdict expected(const std::vector<Statement>& statements, const Asked& asked) {
  aws::Verdict verdict = aws::Verdict::implicitly_denied;
  for (const Statement& statement : statements) {
    if (!applies(statement, asked)) continue;
    if (statement.deny) return aws::Verdict::explicitly_denied;
    verdict = aws::Verdict::allowed;
  }
  return verdict;
}

aws::AccessRequest request_of(const Asked& asked, aws::Requester::Kind kind) {
  aws::AccessRequest request;
  request.requester = {kind, "111122223333", "arn:aws:sts::111122223333:assumed-role/r/s",
                       "arn:aws:iam::111122223333:role/r", ""};
  request.action = asked.action;
  request.resource = asked.resource;
  for (const auto& [key, values] : asked.context) request.context.set(key, values);
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(data, size);
  const Asked asked = asked_from(choices);
  std::vector<Statement> statements;
  for (std::size_t i = choices.below(3); i < 3; ++i) statements.push_back(statement_from(choices));
  const aws::Verdict wanted = expected(statements, asked);

  // A stranger without policies of its own: the resource's policy alone decides.
  const aws::Policy of_resource = aws::parse_policy(document_of(statements, true), aws::PolicyUse::resource);
  check(aws::evaluate(request_of(asked, aws::Requester::Kind::anonymous), {}, &of_resource,
                      aws::Accounts::cross)
            .verdict == wanted);
  // A role's session in its own account: its policies alone decide.
  const std::vector<aws::NamedPolicy> of_role = {
      {"p", aws::parse_policy(document_of(statements, false), aws::PolicyUse::identity)}};
  check(aws::evaluate(request_of(asked, aws::Requester::Kind::session), of_role, nullptr, aws::Accounts::same)
            .verdict == wanted);
  return 0;
}
