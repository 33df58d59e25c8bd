// CreateFunction, GetFunction, UpdateFunctionCode and similar operations. Functions are rows, zips are
// bodies. A zip is durable before the row that names it.
// The repair at start removes zips that a crash left without a row.
#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "aws/hash.h"
#include "base/encoding.h"
#include "base/error.h"
#include "cloud/door/authorizer.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/json_tags.h"
#include "cloud/services/common/service_ids.h"
#include "cloud/services/lambda/function_role.h"
#include "cloud/services/lambda/lambda_operations.h"
#include "cloud/services/lambda/lambda_versions.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::int64_t list_max = 50;

// "2026-08-01T10:15:00.000+0000"
std::string last_modified(Instant now) {
  std::string text = to_iso8601(now);
  text.pop_back();
  return text + "+0000";
}

Task<std::string> keep_zip(cloud::RegionContext& region, std::string zip) {
  const auto writer = region.bodies.create();
  co_await writer->write(std::span<const char>(zip.data(), zip.size()));
  co_return co_await writer->finish();
}

// The caller must be allowed to pass the role to Lambda, and Lambda must be allowed to assume it.
void check_role(cloud::RegionContext& region, const cloud::ServiceRequest& http,
                const FunctionRow& function) {
  const cloud::Asker asker = cloud::asker_of(http);
  const cloud::Access access = cloud::pass_role(function.text("Role"), "lambda.amazonaws.com");
  const aws::Decision decision = cloud::decide(region, asker, access);
  if (!decision.allowed())
    throw ServiceError{"AccessDeniedException", cloud::denial(asker, access, decision), 403};
  if (const auto why =
          why_role_not_assumable(region, function.text("Role"), function.arn(), function.account))
    throw bad_parameter("The role defined for the function cannot be assumed by Lambda. (" + *why + ")");
}

// Runs `change` and removes the body that is not needed afterwards: the old one, or on failure the new one.
template <class Change>
Task<FunctionRow> change_code(LambdaParts& parts, std::string body, Change change) {
  std::string unneeded = body;
  std::optional<ServiceError> refusal;
  std::exception_ptr failure;
  FunctionRow result;
  try {
    result = co_await parts.region.database.write([&](cloud::Connection& db) {
      auto [row, old_body] = change(db);
      unneeded = old_body;
      return row;
    });
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    parts.region.bodies.remove(body);
    std::rethrow_exception(failure);
  }
  if (!unneeded.empty()) parts.region.bodies.remove(unneeded);
  co_return result;
}

void begin_update(FunctionRow& function, Instant now, const std::string& revision) {
  function.configuration["LastModified"] = last_modified(now);
  function.configuration["RevisionId"] = revision;
  function.configuration["LastUpdateStatus"] = "InProgress";
  function.configuration["LastUpdateStatusReason"] = "The function is being created.";
  function.configuration["LastUpdateStatusReasonCode"] = "Creating";
  function.settling = true;
}

void describe_code(FunctionRow& function, const std::string& zip, const std::string& body) {
  function.code = body;
  function.configuration["CodeSize"] = static_cast<std::int64_t>(zip.size());
  function.configuration["CodeSha256"] = to_base64(aws::sha256(zip));
}

json::value as_json(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) list.push_back(json::string(text));
  return list;
}

}  // namespace

namespace {

// For another account's function: its policy must let the caller in. The answer does not show whether the
// function is missing or the policy forbids it.
void require_consent(cloud::RegionContext& region, const LambdaRequest& request,
                     const std::optional<FunctionRow>& function, const std::string& arn,
                     const std::string& account) {
  const cloud::Asker asker = cloud::asker_of(request.http);
  cloud::Access access;
  access.action = request.action;
  access.resource = arn;
  access.resource_account = account;
  if (function && !function->policy.empty())
    access.resource_policy = aws::parse_policy(function->policy, aws::PolicyUse::resource);
  const aws::Decision decision = cloud::decide(region, asker, access);
  if (!function || !decision.allowed())
    throw ServiceError{"AccessDeniedException", cloud::denial(asker, access, decision), 403};
}

// The function itself, whatever qualifier the request has.
FunctionRow named_function(LambdaParts& parts, cloud::Connection& db, const LambdaRequest& request,
                           const std::string& text) {
  const std::string region = parts.region.options.region.text();
  const std::string caller = request.http.caller.account.text();
  const FunctionName name = parse_function_name(text, region, caller);
  const std::string arn = function_arn(region, name.account, name.name);
  auto function = find_function(db, name.account, name.name);
  if (name.account != caller) require_consent(parts.region, request, function, arn, name.account);
  if (!function) throw ServiceError{"ResourceNotFoundException", "Function not found: " + arn, 404};
  return std::move(*function);
}

ServiceError no_such_version(const FunctionRow& function, const std::string& qualifier) {
  return {"ResourceNotFoundException", "Function not found: " + function.arn() + ":" + qualifier, 404};
}

// The function, or the version of it that is asked for: for operations that only read.
FunctionRow readable_function(LambdaParts& parts, const LambdaRequest& request) {
  cloud::Connection& db = parts.region.database.reader();
  FunctionRow function = named_function(parts, db, request, request.names[0]);
  const std::string qualifier = request.query("Qualifier");
  if (qualifier.empty() || qualifier == "$LATEST") return function;
  auto version = find_version(db, function, qualifier);
  if (!version) throw no_such_version(function, qualifier);
  return std::move(*version);
}

bool wants_publication(const json::object& given) {
  const json::value* publish = given.if_contains("Publish");
  return publish != nullptr && *publish == json::value(true);
}

Task<std::string> read_package(LambdaParts& parts, const json::object& code) {
  std::string zip;
  std::function<void()> work = [&] { zip = parse_zip(code); };
  co_await parts.runner.run_aside(std::move(work));
  co_return zip;
}

}  // namespace

FunctionRow require_function(LambdaParts& parts, cloud::Connection& db, const LambdaRequest& request,
                             const std::string& text) {
  FunctionRow function = named_function(parts, db, request, text);
  const std::string qualifier = request.query("Qualifier");
  if (qualifier.empty() || qualifier == "$LATEST") return function;
  if (find_version(db, function, qualifier)) throw not_supported(request.action + " of a published version");
  throw no_such_version(function, qualifier);
}

void require_settled(const FunctionRow& function) {
  if (!function.settling) return;
  if (function.text("State") == "Pending")
    throw ServiceError{"ResourceConflictException",
                       "The operation cannot be performed at this time. The function is currently in the "
                       "following state: Pending",
                       409};
  throw ServiceError{
      "ResourceConflictException",
      "The operation cannot be performed at this time. An update is in progress for resource: " +
          function.arn(),
      409};
}

void check_revision(const json::object& given, const std::string& revision) {
  const auto wanted = optional_text(given, "RevisionId");
  if (wanted && *wanted != revision)
    throw ServiceError{"PreconditionFailedException",
                       "The Revision Id provided does not match the latest Revision Id. Call the "
                       "GetFunction/GetAlias API to retrieve the latest Revision Id",
                       412};
}

Task<HttpResponse> create_function(LambdaParts& parts, const LambdaRequest& request) {
  const json::object given = request.body();
  refuse_other_fields(given,
                      {"FunctionName",
                       "Runtime",
                       "Role",
                       "Handler",
                       "Code",
                       "Description",
                       "Timeout",
                       "MemorySize",
                       "Publish",
                       "PackageType",
                       "DeadLetterConfig",
                       "Environment",
                       "Tags",
                       "Architectures",
                       "LoggingConfig",
                       "VpcConfig",
                       "TracingConfig",
                       "Layers",
                       "FileSystemConfigs",
                       "ImageConfig",
                       "KMSKeyArn",
                       "CodeSigningConfigArn",
                       "EphemeralStorage",
                       "SnapStart"},
                      lambda_words);
  const std::string region = parts.region.options.region.text();
  FunctionRow function;
  const FunctionName name =
      parse_function_name(require_text(given, "FunctionName"), region, request.http.caller.account.text());
  if (name.account != request.http.caller.account.text())
    throw ServiceError{"AccessDeniedException", "A function is made in one's own account.", 403};
  function.account = name.account;
  function.name = name.name;
  function.configuration = {{"FunctionName", name.name},
                            {"FunctionArn", function_arn(region, name.account, name.name)},
                            {"Version", "$LATEST"}};
  apply_configuration(function, given, true);
  check_role(parts.region, request.http, function);
  auto architectures = parse_architectures(given);
  if (architectures.empty()) architectures = {"x86_64"};
  function.configuration["Architectures"] = as_json(architectures);
  function.tags = tags_of_map(given, "Tags", lambda_words);
  const json::value* code = given.if_contains("Code");
  if (code == nullptr || !code->is_object())
    throw bad_parameter("Please provide a source for function code.");
  if (find_function(parts.region.database.reader(), function.account, function.name))
    throw ServiceError{"ResourceConflictException", "Function already exist: " + function.name, 409};
  const std::string zip = co_await read_package(parts, code->get_object());
  begin_update(function, parts.region.clock.now(), new_uuid(parts.region.random));
  function.configuration["State"] = "Pending";
  function.configuration["StateReason"] = "The function is being created.";
  function.configuration["StateReasonCode"] = "Creating";
  const std::string version_revision = new_uuid(parts.region.random);
  const std::string body = co_await keep_zip(parts.region, zip);
  describe_code(function, zip, body);
  const FunctionRow made = co_await change_code(parts, body, [&](cloud::Connection& db) {
    insert_function(db, function);
    FunctionRow row = *find_function(db, function.account, function.name);
    if (wants_publication(given)) row = publish_version(db, row, version_revision);
    return std::pair(std::move(row), std::string());
  });
  parts.wake_settling();
  co_return json_response(201, shown_configuration(made));
}

namespace {

// Tags are shown only to a caller who may list them. The others get the function, and a word about its tags.
void show_tags(cloud::RegionContext& region, const LambdaRequest& request, const FunctionRow& function,
               json::object& answer) {
  const cloud::Asker asker = cloud::asker_of(request.http);
  cloud::Access access;
  access.action = "lambda:ListTags";
  access.resource = function.arn();
  access.resource_account = function.account;
  const aws::Decision decision = cloud::decide(region, asker, access);
  if (!decision.allowed()) {
    answer["TagsError"] = {{"ErrorCode", "AccessDeniedException"},
                           {"Message", cloud::denial(asker, access, decision)}};
  } else if (!function.tags.empty()) {
    answer["Tags"] = function.tags;
  }
}

}  // namespace

Task<HttpResponse> get_function(LambdaParts& parts, const LambdaRequest& request) {
  const FunctionRow function = readable_function(parts, request);
  json::object answer{{"Configuration", shown_configuration(function)},
                      {"Code", json::object{{"RepositoryType", "S3"}}}};
  show_tags(parts.region, request, function, answer);
  if (function.concurrency) answer["Concurrency"] = {{"ReservedConcurrentExecutions", *function.concurrency}};
  co_return json_response(200, answer);
}

Task<HttpResponse> get_function_configuration(LambdaParts& parts, const LambdaRequest& request) {
  co_return json_response(200, shown_configuration(readable_function(parts, request)));
}

Task<HttpResponse> update_function_code(LambdaParts& parts, const LambdaRequest& request) {
  const json::object given = request.body();
  refuse_other_fields(given,
                      {"ZipFile", "Architectures", "Publish", "DryRun", "RevisionId", "S3Bucket", "S3Key",
                       "S3ObjectVersion", "ImageUri", "SourceKMSKeyArn"},
                      lambda_words);
  FunctionRow before = require_function(parts, parts.region.database.reader(), request, request.names[0]);
  require_settled(before);
  check_revision(given, before.text("RevisionId"));
  const auto architectures = parse_architectures(given);
  const std::string zip = co_await read_package(parts, given);
  const Instant now = parts.region.clock.now();
  const std::string revision = new_uuid(parts.region.random);
  const std::string version_revision = new_uuid(parts.region.random);
  const auto changed = [&](FunctionRow row, const std::string& body) {
    describe_code(row, zip, body);
    if (!architectures.empty()) row.configuration["Architectures"] = as_json(architectures);
    begin_update(row, now, revision);
    return row;
  };
  if (const json::value* dry = given.if_contains("DryRun"); dry != nullptr && *dry == json::value(true))
    co_return json_response(200, shown_configuration(changed(before, before.code)));
  const std::string body = co_await keep_zip(parts.region, zip);
  const FunctionRow made = co_await change_code(parts, body, [&](cloud::Connection& db) {
    FunctionRow row = require_function(parts, db, request, request.names[0]);
    require_settled(row);
    check_revision(given, row.text("RevisionId"));
    std::string old_body = is_published(db, row.id, row.code) ? "" : row.code;
    row = changed(std::move(row), body);
    update_function(db, row);
    if (wants_publication(given)) row = publish_version(db, row, version_revision);
    return std::pair(std::move(row), std::move(old_body));
  });
  parts.runner.retire(before.arn(), revision);
  parts.wake_settling();
  co_return json_response(200, shown_configuration(made));
}

Task<HttpResponse> update_function_configuration(LambdaParts& parts, const LambdaRequest& request) {
  const json::object given = request.body();
  refuse_other_fields(
      given,
      {"Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "DeadLetterConfig",
       "Environment", "LoggingConfig", "RevisionId", "VpcConfig", "TracingConfig", "Layers",
       "FileSystemConfigs", "ImageConfig", "KMSKeyArn", "EphemeralStorage", "SnapStart"},
      lambda_words);
  if (given.if_contains("Role") != nullptr) {
    // The role is looked up outside of the writer's transaction: it belongs to the global plane.
    FunctionRow wanted = require_function(parts, parts.region.database.reader(), request, request.names[0]);
    apply_configuration(wanted, given, false);
    check_role(parts.region, request.http, wanted);
  }
  const Instant now = parts.region.clock.now();
  const std::string revision = new_uuid(parts.region.random);
  const FunctionRow made = co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow row = require_function(parts, db, request, request.names[0]);
    require_settled(row);
    check_revision(given, row.text("RevisionId"));
    apply_configuration(row, given, false);
    begin_update(row, now, revision);
    update_function(db, row);
    return row;
  });
  parts.runner.retire(made.arn(), revision);
  parts.wake_settling();
  co_return json_response(200, shown_configuration(made));
}

Task<HttpResponse> delete_function(LambdaParts& parts, const LambdaRequest& request) {
  std::set<std::string> bodies;
  const FunctionRow gone = co_await parts.region.database.write([&](cloud::Connection& db) {
    FunctionRow row = require_function(parts, db, request, request.names[0]);
    bodies = {row.code};
    for (const FunctionRow& version : list_versions(db, row)) bodies.insert(version.code);
    delete_function(db, row.id);
    return row;
  });
  parts.runner.retire(gone.arn(), "");
  for (const std::string& body : bodies) parts.region.bodies.remove(body);
  co_return no_content();
}

Task<HttpResponse> list_functions(LambdaParts& parts, const LambdaRequest& request) {
  std::int64_t limit = list_max;
  if (const std::string text = request.query("MaxItems"); !text.empty()) {
    const bool number = text.size() <= 5 && text.find_first_not_of("0123456789") == std::string::npos;
    limit = number ? std::stoll(text) : 0;
    if (limit < 1 || limit > 10'000) throw bad_parameter("MaxItems must be between 1 and 10000.");
    limit = std::min(limit, list_max);
  }
  if (!request.query("FunctionVersion").empty() && request.query("FunctionVersion") != "ALL")
    throw bad_parameter("FunctionVersion must be ALL.");
  if (!request.query("MasterRegion").empty()) throw not_supported("MasterRegion");
  const auto functions = list_functions(parts.region.database.reader(), request.http.caller.account.text(),
                                        request.query("Marker"), limit + 1);
  json::array list;
  std::int64_t shown = 0;
  for (const FunctionRow& function : functions) {
    if (++shown > limit) break;
    list.push_back(shown_configuration(function));
    if (request.query("FunctionVersion") != "ALL") continue;
    for (const FunctionRow& version : list_versions(parts.region.database.reader(), function))
      list.push_back(shown_configuration(version));
  }
  json::object answer{{"Functions", std::move(list)}, {"NextMarker", nullptr}};
  if (std::cmp_greater(functions.size(), limit))
    answer["NextMarker"] = functions[static_cast<std::size_t>(limit) - 1].name;
  co_return json_response(200, answer);
}

}  // namespace s3dr::services
