// IAM's roles and their inline policies, in the global plane's database. The IAM service writes them; every
// region's process reads them (cloud/door/authorizer.h).
// Documents are kept as given: the writer has checked them.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "cloud/store/immediate_transaction.h"
#include "s3/names.h"

namespace s3dr::cloud {

struct Role {
  std::string id;  // "AROA…": never used again, so a role created again under the same name is another role
  s3::AccountId account;
  std::string name;
  std::string path = "/";
  std::string trust;  // the AssumeRolePolicyDocument
  std::string description;
  std::chrono::seconds session_max{3600};
  Instant created{};
  std::map<std::string, std::string> tags;

  std::string arn() const;  // "arn:aws:iam::111122223333:role/path/name"
};

// A new unique id as IAM writes it: `prefix` ("AROA") and 17 upper-case letters and digits.
std::string new_iam_id(Random& random, std::string_view prefix);

class RoleStore {
 public:
  static const std::string_view schema;
  explicit RoleStore(Connection& connection) : connection_(connection) {}

  std::optional<Role> find(const s3::AccountId& account, std::string_view name);
  // By its ARN, path included.
  std::optional<Role> find_by_arn(std::string_view arn);
  // At most `count` roles in order of name, with names after `after` and paths that start with `path_prefix`.
  std::vector<Role> list(const s3::AccountId& account, const std::string& path_prefix,
                         const std::string& after, std::size_t count);
  // Name → document.
  std::map<std::string, std::string> policies(const std::string& role_id);

  // Runs `change` in one transaction and returns its result once it is durable.
  // If `change` throws, the transaction is undone.
  template <class Change>
  auto change(Change change) {
    ImmediateTransaction transaction(connection_);
    if constexpr (std::is_void_v<decltype(change())>) {
      change();
      transaction.commit();
    } else {
      auto result = change();
      transaction.commit();
      return result;
    }
  }
  // These are called within change() only. False: there is already a role with that name, whatever its case.
  bool add(const Role& role);
  void update(const Role& role);  // everything except id, account, name, path and creation time
  void remove(const std::string& role_id);
  void put_policy(const std::string& role_id, const std::string& name, const std::string& document);
  bool remove_policy(const std::string& role_id, const std::string& name);  // false: there was none

 private:
  Connection& connection_;
};

}  // namespace s3dr::cloud
