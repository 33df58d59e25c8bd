// Whose credentials a side has, as STS says. Asked before anything is created: a bucket that is created in
// another account takes the name from its right owner.
#pragma once

#include <string>

#include "base/error.h"
#include "base/task.h"
#include "client/services/service_client.h"
#include "deploy/resources/resource.h"
#include "dr/policy.h"

namespace s3dr::deploy {

// The account whose credentials the client has. Raises the errors of the call. A store without STS answers with
// an error status, or (corrupt) with something else. Reads only.
Task<std::string> caller_account(client::ServiceClient& client);
// invalid, with advice.
Error wrong_account(const std::string& account, const dr::Place& place, Side side);
// Both in one: raises when the credentials are of another account than `place` says.
Task<> check_account(client::ServiceClient& client, dr::Place place, Side side);

}  // namespace s3dr::deploy
