// The three functions, the log groups they write to, and what happens to an invocation that failed after all
// retries.
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

json::object environment(const Settings& settings, Function function) {
  const Names names(settings);
  json::object tags;
  for (const s3::Tag& tag : settings.match_tags) tags[tag.key] = tag.value;
  json::object result{
      {variable::function, to_string(function)},
      {variable::source_region, settings.source.region.text()},
      {variable::source_account, settings.source.account.text()},
      {variable::destination_region, settings.destination.region.text()},
      {variable::destination_account, settings.destination.account.text()},
      {variable::match_tags, json::serialize(tags)},
      {variable::replication_role, names.replication_role_arn()},
      {variable::batch_role, names.batch_role_arn()},
      {variable::destination_topic, names.topic_arn(Function::destination_bucket_check)},
      {variable::enable_topic, names.topic_arn(Function::enable_replication)},
  };
  // A setting is written only if it differs from its default.
  const dr::Policy defaults;
  if (settings.control_bucket !=
      dr::control_bucket_name(settings.destination.account, settings.destination.region))
    result[variable::control_bucket] = settings.control_bucket.text();
  if (settings.reports_bucket != dr::reports_bucket_name(settings.source.account, settings.source.region))
    result[variable::reports_bucket] = settings.reports_bucket.text();
  if (settings.replica_name_template != defaults.replica_name_template)
    result[variable::replica_name] = settings.replica_name_template;
  if (settings.replica_namespace != defaults.replica_namespace)
    result[variable::replica_namespace] = std::string(dr::to_string(settings.replica_namespace));
  // The delete markers have a variable of their own. A function of the release before reads no other one.
  if (settings.rule.delete_markers != defaults.rule.delete_markers)
    result[variable::replicate_delete_markers] = settings.rule.delete_markers ? "true" : "false";
  dr::RuleOptions others = settings.rule;
  others.delete_markers = defaults.rule.delete_markers;
  if (others != defaults.rule) result[variable::rule] = dr::to_json(others);
  if (const std::string told = dr::to_json(settings.bucket_settings); told != dr::to_json(defaults.settings))
    result[variable::settings] = told;
  // Only who sweeps has use for it.
  if (function == Function::source_bucket_check)
    result[variable::sweep_minutes] = std::to_string(settings.sweep_minutes);
  if (settings.store != dr::default_profile(!settings.endpoints_json.empty()))
    result[variable::store] = dr::to_json(settings.store);
  if (is_cross_account(settings)) result[variable::remote_role] = names.remote_role_arn(function);
  if (!settings.endpoints_json.empty()) result[variable::endpoints] = settings.endpoints_json;
  if (!settings.ca_pem.empty()) result[variable::ca_pem] = settings.ca_pem;
  return result;
}

}  // namespace

void declare_log_groups(Declaration& declaration) {
  const Names& names = declaration.names;
  for (const Function function : all_functions) {
    declaration.add(Kind::log_group, side_of(function), names.log_group(function),
                    names.log_group_arn(function),
                    {{"retention_days", declaration.settings.log_retention_days}});
  }
}

void declare_functions(Declaration& declaration) {
  const Settings& settings = declaration.settings;
  const Names& names = declaration.names;
  const std::string code = to_base64(aws::sha256(settings.package));
  for (const Function function : all_functions) {
    Resource& resource = declaration.add(Kind::function, side_of(function), names.function(function),
                                         names.function_arn(function),
                                         {{"description", "s3dr: " + std::string(to_string(function))},
                                          {"runtime", runtime},
                                          {"handler", handler},
                                          {"role", names.role_arn(function)},
                                          {"architecture", settings.architecture},
                                          {"memory_mib", settings.memory_mib},
                                          {"timeout_seconds", settings.timeout_seconds},
                                          {"environment", environment(settings, function)},
                                          {"code_sha256", code}});
    resource.depends = {
        id_of(names, Kind::role, side_of(function), names.role(function)),
        id_of(names, Kind::log_group, side_of(function), names.log_group(function)),
    };
  }
  for (const Function function : all_functions) {
    const Side side = side_of(function);
    Resource& resource = declaration.add(Kind::event_invoke_config, side, names.function(function),
                                         names.function_arn(function),
                                         {{"retries_max", retries_max},
                                          {"event_age_max_seconds", event_age_max_seconds},
                                          {"on_failure", names.dead_letters_arn(side)}});
    resource.parent = id_of(names, Kind::function, side, names.function(function));
    resource.depends = {resource.parent, id_of(names, Kind::queue, side, names.dead_letters())};
  }
}

void declare_permission(Declaration& declaration, Function function, const std::string& statement_id,
                        const std::string& principal, const std::string& source_arn) {
  const Names& names = declaration.names;
  const Side side = side_of(function);
  Resource& resource = declaration.add(Kind::permission, side, names.function(function) + "/" + statement_id,
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
