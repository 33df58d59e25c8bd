#include "cloud/door/internal_auth.h"

#include "aws/sigv4.h"
#include "aws/sigv4_verify.h"

namespace s3dr::cloud {
namespace {

aws::Credentials internal_credentials(RegionContext& region) {
  if (region.replication_key.empty()) region.replication_key = region.global.replication_key(region.random);
  return {std::string(internal_access_key_id), region.replication_key, Secret()};
}

Error denied(const aws::AuthFailure& failure) {
  Error error = refuse(failure.code, failure.message);
  error.with_status(failure.status);
  return error;
}

}  // namespace

void sign_internal(RegionContext& region, const s3::Region& target, HttpRequest& request,
                   std::string_view payload_hash) {
  aws::sign_header(request, internal_credentials(region),
                   aws::SigningScope{target.text(), std::string(internal_service)}, region.clock.now(),
                   payload_hash);
}

void check_internal(RegionContext& region, const HttpRequest& request) {
  const auto claim = aws::parse_auth(request);
  if (!claim) throw denied(claim.error());
  if (!*claim) throw refuse("AccessDenied", "Access Denied");
  aws::VerifyPolicy policy;
  policy.region = region.options.region.text();
  policy.services = {std::string(internal_service)};
  policy.skew_max = std::chrono::duration_cast<std::chrono::seconds>(region.options.request_age_max);
  const auto verified =
      aws::verify(request, **claim, internal_credentials(region), policy, region.clock.now());
  if (!verified) throw denied(verified.error());
  if (verified->mode != aws::AuthMode::header || aws::is_chunked(verified->payload)) {
    throw refuse("AccessDenied", "Access Denied");
  }
}

}  // namespace s3dr::cloud
