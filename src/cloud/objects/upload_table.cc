#include "cloud/objects/upload_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace s3dr::cloud {
namespace {

constexpr std::size_t time_digits = 12;  // hexadecimal, in front of an upload's id: milliseconds since 1970
constexpr std::size_t upload_id_bytes = 64;

}  // namespace

std::string new_upload_id(Connection& db, const UploadRow& upload, Random& random) {
  std::int64_t time = upload.initiated.time_since_epoch().count();
  auto row = db.prepare("SELECT max(upload_id) FROM upload WHERE bucket = ? AND key = ?");
  row.bind(upload.bucket, Statement::Blob{upload.key.bytes()});
  if (row.step() && !row.is_null(0)) {
    const std::string last = row.text(0).substr(0, time_digits);
    std::int64_t time_before = 0;
    const auto [end, failure] = std::from_chars(last.data(), last.data() + last.size(), time_before, 16);
    if (failure == std::errc() && end == last.data() + last.size()) time = std::max(time, time_before + 1);
  }
  return fmt::format("{:0{}x}", time, time_digits) + random.alphanumeric(upload_id_bytes - time_digits);
}

void insert_upload(Connection& db, const UploadRow& upload) {
  db.prepare(
        "INSERT INTO upload (bucket, key, upload_id, initiated_ms, checksum_algorithm, checksum_type, "
        "system_metadata, user_metadata, tags, storage_class) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'STANDARD')")
      .bind(upload.bucket, Statement::Blob{upload.key.bytes()}, upload.upload_id,
            upload.initiated.time_since_epoch().count(),
            upload.asked_algorithm ? aws::s3_name(*upload.asked_algorithm) : std::string_view(),
            aws::s3_name(upload.checksum_type), upload.system_metadata, upload.user_metadata,
            s3::to_tagging_header(upload.tags))
      .run();
}

std::optional<UploadRow> find_upload(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                                     std::string_view upload_id) {
  auto row = db.prepare(
      "SELECT id, initiated_ms, checksum_algorithm, checksum_type, system_metadata, user_metadata, tags "
      "FROM upload WHERE upload_id = ? AND bucket = ? AND key = ?");
  row.bind(upload_id, bucket, Statement::Blob{key.bytes()});
  if (!row.step()) return std::nullopt;
  UploadRow upload;
  upload.id = row.integer(0);
  upload.bucket = bucket;
  upload.key = key;
  upload.upload_id = std::string(upload_id);
  upload.initiated = Instant(milliseconds(row.integer(1)));
  upload.asked_algorithm = aws::checksum_of_s3_name(row.text(2));
  upload.checksum_type = aws::checksum_type_of_s3_name(row.text(3)).value_or(aws::ChecksumType::full_object);
  upload.system_metadata = row.text(4);
  upload.user_metadata = row.text(5);
  upload.tags = s3::parse_tagging_header(row.text(6)).value_or(s3::TagSet());
  return upload;
}

UploadRow require_upload(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                         std::string_view upload_id) {
  auto upload = find_upload(db, bucket, key, upload_id);
  if (!upload)
    throw refuse("NoSuchUpload",
                 "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
                 "been aborted or completed.");
  return std::move(*upload);
}

std::optional<std::string> put_part(Connection& db, std::int64_t upload, const PartRow& part) {
  std::optional<std::string> replaced;
  {
    auto row = db.prepare("SELECT body FROM part WHERE upload = ? AND number = ? AND body IS NOT NULL");
    row.bind(upload, part.number);
    if (row.step()) replaced = row.text(0);
  }
  db.prepare(
        "INSERT OR REPLACE INTO part (upload, number, size, etag, body, checksum_value, modified_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(upload, part.number, part.size, part.etag, part.body, part.checksum,
            part.modified.time_since_epoch().count())
      .run();
  return replaced;
}

std::vector<PartRow> list_part_rows(Connection& db, std::int64_t upload, int after, int most) {
  auto row = db.prepare(
      "SELECT number, size, etag, body, checksum_value, modified_ms FROM part WHERE upload = ? AND number > "
      "? "
      "ORDER BY number LIMIT ?");
  row.bind(upload, after, most);
  std::vector<PartRow> parts;
  while (row.step()) {
    PartRow part;
    part.number = static_cast<int>(row.integer(0));
    part.size = static_cast<std::uint64_t>(row.integer(1));
    part.etag = row.text(2);
    if (!row.is_null(3)) part.body = row.text(3);
    part.checksum = row.text(4);
    part.modified = Instant(milliseconds(row.integer(5)));
    parts.push_back(std::move(part));
  }
  return parts;
}

std::vector<std::string> remove_upload(Connection& db, std::int64_t upload) {
  std::vector<std::string> bodies;
  {
    auto row = db.prepare("SELECT body FROM part WHERE upload = ? AND body IS NOT NULL");
    row.bind(upload);
    while (row.step()) bodies.push_back(row.text(0));
  }
  db.prepare("DELETE FROM upload WHERE id = ?").bind(upload).run();
  return bodies;
}

void remember_completed(Connection& db, std::string_view upload_id, std::int64_t version) {
  db.prepare("INSERT INTO completed_upload (upload_id, version) VALUES (?, ?)")
      .bind(upload_id, version)
      .run();
}

std::optional<std::int64_t> find_completed(Connection& db, std::string_view upload_id) {
  auto row = db.prepare("SELECT version FROM completed_upload WHERE upload_id = ?");
  row.bind(upload_id);
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

}  // namespace s3dr::cloud
