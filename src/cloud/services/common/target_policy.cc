#include "cloud/services/common/target_policy.h"

#include <boost/json.hpp>

#include "aws/arn.h"
#include "cloud/door/authorizer.h"
#include "cloud/services/common/json_fields.h"

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
  const auto parsed = parsed_object(attributes);
  return parsed ? text_or_empty(*parsed, "Policy") : "";
}

}  // namespace

std::optional<std::string> target_policy(cloud::Connection& db, const std::string& target_arn) {
  const auto arn = aws::parse_arn(target_arn);
  if (arn && arn->service == "lambda") {
    constexpr std::string_view prefix = "function:";
    if (!arn->resource.starts_with(prefix)) return std::nullopt;
    const std::string name = arn->resource.substr(prefix.size());
    return text_of(db, "SELECT policy FROM lambda_function WHERE account = ? AND name = ?", arn->account,
                   name.substr(0, name.find(':')));
  }
  if (arn && arn->service == "sqs") {
    const auto attributes = text_of(db, "SELECT attributes FROM sqs_queue WHERE account = ? AND name = ?",
                                    arn->account, arn->resource);
    if (attributes) return policy_in(*attributes);
  }
  return std::nullopt;
}

bool target_lets_in(cloud::Connection& db, const Delivery& delivery, Instant now) {
  const auto policy = target_policy(db, delivery.target_arn);
  if (!policy) return true;
  const auto arn = aws::parse_arn(delivery.target_arn);
  return cloud::lets_service_in(*policy, delivery.principal, delivery_action(arn->service),
                                delivery.target_arn,
                                cloud::ActsFor{delivery.source_arn, delivery.source_account}, now);
}

std::string delivery_action(std::string_view service) {
  return service == "sqs" ? "sqs:SendMessage" : "lambda:InvokeFunction";
}

}  // namespace s3dr::services
