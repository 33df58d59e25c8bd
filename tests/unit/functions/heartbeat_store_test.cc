// The heartbeat in the control bucket: two that sweep, a broken document, a newer one.
#include "functions/heartbeat_store.h"

#include <gtest/gtest.h>

#include "support/fake_ports.h"

namespace s3dr::functions {
namespace {

struct HeartbeatStore : testing::Test {
  test::FakePorts ports;
  const dr::Policy& policy = ports.world.policy;
  std::string key = dr::heartbeat_key(policy.source_account, policy.source_region);

  dr::SweepRound round(const std::string& program, Instant at) {
    SweepCount count;
    count.source = count.destination = dr::Contact{};
    dr::SweepRound result = round_of(policy, count);
    result.program = program;
    result.at = at;
    result.interval = milliseconds(1'000);
    return result;
  }
  std::optional<dr::Heartbeat> stored() {
    const auto context = ports.context();
    return test::run(read_heartbeat(context.records, policy));
  }
  dr::Heartbeat write(const dr::SweepRound& one) {
    const auto context = ports.context();
    return test::run(write_round(context.records, policy, one));
  }
};

TEST_F(HeartbeatStore, WritesAndReadsBack) {
  EXPECT_FALSE(stored());
  const dr::Heartbeat beat = write(round("a", Instant{milliseconds(5'000)}));
  EXPECT_EQ(stored(), beat);
  EXPECT_EQ(ports.world.documents.count(key), 1U);
}

TEST_F(HeartbeatStore, TwoThatSweepKeepWhatTheOtherHasSeen) {
  dr::SweepRound failed = round("a", Instant{milliseconds(5'000)});
  failed.source = dr::Contact{ErrorKind::unavailable, "dead"};
  // Between the read and the write of the other, a first one is faster.
  bool once = false;
  ports.before = [&](const test::Call& call) {
    if (call.name != "records.write" || std::exchange(once, true)) return;
    const dr::Heartbeat first = dr::after_round(std::nullopt, failed);
    ports.world.swap_document(key, dr::to_json(first), std::nullopt);
  };
  dr::SweepRound other = round("b", Instant{milliseconds(6'000)});
  other.source.reset();
  write(other);
  EXPECT_TRUE(once);
  EXPECT_EQ(stored()->program, "b");
  EXPECT_EQ(stored()->source.failing_since, failed.at);
}

TEST_F(HeartbeatStore, ABrokenDocumentIsReplacedAndANewerOneIsNot) {
  auto etag = ports.world.swap_document(key, "{", std::nullopt);
  write(round("a", Instant{milliseconds(5'000)}));
  EXPECT_EQ(stored()->program, "a");
  etag = ports.world.documents.at(key).etag;
  const std::string newer = R"({"format":99})";
  ports.world.swap_document(key, newer, etag);
  EXPECT_THROW(write(round("a", Instant{milliseconds(6'000)})), Error);
  EXPECT_EQ(ports.world.documents.at(key).text, newer);
}

}  // namespace
}  // namespace s3dr::functions
