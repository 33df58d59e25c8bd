#include "cloud/store/apply_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "cloud/store/row_counts.h"
#include "cloud/store/schema.h"
#include "cloud/store/storage.h"
#include "unit/cloud/folder.h"

namespace s3dr::cloud {
namespace {

using testing::HasSubstr;

class ApplySchema : public testing::Test {
 protected:
  std::string refusal(std::string_view schema) {
    try {
      apply_schema(connection, schema);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_NE(error.advice(), "");
      EXPECT_THAT(error.resource(), HasSubstr(folder.path));
      return error.message();
    }
    return "";
  }

  std::unique_ptr<Random> random = make_seeded_random(1);
  Folder folder;
  std::unique_ptr<Storage> storage = make_file_storage(folder.path, *random);
  Connection connection{storage->open_database()};
};

TEST_F(ApplySchema, the_same_again_changes_nothing_and_more_tables_are_added) {
  apply_schema(connection, region_schema);
  connection.execute("INSERT INTO counter VALUES ('kept', 7)");
  apply_schema(connection,
               std::string(region_schema) + "CREATE TABLE IF NOT EXISTS more (id INTEGER PRIMARY KEY);");
  auto row = connection.prepare("SELECT value FROM counter, (SELECT count(*) FROM more)");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(0), 7);
}

TEST_F(ApplySchema, a_database_of_the_release_before_gets_what_is_new) {
  apply_schema(connection, region_schema);
  connection.execute(
      "DROP TRIGGER event_counted_in; DROP TRIGGER event_counted_out; DROP TABLE row_count; "
      "DROP TABLE replication_pending; DROP INDEX object_number; DROP INDEX replication_oldest; "
      "DROP INDEX job_account; DROP INDEX job_bucket; DROP INDEX job_open; "
      "CREATE INDEX job_task_open ON job_task (job) WHERE state = 0");
  const std::string insert = "INSERT INTO event (body, due_ms) VALUES ('{}', 0);";
  connection.execute(insert + insert + insert);
  apply_schema(connection, region_schema);
  EXPECT_EQ(row_count(connection, "event"), 3);
  connection.execute(insert + "DELETE FROM event WHERE id <= 2");
  EXPECT_EQ(row_count(connection, "event"), 2);
  apply_schema(connection, region_schema);
  EXPECT_EQ(row_count(connection, "event"), 2);
  auto indices = connection.prepare(
      "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('object_number', 'replication_oldest', "
      "'job_account', 'job_bucket', 'job_open', 'replication_pending')");
  ASSERT_TRUE(indices.step());
  EXPECT_EQ(indices.integer(0), 6);
}

TEST_F(ApplySchema, tables_of_another_version_are_refused_before_anything_is_made) {
  apply_schema(connection, "CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, region TEXT NOT NULL)");
  EXPECT_THAT(refusal("CREATE TABLE IF NOT EXISTS first (id INTEGER);"
                      "CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, region TEXT NOT NULL, "
                      "created_ms INTEGER NOT NULL);"),
              HasSubstr("table bucket lacks column created_ms INTEGER NOT NULL"));
  EXPECT_THAT(refusal("CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY)"),
              HasSubstr("table bucket has another column region TEXT NOT NULL"));
  EXPECT_THAT(refusal("CREATE TABLE IF NOT EXISTS bucket (region TEXT NOT NULL, name TEXT PRIMARY KEY)"),
              HasSubstr("in another order"));
  EXPECT_FALSE(connection.prepare("SELECT 1 FROM sqlite_master WHERE name = 'first'").step());
}

}  // namespace
}  // namespace s3dr::cloud
