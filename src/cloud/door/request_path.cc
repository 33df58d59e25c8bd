#include "cloud/door/request_path.h"

#include <array>
#include <utility>

#include "aws/arn.h"
#include "s3/request_path.h"

namespace s3dr::cloud {
namespace {

// The part of Host before the service's own name; empty: Host is the service itself.
std::string subdomain_of(std::string_view host, const s3::Region& region) {
  const std::string of_region = "." + region.text() + ".localhost";
  return s3::subdomain_of(
      host, std::array<std::string, 3>{"s3" + of_region, "s3-control" + of_region, "localhost"});
}

}  // namespace

RequestAddress parse_address(std::string_view target, std::string_view host, const s3::Region& region) {
  const std::string subdomain = subdomain_of(host, region);
  const std::string_view path = aws::split_target(target).path;
  RequestAddress address;
  address.control = path.starts_with("/" + std::string(s3::control_prefix)) &&
                    (subdomain.empty() || aws::is_account_id(subdomain));
  // S3 Control paths are read like the key of a virtual host: as a whole.
  s3::RequestAddress parsed = s3::parse_request_address(target, address.control ? "control" : subdomain);
  if (!address.control) address.bucket = std::move(parsed.bucket);
  address.key = std::move(parsed.key);
  address.query = std::move(parsed.query);
  if (address.key.bytes().size() > key_bytes_max && !address.control) {
    throw refuse("KeyTooLongError", "Your key is too long");
  }
  return address;
}

}  // namespace s3dr::cloud
