// A plan as a file (`deploy plan --out`). Later it is carried out exactly as it was shown, or not at all.
// Pure: texts in, texts out. It holds no secret and no package, only the package's checksum.
#pragma once

#include <optional>
#include <string>

#include "deploy/resources/plan.h"

namespace s3dr::deploy {

// Every change with its fields, and everything that is declared of the resource, as JSON. `--output json`
// prints the same. The templates and the playbook under deploy/ are compared with it.
boost::json::object plan_to_json(const DeploymentPlan& plan);

// The text of the file. `owner` names the deployment.
std::string write_plan_file(const DeploymentPlan& plan, const std::string& owner);

// Why the plan in `text` is not the present plan: the first change that differs; nullopt: it is the same.
// Raises invalid for a text that is no plan file, is of another format or of another deployment.
std::optional<std::string> why_stale(const std::string& text, const DeploymentPlan& now,
                                     const std::string& owner);

}  // namespace s3dr::deploy
