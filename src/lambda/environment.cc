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

namespace s3dr::lambda {
namespace {

namespace json = boost::json;
namespace variable = dr::environment;

constexpr std::size_t shown_bytes_max = 120;

// A wrong value as it is shown in the error: shortened, on one line.
std::string shown(std::string_view value) {
  std::string text;
  for (const char c : value.substr(0, shown_bytes_max)) text += c >= 0x20 && c != 0x7F ? c : '?';
  if (value.size() > shown_bytes_max) text += "…";
  return "\"" + text + "\"";
}

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

s3::TagSet parse_match_tags(std::string_view text) {
  json::error_code failure;
  const json::value value = json::parse(text, failure);
  const json::object* tags = failure ? nullptr : value.if_object();
  if (tags == nullptr) throw Error(ErrorKind::invalid, "not a JSON object like {\"dr\":\"true\"}");
  if (tags->empty()) throw Error(ErrorKind::invalid, "empty, no bucket would be protected");
  s3::TagSet result;
  for (const auto& tag : *tags) {
    const json::string* text_value = tag.value().if_string();
    if (text_value == nullptr)
      throw Error(ErrorKind::invalid, "the value of tag " + shown(tag.key()) + " is not a text");
    result.push_back({std::string(tag.key()), std::string(*text_value)});
  }
  return result;
}

std::string parse_topic(std::string_view text) {
  const auto arn = aws::parse_arn(text);
  const auto named = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!arn || arn->service != "sns" || !aws::is_account_id(arn->account) || arn->resource.size() > 256 ||
      !std::all_of(arn->resource.begin(), arn->resource.end(), named)) {
    throw Error(ErrorKind::invalid, "not the ARN of an SNS topic");
  }
  static_cast<void>(s3::Region::parse(arn->region));
  return std::string(text);
}

std::string parse_role(std::string_view text) {
  if (!aws::is_role_arn(text)) throw Error(ErrorKind::invalid, "not the ARN of an IAM role");
  return std::string(text);
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

dr::Policy read_policy(Reader& reader) {
  dr::Policy policy;
  const auto name = [&](const char* variable, auto parse) {
    return reader.parsed(variable, reader.required(variable), parse);
  };
  const auto optional_bucket = [&](const char* variable) {
    return reader.parsed(variable, reader.optional(variable), &s3::BucketName::parse_new);
  };
  policy.source_region = name(variable::source_region, &s3::Region::parse);
  policy.source_account = name(variable::source_account, &s3::AccountId::parse);
  policy.destination_region = name(variable::destination_region, &s3::Region::parse);
  policy.destination_account = name(variable::destination_account, &s3::AccountId::parse);
  policy.match_tags = name(variable::match_tags, &parse_match_tags);
  policy.replication_role_arn = name(variable::replication_role, &parse_role);
  policy.batch_role_arn = name(variable::batch_role, &parse_role);
  if (const auto role = aws::parse_arn(policy.replication_role_arn)) policy.partition = role->partition;
  policy.control_bucket = optional_bucket(variable::control_bucket);
  policy.reports_bucket = optional_bucket(variable::reports_bucket);
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

// With a role of the function's own account the other side could not be reached.
void check_remote_role(Reader& reader, const Settings& settings) {
  const auto role = aws::parse_arn(settings.remote_role);
  const bool in_destination = settings.function == dr::Function::destination_bucket_check;
  const s3::AccountId& other =
      in_destination ? settings.policy.source_account : settings.policy.destination_account;
  if (!role || other.empty() || role->account == other.text()) return;
  reader.wrong(variable::remote_role, "in account " + role->account + ", the other side is " + other.text());
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
  settings.function = function.value_or(settings.function);
  settings.policy = read_policy(reader);
  const auto topic = [&](const char* name) {
    return reader.parsed(name, reader.required(name), &parse_topic);
  };
  if (function == Function::source_bucket_check)
    settings.destination_topic = topic(variable::destination_topic);
  if (function == Function::source_bucket_check || function == Function::destination_bucket_check) {
    settings.enable_topic = topic(variable::enable_topic);
  }
  settings.remote_role =
      reader.parsed(variable::remote_role, reader.optional(variable::remote_role), &parse_role);
  check_remote_role(reader, settings);
  settings.endpoints =
      reader.parsed(variable::endpoints, reader.optional(variable::endpoints), &client::EndpointMap::parse);
  const auto of_replicas = settings.endpoints.custom(settings.policy.destination_region);
  settings.policy.settings.tls = !of_replicas || of_replicas->tls;
  settings.policy.store = dr::default_profile(!settings.endpoints.empty());
  if (auto store = reader.optional(variable::store))
    settings.policy.store = reader.parsed(variable::store, std::move(store), &dr::parse_store_profile);
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
    settings.policy = dr::with_default_buckets(std::move(settings.policy));
    if (const auto why = dr::why_invalid(settings.policy)) reader.wrong("the settings together", *why);
  }
  reader.raise_problems();
  return settings;
}

std::string deployment_of(const aws::EnvironmentLookup& environment, dr::Function function) {
  const std::string name = environment("AWS_LAMBDA_FUNCTION_NAME").value_or("s3dr");
  const std::string ending = "-" + std::string(dr::to_string(function));
  return name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : name;
}

}  // namespace s3dr::lambda
