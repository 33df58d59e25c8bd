// Published versions of a function: what it was at that moment, numbered from 1 and never changed again. They
// can be published, read and listed, and they go with their function. Not there: invoking a version, removing
// a single one, aliases (501).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/services/lambda/lambda_operations.h"

namespace s3dr::services {

extern const std::string_view lambda_versions_schema;

// Inside Database::write. The function as it is now, as its next version; the last one again where neither
// code nor configuration has changed since. `revision` becomes the new one's.
FunctionRow publish_version(cloud::Connection& db, const FunctionRow& function, const std::string& revision);
// Inside Database::write. Versions taken of this revision while it was not ready get its state.
void settle_versions(cloud::Connection& db, const FunctionRow& function);

// The function as that version has it, with the function's own id, tags and policy; nullopt: no such version.
std::optional<FunctionRow> find_version(cloud::Connection& db, const FunctionRow& function,
                                        std::string_view number);
// Oldest first.
std::vector<FunctionRow> list_versions(cloud::Connection& db, const FunctionRow& function);
// Whether a version runs this code: then it stays when the function gets other code.
bool is_published(cloud::Connection& db, std::int64_t function, const std::string& code);

Task<HttpResponse> publish_function_version(LambdaParts&, const LambdaRequest&);
Task<HttpResponse> list_function_versions(LambdaParts&, const LambdaRequest&);

}  // namespace s3dr::services
