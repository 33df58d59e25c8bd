#include "cloud/services/sqs/sqs_request.h"

#include <array>
#include <utility>

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::string_view name_space = "com.amazonaws.sqs#";

// The errors whose older names differ from "AWS.SimpleQueueService.<name>" and from the name itself.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> renamed = {{
    {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"},
    {"QueueNameExists", "QueueAlreadyExists"},
    {"UnsupportedOperationException", "AWS.SimpleQueueService.UnsupportedOperation"},
    {"ValidationException", "InvalidParameterValue"},
}};
constexpr std::array<std::string_view, 7> prefixed = {
    "EmptyBatchRequest",   "TooManyEntriesInBatchRequest", "BatchEntryIdsNotDistinct", "InvalidBatchEntryId",
    "BatchRequestTooLong", "MessageNotInflight",           "UnsupportedOperation"};

}  // namespace

ServiceError sqs_error(std::string_view name, std::string message, int status) {
  return {std::string(name_space) + std::string(name), std::move(message), status};
}

std::string sqs_query_code(std::string_view error_type) {
  if (error_type.starts_with(name_space)) error_type.remove_prefix(name_space.size());
  std::string name(error_type);
  for (const auto& [now, before] : renamed) {
    if (error_type == now) name = before;
  }
  for (const std::string_view known : prefixed) {
    if (error_type == known) name = "AWS.SimpleQueueService." + name;
  }
  return name;
}

std::string queue_url(const cloud::ServiceRequest& request, const std::string& account,
                      const std::string& name) {
  return (request.tls ? "https://" : "http://") + std::string(request.headers.get_or("host", "localhost")) +
         "/" + account + "/" + name;
}

QueueRow require_queue(cloud::Connection& db, const json::object& given) {
  const std::string url = require_text(given, "QueueUrl");
  const std::size_t name_at = url.rfind('/');
  const std::size_t account_at =
      name_at == std::string::npos || name_at == 0 ? std::string::npos : url.rfind('/', name_at - 1);
  if (account_at == std::string::npos)
    throw sqs_error("InvalidAddress", "The address " + url + " is not valid for this endpoint.", 404);
  const std::string account = url.substr(account_at + 1, name_at - account_at - 1);
  auto queue = find_queue(db, account, url.substr(name_at + 1));
  if (!queue) throw sqs_error("QueueDoesNotExist", "The specified queue does not exist.");
  return std::move(*queue);
}

QueueRow require_own_queue(cloud::Connection& db, const cloud::ServiceRequest& request,
                           const json::object& given) {
  QueueRow queue = require_queue(db, given);
  if (queue.account != request.caller.account.text())
    throw sqs_error("AccessDeniedException",
                    "Access to the resource " + require_text(given, "QueueUrl") + " is denied.", 403);
  return queue;
}

std::int64_t integer_between(const json::object& given, std::string_view name, std::int64_t least,
                             std::int64_t most, std::int64_t otherwise) {
  const std::int64_t value = optional_integer(given, name).value_or(otherwise);
  if (value < least || value > most) {
    throw sqs_error("InvalidParameterValue", "Value " + std::to_string(value) + " for parameter " +
                                                 std::string(name) + " is invalid. Reason: Must be between " +
                                                 std::to_string(least) + " and " + std::to_string(most) +
                                                 ", if provided.");
  }
  return value;
}

}  // namespace s3dr::services
