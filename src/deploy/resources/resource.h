// One AWS resource as deploy/ sees it: what it is, where it is, and its properties. The properties are one
// JSON object in a normal form, so that "declared" and "live" can be compared field by field. Made by
// deploy/declare/declaration.h, read and written by the kinds (resource_kind.h).
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr::deploy {

enum class Kind {
  role,
  queue,
  log_group,
  bucket,
  function,
  event_invoke_config,  // what happens to an asynchronous invocation that failed
  topic,
  permission,    // one statement of a function's policy
  subscription,  // a function to a topic
  rule,          // with its targets
  alarm,
  trail,
};
std::string_view to_string(Kind kind);  // "log group", for people
constexpr Kind all_kinds[] = {Kind::role,   Kind::queue,      Kind::log_group,
                              Kind::bucket, Kind::function,   Kind::event_invoke_config,
                              Kind::topic,  Kind::permission, Kind::subscription,
                              Kind::rule,   Kind::alarm,      Kind::trail};

enum class Side { source, destination };
std::string_view to_string(Side side);

struct Resource {
  Kind kind = Kind::role;
  Side side = Side::source;
  std::string region;  // also for roles, though IAM has none: where its client is
  std::string account;
  std::string place;  // where it is, as far as it is told apart: the region, or account and region
  std::string name;
  std::string arn;
  // In normal form. `tags` holds the tags that must be there. Other tags of the resource are left alone.
  boost::json::object properties;
  std::string parent;  // id of the resource it belongs to and shares its owner with; empty: none
  std::vector<std::string> depends;  // ids of the resources that must exist before it is made
  bool wanted = true;                // false: to be removed if it exists and is ours (alarms switched off)
  // Of a bucket: the beginnings of the keys that this deployment writes. destroy keeps the bucket unless told
  // otherwise. It always keeps the bucket while it holds anything else.
  std::vector<std::string> holds;

  // "queue us-west-2 s3dr-dead-letters": unique within a deployment.
  std::string id() const;
  bool operator==(const Resource&) const = default;
};

}  // namespace s3dr::deploy
