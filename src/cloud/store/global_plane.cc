#include "cloud/store/global_plane.h"

#include <utility>

#include "cloud/store/apply_schema.h"
#include "cloud/store/database.h"
#include "cloud/store/immediate_transaction.h"

namespace s3dr::cloud {
namespace {

constexpr std::string_view schema = R"sql(
CREATE TABLE IF NOT EXISTS bucket_owner (
  name TEXT PRIMARY KEY, region TEXT NOT NULL, account TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS access_key (id TEXT PRIMARY KEY, secret TEXT NOT NULL, account TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS session (
  id TEXT PRIMARY KEY, secret TEXT NOT NULL, token TEXT NOT NULL, account TEXT NOT NULL, role_name TEXT NOT NULL,
  role_id TEXT NOT NULL, session_name TEXT NOT NULL, expires_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS session_end ON session (expires_ms);
CREATE TABLE IF NOT EXISTS installation (name TEXT PRIMARY KEY, value TEXT NOT NULL);
)sql";

}  // namespace

struct GlobalPlane::State {
  explicit State(Storage& storage) : connection(storage.open_database()) {
    ImmediateTransaction transaction(connection);
    apply_schema(connection, std::string(schema)
                                 .append(RoleStore::schema)
                                 .append(IdentityProviderStore::schema)
                                 .append(SharedTrailStore::schema));
    transaction.commit();
    trails.emplace(storage.open_database());
  }
  Connection connection;
  RoleStore roles{connection};
  IdentityProviderStore identity_providers{connection};
  std::optional<SharedTrailStore> trails;
};

GlobalPlane::GlobalPlane(Storage& storage) : state_(std::make_unique<State>(storage)) {}
GlobalPlane::~GlobalPlane() = default;

SharedTrailStore& GlobalPlane::trails() {
  return *state_->trails;
}

IdentityProviderStore& GlobalPlane::identity_providers() {
  return state_->identity_providers;
}

RoleStore& GlobalPlane::roles() {
  return state_->roles;
}

std::optional<BucketOwner> GlobalPlane::find_bucket(const s3::BucketName& bucket) {
  auto row = state_->connection.prepare("SELECT region, account FROM bucket_owner WHERE name = ?");
  row.bind(bucket.text());
  if (!row.step()) return std::nullopt;
  return BucketOwner{s3::Region::parse(row.text(0)), s3::AccountId::parse(row.text(1))};
}

namespace {

// Rows of (name, region, account, created_ms).
std::vector<ClaimedBucket> claims_in(Statement rows) {
  std::vector<ClaimedBucket> result;
  while (rows.step()) {
    result.push_back({s3::BucketName::parse(rows.text(0)),
                      {s3::Region::parse(rows.text(1)), s3::AccountId::parse(rows.text(2))},
                      Instant(milliseconds(rows.integer(3)))});
  }
  return result;
}

}  // namespace

std::vector<ClaimedBucket> GlobalPlane::find_buckets(const s3::Region& region) {
  auto rows = state_->connection.prepare(
      "SELECT name, region, account, created_ms FROM bucket_owner WHERE region = ? ORDER BY name");
  rows.bind(region.text());
  return claims_in(std::move(rows));
}

std::vector<ClaimedBucket> GlobalPlane::find_buckets_elsewhere(const s3::Region& region,
                                                               const ClaimFilter& filter) {
  auto rows = state_->connection.prepare(
      "SELECT name, region, account, created_ms FROM bucket_owner WHERE region <> ? AND account = ? AND ? IN "
      "('', region) "
      "AND name > ? AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?");
  rows.bind(region.text(), filter.account.text(), filter.region, filter.after, filter.prefix, filter.prefix,
            filter.count_max);
  return claims_in(std::move(rows));
}

bool GlobalPlane::claim_bucket(const s3::BucketName& bucket, const BucketOwner& owner, Instant created) {
  ImmediateTransaction transaction(state_->connection);
  state_->connection.prepare("INSERT INTO bucket_owner VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(bucket.text(), owner.region.text(), owner.account.text(), created.time_since_epoch().count())
      .run();
  const bool claimed = state_->connection.changed_rows() == 1;
  transaction.commit();
  return claimed;
}

void GlobalPlane::release_bucket(const s3::BucketName& bucket, const BucketOwner& owner) {
  ImmediateTransaction transaction(state_->connection);
  state_->connection.prepare("DELETE FROM bucket_owner WHERE name = ? AND region = ? AND account = ?")
      .bind(bucket.text(), owner.region.text(), owner.account.text())
      .run();
  transaction.commit();
}

void GlobalPlane::add_account(const s3::AccountId& account) {
  ImmediateTransaction transaction(state_->connection);
  state_->connection.prepare("INSERT INTO account VALUES (?) ON CONFLICT DO NOTHING")
      .bind(account.text())
      .run();
  transaction.commit();
}

void GlobalPlane::add_access_key(const AccessKey& key) {
  ImmediateTransaction transaction(state_->connection);
  state_->connection.prepare("INSERT OR REPLACE INTO access_key VALUES (?, ?, ?)")
      .bind(key.access_key_id, key.secret_access_key.reveal(), key.account.text())
      .run();
  transaction.commit();
}

std::optional<AccessKey> GlobalPlane::find_access_key(const std::string& access_key_id) {
  auto row = state_->connection.prepare("SELECT secret, account FROM access_key WHERE id = ?");
  row.bind(access_key_id);
  if (row.step()) {
    AccessKey key;
    key.access_key_id = access_key_id;
    key.secret_access_key = Secret(row.text(0));
    key.account = s3::AccountId::parse(row.text(1));
    return key;
  }
  auto session = state_->connection.prepare(
      "SELECT secret, token, account, role_name, role_id, session_name, expires_ms FROM session WHERE id = "
      "?");
  session.bind(access_key_id);
  if (!session.step()) return std::nullopt;
  return AccessKey{access_key_id,
                   Secret(session.text(0)),
                   s3::AccountId::parse(session.text(2)),
                   Secret(session.text(1)),
                   session.text(3),
                   session.text(4),
                   session.text(5),
                   Instant(milliseconds(session.integer(6)))};
}

void GlobalPlane::add_session(const AccessKey& key, Instant now) {
  constexpr milliseconds kept_after_end = std::chrono::hours(24);
  ImmediateTransaction transaction(state_->connection);
  state_->connection.prepare("DELETE FROM session WHERE expires_ms < ?")
      .bind((now - kept_after_end).time_since_epoch().count())
      .run();
  state_->connection.prepare("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(key.access_key_id, key.secret_access_key.reveal(), key.session_token.reveal(), key.account.text(),
            key.role_name, key.role_id, key.session_name, key.expires.value().time_since_epoch().count())
      .run();
  transaction.commit();
}

std::vector<s3::AccountId> GlobalPlane::accounts() {
  std::vector<s3::AccountId> result;
  auto rows = state_->connection.prepare("SELECT id FROM account ORDER BY id");
  while (rows.step()) result.push_back(s3::AccountId::parse(rows.text(0)));
  return result;
}

Secret GlobalPlane::replication_key(Random& random) {
  ImmediateTransaction transaction(state_->connection);
  state_->connection.prepare("INSERT INTO installation VALUES ('replication_key', ?) ON CONFLICT DO NOTHING")
      .bind(random.hex(64))
      .run();
  std::string key;
  {
    auto row = state_->connection.prepare("SELECT value FROM installation WHERE name = 'replication_key'");
    if (row.step()) key = row.text(0);
  }
  transaction.commit();
  return Secret(std::move(key));
}

}  // namespace s3dr::cloud
