// What Lambda accepts as a function's configuration, and the words of its refusals. Pure. A field of the API
// that this cloud does not act on is refused as "not supported yet", never ignored. A field whose value is
// true here anyway (no layers, no tracing) is accepted.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

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

ServiceError bad_parameter(std::string message);  // InvalidParameterValueException
ServiceError not_supported(const std::string& what);
// Raises ServiceError(UnsupportedOperationException) for a field that is not in `known`.
void refuse_other_fields(const boost::json::object& given, std::initializer_list<std::string_view> known);

// Sets the fields of `function` that are in `given`, for CreateFunction and UpdateFunctionConfiguration.
// `creating`:
// absent fields get their default.
void apply_configuration(FunctionRow& function, const boost::json::object& given, bool creating);
boost::json::object parse_lambda_tags(const boost::json::value* given);
std::vector<std::string> parse_architectures(const boost::json::object& given);
// The zip in "ZipFile". Raises ServiceError: not base64, not an archive, too large.
std::string parse_zip(const boost::json::object& code);
// The ARN of a queue or function that may receive failures.
std::string parse_destination(const std::string& arn, const std::string& region, std::string_view what);

}  // namespace s3dr::services
