#include "sim/world/watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "dr/job_queue.h"
#include "dr/messages/heartbeat.h"
#include "dr/plan.h"
#include "dr/replica_name.h"
#include "dr/replication_rule.h"
#include "functions/observe.h"
#include "s3/xml_bucket.h"

namespace s3dr::sim {
namespace {

constexpr std::size_t findings_shown_max = 5;

std::string shown(std::vector<std::string> findings) {
  const std::size_t count = findings.size();
  if (count > findings_shown_max) findings.resize(findings_shown_max);
  return fmt::format("{} findings: {}", count, fmt::join(findings, "; "));
}

std::string text_of_body(RegionNode& region, cloud::Connection& db, std::int64_t id) {
  auto row = db.prepare("SELECT body, size FROM object_version WHERE id = ?");
  row.bind(id);
  if (!row.step() || row.is_null(0)) return "";
  return body_text(region, row.text(0), static_cast<std::uint64_t>(row.integer(1)));
}

class NoTopic : public ports::Topic {
 public:
  Task<> publish(std::string) override { co_return; }
};

Task<> explain(functions::Context context, s3::BucketName bucket, std::string& text) {
  const dr::ObservedPair seen = co_await functions::observe_pair(context, bucket);
  const dr::Plan plan = dr::plan(context.policy, seen, context.clock.now());
  text += fmt::format("plan: {} ({})", dr::to_string(plan.state), plan.state_reason);
  for (const dr::Action& action : plan.actions) {
    text += fmt::format("\n    {}{}", action.what,
                        action.blocked_by.empty() ? "" : " blocked by " + action.blocked_by);
  }
}

}  // namespace

Watch::Watch(Cluster& cluster, User& user)
    : cluster_(cluster), user_(user), source_db_(cluster.source().storage().open_database()) {
  for (std::size_t i = 0; i < cluster.protections().size(); ++i) {
    destinations_.push_back(
        std::make_unique<Destination>(i, cluster.destination(i).storage().open_database()));
  }
  cluster_.on_pause = [this] { look(); };
}

Watch::~Watch() {
  cluster_.on_pause = nullptr;
}

void Watch::add_source(const s3::BucketName& bucket) {
  sources_[bucket.text()];
}

void Watch::keep_rule(const s3::BucketName& bucket, const std::string& id, const std::string& text) {
  Source& source = sources_[bucket.text()];
  source.foreign_id = id;
  source.foreign_text = text;
  source.foreign_may_change = false;
}

void Watch::let_rule_change(const s3::BucketName& bucket, const std::string& id) {
  Source& source = sources_[bucket.text()];
  source.foreign_id = id;
  source.foreign_may_change = true;
}

void Watch::look() {
  const std::uint64_t source_commits = cluster_.source().commits().commits;
  bool changed = source_commits != seen_source_;
  if (changed) {
    look_at_rules();
    look_at_jobs();
  }
  seen_source_ = source_commits;
  for (const auto& destination : destinations_) {
    const std::uint64_t commits = cluster_.destination(destination->protection).commits().commits;
    if (std::exchange(destination->seen, commits) == commits) continue;
    look_at_records(*destination);
    changed = true;
  }
  if (changed) look_at_buckets();
}

void Watch::look_at_records(Destination& destination) {
  const dr::Policy& policy = cluster_.protections()[destination.protection];
  auto row = destination.db.prepare(
      "SELECT key, version_id, object_version.id FROM object_version JOIN bucket ON bucket.id = bucket "
      "WHERE bucket.name = ? AND is_latest = 1");
  row.bind(policy.control_bucket.text());
  std::vector<std::pair<std::string, std::int64_t>> changed;
  while (row.step()) {
    if (row.text(0) == dr::heartbeat_key(policy.source_account, policy.source_region)) continue;
    if (row.text(0) == dr::job_queue_key(policy.source_account, policy.source_region)) continue;
    const auto bucket = dr::bucket_of_record_key(row.text(0));
    if (!bucket) throw Failed("not a record in the control bucket: " + row.text(0));
    Recorded& known = destination.records[bucket->text()];
    if (known.version == row.text(1)) continue;
    known.version = row.text(1);
    changed.emplace_back(bucket->text(), row.integer(2));
  }
  for (const auto& [bucket, id] : changed) {
    sources_[bucket];
    Recorded& known = destination.records[bucket];
    const dr::Record record =
        dr::parse_record(text_of_body(cluster_.destination(destination.protection), destination.db, id));
    const bool claims_anew = record.verified && (!known.record || known.record->verified != record.verified);
    known.record = record;
    if (claims_anew) judge_claim(bucket, destination.protection, record);
  }
}

void Watch::judge_claim(const std::string& bucket, std::size_t protection, const dr::Record& record) {
  ++verified_claims_;
  VersionSet retagged;
  for (const auto& [place, when] : user_.book(record.source.bucket).retagged) {
    if (when >= record.verified->as_of) retagged.insert(place);
  }
  const auto findings = unfaithful(cluster_, bucket, record.replica.bucket.text(), record.verified->as_of,
                                   retagged, protection);
  if (!findings.empty())
    throw Failed("the record of " + bucket + " says verified, and it is not: " + shown(findings));
}

void Watch::look_at_rules() {
  auto row = source_db_.prepare("SELECT name, replication_xml FROM bucket");
  while (row.step()) {
    const std::string bucket = row.text(0);
    const std::string xml = row.text(1);
    if (!sources_.contains(bucket)) {
      if (!xml.empty()) throw Failed("a bucket that is no source has a replication rule: " + bucket);
      continue;
    }
    Source& source = sources_[bucket];
    if (source.rule_xml == xml) continue;
    source.rule_xml = xml;
    const bool keep = !source.foreign_id.empty() && !source.foreign_may_change;
    if (keep && rule_text(xml, source.foreign_id) != source.foreign_text)
      throw Failed("the users' own rule of " + bucket + " was changed: " + xml);
    std::set<std::string> ours;
    for (const dr::Policy& policy : cluster_.protections())
      ours.insert(dr::rule_id(policy, s3::BucketName::parse(bucket)));
    if (!xml.empty()) {
      for (const s3::ReplicationRule& rule : s3::parse_replication_configuration(xml).rules) {
        // The users' own may be there before anybody has told the watch.
        if (rule.id.starts_with("s3dr-") && ours.erase(rule.id) == 0)
          throw Failed("a rule of ours that stands there twice or is of no protection: " + xml);
      }
    }
  }
}

namespace {

std::set<std::string> names_in(cloud::Connection& db) {
  std::set<std::string> names;
  auto row = db.prepare("SELECT name FROM bucket WHERE replication_xml IS NOT NULL OR 1");
  while (row.step()) names.insert(row.text(0));
  return names;
}

}  // namespace

void Watch::look_at_buckets() {
  for (const auto& destination : destinations_) look_at_replicas(*destination);
  for (const std::string& name : names_in(source_db_)) {
    const bool known = sources_.contains(name) || allowed_.contains(name);
    if (!known && name != cluster_.policy().reports_bucket.text())
      throw Failed("a bucket nobody asked for in the source region: " + name);
  }
}

void Watch::look_at_replicas(Destination& destination) {
  std::set<std::string> expected = allowed_;
  for (const auto& other : destinations_) {
    const dr::Policy& policy = cluster_.protections()[other->protection];
    // Destinations of two accounts may be in one region.
    if (&cluster_.destination(other->protection) != &cluster_.destination(destination.protection)) continue;
    expected.insert(policy.control_bucket.text());
    for (const auto& [name, source] : sources_) {
      const auto& record = other->records[name].record;
      expected.insert(record ? record->replica.bucket.text()
                             : dr::replica_name(policy, s3::BucketName::parse(name)).text());
    }
  }
  for (const std::string& name : names_in(destination.db)) {
    if (!expected.contains(name)) throw Failed("a bucket nobody asked for in the destination: " + name);
  }
  auto row = destination.db.prepare("SELECT name FROM bucket WHERE replication_xml IS NOT NULL");
  while (row.step()) throw Failed("a replication rule in the destination region: " + row.text(0));
}

void Watch::look_at_jobs() {
  auto row = source_db_.prepare("SELECT token, status, tasks_failed FROM job");
  std::set<std::string> tokens;
  std::map<std::string, int> complete;
  while (row.step()) {
    const std::string token = row.text(0);
    if (!tokens.insert(token).second) throw Failed("two jobs with one token: " + token);
    // "<protection>-<generation>-<attempt>"
    const std::string generation = token.substr(0, token.rfind('-'));
    const bool good = row.text(1) == "Complete" && row.integer(2) == 0;
    if (good && ++complete[generation] > 1)
      throw Failed("two complete backfills of one generation: " + generation);
  }
}

std::optional<dr::Record> Watch::record(const s3::BucketName& bucket, std::size_t protection) {
  Destination& destination = *destinations_[protection];
  look_at_records(destination);
  return destination.records[bucket.text()].record;
}

bool Watch::settled(const s3::BucketName& bucket, std::size_t protection, bool tagged, Instant since) {
  const Source& source = sources_[bucket.text()];
  const auto& record = destinations_[protection]->records[bucket.text()].record;
  const auto on = [&] { return has_live_rule(cluster_, bucket, source.rule_xml, protection); };
  if (!tagged) return (!record || record->state == dr::State::paused) && !on();
  return record && dr::is_verified(*record) && record->verified->as_of >= since && on();
}

void Watch::expect_converged(const std::set<s3::BucketName>& tagged, milliseconds limit,
                             std::optional<Instant> since) {
  Tagged all(destinations_.size());
  all.front() = tagged;
  expect_all_converged(all, limit, since);
}

void Watch::expect_all_converged(const Tagged& tagged, milliseconds limit,
                                 std::optional<Instant> verified_since) {
  const Instant since = verified_since.value_or(cluster_.clock().now());
  std::vector<std::pair<s3::BucketName, std::size_t>> pairs;
  for (const auto& [name, source] : sources_) {
    for (std::size_t protection = 0; protection < destinations_.size(); ++protection)
      pairs.emplace_back(s3::BucketName::parse(name), protection);
  }
  const auto is_settled = [&](const auto& pair) {
    return settled(pair.first, pair.second, tagged[pair.second].contains(pair.first), since);
  };
  const bool converged = cluster_.run_until([&] { return std::ranges::all_of(pairs, is_settled); }, limit);
  for (const auto& [bucket, protection] : pairs) {
    const bool wanted = tagged[protection].contains(bucket);
    if (!converged && !settled(bucket, protection, wanted, since)) {
      throw Failed(fmt::format(
          "{} did not become {} ({}) within {} min: {}", bucket.text(), wanted ? "verified" : "paused",
          cluster_.protections()[protection].protection_name,
          std::chrono::duration_cast<std::chrono::minutes>(limit).count(), why_not(bucket, protection)));
    }
    judge_end(bucket, protection, wanted);
  }
}

void Watch::judge_end(const s3::BucketName& bucket, std::size_t protection, bool tagged) {
  Source& source = sources_[bucket.text()];
  const auto& record = destinations_[protection]->records[bucket.text()].record;
  const auto wrong = misfits(cluster_.source(), bucket.text(), user_.book(bucket));
  if (!wrong.empty()) throw Failed("the source is not what users made of it: " + shown(wrong));
  const auto numbers = miscounted(cluster_.source());
  if (!numbers.empty()) throw Failed("kept numbers and rows differ: " + shown(numbers));
  if (!record) return;
  const std::string replica = record->replica.bucket.text();
  const auto names = bucket_names(cluster_.destination(protection));
  if (record->claim == dr::Claim::established && !names.contains(replica))
    throw Failed("the replica bucket is gone: " + replica);
  if (!tagged) return;
  const auto findings = unfaithful(cluster_, bucket.text(), replica, cluster_.clock().now(), {}, protection);
  if (!findings.empty()) throw Failed("verified in the end, and it is not: " + shown(findings));
  const std::string ours =
      rule_text(source.rule_xml, dr::rule_id(cluster_.protections()[protection], bucket));
  if (!has_live_rule(cluster_, bucket, source.rule_xml, protection) ||
      ours.find("arn:aws:s3:::" + replica + "<") == std::string::npos)
    throw Failed("verified without a live rule of ours: " + source.rule_xml);
}

std::string Watch::why_not(const s3::BucketName& bucket, std::size_t protection) {
  NoTopic nowhere;
  Hands& hands = cluster_.user();
  std::string text;
  const control::ControlledProtection one = hands.protections(cluster_.protections())[protection];
  const functions::Context context{*hands.source,  one.destination, one.records,      *hands.jobs,
                                   nowhere,        nowhere,         cluster_.clock(), *hands.random,
                                   cluster_.log(), one.policy};
  cluster_.run(explain(context, bucket, text), "explaining a failure");
  const auto now = record(bucket, protection);
  text += "\n  record: " + (now ? dr::to_json(*now) : std::string("none"));
  if (now) {
    text += "\n  tables: " + shown(unfaithful(cluster_, bucket.text(), now->replica.bucket.text(),
                                              cluster_.clock().now(), {}, protection));
  }
  text += "\n  rules: " + replication_xml(cluster_.source(), bucket.text());
  for (const JobRow& job : jobs(cluster_.source()))
    text += fmt::format("\n  job {} {} failed tasks {}", job.token, job.status, job.tasks_failed);
  for (const auto& controller : cluster_.controllers()) {
    text += fmt::format("\n  {}: {}", controller->name(),
                        !controller->running()             ? "down"
                        : controller->ended()              ? "ended: " + controller->why_ended()
                        : controller->controller().ready() ? "ready"
                                                           : "not ready");
  }
  return text;
}

}  // namespace s3dr::sim
