// What the deployed system must be able to do, as named scenarios. Each one runs on a fresh deployment and
// succeeds only if every right that it needs is there. privilege_matrix.cc takes away one right at a time.
#pragma once

#include <span>
#include <string_view>

#include "sim/deployed/deployed_job.h"

namespace s3dr::sim {

struct PrivilegeScenario {
  std::string_view name;
  // What happens first, with all rights; may be nullptr.
  void (*before)(DeployedJob&);
  // The scenario. Raises Failed when it does not end as it should.
  void (*play)(DeployedJob&);
  // Changes the settings of the deployment for this scenario; may be nullptr.
  void (*change_settings)(deploy::Settings&);
};

std::span<const PrivilegeScenario> privilege_scenarios();

}  // namespace s3dr::sim
