// What each role may do, as policy documents: the functions' roles from the table of permissions.h, the roles
// that S3 itself takes on (replication, batch jobs) spelt out. Pure. Everything a role may do is said here.
#pragma once

#include <boost/json.hpp>

#include "deploy/resources/permissions.h"

namespace s3dr::deploy {

// Who may take on the role.
boost::json::object trust_of_services(const std::vector<std::string>& services);
boost::json::object trust_of_role(std::string_view role_arn);

// {"calls": …, "host": …, "remote": …}: what the function's code calls on its own side; logs and dead
// letters; with two accounts, taking on its remote role.
boost::json::object function_policies(const Settings& settings, Function function);
// With two accounts: what the function's code calls on the other side, for the role over there.
boost::json::object remote_policies(const Settings& settings, Function function);
boost::json::object replication_policies(const Settings& settings);
boost::json::object batch_policies(const Settings& settings);

}  // namespace s3dr::deploy
