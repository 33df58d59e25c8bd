// Two regions as plain values, for the tests of dr/ and functions/.
// Operations raise the errors that S3 raises.
// This is not the embedded cloud: it has no objects, no time and no network.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/arn.h"
#include "base/error.h"
#include "dr/conditions/conditions.h"
#include "dr/observed_pair.h"
#include "dr/plan.h"
#include "dr/policy.h"
#include "dr/property_clone.h"
#include "dr/record.h"
#include "dr/replica_name.h"
#include "dr/replica_policy.h"
#include "dr/replication_rule.h"
#include "dr/settings/kinds/kinds.h"
#include "s3/replication_match.h"

namespace s3dr::test {

// The destination account of tests with two accounts.
inline const s3::AccountId& second_account() {
  static const s3::AccountId account = s3::AccountId::parse("444455556666");
  return account;
}

inline dr::Policy test_policy() {
  dr::Policy policy;
  policy.source_region = s3::Region::parse("us-west-2");
  policy.destination_region = s3::Region::parse("us-east-2");
  policy.source_account = policy.destination_account = s3::AccountId::parse("111122223333");
  policy.replication_role_arn = "arn:aws:iam::111122223333:role/replication";
  policy.batch_role_arn = "arn:aws:iam::111122223333:role/batch";
  policy.backfill_backoff_base = milliseconds(1000);
  policy.backfill_backoff_cap = milliseconds(8000);
  return dr::with_default_buckets(policy);
}

inline dr::Policy two_account_policy() {
  dr::Policy policy = test_policy();
  policy.destination_account = second_account();
  policy.control_bucket = {};
  return dr::with_default_buckets(policy);
}

struct ModelBucket {
  s3::Region region;
  s3::AccountId owner;
  std::optional<s3::TagSet> tags;
  s3::Versioning versioning = s3::Versioning::never_enabled;
  std::optional<s3::ReplicationConfiguration> replication;
  std::optional<std::string> bucket_policy = {};
  std::vector<s3::ObjectVersion> versions = {};  // for listings, in key order
  std::vector<dr::SeenVersion> seen_versions = {};
  Instant created = {};
  bool object_lock = false;                              // made with it
  std::map<s3::SettingKind, std::string> settings = {};  // documents as they were put
  bool operator==(const ModelBucket&) const = default;
};

struct ModelDocument {
  std::string text, etag;
  bool operator==(const ModelDocument&) const = default;
};

struct ModelJob {
  s3::CreateReplicationJob inputs;
  s3::JobDescription description;
};

class ModelWorld {
 public:
  dr::Policy policy = test_policy();
  std::map<s3::BucketName, ModelBucket> buckets;
  std::map<std::string, ModelDocument> documents;
  std::map<std::string, ModelJob> jobs;        // by token
  std::map<std::string, std::string> reports;  // by key in the reports bucket
  s3::JobPage other_jobs;                      // active ones, not made by us
  bool has_batch_jobs = true, has_replication = true;

  ModelBucket& bucket(const s3::BucketName& name) {
    const auto found = buckets.find(name);
    if (found == buckets.end()) {
      throw Error(ErrorKind::not_found, "no such bucket")
          .with_code("NoSuchBucket")
          .with_resource(name.text());
    }
    if (!is_ours(found->second.owner)) {
      throw Error(ErrorKind::denied, "not your bucket").with_code("AccessDenied").with_resource(name.text());
    }
    return found->second;
  }

  ModelBucket& add_source(const s3::BucketName& name, s3::TagSet tags) {
    return buckets[name] = {policy.source_region, policy.source_account, std::move(tags), {}, {}};
  }
  ModelBucket& add_destination(const s3::BucketName& name) {
    return buckets[name] = {policy.destination_region, policy.destination_account, {}, {}, {}};
  }

  bool create_bucket(const s3::BucketName& name, const s3::Region& region, s3::TagSet tags,
                     bool object_lock = false) {
    if (buckets.contains(name)) {
      bucket(name);  // denied when it is not ours
      return false;
    }
    if (tags.size() > 50) throw Error(ErrorKind::invalid, "too many tags").with_code("InvalidTag");
    buckets[name] = {region, policy.destination_account, std::move(tags), {}, {}};
    buckets[name].object_lock = object_lock;
    return true;
  }

  void put_tags(const s3::BucketName& name, const s3::TagSet& tags, bool replace) {
    ModelBucket& target = bucket(name);
    if (replace || !target.tags) target.tags = s3::TagSet{};
    for (const s3::Tag& tag : tags) {
      std::erase_if(*target.tags, [&](const s3::Tag& present) { return present.key == tag.key; });
      target.tags->push_back(tag);
    }
  }

  // What the store answers; nullopt: not set.
  static std::optional<std::string> setting(const ModelBucket& bucket, s3::SettingKind kind) {
    if (kind == s3::SettingKind::policy) return bucket.bucket_policy;
    const auto found = bucket.settings.find(kind);
    if (found != bucket.settings.end()) return found->second;
    if (kind != s3::SettingKind::object_lock || !bucket.object_lock) return std::nullopt;
    return "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></"
           "ObjectLockConfiguration>";
  }
  void put_setting(const s3::BucketName& name, s3::SettingKind kind, std::optional<std::string> document) {
    if (kind == s3::SettingKind::policy) {
      bucket(name).bucket_policy = std::move(document);
      return;
    }
    auto& settings = bucket(name).settings;
    settings.erase(kind);
    if (document) settings.emplace(kind, std::move(*document));
  }

  void put_replication(const s3::BucketName& name, const s3::ReplicationConfiguration& configuration) {
    if (!has_replication) throw Error(ErrorKind::unsupported, "no replication").with_code("NotImplemented");
    ModelBucket& source = bucket(name);
    if (source.versioning != s3::Versioning::enabled) {
      throw Error(ErrorKind::invalid, "Versioning must be 'Enabled' on the bucket")
          .with_code("InvalidRequest");
    }
    bool v1 = false, v2 = false;
    for (const s3::ReplicationRule& rule : configuration.rules) {
      (rule.is_v1() ? v1 : v2) = true;
      if (rule.status == s3::Switch::disabled) continue;
      const auto destination = s3::destination_bucket(rule.destination);
      const auto found = destination ? buckets.find(*destination) : buckets.end();
      if (found == buckets.end() || found->second.versioning != s3::Versioning::enabled) {
        throw Error(ErrorKind::invalid, "Destination bucket must have versioning enabled.")
            .with_code("InvalidRequest");
      }
    }
    if (v1 && v2) throw Error(ErrorKind::invalid, "V1 and V2 rules").with_code("InvalidRequest");
    source.replication = configuration;
  }

  std::string create_job(const s3::CreateReplicationJob& inputs) {
    if (!has_batch_jobs) throw Error(ErrorKind::unsupported, "no jobs").with_code("NotImplemented");
    const auto [entry, is_new] = jobs.try_emplace(inputs.client_request_token);
    if (is_new) {
      entry->second.inputs = inputs;
      entry->second.description.job_id = "job-" + std::to_string(jobs.size());
      entry->second.description.status = s3::JobStatus::active;
    } else if (!(entry->second.inputs == inputs)) {
      throw Error(ErrorKind::invalid, "same token, other body").with_code("IdempotencyException");
    }
    return entry->second.description.job_id;
  }
  s3::JobPage active_jobs() const {
    s3::JobPage page = other_jobs;
    for (const auto& [token, job] : jobs) {
      const s3::JobDescription& about = job.description;
      if (s3::is_at_an_end(about.status)) continue;
      page.jobs.push_back(
          {about.job_id, about.status, job.inputs.description, about.created, "S3ReplicateObject"});
    }
    return page;
  }
  const s3::JobDescription* find_job(const std::string& job_id) const {
    for (const auto& [token, job] : jobs) {
      if (job.description.job_id == job_id) return &job.description;
    }
    return nullptr;
  }
  void end_jobs(s3::JobStatus status, std::uint64_t tasks_failed = 0) {
    for (auto& [token, job] : jobs) {
      if (job.description.status != s3::JobStatus::active) continue;
      job.description.status = status;
      job.description.tasks_failed = tasks_failed;
    }
  }

  std::optional<std::string> swap_document(const std::string& key, const std::string& text,
                                           const std::optional<std::string>& etag) {
    const auto found = documents.find(key);
    const bool holds =
        etag ? found != documents.end() && found->second.etag == *etag : found == documents.end();
    if (!holds) return std::nullopt;
    std::string fresh = "e" + std::to_string(++etags_);
    documents[key] = {text, fresh};
    return fresh;
  }

  std::string key_of(const s3::BucketName& name) const {
    return dr::record_key(policy.source_account, policy.source_region, name);
  }
  std::optional<dr::Record> record(const s3::BucketName& name) const {
    const auto found = documents.find(key_of(name));
    if (found == documents.end()) return std::nullopt;
    return dr::parse_record(found->second.text);
  }
  void change_record(const s3::BucketName& name, const dr::Record& next) {
    documents[key_of(name)] = {dr::to_json(next), "e" + std::to_string(++etags_)};
  }

  // Observes everything without a failure: what functions/observe.h sees when all calls succeed.
  dr::ObservedPair observe(const s3::BucketName& name, Instant now,
                           std::string nonce = "0123456789abcdef") const {
    dr::ObservedPair pair;
    pair.bucket = name;
    pair.fresh_nonce = std::move(nonce);
    pair.source = observe_bucket(name, policy.source_account, now);
    const auto source = buckets.find(name);
    if (!has_replication) {
      pair.replication = dr::Observed<s3::ReplicationConfiguration>::unsupported("501", now);
    } else if (source != buckets.end()) {
      pair.replication = source->second.replication ? dr::Observed<s3::ReplicationConfiguration>::of(
                                                          *source->second.replication, now)
                                                    : dr::Observed<s3::ReplicationConfiguration>::absent(now);
    }
    const auto document = documents.find(key_of(name));
    pair.record = dr::Observed<dr::Record>::absent(now);
    if (document != documents.end()) {
      pair.record = dr::Observed<dr::Record>::of(parsed(document->second.text), now);
      pair.record_etag = document->second.etag;
    }
    pair.replica_bucket = dr::replica_candidate(policy, name, pair.record.get());
    pair.replica = observe_bucket(pair.replica_bucket, policy.destination_account, now);
    if (dr::wants_replica_policy(policy, pair.record.get()) && pair.replica.head.has_value()) {
      const auto& document_there = buckets.at(pair.replica_bucket).bucket_policy;
      pair.replica_policy = document_there ? dr::Observed<std::string>::of(*document_there, now)
                                           : dr::Observed<std::string>::absent(now);
    }
    if (dr::asks_job(pair.record.get())) {
      const s3::JobDescription* job = find_job(pair.record.value().backfill->job_id);
      pair.job = job != nullptr ? dr::Observed<s3::JobDescription>::of(*job, now)
                                : dr::Observed<s3::JobDescription>::absent(now);
    }
    if (dr::asks_seen_versions(policy, pair) && source != buckets.end()) {
      bool there = false;
      for (const dr::SeenVersion& version : pair.record.value().seen_versions)
        there = there || std::ranges::find(source->second.seen_versions, version) !=
                             source->second.seen_versions.end();
      pair.seen_versions = dr::Observed<bool>::of(there, now);
      pair.source_created = dr::Observed<Instant>::of(source->second.created, now);
    }
    if (dr::asks_active_jobs(pair.record.get(), now)) {
      dr::ActiveJobs active;
      for (const s3::JobSummary& job : active_jobs().jobs) {
        const bool ours = job.description == pair.record.value().backfill->inputs.description;
        active.ours = active.ours || ours;
        active.others += ours ? 0 : 1;
      }
      pair.active_jobs = has_batch_jobs ? dr::Observed<dr::ActiveJobs>::of(active, now)
                                        : dr::Observed<dr::ActiveJobs>::unsupported("501", now);
    }
    if (dr::asks_content(pair.record.get(), pair.job.get())) {
      dr::SourceContent content;
      s3::VersionPage page;
      page.versions = source->second.versions;
      dr::add_page(content, page, pair.job.value().created, policy.rule.delete_markers);
      pair.content = dr::Observed<dr::SourceContent>::of(content, now);
    }
    if (dr::asks_failed_tasks(pair.record.get(), pair.job.get()))
      pair.failed_tasks = dr::Observed<dr::FailedTasks>::absent(now);
    if (dr::asks_object_lock(policy, pair)) pair.object_lock = seen_as_it_is(source->second, now);
    if (dr::asks_settings(policy, pair, now)) observe_settings(pair, now);
    pair.batch_jobs =
        has_batch_jobs ? dr::Observed<bool>::of(true, now) : dr::Observed<bool>::unsupported("501", now);
    return pair;
  }

  // Carries out a ready action as its executor would. False: another writer changed the record first.
  bool apply(const dr::Action& action, const dr::ObservedPair& seen, Instant now) {
    using dr::ActionKind;
    switch (action.kind) {
      case ActionKind::enable_source_versioning:
      case ActionKind::enable_replica_versioning:
        bucket(action.bucket).versioning = s3::Versioning::enabled;
        return true;
      case ActionKind::create_replica_bucket:
        create_bucket(action.bucket, policy.destination_region, action.tags, action.object_lock);
        return true;
      case ActionKind::put_settings:
        for (const dr::SettingWrite& write : action.settings)
          put_setting(action.bucket, write.kind, write.document);
        return true;
      case ActionKind::tag_replica_bucket:
        put_tags(action.bucket, action.tags, false);
        return true;
      case ActionKind::open_replica_bucket:
      case ActionKind::fence_replica_bucket:
        bucket(action.bucket).bucket_policy = action.bucket_policy;
        return true;
      case ActionKind::put_rule:
      case ActionKind::disable_rule:
        put_replication(action.bucket, *action.configuration);
        return true;
      case ActionKind::create_job: {
        const std::string id = create_job(*action.job);
        return swap(seen, dr::with_job(seen.record.value(), id, now), now);
      }
      case ActionKind::write_record:
        return swap(seen, *action.record, now);
      case ActionKind::find_out:
      case ActionKind::ask_a_person:
        break;
    }
    throw std::logic_error("an action that is never ready was carried out");
  }

 private:
  bool swap(const dr::ObservedPair& seen, dr::Record next, Instant now) {
    std::optional<std::string> etag;
    if (seen.record.has_value()) etag = seen.record_etag;
    next = dr::with_condition_marks(seen.record.get(), std::move(next), now);
    return swap_document(key_of(seen.bucket), dr::to_json(next), etag).has_value();
  }

  static dr::Observed<std::string> seen_as_it_is(const ModelBucket& bucket, Instant now) {
    auto lock = setting(bucket, s3::SettingKind::object_lock);
    return lock ? dr::Observed<std::string>::of(*lock, now) : dr::Observed<std::string>::absent(now);
  }
  static dr::Observed<std::string> in_normal_form(const ModelBucket& bucket, const dr::Setting& row,
                                                  Instant now) {
    const auto text = setting(bucket, row.kind);
    const dr::SettingDocument document = text ? row.normal_form(*text) : std::nullopt;
    return document ? dr::Observed<std::string>::of(*document, now) : dr::Observed<std::string>::absent(now);
  }
  void observe_settings(dr::ObservedPair& pair, Instant now) const {
    for (const dr::Setting& row : dr::settings()) {
      if (!dr::is_written_alone(row.kind)) {
        const auto& there = buckets.at(pair.replica_bucket).bucket_policy;
        pair.replica_policy =
            there ? dr::Observed<std::string>::of(*there, now) : dr::Observed<std::string>::absent(now);
      }
      pair.settings.kinds.push_back({row.kind, in_normal_form(buckets.at(pair.bucket), row, now),
                                     in_normal_form(buckets.at(pair.replica_bucket), row, now)});
    }
  }

  // The same text is read many times.
  const dr::Record& parsed(const std::string& text) const {
    if (text != parsed_text_) {
      parsed_ = dr::parse_record(text);
      parsed_text_ = text;
    }
    return parsed_;
  }

  bool is_ours(const s3::AccountId& owner) const {
    return owner == policy.source_account || owner == policy.destination_account;
  }

  // Observes a bucket as that account sees it.
  dr::ObservedBucket observe_bucket(const s3::BucketName& name, const s3::AccountId& account,
                                    Instant now) const {
    dr::ObservedBucket seen;
    const auto found = buckets.find(name);
    if (found == buckets.end()) {
      seen.head = dr::Observed<s3::BucketHead>::absent(now);
      return seen;
    }
    if (found->second.owner != account) {
      seen.head = dr::Observed<s3::BucketHead>::failed(ErrorKind::denied, "AccessDenied (403)", now);
      return seen;
    }
    seen.head = dr::Observed<s3::BucketHead>::of({found->second.region}, now);
    seen.tags = found->second.tags ? dr::Observed<s3::TagSet>::of(*found->second.tags, now)
                                   : dr::Observed<s3::TagSet>::absent(now);
    seen.versioning = dr::Observed<s3::Versioning>::of(found->second.versioning, now);
    return seen;
  }

  std::uint64_t etags_ = 0;
  mutable std::string parsed_text_;
  mutable dr::Record parsed_;
};

}  // namespace s3dr::test
