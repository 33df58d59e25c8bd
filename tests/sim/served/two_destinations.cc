// Two protections of one source: the second one's destination is a third region and another account.
#include <fmt/format.h>

#include <utility>

#include "dr/replication_rule.h"
#include "sim/served/main_job.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

constexpr std::size_t near = 0, vault = 1;

Task<> write(User& user, s3::BucketName bucket, std::string key) {
  co_await user.put(bucket, std::move(key));
}

class TwoDestinations {
 public:
  TwoDestinations(int buckets, Log* log)
      : cluster_({.seed = 7, .log = log, .second_destination = true}),
        user_(cluster_, 7),
        watch_(cluster_, user_) {
    for (RegionNode* region : cluster_.regions()) region->start();
    for (int i = 1; i <= buckets; ++i) {
      const auto bucket = s3::BucketName::parse(fmt::format("data-{:02}", i));
      watch_.add_source(bucket);
      buckets_.push_back(bucket);
      cluster_.run(user_.make_bucket(bucket), "a bucket");
      cluster_.run(write(user_, bucket, "before"), "history");
    }
  }

  Cluster& cluster() { return cluster_; }
  User& user() { return user_; }
  Watch& watch() { return watch_; }
  const s3::BucketName& bucket() const { return buckets_.front(); }
  const std::vector<s3::BucketName>& buckets() const { return buckets_; }

  void start() { cluster_.controllers().front()->start(); }
  void tag(std::size_t protection) { tag(bucket(), protection); }
  void tag(const s3::BucketName& bucket, std::size_t protection) {
    tagged_[protection].insert(bucket);
    cluster_.run(user_.tag(bucket, protection), "tagging");
  }
  void untag(std::size_t protection) {
    tagged_[protection].erase(bucket());
    cluster_.run(user_.untag(bucket(), protection), "untagging");
  }
  void write_one(const std::string& key) { cluster_.run(write(user_, bucket(), key), "an object"); }
  void converge() { watch_.expect_all_converged(tagged_, converge_max); }
  std::string rule(std::size_t protection) {
    return rule_text(replication_xml(cluster_.source(), bucket().text()),
                     dr::rule_id(cluster_.protections()[protection], bucket()));
  }
  const Watch::Tagged& tagged() const { return tagged_; }
  dr::Record record(std::size_t protection) { return *watch_.record(bucket(), protection); }

 private:
  Cluster cluster_;
  User user_;
  Watch watch_;
  std::vector<s3::BucketName> buckets_;
  Watch::Tagged tagged_ = Watch::Tagged(2);
};

void a_pause_leaves_the_other(MatrixReport& report, Log* log) {
  TwoDestinations world(1, log);
  world.start();
  world.tag(near);
  world.tag(vault);
  world.converge();
  report.expect(!world.rule(near).empty() && !world.rule(vault).empty(), "two destinations: not two rules");
  const std::string before = world.rule(vault);
  const std::int64_t generation = world.record(vault).rule.generation;
  const std::size_t jobs_before = jobs(world.cluster().source()).size();
  world.untag(near);
  world.write_one("while paused");
  world.converge();
  report.expect(world.rule(vault) == before, "a pause of one: the rule of the other one changed");
  report.expect(world.record(vault).rule.generation == generation,
                "a pause of one: the other one began a new generation");
  report.expect(jobs(world.cluster().source()).size() == jobs_before, "a pause of one: a new job");
  report.expect(world.record(near).state == dr::State::paused, "a pause of one: it is not paused");
  world.tag(near);
  world.converge();
  report.expect(world.record(vault).rule.generation == generation,
                "the end of a pause: the other one began a new generation");
  report.summary += "two destinations: a pause of one leaves the other\n";
}

// The second one is added when the first one has everything: all of it has to go there, too.
void one_is_added_later(MatrixReport& report, Log* log) {
  TwoDestinations world(1, log);
  world.start();
  world.tag(near);
  world.converge();
  const dr::Record before = world.record(near);
  world.tag(vault);
  world.converge();
  report.expect(world.record(near).rule.generation == before.rule.generation,
                "a second destination: the first one began a new generation");
  report.expect(world.record(near).replica == before.replica, "a second destination: another replica");
  report.summary += "two destinations: one is added later, with everything there was\n";
}

// A region that is gone holds up its own protection only.
void a_lost_destination(MatrixReport& report, Log* log) {
  for (const std::size_t lost : {near, vault}) {
    TwoDestinations world(1, log);
    const std::size_t other = lost == near ? vault : near;
    world.cluster().destination(lost).stop();
    world.start();
    world.tag(near);
    world.tag(vault);
    const auto verified = [&] {
      const auto record = world.watch().record(world.bucket(), other);
      return record && dr::is_verified(*record);
    };
    const bool reached = world.cluster().run_until(verified, converge_max);
    report.expect(reached, fmt::format("destination {} lost: the other one is not verified", lost));
    const std::string why = world.cluster().controllers().front()->controller().why_not_ready();
    report.expect(why.find(world.cluster().protections()[lost].control_bucket.text()) != std::string::npos,
                  "a lost destination: readiness does not name it: " + why);
    world.cluster().destination(lost).start();
    world.converge();
    const auto ready = [&] { return world.cluster().controllers().front()->controller().ready(); };
    report.expect(world.cluster().run_until(ready, converge_max), "a destination that is back: not ready");
  }
  report.summary += "two destinations: if one is lost, the other one is verified all the same\n";
}

// Died at every call in which one of the two writes the rules of the bucket.
void crashes_between_the_rules(MatrixReport& report, Log* log) {
  std::uint64_t deaths = 0;
  for (const bool before : {true, false}) {
    for (int nth = 1; nth <= 3; ++nth) {
      TwoDestinations world(1, log);
      ControllerNode& controller = *world.cluster().controllers().front();
      int puts = 0;
      bool died = false;
      const auto on_call = [&, nth](const Call& call) {
        const bool put = call.method == "PUT" && call.target.find("?replication") != std::string::npos;
        if (!put || died || ++puts < nth) return CallVerdict();
        died = true;
        ++deaths;
        controller.die();
        return CallVerdict();
      };
      if (before) {
        controller.hook().before = on_call;
      } else {
        controller.hook().after = [on_call](const Call& call, int) { return on_call(call); };
      }
      world.start();
      world.tag(near);
      world.tag(vault);
      world.cluster().on_pause = [&] {
        world.watch().look();
        if (!controller.running()) controller.start();
      };
      world.converge();
      for (const std::size_t protection : {near, vault})
        report.expect(!world.rule(protection).empty(), fmt::format("a crash at PUT {}: a rule is lost", nth));
    }
  }
  report.expect(deaths >= 4, fmt::format("crashes between the rules: {} only", deaths));
  report.summary += fmt::format("two destinations: {} deaths at a PUT of the rules\n", deaths);
}

void fifty_buckets(MatrixReport& report, Log* log) {
  TwoDestinations world(50, log);
  world.start();
  for (std::size_t i = 0; i < world.buckets().size(); ++i) {
    // A third each: near, vault, both.
    if (i % 3 != 1) world.tag(world.buckets()[i], near);
    if (i % 3 != 0) world.tag(world.buckets()[i], vault);
  }
  world.watch().expect_all_converged(world.tagged(), std::chrono::hours(2));
  report.summary += "fifty buckets of two protections: verified through one controller\n";
}

}  // namespace

MatrixReport two_destinations(Log* log) {
  return run_parts({{"a pause of one", a_pause_leaves_the_other},
                    {"one is added later", one_is_added_later},
                    {"a lost destination", a_lost_destination},
                    {"crashes between the rules", crashes_between_the_rules},
                    {"fifty buckets", fifty_buckets}},
                   log);
}

}  // namespace s3dr::sim
