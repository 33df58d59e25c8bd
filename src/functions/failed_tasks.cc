#include "functions/failed_tasks.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "s3/batch_report.h"

namespace s3dr::functions {
namespace {

using VersionSet = std::set<std::pair<s3::ObjectKey, s3::VersionId>>;

constexpr std::size_t manifest_bytes_max = 1024 * 1024;
// Of the versions that the replica lacks, so many are looked for at the source. The others count as missing.
constexpr std::uint64_t source_looks_max = 50;

struct Rows {
  VersionSet versions;
  std::uint64_t read = 0;
  bool cut_off = false;
};

Task<std::optional<std::string>> read_manifest(Context context, dr::Backfill backfill) {
  const s3::BucketName bucket = backfill.inputs.report_bucket;
  const std::string key = s3::report_manifest_key(backfill.inputs.report_prefix, backfill.job_id);
  std::string text;
  while (true) {
    const auto piece = co_await context.jobs.read_report(bucket, key, text.size());
    if (!piece) co_return std::nullopt;
    if (piece->empty()) co_return text;
    text += *piece;
    if (text.size() > manifest_bytes_max)
      throw Error(ErrorKind::corrupt, "the job's report: manifest.json is too long");
  }
}

Task<> read_rows(Context context, s3::BucketName bucket, s3::ReportFile file, Rows& rows) {
  s3::ReportReader reader;
  const auto take = [&](s3::ReportRow row) {
    if (row.bucket != bucket.text())
      throw Error(ErrorKind::corrupt, "the job's report speaks of another bucket");
    ++rows.read;
    if (row.version_id.empty()) row.version_id = s3::VersionId::null();
    rows.versions.emplace(std::move(row.key), std::move(row.version_id));
  };
  for (std::uint64_t offset = 0;;) {
    const auto piece = co_await context.jobs.read_report(file.bucket, file.key, offset);
    if (!piece) throw Error(ErrorKind::corrupt, "the job's report names a file that is not there");
    if (piece->empty()) break;
    offset += piece->size();
    reader.feed(*piece, take);
    if (rows.read > failed_rows_max) {
      rows.cut_off = true;
      co_return;
    }
  }
  reader.finish(take);
}

// A place in a listing that comes before every version of the key, and after most others: the key without its last
// character.
s3::ObjectKey place_before(const s3::ObjectKey& key) {
  std::string bytes = key.bytes();
  while (!bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0xC0) == 0x80) bytes.pop_back();
  if (!bytes.empty()) bytes.pop_back();
  return s3::ObjectKey(std::move(bytes));
}

// Takes out of `wanted` what the bucket has. Jumps over what nobody asked for. False: there were too many pages.
Task<bool> take_out_what_is_there(Context context, s3::BucketName replica, VersionSet& wanted) {
  VersionSet lacking;
  s3::VersionListOptions options;
  options.key_marker = wanted.empty() ? s3::ObjectKey() : place_before(wanted.begin()->first);
  for (int pages = 0; !wanted.empty(); ++pages) {
    if (pages == replica_pages_max) co_return false;
    const s3::VersionPage page = co_await context.destination.list_object_versions(replica, options);
    for (const s3::ObjectVersion& version : page.versions) wanted.erase({version.key, version.version_id});
    // What comes before the end of the page, and was not in it, is not there.
    while (!wanted.empty() && (!page.is_truncated || wanted.begin()->first < page.next_key_marker))
      lacking.insert(wanted.extract(wanted.begin()));
    if (wanted.empty()) break;
    options.key_marker = page.next_key_marker;
    options.version_id_marker = page.next_version_id_marker;
    const s3::ObjectKey ahead = place_before(wanted.begin()->first);
    if (options.key_marker < ahead) {
      options.key_marker = ahead;
      options.version_id_marker = {};
    }
  }
  wanted = std::move(lacking);
  co_return true;
}

}  // namespace

Task<std::optional<dr::FailedTasks>> look_at_failed_tasks(Context context, dr::Record record,
                                                          s3::JobDescription job) {
  const auto manifest = co_await read_manifest(context, *record.backfill);
  if (!manifest) co_return std::nullopt;
  const s3::BucketName source = record.source.bucket;
  Rows rows;
  for (const s3::ReportFile& file : s3::parse_report_manifest(*manifest)) {
    if (file.bucket != record.backfill->inputs.report_bucket)
      throw Error(ErrorKind::corrupt, "the job's report lies in another bucket");
    co_await read_rows(context, source, file, rows);
    if (rows.cut_off) break;
  }
  dr::FailedTasks result;
  if (rows.cut_off) {
    result.unknown = "the report names more than " + std::to_string(failed_rows_max) + " failed tasks";
    co_return result;
  }
  if (rows.read < job.tasks_failed) {
    result.unknown = "the report names only " + std::to_string(rows.read) + " of them";
    co_return result;
  }
  const std::uint64_t named = rows.versions.size();
  VersionSet lacking = std::move(rows.versions);
  const bool all_looked_at = co_await take_out_what_is_there(context, record.replica.bucket, lacking);
  if (!all_looked_at) {
    result.unknown = "their keys are too far apart in the replica's listing";
    co_return result;
  }
  result.on_replica = named - lacking.size();
  std::uint64_t looks = 0;
  for (const auto& [key, version_id] : lacking) {
    const bool asked = looks++ < source_looks_max;
    const bool gone =
        asked && !(co_await context.source.version_created(source, key, version_id)).has_value();
    ++(gone ? result.purged : result.missing);
  }
  co_return result;
}

}  // namespace s3dr::functions
