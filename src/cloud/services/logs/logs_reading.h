// Reading log events back: GetLogEvents (one stream, both ways) and FilterLogEvents (a group, by time).
// A page ends at its limit or at 1 MiB; its token holds the place of the last event looked at.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "cloud/door/service.h"
#include "cloud/services/logs/logs_store.h"

namespace s3dr::services {

boost::json::object get_log_events(cloud::Connection& db, const LogGroupRow& group,
                                   const boost::json::object& given);
boost::json::object filter_log_events(cloud::Connection& db, const LogGroupRow& group,
                                      const boost::json::object& given);

// Raises ServiceError(InvalidParameterException) outside of [1, max].
std::int64_t logs_limit(const boost::json::object& given, std::int64_t otherwise, std::int64_t max);
// Refuses fields that are not in `known`, as "not supported yet": none is ignored.
void refuse_unknown_fields(const boost::json::object& given, std::initializer_list<std::string_view> known);

}  // namespace s3dr::services
