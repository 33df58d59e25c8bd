// No statement of the cloud reads a whole table that grows with use, and none sorts what an index could give
// in order. The statements are those that ran while all other tests of the cloud ran, in a second process of
// this program; SQLite hands them out. What a plan cannot show, an index range with finished rows in it, is
// counted by tests/unit/cloud/replication/backfill_cost_test.cc.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "unit/cloud/source_statements.h"
#include "unit/cloud/sqlite_watch.h"

namespace s3dr::test {
namespace {

namespace json = boost::json;

constexpr const char* report_variable = "S3DR_TEST_PLANS_FILE";

// In the second process: writes what was watched when all tests have run.
class Reporter : public testing::Environment {
 public:
  explicit Reporter(std::string file) : file_(std::move(file)) {}
  void SetUp() override { watch_.emplace(); }
  void TearDown() override {
    json::object report;
    for (const auto& [text, lines] : watch_->plans()) {
      json::array& plan = report[text].emplace_array();
      for (const std::string& line : lines) plan.emplace_back(line);
    }
    watch_.reset();
    std::ofstream(file_) << json::serialize(report);
  }

 private:
  std::string file_;
  std::optional<SqliteWatch> watch_;
};

const bool reporting = [] {
  const char* file = std::getenv(report_variable);
  if (file != nullptr) testing::AddGlobalTestEnvironment(new Reporter(file));
  return file != nullptr;
}();

using Plans = std::map<std::string, std::vector<std::string>>;

Plans plans_of_all_tests() {
  const auto file = std::filesystem::temp_directory_path() / ("s3dr-plans-" + std::to_string(getpid()));
  std::vector<std::string> arguments = {"/proc/self/exe", "--gtest_filter=-QueryPlans.*", "--gtest_brief=1"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  setenv(report_variable, file.c_str(), 1);
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ), 0);
  unsetenv(report_variable);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  std::filesystem::remove(file);
  Plans plans;
  for (const auto& [statement, lines] : json::parse(text.str()).as_object()) {
    std::vector<std::string>& plan = plans[std::string(statement)];
    for (const json::value& line : lines.as_array()) plan.emplace_back(line.as_string());
  }
  return plans;
}

// A row each for what somebody made by a call of its own: a test bed has tens of them. Reading all is cheap.
const std::set<std::string> small_tables = {
    "account",        "bucket",    "bucket_owner",        "cloudwatch_alarm", "event_rule", "lambda_function",
    "lambda_version", "log_group", "replication_pending", "shared_trail",     "sns_topic",  "sqs_queue"};

struct Allowed {
  const char* piece;  // of the statement
  const char* why;
};

constexpr Allowed allowed_statements[] = {
    {"SELECT body FROM object_version WHERE body IS NOT NULL",
     "at the start only: which body files are used"},
    {"SELECT body FROM part WHERE body IS NOT NULL", "at the start only: which body files are used"},
    {"INSERT INTO replication_pending SELECT", "at the start only: makes the numbers again"},
    {"INSERT OR IGNORE INTO row_count SELECT",
     "at the first start only: counts a table that has no number yet"},
    {"FROM sqlite_master t, pragma_table_info(t.name) c", "at the start only: the schema"},
    {"FROM pragma_database_list", "at the start only: the schema"},
    {"DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?)", "the limit: the oldest few"},
    {"sequence IN (SELECT sequence FROM event_delivery ORDER BY sequence LIMIT ?)",
     "the limit: the oldest few"},
    {"SELECT EXISTS (SELECT 1 FROM event) OR", "EXISTS ends at the first row"},
    {"WHERE status IN ('New', 'Preparing', 'Active', 'Completing') ORDER BY created_ms",
     "job_open has open jobs only"},
    {"FROM replication_metric WHERE carried = ",
     "three hours of minutes of each rule at most, then they are deleted"},
    {"FROM log_event e JOIN log_stream s", "FilterLogEvents, for a person: merges the streams of a group"},
    {"FROM log_stream WHERE log_group = ? ORDER BY COALESCE(last_ms, 0) DESC",
     "DescribeLogStreams, for a person"},
};

// Pieces of SQL that no test of unit_cloud runs.
constexpr Allowed allowed_not_to_run[] = {
    {" BEGIN UPDATE row_count SET count = count ", "the trigger of store/row_counts.h"},
    {"'; END;\nINSERT OR IGNORE INTO row_count SELECT '", "the same; its text is in two pieces"},
    {"DELETE FROM iam_identity_provider WHERE account = ? AND name = ?", "by primary key"},
    {"UPDATE iam_identity_provider SET client_ids", "by primary key"},
    {"DELETE FROM log_stream WHERE id = ?", "by primary key"},
    {"WHERE with ", "a message about CloudWatch's SQL"},
};

// A table in its own order, or an index in its, up to a limit: SQLite stops there.
bool is_a_page(const std::string& statement) {
  static const std::regex page(R"(SELECT [a-z_, ]+ FROM [a-z_]+ ORDER BY [a-z_, ]+ LIMIT (\?|\d+))");
  return std::regex_match(statement, page);
}

// A subquery is small if what it reads is: it has lines of its own.
bool is_small(const std::string& line) {
  static const std::regex read(R"((SCAN|SEARCH) (\S+)( .*)?)");
  std::smatch match;
  if (!std::regex_match(line, match, read)) return true;
  return small_tables.contains(match[2]) || match[2] == "CONSTANT" || match[2].str().starts_with("(subquery");
}

bool is_costly(const std::string& statement, const std::vector<std::string>& plan, const std::string& line) {
  if (line.starts_with("USE TEMP B-TREE")) return !std::ranges::all_of(plan, is_small);
  return line.starts_with("SCAN") && !is_a_page(statement) && !is_small(line);
}

void expect_none_costly(const Plans& plans) {
  std::set<std::string> used;
  for (const auto& [statement, lines] : plans) {
    for (const std::string& line : lines) {
      if (!is_costly(statement, lines, line)) continue;
      const auto* allowed = std::ranges::find_if(
          allowed_statements, [&](const Allowed& row) { return statement.contains(row.piece); });
      if (allowed == std::end(allowed_statements))
        ADD_FAILURE() << statement << "\n  " << line;
      else
        used.insert(allowed->piece);
    }
  }
  for (const Allowed& row : allowed_statements)
    EXPECT_TRUE(used.contains(row.piece)) << "is not needed: " << row.piece;
}

// Otherwise a statement could be costly without anybody seeing it.
void expect_all_ran(const Plans& plans, const std::set<std::string>& pieces) {
  for (const std::string& piece : pieces) {
    const auto allowed = [&](const Allowed& row) { return piece.contains(row.piece); };
    if (std::ranges::any_of(allowed_not_to_run, allowed)) continue;
    EXPECT_TRUE(std::ranges::any_of(plans, [&](const auto& plan) { return plan.first.contains(piece); }))
        << "no test of unit_cloud runs this: " << piece;
  }
}

TEST(QueryPlans, NoStatementOfTheCloudReadsATableThatGrowsOrSortsIt) {
  const std::set<std::string> pieces = sql_of_sources(S3DR_TEST_DATA "/../../src/cloud");
  // A test asks the same databases. What has no piece of the sources in it is a test's.
  const auto is_of_a_test = [&](const auto& plan) {
    return std::ranges::none_of(pieces, [&](const std::string& piece) { return plan.first.contains(piece); });
  };
  Plans plans = plans_of_all_tests();
  std::erase_if(plans, is_of_a_test);
  ASSERT_GT(plans.size(), 200U);
  expect_none_costly(plans);
  expect_all_ran(plans, pieces);
}

}  // namespace
}  // namespace s3dr::test
