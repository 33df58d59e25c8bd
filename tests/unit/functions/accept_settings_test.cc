// What a person lets through is one document of one kind, by compare-and-swap.
#include "functions/accept_settings.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "functions/record_store.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");

class Accepting : public testing::Test {
 protected:
  void SetUp() override {
    ports.world.add_source(ledger, {{"dr", "true"}});
    ports.run_to_rest(ledger);
    change([](dr::Record& record) {
      record.settings.checked = Instant{milliseconds(1'000)};
      record.settings.kinds = {held("lifecycle", "1111"), held("cors", "2222")};
    });
  }

  static dr::SettingRecord held(const char* word, const char* print) {
    dr::SettingRecord one;
    one.word = word;
    one.status = dr::SettingStatus::held;
    one.held = print;
    return one;
  }

  template <class Change>
  void change(Change make) {
    auto stored = stored_record();
    dr::Record next = stored->record;
    make(next);
    test::run(functions::write_record(ports.context().records, ports.world.policy, next, stored,
                                      ports.clock.now()));
  }
  std::optional<functions::StoredRecord> stored_record() {
    return test::run(functions::read_record(ports.context().records, ports.world.policy, ledger));
  }
  const dr::SettingRecord& kind(const dr::Record& record, const std::string& word) {
    return *std::ranges::find(record.settings.kinds, word, &dr::SettingRecord::word);
  }
  dr::Record accept(functions::AcceptedSettings what) {
    return test::run(functions::accept_settings(ports.context(), ledger, std::move(what)));
  }

  FakePorts ports;
};

TEST_F(Accepting, the_one_document_that_was_shown_and_no_other_kind) {
  accept({{{"lifecycle", "1111"}}, false});
  const dr::Record record = stored_record()->record;
  EXPECT_EQ(kind(record, "lifecycle").accepted, "1111");
  EXPECT_EQ(kind(record, "cors").accepted, std::nullopt);
  EXPECT_FALSE(record.fence);
  EXPECT_FALSE(record.settings.checked) << "the next look is due";
}

TEST_F(Accepting, the_fence_of_a_replica_that_was_there_before) {
  change([](dr::Record& record) { record.fence = false; });
  accept({{}, true});
  const dr::Record record = stored_record()->record;
  EXPECT_TRUE(record.fence);
  EXPECT_EQ(kind(record, "lifecycle").accepted, std::nullopt);
}

TEST_F(Accepting, may_be_repeated_without_another_write) {
  accept({{{"lifecycle", "1111"}}, true});
  const std::string etag = stored_record()->etag;
  accept({{{"lifecycle", "1111"}}, true});
  EXPECT_EQ(stored_record()->etag, etag);
}

TEST_F(Accepting, of_a_kind_that_was_never_looked_at_nothing_is_let_through) {
  EXPECT_THROW(accept({{{"website", "3333"}}, false}), Error);
  EXPECT_THROW(
      test::run(functions::accept_settings(ports.context(), s3::BucketName::parse("other"), {{}, true})),
      Error);
}

}  // namespace
}  // namespace s3dr
