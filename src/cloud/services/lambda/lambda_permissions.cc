// A function's own policy. AddPermission writes it statement by statement, in exactly AWS's form, because
// clients compare the text.
#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "aws/arn.h"
#include "aws/hash.h"
#include "base/encoding.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/service_ids.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/lambda/lambda_operations.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t policy_bytes_max = 20'480;

// The revision is computed from the policy's text. It changes with the text only.
std::string policy_revision(const std::string& policy) {
  return as_uuid(aws::sha256_hex(policy));
}

void check_statement_id(const std::string& id) {
  const bool good = !id.empty() && id.size() <= 100 && has_only(id, "-_");
  if (!good)
    throw ServiceError{"ValidationException",
                       "1 validation error detected: Value '" + id +
                           "' at 'statementId' failed to satisfy constraint: Member must satisfy regular "
                           "expression pattern: ([a-zA-Z0-9-_]+)",
                       400};
}

json::value principal_of(const std::string& text) {
  if (text == "*") return "*";
  if (aws::is_account_id(text)) return json::object{{"AWS", "arn:aws:iam::" + text + ":root"}};
  if (const auto arn = aws::parse_arn(text); arn && (arn->service == "iam" || arn->service == "sts"))
    return json::object{{"AWS", text}};
  const bool service = text.find('.') != std::string::npos && std::ranges::all_of(text, [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
                       });
  if (!service)
    throw bad_parameter("The provided principal was invalid. Please check the principal and try again.");
  return json::object{{"Service", text}};
}

json::object statement_of(const json::object& given, const std::string& arn) {
  refuse_other_fields(given,
                      {"StatementId", "Action", "Principal", "SourceArn", "SourceAccount", "RevisionId"},
                      lambda_words);
  const std::string id = require_text(given, "StatementId");
  check_statement_id(id);
  const std::string action = require_text(given, "Action");
  if (action != "*" &&
      (!action.starts_with("lambda:") || action.size() < 8 || action.find(' ') != std::string::npos))
    throw ServiceError{
        "ValidationException",
        "1 validation error detected: Value '" + action +
            "' at 'action' failed to satisfy constraint: Member must satisfy regular expression "
            "pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])",
        400};
  json::object condition;
  if (const auto account = optional_text(given, "SourceAccount")) {
    if (!aws::is_account_id(*account))
      throw bad_parameter("The provided SourceAccount is invalid: " + *account);
    condition["StringEquals"] = json::object{{"AWS:SourceAccount", *account}};
  }
  if (const auto source = optional_text(given, "SourceArn")) {
    if (!source->starts_with("arn:")) throw bad_parameter("The provided SourceArn is invalid: " + *source);
    condition["ArnLike"] = json::object{{"AWS:SourceArn", *source}};
  }
  json::object statement{{"Sid", id},
                         {"Effect", "Allow"},
                         {"Principal", principal_of(require_text(given, "Principal"))},
                         {"Action", action},
                         {"Resource", arn}};
  if (!condition.empty()) statement["Condition"] = std::move(condition);
  return statement;
}

void refuse_qualifier(const LambdaRequest& request) {
  if (!request.query("Qualifier").empty())
    throw bad_parameter("A policy belongs to the function itself: Qualifier is refused, $LATEST too.");
}

json::array statements_of(const FunctionRow& function) {
  if (function.policy.empty()) return {};
  return json::parse(function.policy).as_object().at("Statement").as_array();
}

std::string document_of(json::array statements) {
  if (statements.empty()) return "";
  return json::serialize(
      json::object{{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", std::move(statements)}});
}

auto statement_named(json::array& statements, const std::string& id) {
  return std::ranges::find_if(statements, [&id](const json::value& statement) {
    return statement.as_object().at("Sid") == json::value(id);
  });
}

}  // namespace

Task<HttpResponse> add_permission(LambdaParts& parts, const LambdaRequest& request) {
  refuse_qualifier(request);
  const json::object given = request.body();
  const std::string text = co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow function = require_function(parts, db, request, request.names[0]);
    const json::object statement = statement_of(given, function.arn());
    if (!function.policy.empty()) check_revision(given, policy_revision(function.policy));
    json::array statements = statements_of(function);
    const std::string id(statement.at("Sid").as_string());
    if (statement_named(statements, id) != statements.end())
      throw ServiceError{"ResourceConflictException",
                         "The statement id (" + id +
                             ") provided already exists. Please provide a new statement id, or remove the "
                             "existing statement.",
                         409};
    statements.push_back(statement);
    function.policy = document_of(std::move(statements));
    if (function.policy.size() > policy_bytes_max)
      throw ServiceError{"PolicyLengthExceededException",
                         "The final policy size (" + std::to_string(function.policy.size()) +
                             ") is bigger than the limit (" + std::to_string(policy_bytes_max) + ").",
                         400};
    update_function(db, function);
    return json::serialize(statement);
  });
  co_return json_response(201, json::object{{"Statement", text}});
}

Task<HttpResponse> get_policy(LambdaParts& parts, const LambdaRequest& request) {
  refuse_qualifier(request);
  const FunctionRow function =
      require_function(parts, parts.region.database.reader(), request, request.names[0]);
  if (function.policy.empty())
    throw ServiceError{"ResourceNotFoundException", "The resource you requested does not exist.", 404};
  co_return json_response(
      200, json::object{{"Policy", function.policy}, {"RevisionId", policy_revision(function.policy)}});
}

Task<HttpResponse> remove_permission(LambdaParts& parts, const LambdaRequest& request) {
  refuse_qualifier(request);
  co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow function = require_function(parts, db, request, request.names[0]);
    if (function.policy.empty())
      throw ServiceError{"ResourceNotFoundException", "No policy is associated with the given resource.",
                         404};
    const std::string revision = request.query("RevisionId");
    if (!revision.empty())
      check_revision(json::object{{"RevisionId", revision}}, policy_revision(function.policy));
    json::array statements = statements_of(function);
    const auto found = statement_named(statements, request.names[1]);
    if (found == statements.end())
      throw ServiceError{"ResourceNotFoundException",
                         "Statement " + request.names[1] + " is not found in resource policy.", 404};
    statements.erase(found);
    function.policy = document_of(std::move(statements));
    update_function(db, function);
  });
  co_return no_content();
}

}  // namespace s3dr::services
