// Which configuration a command works with and how it reaches the stores: --config, --profile, --region,
// --endpoint-url. A mistake here is a UsageError, before anything is started.
#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "app/options.h"
#include "app/world.h"
#include "base/task.h"
#include "deploy/resources/resource.h"

namespace s3dr::app {

struct AccessOptions {
  std::string config_path;  // empty: ./s3dr.yaml, else $S3DR_CONFIG
  std::string profile, region, endpoint_url;
  std::string protection;  // the name of one; empty: all of the configuration
};

void add_config_option(Command command, AccessOptions& options);
// Adds --config, and --profile, --region and --endpoint-url, which win over the configuration.
void add_access_options(Command command, AccessOptions& options);

// Adds --protection.
void add_protection_option(Command command, AccessOptions& options);

// Raises UsageError. With --protection: the configuration of that one alone.
Config load_config(const AccessOptions& options);
// For a command that works for one protection. Raises UsageError as above, and when there are several and none was named.
Config load_config_of_one(const AccessOptions& options);

// An option's text as a bucket name; raises UsageError.
s3::BucketName bucket_argument(const std::string& text);
// Likewise a duration ("30m").
milliseconds duration_argument(const std::string& option, const std::string& text);

// The store of one side. Each protection has a destination.
struct StoreSide {
  deploy::Side side = deploy::Side::source;
  std::size_t protection = 0;  // of a destination: where in the configuration
};
using UnreachedSides = std::vector<StoreSide>;

// Asks STS whose credentials each side has, and reads once on each side, so that the error says which side is
// wrong or does not answer. Raises invalid for credentials of another account than the configuration says, and
// what the store answered, with the side's region and endpoint as resource. A store without STS cannot tell the
// account: that is logged as a warning. With `unreachable_is_a_warning`, a store that cannot be reached is only
// logged, and its side is returned.
Task<UnreachedSides> check_stores(World& world, bool unreachable_is_a_warning);
// For the sides that were not reached: asks until each has told its account. Raises as above.
Task<> await_accounts(World& world, UnreachedSides sides);

}  // namespace s3dr::app
