#include "aws/policy/policy_text.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "aws/arn.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

namespace json = boost::json;

[[noreturn]] void unreadable(const std::string& why) {
  throw Error(ErrorKind::corrupt, "the policy is not readable: " + why);
}

json::value parsed(std::string_view text) {
  boost::system::error_code failure;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failure);
  if (failure) unreadable(failure.message());
  return value;
}

// Of a text that is known to be JSON.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {}

  // The opening bracket; then what is in it, until false.
  void enter() {
    skip_space();
    ++at_;
  }
  bool next() {
    skip_space();
    if (text_[at_] == ',') {
      ++at_;
      skip_space();
    }
    return text_[at_] != '}' && text_[at_] != ']';
  }
  std::string_view value() {
    skip_space();
    const std::size_t begin = at_;
    skip_value();
    return text_.substr(begin, at_ - begin);
  }
  void colon() {
    skip_space();
    ++at_;
  }

 private:
  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  void skip_text() {
    for (++at_; text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }
  void skip_value() {
    if (text_[at_] == '"') return skip_text();
    if (text_[at_] != '{' && text_[at_] != '[') {
      at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
      return;
    }
    int depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        skip_text();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth > 0);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::vector<std::string> statements_in(std::string_view value) {
  std::vector<std::string> result;
  if (value.starts_with('{')) {
    result.emplace_back(value);
    return result;
  }
  if (!value.starts_with('[')) unreadable("Statement is no list");
  Cutter cutter(value);
  for (cutter.enter(); cutter.next();) {
    const std::string_view one = cutter.value();
    if (!one.starts_with('{')) unreadable("a statement is no object");
    result.emplace_back(one);
  }
  return result;
}

// "${" stands for itself where there are no variables.
std::string escaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool variable = text.substr(i).starts_with("${");
    result += variable ? "${$}" : std::string(1, text[i]);
  }
  return result;
}

json::array listed(const json::value& value, bool escape) {
  std::vector<std::string> texts;
  const auto add = [&](const json::value& one) {
    if (one.is_object() || one.is_array() || one.is_null())
      unreadable("a list holds something else than texts");
    std::string text = one.is_string() ? std::string(one.get_string()) : json::serialize(one);
    texts.push_back(escape ? escaped(text) : std::move(text));
  };
  if (value.is_array()) {
    for (const json::value& one : value.get_array()) add(one);
  } else {
    add(value);
  }
  std::ranges::sort(texts);
  texts.erase(std::ranges::unique(texts).begin(), texts.end());
  json::array result;
  for (std::string& text : texts) result.emplace_back(std::move(text));
  return result;
}

using Sorted = std::map<std::string, json::value, std::less<>>;

json::object as_object(Sorted sorted) {
  json::object result;
  for (auto& [name, value] : sorted) result[name] = std::move(value);
  return result;
}

// "arn:…:iam::111122223333:root" → "111122223333"
std::string account_or_name(const std::string& name) {
  const auto arn = parse_arn(name);
  return arn && arn->service == "iam" && arn->resource == "root" && is_account_id(arn->account) ? arn->account
                                                                                                : name;
}

json::value normal_principal(const json::value& principal) {
  if (principal.is_string()) return principal;
  if (!principal.is_object()) unreadable("a principal is neither a text nor an object");
  Sorted kinds;
  for (const auto& [kind, names] : principal.get_object()) {
    json::array list = listed(names, false);
    if (kind == "AWS") {
      for (json::value& one : list) one = account_or_name(std::string(one.get_string()));
      list = listed(list, false);
    }
    kinds[std::string(kind)] = std::move(list);
  }
  if (kinds.size() == 1 && kinds.begin()->first == "AWS" && kinds.begin()->second == json::array{"*"})
    return "*";
  return as_object(std::move(kinds));
}

json::value normal_condition(const json::value& condition, bool escape) {
  if (!condition.is_object()) unreadable("a condition is no object");
  Sorted operators;
  for (const auto& [name, keys] : condition.get_object()) {
    if (!keys.is_object()) unreadable("a condition is no object");
    Sorted sorted;
    for (const auto& [key, values] : keys.get_object()) sorted[std::string(key)] = listed(values, escape);
    if (!sorted.empty()) operators[std::string(name)] = as_object(std::move(sorted));
  }
  return as_object(std::move(operators));
}

json::object normal(const json::object& statement, bool escape) {
  Sorted result;
  for (const auto& [key, value] : statement) {
    const std::string name(key);
    if (name == "Action" || name == "NotAction") {
      result[name] = listed(value, false);
    } else if (name == "Resource" || name == "NotResource") {
      result[name] = listed(value, escape);
    } else if (name == "Principal" || name == "NotPrincipal") {
      result[name] = normal_principal(value);
    } else if (name == "Condition") {
      json::value condition = normal_condition(value, escape);
      if (!condition.get_object().empty()) result[name] = std::move(condition);
    } else if (name != "Sid" || value != json::value("")) {
      result[name] = value;
    }
  }
  return as_object(std::move(result));
}

}  // namespace

PolicyText cut_policy(std::string_view document) {
  if (!parsed(document).is_object()) unreadable("it is no object");
  PolicyText result;
  bool has_statements = false;
  Cutter cutter(document);
  for (cutter.enter(); cutter.next();) {
    const std::string name(parsed(cutter.value()).get_string());
    cutter.colon();
    const std::string_view value = cutter.value();
    const bool known = std::ranges::find(result.members, name, &std::pair<std::string, std::string>::first) !=
                       result.members.end();
    if (known || (name == "Statement" && has_statements)) unreadable(name + " is there twice");
    if (name != "Statement") {
      result.members.emplace_back(name, value);
      continue;
    }
    has_statements = true;
    result.statements = statements_in(value);
  }
  if (!has_statements) unreadable("it has no statements");
  return result;
}

std::string joined_policy(const PolicyText& policy) {
  std::string result = "{";
  for (const auto& [name, value] : policy.members)
    result += json::serialize(json::value(name)) + ":" + value + ",";
  result += "\"Statement\":[";
  for (std::size_t i = 0; i < policy.statements.size(); ++i)
    result += (i == 0 ? "" : ",") + policy.statements[i];
  return result + "]}";
}

std::vector<json::object> normal_statements(std::string_view document) {
  const PolicyText text = cut_policy(document);
  const bool has_variables =
      std::ranges::find(text.members, std::pair<std::string, std::string>("Version", "\"2012-10-17\"")) !=
      text.members.end();
  std::vector<json::object> result;
  for (const std::string& one : text.statements)
    result.push_back(normal(parsed(one).get_object(), !has_variables));
  return result;
}

json::object normal_statement(const json::object& statement) {
  return normal(statement, false);
}

std::string normal_policy(const std::vector<json::object>& statements) {
  PolicyText text{{{"Version", "\"2012-10-17\""}}, {}};
  for (const json::object& one : statements) text.statements.push_back(json::serialize(one));
  std::ranges::sort(text.statements);
  return joined_policy(text);
}

std::string sid_of(const json::object& statement) {
  const json::value* sid = statement.if_contains("Sid");
  return sid != nullptr && sid->is_string() ? std::string(sid->get_string()) : "";
}

}  // namespace s3dr::aws
