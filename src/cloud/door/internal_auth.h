// How regions of one installation sign to each other: SigV4 with a service name and a key of their own, so
// that no user's credentials open the internal door, and a signature for one region is none for another.
#pragma once

#include <string_view>

#include "base/http_message.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

inline constexpr std::string_view internal_service = "s3dr-replication";
inline constexpr std::string_view internal_access_key_id = "S3DRREPLICATION";

// Signs `request` for the internal door of `target`. `Host` must be set. `payload_hash`: sha256 of the body,
// or UNSIGNED-PAYLOAD for a stream whose checksum is compared otherwise.
void sign_internal(RegionContext& region, const s3::Region& target, HttpRequest& request,
                   std::string_view payload_hash);

// Refuses (403 AccessDenied and the codes of aws/sigv4_verify.h) what is not signed so for this region. Only
// hashed and unsigned payloads; the caller compares a declared hash with the body.
void check_internal(RegionContext& region, const HttpRequest& request);

}  // namespace s3dr::cloud
