// Lambda's functions as rows. The tables are defined in cloud/services/common/targets.cc, which writes the
// invocations of events and topics into them.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cloud/services/lambda/function_runner.h"
#include "cloud/store/database.h"

namespace s3dr::services {

struct FunctionRow {
  std::int64_t id = 0;
  std::string account, name;
  boost::json::object configuration;  // FunctionConfiguration without Environment
  boost::json::object environment;    // variables
  std::string code;                   // body id
  std::string policy;                 // JSON; empty: none
  boost::json::object tags;
  std::string event_invoke;  // JSON; empty: none
  std::optional<std::int64_t> concurrency;
  bool settling = false;

  std::string text(std::string_view field) const;  // of the configuration; "" where there is none
  std::string arn() const { return text("FunctionArn"); }
};

std::optional<FunctionRow> find_function(cloud::Connection& db, const std::string& account,
                                         const std::string& name);
std::optional<FunctionRow> find_function(cloud::Connection& db, std::int64_t id);
// At most `limit` functions of an account in order of name, with names after `after`.
std::vector<FunctionRow> list_functions(cloud::Connection& db, const std::string& account,
                                        const std::string& after, std::int64_t limit);
std::vector<FunctionRow> settling_functions(cloud::Connection& db);
std::int64_t reserved_concurrency(cloud::Connection& db, const std::string& account,
                                  const std::string& but_of);
// Call these inside Database::write. Inserting a name that is taken raises
// ServiceError(ResourceConflictException).
void insert_function(cloud::Connection& db, const FunctionRow& function);
void update_function(cloud::Connection& db, const FunctionRow& function);
void delete_function(cloud::Connection& db, std::int64_t id);

// The configuration as the API shows it, with the environment.
boost::json::object shown_configuration(const FunctionRow& function);
FunctionDescription describe(const FunctionRow& function);

}  // namespace s3dr::services
