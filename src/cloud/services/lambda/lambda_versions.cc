#include "cloud/services/lambda/lambda_versions.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/service_ids.h"

namespace s3dr::services {
namespace json = boost::json;

const std::string_view lambda_versions_schema = R"sql(
CREATE TABLE IF NOT EXISTS lambda_version (
  function INTEGER NOT NULL REFERENCES lambda_function(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  revision TEXT NOT NULL,                       -- the function's, of which it was taken
  configuration TEXT NOT NULL,
  environment TEXT NOT NULL,
  code TEXT NOT NULL,                           -- body id of the zip; the function may have the same
  PRIMARY KEY (function, number)
);
)sql";

namespace {

constexpr const char* state_fields[] = {"State",
                                        "StateReason",
                                        "StateReasonCode",
                                        "LastUpdateStatus",
                                        "LastUpdateStatusReason",
                                        "LastUpdateStatusReasonCode"};

FunctionRow read(cloud::Statement& row, FunctionRow function) {
  function.configuration = json::parse(row.text(0)).as_object();
  function.environment = json::parse(row.text(1)).as_object();
  function.code = row.text(2);
  return function;
}

// The parts of a function that are compared: two versions with the same parts are equal.
json::object essence(const FunctionRow& function) {
  json::object result = function.configuration;
  for (const char* field : state_fields) result.erase(field);
  for (const char* field : {"Version", "FunctionArn", "RevisionId", "LastModified"}) result.erase(field);
  result["Environment"] = function.environment;
  return result;
}

}  // namespace

std::vector<FunctionRow> list_versions(cloud::Connection& db, const FunctionRow& function) {
  auto rows = db.prepare(
      "SELECT configuration, environment, code FROM lambda_version WHERE function = ? ORDER BY number");
  rows.bind(function.id);
  std::vector<FunctionRow> versions;
  while (rows.step()) versions.push_back(read(rows, function));
  return versions;
}

std::optional<FunctionRow> find_version(cloud::Connection& db, const FunctionRow& function,
                                        std::string_view number) {
  for (FunctionRow& version : list_versions(db, function)) {
    if (version.text("Version") == number) return std::move(version);
  }
  return std::nullopt;
}

bool is_published(cloud::Connection& db, std::int64_t function, const std::string& code) {
  auto row = db.prepare("SELECT 1 FROM lambda_version WHERE function = ? AND code = ?");
  row.bind(function, code);
  return row.step();
}

FunctionRow publish_version(cloud::Connection& db, const FunctionRow& function, const std::string& revision) {
  const std::vector<FunctionRow> before = list_versions(db, function);
  if (!before.empty() && essence(before.back()) == essence(function)) return before.back();
  const auto number = static_cast<std::int64_t>(before.size()) + 1;
  FunctionRow version = function;
  version.configuration["Version"] = std::to_string(number);
  version.configuration["FunctionArn"] = function.arn() + ":" + std::to_string(number);
  version.configuration["RevisionId"] = revision;
  db.prepare(
        "INSERT INTO lambda_version (function, number, revision, configuration, environment, code) VALUES "
        "(?, ?, ?, ?, ?, ?)")
      .bind(function.id, number, function.text("RevisionId"), json::serialize(version.configuration),
            json::serialize(version.environment), version.code)
      .run();
  return version;
}

void settle_versions(cloud::Connection& db, const FunctionRow& function) {
  std::vector<std::int64_t> numbers;
  auto taken = db.prepare("SELECT number FROM lambda_version WHERE function = ? AND revision = ?");
  taken.bind(function.id, function.text("RevisionId"));
  while (taken.step()) numbers.push_back(taken.integer(0));
  for (const std::int64_t number : numbers) {
    auto version = find_version(db, function, std::to_string(number));
    if (!version) continue;
    for (const char* field : state_fields) {
      version->configuration.erase(field);
      if (const json::value* value = function.configuration.if_contains(field))
        version->configuration[field] = *value;
    }
    db.prepare("UPDATE lambda_version SET configuration = ? WHERE function = ? AND number = ?")
        .bind(json::serialize(version->configuration), function.id, number)
        .run();
  }
}

Task<HttpResponse> publish_function_version(LambdaParts& parts, const LambdaRequest& request) {
  const json::object given = request.body();
  refuse_other_fields(given, {"CodeSha256", "RevisionId"}, lambda_words);
  const std::string revision = new_uuid(parts.region.random);
  const FunctionRow made = co_await parts.region.database.write([&](cloud::Connection& db) {
    const FunctionRow function = require_function(parts, db, request, request.names[0]);
    require_settled(function);
    check_revision(given, function.text("RevisionId"));
    const auto code = optional_text(given, "CodeSha256");
    if (code && !code->empty() && *code != function.text("CodeSha256"))
      throw bad_parameter("CodeSHA256 (" + *code + ") is different from current CodeSHA256 in $LATEST (" +
                          function.text("CodeSha256") +
                          "). Please try again with the CodeSHA256 in $LATEST.");
    return publish_version(db, function, revision);
  });
  co_return json_response(201, shown_configuration(made));
}

// Lists all versions on one page: a function of this cloud has few.
Task<HttpResponse> list_function_versions(LambdaParts& parts, const LambdaRequest& request) {
  for (const char* name : {"Marker", "MaxItems"}) {
    if (!request.query(name).empty()) throw not_supported(name);
  }
  cloud::Connection& db = parts.region.database.reader();
  const FunctionRow function = require_function(parts, db, request, request.names[0]);
  json::array list{shown_configuration(function)};
  for (const FunctionRow& version : list_versions(db, function)) list.push_back(shown_configuration(version));
  co_return json_response(200, json::object{{"Versions", std::move(list)}, {"NextMarker", nullptr}});
}

}  // namespace s3dr::services
