// Published versions of a function: copies of it at one moment, numbered from 1, that never change. They can
// be published, read and listed. Deleting the function deletes them.
// Answered with 501: invoking a version, deleting a single version, aliases.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/services/lambda/lambda_operations.h"

namespace s3dr::services {

extern const std::string_view lambda_versions_schema;

// Call inside Database::write. Publishes the function as it is now as its next version, with `revision`. If
// neither code nor configuration has changed since the last version, returns that one.
FunctionRow publish_version(cloud::Connection& db, const FunctionRow& function, const std::string& revision);
// Call inside Database::write. Versions that were published from this revision before it was ready get its
// state.
void settle_versions(cloud::Connection& db, const FunctionRow& function);

// The function as it was in that version, with the id, tags and policy of the function.
// nullopt: no such version.
std::optional<FunctionRow> find_version(cloud::Connection& db, const FunctionRow& function,
                                        std::string_view number);
// Oldest first.
std::vector<FunctionRow> list_versions(cloud::Connection& db, const FunctionRow& function);
// Whether a version uses this code. If so, the code is kept when the function gets other code.
bool is_published(cloud::Connection& db, std::int64_t function, const std::string& code);

Task<HttpResponse> publish_function_version(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> list_function_versions(LambdaParts&, const LambdaRequest&);

}  // namespace s3dr::services
