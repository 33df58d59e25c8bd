// Makes the certificates of the embedded cloud: one authority for each installation, and leaf certificates
// signed by it. All keys are EC P-256. Not for production: there is no revocation.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

namespace s3dr::http {

struct Certificate {
  std::string certificate_pem;
  Secret private_key_pem;  // PKCS#8, unencrypted; to be stored with mode 0600
};

// An authority that may sign leaf certificates only (path length 0). It is valid from one hour before `now`,
// because clocks differ, until `now` + `validity`. Keys and serial numbers come from OpenSSL's generator.
// Raises invalid for a name that is empty or too long.
Certificate make_certificate_authority(const std::string& common_name, Instant now,
                                       std::chrono::days validity);

// A server certificate for `names`: DNS names (`*.name` too) and IP addresses as text. The first one is also
// the common name. Clients built on OpenSSL do not accept a wildcard directly under a top-level name, such as
// `*.localhost`: name those hosts one by one as well. Raises invalid for an unusable authority, name or
// address.
Certificate make_server_certificate(const Certificate& authority, const std::vector<std::string>& names,
                                    Instant now, std::chrono::days validity);

}  // namespace s3dr::http
