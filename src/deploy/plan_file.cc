#include "deploy/plan_file.h"

#include "base/error.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr std::int64_t format = 2;

json::value or_null(const std::optional<json::value>& value) {
  return value ? *value : json::value(nullptr);
}

json::object change_to_json(const Change& change) {
  json::array fields;
  for (const FieldChange& field : change.fields) {
    fields.push_back(
        {{"path", field.path}, {"live", or_null(field.live)}, {"declared", or_null(field.declared)}});
  }
  const Resource& resource = change.resource;
  return {
      {"id", resource.id()},         {"kind", to_string(resource.kind)}, {"side", to_string(resource.side)},
      {"region", resource.region},   {"account", resource.account},      {"name", resource.name},
      {"arn", resource.arn},         {"change", to_string(change.kind)}, {"reason", change.reason},
      {"fields", std::move(fields)}, {"properties", resource.properties}};
}

Error refuse(const std::string& why) {
  return Error(ErrorKind::invalid, "the plan file cannot be used: " + why)
      .with_advice("make a new one: s3dr deploy plan --out FILE");
}

std::string name_of(const json::value& change) {
  const json::object* object = change.if_object();
  const json::value* id = object == nullptr ? nullptr : object->if_contains("id");
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : "a change without a name";
}

}  // namespace

json::object plan_to_json(const DeploymentPlan& plan) {
  json::array changes, warnings;
  for (const Change& change : plan.changes) changes.push_back(change_to_json(change));
  for (const std::string& warning : plan.warnings) warnings.emplace_back(warning);
  return {{"changes", std::move(changes)}, {"warnings", std::move(warnings)}};
}

std::string write_plan_file(const DeploymentPlan& plan, const std::string& owner) {
  return json::serialize(json::object{
             {"s3dr_plan", format}, {"owner", owner}, {"changes", plan_to_json(plan).at("changes")}}) +
         "\n";
}

std::optional<std::string> why_stale(const std::string& text, const DeploymentPlan& now,
                                     const std::string& owner) {
  boost::system::error_code failure;
  const json::value saved = json::parse(text, failure);
  const json::object* root = failure ? nullptr : saved.if_object();
  if (root == nullptr || !root->contains("s3dr_plan")) throw refuse("it is none");
  if (root->at("s3dr_plan") != json::value(format)) throw refuse("it has another format");
  const json::value* saved_owner = root->if_contains("owner");
  if (saved_owner == nullptr || *saved_owner != json::value(owner))
    throw refuse("it is of another deployment than " + owner);
  const json::value* changes = root->if_contains("changes");
  if (changes == nullptr || !changes->is_array()) throw refuse("it is damaged");
  const json::value current = json::parse(write_plan_file(now, owner));
  const json::array& before = changes->get_array();
  const json::array& after = current.at("changes").get_array();
  for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
    if (before[i] != after[i]) return name_of(after[i]) + " is not as it was when the plan was made";
  }
  if (before.size() != after.size()) return "there are more or fewer resources than when the plan was made";
  return std::nullopt;
}

}  // namespace s3dr::deploy
