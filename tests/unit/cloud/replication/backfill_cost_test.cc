// What a backfill costs the source region's database for each object does not depend on how many objects are
// done already.
#include "unit/cloud/replication/backfill_fixture.h"
#include "unit/cloud/sqlite_watch.h"

namespace s3dr::services {
namespace {

struct Watched {
  test::SqliteWatch watch;  // made before the regions open their databases
};

class BackfillCost : public Watched, public BackfillTest {
 protected:
  // Steps of SQLite per object, in both regions.
  double steps_per_object(int objects) {
    for (int i = 0; i < objects; ++i)
      EXPECT_EQ(send({"PUT", "/ledger/object-" + std::to_string(i), "x"}).status, 200);
    put_rule();
    work();
    const std::uint64_t before = watch.steps();
    const std::string id = s3::parse_create_job_result(create("t-1").body);
    test::settle(io);
    EXPECT_EQ(describe(id).tasks_succeeded, static_cast<std::uint64_t>(objects));
    EXPECT_EQ(describe(id).status, s3::JobStatus::complete);
    return static_cast<double>(watch.steps() - before) / objects;
  }
};

class Few : public BackfillCost {
 public:
  void TestBody() override { steps = steps_per_object(100); }
  double steps = 0;
};
class Many : public BackfillCost {
 public:
  void TestBody() override { steps = steps_per_object(1500); }
  double steps = 0;
};

TEST(BackfillCost, EachObjectCostsTheSameHoweverManyAreDone) {
  Few few;
  few.TestBody();
  Many many;
  many.TestBody();
  RecordProperty("steps_per_object_of_100", std::to_string(few.steps));
  RecordProperty("steps_per_object_of_1500", std::to_string(many.steps));
  EXPECT_GT(few.steps, 0);
  EXPECT_LT(many.steps, few.steps * 1.2);
}

}  // namespace
}  // namespace s3dr::services
