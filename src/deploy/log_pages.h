// The lines of a log group that match a filter, page by page, oldest first. For `deploy status` and for the self-test.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "client/services/service_client.h"

namespace s3dr::deploy {

struct LogLine {
  std::string text;
  Instant at{};  // when the log service got it
};

class LogPages {
 public:
  // `client` outlives this. `filter`: a pattern of CloudWatch Logs.
  LogPages(client::ServiceClient& client, std::string log_group, Instant since, std::string filter)
      : client_(client), log_group_(std::move(log_group)), since_(since), filter_(std::move(filter)) {}

  // A page may be empty although others follow. nullopt: there is no further page, or no such log group. Raises what
  // the service answers; then the same page may be asked for again.
  Task<std::optional<std::vector<LogLine>>> next();

 private:
  client::ServiceClient& client_;
  std::string log_group_;
  Instant since_;
  std::string filter_, token_;
  bool over_ = false;
};

}  // namespace s3dr::deploy
