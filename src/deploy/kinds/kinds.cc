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
  AwsKinds(const Places& places, const Settings& settings)
      : source_region_(settings.source.region.text()), source_(kinds_of(places.source, settings.package)) {
    const std::vector<dr::Place> destinations = destinations_of(settings);
    S3DR_CHECK(destinations.size() == places.destinations.size());
    for (std::size_t i = 0; i < destinations.size(); ++i) {
      destinations_[{destinations[i].account.text(), destinations[i].region.text()}] =
          kinds_of(places.destinations[i], settings.package);
    }
    for (client::ServiceClient* client : places.source.elsewhere)
      alarms_abroad_[client->region().text()] = make_alarm_kind(*client);
  }

  ResourceKind& of(const Resource& resource) override {
    if (resource.side == Side::destination)
      return *destinations_.at({resource.account, resource.region}).at(resource.kind);
    const bool abroad = resource.region != source_region_;
    if (abroad && resource.kind == Kind::alarm) return *alarms_abroad_.at(resource.region);
    return *source_.at(resource.kind);
  }

 private:
  std::string source_region_;
  KindTable source_;
  std::map<std::pair<std::string, std::string>, KindTable> destinations_;  // by account and region
  // The source's account watches metrics that S3 publishes in the destinations' regions.
  std::map<std::string, std::unique_ptr<ResourceKind>> alarms_abroad_;
};

}  // namespace

client::ServiceClient& SideAccess::in(std::string_view region) {
  for (client::ServiceClient* client : elsewhere) {
    if (client->region().text() == region) return *client;
  }
  return services;
}

std::unique_ptr<ResourceKinds> make_aws_kinds(const Places& places, const Settings& settings) {
  return std::make_unique<AwsKinds>(places, settings);
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
