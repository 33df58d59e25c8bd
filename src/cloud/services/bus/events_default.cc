#include "cloud/services/bus/events_default.h"

#include "cloud/services/bus/cloudtrail_store.h"
#include "cloud/services/bus/destination_store.h"
#include "cloud/services/bus/events_store.h"

namespace s3dr::services {
namespace {

constexpr std::string_view secret_header = "x-s3dr-event-secret";
constexpr std::string_view serve_pattern =
    R"({"source":["aws.s3"],"detail-type":["AWS API Call via CloudTrail"]})";

std::string resource(std::string_view kind, const s3::Region& region, const std::string& account) {
  const std::string name(serve_rule_name);
  return std::string(kind) + "/" + name + "/" +
         uuid_of(std::string(kind) + "|" + region.text() + "|" + account + "|" + name);
}

void install_serve_rule(cloud::Connection& db, const cloud::RegionOptions& options,
                        const std::string& account, const std::string& url, Instant now) {
  const std::string name(serve_rule_name);
  // If something with that name exists, its owner made it on purpose.
  if (find_rule(db, account, name) || find_connection(db, account, name) ||
      find_api_destination(db, account, name))
    return;
  EventConnection connection;
  connection.account = account;
  connection.name = name;
  connection.arn = events_arn(options.region, account, resource("connection", options.region, account));
  connection.description = "the secret with which s3dr serve knows the senders of events";
  connection.header = secret_header;
  connection.value = options.event_secret;
  connection.created = connection.modified = now;
  save_connection(db, connection);

  ApiDestination destination;
  destination.account = account;
  destination.name = name;
  destination.arn = events_arn(options.region, account, resource("api-destination", options.region, account));
  destination.description = "s3dr serve of this installation";
  destination.connection_arn = connection.arn;
  destination.url = url;
  destination.method = "POST";
  destination.created = destination.modified = now;
  save_api_destination(db, destination);

  EventRule rule;
  rule.account = account;
  rule.name = name;
  rule.arn = events_arn(options.region, account, "rule/" + name);
  rule.description = "Management events of S3 to s3dr serve; comes with the installation";
  rule.pattern = serve_pattern;
  save_rule(db, rule);
  const EventTarget target{"s3dr-serve", destination.arn, {{"Id", "s3dr-serve"}, {"Arn", destination.arn}}};
  save_target(db, find_rule(db, account, name)->id, target);
}

// Moves the API destination to the new address, if it still has the address that we wrote.
void follow_serve(cloud::Connection& db, const cloud::RegionOptions& options, const std::string& account,
                  const std::string& written, const std::string& url, Instant now) {
  auto destination = find_api_destination(db, account, serve_rule_name);
  if (!destination || destination->url != written) return;
  auto connection = find_connection_by_arn(db, destination->connection_arn);
  if (connection && connection->name == serve_rule_name && connection->header == secret_header &&
      connection->value.reveal() != options.event_secret.reveal()) {
    connection->value = options.event_secret;
    connection->modified = now;
    save_connection(db, *connection);
  }
  if (destination->url == url) return;
  destination->url = url;
  destination->modified = now;
  save_api_destination(db, *destination);
}

}  // namespace

void install_defaults(cloud::Connection& db, const cloud::RegionOptions& options, const std::string& account,
                      Instant now) {
  const std::string url = options.event_endpoint ? options.event_endpoint->url() + options.event_path : "";
  std::optional<std::string> written;
  {
    auto row = db.prepare("SELECT url FROM event_account WHERE account = ?");
    row.bind(account);
    if (row.step()) written = row.text(0);
  }
  if (!written && options.makes_trail) install_trail(db, options.region, account, default_trail_name, now);
  if (written.value_or("").empty()) {
    if (!url.empty()) install_serve_rule(db, options, account, url, now);
  } else if (!url.empty()) {
    follow_serve(db, options, account, *written, url, now);
  }
  if (written && (*written == url || url.empty())) return;
  db.prepare("INSERT OR REPLACE INTO event_account (account, url) VALUES (?, ?)").bind(account, url).run();
}

Task<> Defaults::ensure(std::string account) {
  if (outdated()) {
    done_.clear();
    served_ = region_.options.event_endpoint;
  }
  if (done_.contains(account)) co_return;
  const Instant now = region_.clock.now();
  co_await region_.database.write(
      [&](cloud::Connection& db) { install_defaults(db, region_.options, account, now); });
  done_.insert(account);
}

Task<> Defaults::ensure_all() {
  for (const s3::AccountId& account : region_.global.accounts()) co_await ensure(account.text());
}

}  // namespace s3dr::services
