// Changes that a person makes by hand in a deployed cloud. They use their own service calls
// (sim/world/raw_calls.h) and no code of deploy/.
// Each call tells the service what the resource has to be from now on.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>

#include "deploy/resources/resource.h"
#include "sim/world/deployed_cluster.h"

namespace s3dr::sim {

// Changes the live resource from `declared.properties` to `after` (in the same normal form), except tags.
// Raises the service's error when it refuses, and Failed when no call can make the change.
Task<> change_by_hand(ServiceHands& hands, deploy::Resource declared, boost::json::object after);

Task<> delete_by_hand(ServiceHands& hands, deploy::Resource resource);

// Sets the tags in `set` and removes the tag `taken_away`, if one is given.
Task<> tag_by_hand(ServiceHands& hands, deploy::Resource resource, std::map<std::string, std::string> set,
                   std::string taken_away = "");

}  // namespace s3dr::sim
