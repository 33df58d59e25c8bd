#include "cloud/request_path.h"

#include "aws/arn.h"
#include "aws/canonical_request.h"
#include "base/encoding.h"
#include "s3/request_path.h"

namespace s3dr::cloud {
namespace {

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// What stands before the service's own name in Host; empty for the service itself.
std::string subdomain_of(std::string_view host, const s3::Region& region) {
  const std::string name = lower_case(host.substr(0, host.find(':')));
  std::string_view rest = name;
  if (!take_suffix(rest, ".localhost")) return "";
  for (const std::string_view service : {"s3", "s3-control"}) {
    const std::string service_host = std::string(service) + "." + region.text();
    if (rest == service_host) return "";
    if (take_suffix(rest, "." + service_host)) break;
  }
  return std::string(rest);
}

}  // namespace

RequestAddress parse_address(std::string_view target, std::string_view host, const s3::Region& region) {
  const std::string subdomain = subdomain_of(host, region);
  const std::string_view path = s3::split_target(target).path;
  RequestAddress address;
  address.control = path.starts_with("/" + std::string(control_prefix)) &&
                    (subdomain.empty() || aws::is_account_id(subdomain));
  // S3 Control paths are read like the key of a virtual host: as a whole.
  const std::string subdomain_host = (address.control ? "control" : subdomain) + ".localhost";
  const bool path_style = subdomain.empty() && !address.control;
  s3::RequestAddress parsed = s3::parse_request_address(
      target, path_style ? std::string_view() : std::string_view(subdomain_host), {"localhost"});
  if (!address.control) address.bucket = std::move(parsed.bucket);
  address.key = std::move(parsed.key);
  if (address.key.bytes().size() > key_bytes_max && !address.control) {
    throw refuse("KeyTooLongError", "Your key is too long");
  }

  // Read as the signature reads it: '+' is a plus.
  const auto query = aws::parse_query(s3::split_target(target).query);
  if (!query) throw refuse("InvalidURI", "Couldn't parse the specified URI.");
  for (const auto& [name, value] : *query) address.query.push_back({name, value});
  return address;
}

}  // namespace s3dr::cloud
