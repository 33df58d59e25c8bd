#include "cloud/store/identity_provider_store.h"

#include <boost/json.hpp>

namespace s3dr::cloud {
namespace {

namespace json = boost::json;

std::string list_json(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return json::serialize(list);
}

std::vector<std::string> from_list(const std::string& text) {
  std::vector<std::string> texts;
  for (const json::value& entry : json::parse(text).as_array()) texts.emplace_back(entry.as_string());
  return texts;
}

std::string tags_json(const std::map<std::string, std::string>& tags) {
  json::object object;
  for (const auto& [key, value] : tags) object[key] = value;
  return json::serialize(object);
}

constexpr std::string_view columns =
    "SELECT account, url, client_ids, thumbprints, tags, created_ms FROM iam_identity_provider ";

std::optional<IdentityProvider> next_row(Statement& row) {
  if (!row.step()) return std::nullopt;
  IdentityProvider provider;
  provider.account = s3::AccountId::parse(row.text(0));
  provider.url = row.text(1);
  provider.client_ids = from_list(row.text(2));
  provider.thumbprints = from_list(row.text(3));
  const json::value tags = json::parse(row.text(4));
  for (const auto& [key, value] : tags.as_object())
    provider.tags[std::string(key)] = std::string(value.as_string());
  provider.created = Instant(milliseconds(row.integer(5)));
  return provider;
}

}  // namespace

const std::string_view IdentityProviderStore::schema = R"sql(
CREATE TABLE IF NOT EXISTS iam_identity_provider (
  account TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, client_ids TEXT NOT NULL,
  thumbprints TEXT NOT NULL, tags TEXT NOT NULL, created_ms INTEGER NOT NULL,
  PRIMARY KEY (account, name)) WITHOUT ROWID;
)sql";

std::string IdentityProvider::name() const {
  return url.substr(url.find("://") + 3);
}

std::string IdentityProvider::arn() const {
  return "arn:aws:iam::" + account.text() + ":oidc-provider/" + name();
}

std::optional<IdentityProvider> IdentityProviderStore::find(const s3::AccountId& account,
                                                            std::string_view name) {
  auto row = connection_.prepare(std::string(columns) + "WHERE account = ? AND name = ?");
  row.bind(account.text(), name);
  return next_row(row);
}

std::vector<IdentityProvider> IdentityProviderStore::list(const s3::AccountId& account) {
  auto rows = connection_.prepare(std::string(columns) + "WHERE account = ? ORDER BY name");
  rows.bind(account.text());
  std::vector<IdentityProvider> result;
  while (auto provider = next_row(rows)) result.push_back(std::move(*provider));
  return result;
}

bool IdentityProviderStore::add(const IdentityProvider& provider) {
  ImmediateTransaction transaction(connection_);
  connection_.prepare("INSERT INTO iam_identity_provider VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(provider.account.text(), provider.name(), provider.url, list_json(provider.client_ids),
            list_json(provider.thumbprints), tags_json(provider.tags),
            provider.created.time_since_epoch().count())
      .run();
  const bool added = connection_.changed_rows() == 1;
  transaction.commit();
  return added;
}

bool IdentityProviderStore::update(const IdentityProvider& provider) {
  ImmediateTransaction transaction(connection_);
  connection_
      .prepare(
          "UPDATE iam_identity_provider SET client_ids = ?, thumbprints = ?, tags = ? WHERE account = ? AND "
          "name = ?")
      .bind(list_json(provider.client_ids), list_json(provider.thumbprints), tags_json(provider.tags),
            provider.account.text(), provider.name())
      .run();
  const bool found = connection_.changed_rows() == 1;
  transaction.commit();
  return found;
}

bool IdentityProviderStore::remove(const s3::AccountId& account, std::string_view name) {
  ImmediateTransaction transaction(connection_);
  connection_.prepare("DELETE FROM iam_identity_provider WHERE account = ? AND name = ?")
      .bind(account.text(), name)
      .run();
  const bool found = connection_.changed_rows() == 1;
  transaction.commit();
  return found;
}

}  // namespace s3dr::cloud
