// IAM's roles and their inline policies, in the global plane's database: every region's process reads them
// (cloud/door/authorizer.h), the IAM service writes them. Documents are kept as given; who writes them has checked
// them.
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
  std::string id;  // "AROA…": never used again, so a role made anew is another one
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

// What IAM's unique ids look like: "AROA" and 17 upper-case letters and digits.
std::string new_iam_id(Random& random, std::string_view prefix);

class RoleStore {
 public:
  static const std::string_view schema;
  explicit RoleStore(Connection& connection) : connection_(connection) {}

  std::optional<Role> find(const s3::AccountId& account, std::string_view name);
  // By its ARN, path included.
  std::optional<Role> find_by_arn(std::string_view arn);
  // Names in their order, after `after`, whose path starts with `path_prefix`; at most `count`.
  std::vector<Role> list(const s3::AccountId& account, const std::string& path_prefix,
                         const std::string& after, std::size_t count);
  // Name → document.
  std::map<std::string, std::string> policies(const std::string& role_id);

  // Runs a change in one transaction, undone when it throws; returns its result once that is durable.
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
  // Within change() only. False: there is a role of that name already; case makes no difference.
  bool add(const Role& role);
  void update(const Role& role);  // all but id, account, name, path and time
  void remove(const std::string& role_id);
  void put_policy(const std::string& role_id, const std::string& name, const std::string& document);
  bool remove_policy(const std::string& role_id, const std::string& name);  // false: there was none

 private:
  Connection& connection_;
};

}  // namespace s3dr::cloud
