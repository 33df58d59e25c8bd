// The trails that a region sees. As on AWS, they decide whether the management events of S3 reach the event bus
// of their account. A trail of several regions lies in the global plane (cloud/store/shared_trail_store.h) and
// counts in each of them. Not here: log files. None are written to a trail's bucket, and GetTrailStatus says so.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/store/context.h"
#include "cloud/store/database.h"

namespace s3dr::services {

extern const std::string_view cloudtrail_schema;

struct Trail {
  std::string account, name, arn;
  boost::json::object settings;   // S3BucketName and similar fields, as DescribeTrails shows them
  boost::json::object selectors;  // {"EventSelectors": […]} or {"AdvancedEventSelectors": […]}
  boost::json::object tags;
  bool logging = false;
  bool management_writes = true;  // the selectors include management writes
  std::optional<Instant> started, stopped;

  bool of_several_regions() const;
  bool of_organization() const;     // seen by every account of this cloud, changed by its own alone
  std::string home_region() const;  // where it was made, and where alone it can be changed
};

std::string trail_arn(const s3::Region& region, std::string_view account, std::string_view name);
boost::json::object default_selectors();

class Trails {
 public:
  Trails(cloud::Connection& db, cloud::RegionContext& region) : db_(db), region_(region) {}

  // By ARN, or by the name of an own trail whose home this region is.
  std::optional<Trail> find(std::string_view account, std::string_view name);
  // Those of this region, those of several regions, and those of other accounts for the whole organization.
  std::vector<Trail> list(std::string_view account);
  // Call it inside Database::write, and settle() after that write. A run that ends between the two leaves the
  // trail what it was before, or what it is to be.
  void save(const Trail& trail);
  // A trail that is of one region from now on leaves the global plane.
  void settle(const Trail& trail);
  void remove(const Trail& trail);
  // True: at least one trail of the account is logging management writes.
  bool events_flow(std::string_view account);

 private:
  std::vector<Trail> shared(std::string_view account);
  cloud::Connection& db_;
  cloud::RegionContext& region_;
};

// Adds a trail of one region that is logging, if there is none of that name (events_default.h).
void install_trail(cloud::Connection& db, const s3::Region& region, const std::string& account,
                   std::string_view name, Instant now);

}  // namespace s3dr::services
