#include "cloud/services/iam/iam_service.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "cloud/services/iam/iam_checks.h"
#include "cloud/services/iam/identity_providers.h"
#include "cloud/store/role_store.h"

namespace s3dr::services {
namespace {

using cloud::Role;
using cloud::ServiceRequest;

ServiceError no_such_role(const std::string& name) {
  return {"NoSuchEntity", "The role with name " + name + " cannot be found.", 404};
}

ServiceError no_such_policy(const std::string& name) {
  return {"NoSuchEntity", "The role policy with name " + name + " cannot be found.", 404};
}

// Documents are sent percent-encoded, as IAM does. Lists do not contain the tags.
std::string role_inside(const Role& role, bool with_tags) {
  return xml_element("Path", role.path) + xml_element("RoleName", role.name) +
         xml_element("RoleId", role.id) + xml_element("Arn", role.arn()) +
         xml_element("CreateDate", to_iso8601_seconds(role.created)) +
         xml_element("AssumeRolePolicyDocument", uri_encode(role.trust)) +
         (role.description.empty() ? "" : xml_element("Description", role.description)) +
         xml_element("MaxSessionDuration", std::to_string(role.session_max.count())) +
         (with_tags && !role.tags.empty() ? xml_tags(role.tags) : "");
}

class IamService : public cloud::Service {
 public:
  explicit IamService(cloud::RegionContext& region) : region_(region), roles_(region.global.roles()) {
    api_.name_space = "https://iam.amazonaws.com/doc/2010-05-08/";
    add("CreateRole", &IamService::create_role);
    add("GetRole", &IamService::get_role);
    add("UpdateRole", &IamService::update_role);
    add("UpdateAssumeRolePolicy", &IamService::update_trust);
    add("DeleteRole", &IamService::delete_role);
    add("ListRoles", &IamService::list_roles);
    add("TagRole", &IamService::tag_role);
    add("UntagRole", &IamService::untag_role);
    add("ListRoleTags", &IamService::list_role_tags);
    add("PutRolePolicy", &IamService::put_role_policy);
    add("GetRolePolicy", &IamService::get_role_policy);
    add("ListRolePolicies", &IamService::list_role_policies);
    add("DeleteRolePolicy", &IamService::delete_role_policy);
    add("ListAttachedRolePolicies", &IamService::list_attached);
    add("ListInstanceProfilesForRole", &IamService::list_instance_profiles);
    add("ListAccountAliases", &IamService::list_account_aliases);
    add_provider_operations(api_, region_);
  }

  std::string_view signing_name() const override { return "iam"; }
  Task<HttpResponse> handle(ServiceRequest request) override {
    return answer_query(api_, std::move(request));
  }

 private:
  using Method = std::string (IamService::*)(const s3::AccountId&, const QueryForm&);

  void add(const std::string& name, Method method) {
    api_.operations[name] = [this, method](const ServiceRequest& request, const QueryForm& form) {
      return answer(request, form, method);
    };
  }
  Task<std::string> answer(const ServiceRequest& request, const QueryForm& form, Method method) {
    co_return (this->*method)(request.caller.account, form);
  }

  Role require_role(const s3::AccountId& account, const QueryForm& form) {
    const std::string name = checked_role_name(form);
    auto role = roles_.find(account, name);
    if (!role) throw no_such_role(name);
    return std::move(*role);
  }

  std::string create_role(const s3::AccountId& account, const QueryForm& form) {
    if (form.get("PermissionsBoundary"))
      throw ServiceError{"NotImplemented", "PermissionsBoundary is not supported yet.", 501};
    Role role;
    role.account = account;
    role.name = checked_role_name(form);
    role.path = checked_path(form, "Path", "/");
    role.description = checked_description(form);
    role.session_max = checked_session_max(form).value_or(role.session_max);
    role.tags = checked_tags(form);
    check_tag_count(role);
    role.trust = checked_trust(region_, form, "AssumeRolePolicyDocument");
    role.id = cloud::new_iam_id(region_.random, "AROA");
    role.created = std::chrono::floor<std::chrono::seconds>(region_.clock.now());
    if (!roles_.change([&] { return roles_.add(role); }))
      throw ServiceError{"EntityAlreadyExists", "Role with name " + role.name + " already exists.", 409};
    return "<Role>" + role_inside(role, true) + "</Role>";
  }

  std::string get_role(const s3::AccountId& account, const QueryForm& form) {
    return "<Role>" + role_inside(require_role(account, form), true) + "</Role>";
  }

  // Reads, edits and writes a role in one transaction.
  template <class Edit>
  void edit_role(const s3::AccountId& account, const QueryForm& form, Edit edit) {
    roles_.change([&] {
      Role role = require_role(account, form);
      edit(role);
      roles_.update(role);
    });
  }

  std::string update_role(const s3::AccountId& account, const QueryForm& form) {
    const auto session_max = checked_session_max(form);
    const std::string description = checked_description(form);
    edit_role(account, form, [&](Role& role) {
      // IAM resets the duration that is not given; a description that is not given stays.
      role.session_max = session_max.value_or(Role().session_max);
      if (form.get("Description")) role.description = description;
    });
    return "\n";  // an element with nothing in it: SDKs look for one
  }

  std::string update_trust(const s3::AccountId& account, const QueryForm& form) {
    require_role(account, form);
    const std::string trust = checked_trust(region_, form, "PolicyDocument");
    edit_role(account, form, [&](Role& role) { role.trust = trust; });
    return "";
  }

  std::string delete_role(const s3::AccountId& account, const QueryForm& form) {
    roles_.change([&] {
      const Role role = require_role(account, form);
      if (!roles_.policies(role.id).empty())
        throw ServiceError{"DeleteConflict", "Cannot delete entity, must delete policies first.", 409};
      roles_.remove(role.id);
    });
    return "";
  }

  std::string list_roles(const s3::AccountId& account, const QueryForm& form) {
    const PageRequest page = checked_page(form);
    const std::string prefix = checked_path(form, "PathPrefix", "/");
    std::vector<Role> roles = roles_.list(account, prefix, page.after, page.count + 1);
    const bool truncated = roles.size() > page.count;
    if (truncated) roles.pop_back();
    std::string xml;
    for (const Role& role : roles) xml += "<member>" + role_inside(role, false) + "</member>";
    return "<Roles>" + xml + "</Roles>" + page_end(truncated, roles.empty() ? "" : roles.back().name);
  }

  static void check_tag_count(const Role& role) {
    if (role.tags.size() > role_tags_max)
      throw ServiceError{"LimitExceeded", "The number of tags has reached the maximum limit.", 409};
  }

  std::string tag_role(const s3::AccountId& account, const QueryForm& form) {
    const auto tags = checked_tags(form);
    if (tags.empty()) refuse_iam_value("Tags must not be empty.");
    edit_role(account, form, [&](Role& role) {
      for (const auto& [key, value] : tags) {
        erase_tag(role, key);
        role.tags[key] = value;
      }
      check_tag_count(role);
    });
    return "";
  }

  static void erase_tag(Role& role, const std::string& key) {
    std::erase_if(role.tags, [&](const auto& tag) { return equals_ignoring_case(tag.first, key); });
  }

  std::string untag_role(const s3::AccountId& account, const QueryForm& form) {
    const std::vector<std::string> keys = form.list("TagKeys.member");
    edit_role(account, form, [&](Role& role) {
      for (const std::string& key : keys) erase_tag(role, key);
    });
    return "";
  }

  std::string list_role_tags(const s3::AccountId& account, const QueryForm& form) {
    const Role role = require_role(account, form);
    const PageRequest page = checked_page(form);
    std::map<std::string, std::string> shown;
    bool truncated = false;
    for (auto tag = role.tags.upper_bound(page.after); tag != role.tags.end() && !truncated; ++tag) {
      truncated = shown.size() == page.count;
      if (!truncated) shown.insert(*tag);
    }
    return xml_tags(shown) + page_end(truncated, shown.empty() ? "" : shown.rbegin()->first);
  }

  std::string put_role_policy(const s3::AccountId& account, const QueryForm& form) {
    const std::string name = checked_policy_name(form);
    const std::string document = checked_inline_policy(form);
    roles_.change([&] {
      const Role role = require_role(account, form);
      auto policies = roles_.policies(role.id);
      policies[name] = document;
      std::size_t size = 0;
      for (const auto& [policy, text] : policies) size += policy_size(text);
      if (size > inline_policies_size_max)
        throw ServiceError{"LimitExceeded",
                           "Maximum policy size of " + std::to_string(inline_policies_size_max) +
                               " bytes exceeded for role " + role.name,
                           409};
      roles_.put_policy(role.id, name, document);
    });
    return "";
  }

  std::string get_role_policy(const s3::AccountId& account, const QueryForm& form) {
    const Role role = require_role(account, form);
    const std::string name = checked_policy_name(form);
    const auto policies = roles_.policies(role.id);
    const auto found = policies.find(name);
    if (found == policies.end()) throw no_such_policy(name);
    return xml_element("RoleName", role.name) + xml_element("PolicyName", name) +
           xml_element("PolicyDocument", uri_encode(found->second));
  }

  std::string list_role_policies(const s3::AccountId& account, const QueryForm& form) {
    const Role role = require_role(account, form);
    const PageRequest page = checked_page(form);
    std::string xml, last;
    std::size_t count = 0;
    const auto policies = roles_.policies(role.id);
    auto policy = policies.upper_bound(page.after);
    for (; policy != policies.end() && count < page.count; ++policy, ++count) {
      xml += xml_element("member", policy->first);
      last = policy->first;
    }
    return "<PolicyNames>" + xml + "</PolicyNames>" + page_end(policy != policies.end(), last);
  }

  std::string delete_role_policy(const s3::AccountId& account, const QueryForm& form) {
    const std::string name = checked_policy_name(form);
    roles_.change([&] {
      if (!roles_.remove_policy(require_role(account, form).id, name)) throw no_such_policy(name);
    });
    return "";
  }

  // There are no managed policies and no instance profiles, so no role has any.
  std::string list_attached(const s3::AccountId& account, const QueryForm& form) {
    require_role(account, form);
    return "<AttachedPolicies></AttachedPolicies>" + page_end(false, "");
  }

  std::string list_instance_profiles(const s3::AccountId& account, const QueryForm& form) {
    require_role(account, form);
    return "<InstanceProfiles></InstanceProfiles>" + page_end(false, "");
  }

  // An account can be given none.
  std::string list_account_aliases(const s3::AccountId&, const QueryForm&) {
    return "<AccountAliases></AccountAliases>" + page_end(false, "");
  }

  cloud::RegionContext& region_;
  cloud::RoleStore& roles_;
  QueryApi api_;
};

}  // namespace

std::unique_ptr<cloud::Service> make_iam_service(cloud::RegionContext& region) {
  return std::make_unique<IamService>(region);
}

}  // namespace s3dr::services
