// Keeps the credentials of a source and asks the source again in time. Every request asks here. The source is
// asked by one request at a time.
//
// - 15 minutes before the end, one request renews them. The other requests use the old keys, and a failure
//   does not matter.
// - 10 minutes before the end, all requests wait for the renewal. If it fails, keys that are still valid are
//   used.
// - After the end, only a statically stable source (instance metadata) goes on with its old keys.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "client/credentials.h"
#include "client/credentials/credential_source.h"

namespace s3dr::client {

// Chooses the source: at the first get(), and again after renew(), so that changed files count. Raises what
// the choice raises.
using SourceChooser = std::function<std::unique_ptr<CredentialSource>()>;

// `clock` and `random` outlive it. One thread.
std::unique_ptr<CredentialsProvider> make_refreshing_credentials(SourceChooser choose, Clock& clock,
                                                                 Random& random);

}  // namespace s3dr::client
