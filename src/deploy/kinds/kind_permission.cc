// One statement of a function's policy: which service may invoke the function, on behalf of which resource.
#include "base/encoding.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/policy_document.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

// A list of one element becomes that element. Any other list stays a list, so that it shows as a difference.
json::value only(const json::value& list) {
  const json::array* array = list.if_array();
  return array != nullptr && array->size() == 1 ? array->front() : list;
}

class PermissionKind : public ResourceKind {
 public:
  explicit PermissionKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    const auto answer = co_await calls_.lambda_if_found("GET", path(resource));
    if (!answer) co_return std::nullopt;
    const json::value policy = normal_policy_of_text(text_at(*answer, {"Policy"}));
    for (const json::value& statement : list_at(policy, {"Statement"})) {
      if (text_at(statement, {"Sid"}) != sid(resource)) continue;
      Live live;
      live.properties = {{"function", text_at(resource.properties, {"function"})},
                         {"statement_id", sid(resource)},
                         {"action", only(at(statement, {"Action"}))},
                         {"principal", only(at(statement, {"Principal", "Service"}))},
                         {"source_arn", only(at(statement, {"Condition", "ArnLike", "aws:SourceArn"}))}};
      // Not declared: functions with it were reported to be never invoked (docs/protocol.md, Events).
      const json::value account = only(at(statement, {"Condition", "StringEquals", "aws:SourceAccount"}));
      if (!account.is_null()) live.properties["source_account"] = account;
      co_return live;
    }
    co_return std::nullopt;
  }

  Task<> create(Resource resource) override {
    const json::object& wanted = resource.properties;
    json::object body{{"StatementId", sid(resource)},
                      {"Action", wanted.at("action")},
                      {"Principal", wanted.at("principal")},
                      {"SourceArn", wanted.at("source_arn")}};
    co_await calls_.lambda("POST", path(resource), std::move(body), Repeatable::only_unsent);
  }

  // A statement cannot be changed.
  Task<> update(Resource resource, Live, std::vector<FieldChange>) override {
    co_await remove(resource);
    co_await create(std::move(resource));
  }

  Task<> remove(Resource resource) override {
    co_await calls_.lambda_if_found("DELETE", path(resource) + "/" + uri_encode(sid(resource)));
  }

 private:
  static std::string sid(const Resource& resource) { return text_at(resource.properties, {"statement_id"}); }
  static std::string path(const Resource& resource) {
    return "/2015-03-31/functions/" + uri_encode(text_at(resource.properties, {"function"})) + "/policy";
  }

  ServiceCalls calls_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_permission_kind(client::ServiceClient& client) {
  return std::make_unique<PermissionKind>(client);
}

}  // namespace s3dr::deploy
