#include "services/target_policy.h"

#include <boost/json.hpp>

#include "aws/arn.h"
#include "cloud/authorizer.h"

namespace s3dr::services {
namespace {

// The text of one column; nullopt: no such row.
std::optional<std::string> text_of(cloud::Connection& db, std::string_view sql, const std::string& account,
                                   const std::string& name) {
  auto row = db.prepare(sql);
  row.bind(account, name);
  if (!row.step()) return std::nullopt;
  return row.text(0);
}

std::string policy_in(const std::string& attributes) {
  boost::json::error_code malformed;
  const boost::json::value value = boost::json::parse(attributes, malformed);
  if (malformed || !value.is_object()) return "";
  const boost::json::value* policy = value.get_object().if_contains("Policy");
  return policy != nullptr && policy->is_string() ? std::string(policy->get_string()) : "";
}

}  // namespace

bool target_lets_in(cloud::Connection& db, const Delivery& delivery, Instant now) {
  const auto arn = aws::parse_arn(delivery.target_arn);
  if (!arn) return true;
  const cloud::ActsFor acts_for{delivery.source_arn, delivery.source_account};
  if (arn->service == "lambda") {
    constexpr std::string_view prefix = "function:";
    if (!arn->resource.starts_with(prefix)) return true;
    const std::string name = arn->resource.substr(prefix.size());
    const auto policy = text_of(db, "SELECT policy FROM lambda_function WHERE account = ? AND name = ?",
                                arn->account, name.substr(0, name.find(':')));
    return !policy || cloud::lets_service_in(*policy, delivery.principal, "lambda:InvokeFunction",
                                             delivery.target_arn, acts_for, now);
  }
  if (arn->service == "sqs") {
    const auto attributes = text_of(db, "SELECT attributes FROM sqs_queue WHERE account = ? AND name = ?",
                                    arn->account, arn->resource);
    return !attributes || cloud::lets_service_in(policy_in(*attributes), delivery.principal,
                                                 "sqs:SendMessage", delivery.target_arn, acts_for, now);
  }
  return true;
}

}  // namespace s3dr::services
