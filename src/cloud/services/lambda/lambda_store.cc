#include "cloud/services/lambda/lambda_store.h"

#include <utility>

#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/store/rows.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

FunctionRow read(const cloud::Statement& row) {
  FunctionRow function;
  function.id = row.integer(0);
  function.account = row.text(1);
  function.name = row.text(2);
  function.configuration = json::parse(row.text(3)).as_object();
  function.environment = json::parse(row.text(4)).as_object();
  function.code = row.text(5);
  function.policy = row.text(6);
  function.tags = json::parse(row.text(7)).as_object();
  function.event_invoke = row.text(8);
  if (!row.is_null(9)) function.concurrency = row.integer(9);
  function.settling = row.integer(10) != 0;
  return function;
}

constexpr cloud::Rows<FunctionRow> function_rows = {
    "SELECT id, account, name, configuration, environment, code, policy, tags, event_invoke, concurrency, "
    "settling FROM lambda_function ",
    read};

}  // namespace

std::string FunctionRow::text(std::string_view field) const {
  return text_or_empty(configuration, field);
}

std::optional<FunctionRow> find_function(cloud::Connection& db, const std::string& account,
                                         const std::string& name) {
  return function_rows.find(db, "WHERE account = ? AND name = ?", account, name);
}

std::optional<FunctionRow> find_function(cloud::Connection& db, std::int64_t id) {
  return function_rows.find(db, "WHERE id = ?", id);
}

std::vector<FunctionRow> list_functions(cloud::Connection& db, const std::string& account,
                                        const std::string& after, std::int64_t limit) {
  return function_rows.all(db, "WHERE account = ? AND name > ? ORDER BY name LIMIT ?", account, after, limit);
}

std::vector<FunctionRow> settling_functions(cloud::Connection& db) {
  return function_rows.all(db, "WHERE settling = 1 ORDER BY id");
}

std::int64_t reserved_concurrency(cloud::Connection& db, const std::string& account,
                                  const std::string& but_of) {
  auto row =
      db.prepare("SELECT COALESCE(SUM(concurrency), 0) FROM lambda_function WHERE account = ? AND name <> ?");
  row.bind(account, but_of);
  return row.step() ? row.integer(0) : 0;
}

void insert_function(cloud::Connection& db, const FunctionRow& function) {
  if (find_function(db, function.account, function.name))
    throw ServiceError{"ResourceConflictException", "Function already exist: " + function.name, 409};
  db.prepare(
        "INSERT INTO lambda_function (account, name, configuration, environment, code, tags, settling) "
        "VALUES "
        "(?, ?, ?, ?, ?, ?, 1)")
      .bind(function.account, function.name, json::serialize(function.configuration),
            json::serialize(function.environment), function.code, json::serialize(function.tags))
      .run();
}

void update_function(cloud::Connection& db, const FunctionRow& function) {
  db.prepare(
        "UPDATE lambda_function SET configuration = ?, environment = ?, code = ?, policy = ?, tags = ?, "
        "event_invoke = ?, concurrency = ?, settling = ? WHERE id = ?")
      .bind(json::serialize(function.configuration), json::serialize(function.environment), function.code,
            function.policy, json::serialize(function.tags), function.event_invoke, function.concurrency,
            function.settling, function.id)
      .run();
}

void delete_function(cloud::Connection& db, std::int64_t id) {
  db.prepare("DELETE FROM lambda_function WHERE id = ?").bind(id).run();
}

json::object shown_configuration(const FunctionRow& function) {
  json::object shown = function.configuration;
  if (!function.environment.empty()) shown["Environment"] = {{"Variables", function.environment}};
  return shown;
}

FunctionDescription describe(const FunctionRow& function) {
  const auto number = [&function](std::string_view field) {
    const json::value* value = function.configuration.if_contains(field);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
  };
  FunctionDescription result;
  result.arn = function.arn();
  result.account = function.account;
  result.name = function.name;
  result.role = function.text("Role");
  result.handler = function.text("Handler");
  result.revision = function.text("RevisionId");
  result.code = function.code;
  result.code_bytes = static_cast<std::uint64_t>(number("CodeSize"));
  for (const auto& variable : function.environment)
    result.environment[variable.key()] = std::string(variable.value().as_string());
  result.timeout = std::chrono::seconds(number("Timeout"));
  result.memory_mib = static_cast<int>(number("MemorySize"));
  const json::object& logging = function.configuration.at("LoggingConfig").as_object();
  result.log_group = std::string(logging.at("LogGroup").as_string());
  result.json_logs = logging.at("LogFormat").as_string() == "JSON";
  return result;
}

}  // namespace s3dr::services
