// Where the credentials of both sides come from, for `s3dr config validate --credentials`. Fetches them once
// and tells everything except the secrets.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <optional>
#include <string>

#include "app/config.h"
#include "base/clock.h"
#include "base/task.h"

namespace s3dr::app {

struct CredentialFacts {
  std::string method;  // the AWS tools' word: "env", "assume-role"
  std::string where;
  std::string access_key_id;
  std::optional<Instant> expires;
};

struct BothCredentials {
  CredentialFacts source, destination;
};

// Raises what the chosen source raises. The error names the side.
Task<> look_up_credentials(boost::asio::any_io_executor executor, Config config, BothCredentials& result);

}  // namespace s3dr::app
