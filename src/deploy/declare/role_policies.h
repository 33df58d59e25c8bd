// What each role may do, as policy documents. The functions' roles follow from the table in
// deploy/resources/permissions.h. The two roles of S3 itself (replication, batch jobs) are written out here.
// A role may do nothing else. Pure.
#pragma once

#include <boost/json.hpp>

#include "deploy/resources/permissions.h"

namespace s3dr::deploy {

// Who may assume the role.
boost::json::object trust_of_services(const std::vector<std::string>& services);
boost::json::object trust_of_role(std::string_view role_arn);

// {"calls": …, "host": …, "remote": …}
//   calls    what the function's code calls on its own side
//   host     logs and dead letters
//   remote   with two accounts: assuming its remote role
//
// A function at a destination is the one at the destination of `names`. A function at the source works for all.
boost::json::object function_policies(const Settings& settings, const Names& names, Function function);
// With two accounts: what the function's code calls on the other side, for the role there. `names` tells which
// destination is meant, also for a function at the source.
boost::json::object remote_policies(const Settings& settings, const Names& names, Function function);
boost::json::object replication_policies(const Settings& settings);
boost::json::object batch_policies(const Settings& settings);

}  // namespace s3dr::deploy
