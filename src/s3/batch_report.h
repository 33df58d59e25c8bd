// The completion report of a batch job: a manifest.json that names CSV files, and their rows (docs/protocol.md, Batch
// replication). Pure; functions/failed_tasks.h reads the pieces. The embedded cloud writes such reports
// (cloud/replication/batch_report.h).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/names.h"

namespace s3dr::s3 {

// "<prefix>/job-<id>/manifest.json"
std::string report_manifest_key(std::string_view prefix, std::string_view job_id);

struct ReportFile {
  BucketName bucket;
  std::string key;
  bool operator==(const ReportFile&) const = default;
};

// The files with failed tasks. Raises corrupt for what is no manifest of this format, or has rows of another schema.
std::vector<ReportFile> parse_report_manifest(std::string_view json);

struct ReportRow {
  std::string bucket;
  ObjectKey key;
  VersionId version_id;  // empty: the row names none
  std::string task_status;
  bool operator==(const ReportRow&) const = default;
};

constexpr std::size_t report_row_bytes_max = 16 * 1024;

// The rows of one file, which comes in pieces. Fields may be in quotes and then hold commas, line ends and doubled
// quotes. Keys are percent-encoded; one that cannot be is taken as it is. The fields after the task's status are skipped: the documentation names
// ErrorCode before HTTPStatusCode, its examples have them the other way round.
class ReportReader {
 public:
  // Gives each complete row to `take`. Raises corrupt for a row that has too few fields or is too long.
  void feed(std::string_view piece, const std::function<void(ReportRow)>& take);
  // After the last piece: gives a row without a line end. Raises corrupt if a quote is open.
  void finish(const std::function<void(ReportRow)>& take);

 private:
  void end_row(const std::function<void(ReportRow)>& take);

  std::vector<std::string> fields_{std::string()};
  std::size_t bytes_ = 0;
  bool quoted_ = false, quote_before_ = false;
};

}  // namespace s3dr::s3
