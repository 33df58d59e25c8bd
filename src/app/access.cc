#include "app/access.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "app/command.h"
#include "base/error.h"
#include "client/services/service_client.h"
#include "deploy/caller_account.h"
#include "deploy/deployment.h"

namespace s3dr::app {
namespace {

std::string configuration_path(const AccessOptions& options) {
  if (!options.config_path.empty()) return options.config_path;
  std::error_code ignored;
  if (std::filesystem::exists("s3dr.yaml", ignored)) return "s3dr.yaml";
  if (const char* path = std::getenv("S3DR_CONFIG"); path != nullptr && *path != '\0') return path;
  UsageError error("there is no configuration: no s3dr.yaml here, and S3DR_CONFIG is not set");
  error.with_advice("name one with --config; docs/configuration.md shows one to start from");
  throw error;
}

// A region that the configuration does not name is a mistake, and would show an empty list.
void check_region(const Config& config, const s3::Region& region) {
  if (region == config.source.region) return;
  std::string destinations;
  for (const ProtectionConfig& protection : config.protections) {
    if (region == protection.destination.region) return;
    destinations += (destinations.empty() ? "" : ", ") + protection.destination.region.text();
  }
  UsageError error("--region: " + region.text() + " is neither the source's region (" +
                   config.source.region.text() + ") nor the destination's (" + destinations + ") in " +
                   config.path);
  error.with_advice("for the buckets of another region name its configuration: --config FILE");
  throw error;
}

void apply_overrides(Config& config, const AccessOptions& options) {
  s3::Region region = config.source.region;
  if (!options.region.empty()) region = s3::Region::parse(options.region);
  check_region(config, region);
  if (!options.endpoint_url.empty()) config.endpoints.set(region, Endpoint::parse(options.endpoint_url));
  if (options.profile.empty()) return;
  config.source.profile = config.destination.profile = options.profile;
  for (ProtectionConfig& protection : config.protections) protection.destination.profile = options.profile;
}

std::string place_of(const Config& config, const s3::Region& region) {
  const auto endpoint = config.endpoints.custom(region);
  return region.text() + " (" + (endpoint ? endpoint->url() : std::string("AWS")) + ")";
}

// nullopt: it answered.
Task<std::optional<Error>> failure_of(Task<> call) {
  try {
    co_await std::move(call);
    co_return std::nullopt;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    co_return error;
  }
}

Task<> ask_store(World& world, StoreSide side) {
  if (side.side == deploy::Side::source) {
    co_await world.source().list_buckets("");
  } else {
    co_await world.destination(side.protection)
        .head_bucket(world.config().protections[side.protection].policy.control_bucket);
  }
}

const SideConfig& config_of(World& world, StoreSide side) {
  const Config& config = world.config();
  return side.side == deploy::Side::source ? config.source : config.protections[side.protection].destination;
}

// "destination", or "destination of vault" where there are several.
std::string name_of(World& world, StoreSide side) {
  std::string name(to_string(side.side));
  const auto& protections = world.config().protections;
  if (side.side == deploy::Side::destination && protections.size() > 1)
    name += " of " + protections[side.protection].policy.protection_name;
  return name;
}

// An answer that STS would not give. AWS itself always answers: there, any error counts.
bool is_without_sts(const Config& config, const s3::Region& region, const Error& error) {
  if (!config.endpoints.custom(region) || error.kind() == ErrorKind::throttled) return false;
  return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported ||
         (error.status() >= 400 && error.status() < 500);
}

// The account whose credentials the side has; empty: the store cannot tell, which is logged.
Task<std::string> account_behind(World& world, StoreSide side) {
  const bool source = side.side == deploy::Side::source;
  client::S3Client& s3 = source ? world.source_client() : world.destination_client(side.protection);
  client::ServiceClient sts(
      world.transport(), world.clock(), world.random(),
      source ? world.source_credentials() : world.destination_credentials(side.protection),
      deploy::service_options(s3.options()));
  const s3::Region& region = config_of(world, side).region;
  std::string why;
  try {
    co_return co_await deploy::caller_account(sts);
  } catch (const Error& error) {
    if (!is_without_sts(world.config(), region, error)) throw;
    why = error.what();
  }
  world.log().warning("the store cannot tell whose credentials these are; the account is not checked",
                      {{"side", name_of(world, side)}, {"region", region.text()}, {"why", why}});
  co_return "";
}

Task<> learn_account(World& world, StoreSide side, std::string& account) {
  account = co_await account_behind(world, side);
}

void require_account(World& world, StoreSide side, const std::string& account) {
  const SideConfig& wanted = config_of(world, side);
  if (account.empty() || account == wanted.account.text()) return;
  Error error = deploy::wrong_account(account, {wanted.account, wanted.region}, side.side);
  throw error.with_resource(world.config().path);
}

std::vector<StoreSide> all_sides(const Config& config) {
  std::vector<StoreSide> sides{{deploy::Side::source, 0}};
  for (std::size_t i = 0; i < config.protections.size(); ++i) sides.push_back({deploy::Side::destination, i});
  return sides;
}

bool is_unreachable(const Error& error) {
  return error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::outcome_unknown ||
         error.kind() == ErrorKind::throttled;
}

}  // namespace

void add_config_option(Command command, AccessOptions& options) {
  command
      .add_option("--config", options.config_path, "the configuration; else ./s3dr.yaml, else $S3DR_CONFIG")
      .type_name("FILE");
}

void add_access_options(Command command, AccessOptions& options) {
  add_config_option(command, options);
  command
      .add_option("--profile", options.profile, "AWS profile for both sides, instead of the configuration's")
      .type_name("NAME");
  command
      .add_option("--region", options.region,
                  "the configuration's region that --endpoint-url is for; else the source's")
      .type_name("REGION");
  command.add_option("--endpoint-url", options.endpoint_url, "the store's address for --region alone")
      .type_name("URL");
}

void add_protection_option(Command command, AccessOptions& options) {
  command.add_option("--protection", options.protection, "this protection of the configuration only")
      .type_name("NAME");
}

Config load_config(const AccessOptions& options) {
  const std::string path = configuration_path(options);
  try {
    Config config = read_config(path);
    apply_overrides(config, options);
    return options.protection.empty() ? config : of_protection(std::move(config), options.protection);
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    throw UsageError(error);
  }
}

Config load_config_of_one(const AccessOptions& options) {
  Config config = load_config(options);
  if (config.protections.size() == 1) return config;
  UsageError error(config.path + " has several protections");
  error.with_advice("name one with --protection: " + dr::names_of(protections_of(config)));
  throw error;
}

s3::BucketName bucket_argument(const std::string& text) {
  const auto why = s3::BucketName::why_impossible(text);
  if (!why) return s3::BucketName::parse(text);
  UsageError error("\"" + text + "\" is not a bucket name: " + *why);
  if (text.starts_with("s3://")) error.with_advice("give the name alone, without s3://");
  throw error;
}

milliseconds duration_argument(const std::string& option, const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration) throw UsageError(option + ": \"" + text + "\" is not a duration; write 30s, 5m or 1h");
  return *duration;
}

Task<UnreachedSides> check_stores(World& world, bool unreachable_is_a_warning) {
  UnreachedSides unreached;
  for (const StoreSide side : all_sides(world.config())) {
    std::string account;
    auto failure = co_await failure_of(learn_account(world, side, account));
    require_account(world, side, account);
    if (!failure) failure = co_await failure_of(ask_store(world, side));
    if (!failure) continue;
    const Config& config = world.config();
    const s3::Region& region = config_of(world, side).region;
    const std::string which = name_of(world, side);
    if (is_unreachable(*failure) && unreachable_is_a_warning) {
      world.log().warning("store not reached; trying again until it answers",
                          {{"side", which}, {"region", region.text()}, {"why", failure->what()}});
      unreached.push_back(side);
      continue;
    }
    Error error(failure->kind(), "the " + which + " store cannot be used: " + failure->message());
    error.with_code(failure->code()).with_status(failure->status()).with_request_id(failure->request_id());
    error.with_resource(place_of(config, region));
    if (!failure->advice().empty()) {
      error.with_advice(failure->advice());
    } else if (is_unreachable(*failure)) {
      error.with_advice("is the store running, and is the address in " + config.path + " right?");
    } else {
      error.with_advice("check the credentials (profile) of the " + which + " in " + config.path);
    }
    throw error;
  }
  co_return unreached;
}

Task<> await_accounts(World& world, UnreachedSides sides) {
  for (const StoreSide side : sides) {
    std::string account;
    while (const auto failure = co_await failure_of(learn_account(world, side, account))) {
      if (!is_unreachable(*failure)) throw Error(*failure);
      co_await world.clock().sleep(world.config().serve.controller.prepare_retry);
    }
    require_account(world, side, account);
  }
}

}  // namespace s3dr::app
