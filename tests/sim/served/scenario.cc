#include "sim/world/scenario.h"

#include <algorithm>
#include <set>
#include <vector>

#include "dr/replication_rule.h"
#include "sim/world/cluster.h"
#include "sim/world/user.h"
#include "sim/world/watch.h"

namespace s3dr::sim {
namespace {

constexpr std::uint64_t seeds_for_a_virtual_host = 10;  // one in so many; no dice, so that the others stay
// One in so many has a second protection, in a third region and another account. No dice here either.
constexpr std::uint64_t seeds_for_a_second_destination = 5;
constexpr const char* second_destination = "second destination";
constexpr const char* in_both = "bucket verified at both destinations in the end";
constexpr const char* in_one = "bucket verified at one of two destinations in the end";
constexpr const char* to_a_virtual_host = "request to a bucket's own host";
constexpr milliseconds heal_max = std::chrono::minutes(20);

class Scenario {
 public:
  Scenario(std::uint64_t seed, Log* log)
      : random_(make_seeded_random(seed)),
        cluster_({.seed = random_->next(),
                  .controllers = random_->chance(0.25) ? 2 : 1,
                  .log = log,
                  .second_destination = seed % seeds_for_a_second_destination == 3,
                  .virtual_hosts = seed % seeds_for_a_virtual_host == 0}),
        user_(cluster_, random_->next()),
        watch_(cluster_, user_),
        tagged_(cluster_.protections().size()) {}

  void run() {
    set_up();
    const std::uint64_t turns = 4 + random_->below(12);
    for (std::uint64_t turn = 0; turn < turns; ++turn) {
      take_turn();
      cluster_.run_for(milliseconds(random_->chance(0.2) ? random_->below(70'000) : random_->below(3'000)));
      bring_some_back();
    }
    heal();
  }

  ScenarioResult result() {
    ScenarioResult result;
    for (std::size_t i = 0; i < fault_count; ++i)
      counts_[std::string(to_string(static_cast<Fault>(i)))] += cluster_.network().faults()[i];
    counts_[to_a_virtual_host] += cluster_.network().requests_to_virtual_hosts();
    counts_["write of a user without an answer"] += user_.unanswered();
    counts_["verified said anew, checked"] += watch_.verified_claims();
    result.counts = counts_;
    result.trace = cluster_.network().trace();
    result.requests = cluster_.network().requests();
    return result;
  }

 private:
  s3::BucketName some_bucket() { return buckets_[random_->below(buckets_.size())]; }

  FaultRates some_rates(double scale) {
    FaultRates rates{};
    for (std::size_t i = 0; i < fault_count; ++i) {
      if (random_->chance(0.4)) rates[i] = random_->unit() * scale;
    }
    rates[static_cast<std::size_t>(Fault::door_closed)] = 0;
    return rates;
  }

  void set_up() {
    for (RegionNode* region : cluster_.regions()) region->start();
    if (tagged_.size() > 1) ++counts_[second_destination];
    // Most days are calm on most links; some are not.
    const auto calm_or_not = [this] {
      return random_->chance(0.3) ? 0.0 : random_->chance(0.3) ? 0.3 : 0.06;
    };
    const std::uint64_t count = random_->chance(0.7) ? 1 : 2 + random_->below(2);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto bucket = s3::BucketName::parse("data-" + std::to_string(i + 1));
      buckets_.push_back(bucket);
      watch_.add_source(bucket);
      cluster_.run(user_.make_bucket(bucket), "creating a bucket");
      for (std::uint64_t writes = random_->below(4); writes > 0; --writes)
        cluster_.run(user_.do_something(bucket), "history");
      if (random_->chance(0.25)) put_foreign_rule(bucket);
    }
    for (const auto& controller : cluster_.controllers()) {
      *controller->rates() = some_rates(calm_or_not());
      controller->start();
    }
    if (cluster_.controllers().size() > 1) ++counts_["second controller"];
    *cluster_.region_rates() = some_rates(calm_or_not());
    *cluster_.user_rates() = some_rates(random_->chance(0.5) ? 0.0 : 0.06);
  }

  void put_foreign_rule(const s3::BucketName& bucket) {
    const auto archive = s3::BucketName::parse("archive-of-" + bucket.text());
    watch_.allow(archive);
    cluster_.run(user_.make_versioned(*cluster_.user().destination, archive), "an archive");
    cluster_.run(user_.make_versioned(*cluster_.user().source, bucket), "versioning by the user");
    std::string text;
    const auto put = [](User& user, s3::BucketName from, s3::BucketName to, std::string& kept) -> Task<> {
      kept = co_await user.put_foreign_rule(from, to);
    };
    cluster_.run(put(user_, bucket, archive, text), "a rule of the users");
    if (text.empty()) throw Failed("the users' rule is not to be found");
    watch_.keep_rule(bucket, User::foreign_rule_id, text);
    ++counts_["rule of the users"];
  }

  void take_turn() {
    const std::uint64_t choice = random_->below(100);
    if (choice < 45) {
      const auto bucket = some_bucket();
      for (std::uint64_t writes = 1 + random_->below(3); writes > 0; --writes)
        cluster_.run(user_.do_something(bucket), "work of a user");
    } else if (choice < 60) {
      toggle_tag(some_bucket());
    } else if (choice < 68) {
      meddle(some_bucket());
    } else if (choice < 80) {
      kill_a_controller();
    } else if (choice < 90) {
      kill_a_region();
    } else {
      arm_a_region();
    }
  }

  void toggle_tag(const s3::BucketName& bucket) {
    const std::size_t protection = some_protection();
    const bool tagged = tagged_[protection].contains(bucket);
    bool answered = false;
    const auto attempt = [](User& user, s3::BucketName name, bool want, std::size_t which,
                            bool& done) -> Task<> { done = co_await user.try_to_tag(name, want, which); };
    cluster_.run(attempt(user_, bucket, !tagged, protection, answered), "tagging");
    if (!answered) return;
    ++counts_[tagged ? "bucket untagged" : "bucket tagged"];
    if (tagged) {
      tagged_[protection].erase(bucket);
    } else {
      tagged_[protection].insert(bucket);
    }
  }

  void meddle(const s3::BucketName& bucket) {
    static constexpr std::pair<User::Meddling, const char*> ways[] = {
        {User::Meddling::remove, "our rule removed by hand"},
        {User::Meddling::disable, "our rule disabled by hand"},
        {User::Meddling::edit, "our rule edited by hand"}};
    const auto& [how, name] = ways[random_->below(3)];
    bool done = false;
    const auto attempt = [](User& user, s3::BucketName target, User::Meddling way, bool& did) -> Task<> {
      did = co_await user.meddle(target, way);
    };
    cluster_.run(attempt(user_, bucket, how, done), "meddling");
    if (done) ++counts_[name];
  }

  void kill_a_controller() {
    auto& controller = *cluster_.controllers()[random_->below(cluster_.controllers().size())];
    if (!controller.running()) return;
    controller.stop();
    ++counts_["controller killed"];
  }

  std::size_t some_protection() { return tagged_.size() == 1 ? 0 : random_->below(tagged_.size()); }

  RegionNode& some_region() {
    return random_->chance(0.5) ? cluster_.source() : cluster_.destination(some_protection());
  }

  void kill_a_region() {
    RegionNode& region = some_region();
    if (!region.running()) return;
    region.stop();
    ++counts_[&region == &cluster_.source() ? "source region killed" : "destination region killed"];
  }

  void arm_a_region() {
    RegionNode& region = some_region();
    if (region.running()) region.die_at_commit(1 + random_->below(12), random_->chance(0.5));
  }

  void bring_some_back() {
    for (RegionNode* region : cluster_.regions()) {
      if (!region->running() && random_->chance(0.5)) region->start();
    }
    for (const auto& controller : cluster_.controllers()) {
      if (controller->ended())
        throw Failed(controller->name() + " ended by itself: " + controller->why_ended());
      if (!controller->running() && random_->chance(0.5)) controller->start();
    }
  }

  void heal() {
    for (const auto& controller : cluster_.controllers()) *controller->rates() = {};
    *cluster_.region_rates() = {};
    *cluster_.user_rates() = {};
    for (RegionNode* region : cluster_.regions()) {
      region->commits().die_at = 0;
      counts_["region died at a commit"] += region->commits().deaths;
      if (!region->running()) region->start();
    }
    for (const auto& controller : cluster_.controllers()) {
      if (controller->ended()) controller->stop();
      if (!controller->running()) controller->start();
    }
    for (const s3::BucketName& bucket : buckets_) {
      for (std::size_t protection = 0; protection < tagged_.size(); ++protection) {
        const bool tagged = tagged_[protection].contains(bucket) || random_->chance(0.6);
        if (tagged) tagged_[protection].insert(bucket);
        cluster_.run(tagged ? user_.tag(bucket, protection) : user_.untag(bucket, protection),
                     "tagging in the end");
      }
      if (random_->chance(0.3)) cluster_.run(user_.do_something(bucket), "work of a user in the end");
    }
    watch_.expect_all_converged(tagged_, heal_max);
    for (const auto& tagged : tagged_) {
      counts_["bucket verified in the end"] += tagged.size();
      counts_["bucket untagged in the end"] += buckets_.size() - tagged.size();
    }
    if (tagged_.size() < 2) return;
    for (const s3::BucketName& bucket : buckets_) {
      const bool near = tagged_[0].contains(bucket), vault = tagged_[1].contains(bucket);
      if (near && vault) ++counts_[in_both];
      if (near != vault) ++counts_[in_one];
    }
  }

  std::unique_ptr<Random> random_;
  Cluster cluster_;
  User user_;
  Watch watch_;
  std::vector<s3::BucketName> buckets_;
  Watch::Tagged tagged_;  // by protection
  Counts counts_ = all_counts();
};

}  // namespace

const Counts& all_counts() {
  static const Counts names = [] {
    std::vector<Fault> faults;
    for (std::size_t i = 0; i < fault_count; ++i) faults.push_back(static_cast<Fault>(i));
    return zero_counts(
        faults,
        {to_a_virtual_host, second_destination, in_both, in_one, "second controller", "rule of the users",
         "bucket tagged", "bucket untagged", "our rule removed by hand", "our rule disabled by hand",
         "our rule edited by hand", "controller killed", "source region killed", "destination region killed",
         "region died at a commit", "write of a user without an answer", "verified said anew, checked",
         "bucket verified in the end", "bucket untagged in the end"});
  }();
  return names;
}

ScenarioResult run_scenario(std::uint64_t seed, Log* log) {
  std::string failure;
  Scenario scenario(seed, log);
  try {
    scenario.run();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  ScenarioResult result = scenario.result();
  result.failure = std::move(failure);
  return result;
}

}  // namespace s3dr::sim
