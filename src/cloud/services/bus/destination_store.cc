#include "cloud/services/bus/destination_store.h"

#include "cloud/services/bus/event_rows.h"

namespace s3dr::services {
namespace {

EventConnection connection_at(const cloud::Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          row.text(4),
          Secret(row.text(5)),
          instant_of(row.integer(6)),
          instant_of(row.integer(7))};
}

ApiDestination destination_at(const cloud::Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          row.text(4),
          row.text(5),
          row.text(6),
          row.integer(7),
          instant_of(row.integer(8)),
          instant_of(row.integer(9))};
}

constexpr cloud::Rows<EventConnection> connection_rows = {
    "SELECT account, name, arn, description, header, value, created_ms, modified_ms FROM event_connection ",
    connection_at};
constexpr cloud::Rows<ApiDestination> destination_rows = {
    "SELECT account, name, arn, description, connection_arn, url, method, rate, created_ms, modified_ms FROM "
    "event_destination ",
    destination_at};

}  // namespace

const std::string_view destinations_schema = R"sql(
CREATE TABLE IF NOT EXISTS event_connection (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  arn TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  header TEXT NOT NULL,
  value TEXT NOT NULL,                          -- a secret
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  PRIMARY KEY (account, name)
);
CREATE TABLE IF NOT EXISTS event_destination (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  arn TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  connection_arn TEXT NOT NULL,
  url TEXT NOT NULL,
  method TEXT NOT NULL,
  rate INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,
  PRIMARY KEY (account, name)
);
)sql";

std::optional<EventConnection> find_connection(cloud::Connection& db, std::string_view account,
                                               std::string_view name) {
  return connection_rows.find(db, by_name, account, name);
}

std::optional<EventConnection> find_connection_by_arn(cloud::Connection& db, std::string_view arn) {
  return connection_rows.find(db, "WHERE arn = ?", arn);
}

std::vector<EventConnection> list_connections(cloud::Connection& db, std::string_view account,
                                              std::string_view prefix, std::string_view after,
                                              std::size_t limit) {
  return page_of_rows(connection_rows, db, account, prefix, after, limit);
}

void save_connection(cloud::Connection& db, const EventConnection& connection) {
  db.prepare("INSERT OR REPLACE INTO event_connection VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(connection.account, connection.name, connection.arn, connection.description, connection.header,
            connection.value.reveal(), column_of(connection.created), column_of(connection.modified))
      .run();
}

std::optional<ApiDestination> find_api_destination(cloud::Connection& db, std::string_view account,
                                                   std::string_view name) {
  return destination_rows.find(db, by_name, account, name);
}

std::optional<ApiDestination> find_api_destination_by_arn(cloud::Connection& db, std::string_view arn) {
  return destination_rows.find(db, "WHERE arn = ?", arn);
}

std::vector<ApiDestination> list_api_destinations(cloud::Connection& db, std::string_view account,
                                                  std::string_view prefix, std::string_view after,
                                                  std::size_t limit) {
  return page_of_rows(destination_rows, db, account, prefix, after, limit);
}

void save_api_destination(cloud::Connection& db, const ApiDestination& destination) {
  db.prepare("INSERT OR REPLACE INTO event_destination VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(destination.account, destination.name, destination.arn, destination.description,
            destination.connection_arn, destination.url, destination.method, destination.rate_per_second,
            column_of(destination.created), column_of(destination.modified))
      .run();
}

}  // namespace s3dr::services
