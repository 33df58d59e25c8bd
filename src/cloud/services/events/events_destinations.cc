// Connections and API destinations: where events go over HTTP, and the secret that goes with them.
#include <algorithm>
#include <cctype>
#include <utility>

#include "cloud/services/bus/destination_store.h"
#include "cloud/services/bus/events_store.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/json_pages.h"
#include "cloud/services/common/service_ids.h"
#include "cloud/services/events/events_operations.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using cloud::RegionContext;
using cloud::ServiceRequest;

constexpr std::size_t text_max = 512;
constexpr std::size_t url_max = 2048;
constexpr std::int64_t rate_max = 300;

std::string description_of(const json::object& given) {
  std::string text = optional_text(given, "Description").value_or("");
  if (text.size() > text_max) refuse_value("Description is longer than 512 characters.");
  return text;
}

void refuse_existing(const std::string& what) {
  throw ServiceError{"ResourceAlreadyExistsException", what + " already exists.", 400};
}

bool is_header_name(const std::string& text) {
  return !text.empty() && text.size() <= text_max && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_header_value(const std::string& text) {
  return !text.empty() && text.size() <= text_max &&
         std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

EventConnection connection_of(RegionContext& region, const ServiceRequest& request,
                              const json::object& given) {
  refuse_other_fields(given, {"Name", "Description", "AuthorizationType", "AuthParameters"},
                      "CreateConnection");
  EventConnection connection;
  connection.account = request.caller.account.text();
  connection.name = require_name(given);
  connection.description = description_of(given);
  const std::string type = require_text(given, "AuthorizationType");
  if (type != "API_KEY") refuse_unsupported("The authorization type " + type);
  const json::object* parameters = optional_object(given, "AuthParameters");
  if (parameters == nullptr) refuse_value("AuthParameters is required.");
  refuse_other_fields(*parameters, {"ApiKeyAuthParameters"}, "AuthParameters");
  const json::object* key = optional_object(*parameters, "ApiKeyAuthParameters");
  if (key == nullptr) refuse_value("AuthParameters.ApiKeyAuthParameters is required.");
  connection.header = require_text(*key, "ApiKeyName");
  connection.value = Secret(require_text(*key, "ApiKeyValue"));
  if (!is_header_name(connection.header)) refuse_value("ApiKeyName is no name of a header.");
  if (!is_header_value(connection.value.reveal())) refuse_value("ApiKeyValue is no value of a header.");
  connection.arn = events_arn(region.options.region, connection.account,
                              "connection/" + connection.name + "/" + new_uuid(region.random));
  connection.created = connection.modified = region.clock.now();
  return connection;
}

json::object summary(const EventConnection& connection) {
  return {{"ConnectionArn", connection.arn},
          {"ConnectionState", "AUTHORIZED"},
          {"CreationTime", epoch_seconds(connection.created)},
          {"LastModifiedTime", epoch_seconds(connection.modified)},
          {"LastAuthorizedTime", epoch_seconds(connection.modified)}};
}

Task<json::value> create_connection(RegionContext& region, const ServiceRequest& request,
                                    const json::object& given) {
  const EventConnection connection = connection_of(region, request, given);
  co_await region.database.write([&](cloud::Connection& db) {
    if (find_connection(db, connection.account, connection.name))
      refuse_existing("Connection " + connection.name);
    save_connection(db, connection);
  });
  json::object shown = summary(connection);
  shown.erase("LastAuthorizedTime");  // the service model has it in every other answer
  co_return shown;
}

EventConnection require_connection(cloud::Connection& db, const ServiceRequest& request,
                                   const json::object& given) {
  const std::string name = require_name(given);
  auto connection = find_connection(db, request.caller.account.text(), name);
  if (!connection) refuse_missing("Connection '" + name + "'");
  return std::move(*connection);
}

Task<json::value> describe_connection(RegionContext& region, const ServiceRequest& request,
                                      const json::object& given) {
  const EventConnection connection = require_connection(region.database.reader(), request, given);
  json::object shown = summary(connection);
  shown["Name"] = connection.name;
  if (!connection.description.empty()) shown["Description"] = connection.description;
  shown["AuthorizationType"] = "API_KEY";
  shown["AuthParameters"] = {{"ApiKeyAuthParameters", {{"ApiKeyName", connection.header}}}};
  co_return shown;
}

Task<json::value> delete_connection(RegionContext& region, const ServiceRequest& request,
                                    const json::object& given) {
  const EventConnection connection = co_await region.database.write([&](cloud::Connection& db) {
    EventConnection found = require_connection(db, request, given);
    db.prepare("DELETE FROM event_connection WHERE arn = ?").bind(found.arn).run();
    return found;
  });
  json::object shown = summary(connection);
  shown["ConnectionState"] = "DELETING";
  co_return shown;
}

Task<json::value> list_connections_page(RegionContext& region, const ServiceRequest& request,
                                        const json::object& given) {
  const Page page = page_of(given);
  const auto found =
      list_connections(region.database.reader(), request.caller.account.text(),
                       optional_text(given, "NamePrefix").value_or(""), page.after, page.rows_wanted());
  const auto show = [](json::array& list, const EventConnection& connection) {
    json::object one = summary(connection);
    one["Name"] = connection.name;
    one["AuthorizationType"] = "API_KEY";
    list.push_back(std::move(one));
  };
  co_return answer_page("Connections", found, page, show,
                        [](const EventConnection& connection) { return connection.name; });
}

// As on AWS only https is allowed, except for this machine: the embedded cloud is for trying things out.
void check_url(const std::string& url) {
  const bool local = url.starts_with("http://127.0.0.1") || url.starts_with("http://localhost") ||
                     url.starts_with("http://[::1]");
  if (!url.starts_with("https://") && !local)
    refuse_value("InvocationEndpoint must be an https URL (http only for this machine).");
  if (url.size() > url_max) refuse_value("InvocationEndpoint is longer than 2048 characters.");
  if (url.find('*') != std::string::npos) refuse_unsupported("A path parameter in InvocationEndpoint");
  if (std::ranges::any_of(url, [](unsigned char c) { return c <= 0x20 || c >= 0x7f || c == '#'; }))
    refuse_value("InvocationEndpoint is no URL.");
  const std::size_t path = std::min(url.find_first_of("/?", url.find("://") + 3), url.size());
  try {
    Endpoint::parse(url.substr(0, path));
  } catch (const Error& error) {
    refuse_value("InvocationEndpoint is no URL: " + error.message());
  }
}

// Sets the given fields. The others stay.
void take_fields(const json::object& given, ApiDestination& destination) {
  if (given.contains("Description")) destination.description = description_of(given);
  if (const auto arn = optional_text(given, "ConnectionArn")) destination.connection_arn = *arn;
  if (const auto url = optional_text(given, "InvocationEndpoint")) {
    check_url(*url);
    destination.url = *url;
  }
  if (const auto method = optional_text(given, "HttpMethod")) {
    constexpr std::string_view methods[] = {"POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"};
    if (std::ranges::find(methods, *method) == std::end(methods)) refuse_value("HttpMethod is not valid.");
    if (*method != "POST" && *method != "PUT" && *method != "PATCH")
      refuse_unsupported("The HTTP method " + *method);
    destination.method = *method;
  }
  if (const auto rate = optional_integer(given, "InvocationRateLimitPerSecond")) {
    if (*rate < 1 || *rate > rate_max)
      refuse_value("InvocationRateLimitPerSecond must be between 1 and 300.");
    destination.rate_per_second = *rate;
  }
}

void check_connection(cloud::Connection& db, const ApiDestination& destination) {
  const auto connection = find_connection_by_arn(db, destination.connection_arn);
  if (!connection || connection->account != destination.account)
    refuse_missing("Connection '" + destination.connection_arn + "'");
}

json::object summary(const ApiDestination& destination, bool active) {
  return {{"ApiDestinationArn", destination.arn},
          {"ApiDestinationState", active ? "ACTIVE" : "INACTIVE"},
          {"CreationTime", epoch_seconds(destination.created)},
          {"LastModifiedTime", epoch_seconds(destination.modified)}};
}

json::object describe(cloud::Connection& db, const ApiDestination& destination) {
  json::object shown =
      summary(destination, find_connection_by_arn(db, destination.connection_arn).has_value());
  shown["Name"] = destination.name;
  shown["ConnectionArn"] = destination.connection_arn;
  shown["InvocationEndpoint"] = destination.url;
  shown["HttpMethod"] = destination.method;
  shown["InvocationRateLimitPerSecond"] = destination.rate_per_second;
  return shown;
}

Task<json::value> create_api_destination(RegionContext& region, const ServiceRequest& request,
                                         const json::object& given) {
  refuse_other_fields(given,
                      {"Name", "Description", "ConnectionArn", "InvocationEndpoint", "HttpMethod",
                       "InvocationRateLimitPerSecond"},
                      "CreateApiDestination");
  ApiDestination destination;
  destination.account = request.caller.account.text();
  destination.name = require_name(given);
  for (const char* field : {"ConnectionArn", "InvocationEndpoint", "HttpMethod"}) require_text(given, field);
  take_fields(given, destination);
  destination.arn = events_arn(region.options.region, destination.account,
                               "api-destination/" + destination.name + "/" + new_uuid(region.random));
  destination.created = destination.modified = region.clock.now();
  co_await region.database.write([&](cloud::Connection& db) {
    if (find_api_destination(db, destination.account, destination.name))
      refuse_existing("An api-destination '" + destination.name + "'");
    check_connection(db, destination);
    save_api_destination(db, destination);
  });
  co_return summary(destination, true);
}

ApiDestination require_destination(cloud::Connection& db, const ServiceRequest& request,
                                   const json::object& given) {
  const std::string name = require_name(given);
  auto destination = find_api_destination(db, request.caller.account.text(), name);
  if (!destination) refuse_missing("An api-destination '" + name + "'");
  return std::move(*destination);
}

Task<json::value> update_api_destination(RegionContext& region, const ServiceRequest& request,
                                         const json::object& given) {
  refuse_other_fields(given,
                      {"Name", "Description", "ConnectionArn", "InvocationEndpoint", "HttpMethod",
                       "InvocationRateLimitPerSecond"},
                      "UpdateApiDestination");
  const Instant now = region.clock.now();
  const ApiDestination updated = co_await region.database.write([&](cloud::Connection& db) {
    ApiDestination destination = require_destination(db, request, given);
    take_fields(given, destination);
    destination.modified = now;
    check_connection(db, destination);
    save_api_destination(db, destination);
    return destination;
  });
  region.wake_events();
  co_return summary(updated, true);
}

Task<json::value> describe_api_destination(RegionContext& region, const ServiceRequest& request,
                                           const json::object& given) {
  cloud::Connection& db = region.database.reader();
  const ApiDestination destination = require_destination(db, request, given);
  json::object shown = describe(db, destination);
  if (!destination.description.empty()) shown["Description"] = destination.description;
  co_return shown;
}

Task<json::value> delete_api_destination(RegionContext& region, const ServiceRequest& request,
                                         const json::object& given) {
  co_await region.database.write([&](cloud::Connection& db) {
    const ApiDestination destination = require_destination(db, request, given);
    db.prepare("DELETE FROM event_destination WHERE arn = ?").bind(destination.arn).run();
  });
  co_return json::object();
}

Task<json::value> list_api_destinations_page(RegionContext& region, const ServiceRequest& request,
                                             const json::object& given) {
  const Page page = page_of(given);
  cloud::Connection& db = region.database.reader();
  const auto found =
      list_api_destinations(db, request.caller.account.text(),
                            optional_text(given, "NamePrefix").value_or(""), page.after, page.rows_wanted());
  const std::string connection = optional_text(given, "ConnectionArn").value_or("");
  const auto show = [&](json::array& list, const ApiDestination& destination) {
    if (connection.empty() || destination.connection_arn == connection)
      list.push_back(describe(db, destination));
  };
  co_return answer_page("ApiDestinations", found, page, show,
                        [](const ApiDestination& destination) { return destination.name; });
}

}  // namespace

JsonHandlers destination_operations() {
  return {{"CreateConnection", create_connection},
          {"DescribeConnection", describe_connection},
          {"DeleteConnection", delete_connection},
          {"ListConnections", list_connections_page},
          {"CreateApiDestination", create_api_destination},
          {"UpdateApiDestination", update_api_destination},
          {"DescribeApiDestination", describe_api_destination},
          {"DeleteApiDestination", delete_api_destination},
          {"ListApiDestinations", list_api_destinations_page}};
}

}  // namespace s3dr::services
