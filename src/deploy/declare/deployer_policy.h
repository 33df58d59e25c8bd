// What the identity needs that runs `s3dr deploy`: plan, apply with its self-test, status and destroy, and
// nothing more. Pure. A test runs them with it alone
// (tests/sim/deployed/deployer_matrix.cc).
#pragma once

#include <boost/json.hpp>
#include <string_view>
#include <vector>

#include "deploy/resources/policy_document.h"
#include "deploy/resources/resource.h"
#include "deploy/resources/settings.h"

namespace s3dr::deploy {

// For the credentials of one side, a statement for each kind of resource. Of several destinations: all together.
std::vector<Statement> deployer_statements(const Settings& settings, Side side);

// {"policy": document} within one account, {"source": document, "destination": document} between two. With
// destinations in several other accounts "destination <account>" for each of them.
boost::json::object deployer_policies(const Settings& settings);

}  // namespace s3dr::deploy
