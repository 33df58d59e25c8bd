#include "sim/deployed/deployed_scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "sim/served/main_job.h"

namespace s3dr::sim {
namespace {

constexpr milliseconds heal_max = std::chrono::minutes(30);
// Lambda's own retries, a message held back, and the sweep after them.
constexpr milliseconds quiet_max = std::chrono::minutes(30);
constexpr const char* several_protections = "several protections";

// Some have two protections, some three; no dice here, so that the others stay. No kept seed ends with these digits.
std::size_t protections_of(std::uint64_t seed) {
  if (seed % 10 == 1) return 2;
  return seed % 10 == 7 ? 3 : 1;
}

class DeployedScenario {
 public:
  DeployedScenario(std::uint64_t seed, bool chaos, Log* log)
      : chaos_(chaos),
        random_(make_seeded_random(seed)),
        dice_(make_seeded_random(seed ^ 0x9e3779b97f4a7c15ULL)),
        job_({random_->next(), log, false, {}, protections_of(seed)}),
        tagged_(job_.cluster().protections().size()) {}

  void run() {
    set_up();
    const std::uint64_t turns = 3 + random_->below(8);
    for (std::uint64_t turn = 0; turn < turns; ++turn) {
      take_turn();
      const std::uint64_t wait = random_->chance(0.25) ? random_->below(400'000) : random_->below(30'000);
      if (chaos_) strike();
      job_.cluster().run_for(milliseconds(wait));
    }
    heal();
  }

  std::string end_state() { return job_.end_state(); }
  DeployedJob& job() { return job_; }

  ScenarioResult result() {
    ScenarioResult result;
    const FunctionWatch& watch = job_.functions();
    const FaultCounts& faults = job_.cluster().network().faults();
    for (std::size_t i = 0; i < fault_count; ++i) {
      const auto name = std::string(to_string(static_cast<Fault>(i)));
      if (counts_.contains(name)) counts_[name] += faults[i];
    }
    counts_["message delivered to a function"] += watch.messages;
    counts_["event delivered to a function"] += watch.events;
    counts_["call of a function"] += watch.calls;
    counts_["delivery twice"] += watch.duplicated;
    counts_["delivery held back"] += watch.delayed;
    counts_["delivery throttled"] += watch.throttled;
    counts_["function killed"] += watch.killed;
    counts_["invocation failed"] += watch.failed;
    counts_["verified said anew, checked"] += job_.watch().verified_claims();
    result.counts = counts_;
    result.trace = job_.cluster().network().trace();
    result.requests = job_.cluster().network().requests();
    return result;
  }

 private:
  std::size_t some_protection() { return tagged_.size() == 1 ? 0 : random_->below(tagged_.size()); }
  s3::BucketName some_bucket() { return buckets_[random_->below(buckets_.size())]; }

  void set_up() {
    job_.deploy();
    if (tagged_.size() > 1) ++counts_[several_protections];
    const std::uint64_t count = random_->chance(0.7) ? 1 : 2;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto bucket = s3::BucketName::parse("data-" + std::to_string(i + 1));
      buckets_.push_back(bucket);
      job_.watch().add_source(bucket);
      job_.cluster().run(job_.user().make_bucket(bucket), "creating a bucket");
      for (std::uint64_t writes = random_->below(4); writes > 0; --writes)
        job_.cluster().run(job_.user().do_something(bucket), "history");
      if (random_->chance(0.25)) put_foreign_rule(bucket);
    }
    job_.revive_regions();
    if (chaos_) begin_chaos();
  }

  // S3 has one role for all rules of a bucket: ours goes by the users' role, so it may replicate to ours, too.
  static void make_role_of_users(Cluster& cluster) {
    auto& roles = cluster.global().roles();
    const std::string arn = User::foreign_role_arn;
    if (roles.find_by_arn(arn)) return;
    roles.change([&] {
      cloud::Role role;
      role.id = "AROAARCHIVEOFTHEUSERS";
      role.created = cluster.clock().now();
      role.account = cluster.account();
      role.name = arn.substr(arn.rfind('/') + 1);
      role.trust =
          R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},)"
          R"("Action":"sts:AssumeRole"}]})";
      roles.add(role);
      roles.put_policy(
          role.id, "replicate",
          R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})");
    });
  }

  void put_foreign_rule(const s3::BucketName& bucket) {
    const auto archive = s3::BucketName::parse("archive-of-" + bucket.text() + "-dr");
    job_.watch().allow(archive);
    Cluster& cluster = job_.cluster();
    cluster.run(job_.user().make_versioned(*cluster.user().destination, archive), "an archive");
    cluster.run(job_.user().make_versioned(*cluster.user().source, bucket), "versioning by the user");
    make_role_of_users(cluster);
    std::string text;
    const auto put = [](User& user, s3::BucketName from, s3::BucketName to, std::string& kept) -> Task<> {
      kept = co_await user.put_foreign_rule(from, to);
    };
    cluster.run(put(job_.user(), bucket, archive, text), "a rule of the users");
    if (text.empty()) throw Failed("the users' rule is not to be found");
    job_.watch().keep_rule(bucket, User::foreign_rule_id, text);
    ++counts_["rule of the users"];
  }

  // Calm, a little or a lot of each.
  double some_rate(double most) { return dice_->chance(0.4) ? 0.0 : dice_->unit() * most; }

  void begin_chaos() {
    FunctionChaos& chaos = job_.functions().chaos;
    chaos.duplicated = some_rate(0.7);
    chaos.delayed = some_rate(0.7);
    chaos.throttled = some_rate(0.5);
    chaos.killed = some_rate(0.06);
    FaultRates& rates = *job_.functions().rates;
    const double scale = dice_->chance(0.3) ? 0.2 : 0.05;
    for (std::size_t i = 0; i < fault_count; ++i) rates[i] = some_rate(scale);
    rates[static_cast<std::size_t>(Fault::answer_503)] = some_rate(0.3);
    rates[static_cast<std::size_t>(Fault::door_closed)] = 0;
    FaultRates& between = *job_.cluster().region_rates();
    for (std::size_t i = 0; i < fault_count; ++i) between[i] = some_rate(0.05);
    between[static_cast<std::size_t>(Fault::denied)] = 0;
    between[static_cast<std::size_t>(Fault::door_closed)] = 0;
  }

  void strike() {
    if (dice_->chance(0.85)) return;
    const std::vector<RegionNode*>& regions = job_.cluster().regions();
    RegionNode& region =
        dice_->chance(0.5) ? *regions.front() : *regions[1 + dice_->below(regions.size() - 1)];
    if (!region.running()) return;
    if (dice_->chance(0.5)) {
      region.stop();
    } else {
      region.die_at_commit(1 + dice_->below(40), dice_->chance(0.5));
    }
    ++counts_["region killed"];
  }

  // Users wait until a region that died is back: what they do is the same with and without chaos.
  void wait_for_regions() {
    const auto up = [this] { return std::ranges::all_of(job_.cluster().regions(), &RegionNode::running); };
    if (!job_.cluster().run_until(up, std::chrono::minutes(1))) throw Failed("a region did not come back");
  }

  void take_turn() {
    wait_for_regions();
    const std::uint64_t choice = random_->below(100);
    const auto bucket = some_bucket();
    Cluster& cluster = job_.cluster();
    if (choice < 40) {
      for (std::uint64_t writes = 1 + random_->below(3); writes > 0; --writes)
        cluster.run(job_.user().do_something(bucket), "work of a user");
    } else if (choice < 80) {
      const std::size_t protection = some_protection();
      const bool tagged = tagged_[protection].contains(bucket);
      cluster.run(tagged ? job_.user().untag(bucket, protection) : job_.user().tag(bucket, protection),
                  "tagging");
      ++counts_[tagged ? "bucket untagged" : "bucket tagged"];
      if (tagged) {
        tagged_[protection].erase(bucket);
      } else {
        tagged_[protection].insert(bucket);
      }
    } else {
      meddle(bucket);
    }
  }

  void meddle(const s3::BucketName& bucket) {
    static constexpr User::Meddling ways[] = {User::Meddling::remove, User::Meddling::disable,
                                              User::Meddling::edit};
    bool done = false;
    const auto attempt = [](User& user, s3::BucketName target, User::Meddling way, bool& did) -> Task<> {
      did = co_await user.meddle(target, way);
    };
    job_.cluster().run(attempt(job_.user(), bucket, ways[random_->below(3)], done), "meddling");
    if (done) ++counts_["our rule changed by hand"];
  }

  void heal() {
    job_.functions().chaos = {};
    *job_.functions().rates = {};
    *job_.cluster().region_rates() = {};
    for (RegionNode* region : job_.cluster().regions()) {
      region->commits().die_at = 0;
      if (!region->running()) region->start();
    }
    for (const s3::BucketName& bucket : buckets_) {
      for (std::size_t protection = 0; protection < tagged_.size(); ++protection) {
        const bool tagged = tagged_[protection].contains(bucket) || random_->chance(0.6);
        if (tagged) tagged_[protection].insert(bucket);
        job_.cluster().run(
            tagged ? job_.user().tag(bucket, protection) : job_.user().untag(bucket, protection),
            "tagging in the end");
      }
    }
    settle_for_good();
    job_.converge_all(tagged_, heal_max);
    job_.settle(quiet_max);
    judge_deliveries(job_);
    for (const auto& tagged : tagged_) {
      counts_["bucket verified in the end"] += tagged.size();
      counts_["bucket untagged in the end"] += buckets_.size() - tagged.size();
    }
    counts_["dead letter, explained"] += job_.dead_letters().size();
  }

  // Everything under way comes to its end, and a sweep finds what was given up. Only then is there an end to
  // verify: a rule that is still to be put right begins a new generation, and the old one's verification
  // lapses.
  void settle_for_good() {
    job_.settle(quiet_max);
    job_.cluster().run_for(std::chrono::minutes(job_.settings().sweep_minutes + 1));
    job_.settle(quiet_max);
  }

  bool chaos_;
  std::unique_ptr<Random> random_, dice_;  // of the users; of chaos
  DeployedJob job_;
  std::vector<s3::BucketName> buckets_;
  Watch::Tagged tagged_;  // by protection
  Counts counts_ = deployed_counts();
};

}  // namespace

const Counts& deployed_counts() {
  static constexpr Fault faults[] = {Fault::refused,    Fault::request_lost,    Fault::reply_lost,
                                     Fault::answer_500, Fault::answer_500_late, Fault::answer_503,
                                     Fault::denied,     Fault::request_cut,     Fault::reply_cut,
                                     Fault::slow,       Fault::overtaken};
  static const Counts names = zero_counts(
      faults, {several_protections, "rule of the users", "bucket tagged", "bucket untagged",
               "our rule changed by hand", "region killed", "message delivered to a function",
               "event delivered to a function", "call of a function", "delivery twice", "delivery held back",
               "delivery throttled", "function killed", "invocation failed", "dead letter, explained",
               "verified said anew, checked", "bucket verified in the end", "bucket untagged in the end"});
  return names;
}

void judge_deliveries(DeployedJob& job) {
  const auto letters = job.dead_letters();
  std::size_t found = 0;
  for (const auto& [id, fate] : job.functions().fates) {
    if (fate.succeeded) continue;
    const bool in_letter = std::ranges::any_of(letters, [&](const DeadLetterRow& letter) {
      return letter.region == fate.region && letter.body.find(id) != std::string::npos;
    });
    if (!in_letter)
      throw Failed(
          fmt::format("lost: invocation {} of {} in {} failed after {} attempts ({}) and no dead "
                      "letter tells of it: {}",
                      id, fate.function, fate.region, fate.attempts, fate.error, fate.event));
    ++found;
  }
  if (found != letters.size())
    throw Failed(fmt::format("{} dead letters, {} invocations given up", letters.size(), found));
  const CommandEnd end = job.deployed().status();
  if (!end.ok()) throw Failed("deploy status: " + end.text());
  std::int64_t told = 0;
  for (const deploy::QueueStatus& queue : end.status.queues) {
    told += queue.messages;
    for (const deploy::DeadLetter& letter : queue.letters) {
      if (letter.from.empty() || letter.reason.empty())
        throw Failed("deploy status does not explain a dead letter: " + letter.body);
    }
  }
  if (std::cmp_not_equal(told, letters.size()))
    throw Failed(fmt::format("deploy status tells of {} dead letters, there are {}", told, letters.size()));
  if (end.status.healthy() != letters.empty())
    throw Failed("deploy status calls it healthy with dead letters, or not healthy without");
}

bool vanished_letter_is_found(Log* log) {
  DeployedJob job({.seed = 1, .log = log});
  job.deploy();
  const auto bucket = s3::BucketName::parse("data-1");
  job.watch().add_source(bucket);
  job.cluster().run(job.user().make_bucket(bucket), "creating a bucket");
  job.functions().kill_function = "s3dr-source_bucket_check";
  job.cluster().run(job.user().tag(bucket), "tagging");
  const auto given_up = [&] { return !job.dead_letters().empty(); };
  if (!job.cluster().run_until(given_up, quiet_max)) throw Failed("nothing was given up");
  job.functions().kill_function.clear();
  job.converge({bucket}, heal_max);
  job.settle(quiet_max);
  judge_deliveries(job);
  plant(job.cluster().source(), "DELETE FROM sqs_message WHERE id = (SELECT MIN(id) FROM sqs_message)");
  try {
    judge_deliveries(job);
  } catch (const Failed& failure) {
    return std::string_view(failure.what()).starts_with("lost: ");
  }
  return false;
}

ScenarioResult run_deployed_scenario(std::uint64_t seed, Log* log) {
  std::string failure, clean_end;
  try {
    DeployedScenario clean(seed, false, log);
    clean.run();
    clean_end = clean.end_state();
    if (!clean.job().dead_letters().empty()) throw Failed("dead letters");
  } catch (const std::exception& error) {
    failure = std::string("without chaos: ") + error.what();
  }
  DeployedScenario scenario(seed, true, log);
  if (failure.empty()) {
    try {
      scenario.run();
      if (const std::string end = scenario.end_state(); end != clean_end)
        failure = "another end than without chaos:\n" + end + "\nwithout:\n" + clean_end;
    } catch (const std::exception& error) {
      failure = error.what();
    }
  }
  ScenarioResult result = scenario.result();
  result.failure = std::move(failure);
  return result;
}

}  // namespace s3dr::sim
