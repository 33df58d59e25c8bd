// The tables of EventBridge's API destinations and their connections: where events leave the region over HTTP, and
// with which secret. Every function runs within the caller's transaction or on the
// reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "cloud/store/database.h"

namespace s3dr::services {

extern const std::string_view destinations_schema;

struct EventConnection {
  std::string account, name, arn, description;
  std::string header;  // ApiKeyName
  Secret value;        // ApiKeyValue; it is sent to the endpoint and nowhere else
  Instant created{}, modified{};
};

struct ApiDestination {
  std::string account, name, arn, description, connection_arn, url, method;
  std::int64_t rate_per_second = 300;
  Instant created{}, modified{};
};

std::optional<EventConnection> find_connection(cloud::Connection& db, std::string_view account,
                                               std::string_view name);
std::optional<EventConnection> find_connection_by_arn(cloud::Connection& db, std::string_view arn);
std::vector<EventConnection> list_connections(cloud::Connection& db, std::string_view account,
                                              std::string_view prefix, std::string_view after,
                                              std::size_t limit);
void save_connection(cloud::Connection& db, const EventConnection& connection);

std::optional<ApiDestination> find_api_destination(cloud::Connection& db, std::string_view account,
                                                   std::string_view name);
std::optional<ApiDestination> find_api_destination_by_arn(cloud::Connection& db, std::string_view arn);
std::vector<ApiDestination> list_api_destinations(cloud::Connection& db, std::string_view account,
                                                  std::string_view prefix, std::string_view after,
                                                  std::size_t limit);
void save_api_destination(cloud::Connection& db, const ApiDestination& destination);

}  // namespace s3dr::services
