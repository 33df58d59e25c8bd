// The trails of a region. As on AWS, they decide whether the management events of S3 reach the event bus of
// their account. Not here: log files. None are written to a trail's bucket, and GetTrailStatus says so.
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
};

std::string trail_arn(const s3::Region& region, std::string_view account, std::string_view name);
boost::json::object default_selectors();

// By name or ARN.
std::optional<Trail> find_trail(cloud::Connection& db, std::string_view account, std::string_view name);
std::vector<Trail> list_trails(cloud::Connection& db, std::string_view account);
void save_trail(cloud::Connection& db, const Trail& trail);
void delete_trail(cloud::Connection& db, const Trail& trail);

// Adds the trail that every account has from the start. It is logging.
void install_trail(cloud::Connection& db, const s3::Region& region, const std::string& account,
                   std::string_view name, Instant now);

// True: at least one trail of the account is logging management writes.
bool events_flow(cloud::Connection& db, std::string_view account);

}  // namespace s3dr::services
