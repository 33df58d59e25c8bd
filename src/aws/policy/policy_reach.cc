#include "aws/policy/policy_reach.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "aws/arn.h"
#include "base/http_message.h"

namespace s3dr::aws {
namespace {

bool has_variable(std::string_view text) {
  return text.find("${") != std::string_view::npos;
}

bool is_fixed(std::string_view text) {
  return text.find_first_of("*?") == std::string_view::npos && !has_variable(text);
}

// A table of answers for the rests of two texts, filled from their ends.
class Table {
 public:
  Table(std::size_t rows, std::size_t columns) : columns_(columns + 1), cells_((rows + 1) * columns_) {}
  char& at(std::size_t row, std::size_t column) { return cells_[row * columns_ + column]; }

 private:
  std::size_t columns_;
  std::vector<char> cells_;
};

// The fields of an ARN pattern; what is left out is completed with "*".
std::array<std::string_view, 6> fields_of(std::string_view pattern) {
  std::array<std::string_view, 6> fields;
  fields.fill("*");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t colon = i + 1 < fields.size() ? pattern.find(':') : std::string_view::npos;
    fields.at(i) = pattern.substr(0, colon);
    if (colon == std::string_view::npos) break;
    pattern.remove_prefix(colon + 1);
  }
  return fields;
}

bool arn_covers(std::string_view wide, std::string_view narrow) {
  if (wide == "*" || wide == narrow) return true;
  if (narrow == "*" || has_variable(wide) || has_variable(narrow)) return false;
  return std::ranges::equal(fields_of(wide), fields_of(narrow), pattern_covers);
}

bool action_covers(std::string_view wide, std::string_view narrow) {
  return pattern_covers(lower_case(wide), lower_case(narrow));
}

template <class Covers>
bool all_covered(const std::vector<std::string>& wide, const std::vector<std::string>& narrow,
                 Covers covers) {
  return std::ranges::all_of(narrow, [&](const std::string& one) {
    return std::ranges::any_of(wide, [&](const std::string& by) { return covers(by, one); });
  });
}

// `excluded`: NotAction, NotResource.
template <class Covers>
bool list_covers(bool wide_excluded, const std::vector<std::string>& wide, bool narrow_excluded,
                 const std::vector<std::string>& narrow, Covers covers) {
  if (wide_excluded != narrow_excluded) return false;
  return wide_excluded ? all_covered(narrow, wide, covers) : all_covered(wide, narrow, covers);
}

bool all_in(const std::vector<std::string>& few, const std::vector<std::string>& many) {
  return std::ranges::all_of(
      few, [&](const std::string& one) { return std::ranges::find(many, one) != many.end(); });
}

bool principals_cover(const PolicyStatement& wide, const PolicyStatement& narrow) {
  if (wide.principals == narrow.principals && wide.not_principals == narrow.not_principals) return true;
  if (wide.not_principals || narrow.not_principals || !wide.principals || !narrow.principals) return false;
  const PolicyPrincipals &many = *wide.principals, &few = *narrow.principals;
  if (!all_in(few.federated, many.federated)) return false;
  if (many.anyone) return true;
  return !few.anyone && all_in(few.aws, many.aws) && all_in(few.services, many.services) &&
         all_in(few.canonical, many.canonical);
}

bool condition_covers(const Condition& wide, const Condition& narrow) {
  if (wide.op != narrow.op || !equals_ignoring_case(wide.key, narrow.key)) return false;
  if (wide.op.test == ConditionTest::null) return wide.values == narrow.values;
  return wide.op.negated ? all_in(wide.values, narrow.values) : all_in(narrow.values, wide.values);
}

// "10.0.0.0/8": as narrow as S3 asks of a network that is not everybody.
bool is_narrow_network(std::string_view network) {
  const bool six = network.find(':') != std::string_view::npos;
  const std::size_t slash = network.find('/');
  if (slash == std::string_view::npos) return is_fixed(network);
  const std::string_view length = network.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  return error == std::errc() && end == length.data() + length.size() && bits >= (six ? 32 : 8);
}

// Whom, or whence: the keys of "The meaning of public".
constexpr std::string_view restricting_keys[] = {
    "aws:sourcearn",         "aws:sourcevpc",
    "aws:sourcevpce",        "aws:sourceowner",
    "aws:sourceaccount",     "aws:userid",
    "aws:principalorgid",    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn", "s3:dataaccesspointaccount"};

bool restricts(const Condition& condition) {
  const ConditionOperator& op = condition.op;
  if (op.negated || op.if_exists || op.set == ConditionSet::all_values || condition.values.empty())
    return false;
  const std::string key = lower_case(condition.key);
  if (key == "aws:sourceip")
    return op.test == ConditionTest::ip_address && std::ranges::all_of(condition.values, is_narrow_network);
  const bool compares = op.test == ConditionTest::string_equals ||
                        op.test == ConditionTest::string_equals_ignoring_case ||
                        op.test == ConditionTest::string_like || op.test == ConditionTest::arn_like;
  return compares && std::ranges::find(restricting_keys, key) != std::end(restricting_keys) &&
         std::ranges::all_of(condition.values, is_fixed);
}

// "${…}" may become any text.
std::string with_any_variable(std::string_view pattern) {
  std::string result;
  while (!pattern.empty()) {
    const std::size_t begin = pattern.find("${");
    result += pattern.substr(0, begin);
    if (begin == std::string_view::npos) break;
    const std::size_t end = pattern.find('}', begin);
    result += '*';
    if (end == std::string_view::npos) break;
    pattern.remove_prefix(end + 1);
  }
  return result;
}

bool may_reach(const PolicyStatement& statement, const std::string& resource) {
  if (statement.not_resources) {
    return std::ranges::none_of(statement.resources,
                                [&](const std::string& spared) { return arn_covers(spared, resource); });
  }
  return std::ranges::any_of(statement.resources, [&](const std::string& pattern) {
    // A pattern of fewer fields is completed with "*", and so is every one here: it may only reach further.
    const std::string any = with_any_variable(pattern);
    return patterns_meet(any, resource) || patterns_meet(any + ":*", resource);
  });
}

bool is_certain(const Condition& condition, const PolicyContext& known) {
  return known.find(condition.key) != nullptr && std::ranges::none_of(condition.values, has_variable);
}

}  // namespace

bool patterns_meet(std::string_view a, std::string_view b) {
  Table meet(a.size(), b.size());
  for (std::size_t i = a.size() + 1; i-- > 0;) {
    for (std::size_t j = b.size() + 1; j-- > 0;) {
      const bool more_a = i < a.size(), more_b = j < b.size();
      bool found = !more_a && !more_b;
      if (more_a && a[i] == '*') found = meet.at(i + 1, j) || (more_b && meet.at(i, j + 1));
      if (more_b && b[j] == '*') found = found || meet.at(i, j + 1) || (more_a && meet.at(i + 1, j));
      const bool plain = more_a && more_b && a[i] != '*' && b[j] != '*';
      if (plain && (a[i] == b[j] || a[i] == '?' || b[j] == '?')) found = meet.at(i + 1, j + 1);
      meet.at(i, j) = found;
    }
  }
  return meet.at(0, 0);
}

bool pattern_covers(std::string_view wide, std::string_view narrow) {
  Table covered(wide.size(), narrow.size());
  for (std::size_t i = wide.size() + 1; i-- > 0;) {
    for (std::size_t j = narrow.size() + 1; j-- > 0;) {
      const bool more = j < narrow.size();
      if (i == wide.size()) {
        covered.at(i, j) = !more;
      } else if (wide[i] == '*') {
        covered.at(i, j) = covered.at(i + 1, j) || (more && covered.at(i, j + 1));
      } else {
        const bool fits = more && narrow[j] != '*' && (wide[i] == '?' || (wide[i] == narrow[j]));
        covered.at(i, j) = fits && covered.at(i + 1, j + 1);
      }
    }
  }
  return covered.at(0, 0);
}

bool is_public(const PolicyStatement& statement) {
  if (statement.effect == Effect::deny) return false;
  const bool everybody =
      !statement.principals || statement.not_principals || statement.principals->anyone ||
      std::ranges::find(statement.principals->federated, "*") != statement.principals->federated.end();
  return everybody && std::ranges::none_of(statement.conditions, restricts);
}

bool covers(const PolicyStatement& wide, const PolicyStatement& narrow) {
  if (!principals_cover(wide, narrow)) return false;
  if (!list_covers(wide.not_actions, wide.actions, narrow.not_actions, narrow.actions, action_covers))
    return false;
  if (!list_covers(wide.not_resources, wide.resources, narrow.not_resources, narrow.resources, arn_covers))
    return false;
  return std::ranges::all_of(wide.conditions, [&](const Condition& one) {
    return std::ranges::any_of(narrow.conditions,
                               [&](const Condition& other) { return condition_covers(one, other); });
  });
}

bool may_deny(const PolicyStatement& statement, const RoleAtWork& role) {
  const auto arn = parse_arn(role.role_arn);
  if (!arn) return statement.effect == Effect::deny;
  if (statement.effect == Effect::allow || !may_reach(statement, role.resource)) return false;
  const std::string name = arn->resource.substr(arn->resource.rfind('/') + 1);
  const std::string session =
      "arn:" + arn->partition + ":sts::" + arn->account + ":assumed-role/" + name + "/";
  // What is sure of the statement: the evaluator decides on its principals, actions and known conditions.
  PolicyStatement sure = statement;
  sure.resources = {"*"};
  sure.not_resources = false;
  std::erase_if(sure.conditions, [&](const Condition& one) { return !is_certain(one, role.known); });
  PolicyPrincipals principals = sure.principals.value_or(PolicyPrincipals{});
  const bool any_session =
      std::ranges::any_of(principals.aws, [&](const std::string& one) { return one.starts_with(session); });
  if (!sure.principals || sure.not_principals || any_session || !principals.canonical.empty())
    principals.anyone = true;
  sure.principals = principals;
  sure.not_principals = false;
  Policy policy;
  policy.statements.push_back(std::move(sure));
  AccessRequest request;
  request.requester = {Requester::Kind::session, arn->account, session + "session", role.role_arn, ""};
  request.resource = role.resource;
  request.context = role.known;
  return std::ranges::any_of(role.actions, [&](std::string_view action) {
    request.action = action;
    return evaluate(request, {}, &policy, Accounts::same).verdict == Verdict::explicitly_denied;
  });
}

}  // namespace s3dr::aws
