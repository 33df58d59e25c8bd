// One declared resource in the words of CloudFormation: its type and its properties. A table with one row for each
// kind. Source of the names: AWS CloudFormation Template Reference, resource types. Internal to deploy/template.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "deploy/resources/resource.h"

namespace s3dr::deploy {

struct TemplateKind {
  Kind kind;
  std::string_view type;    // "AWS::SQS::Queue"
  std::string_view suffix;  // of the logical id: "Queue"
  // From the declared properties, without the policy.
  boost::json::object (*properties)(const Resource& resource);
  // The policy is a resource of its own: its type, and the property that names the owner. Empty: the kind has none.
  std::string_view policy_type, policy_owner;
};

const TemplateKind& template_kind(Kind kind);

// The parameters that say where the package is.
constexpr const char* package_bucket = "PackageBucket";
constexpr const char* package_key = "PackageKey";

}  // namespace s3dr::deploy
