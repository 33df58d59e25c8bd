// One place that access keys can come from: the environment, a profile, a role, a process, the metadata of a
// container or an instance. credential_chain.h chooses one. refreshing_credentials.h asks it again in time.
// What a source hands out may be described, but never shown.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "http/transport.h"

namespace s3dr::client {

struct TimedCredentials {
  aws::Credentials keys;
  std::optional<Instant> expires;  // nullopt: they do not expire
};

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // Asks anew at each call. Raises invalid (the configuration cannot work), denied (the other side refuses),
  // unavailable, outcome_unknown. No error holds a secret.
  virtual Task<TimedCredentials> fetch() = 0;
  // The AWS tools' word for it: "env", "shared-credentials-file", "config-file", "assume-role",
  // "assume-role-with-web-identity", "sso", "custom-process", "container-role", "iam-role".
  virtual std::string method() const = 0;
  // For people: "profile \"work\" in ~/.aws/credentials".
  virtual std::string where() const = 0;
  // True: expired keys are used as long as the source does not answer. Only instance metadata is such a
  // source.
  virtual bool is_statically_stable() const { return false; }
};

// The tools of fetch(). All outlive the sources.
struct FetchTools {
  http::HttpTransport& transport;
  Clock& clock;
  Random& random;
};

// A source of fixed keys.
std::unique_ptr<CredentialSource> make_static_source(TimedCredentials credentials, std::string method,
                                                     std::string where);

// Reads {"AccessKeyId", "SecretAccessKey", `token_name`, "Expiration"} of containers, instances and
// processes. Raises corrupt, with `resource`, when something is missing or the text is not JSON. The text is
// never quoted.
TimedCredentials parse_credential_document(std::string_view text, std::string_view token_name,
                                           const std::string& resource);
// "2026-08-01T10:15:00Z", also with a fraction or an offset ("+00:00").
std::optional<Instant> parse_expiration(std::string_view text);

// Reads a small file; nullopt: it does not exist. `what` is for messages ("the token file"). Raises invalid
// with the path: unreadable, a folder, more than 1 MiB.
std::optional<std::string> read_small_file(const std::string& path, const std::string& what);

}  // namespace s3dr::client
