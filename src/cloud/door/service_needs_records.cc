// The accesses that requests to CloudWatch Logs, CloudWatch and CloudTrail need.
#include <algorithm>

#include "aws/arn.h"
#include "cloud/door/service_needs.h"

namespace s3dr::cloud {
namespace {

constexpr Naming log_groups[] = {{"CreateLogGroup", "logGroupName"},
                                 {"DeleteLogGroup", "logGroupName"},
                                 {"DescribeLogGroups", "logGroupNamePrefix"},
                                 {"PutRetentionPolicy", "logGroupName"},
                                 {"DeleteRetentionPolicy", "logGroupName"},
                                 {"CreateLogStream", "logGroupName"},
                                 {"DeleteLogStream", "logGroupName"},
                                 {"PutLogEvents", "logGroupName"},
                                 {"TagLogGroup", "logGroupName"},
                                 {"UntagLogGroup", "logGroupName"},
                                 {"ListTagsLogGroup", "logGroupName"},
                                 // These two ways; the service refuses both at once.
                                 {"DescribeLogStreams", "logGroupName"},
                                 {"GetLogEvents", "logGroupName"},
                                 {"FilterLogEvents", "logGroupName"}};
constexpr std::string_view named_by_identifier[] = {"DescribeLogStreams", "GetLogEvents", "FilterLogEvents"};
constexpr std::string_view about_streams[] = {"CreateLogStream", "DeleteLogStream", "PutLogEvents",
                                              "GetLogEvents"};

template <class List>
bool listed(const List& list, std::string_view operation) {
  return std::ranges::find(list, operation) != std::end(list);
}

// Removes ":*" from the end of a log group's ARN, if it is there.
std::string group_arn(std::string arn) {
  if (arn.ends_with(":*")) arn.resize(arn.size() - 2);
  return arn;
}

std::string log_resource(const Asked& asked) {
  const std::string_view operation = asked.operation();
  if (operation == "TagResource" || operation == "UntagResource" || operation == "ListTagsForResource") {
    const std::string arn = asked.fields.text("resourceArn");
    return arn.empty() ? "*" : group_arn(arn);
  }
  const auto* const naming = std::ranges::find(log_groups, operation, &Naming::operation);
  if (naming == std::end(log_groups)) return "*";
  std::string group = asked.fields.text(naming->field);
  std::string arn;
  if (group.empty() && listed(named_by_identifier, operation)) {
    group = asked.fields.text("logGroupIdentifier");  // a name or an ARN
    if (group.starts_with("arn:")) arn = group_arn(group);
  }
  if (arn.empty()) arn = asked.arn("logs", "log-group:" + group);
  // A group is asked about with this open end. So both ways to name it in a policy match:
  // "…:NAME:*" and "…:NAME:log-stream:*".
  arn += ":log-stream:";
  if (listed(about_streams, operation)) arn += asked.fields.text("logStreamName");
  return arn;
}

constexpr Naming trails[] = {{"CreateTrail", "Name"},
                             {"GetTrail", "Name"},
                             {"GetTrailStatus", "Name"},
                             {"UpdateTrail", "Name"},
                             {"DeleteTrail", "Name"},
                             {"StartLogging", "Name"},
                             {"StopLogging", "Name"},
                             {"GetEventSelectors", "TrailName"},
                             {"PutEventSelectors", "TrailName"},
                             {"AddTags", "ResourceId"},
                             {"RemoveTags", "ResourceId"}};

std::string trail_resource(const Asked& asked, const std::string& trail) {
  if (trail.empty()) return "*";
  return trail.starts_with("arn:") ? trail : asked.arn("cloudtrail", "trail/" + trail);
}

}  // namespace

Accesses needed_of_logs(const Asked& asked) {
  Accesses accesses = {access_to(asked.action(asked.operation()), log_resource(asked))};
  if (asked.operation() == "CreateLogGroup") add_tagging(accesses, asked, "TagResource");
  return accesses;
}

Accesses needed_of_cloudwatch(const Asked& asked) {
  const std::string_view operation = asked.operation();
  const std::string action = asked.action(operation);
  Accesses accesses;
  if (operation == "PutMetricAlarm") {
    const std::string name = asked.fields.text("AlarmName");
    accesses.push_back(access_to(action, name.empty() ? "*" : asked.arn("cloudwatch", "alarm:" + name)));
    add_tagging(accesses, asked, "TagResource");
  } else if (operation == "DescribeAlarms" || operation == "DeleteAlarms") {
    for (const std::string& name : asked.fields.texts("AlarmNames"))
      accesses.push_back(access_to(action, asked.arn("cloudwatch", "alarm:" + name)));
    if (accesses.empty() && operation == "DescribeAlarms")
      accesses.push_back(access_to(action, asked.arn("cloudwatch", "alarm:*")));
  } else if (operation == "TagResource" || operation == "UntagResource" ||
             operation == "ListTagsForResource") {
    const std::string arn = asked.fields.text("ResourceARN");
    accesses.push_back(access_to(action, arn.empty() ? "*" : arn));
  }
  if (accesses.empty()) accesses.push_back(access_to(action, "*"));
  return accesses;
}

Accesses needed_of_cloudtrail(const Asked& asked) {
  const std::string action = asked.action(asked.operation());
  Accesses accesses;
  if (asked.operation() == "ListTags") {
    for (const std::string& arn : asked.fields.texts("ResourceIdList"))
      accesses.push_back(access_to(action, trail_resource(asked, arn)));
  } else if (const auto* const naming = std::ranges::find(trails, asked.operation(), &Naming::operation);
             naming != std::end(trails)) {
    accesses.push_back(access_to(action, trail_resource(asked, asked.fields.text(naming->field))));
  }
  if (accesses.empty()) accesses.push_back(access_to(action, "*"));
  // A trail has no policy of its own. One of another account is found only if it is its organization's.
  for (Access& access : accesses) access.identity_only = true;
  return accesses;
}

}  // namespace s3dr::cloud
