#include "property/plan_cases.h"

#include <array>

#include "dr/settings/kinds/kinds.h"
#include "dr/store_profile.h"
#include "support/setting_documents.h"

namespace s3dr::test {
namespace {

const std::string others_statement =
    R"({"Sid":"theirs","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::x/*"})";

template <class T, std::size_t N>
const T& one_of(Random& random, const std::array<T, N>& values) {
  return values[random.below(N)];
}

dr::Policy random_policy(Random& random) {
  dr::Policy policy = random.chance(0.4) ? two_account_policy() : test_policy();
  policy.rule.delete_markers = random.chance(0.7);
  policy.store =
      dr::profile_of(one_of<dr::StoreKind>(random, std::array{dr::StoreKind::aws, dr::StoreKind::other}));
  policy.store.active_jobs_max = 1 + static_cast<int>(random.below(6));
  policy.backfill_attempts_max = 1 + static_cast<int>(random.below(5));
  if (random.chance(0.1)) policy.replica_namespace = dr::ReplicaNamespace::account_regional;
  if (random.chance(0.3)) policy.pass_roles = {"arn:aws:iam::111122223333:role/theirs"};
  policy.settings.harden = random.chance(0.7);
  policy.settings.tls = random.chance(0.5);
  if (random.chance(0.5)) policy.settings.executor_role_arn = "arn:aws:iam::111122223333:role/s3dr";
  return policy;
}

s3::ReplicationRule rule_of_others(Random& random, const std::string& id, const s3::BucketName& destination,
                                   bool v1) {
  s3::ReplicationRule rule;
  rule.id = id;
  rule.status = random.chance(0.8) ? s3::Switch::enabled : s3::Switch::disabled;
  rule.destination.bucket_arn = "arn:aws:s3:::" + destination.text();
  if (v1) {
    rule.v1_prefix = "";
    return rule;
  }
  rule.filter = s3::ReplicationFilter{"logs/", {}};
  rule.priority = static_cast<std::int64_t>(1 + random.below(4));
  rule.delete_marker_replication = s3::Switch::disabled;
  if (random.chance(0.3)) rule.unknown_rule_xml = "<New>1</New>";
  return rule;
}

// Ours, as it must be or changed by somebody.
s3::ReplicationRule our_rule(Random& random, const dr::Policy& policy, const s3::BucketName& replica) {
  s3::ReplicationRule rule =
      dr::desired_rule(policy, case_source(), replica, static_cast<std::int64_t>(1 + random.below(4)));
  switch (random.below(8)) {
    case 0:
      rule.status = s3::Switch::disabled;
      break;
    case 1:
      rule.filter = s3::ReplicationFilter{"only/", {}};
      break;
    case 2:
      rule.destination.bucket_arn = "arn:aws:s3:::elsewhere";
      break;
    case 3:
      rule.destination.metrics.reset();
      break;
    default:
      break;
  }
  return rule;
}

s3::TagSet random_tags(Random& random) {
  s3::TagSet tags;
  if (random.chance(0.8)) tags.push_back({"dr", "true"});
  if (random.chance(0.5)) tags.push_back({"team", "fin"});
  if (random.chance(0.1)) tags.push_back({"DR", "True"});
  if (random.chance(0.03)) tags.push_back({std::string(dr::replica_mark_key), "1/us-west-2/other"});
  return tags;
}

s3::Versioning random_versioning(Random& random) {
  return one_of(random, std::array{s3::Versioning::never_enabled, s3::Versioning::enabled,
                                   s3::Versioning::enabled, s3::Versioning::suspended});
}

void add_settings(Random& random, ModelBucket& bucket) {
  for (const KnownDocument& document : known_documents())
    if (random.chance(0.2)) bucket.settings[document.kind] = document.text;
}

dr::SettingPrint random_print(Random& random, const dr::Setting& row) {
  if (random.chance(0.3)) return std::nullopt;
  if (random.chance(0.3)) return "";
  const KnownDocument& document = known_documents()[random.below(known_documents().size())];
  return document.kind == row.kind ? dr::setting_print(row.normal_form(document.text)) : "0123456789abcdef";
}

dr::SettingsRecord random_settings(Random& random) {
  dr::SettingsRecord record;
  if (random.chance(0.3)) return record;
  record.checked = case_now - milliseconds(static_cast<std::int64_t>(random.below(7'200'000)));
  for (const dr::Setting& row : dr::settings()) {
    if (!dr::is_written_alone(row.kind) || random.chance(0.2)) continue;
    dr::SettingRecord one;
    one.word = s3::to_string(row.kind);
    one.status = one_of(random, std::array{dr::SettingStatus::in_sync, dr::SettingStatus::held,
                                           dr::SettingStatus::by_hand, dr::SettingStatus::refused});
    one.written = random_print(random, row);
    one.held = random_print(random, row);
    if (random.chance(0.3)) one.accepted = one.held;
    one.since = case_now - milliseconds(1000);
    record.kinds.push_back(std::move(one));
  }
  return record;
}

void add_source(Random& random, ModelWorld& world, const s3::BucketName& replica) {
  if (random.chance(0.03)) return;
  ModelBucket& source = world.add_source(case_source(), random_tags(random));
  if (random.chance(0.1)) source.tags.reset();
  if (random.chance(0.03)) source.region = s3::Region::parse("eu-west-1");
  if (random.chance(0.02)) source.owner = s3::AccountId::parse("999900001111");
  add_settings(random, source);
  if (random.chance(0.1)) source.object_lock = true;
  source.versioning = random_versioning(random);
  source.created = case_now - milliseconds(static_cast<std::int64_t>(random.below(1'000'000)));
  s3::ReplicationConfiguration configuration;
  const std::uint64_t others = random.below(3);
  const bool v1 = others > 0 && random.chance(0.1);  // S3 refuses to mix them
  for (std::uint64_t i = 0; i < others; ++i) {
    const bool squats = random.chance(0.1);
    configuration.rules.push_back(rule_of_others(random, "theirs-" + std::to_string(i),
                                                 squats ? replica : s3::BucketName::parse("elsewhere"), v1));
  }
  if (!v1 && random.chance(0.6)) configuration.rules.push_back(our_rule(random, world.policy, replica));
  if (configuration.rules.empty()) return;
  configuration.role_arn = others > 0 && random.chance(0.5) ? "arn:aws:iam::111122223333:role/theirs"
                                                            : world.policy.replication_role_arn;
  source.versioning = s3::Versioning::enabled;  // S3 keeps it on while there are rules
  source.replication = std::move(configuration);
}

std::string random_bucket_policy(Random& random, const ModelWorld& world, const s3::BucketName& replica) {
  const std::string theirs = R"({"Version":"2012-10-17","Statement":[)" + others_statement + "]}";
  if (random.chance(0.3)) return theirs;
  const std::string role =
      random.chance(0.8) ? world.policy.replication_role_arn : "arn:aws:iam::111122223333:role/of-before";
  const std::string* before = random.chance(0.5) ? &theirs : nullptr;
  dr::ReplicaPolicyWish wish = dr::replica_policy_wish(world.policy, nullptr, role);
  if (random.chance(0.4)) wish.fence = true;
  const std::string made = dr::replica_policy_change(world.policy.partition, replica, wish, before).document;
  return made.empty() ? theirs : made;
}

void add_replica(Random& random, ModelWorld& world, const s3::BucketName& replica) {
  if (random.chance(0.25)) return;
  ModelBucket& bucket = world.add_destination(replica);
  s3::TagSet tags;
  if (random.chance(0.8))
    tags.push_back(dr::replica_mark(world.policy, case_source()));
  else if (random.chance(0.2))
    tags.push_back({std::string(dr::replica_mark_key), "111122223333/us-west-2/other"});
  if (random.chance(0.4)) tags.push_back({"team", "fin"});
  if (random.chance(0.2)) tags.push_back({"kept", "here"});
  if (!tags.empty()) bucket.tags = tags;
  if (random.chance(0.05)) bucket.owner = s3::AccountId::parse("999900001111");
  if (random.chance(0.03)) bucket.region = s3::Region::parse("eu-west-1");
  add_settings(random, bucket);
  bucket.versioning = random_versioning(random);
  if (random.chance(0.7)) bucket.bucket_policy = random_bucket_policy(random, world, replica);
  bucket.versions.push_back({.key = s3::ObjectKey("a"), .version_id = s3::VersionId("v1")});
}

std::optional<dr::Backfill> random_backfill(Random& random, ModelWorld& world, const dr::Record& record) {
  if (random.chance(0.2)) return std::nullopt;
  dr::Backfill backfill;
  backfill.generation = std::max<std::int64_t>(1, record.rule.generation - (random.chance(0.1) ? 1 : 0));
  backfill.attempt = static_cast<std::int64_t>(1 + random.below(5));
  backfill.status =
      one_of(random, std::array{dr::BackfillStatus::planned, dr::BackfillStatus::running,
                                dr::BackfillStatus::complete, dr::BackfillStatus::complete,
                                dr::BackfillStatus::exhausted, dr::BackfillStatus::unavailable});
  backfill.inputs.account = world.policy.source_account;
  backfill.inputs.client_request_token = "token-" + std::to_string(backfill.attempt);
  backfill.inputs.description = record.protection;
  backfill.inputs.role_arn = world.policy.batch_role_arn;
  backfill.inputs.source_bucket = case_source();
  backfill.inputs.report_bucket = world.policy.reports_bucket;
  if (random.chance(0.3))
    backfill.not_before = case_now + milliseconds(random.chance(0.5) ? 60'000 : -60'000);
  if (backfill.status != dr::BackfillStatus::running) return backfill;
  backfill.job_id = world.create_job(backfill.inputs);
  const s3::JobStatus status = one_of(random, std::array{s3::JobStatus::active, s3::JobStatus::complete,
                                                         s3::JobStatus::failed, s3::JobStatus::suspended});
  world.end_jobs(status, random.chance(0.3) ? 2 : 0);
  if (random.chance(0.1)) world.jobs.clear();  // the store has forgotten it
  return backfill;
}

dr::Record random_record(Random& random, ModelWorld& world, const s3::BucketName& replica) {
  dr::Record record = dr::first_record(world.policy, case_source(), replica, "00112233445566ff",
                                       case_now - milliseconds(500'000));
  record.claim = one_of(random, std::array{dr::Claim::none, dr::Claim::intended, dr::Claim::established,
                                           dr::Claim::established, dr::Claim::established, dr::Claim::lost});
  record.fence = random.chance(0.6);
  record.rule.generation = static_cast<std::int64_t>(random.below(4));
  if (record.rule.generation > 0) {
    record.rule.state =
        one_of(random, std::array{dr::RuleState::enabling, dr::RuleState::live, dr::RuleState::live,
                                  dr::RuleState::live, dr::RuleState::disabled});
    record.backfill = random_backfill(random, world, record);
  }
  record.state = one_of(
      random, std::array{dr::State::pending, dr::State::replica_ready, dr::State::backfilling,
                         dr::State::verifying, dr::State::protected_, dr::State::paused, dr::State::degraded,
                         dr::State::conflict, dr::State::source_gone, dr::State::source_recreated});
  record.reason = "drawn at random";
  record.settings = random_settings(random);
  if (random.chance(0.05))
    record.instruction = dr::Instruction{dr::InstructionKind::new_replica, {}, case_now};
  if (random.chance(0.05))
    record.instruction =
        dr::Instruction{dr::InstructionKind::adopt, s3::BucketName::parse("elsewhere"), case_now};
  if (random.chance(0.1)) record.seen_versions = {{s3::ObjectKey("a"), s3::VersionId("v1"), case_now}};
  if (random.chance(0.1)) record.first_versioned = case_now - milliseconds(10'000);
  if (random.chance(0.3)) {
    record.verified = dr::Verification{case_now, case_now, dr::VerifyLevel::head, record.rule.generation};
  }
  return record;
}

}  // namespace

ModelWorld random_pair(Random& random) {
  ModelWorld world;
  world.policy = random_policy(random);
  ModelBucket& elsewhere = world.add_destination(s3::BucketName::parse("elsewhere"));
  elsewhere.versioning = s3::Versioning::enabled;
  if (random.chance(0.1)) world.has_batch_jobs = false;
  const s3::BucketName replica = dr::replica_name(world.policy, case_source());
  add_source(random, world, replica);
  add_replica(random, world, replica);
  for (std::uint64_t i = random.below(8); i > 0 && random.chance(0.3); --i)
    world.other_jobs.jobs.push_back({"other", s3::JobStatus::active, "of others", {}, "S3ReplicateObject"});
  const bool jobs = std::exchange(world.has_batch_jobs, true);  // what runs was made while there were some
  if (random.chance(0.75)) world.change_record(case_source(), random_record(random, world, replica));
  world.has_batch_jobs = jobs;
  return world;
}

}  // namespace s3dr::test
