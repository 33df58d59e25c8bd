// A plan written down (`deploy plan --out`), to be carried out later exactly as it was shown, or not at all.
// Pure: texts in, texts out. It holds no secret and no package, only the package's checksum.
#pragma once

#include <optional>
#include <string>

#include "deploy/resources/plan.h"

namespace s3dr::deploy {

// Every change with its fields and all that is declared of the resource, as JSON: also what `--output json`
// prints, and what the templates and the playbook under deploy/ are compared with.
boost::json::object plan_to_json(const DeploymentPlan& plan);

// The text of the file. `owner` names the deployment.
std::string write_plan_file(const DeploymentPlan& plan, const std::string& owner);

// Why the plan in `text` is not the plan of now: the first change that differs; nullopt: it is the same.
// Raises invalid: not a plan file, of another format, of another deployment.
std::optional<std::string> why_stale(const std::string& text, const DeploymentPlan& now,
                                     const std::string& owner);

}  // namespace s3dr::deploy
