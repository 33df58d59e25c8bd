// What S3 refuses of a notification configuration. On AWS it also asks the destinations whether it may reach them, and
// sends each one a test. Nothing is sent here, so nobody is asked.
#include <algorithm>
#include <set>
#include <vector>

#include "aws/arn.h"
#include "aws/xml.h"
#include "cloud/settings/setting_checks.h"

namespace s3dr::cloud {
namespace {

namespace xml = aws::xml;

constexpr std::size_t configurations_max = 100;

// S3 User Guide, Supported event types for SQS, SNS, and Lambda.
constexpr std::string_view event_types[] = {"s3:TestEvent",
                                            "s3:ObjectCreated:*",
                                            "s3:ObjectCreated:Put",
                                            "s3:ObjectCreated:Post",
                                            "s3:ObjectCreated:Copy",
                                            "s3:ObjectCreated:CompleteMultipartUpload",
                                            "s3:ObjectRemoved:*",
                                            "s3:ObjectRemoved:Delete",
                                            "s3:ObjectRemoved:DeleteMarkerCreated",
                                            "s3:ObjectRestore:*",
                                            "s3:ObjectRestore:Post",
                                            "s3:ObjectRestore:Completed",
                                            "s3:ObjectRestore:Delete",
                                            "s3:ReducedRedundancyLostObject",
                                            "s3:Replication:*",
                                            "s3:Replication:OperationFailedReplication",
                                            "s3:Replication:OperationMissedThreshold",
                                            "s3:Replication:OperationReplicatedAfterThreshold",
                                            "s3:Replication:OperationNotTracked",
                                            "s3:LifecycleExpiration:*",
                                            "s3:LifecycleExpiration:Delete",
                                            "s3:LifecycleExpiration:DeleteMarkerCreated",
                                            "s3:LifecycleTransition",
                                            "s3:IntelligentTiering",
                                            "s3:ObjectTagging:*",
                                            "s3:ObjectTagging:Put",
                                            "s3:ObjectTagging:Delete",
                                            "s3:ObjectAcl:Put"};

struct Configuration {
  std::string id, prefix, suffix;
  std::vector<std::string> events;
};

void check_destination(const SettingChange& change, const std::string& arn, std::string_view service) {
  const auto parsed = aws::parse_arn(arn);
  if (!parsed || parsed->service != service || parsed->resource.empty())
    throw refuse("InvalidArgument", "The ARN could not be parsed");
  if (parsed->region != change.region.options.region.text())
    throw refuse("InvalidArgument",
                 "The notification destination service region is not valid for the "
                 "bucket location constraint");
  if (parsed->resource.ends_with(".fifo"))
    throw refuse("InvalidArgument", "FIFO topics and queues are not supported as destinations.");
}

void read_filter(Configuration& configuration, pugi::xml_node filter) {
  std::set<std::string> names;
  xml::for_each_element(xml::child(filter, "S3Key"), [&](pugi::xml_node rule, std::string_view) {
    const std::string name = xml::child_text(rule, "Name");
    const bool is_prefix = name.starts_with('p') || name.starts_with('P');
    if (!names.insert(is_prefix ? "prefix" : "suffix").second)
      throw refuse("InvalidArgument", "Cannot specify more than one " +
                                          std::string(is_prefix ? "prefix" : "suffix") +
                                          " rule in a filter.");
    (is_prefix ? configuration.prefix : configuration.suffix) = xml::child_text(rule, "Value");
  });
}

bool share_event(const std::string& a, const std::string& b) {
  const auto covers = [](const std::string& wide, const std::string& narrow) {
    return wide == narrow || (wide.ends_with(":*") && narrow.starts_with(wide.substr(0, wide.size() - 1)));
  };
  return covers(a, b) || covers(b, a);
}

bool overlap(const Configuration& a, const Configuration& b) {
  const bool prefixes = a.prefix.starts_with(b.prefix) || b.prefix.starts_with(a.prefix);
  const bool suffixes = a.suffix.ends_with(b.suffix) || b.suffix.ends_with(a.suffix);
  return prefixes && suffixes && std::ranges::any_of(a.events, [&](const std::string& event) {
           return std::ranges::any_of(b.events,
                                      [&](const std::string& other) { return share_event(event, other); });
         });
}

Configuration read(const SettingChange& change, pugi::xml_node element) {
  Configuration configuration;
  xml::for_each_element(element, [&](pugi::xml_node item, std::string_view name) {
    if (name == "Id") configuration.id = xml::text(item);
    if (name == "Topic") check_destination(change, xml::text(item), "sns");
    if (name == "Queue") check_destination(change, xml::text(item), "sqs");
    if (name == "CloudFunction") check_destination(change, xml::text(item), "lambda");
    if (name == "Filter") read_filter(configuration, item);
    if (name != "Event") return;
    configuration.events.push_back(xml::trimmed_text(item));
    if (std::ranges::find(event_types, configuration.events.back()) == std::end(event_types))
      throw refuse("InvalidArgument", "The event is not supported for notifications");
  });
  return configuration;
}

}  // namespace

void check_notification(const SettingChange& change) {
  std::vector<Configuration> all;
  std::set<std::string> ids;
  xml::for_each_element(change.document, [&](pugi::xml_node element, std::string_view name) {
    if (name == "EventBridgeConfiguration") return;
    all.push_back(read(change, element));
    const Configuration& latest = all.back();
    if (!latest.id.empty() && !ids.insert(latest.id).second)
      throw refuse("InvalidArgument", "Same ID used for multiple configurations. IDs must be unique");
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      if (overlap(all[i], latest))
        throw refuse("InvalidArgument",
                     "Configurations overlap. Configurations on the same bucket cannot share a common event "
                     "type.");
    }
  });
  if (all.size() > configurations_max)
    throw refuse("InvalidArgument", "A bucket has at most 100 notification configurations.");
}

}  // namespace s3dr::cloud
