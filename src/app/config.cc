#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>
#include <utility>

#include "app/config_settings.h"
#include "app/yaml_reader.h"
#include "aws/arn.h"
#include "base/error.h"
#include "base/url_text.h"

namespace s3dr::app {
namespace {

std::string read_file(const std::string& path, const char* what) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  const bool is_empty = file && file.peek() == std::ifstream::traits_type::eof() && !file.bad();
  if (file && !is_empty) text << file.rdbuf();
  if (!is_empty && (!file || text.fail())) {
    throw Error(ErrorKind::invalid, std::string("the ") + what + " cannot be read: " + std::strerror(errno))
        .with_resource(path);
  }
  return text.str();
}

std::string beside(const std::string& path, const std::string& name) {
  const std::filesystem::path file(name);
  return file.is_absolute() ? name : (std::filesystem::path(path).parent_path() / file).string();
}

SideConfig read_side(YamlReader reader) {
  SideConfig side;
  reader.required_text("region");
  reader.required_text("account");
  side.region = *reader.convert("region", &s3::Region::parse);
  side.account = *reader.convert("account", &s3::AccountId::parse);
  side.profile = reader.text("profile");
  side.expected_owner = reader.boolean("expected_owner").value_or(true);
  reader.finish();
  return side;
}

std::string destinations_text(const Config& config) {
  if (config.protections.size() == 1)
    return "the destination's (" + config.protections.front().destination.region.text() + ")";
  std::string regions;
  for (const ProtectionConfig& protection : config.protections)
    regions += (regions.empty() ? "" : ", ") + protection.destination.region.text();
  return "one of the destinations' (" + regions + ")";
}

// `endpoints` and `addressing`: region → text. A region that is neither side is a typo: the side that was meant
// would silently be AWS's own store.
void read_by_region(YamlReader& top, const char* key, const Config& config,
                    const std::function<void(const s3::Region&, const std::string&)>& take) {
  const auto pairs = top.pairs(key);
  if (pairs.empty()) return;
  const YamlReader lines = *top.map(key);
  const s3::Region& source = config.source.region;
  const auto is_a_destination = [&](const s3::Region& region) {
    return std::ranges::any_of(config.protections, [&](const ProtectionConfig& protection) {
      return protection.destination.region == region;
    });
  };
  for (const auto& [name, text] : pairs) {
    try {
      const s3::Region region = s3::Region::parse(name);
      if (region != source && !is_a_destination(region)) {
        throw Error(ErrorKind::invalid, "this is neither the source's region (" + source.text() + ") nor " +
                                            destinations_text(config));
      }
      take(region, text);
    } catch (const Error& error) {
      throw lines.refuse(name, error.message());
    }
  }
}

void read_endpoints(YamlReader& top, Config& config) {
  read_by_region(top, "endpoints", config, [&](const s3::Region& region, const std::string& url) {
    config.endpoints.set(region, Endpoint::parse(url));
  });
  read_by_region(top, "addressing", config, [&](const s3::Region& region, const std::string& style) {
    config.endpoints.set_addressing(region, client::parse_addressing(style));
  });
}

// The map `rule`, and `delete_markers` beside it: its place before there was such a map. A map is taken over from the top
// of the file as a whole.
void read_rule(YamlReader& top, dr::Policy& policy) {
  dr::RuleOptions& options = policy.rule;
  const auto at_top = top.boolean("delete_markers");
  auto rule = top.map("rule");
  if (rule) options = {};
  options.delete_markers = at_top.value_or(options.delete_markers);
  if (!rule) return;
  const auto read = [&](const char* name, bool& value) { value = rule->boolean(name).value_or(value); };
  if (at_top && rule->boolean("delete_markers"))
    throw rule->refuse("delete_markers", "it is at the top of the file, too; give it once");
  read("delete_markers", options.delete_markers);
  read("metrics", options.metrics);
  read("replication_time", options.replication_time);
  read("replica_modifications", options.replica_modifications);
  options.storage_class = rule->text("storage_class").value_or("");
  options.owner_override = rule->boolean("owner_override");
  options.prefix = rule->text("prefix").value_or("");
  for (const auto& [key, value] : rule->pairs("tags")) options.tags.push_back({key, value});
  options.priority = rule->integer("priority", 0, std::numeric_limits<std::int32_t>::max());
  rule->finish();
  if (const auto invalid = dr::why_invalid(options, policy.source_account != policy.destination_account))
    throw rule->refuse(invalid->field, invalid->reason);
}

// The keys that each protection may have for itself. Where there is one protection only, they are at the top.
void read_own_keys(YamlReader& map, dr::Policy& policy) {
  const auto tags = map.pairs("match_tags");
  if (!tags.empty()) {
    policy.match_tags.clear();
    for (const auto& [key, value] : tags) policy.match_tags.push_back({key, value});
  }
  policy.replica_name_template = map.text("replica_name").value_or(policy.replica_name_template);
  if (const auto name_space = map.text("replica_namespace")) {
    const auto known = dr::parse_replica_namespace(*name_space);
    if (!known)
      throw map.refuse("replica_namespace", "\"" + *name_space + "\" is not global or account-regional");
    policy.replica_namespace = *known;
  }
  read_rule(map, policy);
  if (auto settings = map.map("settings")) policy.settings = read_settings_policy(*settings);
  if (const auto bucket = map.convert("control_bucket", &s3::BucketName::parse_new))
    policy.control_bucket = *bucket;
}

void read_backfill(YamlReader& top, dr::Policy& policy) {
  if (auto backfill = top.map("backfill")) {
    policy.backfill_attempts_max =
        static_cast<int>(backfill->integer("attempts_max", 1, 100).value_or(policy.backfill_attempts_max));
    policy.backfill_backoff_base = backfill->duration("backoff_base").value_or(policy.backfill_backoff_base);
    policy.backfill_backoff_cap = backfill->duration("backoff_cap").value_or(policy.backfill_backoff_cap);
    policy.look_again = backfill->duration("look_again").value_or(policy.look_again);
    backfill->finish();
  }
}

// What is the same for all protections, and what each takes over when it does not say it itself.
dr::Policy read_common_policy(YamlReader& top, Config& config) {
  dr::Policy policy;
  policy.source_region = config.source.region;
  policy.source_account = config.source.account;
  policy.partition = top.text("partition").value_or(policy.partition);
  config.name_prefix = top.text("name_prefix").value_or(config.name_prefix);
  config.replication_role = top.text("replication_role");
  config.batch_role = top.text("batch_role");
  // As `s3dr deploy apply` calls them (deploy/resources/names.h).
  const auto made_by_deploy = [&](const char* purpose) {
    return aws::role_arn(policy.partition, policy.source_account.text(), config.name_prefix + "-" + purpose);
  };
  policy.replication_role_arn = config.replication_role.value_or(made_by_deploy("replication"));
  policy.batch_role_arn = config.batch_role.value_or(made_by_deploy("batch"));
  policy.pass_roles = top.list_of_texts("pass_roles");
  read_own_keys(top, policy);
  if (const auto bucket = top.convert("reports_bucket", &s3::BucketName::parse_new))
    policy.reports_bucket = *bucket;
  if (top.boolean("sole_writer").value_or(false))
    throw top.refuse("sole_writer", "not supported yet: the record needs a store with conditional PUT");
  if (top.has("destinations_allowed")) {
    throw top.refuse(
        "destinations_allowed",
        "there is no such key any more: replicas go to the destination of each protection and nowhere "
        "else, whatever a tag says. Remove it");
  }
  read_backfill(top, policy);
  return policy;
}

ProtectionConfig read_protection(YamlReader& map, YamlReader destination, dr::Policy policy) {
  ProtectionConfig protection{read_side(std::move(destination)), std::move(policy)};
  protection.policy.destination_region = protection.destination.region;
  protection.policy.destination_account = protection.destination.account;
  read_own_keys(map, protection.policy);
  return protection;
}

// `protections`, or the one that the keys at the top describe.
void read_protections(YamlReader& top, Config& config) {
  const dr::Policy common = read_common_policy(top, config);
  std::vector<YamlReader> entries = top.list_of_maps("protections");
  if (entries.empty()) {
    if (top.has("protections")) throw top.refuse("protections", "is an empty list");
    config.protections.push_back(read_protection(top, top.required_map("destination"), common));
    return;
  }
  for (const char* key : {"destination", "control_bucket"}) {
    if (top.has(key)) throw top.refuse(key, "each of the protections has its own; write it there");
  }
  for (YamlReader& entry : entries) {
    dr::Policy policy = common;
    policy.protection_name = entry.required_text("name");
    policy.replication_role_arn = entry.text("replication_role").value_or(policy.replication_role_arn);
    config.protections.push_back(read_protection(entry, entry.required_map("destination"), policy));
    entry.finish();
  }
}

// Tells each protection of the others, and judges all of them.
void complete_protections(Config& config) {
  const dr::Protections policies = dr::with_each_other(protections_of(config));
  if (const auto why = dr::why_invalid(policies))
    throw Error(ErrorKind::invalid, *why).with_resource(config.path);
  for (std::size_t i = 0; i < policies.size(); ++i) config.protections[i].policy = policies[i];
  config.destination = config.protections.front().destination;
  config.policy = config.protections.front().policy;
}

void read_profile(YamlReader& store, dr::StoreProfile& profile) {
  if (const auto name = store.text("kind")) {
    const auto kind = dr::parse_store_kind(*name);
    if (!kind) throw store.refuse("kind", "must be aws, embedded-cloud or other");
    profile = dr::profile_of(*kind);
  }
  if (const auto jobs = store.integer("active_jobs_max", 1, 1000)) {
    profile.active_jobs_max = static_cast<int>(*jobs);
  }
  if (auto waits = store.map("waits")) {
    const auto read = [&](const char* name, milliseconds& value) {
      value = waits->duration(name).value_or(value);
    };
    read("after_first_versioning", profile.after_first_versioning);
    read("after_new_rule", profile.after_new_rule);
    read("after_new_job", profile.after_new_job);
    read("cut_off_settling", profile.cut_off_settling);
    read("fence", profile.fence);
    waits->finish();
  }
  store.finish();
}

// Whether the replicas' store can be reached without TLS; AWS's own hosts are asked with it.
void tell_tls(Config& config) {
  for (ProtectionConfig& protection : config.protections) {
    const auto endpoint = config.endpoints.custom(protection.destination.region);
    protection.policy.settings.tls = !endpoint || endpoint->tls;
  }
}

void read_store(YamlReader& top, Config& config) {
  dr::StoreProfile profile = dr::default_profile(!config.endpoints.empty());
  if (auto store = top.map("store")) read_profile(*store, profile);
  for (ProtectionConfig& protection : config.protections) protection.policy.store = profile;
}

Secret read_event_secret(YamlReader& serve) {
  const auto file = serve.text("event_secret_file");
  const auto variable = serve.text("event_secret_env");
  if (file && variable) throw serve.refuse("event_secret_env", "give a file or a variable, not both");
  std::string secret;
  if (file) {
    try {
      secret = read_file(beside(serve.path(), *file), "secret file");
    } catch (const Error& error) {
      throw serve.refuse("event_secret_file", error.message() + " (" + error.resource() + ")");
    }
    while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  } else if (variable) {
    const char* value = std::getenv(variable->c_str());
    if (value == nullptr)
      throw serve.refuse("event_secret_env", "the environment variable " + *variable + " is not set");
    secret = value;
  } else {
    return {};
  }
  if (secret.size() < 16) {
    throw serve.refuse(file ? "event_secret_file" : "event_secret_env",
                       "the secret must have at least 16 characters");
  }
  return Secret(std::move(secret));
}

void read_listen(YamlReader& serve, ServeConfig& config) {
  const auto listen = serve.text("listen");
  if (!listen) return;
  // The port has to be written, a default would be a surprise. Port 0 lets the kernel choose; Endpoint::parse
  // has no use for it.
  const std::size_t colon = listen->rfind(':');
  const std::string port = colon == std::string::npos ? "" : listen->substr(colon + 1);
  const bool any_port = port == "0";
  try {
    if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos)
      throw Error(ErrorKind::invalid, "the port is missing");
    const Endpoint endpoint =
        Endpoint::parse("http://" + listen->substr(0, colon) + ":" + (any_port ? "1" : port));
    config.address = endpoint.host;
    config.port = any_port ? 0 : endpoint.port;
  } catch (const Error&) {
    throw serve.refuse("listen",
                       "\"" + without_user_info(*listen) + "\" is not address:port, as in 127.0.0.1:9180");
  }
}

void read_serve(YamlReader& top, ServeConfig& config) {
  auto serve = top.map("serve");
  if (!serve) return;
  read_listen(*serve, config);
  config.event_secret = read_event_secret(*serve);
  control::ControllerOptions& options = config.controller;
  options.sweep_interval = serve->duration("sweep_interval").value_or(options.sweep_interval);
  options.prepare_retry = serve->duration("prepare_retry").value_or(options.prepare_retry);
  config.stop_grace = serve->duration("stop_grace").value_or(config.stop_grace);
  if (auto queue = serve->map("queue")) {
    options.queue.concurrency_max =
        static_cast<std::size_t>(queue->integer("concurrency_max", 1, 1000).value_or(8));
    options.queue.attempts_max =
        static_cast<int>(queue->integer("attempts_max", 1, 1000).value_or(options.queue.attempts_max));
    options.queue.retry_base = queue->duration("retry_base").value_or(options.queue.retry_base);
    options.queue.retry_cap = queue->duration("retry_cap").value_or(options.queue.retry_cap);
    queue->finish();
  }
  if (auto verify = serve->map("verify")) {
    control::VerificationRunsOptions& runs = options.verification;
    runs.enabled = verify->boolean("enabled").value_or(runs.enabled);
    runs.age_max = verify->duration("age_max").value_or(runs.age_max);
    runs.retry_after = verify->duration("retry_after").value_or(runs.retry_after);
    runs.retry_cap = verify->duration("retry_cap").value_or(runs.retry_cap);
    runs.verify.concurrency = static_cast<std::size_t>(verify->integer("concurrency", 1, 1000).value_or(32));
    if (const auto level = verify->text("level")) {
      const auto parsed = dr::parse_verify_level(*level);
      if (!parsed || *parsed == dr::VerifyLevel::listing)
        throw verify->refuse("level", "must be head or bytes");
      runs.verify.level = *parsed;
    }
    verify->finish();
  }
  serve->finish();
}

void read_retry(YamlReader& top, Config& config) {
  if (auto retry = top.map("retry")) {
    config.retry.attempts_max =
        static_cast<int>(retry->integer("attempts_max", 1, 100).value_or(config.retry.attempts_max));
    config.retry.delay_base = retry->duration("delay_base").value_or(config.retry.delay_base);
    config.retry.delay_cap = retry->duration("delay_cap").value_or(config.retry.delay_cap);
    config.retry.total_max = retry->duration("total_max").value_or(config.retry.total_max);
    config.attempt_max = retry->duration("attempt_max").value_or(config.attempt_max);
    retry->finish();
  }
}

}  // namespace

Config parse_config(const std::string& text, const std::string& path) {
  YAML::Node root;
  try {
    root = YAML::Load(text);
  } catch (const YAML::Exception& failure) {
    throw Error(ErrorKind::invalid, "not YAML: " + failure.msg)
        .with_resource(fmt::format("{}:{}", path, failure.mark.line + 1));
  }
  Config config;
  config.path = path;
  YamlReader top(root, path, "");
  config.source = read_side(top.required_map("source"));
  read_protections(top, config);
  read_endpoints(top, config);
  tell_tls(config);
  if (const auto bundle = top.text("ca_bundle")) config.ca_bundle = beside(path, *bundle);
  read_store(top, config);
  read_retry(top, config);
  read_serve(top, config.serve);
  top.finish();
  complete_protections(config);
  return config;
}

dr::Protections protections_of(const Config& config) {
  dr::Protections policies;
  for (const ProtectionConfig& protection : config.protections) policies.push_back(protection.policy);
  return policies;
}

Config of_protection(Config config, std::string_view name) {
  const auto is_it = [&](const ProtectionConfig& protection) {
    return protection.policy.protection_name == name;
  };
  const auto found = std::ranges::find_if(config.protections, is_it);
  if (found == config.protections.end()) {
    throw Error(ErrorKind::invalid, "there is no protection \"" + std::string(name) + "\"")
        .with_resource(config.path)
        .with_advice("its protections are: " + dr::names_of(protections_of(config)));
  }
  config.protections = {*found};
  config.destination = config.protections.front().destination;
  config.policy = config.protections.front().policy;
  return config;
}

Config read_config(const std::string& path) {
  try {
    return parse_config(read_file(path, "configuration"), path);
  } catch (Error& error) {
    if (error.advice().empty())
      error.with_advice("see docs/configuration.md; check with: s3dr config validate --config " + path);
    throw;
  }
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  std::int64_t factor = 0;
  if (unit == "ms") factor = 1;
  if (unit == "s") factor = 1'000;
  if (unit == "m") factor = 60'000;
  if (unit == "h") factor = 3'600'000;
  if (unit == "d") factor = 86'400'000;
  if (factor == 0 || number > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return milliseconds(number * factor);
}

std::string format_duration(milliseconds duration) {
  const std::int64_t count = duration.count();
  if (count < 1'000) return fmt::format("{} ms", count);
  if (count < 60'000) return fmt::format("{:.1f} s", static_cast<double>(count) / 1000.0);
  if (count < 3'600'000) return fmt::format("{}m {}s", count / 60'000, count / 1'000 % 60);
  if (count < 86'400'000) return fmt::format("{}h {}m", count / 3'600'000, count / 60'000 % 60);
  return fmt::format("{}d {}h", count / 86'400'000, count / 3'600'000 % 24);
}

}  // namespace s3dr::app
