// S3 has no conditional PUT of a replication configuration. Here the race is certain: each PUT of the controller is held
// in the network, and meanwhile a user changes a rule of their own. The change is lost each time. It must become known by
// the event, whenever that arrives, nothing may be put back by itself, and a person must be able to put it back.
#include <fmt/format.h>

#include <optional>
#include <string>

#include "dr/replication_rule.h"
#include "functions/record_store.h"
#include "functions/replication_edits.h"
#include "sim/served/main_job.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

constexpr milliseconds held{2'000}, patience = std::chrono::minutes(5);
constexpr int rounds = 12;

class NoTopic : public ports::Topic {
 public:
  Task<> publish(std::string) override {
    throw Failed("a command told a function something");
    co_return;
  }
};

class Race {
 public:
  explicit Race(MatrixReport& report, Log* log) : report_(report), job_({1, true, log}) {
    job_.run();
    job_.watch().let_rule_change(job_.bucket(), User::foreign_rule_id);
    job_.controller().hook().before = [this](const Call& call) {
      CallVerdict verdict;
      const bool puts = call.method == "PUT" && call.target.find("?replication") != std::string::npos;
      if (!puts || !armed_) return verdict;
      armed_ = false;
      holding_ = true;
      verdict.wait = held;
      return verdict;
    };
  }

  // Our rule is removed, and while it is put back the users switch theirs.
  void lose_one(int round) {
    armed_ = true;
    holding_ = false;
    bool done = false;
    while (!done) job_.cluster().run(meddle(done), "removing our rule");
    if (!job_.cluster().run_until([this] { return holding_; }, patience)) throw Failed("no PUT to hold");
    // Early: its event overtakes our PUT. Late: it does not.
    if (round % 2 == 1) job_.cluster().run_for(held - milliseconds(200));
    job_.cluster().run(toggle(), "switching a rule of the users");
    const bool known = job_.cluster().run_until([this] { return lost().has_value(); }, patience);
    report_.expect(known, fmt::format("round {}: nobody knows of the lost rule", round));
    if (!known) throw Failed(job_.watch().why_not(job_.bucket()));
    const auto rules = dr::lost_configuration(*lost()).rules;
    report_.expect(rules.size() == 1 && rules.front().status == switched_,
                   fmt::format("round {}: another document than the one that was lost", round));
    report_.expect(present() != switched_, fmt::format("round {}: the race was not lost", round));
    // By itself nothing comes back.
    job_.cluster().run_for(std::chrono::minutes(6));
    report_.expect(lost().has_value() && present() != switched_,
                   fmt::format("round {}: it was put back by itself", round));
  }

  void put_back(int round) {
    bool there = false;
    job_.cluster().run(restore(there), "rules restore");
    report_.expect(there && present() == switched_, fmt::format("round {}: not put back", round));
    expect_settled(round);
  }

  // The users notice by themselves and switch it once more.
  void write_again(int round) {
    job_.cluster().run(toggle(), "switching it again");
    expect_settled(round);
  }

  void finish() {
    job_.controller().hook().before = nullptr;
    job_.watch().expect_converged({job_.bucket()}, converge_max);
    report_.expect(!lost(), "something is lost in the end");
  }

 private:
  Task<> meddle(bool& done) { done = co_await job_.user().meddle(job_.bucket(), User::Meddling::remove); }

  // As a person's tool does it: read, change one rule, write everything.
  Task<> toggle() {
    ports::BucketStore& store = *job_.cluster().user().source;
    auto configuration = *co_await store.get_bucket_replication(job_.bucket());
    for (s3::ReplicationRule& rule : configuration.rules) {
      if (rule.id != User::foreign_rule_id) continue;
      rule.status = rule.status == s3::Switch::enabled ? s3::Switch::disabled : s3::Switch::enabled;
      switched_ = rule.status;
    }
    co_await store.put_bucket_replication(job_.bucket(), configuration);
  }

  Task<> restore(bool& there) {
    Hands& hands = job_.cluster().user();
    NoTopic no_topic;
    const functions::Context context{
        *hands.source, *hands.destination,     *hands.records, *hands.jobs,          no_topic,
        no_topic,      job_.cluster().clock(), *hands.random,  job_.cluster().log(), job_.cluster().policy()};
    there = co_await functions::put_lost_back(context, job_.bucket(), lost()->id);
  }

  void expect_settled(int round) {
    const bool settled = job_.cluster().run_until([this] { return !lost(); }, patience);
    report_.expect(settled, fmt::format("round {}: shown as lost although it is there", round));
  }

  std::optional<dr::LostRules> lost() {
    const std::string text = record_text(job_.cluster(), job_.bucket().text());
    return text.empty() ? std::nullopt : dr::parse_record(text).edits.lost;
  }

  // How the rule of the users is now.
  std::optional<s3::Switch> present() {
    const std::string text =
        rule_text(replication_xml(job_.cluster().source(), job_.bucket().text()), User::foreign_rule_id);
    if (text.empty()) return std::nullopt;
    return text.find("<Status>Enabled") != std::string::npos ? s3::Switch::enabled : s3::Switch::disabled;
  }

  MatrixReport& report_;
  MainJob job_;
  bool armed_ = false, holding_ = false;
  s3::Switch switched_ = s3::Switch::enabled;
};

}  // namespace

MatrixReport foreign_edits(Log* log) {
  MatrixReport report;
  try {
    Race race(report, log);
    for (int round = 0; round < rounds; ++round) {
      race.lose_one(round);
      if (round % 3 == 2) {
        race.write_again(round);
      } else {
        race.put_back(round);
      }
    }
    race.finish();
  } catch (const std::exception& error) {
    report.failures.push_back(std::string("edits of others: ") + error.what());
  }
  report.summary = fmt::format("edits of others: {} lost in the round trip of our PUT, {} checks hold\n",
                               rounds, report.passed);
  return report;
}

}  // namespace s3dr::sim
