// A record that a newer program keeps for itself (min_writer, or a newer format): read, reported, and left alone by
// every writer. So are the buckets and the rule that it speaks of.
#include <gtest/gtest.h>

#include "functions/record_store.h"
#include "functions/replication_edits.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using dr::Function;
using functions::Outcome;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");

struct NewerRecord : ::testing::Test {
  FakePorts ports;

  void SetUp() override {
    ports.world.add_source(ledger, {{"dr", "true"}});
    ports.run_to_rest(ledger);
    ASSERT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
  }
  test::ModelBucket& source() { return ports.world.buckets.at(ledger); }
  std::string& text() { return ports.world.documents.at(ports.world.key_of(ledger)).text; }
  void replace(const std::string& what, const std::string& by) {
    ASSERT_NE(text().find(what), std::string::npos) << text();
    text().replace(text().find(what), what.size(), by);
  }
  void keep_for_newer() { replace("\"min_writer\":2", "\"min_writer\":3"); }
  // Each of the three, about what they would mend or pause otherwise.
  void expect_nothing_written(const std::string& what) {
    const std::string before = text();
    ports.forget_calls();
    for (const Function to :
         {Function::source_bucket_check, Function::destination_bucket_check, Function::enable_replication}) {
      const Outcome outcome = ports.deliver(
          to, dr::to_json(dr::message_for(ports.world.policy, dr::MessageKind::ensure, ledger, "c1")));
      EXPECT_EQ(outcome.kind, Outcome::Kind::blocked) << what;
      EXPECT_NE(outcome.why.find("newer s3dr"), std::string::npos) << what << ": " << outcome.why;
    }
    EXPECT_TRUE(ports.writes.empty()) << what << ": " << ports.writes.front();
    EXPECT_EQ(text(), before) << what;
  }
  // All that somebody could do to a protection.
  void expect_left_alone() {
    expect_nothing_written("as it was");
    const auto rules = source().replication;
    source().replication.reset();
    expect_nothing_written("our rule gone");
    source().replication = rules;
    ports.world.buckets.at(ledger_dr).versioning = s3::Versioning::suspended;
    expect_nothing_written("the replica's versioning off");
    ports.world.buckets.at(ledger_dr).versioning = s3::Versioning::enabled;
    source().tags.reset();
    expect_nothing_written("untagged");
    EXPECT_EQ(source().replication, rules);
  }
};

TEST_F(NewerRecord, of_a_newer_writer_is_left_alone_by_the_functions) {
  keep_for_newer();
  expect_left_alone();
}

TEST_F(NewerRecord, of_a_newer_format_is_left_alone_by_the_functions) {
  replace("\"format\":2", "\"format\":3");
  expect_left_alone();
}

TEST_F(NewerRecord, with_words_that_this_program_does_not_know_is_left_alone_by_the_functions) {
  keep_for_newer();
  replace("\"state\":\"verifying\"", "\"state\":\"draining\"");
  expect_left_alone();
}

template <class Call>
ErrorKind refusal_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::cancelled;
}

TEST_F(NewerRecord, is_refused_to_the_commands_before_anything_is_written) {
  dr::Record record = *ports.world.record(ledger);
  record.edits.lost.emplace();
  record.edits.lost->id = "e1";
  ports.world.change_record(ledger, record);
  keep_for_newer();
  const std::string before = text();
  ports.forget_calls();
  const dr::Policy& policy = ports.world.policy;
  functions::Context context = ports.context();
  const auto refused = [&](auto task) { return refusal_of([&] { test::run(task()); }); };
  EXPECT_EQ(refused([&] {
              return functions::request_adopt(context.records, policy, ledger, ledger_dr, ports.clock,
                                              *ports.random);
            }),
            ErrorKind::unsupported);
  EXPECT_EQ(refused([&] {
              return functions::request_new_replica(context.records, policy, ledger, ports.clock,
                                                    *ports.random);
            }),
            ErrorKind::unsupported);
  EXPECT_EQ(refused([&] { return functions::put_lost_back(context, ledger, "e1"); }), ErrorKind::unsupported);
  EXPECT_EQ(refused([&] { return functions::forget_lost(context, ledger, "e1"); }), ErrorKind::unsupported);
  dr::Verification run;
  run.generation = record.rule.generation;
  run.level = dr::VerifyLevel::head;
  EXPECT_EQ(refused([&] {
              return functions::mark_verified(context.records, policy, ledger, record.protection, run);
            }),
            ErrorKind::unsupported);
  EXPECT_TRUE(ports.writes.empty());
  EXPECT_EQ(text(), before);
}

}  // namespace
}  // namespace s3dr
