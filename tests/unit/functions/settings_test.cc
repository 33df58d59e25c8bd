// The settings of a replica through the functions: when they are looked at, what it costs, what is written, and what a
// refusal stops.
#include <gtest/gtest.h>

#include <algorithm>

#include "dr/conditions/conditions.h"
#include "dr/settings/kinds/kinds.h"
#include "support/fake_ports.h"
#include "support/setting_documents.h"

namespace s3dr {
namespace {

using dr::Function;
using dr::SettingStatus;
using s3::SettingKind;
using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");

// Two reads a kind. The replica's bucket policy is read with the bucket.
long reads_of_a_look() {
  return 1 + 2 * std::ranges::count_if(dr::settings(),
                                       [](const dr::Setting& row) { return dr::is_written_alone(row.kind); });
}

struct Settings : ::testing::Test {
  FakePorts ports;

  test::ModelBucket& source() { return ports.world.buckets.at(ledger); }
  test::ModelBucket& replica() { return ports.world.buckets.at(ledger_dr); }
  dr::Record record() { return *ports.world.record(ledger); }
  const dr::SettingRecord* of(SettingKind kind) {
    const dr::Record now = record();
    const dr::SettingRecord* found = dr::find_setting(now.settings, kind);
    if (found == nullptr) return nullptr;
    kept_ = *found;
    return &kept_;
  }
  SettingStatus status_of(SettingKind kind) {
    return of(kind) != nullptr ? kept_.status : SettingStatus::unknown;
  }
  dr::Condition condition() {
    return dr::find_condition(dr::conditions_of(record()), dr::ConditionType::settings_in_sync);
  }

  void begin() { ports.world.add_source(ledger, {{"dr", "true"}}); }
  void protect() {
    ports.run_to_rest(ledger);
    ASSERT_EQ(record().state, dr::State::verifying);
    ports.forget_calls();
  }
  long calls_of(const std::string& name) const {
    return std::ranges::count_if(ports.calls,
                                 [&](const Call& call) { return call.name.ends_with("." + name); });
  }
  // What an event makes of the functions: the one that is told, then whoever is handed on to.
  void told(const s3::BucketName& bucket) {
    ports.clock.advance(milliseconds(10'000));
    const bool is_source = bucket == ledger;
    dr::Message message = dr::message_for(
        ports.world.policy, is_source ? dr::MessageKind::look : dr::MessageKind::replica, bucket, "c1");
    message.setting_changed = ports.clock.now();
    ports.clock.advance(milliseconds(10'000));
    last_ = {is_source ? Function::source_bucket_check : Function::destination_bucket_check,
             dr::to_json(message)};
    again();
  }
  void again() {
    ports.queue.push_back(last_);
    while (!ports.queue.empty()) {
      const auto [to, text] = ports.queue.front();
      ports.queue.pop_front();
      ports.deliver(to, text);
    }
  }

 private:
  dr::SettingRecord kept_;
  std::pair<Function, std::string> last_;
};

TEST_F(Settings, a_new_replica_has_them_before_our_rule_is_set) {
  begin();
  source().settings = {{SettingKind::website, test::site("one.html")},
                       {SettingKind::lifecycle, test::expires_after(3650)}};
  source().object_lock = true;
  ports.run_to_rest(ledger);
  EXPECT_TRUE(replica().settings.contains(SettingKind::website));
  EXPECT_TRUE(replica().settings.contains(SettingKind::lifecycle));
  EXPECT_TRUE(replica().object_lock);
  const auto rule = std::ranges::find(ports.writes, "source.put_bucket_replication");
  EXPECT_EQ(std::count(ports.writes.begin(), rule, "destination.put_bucket_setting"),
            std::ranges::count(ports.writes, "destination.put_bucket_setting"));
  EXPECT_EQ(
      of(SettingKind::website)->written,
      dr::setting_print(
          dr::setting_of(SettingKind::website).normal_form(source().settings.at(SettingKind::website))));
  EXPECT_EQ(record().state, dr::State::verifying);
}

TEST_F(Settings, an_unchanged_look_costs_what_it_cost_before_until_an_hour_is_over) {
  begin();
  source().settings = {{SettingKind::website, test::site("one.html")}};
  protect();
  ports.look(ledger);
  EXPECT_EQ(ports.reads(), 9);  // tests/unit/functions/observe_test.cc
  EXPECT_EQ(ports.writes, std::vector<std::string>{});
  EXPECT_TRUE(ports.queue.empty());
  ports.clock.advance(ports.world.policy.settings.check_every);
  ports.forget_calls();
  ports.look(ledger);
  EXPECT_EQ(ports.reads(), 10);                  // with the message that it hands on
  EXPECT_EQ(calls_of("get_bucket_setting"), 0);  // source_bucket_check has no right to: it hands on
  ASSERT_EQ(ports.queue.size(), 1U);
  ports.forget_calls();
  ports.deliver(Function::destination_bucket_check, ports.queue.front().second);
  EXPECT_EQ(calls_of("get_bucket_setting"), reads_of_a_look());
  EXPECT_EQ(ports.writes, std::vector<std::string>{"records.write"});
  EXPECT_EQ(record().settings.checked, ports.clock.now());
}

TEST_F(Settings, an_event_whose_time_lies_ahead_of_our_clock_is_answered_by_one_look) {
  begin();
  protect();
  ports.clock.advance(milliseconds(10'000));
  dr::Message message = dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c1");
  message.setting_changed = ports.clock.now() + milliseconds(2'000);
  ports.forget_calls();
  ports.deliver(Function::destination_bucket_check, dr::to_json(message));
  EXPECT_EQ(calls_of("get_bucket_setting"), reads_of_a_look());
  EXPECT_EQ(ports.writes, std::vector<std::string>{"records.write"});
}

TEST_F(Settings, an_event_lets_a_change_follow_and_the_same_event_again_costs_nothing) {
  begin();
  source().settings = {{SettingKind::website, test::site("one.html")}};
  protect();
  source().settings[SettingKind::website] = test::site("two.html");
  told(ledger);
  EXPECT_NE(replica().settings.at(SettingKind::website).find("two.html"), std::string::npos);
  ports.forget_calls();
  again();
  EXPECT_EQ(calls_of("get_bucket_setting"), 0);
  EXPECT_TRUE(ports.writes.empty());
}

TEST_F(Settings, what_a_hand_changes_at_the_replica_is_put_right_by_its_event) {
  begin();
  source().settings = {{SettingKind::website, test::site("one.html")}};
  protect();
  const auto before = replica().settings;
  replica().settings.erase(SettingKind::website);
  told(ledger_dr);
  EXPECT_EQ(replica().settings, before);
}

TEST_F(Settings, an_attack_on_the_source_is_held_and_seen_and_none_of_it_is_applied) {
  begin();
  source().settings = {{SettingKind::public_access_block, test::access_block(true)},
                       {SettingKind::lifecycle, test::expires_after(3650)}};
  protect();
  const auto before = replica().settings;
  source().settings = {{SettingKind::public_access_block, test::access_block(false)},
                       {SettingKind::lifecycle, test::expires_after(1)}};
  told(ledger);
  EXPECT_EQ(replica().settings, before);
  EXPECT_EQ(calls_of("put_bucket_setting"), 0);
  for (const SettingKind kind : {SettingKind::public_access_block, SettingKind::lifecycle}) {
    EXPECT_EQ(status_of(kind), SettingStatus::held) << s3::to_string(kind);
    EXPECT_NE(condition().message.find(s3::to_string(kind)), std::string::npos) << condition().message;
  }
  EXPECT_EQ(condition().status, dr::Truth::no);
  EXPECT_EQ(condition().reason, "Held");

  dr::Record accepted = record();
  ASSERT_TRUE(dr::accept_held(accepted.settings, SettingKind::lifecycle));
  ports.world.change_record(ledger, accepted);
  ports.run_to_rest(ledger);
  EXPECT_NE(replica().settings.at(SettingKind::lifecycle), before.at(SettingKind::lifecycle));
  EXPECT_EQ(status_of(SettingKind::public_access_block), SettingStatus::held);
  EXPECT_FALSE(of(SettingKind::lifecycle)->accepted);
}

TEST_F(Settings, a_refusal_is_told_stops_nothing_and_is_tried_again) {
  begin();
  source().settings = {{SettingKind::website, test::site("one.html")},
                       {SettingKind::lifecycle, test::expires_after(3650)}};
  int puts = 0;
  ports.before = [&puts](const Call& call) {
    if (call.name == "destination.put_bucket_setting" && ++puts == 1)
      throw Error(ErrorKind::denied, "not allowed").with_code("AccessDenied");
  };
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(puts, 2);
  EXPECT_EQ(replica().settings.size(), 1U);
  EXPECT_EQ(condition().reason, "Refused");
  EXPECT_TRUE(record().obstructions.empty());
  ports.clock.advance(milliseconds(600'000));
  ports.run_to_rest(ledger);
  EXPECT_EQ(replica().settings.size(), 2U);
  EXPECT_NE(condition().reason, "Refused");
}

TEST_F(Settings, what_may_not_be_read_is_unknown_and_nothing_is_written_for_it) {
  begin();
  source().settings = {{SettingKind::website, test::site("one.html")}};
  ports.before = [](const Call& call) {
    if (call.name == "source.get_bucket_setting") throw Error(ErrorKind::denied, "AccessDenied");
  };
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_TRUE(replica().settings.empty());
  EXPECT_EQ(condition().status, dr::Truth::unknown);
}

// A short denial while the replica is being made is not the owner's wish to decide every kind by hand.
TEST_F(Settings, what_could_not_be_read_at_first_is_first_copied_when_it_is_seen) {
  begin();
  source().settings = {{SettingKind::lifecycle, test::expires_after(30)}};
  bool denied = true;
  ports.before = [&denied](const Call& call) {
    if (denied && call.name == "source.get_bucket_setting") throw Error(ErrorKind::denied, "AccessDenied");
  };
  ports.run_to_rest(ledger);
  ASSERT_EQ(status_of(SettingKind::lifecycle), SettingStatus::unknown);
  denied = false;
  ports.clock.advance(milliseconds(600'000));
  ports.run_to_rest(ledger);
  EXPECT_EQ(status_of(SettingKind::lifecycle), SettingStatus::in_sync);
  EXPECT_TRUE(replica().settings.contains(SettingKind::lifecycle));
  // From then on it is as with every other kind.
  source().settings = {{SettingKind::lifecycle, test::expires_after(1)}};
  told(ledger);
  EXPECT_EQ(status_of(SettingKind::lifecycle), SettingStatus::held);
}

// As a store answers: its owner, and who else is let in.
std::string acl_of(const std::string& owner, const std::string& grants = "") {
  const std::string id = "<ID>" + owner + "</ID>";
  return "<AccessControlPolicy><Owner>" + id + "</Owner><AccessControlList><Grant><Grantee>" + id +
         "</Grantee><Permission>FULL_CONTROL</Permission></Grant>" + grants +
         "</AccessControlList></AccessControlPolicy>";
}
const std::string for_log_delivery =
    "<Grant><Grantee><URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI></Grantee><Permission>READ_ACP"
    "</Permission></Grant>";

TEST_F(Settings, an_acl_is_copied_in_the_name_of_the_replicas_owner) {
  begin();
  source().settings = {{SettingKind::acl, acl_of("0a0b", for_log_delivery)}};
  ports.after = [this](const Call& call) {
    if (call.name == "destination.create_bucket") replica().settings = {{SettingKind::acl, acl_of("0d0d")}};
  };
  protect();
  EXPECT_EQ(status_of(SettingKind::acl), SettingStatus::in_sync);
  const std::string copied = replica().settings.at(SettingKind::acl);
  EXPECT_NE(copied.find("LogDelivery"), std::string::npos);
  EXPECT_NE(copied.find("0d0d"), std::string::npos);
  EXPECT_EQ(copied.find("0a0b"), std::string::npos);
}

TEST_F(Settings, an_acl_stays_behind_where_the_replica_enforces_its_owner) {
  begin();
  source().settings = {{SettingKind::acl, acl_of("0a0b", for_log_delivery)}};
  ports.after = [this](const Call& call) {
    if (call.name != "destination.create_bucket") return;
    replica().settings = {
        {SettingKind::acl, acl_of("0d0d")},
        {SettingKind::ownership_controls,
         "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></"
         "OwnershipControls>"}};
  };
  protect();
  EXPECT_EQ(status_of(SettingKind::acl), SettingStatus::left_out);
  EXPECT_EQ(replica().settings.at(SettingKind::acl), acl_of("0d0d"));
}

TEST_F(Settings, a_store_that_shows_something_else_than_was_written_is_no_endless_loop) {
  begin();
  source().settings = {{SettingKind::website, test::site("one.html")}};
  ports.after = [this](const Call& call) {
    if (call.name == "destination.put_bucket_setting") replica().settings.clear();
  };
  ports.run_to_rest(ledger);
  EXPECT_EQ(std::ranges::count(ports.writes, "destination.put_bucket_setting"), 1);
  EXPECT_EQ(status_of(SettingKind::website), SettingStatus::refused);
  EXPECT_EQ(record().state, dr::State::verifying);
}

TEST_F(Settings, a_replica_that_is_older_than_this_program_is_looked_at_and_what_it_has_is_kept) {
  begin();
  protect();
  dr::Record older = record();
  older.settings = {};
  ports.world.change_record(ledger, older);
  source().settings = {{SettingKind::website, test::site("one.html")}};
  replica().settings = {{SettingKind::website, test::site("two.html")}};
  const auto before = replica().settings;
  ports.run_to_rest(ledger);
  EXPECT_EQ(replica().settings, before);
  EXPECT_EQ(status_of(SettingKind::website), SettingStatus::held);
}

TEST_F(Settings, whoever_writes_for_an_older_record_writes_nothing) {
  begin();
  source().settings = {{SettingKind::website, test::site("one.html")}};
  protect();
  source().settings[SettingKind::website] = test::site("two.html");
  bool changed = false;
  ports.after = [&](const Call& call) {
    if (call.name != "destination.get_bucket_setting" || changed) return;
    changed = true;
    dr::Record other = record();
    other.reason = "changed meanwhile";
    ports.world.change_record(ledger, other);
  };
  std::vector<std::string> since;
  ports.before = [&](const Call& call) {
    if (changed) since.push_back(call.name);
  };
  told(ledger);
  // Looked at again, then written.
  const auto read = std::ranges::find(since, "source.head_bucket");
  const auto put = std::ranges::find(since, "destination.put_bucket_setting");
  EXPECT_LT(read, put);
  EXPECT_NE(replica().settings.at(SettingKind::website).find("two.html"), std::string::npos);
}

const std::string partner =
    R"({"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"777788889999"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"})";
const std::string everybody =
    R"({"Sid":"Web","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"})";
const std::string lock_out =
    R"({"Sid":"Lock","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::ledger/*"})";

std::string policy_of(const std::string& statements) {
  return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
}

TEST_F(Settings, the_bucket_policy_is_cloned_beside_the_fence_before_our_rule_is_set) {
  begin();
  source().bucket_policy = policy_of(partner + "," + everybody + "," + lock_out);
  bool there = false;
  ports.before = [&](const Call& call) {
    if (call.name == "source.put_bucket_replication")
      there = replica().bucket_policy.value_or("").find("777788889999") != std::string::npos;
  };
  protect();
  EXPECT_TRUE(there);
  const std::string document = *replica().bucket_policy;
  EXPECT_NE(document.find("S3drCloned"), std::string::npos);
  EXPECT_NE(document.find("arn:aws:s3:::ledger-dr/*"), std::string::npos);
  EXPECT_NE(document.find("S3drFence"), std::string::npos);
  EXPECT_EQ(document.find(R"("Allow","Principal":"*")"), std::string::npos);
  EXPECT_EQ(document.find(R"("s3:*")"), std::string::npos);
  EXPECT_EQ(status_of(SettingKind::policy), SettingStatus::left_out);
  EXPECT_NE(of(SettingKind::policy)->message.find("statement Lock"), std::string::npos);
  EXPECT_TRUE(of(SettingKind::policy)->later.has_value());
  ports.look(ledger);
  EXPECT_EQ(ports.writes, std::vector<std::string>{});
}

TEST_F(Settings, a_policy_that_lets_more_in_is_held_and_one_that_lets_less_in_follows) {
  begin();
  source().bucket_policy = policy_of(partner);
  protect();
  const std::string before = *replica().bucket_policy;
  source().bucket_policy = policy_of(
      partner +
      R"(,{"Effect":"Allow","Principal":{"AWS":"888899990000"},"Action":"s3:*","Resource":"arn:aws:s3:::ledger/*"})");
  told(ledger);
  EXPECT_EQ(*replica().bucket_policy, before);
  EXPECT_EQ(status_of(SettingKind::policy), SettingStatus::held);
  source().bucket_policy.reset();
  told(ledger);
  EXPECT_EQ(replica().bucket_policy->find("S3drCloned"), std::string::npos);
  EXPECT_NE(replica().bucket_policy->find("S3drFence"), std::string::npos);
  EXPECT_EQ(status_of(SettingKind::policy), SettingStatus::in_sync);
}

TEST_F(Settings, a_statement_that_somebody_adds_between_the_look_and_the_write_stays) {
  begin();
  protect();
  const std::string theirs =
      R"({"Sid":"theirs","Effect":"Deny","Principal":"*","Action":"s3:GetObjectTorrent","Resource":"arn:aws:s3:::ledger-dr/*"})";
  source().bucket_policy = policy_of(
      R"({"Effect":"Deny","Principal":{"AWS":"777788889999"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"})");
  int looks = 0;
  ports.before = [&](const Call& call) {
    if (call.name == "destination.get_bucket_policy" && ++looks == 3)
      replica().bucket_policy = policy_of(theirs);
  };
  told(ledger);
  EXPECT_NE(replica().bucket_policy->find(theirs), std::string::npos);
  ports.before = [](const Call&) {};
  ports.run_to_rest(ledger);
  told(ledger);
  EXPECT_NE(replica().bucket_policy->find(theirs), std::string::npos);
  EXPECT_NE(replica().bucket_policy->find("S3drFence"), std::string::npos);
  EXPECT_NE(replica().bucket_policy->find("777788889999"), std::string::npos);
}

}  // namespace
}  // namespace s3dr
