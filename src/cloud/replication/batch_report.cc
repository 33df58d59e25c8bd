#include "cloud/replication/batch_report.h"

#include <boost/json.hpp>

#include <cstring>
#include <utility>

#include "aws/hash.h"
#include "base/encoding.h"
#include "cloud/objects/object_table.h"
#include "cloud/objects/payload.h"
#include "cloud/store/bucket_table.h"

namespace s3dr::cloud {
namespace {

namespace json = boost::json;

constexpr int rows_a_page = 500;

// The lines of a job's tasks. They are made page by page while they are read.
class TaskLines : public BodyReader {
 public:
  TaskLines(RegionContext& region, const JobRow& job, bool only_failed)
      : region_(region), job_(job.id), bucket_(job.bucket_name), only_failed_(only_failed) {}

  Task<std::size_t> read(std::span<char> buffer) override {
    if (position_ == text_.size()) next_page();
    const std::size_t count = std::min(buffer.size(), text_.size() - position_);
    std::memcpy(buffer.data(), text_.data() + position_, count);
    position_ += count;
    co_return count;
  }

 private:
  // ",failed,403,DstPutObjectNotPermitted,…": status, code and message, as in AWS's examples. Its schema names them the
  // other way round (docs/protocol.md, Batch replication).
  static std::string failure(const std::string& reason) {
    if (reason.empty()) return ",failed,500,ReplicationFailed,see the version's replication status\n";
    const std::string_view status = reason.ends_with("NotPermitted") ? "403"
                                    : reason.ends_with("NotFound")   ? "404"
                                                                     : "400";
    return ",failed," + std::string(status) + "," + reason +
           ",\"the version, or one of its replicas, failed\"\n";
  }

  void next_page() {
    text_.clear();
    position_ = 0;
    auto row = region_.database.reader().prepare(
        "SELECT object_version, key, version_id, (SELECT reason FROM job_failure WHERE job_failure.job = "
        "job_task.job AND job_failure.object_version = job_task.object_version) FROM job_task JOIN "
        "object_version ON object_version.id = object_version "
        "WHERE job = ? AND object_version > ? AND (? = 0 OR state = 2) ORDER BY object_version LIMIT ?");
    row.bind(job_, after_, only_failed_, rows_a_page);
    while (row.step()) {
      after_ = row.integer(0);
      text_ += bucket_ + "," + uri_encode(row.text(1), Slash::keep) + "," + row.text(2);
      text_ += only_failed_ ? failure(row.is_null(3) ? "" : row.text(3)) : "\n";
    }
  }

  RegionContext& region_;
  std::string job_, bucket_;
  bool only_failed_;
  std::int64_t after_ = 0;
  std::string text_;
  std::size_t position_ = 0;
};

// Returns the MD5 of what was written, in hex; empty: there is no such bucket any more.
Task<std::string> put(RegionContext& region, const JobRow& job, std::string key,
                      std::unique_ptr<BodyReader> data, const char* content_type) {
  const auto bucket = find_bucket(region.database.reader(), job.request.report_bucket.text());
  if (!bucket || bucket->account.text() != job.account) {
    region.log.warning("the job's reports bucket is gone",
                       {{"job", job.id}, {"bucket", job.request.report_bucket.text()}});
    co_return "";
  }
  Received received = co_await store_stream(region, *data, aws::ChecksumAlgorithm::crc64nvme);
  const Instant now = region.clock.now();
  const s3::VersionId version_id = new_version_id(*bucket, region.random);
  const Inserted inserted = co_await region.database.write([&](Connection& db) {
    VersionRow row;
    row.key = s3::ObjectKey(key);
    row.version_id = version_id;
    row.size = received.size;
    row.etag = to_hex(received.md5);
    row.body = received.body.id();
    row.checksum_algorithm = "CRC64NVME";
    row.checksum_type = "FULL_OBJECT";
    row.checksum_value = received.checksum;
    row.system_metadata = boost::json::serialize(boost::json::object{{"content-type", content_type}});
    const Inserted result = insert_newest(db, *bucket, std::move(row), now);
    received.body.keep();
    return result;
  });
  if (inserted.replaced_body) region.bodies.remove(*inserted.replaced_body);
  if (inserted.queued_replication) region.wake_replication();
  co_return to_hex(received.md5);
}

std::string folder(const std::string& prefix, const JobRow& job) {
  return (prefix.empty() ? std::string() : prefix + "/") + "job-" + job.id + "/";
}

}  // namespace

Task<> write_manifest(RegionContext& region, const JobRow& job) {
  if (job.request.report_bucket.empty() || job.request.omits_manifest) co_return;
  co_await put(region, job, folder(job.request.manifest_prefix, job) + "manifest.csv",
               std::make_unique<TaskLines>(region, job, false), "text/csv");
}

Task<> write_report(RegionContext& region, const JobRow& job) {
  if (job.request.report_bucket.empty()) co_return;
  json::array results;
  if (job.tasks_failed > 0) {
    const std::string key =
        folder(job.request.report_prefix, job) + "results/" + to_hex(aws::sha1(job.id + " failed")) + ".csv";
    const std::string md5 =
        co_await put(region, job, key, std::make_unique<TaskLines>(region, job, true), "text/csv");
    results.push_back({{"TaskExecutionStatus", "failed"},
                       {"Bucket", job.request.report_bucket.text()},
                       {"MD5Checksum", md5},
                       {"Key", key}});
  }
  const json::object manifest = {
      {"Format", "Report_CSV_20180820"},
      {"ReportCreationDate", to_iso8601(region.clock.now())},
      {"Results", std::move(results)},
      {"ReportSchema", "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"},
  };
  co_await put(region, job, folder(job.request.report_prefix, job) + "manifest.json",
               text_reader(json::serialize(manifest) + "\n"), "application/json");
}

}  // namespace s3dr::cloud
