#include "app/deployment.h"

#include <algorithm>
#include <utility>

#include "deploy/declaration.h"
#include "deploy/trail_check.h"

namespace s3dr::app {

bool Deployment::self_test_passed() const {
  return std::ranges::all_of(self_test, &deploy::SelfTestStep::passed);
}

Task<> look(Deployment& deployment, DeployWorld& world, deploy::ResourceKinds& kinds,
            deploy::Progress progress) {
  co_await world.check_accounts();
  const std::vector<deploy::Resource> declared = deploy::declare(deployment.settings);
  const deploy::LiveResources live = co_await deploy::read_all(kinds, declared, std::move(progress));
  deployment.plan = deploy::plan(declared, live, deployment.plan_options());
  if (deployment.settings.create_trail) co_return;
  const deploy::TrailCheck trail = co_await deploy::check_trail(world.source());
  if (!trail.usable) {
    deployment.plan.warnings.push_back(deploy::trail_advice(trail, deployment.settings.source.region.text()));
  }
}

Task<> apply(Deployment& deployment, DeployWorld& world, deploy::ResourceKinds& kinds,
             deploy::Progress progress) {
  deployment.result = co_await deploy::apply(kinds, deployment.plan, deployment.plan_options(),
                                             world.world().clock(), {}, std::move(progress));
}

Task<> self_test(Deployment& deployment, DeployWorld& world) {
  deployment.self_test = co_await deploy::self_test(world.source(), world.destination(), deployment.settings,
                                                    "self-test-" + world.world().random().hex(8));
}

}  // namespace s3dr::app
