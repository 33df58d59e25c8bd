// What `s3dr deploy` prints: plans, results and the status, as tables or JSON.
#pragma once

#include <string>
#include <vector>

#include "deploy/apply.h"
#include "deploy/deployment_status.h"
#include "deploy/resources/plan.h"
#include "deploy/self_test.h"

namespace s3dr::app {

// The changes with their differing fields (old → new), then the counts. An unchanged resource is only
// counted, unless there is something to say about it.
std::string plan_as_text(const deploy::DeploymentPlan& plan, std::size_t width);
// "28 to create, 1 to change, 0 to delete, 3 unchanged"
std::string plan_counts(const deploy::DeploymentPlan& plan);
std::string result_text(const deploy::ApplyResult& result);
std::string self_test_as_text(const std::vector<deploy::SelfTestStep>& steps);
std::string status_as_text(const deploy::DeploymentStatus& status, std::size_t width);

boost::json::object result_to_json(const deploy::ApplyResult& result,
                                   const std::vector<deploy::SelfTestStep>& steps,
                                   const std::vector<std::string>& warnings);

}  // namespace s3dr::app
