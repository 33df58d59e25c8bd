// The buckets that s3dr keeps for itself: control, reports, and a trail's. The store refuses a bucket of
// another account (x-amz-expected-bucket-owner). We refuse a bucket in another region.
#include <algorithm>

#include "base/error.h"
#include "client/s3/object_writer.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/lifecycle.h"
#include "deploy/resources/policy_document.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

std::string versioning_text(s3::Versioning versioning) {
  switch (versioning) {
    case s3::Versioning::enabled:
      return "Enabled";
    case s3::Versioning::suspended:
      return "Suspended";
    case s3::Versioning::never_enabled:
      return "";
  }
  return "";
}

s3::TagSet tag_set(const json::object& tags) {
  s3::TagSet result;
  for (const auto& [key, value] : tags) result.push_back({std::string(key), std::string(value.as_string())});
  return result;
}

class BucketKind : public ResourceKind {
 public:
  explicit BucketKind(SideAccess side) : side_(side) {}

  Task<std::optional<Live>> read(Resource resource) override {
    const s3::BucketName bucket = s3::BucketName::parse(resource.name);
    const auto head = co_await side_.buckets.head_bucket(bucket);
    if (!head) co_return std::nullopt;
    if (!head->region.empty() && head->region.text() != resource.region) {
      throw Error(ErrorKind::invalid, "the bucket is in " + head->region.text())
          .with_advice("name another one in the configuration (control_bucket, reports_bucket)");
    }
    const s3::Versioning versioning = co_await side_.buckets.get_bucket_versioning(bucket);
    json::object properties{{"versioning", versioning_text(versioning)}};
    if (resource.properties.contains("policy")) {
      const std::string policy = co_await policy_of(bucket);
      properties["policy"] = policy.empty() ? json::value() : normal_policy_of_text(policy);
    }
    properties["lifecycle"] = co_await lifecycle_of(bucket);
    const auto tags = co_await side_.buckets.get_bucket_tagging(bucket);
    json::object live_tags;
    for (const s3::Tag& tag : tags.value_or(s3::TagSet())) live_tags[tag.key] = tag.value;
    co_return live_with_tags(std::move(properties), std::move(live_tags));
  }

  Task<> create(Resource resource) override {
    const s3::BucketName bucket = s3::BucketName::parse(resource.name);
    co_await side_.buckets.create_bucket(bucket, tag_set(tags_of(resource.properties)));
    // A store may not know tags in CreateBucket.
    const auto tags = co_await side_.buckets.get_bucket_tagging(bucket);
    if (!tags || tags->empty()) co_await put_tags(bucket, resource);
    co_await side_.buckets.put_bucket_versioning(bucket, s3::Versioning::enabled);
    if (resource.properties.contains("policy")) co_await put_policy(bucket, resource);
    co_await put_lifecycle(bucket, resource);
  }

  Task<> update(Resource resource, Live, std::vector<FieldChange> fields) override {
    const s3::BucketName bucket = s3::BucketName::parse(resource.name);
    if (concerns(fields, "tags")) co_await put_tags(bucket, resource);
    if (concerns(fields, "versioning"))
      co_await side_.buckets.put_bucket_versioning(bucket, s3::Versioning::enabled);
    if (concerns(fields, "policy")) co_await put_policy(bucket, resource);
    if (concerns(fields, "lifecycle")) co_await put_lifecycle(bucket, resource);
  }

  // Two deployments may share a bucket by its name, and a configuration may name any bucket.
  Task<std::string> held_for_others(Resource resource) override {
    const s3::BucketName bucket = s3::BucketName::parse(resource.name);
    s3::VersionListOptions from;
    while (true) {
      s3::VersionPage page = co_await side_.objects.list_object_versions(bucket, from);
      for (const s3::ObjectVersion& version : page.versions) {
        const bool ours = std::ranges::any_of(resource.holds, [&](const std::string& prefix) {
          return version.key.bytes().starts_with(prefix);
        });
        if (!ours) co_return s3::object_url(bucket, version.key);
      }
      if (!page.is_truncated) co_return "";
      from.key_marker = std::move(page.next_key_marker);
      from.version_id_marker = std::move(page.next_version_id_marker);
    }
  }

  // Removes the bucket with all versions of all objects in it. Called only for a plan of destruction
  // (destruction_plan), and only for a bucket whose owner tag is ours and that holds nothing of others.
  Task<> remove(Resource resource) override {
    const s3::BucketName bucket = s3::BucketName::parse(resource.name);
    const auto head = co_await side_.buckets.head_bucket(bucket);
    if (!head) co_return;
    if (const std::string key = co_await held_for_others(resource); !key.empty())
      throw Error(ErrorKind::invalid, "it holds what is not this deployment's: " + key)
          .with_advice(
              "nothing in it was removed; s3dr deploy destroy without --delete-own-buckets keeps it");
    client::ObjectWriter writer(side_.s3, s3::AccountId::parse(resource.account));
    while (true) {
      const s3::VersionPage page = co_await side_.objects.list_object_versions(bucket, {});
      for (const s3::ObjectVersion& version : page.versions)
        co_await writer.delete_object(bucket, version.key, version.version_id);
      if (page.versions.empty()) break;
    }
    co_await writer.delete_bucket(bucket);
  }

 private:
  // Others' tags on the same bucket stay.
  Task<> put_tags(s3::BucketName bucket, Resource resource) {
    s3::TagSet tags = (co_await side_.buckets.get_bucket_tagging(bucket)).value_or(s3::TagSet());
    for (const s3::Tag& ours : tag_set(tags_of(resource.properties))) {
      const auto same = std::ranges::find(tags, ours.key, &s3::Tag::key);
      if (same == tags.end()) {
        tags.push_back(ours);
      } else {
        same->value = ours.value;
      }
    }
    co_await side_.buckets.put_bucket_tagging(bucket, std::move(tags));
  }

  client::S3Call setting_call(const char* method, s3::BucketName bucket, const char* setting) {
    client::S3Call call;
    call.method = method;
    call.owner = side_.buckets.account();
    call.bucket = std::move(bucket);
    call.query = {{setting, ""}};
    return call;
  }

  client::S3Call policy_call(const char* method, s3::BucketName bucket) {
    client::S3Call call = setting_call(method, std::move(bucket), "policy");
    call.xml_answer = false;
    return call;
  }

  Task<std::string> policy_of(s3::BucketName bucket) {
    client::S3Call call = policy_call("GET", std::move(bucket));
    auto outcome = co_await side_.s3.call(std::move(call));
    if (outcome) co_return std::move(outcome->text);
    if (outcome.error().code() == "NoSuchBucketPolicy") co_return "";
    throw outcome.error();
  }

  Task<> put_policy(s3::BucketName bucket, Resource resource) {
    client::S3Call call = policy_call("PUT", std::move(bucket));
    call.text = json::serialize(resource.properties.at("policy"));
    call.headers.add("Content-Type", "application/json");
    co_await side_.s3.require(std::move(call));
  }

  Task<json::object> lifecycle_of(s3::BucketName bucket) {
    client::S3Call call = setting_call("GET", std::move(bucket), "lifecycle");
    call.needs_document = true;
    auto outcome = co_await side_.s3.call(std::move(call));
    if (outcome) co_return lifecycle_of_xml(outcome->text);
    if (outcome.error().code() == "NoSuchLifecycleConfiguration") co_return json::object();
    throw outcome.error();
  }

  // Sets all rules: S3 has no call for one. Rules of others are in the plan as fields that go away.
  Task<> put_lifecycle(s3::BucketName bucket, Resource resource) {
    client::S3Call call = setting_call("PUT", std::move(bucket), "lifecycle");
    call.text = lifecycle_xml(resource.properties.at("lifecycle").as_object());
    call.headers.add("Content-Type", "application/xml");
    co_await side_.s3.require(std::move(call));
  }

  SideAccess side_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_bucket_kind(SideAccess side) {
  return std::make_unique<BucketKind>(side);
}

}  // namespace s3dr::deploy
