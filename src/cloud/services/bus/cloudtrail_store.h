// The trails of a region. What they decide here: whether the management events of S3 reach the event bus of
// their account, as on AWS. Log files are not written to a trail's bucket; GetTrailStatus says so.
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
  boost::json::object settings;   // S3BucketName and the like, as DescribeTrails shows them
  boost::json::object selectors;  // {"EventSelectors": […]} or {"AdvancedEventSelectors": […]}
  boost::json::object tags;
  bool logging = false;
  bool management_writes = true;  // what the selectors come to
  std::optional<Instant> started, stopped;
};

std::string trail_arn(const s3::Region& region, std::string_view account, std::string_view name);
boost::json::object default_selectors();

// By name or ARN.
std::optional<Trail> find_trail(cloud::Connection& db, std::string_view account, std::string_view name);
std::vector<Trail> list_trails(cloud::Connection& db, std::string_view account);
void save_trail(cloud::Connection& db, const Trail& trail);
void delete_trail(cloud::Connection& db, const Trail& trail);

// The trail that comes with the installation, logging.
void install_trail(cloud::Connection& db, const s3::Region& region, const std::string& account,
                   std::string_view name, Instant now);

// Some trail of the account is logging management writes.
bool events_flow(cloud::Connection& db, std::string_view account);

}  // namespace s3dr::services
