#include "sim/deployed/privilege_scenarios.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "deploy/resources/names.h"
#include "deploy/resources/service_calls.h"
#include "dr/messages/heartbeat.h"
#include "functions/record_store.h"
#include "sim/deployed/privilege_settings.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;

// Long enough for everything, a scheduled sweep included, that needs no second attempt of Lambda.
constexpr milliseconds limit = std::chrono::minutes(6);

const s3::BucketName& data() {
  static const auto name = s3::BucketName::parse("data-1");
  return name;
}

Task<> put_some(User& user) {
  for (const char* key : {"a", "b/c", "d//e", "a", "./f", "../g", "z", "a"}) co_await user.put(data(), key);
  co_await user.remove(data(), "z");
}

Task<> make_with_history(User& user) {
  co_await user.make_bucket(data());
  co_await put_some(user);
}

Task<> set_tag(Cluster& cluster, std::string key, std::string value) {
  co_await cluster.user().source->tag_resource(data(), {{std::move(key), std::move(value)}});
}

void bucket_with_history(DeployedJob& job) {
  job.watch().add_source(data());
  job.cluster().run(make_with_history(job.user()), "a bucket with a history");
  job.settle(limit);
}

void tag_and_converge(DeployedJob& job) {
  job.cluster().run(job.user().tag(data(), job.focus()), "tagging");
  job.converge({data()}, limit);
}

void first_tag(DeployedJob& job) {
  bucket_with_history(job);
  tag_and_converge(job);
}

void protected_bucket(DeployedJob& job) {
  first_tag(job);
  job.settle(limit);
}

void untag_pauses(DeployedJob& job) {
  job.cluster().run(job.user().untag(data(), job.focus()), "untagging");
  if (!job.wait_until([&] { return job.is_paused(data()); }, limit)) throw Failed("not paused");
}

Task<> take_rule_away(DeployedJob& job, bool& done) {
  done = co_await job.user().meddle(data(), User::Meddling::remove, job.focus());
}

void rule_deleted(DeployedJob& job) {
  const std::int64_t generation = job.record(data())->rule.generation;
  bool done = false;
  job.cluster().run(take_rule_away(job, done), "our rule removed by hand");
  if (!done) throw Failed("there was no rule to remove");
  const auto renewed = [&] {
    return job.record(data())->rule.generation > generation && job.is_replicated(data());
  };
  if (!job.wait_until(renewed, limit)) throw Failed("the rule was not restored");
  job.converge({data()}, limit);
}

Task<> ask_for_adoption(DeployedJob& job, s3::BucketName replica) {
  Cluster& cluster = job.cluster();
  Hands& hands = cluster.user();
  const control::ControlledProtection one = hands.protections(cluster.protections())[job.focus()];
  co_await job.user().make_versioned(one.destination, replica);
  co_await functions::request_adopt(one.records, one.policy, data(), replica, cluster.clock(), *hands.random);
}

void adoption(DeployedJob& job) {
  const auto replica = s3::BucketName::parse("chosen-by-hand-dr");
  job.watch().allow(replica);
  job.cluster().run(ask_for_adoption(job, replica), "protect --adopt");
  tag_and_converge(job);
  if (job.record(data())->replica.bucket != replica) throw Failed("another bucket was taken");
}

Task<> switch_event_rules(DeployedJob& job, std::string action) {
  deploy::ServiceCalls calls(job.deployed().by_hand().of(deploy::Side::source));
  for (const char* rule : {"s3dr-bucket-events", "s3dr-tag-changes"}) {
    json::object which{{"Name", rule}};
    co_await calls.json(deploy::events_service, action, std::move(which));
  }
}

constexpr int buckets_of_a_long_sweep = 14;
constexpr milliseconds slow_look{5'000};

Task<> make_many(User& user) {
  for (int i = 2; i <= buckets_of_a_long_sweep; ++i)
    co_await user.make_bucket(s3::BucketName::parse("data-" + std::to_string(i)));
}

void many_buckets(DeployedJob& job) {
  for (int i = 2; i <= buckets_of_a_long_sweep; ++i)
    job.watch().add_source(s3::BucketName::parse("data-" + std::to_string(i)));
  job.cluster().run(make_many(job.user()), "many buckets");
  bucket_with_history(job);
}

// No event tells of the tag, and looking at a bucket takes so long that one invocation cannot see them all.
void sweep_goes_on(DeployedJob& job) {
  job.cluster().run(switch_event_rules(job, "DisableRule"), "the rules of the events switched off");
  job.cluster().run(job.user().tag(data(), job.focus()), "tagging");
  const std::string source = "s3dr-source_bucket_check";
  job.functions().before_call = [source](const std::string& function, const Call& call) {
    CallVerdict verdict;
    if (function == source && call.target.find("?tagging") != std::string::npos) verdict.wait = slow_look;
    return verdict;
  };
  job.converge({data()}, limit * 2);
  const auto lines = job.lines();
  const bool went_on = std::ranges::any_of(
      lines, [](const std::string& line) { return line.find(R"("goes_on":"yes")") != std::string::npos; });
  if (!went_on) throw Failed("one stretch of the sweep was enough");
}

Task<> make_versioned_with_history(User& user, Cluster& cluster) {
  co_await user.make_versioned(*cluster.user().source, data());
  co_await put_some(user);
}

void versioned_bucket(DeployedJob& job) {
  job.watch().add_source(data());
  job.cluster().run(make_versioned_with_history(job.user(), job.cluster()), "a versioned bucket");
  job.settle(limit);
}

// No event of our own doing and no sweep comes to help: each function has to hand on.
void handed_on(DeployedJob& job) {
  tag_and_converge(job);
}

// A comparison leaves versions in the record. When our rule is gone, they tell whether the bucket is the same.
void compared_bucket(DeployedJob& job) {
  protected_bucket(job);
  job.verify(data());
}

// The scheduled sweep says that somebody watches.
void heartbeat(DeployedJob& job) {
  const auto& policy = job.policy();
  const auto beats = [&] {
    cloud::Connection db(job.destination().storage().open_database());
    auto row = db.prepare(
        "SELECT COUNT(*) FROM object_version JOIN bucket ON bucket.id = bucket "
        "WHERE key = CAST(? AS BLOB) AND bucket.name = ?");
    row.bind(dr::heartbeat_key(policy.source_account, policy.source_region), policy.control_bucket.text());
    return row.step() && row.integer(0) > 1;  // read, and written over
  };
  if (!job.wait_until(beats, limit * 2)) throw Failed("the sweeps leave no heartbeat");
}

void rare_sweeps(deploy::Settings& settings) {
  settings.sweep_minutes = 600;
}

void short_invocations(deploy::Settings& settings) {
  settings.timeout_seconds = 60;
}

// The first job fails as a whole: its role may not read the rules for a while.
void failed_job(DeployedJob& job) {
  const auto account = job.settings().source.account;
  auto& roles = job.cluster().global().roles();
  const auto role = roles.find(account, "s3dr-batch");
  if (!role) throw Failed("there is no role for batch jobs");
  const auto policies = roles.policies(role->id);
  roles.change([&] {
    for (const auto& [name, text] : policies) roles.remove_policy(role->id, name);
  });
  job.cluster().run(job.user().tag(data(), job.focus()), "tagging");
  const auto attempt = [&] {
    const auto record = job.record(data());
    return record && record->backfill ? record->backfill->attempt : 0;
  };
  if (!job.wait_until([&] { return attempt() == 2; }, limit)) throw Failed("the failed job was not noticed");
  roles.change([&] {
    for (const auto& [name, text] : policies) roles.put_policy(role->id, name, text);
  });
  job.converge({data()}, limit * 2);
}

// Its task fails for our destination: the report says which version, and the replica lacks it.
void unreadable_version(DeployedJob& job) {
  std::string body;
  {
    cloud::Connection db(job.cluster().source().storage().open_database());
    auto row = db.prepare(
        "SELECT body FROM object_version WHERE bucket = (SELECT id FROM bucket WHERE name = ?) LIMIT 1");
    row.bind(data().text());
    if (!row.step()) throw Failed("the bucket has no history");
    body = row.text(0);
  }
  if (!job.cluster().source().storage().flip_bit(body, 1)) throw Failed("nothing to flip");
  job.cluster().run(job.user().tag(data(), job.focus()), "tagging");
  const auto told = [&] {
    const auto record = job.record(data());
    return record && record->backfill &&
           record->backfill->last_failure.find("missing on the replica") != std::string::npos;
  };
  if (!job.wait_until(told, limit)) throw Failed("the record does not say that a version is missing");
}

void replica_tags(DeployedJob& job) {
  job.cluster().run(set_tag(job.cluster(), "owner", "orange"), "another tag");
  const auto tagged = [&] {
    cloud::Connection db(job.destination().storage().open_database());
    auto row = db.prepare("SELECT tags FROM bucket WHERE name = ?");
    row.bind(job.record(data())->replica.bucket.text());
    return row.step() && row.text(0).find("orange") != std::string::npos;
  };
  if (!job.wait_until(tagged, limit)) throw Failed("the replica did not get the tag");
}

// Each message comes twice, so that two of a kind work at the same time.
void record_conflict(DeployedJob& job) {
  job.functions().chaos.duplicated = 1;
  job.functions().chaos.delay_max = milliseconds(2);
  tag_and_converge(job);
  const auto& log = job.destination().access_log();
  const auto lost = std::ranges::count_if(
      log, [](const cloud::AccessRecord& record) { return record.status == 412 || record.status == 409; });
  if (lost == 0) throw Failed("nobody lost a race for the record");
}

Task<> empty_protected(DeployedJob& job) {
  co_await job.user().make_bucket(data());
  co_await job.user().tag(data(), job.focus());
}

void empty_protected_bucket(DeployedJob& job) {
  job.watch().add_source(data());
  job.cluster().run(empty_protected(job), "an empty bucket");
  job.converge({data()}, limit);
  job.settle(limit);
}

// Its job finds nothing, so the source is listed.
void empty_bucket(DeployedJob& job) {
  empty_protected_bucket(job);
}

Task<> delete_bucket(Cluster& cluster) {
  client::S3Call call;
  call.method = "DELETE";
  call.bucket = data();
  call.owner = cluster.account();
  call.repeatable = Repeatable::always;
  co_await cluster.user().source_client->require(std::move(call));
}

void source_deleted(DeployedJob& job) {
  job.cluster().run(delete_bucket(job.cluster()), "the source deleted");
  const auto gone = [&] { return job.record(data())->state == dr::State::source_gone; };
  if (!job.wait_until(gone, limit)) throw Failed("the record does not say that the source is gone");
}

Task<> write_on(DeployedJob& job) {
  Cluster& cluster = job.cluster();
  co_await put_some(job.user());
  client::ObjectWriter writer(*cluster.user().source_client, cluster.account());
  client::PutOptions options;
  options.tags = {{"class", "1"}};
  const auto put =
      co_await writer.put_object(data(), s3::ObjectKey("tagged"), client::text_source("tagged"), options);
  job.user().book(data()).acknowledged[{"tagged", put.version_id.text()}] = {"tagged", false};
}

void live_writes(DeployedJob& job) {
  job.cluster().run(write_on(job), "writing on");
  if (!job.wait_until([&] { return job.is_replicated(data()); }, limit))
    throw Failed("what was written under the live rule did not arrive");
}

// A function whose process dies at its first call, each time.
void given_up(DeployedJob& job, dr::Function function) {
  job.functions().kill_function = deploy::Names(job.settings()).function(function);
  job.cluster().run(job.user().tag(data(), job.focus()), "tagging");
  const auto told = [&] {
    const std::string arn = deploy::Names(job.settings(), job.focus()).function_arn(function);
    return std::ranges::any_of(job.dead_letters(), [&](const DeadLetterRow& letter) {
      return letter.body.find(arn) != std::string::npos;
    });
  };
  if (!job.wait_until(told, limit)) throw Failed("no dead letter tells of what was given up");
}
void source_given_up(DeployedJob& job) {
  given_up(job, dr::Function::source_bucket_check);
}
void destination_given_up(DeployedJob& job) {
  given_up(job, dr::Function::destination_bucket_check);
}
void enable_given_up(DeployedJob& job) {
  given_up(job, dr::Function::enable_replication);
}

void logs_there(DeployedJob& job) {
  bucket_with_history(job);
  tag_and_converge(job);
  const auto lines = job.lines();
  for (const dr::Function function : dr::all_functions) {
    const std::string group = deploy::Names(job.settings()).log_group(function) + " ";
    if (std::ranges::none_of(lines, [&](const std::string& line) { return line.starts_with(group); }))
      throw Failed("nothing in the log group " + group);
  }
}

}  // namespace

std::span<const PrivilegeScenario> privilege_scenarios() {
  static constexpr PrivilegeScenario all[] = {
      {"first tag", nullptr, first_tag, nullptr},
      {"handed on", versioned_bucket, handed_on, rare_sweeps},
      {"untag pauses", protected_bucket, untag_pauses, nullptr},
      {"rule deleted by hand", protected_bucket, rule_deleted, nullptr},
      {"rule deleted after a comparison", compared_bucket, rule_deleted, nullptr},
      {"adoption", bucket_with_history, adoption, nullptr},
      {"sweep that goes on", many_buckets, sweep_goes_on, short_invocations},
      {"heartbeat", nullptr, heartbeat, nullptr},
      {"failed job, next attempt", bucket_with_history, failed_job, nullptr},
      // Only the minutes between two sweeps are left to start the next attempt.
      {"failed job between sweeps", bucket_with_history, failed_job, rare_sweeps},
      {"unreadable version", bucket_with_history, unreadable_version, nullptr},
      {"tags of the replica", protected_bucket, replica_tags, nullptr},
      {"race for the record", bucket_with_history, record_conflict, nullptr},
      {"source deleted", empty_protected_bucket, source_deleted, nullptr},
      {"empty bucket", nullptr, empty_bucket, nullptr},
      {"live writes", protected_bucket, live_writes, nullptr},
      {"source_bucket_check given up", bucket_with_history, source_given_up, nullptr},
      {"destination_bucket_check given up", bucket_with_history, destination_given_up, nullptr},
      {"enable_replication given up", bucket_with_history, enable_given_up, nullptr},
      {"logs", nullptr, logs_there, nullptr},
      {"settings", nullptr, settings_of_every_kind, follow_every_setting},
  };
  return all;
}

}  // namespace s3dr::sim
