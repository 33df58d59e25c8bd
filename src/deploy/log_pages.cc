#include "deploy/log_pages.h"

#include <boost/json.hpp>
#include <utility>

#include "deploy/resources/json_access.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {

namespace json = boost::json;

Task<std::optional<std::vector<LogLine>>> LogPages::next() {
  if (over_) co_return std::nullopt;
  ServiceCalls calls(client_);
  json::object body{{"logGroupName", log_group_},
                    {"startTime", since_.time_since_epoch().count()},
                    {"filterPattern", filter_}};
  if (!token_.empty()) body["nextToken"] = token_;
  const auto page = co_await calls.json_if_found(logs_service, "FilterLogEvents", std::move(body));
  if (!page) {
    over_ = true;
    co_return std::nullopt;
  }
  token_ = text_at(*page, {"nextToken"});
  over_ = token_.empty();
  std::vector<LogLine> lines;
  for (const json::value& event : list_at(*page, {"events"}))
    lines.push_back({text_at(event, {"message"}), Instant{milliseconds(number_at(event, {"timestamp"}))}});
  co_return lines;
}

}  // namespace s3dr::deploy
