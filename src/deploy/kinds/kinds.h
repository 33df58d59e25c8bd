// Every kind of resource, implemented with AWS's own calls. One file for each kind (kind_*.cc).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/s3/s3_client.h"
#include "client/services/service_client.h"
#include "deploy/resources/resource_kind.h"
#include "deploy/resources/settings.h"
#include "ports/bucket_store.h"
#include "ports/object_store.h"

namespace s3dr::deploy {

// The clients of one place, with that place's credentials. The references outlive everything made from them.
struct SideAccess {
  client::ServiceClient& services;
  client::S3Client& s3;
  ports::BucketStore& buckets;
  ports::ObjectStore& objects;
  // The same credentials in other regions. At the source: the regions of all destinations. At a destination: the
  // source's region.
  std::vector<client::ServiceClient*> elsewhere;

  // The client of this region; this place's own one if there is no other.
  client::ServiceClient& in(std::string_view region);
};

// The source, and each destination in the order of destinations_of(settings).
struct Places {
  SideAccess source;
  std::vector<SideAccess> destinations;
};

// `settings` holds the package from which functions are made.
std::unique_ptr<ResourceKinds> make_aws_kinds(const Places& places, const Settings& settings);

std::unique_ptr<ResourceKind> make_role_kind(client::ServiceClient& client);
std::unique_ptr<ResourceKind> make_queue_kind(client::ServiceClient& client);
std::unique_ptr<ResourceKind> make_log_group_kind(client::ServiceClient& client);
std::unique_ptr<ResourceKind> make_bucket_kind(SideAccess side);
std::unique_ptr<ResourceKind> make_function_kind(client::ServiceClient& client, std::string package);
std::unique_ptr<ResourceKind> make_event_invoke_config_kind(client::ServiceClient& client);
std::unique_ptr<ResourceKind> make_topic_kind(client::ServiceClient& client);
std::unique_ptr<ResourceKind> make_permission_kind(client::ServiceClient& client);
std::unique_ptr<ResourceKind> make_subscription_kind(client::ServiceClient& client);
std::unique_ptr<ResourceKind> make_rule_kind(client::ServiceClient& client);
std::unique_ptr<ResourceKind> make_alarm_kind(client::ServiceClient& client);
std::unique_ptr<ResourceKind> make_trail_kind(client::ServiceClient& client);

// The live resource from its properties; `tags` becomes one of them.
Live live_with_tags(boost::json::object properties, boost::json::object tags);

}  // namespace s3dr::deploy
