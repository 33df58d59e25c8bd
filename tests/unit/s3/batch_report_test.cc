#include "s3/batch_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace s3dr::s3 {
namespace {

// Pieces of every size give the same rows.
std::vector<ReportRow> rows_of(const std::string& text) {
  std::vector<ReportRow> whole;
  for (std::size_t piece = text.size(); piece >= 1; --piece) {
    ReportReader reader;
    std::vector<ReportRow> rows;
    const auto take = [&](ReportRow row) { rows.push_back(std::move(row)); };
    for (std::size_t at = 0; at < text.size(); at += piece)
      reader.feed(std::string_view(text).substr(at, piece), take);
    reader.finish(take);
    if (piece == text.size()) whole = rows;
    EXPECT_EQ(rows, whole) << piece;
  }
  return whole;
}

bool is_corrupt(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    return error.kind() == ErrorKind::corrupt;
  }
  return false;
}

TEST(BatchReport, rows_as_aws_writes_them) {
  // The quoting is that of AWS's example for failed tasks: status, then code, then a message with quotes and commas.
  const auto rows = rows_of(
      "ledger,a%20b/c,v1,failed,200,PermanentFailure,\"it said: {\"\"message\"\":\"\"x, y\"\"}\"\n"
      "ledger,d,,failed,403,AccessDenied,\"two\nlines\"\r\n"
      "ledger,50%25,v3,failed,404,DstBucketNotFound,");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0], (ReportRow{"ledger", ObjectKey("a b/c"), VersionId("v1"), "failed"}));
  EXPECT_EQ(rows[1], (ReportRow{"ledger", ObjectKey("d"), VersionId(""), "failed"}));
  EXPECT_EQ(rows[2], (ReportRow{"ledger", ObjectKey("50%"), VersionId("v3"), "failed"}));
}

TEST(BatchReport, a_key_that_is_not_encoded_is_taken_as_it_is) {
  EXPECT_EQ(rows_of("ledger,100%,v1,failed,500,,\n").at(0).key, ObjectKey("100%"));
}

TEST(BatchReport, what_is_no_row_is_corrupt) {
  const auto none = [](ReportRow) {};
  EXPECT_TRUE(is_corrupt([&] { ReportReader().feed("ledger,key,v1\n", none); }));
  EXPECT_TRUE(is_corrupt([&] { ReportReader().feed(std::string(report_row_bytes_max + 1, 'x'), none); }));
  EXPECT_TRUE(is_corrupt([&] {
    ReportReader reader;
    reader.feed("ledger,key,v1,failed,500,x,\"open", none);
    reader.finish(none);
  }));
  EXPECT_TRUE(rows_of("\n").empty());
}

TEST(BatchReport, the_manifest_names_the_files_with_failed_tasks) {
  EXPECT_EQ(report_manifest_key("backfill/ledger", "f8fb"), "backfill/ledger/job-f8fb/manifest.json");
  EXPECT_EQ(report_manifest_key("", "f8fb"), "job-f8fb/manifest.json");
  const auto files = parse_report_manifest(
      R"({"Format":"Report_CSV_20180820","ReportCreationDate":"2019-04-05T17:48:39.725Z","Results":[)"
      R"({"TaskExecutionStatus":"succeeded","Bucket":"reports","MD5Checksum":"83b1","Key":"job-f8fb/results/62.csv"},)"
      R"({"TaskExecutionStatus":"failed","Bucket":"reports","MD5Checksum":"22ee","Key":"job-f8fb/results/b2.csv"}],)"
      R"("ReportSchema":"Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"})");
  EXPECT_THAT(files,
              testing::ElementsAre(ReportFile{BucketName::parse("reports"), "job-f8fb/results/b2.csv"}));
}

TEST(BatchReport, another_manifest_is_corrupt) {
  const std::string schema = R"("ReportSchema":"Bucket, Key, VersionId, TaskStatus")";
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"),
        std::string(R"({"Format":"Report_CSV_2030",)") + schema + R"(,"Results":[]})",
        std::string(R"({"Format":"Report_CSV_20180820","ReportSchema":"Key, Bucket","Results":[]})"),
        std::string(R"({"Format":"Report_CSV_20180820",)") + schema + "}",
        std::string(R"({"Format":"Report_CSV_20180820",)") + schema + R"(,"Results":[7]})",
        std::string(R"({"Format":"Report_CSV_20180820",)") + schema +
            R"(,"Results":[{"TaskExecutionStatus":"failed","Bucket":"?","Key":"k"}]})"})
    EXPECT_TRUE(is_corrupt([&] { parse_report_manifest(text); })) << text;
}

}  // namespace
}  // namespace s3dr::s3
