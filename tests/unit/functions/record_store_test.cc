// The record in the control bucket: what could not be read is not written.
#include "functions/record_store.h"

#include <gtest/gtest.h>

#include "dr/plan.h"
#include "support/fake_ports.h"

namespace s3dr::functions {
namespace {

const auto ledger = s3::BucketName::parse("ledger");

struct RecordStore : testing::Test {
  test::FakePorts ports;
  const dr::Policy& policy = ports.world.policy;
  dr::Record record = dr::first_record(policy, ledger, s3::BucketName::parse("ledger-dr"), "00ff", Instant{});

  void expect_refused(const std::string& why) {
    std::string said;
    try {
      const auto context = ports.context();
      test::run(write_record(context.records, policy, record, std::nullopt, Instant{}));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      said = error.what();
    }
    EXPECT_NE(said.find(why), std::string::npos) << said;
    EXPECT_TRUE(ports.world.documents.empty());
  }
};

TEST_F(RecordStore, WritesAndReadsBack) {
  const auto context = ports.context();
  EXPECT_TRUE(test::run(write_record(context.records, policy, record, std::nullopt, Instant{})));
  const auto stored = test::run(read_record(context.records, policy, ledger));
  ASSERT_TRUE(stored);
  EXPECT_EQ(test::without_notes(stored->record), record);
}

TEST_F(RecordStore, HalfACharacterIsNotWritten) {
  record.reason = "half \xe2\x82";
  expect_refused("the record was not written, because it could not be read: ");
}

TEST_F(RecordStore, ARecordThatIsTooLongToBeReadIsNotWritten) {
  record.rule.id = std::string(dr::record_bytes_max, 'r');
  expect_refused("longer than");
}

}  // namespace
}  // namespace s3dr::functions
