#include "deploy/kinds/kinds.h"

#include <map>
#include <utility>

#include "base/error.h"
#include "deploy/resources/json_access.h"

namespace s3dr::deploy {
namespace {

using KindTable = std::map<Kind, std::unique_ptr<ResourceKind>>;

KindTable kinds_of(SideAccess side, const std::string& package) {
  KindTable table;
  table[Kind::role] = make_role_kind(side.services);
  table[Kind::queue] = make_queue_kind(side.services);
  table[Kind::log_group] = make_log_group_kind(side.services);
  table[Kind::bucket] = make_bucket_kind(side);
  table[Kind::function] = make_function_kind(side.services, package);
  table[Kind::event_invoke_config] = make_event_invoke_config_kind(side.services);
  table[Kind::topic] = make_topic_kind(side.services);
  table[Kind::permission] = make_permission_kind(side.services);
  table[Kind::subscription] = make_subscription_kind(side.services);
  table[Kind::rule] = make_rule_kind(side.services);
  table[Kind::alarm] = make_alarm_kind(side.services);
  table[Kind::trail] = make_trail_kind(side.services);
  return table;
}

class AwsKinds : public ResourceKinds {
 public:
  AwsKinds(SideAccess source, SideAccess destination, const std::string& package)
      : source_(kinds_of(source, package)),
        destination_(kinds_of(destination, package)),
        source_region_(source.services.region().text()),
        alarms_abroad_(make_alarm_kind(source.elsewhere)) {}

  ResourceKind& of(const Resource& resource) override {
    const bool abroad = resource.side == Side::source && resource.region != source_region_;
    if (abroad && resource.kind == Kind::alarm) return *alarms_abroad_;
    KindTable& table = resource.side == Side::source ? source_ : destination_;
    return *table.at(resource.kind);
  }

 private:
  KindTable source_, destination_;
  std::string source_region_;
  // The source's account watches metrics that S3 publishes in the destination's region.
  std::unique_ptr<ResourceKind> alarms_abroad_;
};

}  // namespace

std::unique_ptr<ResourceKinds> make_aws_kinds(SideAccess source, SideAccess destination,
                                              std::string package) {
  return std::make_unique<AwsKinds>(source, destination, package);
}

Live live_with_tags(boost::json::object properties, boost::json::object tags) {
  Live live;
  if (const auto* owner = tags.if_contains(owner_tag); owner != nullptr && owner->is_string())
    live.owner = std::string(owner->get_string());
  properties["tags"] = std::move(tags);
  live.properties = std::move(properties);
  return live;
}

}  // namespace s3dr::deploy
