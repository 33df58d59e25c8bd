// Lambda's functions as rows. The tables stand in cloud/services/common/targets.cc, where events and topics put their
// invocations into them.
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
// Of an account, in the order of their names, those behind `after`, at most `limit`.
std::vector<FunctionRow> list_functions(cloud::Connection& db, const std::string& account,
                                        const std::string& after, std::int64_t limit);
std::vector<FunctionRow> settling_functions(cloud::Connection& db);
std::int64_t reserved_concurrency(cloud::Connection& db, const std::string& account,
                                  const std::string& but_of);
// Inside Database::write. An insert of a name that is taken raises ServiceError(ResourceConflictException).
void insert_function(cloud::Connection& db, const FunctionRow& function);
void update_function(cloud::Connection& db, const FunctionRow& function);
void delete_function(cloud::Connection& db, std::int64_t id);

// The configuration as the API shows it, environment included.
boost::json::object shown_configuration(const FunctionRow& function);
FunctionDescription describe(const FunctionRow& function);

}  // namespace s3dr::services
