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

std::string store_text(const dr::StoreProfile& store) {
  return std::string(dr::to_string(store.kind)) + ", at most " + std::to_string(store.active_jobs_max) +
         " active replication jobs\nwaits: after first versioning " +
         format_duration(store.after_first_versioning) + ", after a new rule " +
         format_duration(store.after_new_rule) + ",\nafter a new job " +
         format_duration(store.after_new_job) + ", cut-off " + format_duration(store.cut_off_settling) +
         ", fence " + format_duration(store.fence);
}

Facts facts_of(const Config& config) {
  const dr::Policy& policy = config.policy;
  std::string tags;
  for (const s3::Tag& tag : policy.match_tags) tags += (tags.empty() ? "" : ", ") + tag.key + "=" + tag.value;
  const control::ControllerOptions& controller = config.serve.controller;
  return {{"configuration", config.path},
          {"source", side_text(config, config.source)},
          {"destination", side_text(config, config.destination)},
          {"match tags", tags},
          {"replica name", policy.replica_name_template},
          {"replica namespace", std::string(dr::to_string(policy.replica_namespace))},
          {"rule", dr::describe(policy.rule)},
          {"replication role", policy.replication_role_arn},
          {"batch role", policy.batch_role_arn},
          {"store", store_text(policy.store)},
          {"roles", "checked for form and account only"},
          {"control bucket", policy.control_bucket.text()},
          {"reports bucket", policy.reports_bucket.text()},
          {"serve listens on", config.serve.address + ":" + std::to_string(config.serve.port)},
          {"events", config.serve.event_secret.empty() ? "refused: no event_secret_file or event_secret_env"
                                                       : "taken with the secret"},
          {"sweep every", format_duration(controller.sweep_interval)},
          {"verification", controller.verification.enabled
                               ? "on, again after " + format_duration(controller.verification.age_max)
                               : std::string("off")}};
}

boost::json::object json_of(const Facts& facts) {
  boost::json::object result{{"valid", true}};
  for (const auto& [name, value] : facts) {
    std::string key = name, text = value;
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
    facts.emplace_back("stores", "both answer");
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
