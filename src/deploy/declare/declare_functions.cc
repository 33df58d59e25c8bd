// The three functions, the log groups they write to, and what happens to an invocation that failed after all
// retries.
#include <algorithm>

#include "aws/hash.h"
#include "base/encoding.h"
#include "deploy/declare/declaration_parts.h"
#include "dr/messages/environment_variables.h"
#include "dr/policy.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;
namespace variable = dr::environment;

constexpr const char* runtime = "provided.al2023";
constexpr const char* handler = "bootstrap";
constexpr int retries_max = 2;                    // Lambda's maximum
constexpr int event_age_max_seconds = 6 * 3'600;  // likewise

json::object tags_of(const Protection& protection) {
  json::object tags;
  for (const s3::Tag& tag : protection.match_tags) tags[tag.key] = tag.value;
  return tags;
}

// Where the replicas of the only protection go. A setting is written only if it differs from its default.
void add_replica_settings(json::object& variables, const Protection& only) {
  const dr::Policy defaults;
  if (only.replica_name_template != defaults.replica_name_template)
    variables[variable::replica_name] = only.replica_name_template;
  if (only.replica_namespace != defaults.replica_namespace)
    variables[variable::replica_namespace] = std::string(dr::to_string(only.replica_namespace));
  // The delete markers have a variable of their own. A function of the release before reads no other one.
  if (only.rule.delete_markers != defaults.rule.delete_markers)
    variables[variable::replicate_delete_markers] = only.rule.delete_markers ? "true" : "false";
  dr::RuleOptions others = only.rule;
  others.delete_markers = defaults.rule.delete_markers;
  if (others != defaults.rule) variables[variable::rule] = dr::to_json(others);
}

// The fence of a replica lets the role pass that writes the replica's settings, and no cloned Deny may stop it. So every
// function has to know it.
std::string settings_told(const Protection& protection, const Names& names) {
  dr::SettingsPolicy told = protection.bucket_settings;
  if (told.executor_role_arn.empty())
    told.executor_role_arn = names.role_arn(Function::destination_bucket_check);
  return dr::to_json(told);
}

// All protections in one variable: lambda/protection_list.h reads it.
std::string protection_list(const Declaration& declaration, Function function) {
  const Settings& settings = declaration.settings;
  const dr::Policy defaults;
  json::array destinations, protections;
  for (const Names& names : declaration.at(Side::destination)) {
    const dr::Place& place = names.place(Side::destination);
    json::object one{{"account", place.account.text()}, {"region", place.region.text()}};
    if (names.control_bucket() != dr::control_bucket_name(place.account, place.region))
      one["control_bucket"] = names.control_bucket().text();
    if (function == Function::source_bucket_check)
      one["topic"] = names.topic_arn(Function::destination_bucket_check);
    if (side_of(function) == Side::source && is_cross_account(settings, place))
      one["role"] = names.remote_role_arn(function);
    destinations.push_back(std::move(one));
  }
  const std::vector<dr::Place> places = destinations_of(settings);
  for (const Protection& protection : settings.protections) {
    const auto to =
        static_cast<std::size_t>(std::ranges::find(places, protection.destination) - places.begin());
    json::object one{{"name", protection.name}, {"to", to}, {"tags", tags_of(protection)}};
    if (protection.replica_name_template != defaults.replica_name_template)
      one["replica_name"] = protection.replica_name_template;
    if (protection.replica_namespace != defaults.replica_namespace)
      one["replica_namespace"] = std::string(dr::to_string(protection.replica_namespace));
    if (protection.rule != defaults.rule) one["rule"] = json::parse(dr::to_json(protection.rule));
    if (const std::string told = settings_told(protection, Names(settings, to)); told != "{}")
      one["settings"] = json::parse(told);
    protections.push_back(std::move(one));
  }
  return json::serialize(
      json::object{{"destinations", std::move(destinations)}, {"protections", std::move(protections)}});
}

bool is_only_and_unnamed(const Settings& settings) {
  return settings.protections.size() == 1 && settings.protections.front().name == dr::default_protection_name;
}

json::object environment(const Declaration& declaration, const Names& names, Function function) {
  const Settings& settings = declaration.settings;
  const dr::Place& destination = names.place(Side::destination);
  const Protection* only = is_only_and_unnamed(settings) ? &settings.protections.front() : nullptr;
  // A function at a destination is told which one that is.
  const bool has_one_destination = only != nullptr || side_of(function) == Side::destination;
  json::object result{{variable::function, to_string(function)},
                      {variable::source_region, settings.source.region.text()},
                      {variable::source_account, settings.source.account.text()}};
  if (has_one_destination) {
    result[variable::destination_region] = destination.region.text();
    result[variable::destination_account] = destination.account.text();
  }
  if (only != nullptr) result[variable::match_tags] = json::serialize(tags_of(*only));
  result[variable::replication_role] = names.replication_role_arn();
  result[variable::batch_role] = names.batch_role_arn();
  if (only != nullptr)
    result[variable::destination_topic] = names.topic_arn(Function::destination_bucket_check);
  result[variable::enable_topic] = names.topic_arn(Function::enable_replication);
  if (only == nullptr) result[variable::protections] = protection_list(declaration, function);
  if (only != nullptr &&
      only->control_bucket != dr::control_bucket_name(destination.account, destination.region))
    result[variable::control_bucket] = only->control_bucket.text();
  if (settings.reports_bucket != dr::reports_bucket_name(settings.source.account, settings.source.region))
    result[variable::reports_bucket] = settings.reports_bucket.text();
  if (only != nullptr) {
    add_replica_settings(result, *only);
    if (const std::string told = settings_told(*only, names); told != "{}") result[variable::settings] = told;
  }
  // Only who sweeps has use for it.
  if (function == Function::source_bucket_check)
    result[variable::sweep_minutes] = std::to_string(settings.sweep_minutes);
  if (settings.store != dr::default_profile(!settings.endpoints_json.empty()))
    result[variable::store] = dr::to_json(settings.store);
  if (has_one_destination && is_cross_account(settings, destination))
    result[variable::remote_role] = names.remote_role_arn(function);
  if (!settings.endpoints_json.empty()) result[variable::endpoints] = settings.endpoints_json;
  if (!settings.ca_pem.empty()) result[variable::ca_pem] = settings.ca_pem;
  return result;
}

void declare_function(Declaration& declaration, const Names& names, Function function,
                      const std::string& code) {
  const Settings& settings = declaration.settings;
  const Side side = side_of(function);
  Resource& resource =
      declaration.add(names, Kind::function, side, names.function(function), names.function_arn(function),
                      {{"description", "s3dr: " + std::string(to_string(function))},
                       {"runtime", runtime},
                       {"handler", handler},
                       {"role", names.role_arn(function)},
                       {"architecture", settings.architecture},
                       {"memory_mib", settings.memory_mib},
                       {"timeout_seconds", settings.timeout_seconds},
                       {"environment", environment(declaration, names, function)},
                       {"code_sha256", code}});
  resource.depends = {
      id_of(names, Kind::role, side, names.role(function)),
      id_of(names, Kind::log_group, side, names.log_group(function)),
  };
}

void declare_failures(Declaration& declaration, const Names& names, Function function) {
  const Side side = side_of(function);
  Resource& resource = declaration.add(names, Kind::event_invoke_config, side, names.function(function),
                                       names.function_arn(function),
                                       {{"retries_max", retries_max},
                                        {"event_age_max_seconds", event_age_max_seconds},
                                        {"on_failure", names.dead_letters_arn(side)}});
  resource.parent = id_of(names, Kind::function, side, names.function(function));
  resource.depends = {resource.parent, id_of(names, Kind::queue, side, names.dead_letters())};
}

}  // namespace

void declare_log_groups(Declaration& declaration) {
  for (const Function function : all_functions) {
    for (const Names& names : declaration.at(side_of(function))) {
      declaration.add(names, Kind::log_group, side_of(function), names.log_group(function),
                      names.log_group_arn(function),
                      {{"retention_days", declaration.settings.log_retention_days}});
    }
  }
}

void declare_functions(Declaration& declaration) {
  const std::string code = to_base64(aws::sha256(declaration.settings.package));
  for (const Function function : all_functions) {
    for (const Names& names : declaration.at(side_of(function)))
      declare_function(declaration, names, function, code);
  }
  for (const Function function : all_functions) {
    for (const Names& names : declaration.at(side_of(function)))
      declare_failures(declaration, names, function);
  }
}

void declare_permission(Declaration& declaration, const Names& names, Function function,
                        const std::string& statement_id, const std::string& principal,
                        const std::string& source_arn) {
  const Side side = side_of(function);
  Resource& resource =
      declaration.add(names, Kind::permission, side, names.function(function) + "/" + statement_id,
                      names.function_arn(function),
                      {{"function", names.function(function)},
                       {"statement_id", statement_id},
                       {"action", "lambda:InvokeFunction"},
                       {"principal", principal},
                       {"source_arn", source_arn}});
  resource.parent = id_of(names, Kind::function, side, names.function(function));
  resource.depends = {resource.parent};
}

}  // namespace s3dr::deploy
