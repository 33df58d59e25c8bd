// Every kind of resource, implemented with AWS's own calls. One file for each kind (kind_*.cc).
#pragma once

#include <memory>
#include <string>

#include "client/s3/s3_client.h"
#include "client/services/service_client.h"
#include "deploy/resources/resource_kind.h"
#include "deploy/resources/settings.h"
#include "ports/bucket_store.h"
#include "ports/object_store.h"

namespace s3dr::deploy {

// The clients of one side, with that side's credentials. The references outlive everything made from them.
struct SideAccess {
  client::ServiceClient& services;
  client::S3Client& s3;
  ports::BucketStore& buckets;
  ports::ObjectStore& objects;
  client::ServiceClient& elsewhere;  // the same credentials in the other side's region
};

// `package`: the zip from which functions are made.
std::unique_ptr<ResourceKinds> make_aws_kinds(SideAccess source, SideAccess destination, std::string package);

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
