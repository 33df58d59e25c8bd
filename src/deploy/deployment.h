// One deployment over the clients of both sides: what plan, apply, destroy and status do, step by step. Below
// it: the pure plan (resources/plan.h) and apply.h. Above it: the commands of `s3dr deploy`, which know
// options and output. The simulation runs the same steps.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "client/services/service_client.h"
#include "deploy/apply.h"
#include "deploy/deployment_status.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/plan.h"
#include "deploy/resources/settings.h"
#include "deploy/self_test.h"

namespace s3dr::deploy {

// The options of a deployment's service clients: the endpoints, limits and retries of the S3 client.
client::ServiceClientOptions service_options(const client::S3ClientOptions& options);

class Deployment {
 public:
  // What `places` refer to outlives the deployment. `adopt`: untagged resources with our names become ours.
  Deployment(Places places, Settings settings, bool adopt, Clock& clock, Progress progress);
  ~Deployment();

  // Checks whose credentials these are, before anything is made with them. Raises invalid when the account of
  // a side is not the one in the settings. The steps below do this first.
  Task<> check_accounts();
  // Compares what is live with what is declared. Warns when no trail tells of bucket calls. Reads only.
  Task<DeploymentPlan> look();
  // A plan to remove everything of ours, whatever settings made it. Buckets that hold records are included
  // only `with_records`, and never when they also hold something of others. Reads only.
  Task<DeploymentPlan> look_for_destruction(bool with_records);
  // Carries out the plan of look() or look_for_destruction(). Raises as deploy::apply does.
  Task<ApplyResult> carry_out(DeploymentPlan plan, ApplyOptions options = {});
  Task<std::vector<SelfTestStep>> test(SelfTestOptions options);
  Task<DeploymentStatus> status();

  // Why these settings cannot be deployed: invalid, or more than AWS takes; nullopt: they can.
  static std::optional<std::string> why_impossible(const Settings& settings);
  // What the identity needs that runs all this, as policies (declare/deployer_policy.h).
  static boost::json::object permissions(const Settings& settings);

  PlanOptions plan_options() const;
  ResourceKinds& kinds() { return *kinds_; }

 private:
  Task<std::optional<Live>> read_optional(Resource resource);

  Places places_;
  Settings settings_;
  bool adopt_;
  Clock& clock_;
  Progress progress_;
  std::unique_ptr<ResourceKinds> kinds_;
};

}  // namespace s3dr::deploy
