// `s3dr config validate`: shows what was understood of the configuration, without secrets. --check also asks
// the two stores. --credentials also asks the source of the keys.
#include <boost/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/access.h"
#include "app/commands/commands.h"
#include "app/commands/credential_facts.h"
#include "app/output.h"
#include "app/run_task.h"
#include "base/encoding.h"

namespace s3dr::app {
namespace {

struct ValidateOptions {
  AccessOptions access;
  bool check = false;
  bool credentials = false;
};

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string side_text(const Config& config, const SideConfig& side) {
  const auto endpoint = config.endpoints.custom(side.region);
  return side.region.text() + ", account " + side.account.text() + "\n" +
         (endpoint ? endpoint->url() + ", addressing " +
                         std::string(client::to_string(config.endpoints.addressing(side.region)))
                   : std::string("AWS's own endpoints")) +
         "\n" + (side.profile ? "profile " + *side.profile : std::string("credentials of the environment"));
}

std::string text_of(const dr::StoreValue& value, std::int64_t amount) {
  using Unit = dr::StoreValue::Unit;
  if (value.unit == Unit::duration) return format_duration(milliseconds(amount));
  if (value.unit == Unit::flag) return amount != 0 ? "yes" : "no";
  return std::to_string(amount);
}

// "aws", then a line for each value: where it comes from can be seen.
std::string store_text(const dr::StoreProfile& store) {
  std::string text(dr::to_string(store.kind));
  for (const dr::StoreValue& value : dr::values_of(store)) {
    text += "\n" + std::string(value.name) + ": " + text_of(value, value.in_use);
    if (value.is_overridden())
      text += " (set here; " + std::string(dr::to_string(store.kind)) + " has " +
              text_of(value, value.of_kind) + ")";
  }
  return text;
}

// Durations in milliseconds. A value that is overridden has that of its kind beside it.
boost::json::object json_of(const dr::StoreProfile& store) {
  using Unit = dr::StoreValue::Unit;
  boost::json::object values;
  for (const dr::StoreValue& value : dr::values_of(store)) {
    const auto amount = [&value](std::int64_t of) {
      return value.unit == Unit::flag ? boost::json::value(of != 0) : boost::json::value(of);
    };
    std::string name(value.name);
    if (value.unit == Unit::duration) name += "_ms";
    values[name] = boost::json::object{{"value", amount(value.in_use)},
                                       {"of_kind", amount(value.of_kind)},
                                       {"overridden", value.is_overridden()}};
  }
  return {{"kind", dr::to_string(store.kind)}, {"values", std::move(values)}};
}

// What belongs to one protection. `name`: put in front of each, where there are several.
void add_protection(Facts& facts, const Config& config, const ProtectionConfig& protection,
                    const std::string& name) {
  const dr::Policy& policy = protection.policy;
  std::string tags;
  for (const s3::Tag& tag : policy.match_tags) tags += (tags.empty() ? "" : ", ") + tag.key + "=" + tag.value;
  std::string settings;
  for (const std::string& line : dr::describe(policy.settings))
    settings += (settings.empty() ? "" : "\n") + line;
  const Facts own{{"destination", side_text(config, protection.destination)},
                  {"match tags", tags},
                  {"replica name", policy.replica_name_template},
                  {"replica namespace", std::string(dr::to_string(policy.replica_namespace))},
                  {"rule", dr::describe(policy.rule)},
                  {"settings", settings.empty() ? "each kind's default" : settings},
                  {"control bucket", policy.control_bucket.text()}};
  for (const auto& [key, value] : own) facts.emplace_back(name.empty() ? key : name + ": " + key, value);
}

Facts facts_of(const Config& config) {
  const dr::Policy& policy = config.policy;
  const control::ControllerOptions& controller = config.serve.controller;
  Facts facts{{"configuration", config.path}, {"source", side_text(config, config.source)}};
  const bool several = config.protections.size() > 1;
  for (const ProtectionConfig& protection : config.protections)
    add_protection(facts, config, protection, several ? protection.policy.protection_name : "");
  std::string precedence;
  for (const std::string& text : dr::precedence_texts(protections_of(config)))
    precedence += (precedence.empty() ? "" : "\n") + text;
  if (!precedence.empty()) facts.emplace_back("precedence", precedence);
  const Facts common{
      {"replication role", policy.replication_role_arn},
      {"batch role", policy.batch_role_arn},
      {"store", store_text(policy.store)},
      {"roles", "checked for form and account only"},
      {"reports bucket", policy.reports_bucket.text()},
      {"serve listens on", config.serve.address + ":" + std::to_string(config.serve.port)},
      {"events", config.serve.event_secret.empty() ? "refused: no event_secret_file or event_secret_env"
                                                   : "taken with the secret"},
      {"sweep every", format_duration(controller.sweep_interval)},
      {"verification", controller.verification.enabled
                           ? "on, again after " + format_duration(controller.verification.age_max)
                           : std::string("off")}};
  facts.insert(facts.end(), common.begin(), common.end());
  return facts;
}

boost::json::object json_of(const Facts& facts) {
  boost::json::object result{{"valid", true}};
  for (const auto& [name, value] : facts) {
    std::string key = name, text = value;
    std::erase(key, ':');
    for (char& letter : key) letter = letter == ' ' ? '_' : letter;
    for (char& letter : text) letter = letter == '\n' ? ' ' : letter;
    result[key] = text;
  }
  return result;
}

std::string text_of(const CredentialFacts& facts) {
  std::string text = facts.where + "\naccess key " + facts.access_key_id;
  if (facts.expires) text += ", until " + to_iso8601_seconds(*facts.expires);
  return text;
}

boost::json::object json_of(const CredentialFacts& facts) {
  boost::json::object result{
      {"method", facts.method}, {"where", facts.where}, {"access_key_id", facts.access_key_id}};
  if (facts.expires) result["expires"] = to_iso8601_seconds(*facts.expires);
  return result;
}

Task<> check(boost::asio::any_io_executor executor, Config config, Log& log) {
  World world(executor, std::move(config), log);
  co_await check_stores(world, false);
}

void validate(const ValidateOptions& options, CommandContext& context) {
  Config config = load_config(options.access);
  Facts facts = facts_of(config);
  if (options.check) {
    const auto log = make_stderr_log(context.log_level);
    run_task([&](boost::asio::any_io_executor executor) { return check(executor, config, *log); });
    facts.emplace_back("stores", config.protections.size() == 1 ? "both answer" : "all answer");
  }
  std::optional<BothCredentials> credentials;
  if (options.credentials) {
    credentials.emplace();
    run_task([&](boost::asio::any_io_executor executor) {
      return look_up_credentials(executor, config, *credentials);
    });
  }
  if (context.output == OutputFormat::json) {
    boost::json::object result = json_of(facts);
    result["store"] = json_of(config.policy.store);
    if (credentials) {
      result["credentials"] = boost::json::object{{"source", json_of(credentials->source)},
                                                  {"destination", json_of(credentials->destination)}};
    }
    print(boost::json::serialize(result) + "\n");
  } else {
    if (credentials) {
      facts.emplace_back("source keys", text_of(credentials->source));
      facts.emplace_back("destination keys", text_of(credentials->destination));
    }
    print(render_facts(facts) + "\nThe configuration is valid.\n");
  }
}

}  // namespace

void add_config_command(Command app, CommandContext& context) {
  Command config =
      app.add_command("config", "Looks at the configuration.", "s3dr config validate --config s3dr.yaml");
  config.require_command();
  Command command =
      config.add_command("validate", "Checks the configuration and prints what was understood.",
                         "s3dr config validate\ns3dr config validate --config /etc/s3dr.yaml --check");
  auto options = std::make_shared<ValidateOptions>();
  add_config_option(command, options->access);
  command.add_flag("--check", options->check, "ask both stores, too");
  command.add_flag("--credentials", options->credentials,
                   "fetch both sides' credentials and say where they came from (never the secret)");
  command.callback([options, &context] { validate(*options, context); });
}

}  // namespace s3dr::app
