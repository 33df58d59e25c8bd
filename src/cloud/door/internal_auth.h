// How the regions of one installation sign requests to each other:
// SigV4 with a service name and a key of their own.
// So no user's credentials open the internal door, and a signature for one region is not valid in another.
#pragma once

#include <string_view>

#include "base/http_message.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

inline constexpr std::string_view internal_service = "s3dr-replication";
inline constexpr std::string_view internal_access_key_id = "S3DRREPLICATION";

// Signs `request` for the internal door of `target`. Needs: `Host` is set. `payload_hash`: the sha256 of the
// body, or UNSIGNED-PAYLOAD for a stream whose checksum is compared in another way.
void sign_internal(RegionContext& region, const s3::Region& target, HttpRequest& request,
                   std::string_view payload_hash);

// Refuses a request that is not signed in this way for this region (403 AccessDenied and the codes of
// aws/sigv4_verify.h). Accepts only hashed and unsigned payloads.
// The caller of this function compares a declared hash with the body.
void check_internal(RegionContext& region, const HttpRequest& request);

}  // namespace s3dr::cloud
