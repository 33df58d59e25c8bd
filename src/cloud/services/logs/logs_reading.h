// Reads log events: GetLogEvents (one stream, in both directions) and FilterLogEvents (a group, by time).
// A page ends at its limit or at 1 MiB. Its token holds the position of the last event that was looked at.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "cloud/door/service.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/logs/logs_store.h"

namespace s3dr::services {

// The words of CloudWatch Logs for the fields of a request.
inline constexpr FieldWords logs_words = {
    .wrong_code = "InvalidParameterException",
    .texts = "a list of strings",
    .map = "a map",
};

boost::json::object get_log_events(cloud::Connection& db, const LogGroupRow& group,
                                   const boost::json::object& given);
boost::json::object filter_log_events(cloud::Connection& db, const LogGroupRow& group,
                                      const boost::json::object& given);

// The `limit` of a request. Raises ServiceError(InvalidParameterException) if it is not in [1, max].
std::int64_t logs_limit(const boost::json::object& given, std::int64_t otherwise, std::int64_t max);

}  // namespace s3dr::services
