#include "dr/replica_policy.h"

#include <boost/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "base/error.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;

// Writing replicas, and making the destination their owner, which the rule asks for between accounts.
constexpr const char* actions[] = {"s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateDelete",
                                   "s3:ReplicateObject", "s3:ReplicateTags"};

Error unreadable(const s3::BucketName& replica) {
  return Error(ErrorKind::corrupt, "the bucket policy is not readable").with_resource(replica.text());
}

json::object our_statement(const Policy& policy, const s3::BucketName& replica, const std::string& role_arn) {
  json::array list;
  for (const char* action : actions) list.emplace_back(action);
  return {{"Sid", replica_policy_sid},
          {"Effect", "Allow"},
          {"Principal", json::object{{"AWS", role_arn}}},
          {"Action", std::move(list)},
          {"Resource", aws::bucket_arn(policy.partition, replica.text()) + "/*"}};
}

// {} for no policy at all. `Statement` may be a single one.
json::object parse(const s3::BucketName& replica, const std::string* document) {
  if (document == nullptr) return {};
  boost::system::error_code failure;
  json::value value = json::parse(*document, failure);
  if (failure || !value.is_object()) throw unreadable(replica);
  json::object& policy = value.get_object();
  if (!policy.contains("Statement")) throw unreadable(replica);
  json::value& statements = policy["Statement"];
  if (statements.is_object()) statements = json::array{std::move(statements.get_object())};
  if (!statements.is_array()) throw unreadable(replica);
  for (const json::value& one : statements.get_array()) {
    if (!one.is_object()) throw unreadable(replica);
  }
  return std::move(policy);
}

bool is_ours(const json::value& statement) {
  const json::value* sid = statement.get_object().if_contains("Sid");
  return sid != nullptr && *sid == json::value(replica_policy_sid);
}

std::vector<std::string> as_list(const json::value* value) {
  std::vector<std::string> texts;
  const auto add = [&](const json::value& one) {
    texts.push_back(one.is_string() ? std::string(one.get_string()) : json::serialize(one));
  };
  if (value == nullptr) return texts;
  if (value->is_array()) {
    for (const json::value& one : value->get_array()) add(one);
  } else {
    add(*value);
  }
  std::ranges::sort(texts);
  return texts;
}

std::vector<std::string> principal_of(const json::object& statement) {
  const json::value* principal = statement.if_contains("Principal");
  if (principal == nullptr || !principal->is_object()) return as_list(principal);
  const json::object& kinds = principal->get_object();
  return kinds.size() == 1 ? as_list(kinds.if_contains("AWS")) : std::vector<std::string>{};
}

std::string difference_of(const json::object& found, const json::object& wanted) {
  if (principal_of(found) != principal_of(wanted)) return "another principal";
  for (const auto& [name, what] :
       {std::pair("Effect", "another effect"), std::pair("Action", "other actions"),
        std::pair("Resource", "other resources")}) {
    if (as_list(found.if_contains(name)) != as_list(wanted.if_contains(name))) return what;
  }
  for (const auto& [name, value] : found) {
    if (!wanted.contains(name)) return std::string("with ") + std::string(name);  // a condition …
  }
  return "";
}

}  // namespace

bool needs_replica_policy(const Policy& policy) {
  return policy.source_account != policy.destination_account;
}

std::string replica_policy_difference(const Policy& policy, const s3::BucketName& replica,
                                      const std::string& role_arn, const std::string* document) {
  const json::object found = parse(replica, document);
  const json::value* statements = found.if_contains("Statement");
  if (statements == nullptr) return "missing";
  const json::object wanted = our_statement(policy, replica, role_arn);
  const auto ours = std::ranges::find_if(statements->get_array(), is_ours);
  if (ours == statements->get_array().end()) return "missing";
  return difference_of(ours->get_object(), wanted);
}

std::string with_our_statement(const Policy& policy, const s3::BucketName& replica,
                               const std::string& role_arn, const std::string* document) {
  json::object result = parse(replica, document);
  if (result.empty()) result["Version"] = "2012-10-17";
  json::array statements;
  if (const json::value* present = result.if_contains("Statement")) {
    for (const json::value& one : present->get_array()) {
      if (!is_ours(one)) statements.push_back(one);
    }
  }
  statements.emplace_back(our_statement(policy, replica, role_arn));
  result["Statement"] = std::move(statements);
  return json::serialize(result);
}

}  // namespace s3dr::dr
