// IAM roles with their inline policies. We never use managed policies: one that is attached to a role of ours
// is a difference.
#include "base/encoding.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/policy_document.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

std::string as_text(const json::value& value) {
  return json::serialize(value);
}

// GetRole and GetRolePolicy give documents percent-encoded.
json::value document(const std::string& encoded) {
  return normal_policy_of_text(uri_decode(encoded).value_or(encoded));
}

json::object tags_of_node(pugi::xml_node list) {
  json::object result;
  for (const pugi::xml_node tag : elements_of(list))
    result[aws::xml::child_text(tag, "Key")] = aws::xml::child_text(tag, "Value");
  return result;
}

class RoleKind : public ResourceKind {
 public:
  explicit RoleKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    Form form{{"RoleName", resource.name}};
    const auto answer = co_await calls_.query_if_found("iam", "GetRole", std::move(form));
    if (!answer) co_return std::nullopt;
    json::object properties{{"description", answer->text({"Role", "Description"})},
                            {"trust", document(answer->text({"Role", "AssumeRolePolicyDocument"}))}};
    json::object policies;
    const std::vector<std::string> names = co_await inline_policies(resource.name);
    for (const std::string& name : names) {
      Form policy{{"RoleName", resource.name}, {"PolicyName", name}};
      const auto text = co_await calls_.query_if_found("iam", "GetRolePolicy", std::move(policy));
      if (text) policies[name] = document(text->text({"PolicyDocument"}));
    }
    properties["policies"] = std::move(policies);
    json::array attached;
    const std::vector<std::string> arns = co_await attached_policies(resource.name);
    for (const std::string& arn : arns) attached.emplace_back(arn);
    properties["attached_policies"] = std::move(attached);
    co_return live_with_tags(std::move(properties), tags_of_node(answer->at({"Role", "Tags"})));
  }

  Task<> create(Resource resource) override {
    Form form{{"RoleName", resource.name},
              {"Description", text_at(resource.properties, {"description"})},
              {"AssumeRolePolicyDocument", as_text(resource.properties.at("trust"))}};
    add_tags(form, tags_of(resource.properties));
    co_await calls_.query("iam", "CreateRole", std::move(form), Repeatable::only_unsent);
    co_await put_policies(resource);
  }

  Task<> update(Resource resource, Live live, std::vector<FieldChange> fields) override {
    const std::string& name = resource.name;
    if (concerns(fields, "tags")) {
      Form form{{"RoleName", name}};
      add_tags(form, tags_of(resource.properties));
      co_await calls_.query("iam", "TagRole", std::move(form));
    }
    if (concerns(fields, "trust")) {
      Form form{{"RoleName", name}, {"PolicyDocument", as_text(resource.properties.at("trust"))}};
      co_await calls_.query("iam", "UpdateAssumeRolePolicy", std::move(form));
    }
    if (concerns(fields, "description")) {
      Form form{{"RoleName", name}, {"Description", text_at(resource.properties, {"description"})}};
      co_await calls_.query("iam", "UpdateRole", std::move(form));
    }
    if (concerns(fields, "policies")) {
      co_await put_policies(resource);
      for (const auto& [policy, text] : at(live.properties, {"policies"}).as_object()) {
        if (at(resource.properties, {"policies"}).as_object().contains(policy)) continue;
        co_await delete_policy(name, std::string(policy));
      }
    }
    if (concerns(fields, "attached_policies")) co_await detach_all(name);
  }

  Task<> remove(Resource resource) override {
    Form look{{"RoleName", resource.name}};
    const auto there = co_await calls_.query_if_found("iam", "GetRole", std::move(look));
    if (!there) co_return;
    const std::vector<std::string> names = co_await inline_policies(resource.name);
    for (const std::string& policy : names) co_await delete_policy(resource.name, policy);
    co_await detach_all(resource.name);
    Form form{{"RoleName", resource.name}};
    co_await calls_.query_if_found("iam", "DeleteRole", std::move(form));
  }

 private:
  Task<> put_policies(Resource resource) {
    for (const auto& [policy, text] : at(resource.properties, {"policies"}).as_object()) {
      Form form{{"RoleName", resource.name},
                {"PolicyName", std::string(policy)},
                {"PolicyDocument", as_text(text)}};
      co_await calls_.query("iam", "PutRolePolicy", std::move(form));
    }
  }

  Task<> delete_policy(std::string role, std::string policy) {
    Form form{{"RoleName", role}, {"PolicyName", policy}};
    co_await calls_.query_if_found("iam", "DeleteRolePolicy", std::move(form));
  }

  Task<> detach_all(std::string role) {
    const std::vector<std::string> arns = co_await attached_policies(role);
    for (const std::string& arn : arns) {
      Form form{{"RoleName", role}, {"PolicyArn", arn}};
      co_await calls_.query_if_found("iam", "DetachRolePolicy", std::move(form));
    }
  }

  Task<std::vector<std::string>> inline_policies(std::string role) {
    return listed(std::move(role), "ListRolePolicies", "PolicyNames", "");
  }
  Task<std::vector<std::string>> attached_policies(std::string role) {
    return listed(std::move(role), "ListAttachedRolePolicies", "AttachedPolicies", "PolicyArn");
  }

  Task<std::vector<std::string>> listed(std::string role, std::string action, std::string list,
                                        std::string member) {
    std::vector<std::string> result;
    std::string marker;
    do {
      Form form{{"RoleName", role}};
      if (!marker.empty()) form["Marker"] = marker;
      const auto page = co_await calls_.query_if_found("iam", action, std::move(form));
      if (!page) break;
      for (const pugi::xml_node item : elements_of(page->at({list})))
        result.push_back(member.empty() ? aws::xml::text(item) : aws::xml::child_text(item, member));
      marker = page->text({"IsTruncated"}) == "true" ? page->text({"Marker"}) : "";
    } while (!marker.empty());
    co_return result;
  }

  ServiceCalls calls_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_role_kind(client::ServiceClient& client) {
  return std::make_unique<RoleKind>(client);
}

}  // namespace s3dr::deploy
