// What Lambda accepts as a function's configuration, and the words it refuses with. Pure. A field of the API
// that this cloud does not carry out is refused as "not supported yet", never ignored; one that says what is
// the case anyway (no layers, no tracing) is let pass.
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

// Whose function a request names: "NAME", "111122223333:function:NAME" or an ARN, with or without :$LATEST.
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

// Writes the fields of CreateFunction and UpdateFunctionConfiguration that `given` has over those of
// `function`. `creating`: what is absent gets its default.
void apply_configuration(FunctionRow& function, const boost::json::object& given, bool creating);
boost::json::object parse_lambda_tags(const boost::json::value* given);
std::vector<std::string> parse_architectures(const boost::json::object& given);
// The zip of "ZipFile". Raises ServiceError: not base64, no archive, too large.
std::string parse_zip(const boost::json::object& code);
// A queue or function that may be told of failures.
std::string parse_destination(const std::string& arn, const std::string& region, std::string_view what);

}  // namespace s3dr::services
