#include "app/role_check.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "client/services/service_client.h"
#include "deploy/deployment.h"

namespace s3dr::app {
namespace {

Task<> check_role(client::ServiceClient& client, Log& log, std::string setting, std::string arn) {
  std::map<std::string, std::string> form{{"RoleName", arn.substr(arn.rfind('/') + 1)}};
  client::ServiceCall call =
      client::query_call("iam", "GetRole", "2010-05-08", std::move(form), Repeatable::always);
  std::optional<Error> failure;
  try {
    const auto outcome = co_await client.call(std::move(call));
    if (!outcome) failure = outcome.error();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error;
  }
  if (!failure) co_return;
  // A store without IAM may answer 404 as well: only IAM's own word counts.
  if (failure->code() != "NoSuchEntity") {
    log.debug("the role was not looked at", {{"role", arn}, {"why", failure->what()}});
  } else {
    log.warning("the role does not exist: S3 takes the setting and copies nothing",
                {{"role", arn},
                 {"setting", setting},
                 {"next", "make the role (s3dr deploy apply does), or name another one"},
                 {"note", "the embedded cloud makes do without it while the account has no role at all"}});
  }
}

}  // namespace

Task<> warn_of_missing_roles(World& world) {
  client::ServiceClient client(world.transport(), world.clock(), world.random(), world.source_credentials(),
                               deploy::service_options(world.source_client().options()));
  const dr::Policy& policy = world.config().policy;
  co_await check_role(client, world.log(), "replication_role", policy.replication_role_arn);
  co_await check_role(client, world.log(), "batch_role", policy.batch_role_arn);
}

}  // namespace s3dr::app
