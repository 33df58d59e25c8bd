// What Lambda accepts as a function's configuration, and the words of its refusals. Pure. A field of the API
// that this cloud does not act on is refused as "not supported yet", never ignored. A field whose value is
// true here anyway (no layers, no tracing) is accepted.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/lambda/lambda_store.h"

namespace s3dr::services {

inline constexpr std::int64_t unpacked_bytes_max = 250LL * 1024 * 1024;
inline constexpr std::size_t zip_bytes_max = 50UL * 1024 * 1024;

// The function that a request names: "NAME", "111122223333:function:NAME" or an ARN,
// with or without :$LATEST.
struct FunctionName {
  std::string account, name;
};
// Raises ServiceError: ValidationException, ResourceNotFoundException (another region, another qualifier).
FunctionName parse_function_name(const std::string& text, const std::string& region,
                                 const std::string& caller_account);
std::string function_arn(const std::string& region, const std::string& account, const std::string& name);

// Lambda's words for the fields of a request.
inline constexpr FieldWords lambda_words = {
    .wrong_code = "InvalidParameterValueException",
    .structure = "an object",
    .empty_is_absent = true,
};
ServiceError bad_parameter(std::string message);  // InvalidParameterValueException

// Sets the fields of `function` that are in `given`, for CreateFunction and UpdateFunctionConfiguration.
// `creating`:
// absent fields get their default.
void apply_configuration(FunctionRow& function, const boost::json::object& given, bool creating);
std::vector<std::string> parse_architectures(const boost::json::object& given);
// The zip in "ZipFile". Raises ServiceError: not base64, not an archive, too large.
std::string parse_zip(const boost::json::object& code);
// The ARN of a queue or function that may receive failures.
std::string parse_destination(const std::string& arn, const std::string& region, std::string_view what);

}  // namespace s3dr::services
