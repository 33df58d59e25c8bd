// The Condition block of a policy's statement: its operators, and whether a request meets it. Part of
// aws/policy/policy.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/policy_pattern.h"

namespace s3dr::aws {

enum class ConditionTest {
  string_equals,
  string_equals_ignoring_case,
  string_like,
  arn_like,  // ArnEquals says the same
  boolean,
  null,
  number_equal,
  number_less,
  number_less_or_equal,
  number_greater,
  number_greater_or_equal,
  date_equal,
  date_less,
  date_less_or_equal,
  date_greater,
  date_greater_or_equal,
  ip_address,
  binary  // the policy has the bytes in base64
};

// How several values of the request are treated.
enum class ConditionSet { plain, any_value, all_values };

// "ForAnyValue:StringNotLikeIfExists"
struct ConditionOperator {
  ConditionTest test = ConditionTest::string_equals;
  ConditionSet set = ConditionSet::plain;
  bool negated = false;
  bool if_exists = false;
  bool operator==(const ConditionOperator&) const = default;
};
// nullopt: there is no such operator.
std::optional<ConditionOperator> parse_condition_operator(std::string_view name);

// One operator, one key, and values of which one must fit.
struct Condition {
  ConditionOperator op;
  std::string key;
  std::vector<std::string> values;
  bool operator==(const Condition&) const = default;
};

// Why a value can never fit (for example a malformed number); empty: it can. Policy variables exist only with
// the String, Arn and Bool operators (IAM reference, Condition operators); a value with one is not checked there.
std::string why_unfit(const ConditionOperator& op, std::string_view value);

// If the request has no such key: true for a negated operator, for …IfExists and for ForAllValues, else
// false. (IAM reference, Condition operators.)
bool holds(const Condition& condition, const PolicyContext& context, Variables variables);

}  // namespace s3dr::aws
