// s3dr.yaml: what `serve` and the commands work with. Unknown keys, wrong types and impossible values are
// refused with file and line, before anything is started.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/retry.h"
#include "base/secret.h"
#include "client/endpoints.h"
#include "control/controller.h"
#include "dr/policy.h"
#include "dr/protections.h"
#include "s3/names.h"

namespace s3dr::app {

struct SideConfig {
  s3::Region region;
  s3::AccountId account;
  std::optional<std::string> profile;  // AWS profile; none: the environment
  bool expected_owner = true;          // off for stores that do not know x-amz-expected-bucket-owner
};

struct ServeConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 9180;
  Secret event_secret;  // from event_secret_file or event_secret_env; empty: events are refused
  control::ControllerOptions controller;
  milliseconds stop_grace{10'000};
};

// One protection: its destination, and what is asked for.
struct ProtectionConfig {
  SideConfig destination;
  dr::Policy policy;  // complete: default buckets filled in, and the others of the same source
};

struct Config {
  std::string path;  // for messages
  SideConfig source;
  std::vector<ProtectionConfig> protections;  // at least one, in the order of the file; valid together
  // Those of the first protection: of the only one, where a command works for one (see of_protection).
  SideConfig destination;
  dr::Policy policy;
  client::EndpointMap endpoints;
  std::string ca_bundle;             // PEM file; empty: AWS_CA_BUNDLE or the system's
  std::string name_prefix = "s3dr";  // of what `s3dr deploy` makes
  // As they are written there; nullopt: those that `deploy` makes for the prefix. The policy has them either way.
  std::optional<std::string> replication_role, batch_role;
  RetryPolicy retry;
  milliseconds attempt_max{60'000};
  ServeConfig serve;
};

// Reads and checks the file. Raises Error invalid whose resource is "path:line", with advice.
Config read_config(const std::string& path);
// The same from a text. `path` is for messages; files are named relative to it.
Config parse_config(const std::string& text, const std::string& path);

// The policies of all protections.
dr::Protections protections_of(const Config& config);
// The same configuration with this protection alone. Raises invalid when there is none of that name.
Config of_protection(Config config, std::string_view name);

// "250ms", "30s", "5m", "1h", "2d"; nullopt for anything else.
std::optional<milliseconds> parse_duration(std::string_view text);
std::string format_duration(milliseconds duration);  // "1h 5m", "3.2 s", "250 ms"

}  // namespace s3dr::app
