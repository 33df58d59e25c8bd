// What every account of the installation has from the start:
// - a rule "s3dr-serve" with an API destination and a connection: they bring the management events of S3 to
//   `s3dr serve`
// - with RegionOptions::makes_trail, a trail that is logging: without one no events flow
// It is made once. What the owner changes, disables or deletes afterwards stays that way.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "cloud/store/context.h"
#include "cloud/store/database.h"

namespace s3dr::services {

inline constexpr std::string_view serve_rule_name = "s3dr-serve";
inline constexpr std::string_view default_trail_name = "s3dr-default";

// Call inside Database::write, before an account's rules are read. May be repeated.
// If the installation's address of `s3dr serve` or its secret has changed, the API destination is updated,
// unless its owner has changed it.
void install_defaults(cloud::Connection& db, const cloud::RegionOptions& options, const std::string& account,
                      Instant now);

// The same as a task: once for each account, run of the region and address of `s3dr serve`.
class Defaults {
 public:
  explicit Defaults(cloud::RegionContext& region) : region_(region) {}
  Task<> ensure(std::string account);
  Task<> ensure_all();
  // The address of `s3dr serve` has changed since ensure_all().
  bool outdated() const { return region_.options.event_endpoint != served_; }

 private:
  cloud::RegionContext& region_;
  std::set<std::string> done_;  // with this address:
  std::optional<Endpoint> served_ = region_.options.event_endpoint;
};

}  // namespace s3dr::services
