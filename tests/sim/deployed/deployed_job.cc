#include "sim/deployed/deployed_job.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

namespace s3dr::sim {
namespace {

constexpr milliseconds down_time{1'000};
constexpr std::size_t lines_max = 20'000;

class NoTopic : public ports::Topic {
 public:
  Task<> publish(std::string) override { co_return; }
};

Task<> verify_once(functions::Context context, ports::ObjectStore& source, ports::ObjectStore& replica,
                   s3::BucketName bucket, std::optional<control::VerificationResult>& result) {
  result = co_await control::verify_protection(context, source, replica, bucket, {}, {});
}

std::string line_of(std::string_view event, const std::vector<LogField>& fields) {
  std::string line(event);
  for (const LogField& field : fields) line += " " + field.name + "=" + field.value;
  return line;
}

}  // namespace

// Keeps what the regions warn of.
class DeployedJob::KeptLog : public Log {
 public:
  explicit KeptLog(Log* next) : next_(next) {}
  void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override {
    if (level >= LogLevel::warning && lines.size() < lines_max) lines.push_back(line_of(event, fields));
    if (next_ != nullptr) next_->write(level, event, fields);
  }
  std::vector<std::string> lines;

 private:
  Log* next_;
};

DeployedJob::DeployedJob(DeployedJobOptions options)
    : log_(std::make_unique<KeptLog>(options.log)),
      deployed_([&] {
        ClusterOptions cluster;
        cluster.seed = options.seed;
        cluster.controllers = 0;
        cluster.two_accounts = options.two_accounts;
        cluster.second_destination = options.protections > 1;
        cluster.third_protection = options.protections > 2;
        cluster.log = log_.get();
        cluster.make_runner = [this](cloud::RegionContext& region) {
          FunctionHostOptions host;
          host.network = [this]() -> Network& { return this->cluster().network(); };
          host.watch = functions_;
          host.seed = region.random.next();
          host.dead = [this, name = region.options.region] {
            const auto& all = this->cluster().regions();
            return (*std::ranges::find(all, name, &RegionNode::name))->dying();
          };
          return make_function_host(region, std::move(host));
        };
        return cluster;
      }()),
      user_(deployed_.cluster(), options.seed + 1),
      watch_(deployed_.cluster(), user_),
      focus_(options.focus) {
  deploy::Settings& settings = deployed_.settings();
  settings.alarms = false;  // an alarm outlives what it told of: "healthy" is to speak of dead letters alone
  std::vector<std::string> endpoints;
  for (const RegionNode* region : cluster().regions())
    endpoints.push_back(fmt::format(R"("{0}":"http://{0}")", region->name().text()));
  settings.endpoints_json = fmt::format("{{{}}}", fmt::join(endpoints, ","));
  if (options.change_settings) options.change_settings(settings);
  cluster().on_pause = [this] {
    watch_.look();
    revive();
  };
}

DeployedJob::~DeployedJob() = default;

void DeployedJob::revive() {
  if (!reviving_) return;
  const milliseconds now = cluster().clock().uptime();
  for (RegionNode* region : cluster().regions()) {
    if (region->running()) {
      down_since_.erase(region);
    } else if (now - down_since_.try_emplace(region, now).first->second >= down_time) {
      region->start();
    }
  }
}

void DeployedJob::deploy() {
  const CommandEnd end = deployed_.apply();
  if (!end.ok()) throw Failed("deploy apply: " + end.text());
  settle(std::chrono::minutes(5));
  const FunctionWatch before = std::exchange(*functions_, FunctionWatch());
  functions_->rates = before.rates;
  functions_->before_call = before.before_call;
}

bool DeployedJob::is_replicated(const s3::BucketName& bucket, std::size_t protection) {
  const auto record = watch_.record(bucket, protection);
  if (!record) return false;
  const dr::State state = dr::progress_state(*record);
  if (state != dr::State::verifying && state != dr::State::protected_) return false;
  if (record->state != state || !has_live_rule(cluster(), bucket, protection)) return false;
  return unfaithful(cluster(), bucket.text(), record->replica.bucket.text(), cluster().clock().now(), {},
                    protection)
      .empty();
}

bool DeployedJob::is_paused(const s3::BucketName& bucket) {
  const auto record = watch_.record(bucket, focus_);
  return !has_live_rule(cluster(), bucket, focus_) && (!record || record->state == dr::State::paused);
}

control::VerificationResult DeployedJob::compare(const s3::BucketName& bucket, std::size_t protection) {
  NoTopic nowhere;
  Hands& hands = cluster().user();
  const control::ControlledProtection one = hands.protections(cluster().protections())[protection];
  const functions::Context context{*hands.source,   one.destination, one.records,       *hands.jobs,
                                   nowhere,         nowhere,         cluster().clock(), *hands.random,
                                   cluster().log(), one.policy};
  std::optional<control::VerificationResult> result;
  cluster().run(verify_once(context, *hands.source_objects, one.replica_objects, bucket, result),
                "verification");
  return std::move(*result);
}

// A backfill by status leaves out what a status does not tell, such as tags that were changed while the rule was off.
// Only comparisons find it, and a deployment makes none by itself: somebody runs `s3dr verify` now and then.
void DeployedJob::compare_now_and_then(const std::vector<std::pair<s3::BucketName, std::size_t>>& wanted) {
  constexpr auto between = std::chrono::minutes(6);
  for (int times = 0; times < 2; ++times) {
    for (const auto& [bucket, protection] : wanted) {
      const auto record = watch_.record(bucket, protection);
      if (!is_replicated(bucket, protection) && record && record->state == dr::State::verifying)
        compare(bucket, protection);
    }
    cluster().run_for(between);
  }
}

void DeployedJob::verify(const s3::BucketName& bucket, std::size_t protection) {
  const std::optional<control::VerificationResult> result = compare(bucket, protection);
  if (!result->report.equal())
    throw Failed(fmt::format("verification of {} finds {} differences", bucket.text(),
                             result->report.differences_total));
  if (!result->recorded)
    throw Failed("verification of " + bucket.text() + " not recorded: " + result->why_not_recorded);
}

bool DeployedJob::wait_until(const std::function<bool()>& holds, milliseconds limit) {
  std::uint64_t looked_at = ~std::uint64_t{0};
  bool held = false;
  return cluster().run_until(
      [&] {
        std::uint64_t state = 0;
        for (RegionNode* region : cluster().regions())
          state = state * 2 + region->commits().commits * 4 + (region->running() ? 1 : 0);
        if (state != looked_at) held = holds();
        looked_at = state;
        return held;
      },
      limit);
}

void DeployedJob::converge(const std::set<s3::BucketName>& tagged, milliseconds limit) {
  Watch::Tagged all(cluster().protections().size());
  all[focus_] = tagged;
  converge_all(all, limit);
}

void DeployedJob::converge_all(const Watch::Tagged& tagged, milliseconds limit) {
  const Instant since = cluster().clock().now();
  std::vector<std::pair<s3::BucketName, std::size_t>> wanted;
  for (std::size_t protection = 0; protection < tagged.size(); ++protection) {
    for (const s3::BucketName& bucket : tagged[protection]) wanted.emplace_back(bucket, protection);
  }
  const auto all_are_replicated = [&] {
    return std::ranges::all_of(wanted,
                               [this](const auto& one) { return is_replicated(one.first, one.second); });
  };
  if (!wait_until(all_are_replicated, limit)) {
    compare_now_and_then(wanted);
    wait_until(all_are_replicated, limit);
  }
  for (const auto& [bucket, protection] : wanted) {
    if (!is_replicated(bucket, protection))
      throw Failed(fmt::format("{} was not replicated by {} within {} min: {}", bucket.text(),
                               cluster().protections()[protection].protection_name,
                               std::chrono::duration_cast<std::chrono::minutes>(limit).count(),
                               watch_.why_not(bucket, protection)));
    verify(bucket, protection);
  }
  watch_.expect_all_converged(tagged, limit, since);
}

std::int64_t DeployedJob::count(RegionNode& region, const char* sql) {
  cloud::Connection db(region.storage().open_database());
  auto row = db.prepare(sql);
  return row.step() ? row.integer(0) : 0;
}

bool DeployedJob::is_quiet() {
  for (RegionNode* region : cluster().regions()) {
    if (!region->running()) return false;
    if (count(*region,
              "SELECT (SELECT COUNT(*) FROM lambda_invocation) + (SELECT COUNT(*) FROM sns_delivery) + "
              "(SELECT COUNT(*) FROM event_delivery) + (SELECT COUNT(*) FROM event)") > 0)
      return false;
  }
  return true;
}

void DeployedJob::settle(milliseconds limit) {
  if (!wait_until([this] { return is_quiet(); }, limit))
    throw Failed(fmt::format("events, messages or invocations still under way after {} min",
                             std::chrono::duration_cast<std::chrono::minutes>(limit).count()));
}

std::vector<DeadLetterRow> DeployedJob::dead_letters() {
  std::vector<DeadLetterRow> result;
  for (RegionNode* region : cluster().regions()) {
    cloud::Connection db(region->storage().open_database());
    auto row = db.prepare("SELECT body, attributes FROM sqs_message ORDER BY sent_ms, id");
    while (row.step()) result.push_back({region->name().text(), row.text(0), row.text(1)});
  }
  return result;
}

std::vector<std::string> DeployedJob::lines() {
  std::vector<std::string> result = log_->lines;
  for (RegionNode* region : cluster().regions()) {
    cloud::Connection db(region->storage().open_database());
    auto row = db.prepare(
        "SELECT log_group.name, message FROM log_event JOIN log_stream ON log_stream.id = stream "
        "JOIN log_group ON log_group.id = log_group ORDER BY log_event.id");
    while (row.step()) result.push_back(row.text(0) + " " + row.text(1));
  }
  return result;
}

std::string DeployedJob::end_state() {
  std::vector<std::string> buckets;
  for (const std::string& name : bucket_names(cluster().source())) {
    const auto bucket = s3::BucketName::parse(name);
    if (name == cluster().policy().reports_bucket.text()) continue;
    const std::string xml = replication_xml(cluster().source(), name);
    std::string line = name;
    for (std::size_t i = 0; i < cluster().protections().size(); ++i) {
      const auto record = watch_.record(bucket, i);
      // Whether a bucket that is not tagged ever had a rule is a matter of chance: it may have been untagged
      // before anybody looked.
      line += has_live_rule(cluster(), bucket, i) && record
                  ? " → " + record->replica.bucket.text() + " " + std::string(dr::to_string(record->state))
                  : " not protected";
    }
    buckets.push_back(line + " | rule of users: " + rule_text(xml, User::foreign_rule_id));
  }
  return fmt::format("{}", fmt::join(buckets, "\n"));
}

}  // namespace s3dr::sim
