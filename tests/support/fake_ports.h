// The ports of the functions, over a ModelWorld. Every call is counted and recorded. Hooks see each call
// before and after it takes effect, and may throw to make it fail.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "functions/context.h"
#include "functions/destination_bucket_check.h"
#include "functions/enable_replication.h"
#include "functions/source_bucket_check.h"
#include "support/manual_clock.h"
#include "support/model_world.h"
#include "support/run_task.h"

namespace s3dr::test {

// The process has died. This is not an s3dr::Error, so that no code of the functions handles it.
struct Crash : std::runtime_error {
  Crash() : std::runtime_error("crash") {}
};

struct Call {
  std::string name;  // "source.get_bucket_tagging"
  bool writes = false;
  int number = 0;  // from 1
};

// Without what obstructs a function, and when it was written.
inline dr::Record without_notes(dr::Record record) {
  record.obstructions.clear();
  record.conditions.clear();
  record.changed = {};
  return record;
}

class FakePorts {
 public:
  ModelWorld world;
  ManualClock clock{Sleeps::skip};
  std::unique_ptr<Random> random = make_seeded_random(7);
  std::unique_ptr<Log> log = make_null_log();

  std::size_t page_size = 1000;  // of listings
  Clock* way = nullptr;          // by which a call takes time; nullptr: it takes none
  std::function<milliseconds(const std::string&)> round_trip = [](const std::string&) {
    return milliseconds(1);
  };
  std::size_t report_piece = 7;  // bytes
  int unknown_looks = 0;         // so many looks at a job find that the store does not know it yet

  std::vector<Call> calls;
  std::set<int> failed;  // the numbers of those that had no reply, or a refusal
  // The names of the writes that took effect; "records.note" is one that notes what obstructs a function.
  std::vector<std::string> writes;
  std::function<void(const Call&)> before = [](const Call&) {};
  std::function<void(const Call&)> after = [](const Call&) {};
  std::deque<std::pair<dr::Function, std::string>> queue;

  functions::Context context() { return context(clock, *log); }
  functions::Context context(Clock& by, Log& into) {
    return {source_,    destination_, records_, jobs_, to_destination_,
            to_enable_, by,           *random,  into,  world.policy};
  }

  int reads() const {
    int count = 0;
    for (const Call& call : calls) count += call.writes ? 0 : 1;
    return count;
  }
  // Those that change more than a note of what obstructs a function.
  std::vector<std::string> writes_without_notes() const {
    std::vector<std::string> result = writes;
    std::erase(result, "records.note");
    return result;
  }
  void forget_calls() {
    calls.clear();
    failed.clear();
    writes.clear();
  }

  functions::Outcome deliver(dr::Function to, const std::string& text) {
    const dr::Message message = dr::parse_message(text);
    switch (to) {
      case dr::Function::source_bucket_check:
        return run(functions::source_bucket_check(context(), message));
      case dr::Function::destination_bucket_check:
        return run(functions::destination_bucket_check(context(), message));
      default:
        return run(functions::enable_replication(context(), message));
    }
  }
  functions::Outcome look(const s3::BucketName& bucket) {
    return deliver(dr::Function::source_bucket_check,
                   dr::to_json(dr::message_for(world.policy, dr::MessageKind::look, bucket, "c1")));
  }

  // Delivers an event for the bucket, then every message until none is left.
  // A job ends after it was looked at once.
  // A message whose function crashed is delivered again, as a queue does.
  std::vector<functions::Outcome> run_to_rest(const s3::BucketName& bucket, int deliveries_max = 100) {
    std::vector<functions::Outcome> outcomes;
    queue.emplace_back(dr::Function::source_bucket_check,
                       dr::to_json(dr::message_for(world.policy, dr::MessageKind::look, bucket, "c1")));
    for (int i = 0; i < deliveries_max && !queue.empty(); ++i) {
      const auto [to, text] = queue.front();
      try {
        outcomes.push_back(deliver(to, text));
      } catch (const Crash&) {
        continue;  // not acknowledged
      }
      queue.pop_front();
      if (outcomes.back().kind == functions::Outcome::Kind::look_again) {
        clock.advance(outcomes.back().after);
        world.end_jobs(s3::JobStatus::complete);
        queue.emplace_back(to, text);
      }
    }
    if (!queue.empty())
      throw std::runtime_error("the functions do not come to rest: " +
                               (outcomes.empty() ? "" : outcomes.back().why));
    return outcomes;
  }

 private:
  Task<> travel(std::string name) {
    if (way != nullptr) co_await way->sleep(round_trip(name));
  }
  Call begin(std::string name, bool writes_something) {
    calls.push_back({std::move(name), writes_something, static_cast<int>(calls.size()) + 1});
    const Call call = calls.back();
    failed.insert(call.number);
    before(call);
    return call;
  }
  void end(const Call& call) {
    failed.erase(call.number);
    if (call.writes) writes.push_back(call.name);
    after(call);
  }

  class Buckets : public ports::BucketStore {
   public:
    Buckets(FakePorts& owner, std::string side) : owner_(owner), side_(std::move(side)) {}
    s3::Region region() const override {
      return side_ == "source" ? owner_.world.policy.source_region : owner_.world.policy.destination_region;
    }
    s3::AccountId account() const override {
      return side_ == "source" ? owner_.world.policy.source_account : owner_.world.policy.destination_account;
    }

    Task<std::optional<s3::BucketHead>> head_bucket(s3::BucketName name) override {
      co_await owner_.travel(side_ + ".head_bucket");
      const Call call = owner_.begin(side_ + ".head_bucket", false);
      std::optional<s3::BucketHead> head;
      if (owner_.world.buckets.contains(name)) head = s3::BucketHead{bucket(name).region};
      owner_.end(call);
      co_return head;
    }
    Task<s3::BucketPage> list_buckets(std::string token) override {
      co_await owner_.travel(side_ + ".list_buckets");
      const Call call = owner_.begin(side_ + ".list_buckets", false);
      s3::BucketPage page;
      for (const auto& [name, bucket] : owner_.world.buckets) {
        if (name.text() <= token || bucket.owner != account()) continue;
        if (page.buckets.size() == owner_.page_size) {
          page.continuation_token = page.buckets.back().name.text();
          break;
        }
        page.buckets.push_back({name, {}, bucket.region});
      }
      owner_.end(call);
      co_return page;
    }
    Task<std::optional<Instant>> bucket_created(s3::BucketName name) override {
      co_await owner_.travel(side_ + ".bucket_created");
      const Call call = owner_.begin(side_ + ".bucket_created", false);
      const Instant created = bucket(name).created;
      owner_.end(call);
      co_return created;
    }
    Task<std::optional<Instant>> version_created(s3::BucketName name, s3::ObjectKey key,
                                                 s3::VersionId version) override {
      co_await owner_.travel(side_ + ".version_created");
      const Call call = owner_.begin(side_ + ".version_created", false);
      std::optional<Instant> created;
      for (const dr::SeenVersion& there : bucket(name).seen_versions)
        if (there.key == key && there.version_id == version) created = there.created;
      owner_.end(call);
      co_return created;
    }
    Task<std::optional<s3::TagSet>> get_bucket_tagging(s3::BucketName name) override {
      co_await owner_.travel(side_ + ".get_bucket_tagging");
      const Call call = owner_.begin(side_ + ".get_bucket_tagging", false);
      auto tags = bucket(name).tags;
      owner_.end(call);
      co_return tags;
    }
    Task<s3::Versioning> get_bucket_versioning(s3::BucketName name) override {
      co_await owner_.travel(side_ + ".get_bucket_versioning");
      const Call call = owner_.begin(side_ + ".get_bucket_versioning", false);
      const auto versioning = bucket(name).versioning;
      owner_.end(call);
      co_return versioning;
    }
    Task<std::optional<s3::ReplicationConfiguration>> get_bucket_replication(s3::BucketName name) override {
      co_await owner_.travel(side_ + ".get_bucket_replication");
      const Call call = owner_.begin(side_ + ".get_bucket_replication", false);
      if (!owner_.world.has_replication) throw Error(ErrorKind::unsupported, "501");
      auto configuration = bucket(name).replication;
      owner_.end(call);
      co_return configuration;
    }
    Task<s3::VersionPage> list_object_versions(s3::BucketName name, s3::VersionListOptions options) override {
      co_await owner_.travel(side_ + ".list_object_versions");
      const Call call = owner_.begin(side_ + ".list_object_versions", false);
      s3::VersionPage page;
      for (const s3::ObjectVersion& version : bucket(name).versions) {
        if (!version.key.bytes().starts_with(options.prefix)) continue;
        if (!options.key_marker.empty() && !(options.key_marker < version.key)) continue;
        if (page.versions.size() == owner_.page_size) {
          page.is_truncated = true;
          page.next_key_marker = page.versions.back().key;
          page.next_version_id_marker = page.versions.back().version_id;
          break;
        }
        page.versions.push_back(version);
      }
      owner_.end(call);
      co_return page;
    }
    Task<std::optional<std::string>> get_bucket_policy(s3::BucketName name) override {
      co_await owner_.travel(side_ + ".get_bucket_policy");
      const Call call = owner_.begin(side_ + ".get_bucket_policy", false);
      auto document = bucket(name).bucket_policy;
      owner_.end(call);
      co_return document;
    }
    Task<> put_bucket_policy(s3::BucketName name, std::string text) override {
      co_await owner_.travel(side_ + ".put_bucket_policy");
      const Call call = owner_.begin(side_ + ".put_bucket_policy", true);
      bucket(name).bucket_policy = std::move(text);
      owner_.end(call);
      co_return;
    }
    Task<std::optional<std::string>> get_bucket_setting(s3::BucketName name, s3::SettingKind kind) override {
      co_await owner_.travel(side_ + ".get_bucket_setting");
      const Call call = owner_.begin(side_ + ".get_bucket_setting", false);
      auto document = ModelWorld::setting(bucket(name), kind);
      owner_.end(call);
      co_return document;
    }
    Task<> put_bucket_setting(s3::BucketName name, s3::SettingKind kind,
                              std::optional<std::string> document) override {
      co_await owner_.travel(side_ + ".put_bucket_setting");
      const Call call = owner_.begin(side_ + ".put_bucket_setting", true);
      bucket(name);
      owner_.world.put_setting(name, kind, std::move(document));
      owner_.end(call);
      co_return;
    }
    Task<bool> create_bucket(s3::BucketName name, s3::TagSet tags, bool object_lock) override {
      co_await owner_.travel(side_ + ".create_bucket");
      const Call call = owner_.begin(side_ + ".create_bucket", true);
      const bool created = owner_.world.create_bucket(name, region(), std::move(tags), object_lock);
      owner_.end(call);
      co_return created;
    }
    Task<> put_bucket_versioning(s3::BucketName name, s3::Versioning versioning) override {
      co_await owner_.travel(side_ + ".put_bucket_versioning");
      const Call call = owner_.begin(side_ + ".put_bucket_versioning", true);
      bucket(name).versioning = versioning;
      owner_.end(call);
      co_return;
    }
    Task<> put_bucket_replication(s3::BucketName name, s3::ReplicationConfiguration configuration) override {
      co_await owner_.travel(side_ + ".put_bucket_replication");
      const Call call = owner_.begin(side_ + ".put_bucket_replication", true);
      bucket(name);
      owner_.world.put_replication(name, configuration);
      owner_.end(call);
      co_return;
    }
    Task<> put_bucket_tagging(s3::BucketName name, s3::TagSet tags) override {
      co_await owner_.travel(side_ + ".put_bucket_tagging");
      const Call call = owner_.begin(side_ + ".put_bucket_tagging", true);
      bucket(name);
      owner_.world.put_tags(name, tags, true);
      owner_.end(call);
      co_return;
    }
    Task<> tag_resource(s3::BucketName name, s3::TagSet tags) override {
      co_await owner_.travel(side_ + ".tag_resource");
      const Call call = owner_.begin(side_ + ".tag_resource", true);
      bucket(name);
      owner_.world.put_tags(name, tags, false);
      owner_.end(call);
      co_return;
    }
    Task<> untag_resource(s3::BucketName, std::vector<std::string>) override {
      throw std::logic_error("the functions never remove a tag");
      co_return;
    }

   private:
    // Every call states which account it expects to own the bucket.
    ModelBucket& bucket(const s3::BucketName& name) {
      ModelBucket& found = owner_.world.bucket(name);
      if (found.owner != account())
        throw Error(ErrorKind::denied, "another account's bucket")
            .with_code("AccessDenied")
            .with_resource(name.text());
      return found;
    }

    FakePorts& owner_;
    std::string side_;
  };

  class Documents : public ports::DocumentStore {
   public:
    explicit Documents(FakePorts& owner) : owner_(owner) {}
    Task<std::optional<ports::Document>> read(std::string key) override {
      co_await owner_.travel("records.read");
      const Call call = owner_.begin("records.read", false);
      const auto found = owner_.world.documents.find(key);
      std::optional<ports::Document> document;
      if (found != owner_.world.documents.end()) document = {found->second.text, found->second.etag};
      owner_.end(call);
      co_return document;
    }
    Task<std::optional<std::string>> write(std::string key, std::string text,
                                           std::optional<std::string> etag) override {
      co_await owner_.travel("records.write");
      const Call call = owner_.begin("records.write", true);
      const auto present = owner_.world.documents.find(key);
      const std::string old = present == owner_.world.documents.end() ? "" : present->second.text;
      auto fresh = owner_.world.swap_document(key, text, etag);
      owner_.end(call);
      if (is_note(key, old, text)) owner_.writes.back() = "records.note";
      co_return fresh;
    }
    Task<ports::DocumentPage> list(std::string prefix, std::string token) override {
      co_await owner_.travel("records.list");
      const Call call = owner_.begin("records.list", false);
      ports::DocumentPage page;
      for (const auto& [key, document] : owner_.world.documents) {
        if (!key.starts_with(prefix) || key <= token) continue;
        if (page.keys.size() == owner_.page_size) {
          page.continuation_token = page.keys.back();
          break;
        }
        page.keys.push_back(key);
      }
      owner_.end(call);
      co_return page;
    }

   private:
    // What obstructs a function, and nothing else (functions/obstruction.h).
    static bool is_note(const std::string& key, const std::string& before, const std::string& after) {
      if (before.empty() || !key.starts_with("records/")) return false;
      return before != after &&
             without_notes(dr::parse_record(before)) == without_notes(dr::parse_record(after));
    }

    FakePorts& owner_;
  };

  class Jobs : public ports::BatchJobs {
   public:
    explicit Jobs(FakePorts& owner) : owner_(owner) {}
    Task<std::string> create_job(s3::CreateReplicationJob job) override {
      co_await owner_.travel("jobs.create_job");
      const Call call = owner_.begin("jobs.create_job", true);
      auto id = owner_.world.create_job(job);
      owner_.end(call);
      co_return id;
    }
    Task<std::optional<s3::JobDescription>> describe_job(std::string job_id) override {
      co_await owner_.travel("jobs.describe_job");
      const Call call = owner_.begin("jobs.describe_job", false);
      std::optional<s3::JobDescription> job;
      const auto* found = owner_.world.find_job(job_id);
      if (found != nullptr && owner_.unknown_looks-- <= 0) job = *found;
      owner_.end(call);
      co_return job;
    }
    Task<s3::JobPage> list_active_jobs(std::string) override {
      co_await owner_.travel("jobs.list_active_jobs");
      const Call call = owner_.begin("jobs.list_active_jobs", false);
      if (!owner_.world.has_batch_jobs) throw Error(ErrorKind::unsupported, "501");
      s3::JobPage page = owner_.world.active_jobs();
      owner_.end(call);
      co_return page;
    }
    Task<std::optional<std::string>> read_report(s3::BucketName bucket, std::string key,
                                                 std::uint64_t offset) override {
      co_await owner_.travel("jobs.read_report");
      const Call call = owner_.begin("jobs.read_report", false);
      if (bucket != owner_.world.policy.reports_bucket) throw std::logic_error("not the reports bucket");
      const auto found = owner_.world.reports.find(key);
      std::optional<std::string> piece;
      if (found != owner_.world.reports.end()) {
        const std::string& text = found->second;
        piece = text.substr(std::min<std::size_t>(offset, text.size()), owner_.report_piece);
      }
      owner_.end(call);
      co_return piece;
    }

   private:
    FakePorts& owner_;
  };

  class QueueTopic : public ports::Topic {
   public:
    QueueTopic(FakePorts& owner, dr::Function to) : owner_(owner), to_(to) {}
    Task<> publish(std::string message) override {
      co_await owner_.travel("publish to " + std::string(dr::to_string(to_)));
      const Call call = owner_.begin("publish to " + std::string(dr::to_string(to_)), false);
      owner_.queue.emplace_back(to_, std::move(message));
      owner_.end(call);
      co_return;
    }

   private:
    FakePorts& owner_;
    dr::Function to_;
  };

  Buckets source_{*this, "source"}, destination_{*this, "destination"};
  Documents records_{*this};
  Jobs jobs_{*this};
  QueueTopic to_destination_{*this, dr::Function::destination_bucket_check};
  QueueTopic to_enable_{*this, dr::Function::enable_replication};
};

}  // namespace s3dr::test
