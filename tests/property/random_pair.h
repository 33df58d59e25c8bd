// Random worlds of one pair for the properties of dr/: any start, what people do meanwhile, and observations that fail.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <utility>

#include "dr/plan.h"
#include "support/model_world.h"
#include "support/setting_documents.h"

namespace s3dr::test {

inline const s3::BucketName source_name = s3::BucketName::parse("ledger");
inline const Instant start = Instant(milliseconds(1'790'000'000'000));
constexpr dr::Function executors[] = {dr::Function::source_bucket_check,
                                      dr::Function::destination_bucket_check,
                                      dr::Function::enable_replication};

inline s3::ReplicationRule foreign_rule(const std::string& id, const std::string& destination, bool v1) {
  s3::ReplicationRule rule;
  rule.id = id;
  if (v1) {
    rule.v1_prefix = "";
  } else {
    rule.filter = s3::ReplicationFilter{"logs/", {}};
    rule.priority = 1;
    rule.delete_marker_replication = s3::Switch::disabled;
  }
  rule.destination.bucket_arn = "arn:aws:s3:::" + destination;
  return rule;
}

// What somebody may have asked of our rule.
inline dr::RuleOptions random_options() {
  dr::RuleOptions options;
  if (*rc::gen::weightedElement<bool>({{1, true}, {1, false}})) return options;
  options.delete_markers = *rc::gen::arbitrary<bool>();
  options.metrics = *rc::gen::arbitrary<bool>();
  options.replication_time = options.metrics && *rc::gen::arbitrary<bool>();
  options.replica_modifications = *rc::gen::arbitrary<bool>();
  options.storage_class = *rc::gen::element<std::string>("", "STANDARD_IA");
  options.prefix = *rc::gen::element<std::string>("", "logs/");
  options.priority =
      *rc::gen::weightedElement<std::optional<std::int64_t>>({{6, std::nullopt}, {2, 5}, {1, 1}});
  return options;
}

inline void change_setting(ModelBucket& bucket) {
  const KnownDocument document = *rc::gen::elementOf(known_documents());
  bucket.settings.erase(document.kind);
  if (*rc::gen::weightedElement<bool>({{3, true}, {1, false}}))
    bucket.settings[document.kind] = document.text;
}

// Any start: tagged or not, half protected, with rules of others, replicas of all kinds.
inline ModelWorld random_world() {
  ModelWorld world;
  if (*rc::gen::weightedElement<bool>({{1, true}, {2, false}})) world.policy = two_account_policy();
  world.policy.rule = random_options();
  world.policy.settings.harden = *rc::gen::weightedElement<bool>({{2, true}, {1, false}});
  auto& other = world.add_destination(s3::BucketName::parse("elsewhere"));
  other.versioning = s3::Versioning::enabled;
  s3::TagSet tags;
  if (*rc::gen::weightedElement<bool>({{5, true}, {1, false}})) tags.push_back({"dr", "true"});
  if (*rc::gen::arbitrary<bool>()) tags.push_back({"team", "fin"});
  if (*rc::gen::weightedElement<bool>({{1, true}, {8, false}})) tags.push_back({"DR", "True"});
  auto& source = world.add_source(source_name, tags);
  source.versioning =
      *rc::gen::element(s3::Versioning::never_enabled, s3::Versioning::enabled, s3::Versioning::suspended);
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) change_setting(source);
  const int rules = *rc::gen::weightedElement<int>({{4, 0}, {3, 1}, {1, 2}, {1, 3}});
  if (rules > 0) {
    source.versioning = s3::Versioning::enabled;
    s3::ReplicationConfiguration configuration{"arn:aws:iam::111122223333:role/theirs", {}};
    if (rules == 1) configuration.rules.push_back(foreign_rule("logs", "elsewhere", false));
    if (rules == 2) configuration.rules.push_back(foreign_rule("old", "elsewhere", true));
    if (rules == 3) configuration.rules.push_back(foreign_rule("squat", "ledger-dr", false));
    source.replication = configuration;
  }
  const int replica = *rc::gen::weightedElement<int>({{6, 0}, {2, 1}, {2, 2}, {1, 3}, {1, 4}});
  if (replica > 0) {
    auto& bucket = world.add_destination(s3::BucketName::parse("ledger-dr"));
    if (*rc::gen::arbitrary<bool>()) change_setting(bucket);
    if (replica == 1) bucket.tags = s3::TagSet{dr::replica_mark(world.policy, source_name)};
    if (replica == 2) bucket.versioning = s3::Versioning::enabled;
    if (replica == 3) bucket.owner = s3::AccountId::parse("999900001111");
    if (replica == 4)
      bucket.tags = s3::TagSet{{std::string(dr::replica_mark_key), "111122223333/us-west-2/other"}};
  }
  return world;
}

inline const std::string others_policy =
    R"({"Version":"2012-10-17","Statement":[{"Sid":"theirs","Effect":"Deny","Principal":"*",)"
    R"("Action":"s3:DeleteObject","Resource":"arn:aws:s3:::ledger-dr/*"}]})";
constexpr int disturbance_kinds = 19;
// Of these nothing is missed: no new generation, no job.
inline bool is_cosmetic(int kind) {
  return kind >= 11;
}

inline s3::ReplicationRule* our_rule(ModelWorld& world) {
  const auto source = world.buckets.find(source_name);
  if (source == world.buckets.end() || !source->second.replication) return nullptr;
  for (s3::ReplicationRule& rule : source->second.replication->rules) {
    if (rule.id == dr::rule_id(world.policy, source_name)) return &rule;
  }
  return nullptr;
}

inline void forget_settings_look(ModelWorld& world) {
  auto record = world.record(source_name);
  if (!record || !record->settings.checked) return;
  record->settings.checked = Instant{};  // long ago
  world.change_record(source_name, *record);
}

// One thing that a person does meanwhile.
inline void disturb(ModelWorld& world, int kind) {
  const auto source = world.buckets.find(source_name);
  const auto replica = world.buckets.find(s3::BucketName::parse("ledger-dr"));
  const std::string id = dr::rule_id(world.policy, source_name);
  if (source == world.buckets.end()) return;
  auto& configuration = source->second.replication;
  switch (kind) {
    case 0:
      source->second.tags = s3::TagSet{{"dr", "true"}};
      break;
    case 1:
      source->second.tags.reset();
      break;
    case 2:
      configuration.reset();
      break;
    case 3:
      if (configuration) {
        for (auto& rule : configuration->rules) {
          if (rule.id == id) rule.status = s3::Switch::disabled;
        }
      }
      break;
    case 4:
      if (configuration) {
        for (auto& rule : configuration->rules) {
          if (rule.id == id) rule.filter = s3::ReplicationFilter{"only/", {}};
        }
      }
      break;
    case 5:
      if (replica != world.buckets.end() && replica->second.owner == world.policy.destination_account) {
        replica->second.versioning = s3::Versioning::suspended;
      }
      break;
    case 6:
      if (replica != world.buckets.end()) world.buckets.erase(replica);
      break;
    case 7:
      world.end_jobs(s3::JobStatus::failed);
      break;
    case 8:
      world.end_jobs(s3::JobStatus::complete, 3);
      break;
    case 9:
      source->second.tags = s3::TagSet{{"dr", "true"}, {"cost", "42"}};
      break;
    case 10:  // our statement is gone, somebody's stays
      if (replica != world.buckets.end() && replica->second.bucket_policy)
        replica->second.bucket_policy = others_policy;
      break;
    case 11:
      if (s3::ReplicationRule* rule = our_rule(world)) rule->destination.metrics.reset();
      break;
    case 12:
      if (s3::ReplicationRule* rule = our_rule(world)) rule->destination.storage_class = "GLACIER";
      break;
    case 13:
      if (s3::ReplicationRule* rule = our_rule(world)) rule->replica_modifications = s3::Switch::enabled;
      break;
    case 14:  // the configuration asks for another rule
      world.policy.rule.storage_class = world.policy.rule.storage_class.empty() ? "ONEZONE_IA" : "";
      break;
    case 15:
      world.policy.rule.replica_modifications = !world.policy.rule.replica_modifications;
      break;
    case 16:  // the look at the settings is due again
      change_setting(source->second);
      forget_settings_look(world);
      break;
    case 17:
      if (replica != world.buckets.end() && replica->second.owner == world.policy.destination_account)
        change_setting(replica->second);
      forget_settings_look(world);
      break;
    case 18:
      if (auto record = world.record(source_name)) {
        dr::accept_held(record->settings, std::nullopt);
        world.change_record(source_name, *record);
      }
      break;
    default:
      break;
  }
}

template <class T>
dr::Observed<T> spoiled(int how) {
  switch (how) {
    case 0:
      return dr::Observed<T>::failed(ErrorKind::denied, "AccessDenied", start);
    case 1:
      return dr::Observed<T>::failed(ErrorKind::unavailable, "503", start);
    case 2:
      return dr::Observed<T>::failed(ErrorKind::corrupt, "empty reply", start);
    case 3:
      return dr::Observed<T>::not_observed("not asked", start);
    default:
      return dr::Observed<T>::unsupported("501", start);
  }
}

constexpr int observations = 15;
inline void spoil(dr::ObservedPair& seen, int which, int how) {
  switch (which) {
    case 0:
      seen.source.head = spoiled<s3::BucketHead>(how);
      break;
    case 1:
      seen.source.tags = spoiled<s3::TagSet>(how);
      break;
    case 2:
      seen.source.versioning = spoiled<s3::Versioning>(how);
      break;
    case 3:
      seen.replication = spoiled<s3::ReplicationConfiguration>(how);
      break;
    case 4:
      seen.record = spoiled<dr::Record>(how);
      break;
    case 5:
      seen.replica.head = spoiled<s3::BucketHead>(how);
      break;
    case 6:
      seen.replica.tags = spoiled<s3::TagSet>(how);
      break;
    case 7:
      seen.replica.versioning = spoiled<s3::Versioning>(how);
      break;
    case 8:
      seen.job = spoiled<s3::JobDescription>(how);
      break;
    case 10:
      seen.replica_policy = spoiled<std::string>(how);
      break;
    case 11:
      seen.active_jobs = spoiled<dr::ActiveJobs>(how);
      break;
    case 12:
      seen.content = spoiled<dr::SourceContent>(how);
      break;
    case 14:
      for (dr::ObservedSetting& one : seen.settings.kinds)
        one.source = one.replica = spoiled<std::string>(how);
      break;
    case 13:
      seen.failed_tasks = spoiled<dr::FailedTasks>(how);
      break;
    default:
      seen.batch_jobs = spoiled<bool>(how);
      break;
  }
}

// The first action that any of the functions may carry out now, carried out. An error that S3 raises is its answer.
inline void step(ModelWorld& world, Instant now) {
  const auto seen = world.observe(source_name, now);
  const auto plan = dr::plan(world.policy, seen, now);
  for (const auto who : executors) {
    const auto* action = plan.next_for(who);
    if (action == nullptr) continue;
    try {
      world.apply(*action, seen, now);
    } catch (const Error&) {
    }
    return;
  }
}

}  // namespace s3dr::test
