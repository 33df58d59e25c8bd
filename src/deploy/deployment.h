// One deployment over the clients of both sides: what plan, apply, destroy and status do, step by step. Above
// the pure plan (plan.h) and its carrying out (apply.h); below the commands of `s3dr deploy`, which know
// options and output. The simulation runs the same steps.
#pragma once

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

// How the service clients of a deployment are to be set up: endpoints, limits and retries as the S3 client's.
client::ServiceClientOptions service_options(const client::S3ClientOptions& options);

class Deployment {
 public:
  // What `source` and `destination` refer to outlives this. `adopt`: untagged things under our names become
  // ours.
  Deployment(SideAccess source, SideAccess destination, Settings settings, bool adopt, Clock& clock,
             Progress progress);
  ~Deployment();

  // Whose credentials these are, before anything is made with them. Raises invalid when a side's account is
  // not the settings'. The steps below do it first.
  Task<> check_accounts();
  // What is live against what is declared, with a warning where no trail tells of bucket calls. Reads only.
  Task<DeploymentPlan> look();
  // Everything of ours, whatever settings made it, removed; what holds records only `with_records`, and never
  // what holds anything of others. Reads only.
  Task<DeploymentPlan> look_for_destruction(bool with_records);
  // Carries out what look() or look_for_destruction() saw. Raises as deploy::apply does.
  Task<ApplyResult> carry_out(DeploymentPlan plan, ApplyOptions options = {});
  Task<std::vector<SelfTestStep>> test(std::string id);
  Task<DeploymentStatus> status();

  PlanOptions plan_options() const;
  ResourceKinds& kinds() { return *kinds_; }

 private:
  Task<std::optional<Live>> read_optional(Resource resource);

  SideAccess source_, destination_;
  Settings settings_;
  bool adopt_;
  Clock& clock_;
  Progress progress_;
  std::unique_ptr<ResourceKinds> kinds_;
};

}  // namespace s3dr::deploy
