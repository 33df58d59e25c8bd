#include "cloud/door/control_request.h"

#include "s3/request_path.h"

namespace s3dr::cloud {

std::string control_path(const Request& request) {
  return request.key.bytes().substr(s3::control_prefix.size());
}

void check_control_account(const Request& request) {
  const auto account = request.headers.get("x-amz-account-id");
  if (!account) throw refuse("InvalidRequest", "Missing required header for this request: x-amz-account-id");
  if (*account != request.account.text()) throw refuse("AccessDenied", "Access Denied");
}

}  // namespace s3dr::cloud
