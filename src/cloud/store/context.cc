#include "cloud/store/context.h"

#include "s3/error_response.h"

namespace s3dr::cloud {

Error refuse(std::string_view code, std::string_view message) {
  const int status = s3::status_of(code);
  Error error(s3::kind_of(status, code), std::string(message));
  error.with_code(std::string(code)).with_status(status);
  return error;
}

}  // namespace s3dr::cloud
