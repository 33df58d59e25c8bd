#include "cloud/store/role_store.h"

#include <boost/json.hpp>

#include "aws/arn.h"

namespace s3dr::cloud {
namespace {

constexpr std::string_view columns =
    "SELECT id, account, name, path, trust, description, session_max_s, created_ms, tags FROM iam_role ";

std::string tags_json(const std::map<std::string, std::string>& tags) {
  boost::json::object object;
  for (const auto& [key, value] : tags) object[key] = value;
  return boost::json::serialize(object);
}

std::optional<Role> next_row(Statement& row) {
  if (!row.step()) return std::nullopt;
  Role role;
  role.id = row.text(0);
  role.account = s3::AccountId::parse(row.text(1));
  role.name = row.text(2);
  role.path = row.text(3);
  role.trust = row.text(4);
  role.description = row.text(5);
  role.session_max = std::chrono::seconds(row.integer(6));
  role.created = Instant(milliseconds(row.integer(7)));
  const boost::json::value tags = boost::json::parse(row.text(8));
  for (const auto& [key, value] : tags.as_object())
    role.tags[std::string(key)] = std::string(value.as_string());
  return role;
}

}  // namespace

const std::string_view RoleStore::schema = R"sql(
CREATE TABLE IF NOT EXISTS iam_role (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,
  trust TEXT NOT NULL, description TEXT NOT NULL, session_max_s INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  tags TEXT NOT NULL, UNIQUE (account, name));
CREATE TABLE IF NOT EXISTS iam_role_policy (
  role TEXT NOT NULL REFERENCES iam_role(id), name TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (role, name)) WITHOUT ROWID;
)sql";

std::string Role::arn() const {
  return aws::role_arn("aws", account.text(), path.substr(1) + name);
}

std::string new_iam_id(Random& random, std::string_view prefix) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  constexpr int length = 17;
  std::string id(prefix);
  for (int i = 0; i < length; ++i) id += letters[random.below(letters.size())];
  return id;
}

std::optional<Role> RoleStore::find(const s3::AccountId& account, std::string_view name) {
  auto row = connection_.prepare(std::string(columns) + "WHERE account = ? AND name = ?");
  row.bind(account.text(), name);
  return next_row(row);
}

std::optional<Role> RoleStore::find_by_arn(std::string_view arn) {
  const auto parsed = aws::parse_arn(arn);
  if (!parsed || !aws::is_role_arn(arn)) return std::nullopt;
  auto role =
      find(s3::AccountId::parse(parsed->account), parsed->resource.substr(parsed->resource.rfind('/') + 1));
  if (role && role->arn() != arn) role.reset();
  return role;
}

std::vector<Role> RoleStore::list(const s3::AccountId& account, const std::string& path_prefix,
                                  const std::string& after, std::size_t count) {
  auto rows = connection_.prepare(std::string(columns) +
                                  "WHERE account = ? AND name > ? AND substr(path, 1, length(?)) = ? "
                                  "ORDER BY name LIMIT ?");
  rows.bind(account.text(), after, path_prefix, path_prefix, count);
  std::vector<Role> result;
  while (auto role = next_row(rows)) result.push_back(std::move(*role));
  return result;
}

std::map<std::string, std::string> RoleStore::policies(const std::string& role_id) {
  auto rows = connection_.prepare("SELECT name, document FROM iam_role_policy WHERE role = ?");
  rows.bind(role_id);
  std::map<std::string, std::string> result;
  while (rows.step()) result[rows.text(0)] = rows.text(1);
  return result;
}

bool RoleStore::add(const Role& role) {
  connection_.prepare("INSERT INTO iam_role VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(role.id, role.account.text(), role.name, role.path, role.trust, role.description,
            role.session_max.count(), role.created.time_since_epoch().count(), tags_json(role.tags))
      .run();
  return connection_.changed_rows() == 1;
}

void RoleStore::update(const Role& role) {
  connection_
      .prepare("UPDATE iam_role SET trust = ?, description = ?, session_max_s = ?, tags = ? WHERE id = ?")
      .bind(role.trust, role.description, role.session_max.count(), tags_json(role.tags), role.id)
      .run();
}

void RoleStore::remove(const std::string& role_id) {
  connection_.prepare("DELETE FROM iam_role WHERE id = ?").bind(role_id).run();
}

void RoleStore::put_policy(const std::string& role_id, const std::string& name, const std::string& document) {
  connection_
      .prepare(
          "INSERT INTO iam_role_policy VALUES (?, ?, ?) ON CONFLICT (role, name) DO UPDATE SET "
          "document = excluded.document")
      .bind(role_id, name, document)
      .run();
}

bool RoleStore::remove_policy(const std::string& role_id, const std::string& name) {
  connection_.prepare("DELETE FROM iam_role_policy WHERE role = ? AND name = ?").bind(role_id, name).run();
  return connection_.changed_rows() == 1;
}

}  // namespace s3dr::cloud
