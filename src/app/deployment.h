// A deployment being looked at and brought about: what `s3dr deploy plan` and `apply` and the demo do, in the
// same order and with the same code. What it consists of is deploy/declaration.h; options and output are the
// callers'.
#pragma once

#include <vector>

#include "app/deploy_access.h"
#include "deploy/apply.h"
#include "deploy/plan.h"
#include "deploy/self_test.h"

namespace s3dr::app {

struct Deployment {
  deploy::Settings settings;
  bool adopt = false;
  // What came of it, as far as it went.
  deploy::DeploymentPlan plan;
  deploy::ApplyResult result;
  std::vector<deploy::SelfTestStep> self_test;

  deploy::PlanOptions plan_options() const { return {deploy::owner_of(settings), adopt}; }
  bool self_test_passed() const;
};

// Compares the accounts with the configuration, reads what is live, and makes the plan. Changes nothing.
Task<> look(Deployment& deployment, DeployWorld& world, deploy::ResourceKinds& kinds,
            deploy::Progress progress);
// Needs look(). Carries the plan out. May be repeated and interrupted.
Task<> apply(Deployment& deployment, DeployWorld& world, deploy::ResourceKinds& kinds,
             deploy::Progress progress);
// Runs each function once with an event that changes nothing. A failure is in the steps.
Task<> self_test(Deployment& deployment, DeployWorld& world);

}  // namespace s3dr::app
