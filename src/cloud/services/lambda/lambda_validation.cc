#include "cloud/services/lambda/lambda_validation.h"

#include <algorithm>
#include <utility>

#include "aws/arn.h"
#include "aws/zip.h"
#include "base/encoding.h"
#include "base/error.h"
#include "cloud/services/common/texts.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t environment_bytes_max = 4096;
constexpr std::size_t zip_entries_max = 20'000;
// "Reserved environment variables" of the Lambda Developer Guide (Working with environment variables).
constexpr std::string_view reserved_variables[] = {"_HANDLER",
                                                   "_X_AMZN_TRACE_ID",
                                                   "AWS_ACCESS_KEY",
                                                   "AWS_ACCESS_KEY_ID",
                                                   "AWS_DEFAULT_REGION",
                                                   "AWS_EXECUTION_ENV",
                                                   "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                   "AWS_LAMBDA_FUNCTION_NAME",
                                                   "AWS_LAMBDA_FUNCTION_VERSION",
                                                   "AWS_LAMBDA_INITIALIZATION_TYPE",
                                                   "AWS_LAMBDA_LOG_GROUP_NAME",
                                                   "AWS_LAMBDA_LOG_STREAM_NAME",
                                                   "AWS_LAMBDA_MAX_CONCURRENCY",
                                                   "AWS_LAMBDA_METADATA_API",
                                                   "AWS_LAMBDA_METADATA_TOKEN",
                                                   "AWS_LAMBDA_RUNTIME_API",
                                                   "AWS_REGION",
                                                   "AWS_SECRET_ACCESS_KEY",
                                                   "AWS_SESSION_TOKEN",
                                                   "LAMBDA_RUNTIME_DIR",
                                                   "LAMBDA_TASK_ROOT"};
constexpr std::string_view runtimes[] = {"provided.al2023", "provided.al2"};

ServiceError constraint(const std::string& value, std::string_view field, const std::string& rule) {
  return {"ValidationException",
          "1 validation error detected: Value '" + value + "' at '" + std::string(field) +
              "' failed to satisfy constraint: " + rule,
          400};
}

std::int64_t number_between(const json::object& given, std::string_view field, std::int64_t otherwise,
                            std::int64_t min, std::int64_t max) {
  const std::int64_t value = optional_integer(given, field).value_or(otherwise);
  std::string name(field);
  name[0] = static_cast<char>(name[0] - 'A' + 'a');
  if (value < min)
    throw constraint(std::to_string(value), name,
                     "Member must have value greater than or equal to " + std::to_string(min));
  if (value > max)
    throw constraint(std::to_string(value), name,
                     "Member must have value less than or equal to " + std::to_string(max));
  return value;
}

void apply_environment(FunctionRow& function, const json::object& environment) {
  refuse_other_fields(environment, {"Variables"}, lambda_words);
  const json::object* variables = optional_object(environment, "Variables", lambda_words);
  json::object result;
  std::size_t bytes = 0;
  std::string reserved;
  if (variables != nullptr) {
    for (const auto& variable : *variables) {
      const std::string name(variable.key());
      const bool well_formed = name.size() >= 2 && (is_letter_or_digit(name[0]) || name[0] == '_') &&
                               !(name[0] >= '0' && name[0] <= '9') && has_only(name, "_");
      if (!well_formed)
        throw constraint(name, "environment.variables",
                         "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                         "[a-zA-Z]([a-zA-Z0-9_])+]");
      if (!variable.value().is_string() || variable.value().get_string().find('\0') != json::string::npos)
        throw bad_parameter("The environment variable " + name + " must be a string.");
      if (std::ranges::find(reserved_variables, name) != std::end(reserved_variables))
        reserved += (reserved.empty() ? "" : ", ") + name;
      else if (name[0] == '_')
        throw constraint(name, "environment.variables", "Map keys must begin with a letter");
      bytes += name.size() + variable.value().get_string().size();
      result[name] = variable.value();
    }
  }
  if (!reserved.empty())
    throw bad_parameter(
        "Lambda was unable to configure your environment variables because the environment variables you "
        "have "
        "provided contains reserved keys that are currently not supported for modification. Reserved keys "
        "used "
        "in this request: " +
        reserved);
  if (bytes > environment_bytes_max)
    throw bad_parameter(
        "Lambda was unable to configure your environment variables because the environment variables you "
        "have "
        "provided exceeded the 4KB limit. Bytes measured: " +
        std::to_string(bytes));
  function.environment = std::move(result);
}

void apply_logging(FunctionRow& function, const json::object& given) {
  json::object& configuration = function.configuration;
  json::object logging{{"LogFormat", "Text"}, {"LogGroup", "/aws/lambda/" + function.name}};
  if (const json::value* now = configuration.if_contains("LoggingConfig")) logging = now->get_object();
  if (const json::object* wanted = optional_object(given, "LoggingConfig", lambda_words)) {
    refuse_other_fields(*wanted, {"LogFormat", "LogGroup"}, lambda_words);
    if (const auto format = optional_text(*wanted, "LogFormat")) {
      if (*format != "Text" && *format != "JSON")
        throw constraint(*format, "loggingConfig.logFormat",
                         "Member must satisfy enum value set: [JSON, Text]");
      logging["LogFormat"] = *format;
    }
    if (const auto group = optional_text(*wanted, "LogGroup")) {
      if (group->empty() || group->size() > 512 || !has_only(*group, "._-/#"))
        throw constraint(*group, "loggingConfig.logGroup",
                         "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+");
      logging["LogGroup"] = *group;
    }
  }
  configuration["LoggingConfig"] = std::move(logging);
}

void apply_dead_letters(FunctionRow& function, const json::object& given) {
  const json::object* wanted = optional_object(given, "DeadLetterConfig", lambda_words);
  if (wanted == nullptr) return;
  refuse_other_fields(*wanted, {"TargetArn"}, lambda_words);
  const std::string target = optional_text(*wanted, "TargetArn").value_or("");
  if (target.empty()) {
    function.configuration.erase("DeadLetterConfig");
    return;
  }
  const auto arn = aws::parse_arn(target);
  if (!arn) throw bad_parameter("The provided target arn is invalid: " + target);
  if (arn->service != "sqs") throw not_supported("A dead letter target other than an SQS queue");
  if (const auto own = aws::parse_arn(function.arn()); own && arn->region != own->region)
    throw bad_parameter("The dead letter queue must be in the function's region: " + target);
  function.configuration["DeadLetterConfig"] = {{"TargetArn", target}};
}

// Fields that this cloud does not act on. Their neutral values are accepted because they are true here.
void check_neutral_fields(const json::object& given) {
  const auto check = [&given](std::string_view name, auto neutral) {
    const json::value* value = given.if_contains(name);
    if (value != nullptr && !is_empty_value(*value) && !neutral(*value))
      throw not_supported(std::string(name));
  };
  const auto never = [](const json::value&) { return false; };
  const auto is_field = [](std::string_view field, std::string_view wanted) {
    return [field, wanted](const json::value& value) {
      const json::value* found = value.is_object() ? value.get_object().if_contains(field) : nullptr;
      return found != nullptr && found->is_string() && found->get_string() == wanted;
    };
  };
  for (const char* name : {"Layers", "FileSystemConfigs", "ImageConfig", "KMSKeyArn", "CodeSigningConfigArn"})
    check(name, never);
  check("VpcConfig", [](const json::value& value) {
    return value.is_object() && std::ranges::all_of(value.get_object(), [](const auto& field) {
             return is_empty_value(field.value()) || (field.value().is_bool() && !field.value().get_bool());
           });
  });
  check("TracingConfig", is_field("Mode", "PassThrough"));
  check("SnapStart", is_field("ApplyOn", "None"));
  check("PackageType", [](const json::value& value) { return value == json::value("Zip"); });
  check("EphemeralStorage",
        [](const json::value& value) { return value == json::value(json::object{{"Size", 512}}); });
}

}  // namespace

ServiceError bad_parameter(std::string message) {
  return {std::string(lambda_words.wrong_code), std::move(message), 400};
}

std::string function_arn(const std::string& region, const std::string& account, const std::string& name) {
  return "arn:aws:lambda:" + region + ":" + account + ":function:" + name;
}

FunctionName parse_function_name(const std::string& text, const std::string& region,
                                 const std::string& caller_account) {
  FunctionName result{caller_account, text};
  if (text.starts_with("arn:")) {
    const auto arn = aws::parse_arn(text);
    if (!arn || arn->service != "lambda" || !arn->resource.starts_with("function:") ||
        !aws::is_account_id(arn->account))
      throw constraint(text, "functionName", "Member must be a function's name or ARN");
    if (arn->region != region)
      throw ServiceError{
          "ResourceNotFoundException",
          "Functions from '" + arn->region + "' are not reachable in this region ('" + region + "')", 404};
    result = {arn->account, arn->resource.substr(9)};
  } else if (const std::size_t at = text.find(":function:"); at != std::string::npos) {
    result = {text.substr(0, at), text.substr(at + 10)};
    if (!aws::is_account_id(result.account))
      throw constraint(text, "functionName", "Member must be a function's name or ARN");
  }
  if (const std::size_t colon = result.name.find(':'); colon != std::string::npos) {
    const std::string qualifier = result.name.substr(colon + 1);
    if (!qualifier.empty() && qualifier.find_first_not_of("0123456789") == std::string::npos)
      throw not_supported("A version in a function's name");
    if (qualifier != "$LATEST")
      throw ServiceError{"ResourceNotFoundException",
                         "Function not found: " + function_arn(region, result.account, result.name), 404};
    result.name.resize(colon);
  }
  if (result.name.empty() || result.name.size() > 64 || !has_only(result.name, "-_"))
    throw constraint(text, "functionName",
                     "Member must have 1 to 64 characters and satisfy regular expression pattern: "
                     "[a-zA-Z0-9-_]+");
  return result;
}

void apply_configuration(FunctionRow& function, const json::object& given, bool creating) {
  json::object& configuration = function.configuration;
  check_neutral_fields(given);
  const auto runtime = optional_text(given, "Runtime");
  if (creating && !runtime)
    throw bad_parameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  if (runtime) {
    if (std::ranges::find(runtimes, *runtime) == std::end(runtimes))
      throw bad_parameter("Value " + *runtime +
                          " at 'runtime' is not supported by this cloud: it runs provided.al2023 and "
                          "provided.al2, a package with an executable \"bootstrap\".");
    configuration["Runtime"] = *runtime;
  }
  const auto handler = optional_text(given, "Handler");
  if (creating && !handler)
    throw bad_parameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  if (handler) {
    if (handler->empty() || handler->size() > 128 || handler->find_first_of(" \t\r\n") != std::string::npos)
      throw constraint(*handler, "handler", "Member must satisfy regular expression pattern: [^\\s]+");
    configuration["Handler"] = *handler;
  }
  const auto role = optional_text(given, "Role");
  if (creating || role) {
    if (!role || !aws::is_role_arn(*role))
      throw constraint(role.value_or("null"), "role",
                       "Member must satisfy regular expression pattern: "
                       "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+");
    if (aws::parse_arn(*role)->account != function.account)
      throw ServiceError{"AccessDeniedException", "Cross-account pass role is not allowed.", 403};
    configuration["Role"] = *role;
  }
  if (const auto description = optional_text(given, "Description"); description || creating) {
    if (description && description->size() > 256)
      throw constraint(*description, "description", "Member must have length less than or equal to 256");
    configuration["Description"] = description.value_or("");
  }
  const auto now = [&configuration, creating](std::string_view field, std::int64_t otherwise) {
    return creating ? otherwise : configuration.at(field).as_int64();
  };
  configuration["Timeout"] = number_between(given, "Timeout", now("Timeout", 3), 1, 900);
  configuration["MemorySize"] = number_between(given, "MemorySize", now("MemorySize", 128), 128, 10'240);
  if (const json::object* environment = optional_object(given, "Environment", lambda_words))
    apply_environment(function, *environment);
  apply_dead_letters(function, given);
  apply_logging(function, given);
  if (creating) {
    configuration["PackageType"] = "Zip";
    configuration["TracingConfig"] = {{"Mode", "PassThrough"}};
    configuration["EphemeralStorage"] = {{"Size", 512}};
    configuration["SnapStart"] = {{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}};
  }
}

std::vector<std::string> parse_architectures(const json::object& given) {
  const json::value* value = given.if_contains("Architectures");
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_array() || value->get_array().size() != 1 || !value->get_array()[0].is_string())
    throw bad_parameter("Architectures must name one of x86_64 and arm64.");
  const std::string name(value->get_array()[0].get_string());
  if (name != "x86_64" && name != "arm64")
    throw constraint("[" + name + "]", "architectures",
                     "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]");
  return {name};
}

std::string parse_zip(const json::object& code) {
  for (const char* name : {"S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri", "SourceKMSKeyArn"}) {
    if (code.if_contains(name) != nullptr) throw not_supported("Code from elsewhere than ZipFile");
  }
  const auto text = optional_text(code, "ZipFile");
  if (!text || text->empty()) throw bad_parameter("Please provide a source for function code.");
  auto zip = from_base64(*text);
  if (!zip) throw ServiceError{"SerializationException", "ZipFile is not base64.", 400};
  if (zip->size() > zip_bytes_max)
    throw ServiceError{"RequestEntityTooLargeException",
                       "Zip file must be smaller than " + std::to_string(zip_bytes_max) + " bytes.", 413};
  try {
    aws::read_zip(*zip, {zip_entries_max, unpacked_bytes_max});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid) throw;
    throw bad_parameter("Could not unzip uploaded file. Please check your file, then try to upload again. (" +
                        error.message() + ")");
  }
  return std::move(*zip);
}

std::string parse_destination(const std::string& text, const std::string& region, std::string_view what) {
  const auto arn = aws::parse_arn(text);
  if (!arn) throw bad_parameter("The provided destination config DestinationConfig is invalid: " + text);
  if (arn->service != "sqs" && arn->service != "lambda")
    throw not_supported(std::string(what) + " other than an SQS queue or a function");
  if (arn->region != region)
    throw bad_parameter("The destination ARN " + text + " is invalid: it must be in region " + region + ".");
  return text;
}

}  // namespace s3dr::services
