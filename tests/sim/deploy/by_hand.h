// What a person changes by hand in a deployed cloud, through service calls of its own (raw_calls.h): the
// services are told what the resource is to be from now on. deploy/ has no part in it.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>

#include "deploy/resources/resource.h"
#include "sim/world/deployed_cluster.h"

namespace s3dr::sim {

// Brings the live resource from `declared.properties` to `after` (in the same normal form), tags aside.
// Raises what the services refuse; Failed when no call can do that.
Task<> change_by_hand(ServiceHands& hands, deploy::Resource declared, boost::json::object after);

Task<> delete_by_hand(ServiceHands& hands, deploy::Resource resource);

// Sets these tags and takes those away.
Task<> tag_by_hand(ServiceHands& hands, deploy::Resource resource, std::map<std::string, std::string> set,
                   std::string taken_away = "");

}  // namespace s3dr::sim
