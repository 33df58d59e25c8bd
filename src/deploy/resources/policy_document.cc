#include "deploy/resources/policy_document.h"

#include <algorithm>

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

json::array sorted_list(std::vector<std::string> values) {
  std::ranges::sort(values);
  const auto repeated = std::ranges::unique(values);
  values.erase(repeated.begin(), repeated.end());
  json::array result;
  for (std::string& value : values) result.emplace_back(std::move(value));
  return result;
}

// A string or a list of strings; numbers and booleans are written as JSON and as strings alike.
json::value as_list(const json::value& value) {
  std::vector<std::string> texts;
  const auto add = [&](const json::value& one) {
    texts.push_back(one.is_string() ? std::string(one.get_string()) : json::serialize(one));
  };
  if (value.is_array()) {
    for (const json::value& one : value.get_array()) add(one);
  } else {
    add(value);
  }
  return sorted_list(std::move(texts));
}

json::value normal_principal(const json::value& principal) {
  if (!principal.is_object()) return principal;  // "*"
  json::object result;
  for (const auto& [type, who] : principal.get_object()) result[type] = as_list(who);
  return result;
}

json::value normal_condition(const json::value& condition) {
  if (!condition.is_object()) return condition;
  json::object result;
  for (const auto& [test, keys] : condition.get_object()) {
    if (!keys.is_object()) {
      result[test] = keys;
      continue;
    }
    json::object values;
    for (const auto& [key, value] : keys.get_object()) {
      // Condition keys compare without case; SNS and Lambda write "AWS:SourceArn".
      std::string name(key);
      if (name.starts_with("AWS:")) name.replace(0, 4, "aws:");
      values[name] = as_list(value);
    }
    result[test] = std::move(values);
  }
  return result;
}

json::value normal_statement(const json::value& statement) {
  if (!statement.is_object()) return statement;
  json::object result;
  for (const auto& [key, value] : statement.get_object()) {
    if (key == "Action" || key == "NotAction" || key == "Resource" || key == "NotResource") {
      result[key] = as_list(value);
    } else if (key == "Principal" || key == "NotPrincipal") {
      result[key] = normal_principal(value);
    } else if (key == "Condition") {
      result[key] = normal_condition(value);
    } else {
      result[key] = value;
    }
  }
  return result;
}

}  // namespace

json::value normal_policy(const json::value& policy) {
  const json::object* document = policy.if_object();
  if (document == nullptr) return policy;
  json::object result;
  for (const auto& [key, value] : *document) {
    if (key != "Statement") {
      result[key] = value;
      continue;
    }
    json::array statements;
    if (value.is_array()) {
      for (const json::value& one : value.get_array()) statements.push_back(normal_statement(one));
    } else {
      statements.push_back(normal_statement(value));
    }
    result[key] = std::move(statements);
  }
  return result;
}

json::value normal_policy_of_text(std::string_view text) {
  boost::system::error_code failure;
  const json::value parsed = json::parse(text, failure);
  if (failure) return json::string(text);
  return normal_policy(parsed);
}

json::object policy_document(const std::vector<Statement>& statements) {
  json::array list;
  for (const Statement& one : statements) {
    json::object statement;
    if (!one.sid.empty()) statement["Sid"] = one.sid;
    statement["Effect"] = "Allow";
    if (!one.principal.empty()) statement["Principal"] = one.principal;
    statement["Action"] = sorted_list(one.actions);
    if (!one.resources.empty()) statement["Resource"] = sorted_list(one.resources);
    if (!one.condition.empty()) statement["Condition"] = one.condition;
    list.push_back(std::move(statement));
  }
  return normal_policy(json::object{{"Version", "2012-10-17"}, {"Statement", std::move(list)}}).get_object();
}

json::object condition(std::string_view test, std::string_view key, const std::vector<std::string>& values) {
  return {{test, json::object{{key, sorted_list(values)}}}};
}

}  // namespace s3dr::deploy
