#include "unit/app/status/golden_scenes.h"

#include "dr/replication_rule.h"
#include "s3/xml_bucket.h"

namespace s3dr::test {
namespace {

Scene begun(s3::TagSet tags = {{"dr", "true"}}) {
  Scene scene;
  scene.world.add_source(photos, std::move(tags));
  return scene;
}

Scene is_protected() {
  Scene scene = begun();
  scene.run();
  scene.verify();
  return scene;
}

template <class T>
dr::Observed<T> failed(ErrorKind kind, const char* text) {
  return dr::Observed<T>::failed(kind, text, noon);
}

s3::ReplicationRule rule_of_others(const std::string& destination) {
  s3::ReplicationRule rule;
  rule.id = "theirs";
  rule.priority = 1;
  rule.filter = s3::ReplicationFilter{"logs/", {}};
  rule.delete_marker_replication = s3::Switch::disabled;
  rule.destination.bucket_arn = "arn:aws:s3:::" + destination;
  return rule;
}

dr::SettingRecord looked_at(const char* kind, dr::SettingStatus status, const char* message) {
  dr::SettingRecord one;
  one.word = kind;
  one.status = status;
  one.message = message;
  one.written = "0123456789abcdef";
  one.since = noon;
  if (status == dr::SettingStatus::held) one.held = "fedcba9876543210";
  return one;
}

}  // namespace

const std::map<std::string, std::function<Scene()>>& scenes() {
  using dr::State;
  static const std::map<std::string, std::function<Scene()>> all{
      {"unprotected", [] { return begun({}); }},
      {"near_miss", [] { return begun({{"DR", "True"}}); }},
      {"tagged_and_not_seen_yet", [] { return begun(); }},
      {"pending",
       [] {
         Scene scene = begun();
         scene.run(State::pending);
         return scene;
       }},
      {"replica_ready",
       [] {
         Scene scene = begun();
         scene.run(State::replica_ready);
         return scene;
       }},
      {"backfill_waits",
       [] {
         Scene scene = begun();
         scene.run(State::backfilling);
         return scene;
       }},
      {"backfill_waits_for_room",
       [] {
         Scene scene = begun();
         for (int i = 0; i < 6; ++i)
           scene.world.other_jobs.jobs.push_back({"other-" + std::to_string(i), s3::JobStatus::active,
                                                  "somebody's", noon, "S3ReplicateObject"});
         scene.run(State::backfilling);
         scene.now += milliseconds(600'000);
         const auto seen = scene.world.observe(photos, scene.now);
         const auto plan = dr::plan(scene.world.policy, seen, scene.now);
         if (const auto* next = plan.next_for(dr::Function::enable_replication))
           scene.world.apply(*next, seen, scene.now);
         return scene;
       }},
      {"backfill_runs",
       [] {
         Scene scene = begun();
         scene.run(State::backfilling);
         const auto seen = scene.world.observe(photos, scene.now);
         scene.world.apply(
             *dr::plan(scene.world.policy, seen, scene.now).next_for(dr::Function::enable_replication), seen,
             scene.now);
         dr::Record next = scene.record();
         next.backfill->tasks_total = 4000;
         next.backfill->tasks_succeeded = 120;
         scene.change(next);
         return scene;
       }},
      {"backfill_cannot_be_seen",
       [] {
         Scene scene = scenes().at("backfill_runs")();
         scene.spoil = [](dr::ObservedPair& seen) {
           seen.job = failed<s3::JobDescription>(
               ErrorKind::denied, "AccessDenied (403): not authorized to perform: s3:DescribeJob");
         };
         return scene;
       }},
      {"no_batch_jobs",
       [] {
         Scene scene = begun();
         scene.world.has_batch_jobs = false;
         scene.run();
         return scene;
       }},
      {"verifying",
       [] {
         Scene scene = begun();
         scene.run();
         return scene;
       }},
      {"protected", is_protected},
      {"paused",
       [] {
         Scene scene = is_protected();
         scene.source().tags = s3::TagSet{{"team", "photos"}};
         scene.run();
         return scene;
       }},
      {"differences",
       [] {
         Scene scene = is_protected();
         scene.verify(3);
         return scene;
       }},
      {"suspicious",
       [] {
         Scene scene = is_protected();
         scene.now += milliseconds(60'000);
         dr::Verification run = scene.comparison(0);
         run.versions = 0;
         scene.change(dr::apply_verification(scene.record(), run));
         return scene;
       }},
      {"settings_held",
       [] {
         Scene scene = is_protected();
         dr::Record next = scene.record();
         next.settings.checked = scene.now;
         next.settings.kinds = {
             looked_at("encryption", dr::SettingStatus::in_sync, ""),
             looked_at("policy", dr::SettingStatus::left_out,
                       "the statement OnlyFromTheVpc is bound to vpc-0a1b2c of the source's region"),
             looked_at("lifecycle", dr::SettingStatus::held, "weaker: current versions expire after 1 day"),
             looked_at("notification", dr::SettingStatus::on_failover, "kept for the failover")};
         scene.change(next);
         return scene;
       }},
      {"rules_lost",
       [] {
         Scene scene = is_protected();
         dr::Record next = scene.record();
         const s3::ReplicationRule rule = rule_of_others("archive");
         next.edits.lost = dr::LostRules{
             noon,
             noon + milliseconds(500),
             scene.now,
             "event-1",
             "arn:aws:iam::111122223333:user/maria",
             {dr::fingerprint(rule)},
             s3::write_replication_configuration({"arn:aws:iam::111122223333:role/theirs", {rule}}),
             {},
             {}};
         scene.change(next);
         return scene;
       }},
      {"rule_gone",
       [] {
         Scene scene = is_protected();
         scene.source().replication.reset();
         return scene;
       }},
      {"rule_disabled_by_somebody",
       [] {
         Scene scene = is_protected();
         scene.source().replication->rules.front().status = s3::Switch::disabled;
         return scene;
       }},
      {"rule_changed_by_somebody",
       [] {
         Scene scene = is_protected();
         scene.source().replication->rules.front().filter = s3::ReplicationFilter{"only/", {}};
         return scene;
       }},
      {"source_not_versioned",
       [] {
         Scene scene = is_protected();
         scene.source().versioning = s3::Versioning::suspended;
         return scene;
       }},
      {"replica_not_versioned",
       [] {
         Scene scene = is_protected();
         scene.replica().versioning = s3::Versioning::suspended;
         return scene;
       }},
      {"replica_lost",
       [] {
         Scene scene = is_protected();
         scene.world.buckets.erase(s3::BucketName::parse("photos-dr"));
         scene.run();
         return scene;
       }},
      {"backfill_given_up",
       [] {
         Scene scene = begun();
         for (int i = 0; i < 5; ++i) {
           scene.run(State::backfilling);
           scene.now += milliseconds(60'000);
           for (int step = 0; step < 3; ++step) {
             const auto seen = scene.world.observe(photos, scene.now);
             const auto plan = dr::plan(scene.world.policy, seen, scene.now);
             if (const auto* next = plan.next_for(dr::Function::enable_replication))
               scene.world.apply(*next, seen, scene.now);
             scene.world.end_jobs(s3::JobStatus::failed);
           }
         }
         return scene;
       }},
      {"conflict_of_buckets",
       [] {
         Scene scene = begun();
         scene.world.add_destination(s3::BucketName::parse("photos-dr"));
         scene.run();
         return scene;
       }},
      {"conflict_of_rules",
       [] {
         Scene scene = begun();
         scene.world.add_destination(s3::BucketName::parse("photos-dr")).versioning = s3::Versioning::enabled;
         scene.replica().tags = s3::TagSet{dr::replica_mark(scene.world.policy, photos)};
         scene.source().versioning = s3::Versioning::enabled;
         scene.source().replication = {"arn:aws:iam::111122223333:role/theirs",
                                       {rule_of_others("photos-dr")}};
         scene.run();
         return scene;
       }},
      {"name_taken_by_another_account",
       [] {
         Scene scene = begun();
         scene.world.add_destination(s3::BucketName::parse("photos-dr")).owner =
             s3::AccountId::parse("999900001111");
         scene.run();
         return scene;
       }},
      {"source_gone",
       [] {
         Scene scene = is_protected();
         scene.world.buckets.erase(photos);
         scene.run();
         return scene;
       }},
      {"source_recreated",
       [] {
         Scene scene = is_protected();
         scene.world.buckets.erase(photos);
         scene.world.add_source(photos, {{"dr", "true"}});
         scene.run();
         return scene;
       }},
      {"unsupported",
       [] {
         Scene scene = begun();
         scene.world.has_replication = false;
         return scene;
       }},
      {"right_missing_to_look",
       [] {
         Scene scene = is_protected();
         scene.spoil = [](dr::ObservedPair& seen) {
           seen.source.tags =
               failed<s3::TagSet>(ErrorKind::denied, "AccessDenied (403) on s3://photos: Access Denied");
         };
         return scene;
       }},
      {"source_region_silent",
       [] {
         Scene scene = is_protected();
         scene.spoil = [](dr::ObservedPair& seen) {
           seen.source = {};
           seen.source.head = failed<s3::BucketHead>(
               ErrorKind::unavailable, "no connection to s3.us-west-2.amazonaws.com: connection refused");
           seen.replication = {};
         };
         return scene;
       }},
      {"record_unreadable",
       [] {
         Scene scene = begun();
         scene.spoil = [](dr::ObservedPair& seen) {
           seen.record = failed<dr::Record>(ErrorKind::corrupt, "record: not JSON: syntax error");
         };
         return scene;
       }},
      {"function_obstructed",
       [] {
         Scene scene = is_protected();
         scene.now += milliseconds(60'000);
         scene.change(dr::with_obstruction(
             scene.record(), "enable_replication", dr::reason::access_denied,
             "set our rule s3dr → photos-dr: AccessDenied (403) on s3://photos: not authorized to perform: "
             "s3:PutReplicationConfiguration",
             scene.now));
         return scene;
       }},
      {"newer_program",
       [] {
         Scene scene = is_protected();
         dr::Record next = scene.record();
         next.min_writer = dr::writer_version + 1;
         scene.change(next);
         return scene;
       }},
  };
  return all;
}

}  // namespace s3dr::test
