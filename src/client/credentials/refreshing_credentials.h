// Keeps the credentials of a source and asks it again in time. Every request asks here; the source is asked
// once at a time, whoever waits.
//
// With 15 minutes left one request renews them while the others go on with what there is, and a failure does
// not matter; with 10 minutes left all wait for the renewal. If that fails, keys that are still valid go on
// being used. A statically stable source (instance metadata) goes on being used after that, too: it says so
// of itself when it is in trouble.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "client/credentials.h"
#include "client/credentials/credential_source.h"

namespace s3dr::client {

// Chooses the source: at the first get() and again after renew(), so that changed files count. Raises what
// the choice raises.
using SourceChooser = std::function<std::unique_ptr<CredentialSource>()>;

// `clock` and `random` outlive it. One thread.
std::unique_ptr<CredentialsProvider> make_refreshing_credentials(SourceChooser choose, Clock& clock,
                                                                 Random& random);

}  // namespace s3dr::client
