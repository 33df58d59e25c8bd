// What the operations of SQS share: its errors, the queue that a request names, checked numbers.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "cloud/door/service.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/sqs/sqs_store.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// SQS's words for the fields of a request.
inline constexpr FieldWords sqs_words = {
    .wrong_code = "com.amazonaws.sqs#InvalidParameterValue",
    .list = "a list of strings",
    .texts = "a list of strings",
    .structure = "a map of strings",
};

// "QueueDoesNotExist" → a ServiceError as SQS writes it: "com.amazonaws.sqs#QueueDoesNotExist".
ServiceError sqs_error(std::string_view name, std::string message, int status = 400);
// The Query protocol's name for an error of the JSON protocol.
std::string sqs_query_code(std::string_view error_type);

// The URL of a queue on the host that the caller used: "http://localhost:9101/111122223333/name".
std::string queue_url(const cloud::ServiceRequest& request, const std::string& account,
                      const std::string& name);
// The queue of QueueUrl. It may belong to any account: the door has asked its policy
// (cloud/door/service_access.h). Refuses QueueDoesNotExist.
QueueRow require_queue(cloud::Connection& db, const boost::json::object& given);
// For operations that a queue's policy cannot grant to other accounts.
// Also refuses AccessDenied for another account's queue.
QueueRow require_own_queue(cloud::Connection& db, const cloud::ServiceRequest& request,
                           const boost::json::object& given);

// An integer from `least` to `most`; `otherwise` if it is absent. Refuses InvalidParameterValue.
std::int64_t integer_between(const boost::json::object& given, std::string_view name, std::int64_t least,
                             std::int64_t most, std::int64_t otherwise);
}  // namespace s3dr::services
