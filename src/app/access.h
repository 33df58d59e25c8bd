// Which configuration a command works with and how it reaches the stores: --config, --profile, --region,
// --endpoint-url. A mistake here is a UsageError, before anything is started.
#pragma once

#include <string>

#include "app/config.h"
#include "app/options.h"
#include "app/world.h"
#include "base/task.h"

namespace s3dr::app {

struct AccessOptions {
  std::string config_path;  // empty: ./s3dr.yaml, else $S3DR_CONFIG
  std::string profile, region, endpoint_url;
};

void add_config_option(Command command, AccessOptions& options);
// Adds --config, and --profile, --region and --endpoint-url, which win over the configuration.
void add_access_options(Command command, AccessOptions& options);

// Raises UsageError.
Config load_config(const AccessOptions& options);

// An option's text as a bucket name; raises UsageError.
s3::BucketName bucket_argument(const std::string& text);
// Likewise a duration ("30m").
milliseconds duration_argument(const std::string& option, const std::string& text);

// Reads once on each side, so that the error says which side does not answer. Raises what the store answered,
// with the side's region and endpoint as resource. With `unreachable_is_a_warning`, a store that cannot be
// reached is only logged.
Task<> check_stores(World& world, bool unreachable_is_a_warning);

}  // namespace s3dr::app
