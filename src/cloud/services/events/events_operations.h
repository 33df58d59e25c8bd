// The operations of EventBridge's API, by file. events_service.cc puts them together. Each one checks its
// request, then changes the tables of services/bus/events_store.h and services/bus/destination_store.h in one
// transaction.
#pragma once

#include <string>

#include "cloud/services/bus/events_store.h"
#include "cloud/services/common/json_protocol.h"

namespace s3dr::services {

JsonHandlers rule_operations();         // events_rules.cc
JsonHandlers target_operations();       // events_targets.cc
JsonHandlers put_operations();          // events_put.cc
JsonHandlers destination_operations();  // events_destinations.cc

// Refuses with 501 the name or ARN of a bus other than the default bus: there is only that one.
void require_default_bus(cloud::RegionContext& region, const cloud::ServiceRequest& request,
                         const boost::json::object& given);
// A name of letters, digits and .-_ with at most 64 characters.
std::string require_name(const boost::json::object& given, std::string_view field = "Name");
// Refuses ResourceNotFoundException.
EventRule require_rule(cloud::Connection& db, const std::string& account, const std::string& name);
[[noreturn]] void refuse_missing(const std::string& what);  // ResourceNotFoundException "… does not exist."

}  // namespace s3dr::services
