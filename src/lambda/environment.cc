#include "lambda/environment.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "base/error.h"
#include "dr/messages/environment_variables.h"
#include "lambda/json_log.h"
#include "lambda/shown.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;
namespace variable = dr::environment;

// Reads variables and collects what is wrong with them, so that one error names everything.
class Reader {
 public:
  explicit Reader(const aws::EnvironmentLookup& environment) : environment_(environment) {}

  void wrong(std::string_view name, std::string_view why) {
    problems_.push_back(std::string(name) + ": " + std::string(why));
  }

  std::optional<std::string> optional(std::string_view name) {
    auto value = environment_(name);
    if (value && value->empty()) return std::nullopt;
    return value;
  }
  std::optional<std::string> required(std::string_view name) {
    auto value = optional(name);
    if (!value) wrong(name, "missing");
    return value;
  }

  // `parse` raises Error for what it refuses.
  template <class Parse>
  auto parsed(std::string_view name, std::optional<std::string> value, Parse parse) -> decltype(parse("")) {
    if (!value) return {};
    try {
      return parse(*value);
    } catch (const Error& error) {
      wrong(name, error.message() + ": " + shown(*value));
    }
    return {};
  }

  int number(std::string_view name, int otherwise, int least) {
    const auto value = optional(name);
    if (!value) return otherwise;
    int result = 0;
    const char* last = value->data() + value->size();
    const auto [end, failure] = std::from_chars(value->data(), last, result);
    if (failure == std::errc() && end == last && result >= least) return result;
    wrong(name, "not a whole number of at least " + std::to_string(least) + ": " + shown(*value));
    return otherwise;
  }

  bool clean() const { return problems_.empty(); }

  void raise_problems() const {
    if (problems_.empty()) return;
    std::string text = "the environment of the function is not complete";
    for (const std::string& problem : problems_) text += "; " + problem;
    throw Error(ErrorKind::invalid, text)
        .with_advice("set the variables on the function, or let `s3dr deploy apply` do it");
  }

 private:
  const aws::EnvironmentLookup& environment_;
  std::vector<std::string> problems_;
};

std::optional<dr::Function> read_function(Reader& reader) {
  const auto name = reader.required(variable::function);
  if (!name) return std::nullopt;
  const auto function = dr::parse_function(*name);
  if (!function) {
    reader.wrong(variable::function,
                 "not source_bucket_check, destination_bucket_check or enable_replication: " + shown(*name));
  }
  return function;
}

dr::RuleOptions read_rule(Reader& reader) {
  dr::RuleOptions rule;
  if (auto options = reader.optional(variable::rule))
    rule = reader.parsed(variable::rule, std::move(options), &dr::parse_rule_options);
  if (const auto markers = reader.optional(variable::replicate_delete_markers)) {
    if (*markers != "true" && *markers != "false")
      reader.wrong(variable::replicate_delete_markers, "not true or false: " + shown(*markers));
    rule.delete_markers = *markers != "false";
  }
  return rule;
}

// What all protections of the source have in common.
dr::Policy read_shared_policy(Reader& reader) {
  dr::Policy policy;
  const auto name = [&](const char* variable, auto parse) {
    return reader.parsed(variable, reader.required(variable), parse);
  };
  policy.source_region = name(variable::source_region, &s3::Region::parse);
  policy.source_account = name(variable::source_account, &s3::AccountId::parse);
  policy.replication_role_arn = name(variable::replication_role, &parse_role);
  policy.batch_role_arn = name(variable::batch_role, &parse_role);
  if (const auto role = aws::parse_arn(policy.replication_role_arn)) policy.partition = role->partition;
  policy.reports_bucket = reader.parsed(variable::reports_bucket, reader.optional(variable::reports_bucket),
                                        &s3::BucketName::parse_new);
  policy.backfill_attempts_max =
      reader.number(variable::backfill_attempts_max, policy.backfill_attempts_max, 1);
  const auto duration = [&](const char* variable, milliseconds& value, int least) {
    value = milliseconds(reader.number(variable, static_cast<int>(value.count()), least));
  };
  duration(variable::backfill_backoff_base_ms, policy.backfill_backoff_base, 0);
  duration(variable::backfill_backoff_cap_ms, policy.backfill_backoff_cap, 0);
  duration(variable::look_again_ms, policy.look_again, 1);
  return policy;
}

dr::Place read_destination_place(Reader& reader) {
  dr::Place place;
  place.region = reader.parsed(variable::destination_region, reader.required(variable::destination_region),
                               &s3::Region::parse);
  place.account = reader.parsed(variable::destination_account, reader.required(variable::destination_account),
                                &s3::AccountId::parse);
  return place;
}

// The only protection, one variable for each of its settings.
dr::Policy read_only_protection(Reader& reader, dr::Policy policy) {
  const dr::Place place = read_destination_place(reader);
  policy.destination_region = place.region;
  policy.destination_account = place.account;
  policy.match_tags =
      reader.parsed(variable::match_tags, reader.required(variable::match_tags), &parse_match_tags);
  policy.control_bucket = reader.parsed(variable::control_bucket, reader.optional(variable::control_bucket),
                                        &s3::BucketName::parse_new);
  if (auto replica = reader.optional(variable::replica_name))
    policy.replica_name_template = std::move(*replica);
  if (const auto name_space = reader.optional(variable::replica_namespace)) {
    const auto known = dr::parse_replica_namespace(*name_space);
    if (!known)
      reader.wrong(variable::replica_namespace, "not global or account-regional: " + shown(*name_space));
    else
      policy.replica_namespace = *known;
  }
  policy.rule = read_rule(reader);
  if (auto bucket_settings = reader.optional(variable::settings))
    policy.settings =
        reader.parsed(variable::settings, std::move(bucket_settings), &dr::parse_settings_policy);
  return policy;
}

std::string read_topic(Reader& reader, const char* name) {
  return reader.parsed(name, reader.required(name), &parse_topic);
}

std::string read_remote_role(Reader& reader) {
  return reader.parsed(variable::remote_role, reader.optional(variable::remote_role), &parse_role);
}

void read_one(Reader& reader, const dr::Policy& shared, Settings& settings) {
  dr::Policy policy = read_only_protection(reader, shared);
  Destination destination;
  destination.place = dr::destination_of(policy);
  if (settings.function == dr::Function::source_bucket_check)
    destination.topic = read_topic(reader, variable::destination_topic);
  destination.remote_role = read_remote_role(reader);
  settings.protections = {std::move(policy)};
  settings.destinations = {std::move(destination)};
}

// With several protections a variable that is for the only one would be overlooked.
void refuse_beside_the_list(Reader& reader) {
  for (const char* name : {variable::match_tags, variable::control_bucket, variable::replica_name,
                           variable::replica_namespace, variable::replicate_delete_markers, variable::rule,
                           variable::settings, variable::destination_topic}) {
    if (reader.optional(name))
      reader.wrong(name, std::string("not beside ") + variable::protections + ", which says it");
  }
}

void read_several(Reader& reader, const std::string& text, const dr::Policy& shared, Settings& settings) {
  refuse_beside_the_list(reader);
  ProtectionList list = parse_protection_list(text, shared);
  for (const std::string& problem : list.problems) reader.wrong(variable::protections, problem);
  settings.protections = std::move(list.protections);
  settings.destinations = std::move(list.destinations);
  if (settings.function == dr::Function::destination_bucket_check) {
    settings.here = read_destination_place(reader);
    std::erase_if(settings.destinations, [&](const Destination& one) { return one.place != settings.here; });
    if (settings.destinations.empty() && list.problems.empty()) {
      reader.wrong(variable::protections, "none leads to " + settings.here->account.text() + "/" +
                                              settings.here->region.text() + ", where this function is");
    }
    for (Destination& one : settings.destinations) one.remote_role = read_remote_role(reader);
  }
  for (const Destination& one : settings.destinations) {
    if (settings.function == dr::Function::source_bucket_check && one.topic.empty())
      reader.wrong(variable::protections, "no topic for " + one.place.region.text());
  }
}

// With a role of the function's own account the other side could not be reached.
void check_remote_roles(Reader& reader, const Settings& settings, const s3::AccountId& source, bool several) {
  const bool in_destination = settings.function == dr::Function::destination_bucket_check;
  for (const Destination& destination : settings.destinations) {
    const auto role = aws::parse_arn(destination.remote_role);
    const s3::AccountId& other = in_destination ? source : destination.place.account;
    if (!role || other.empty() || role->account == other.text()) continue;
    reader.wrong(several && !in_destination ? variable::protections : variable::remote_role,
                 "in account " + role->account + ", the other side is " + other.text());
  }
}

aws::Credentials read_credentials(Reader& reader) {
  aws::Credentials credentials;
  credentials.access_key_id = reader.required("AWS_ACCESS_KEY_ID").value_or("");
  credentials.secret_access_key = Secret(reader.required("AWS_SECRET_ACCESS_KEY").value_or(""));
  credentials.session_token = Secret(reader.optional("AWS_SESSION_TOKEN").value_or(""));
  return credentials;
}

}  // namespace

Settings read_settings(const aws::EnvironmentLookup& environment) {
  using dr::Function;
  Reader reader(environment);
  Settings settings;
  const auto function = read_function(reader);
  settings.function = function.value_or(Function::enable_replication);
  dr::Policy shared = read_shared_policy(reader);
  settings.endpoints =
      reader.parsed(variable::endpoints, reader.optional(variable::endpoints), &client::EndpointMap::parse);
  shared.store = dr::default_profile(!settings.endpoints.empty());
  if (auto store = reader.optional(variable::store))
    shared.store = reader.parsed(variable::store, std::move(store), &dr::parse_store_profile);
  const auto list = reader.optional(variable::protections);
  if (list)
    read_several(reader, *list, shared, settings);
  else
    read_one(reader, shared, settings);
  for (dr::Policy& policy : settings.protections) {
    const auto of_replicas = settings.endpoints.custom(policy.destination_region);
    policy.settings.tls = !of_replicas || of_replicas->tls;
  }
  if (function == Function::source_bucket_check || function == Function::destination_bucket_check)
    settings.enable_topic = read_topic(reader, variable::enable_topic);
  check_remote_roles(reader, settings, shared.source_account, list.has_value());
  settings.ca_pem = reader.optional(variable::ca_pem).value_or("");
  // The first connection parses it and reports errors. Parsing here would take longer than most events.
  if (!settings.ca_pem.empty() && settings.ca_pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
    reader.wrong(variable::ca_pem, "holds no PEM certificate");
  settings.sweep_interval = milliseconds(60'000) * reader.number(variable::sweep_minutes, 5, 1);
  settings.credentials = read_credentials(reader);
  if (const auto level = reader.optional(variable::log_level)) {
    const auto parsed = parse_log_level(*level);
    if (!parsed) reader.wrong(variable::log_level, "not debug, info, warning or error: " + shown(*level));
    settings.log_level = parsed.value_or(LogLevel::info);
  }
  if (reader.clean()) {
    settings.protections = dr::with_each_other(std::move(settings.protections));
    if (const auto why = dr::why_invalid(settings.protections)) reader.wrong("the settings together", *why);
  }
  reader.raise_problems();
  if (settings.here) {
    std::erase_if(settings.protections,
                  [&](const dr::Policy& policy) { return dr::destination_of(policy) != *settings.here; });
  }
  return settings;
}

std::string deployment_of(const aws::EnvironmentLookup& environment, dr::Function function) {
  const std::string name = environment("AWS_LAMBDA_FUNCTION_NAME").value_or("s3dr");
  const std::string ending = "-" + std::string(dr::to_string(function));
  return name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : name;
}

}  // namespace s3dr::lambda
