// What the operations of SQS share: its errors, the queue a request names, checked numbers.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "cloud/door/service.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/sqs/sqs_store.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// "QueueDoesNotExist" → a ServiceError as SQS writes it: "com.amazonaws.sqs#QueueDoesNotExist".
ServiceError sqs_error(std::string_view name, std::string message, int status = 400);
// The name that the Query protocol has for an error of the JSON protocol.
std::string sqs_query_code(std::string_view error_type);

// "http://localhost:9101/111122223333/name", on the host the caller used.
std::string queue_url(const cloud::ServiceRequest& request, const std::string& account,
                      const std::string& name);
// The queue of QueueUrl, of whatever account: the door has asked its policy (cloud/door/service_access.h). Refuses
// QueueDoesNotExist.
QueueRow require_queue(cloud::Connection& db, const boost::json::object& given);
// For what a queue's policy cannot grant to other accounts. Refuses AccessDenied for another account's queue.
QueueRow require_own_queue(cloud::Connection& db, const cloud::ServiceRequest& request,
                           const boost::json::object& given);

// An integer within bounds. Refuses InvalidParameterValue.
std::int64_t integer_between(const boost::json::object& given, std::string_view name, std::int64_t least,
                             std::int64_t most, std::int64_t otherwise);
// {"key": "value"}; absent is empty.
ResourceTags tags_of(const boost::json::object& given, std::string_view name);
// The strings of a list; absent is empty.
std::vector<std::string> texts_of(const boost::json::object& given, std::string_view name);

}  // namespace s3dr::services
