// What the deployed system has to be able to do, as named scenarios: each is played on a fresh deployment and
// ends well only if every right it takes is there. privilege_matrix.cc takes one right away at a time.
#pragma once

#include <span>
#include <string_view>

#include "sim/deployed/deployed_job.h"

namespace s3dr::sim {

struct PrivilegeScenario {
  std::string_view name;
  // What has happened before, with all rights there; may be empty.
  void (*before)(DeployedJob&);
  // Raises Failed when it does not end as it should.
  void (*play)(DeployedJob&);
  // Settings of the deployment that it needs; may be empty.
  void (*change_settings)(deploy::Settings&);
};

std::span<const PrivilegeScenario> privilege_scenarios();

}  // namespace s3dr::sim
