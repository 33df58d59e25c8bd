// Multipart uploads and their parts in the region's database. Plain functions over a Connection.
// Callers wrap writes in Database::write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aws/checksum.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

struct UploadRow {
  std::int64_t id = 0;
  std::int64_t bucket = 0;
  s3::ObjectKey key;
  std::string upload_id;
  Instant initiated{};
  // As asked for at the start. nullopt: not asked for; then CRC64NVME over the whole object is kept.
  std::optional<aws::ChecksumAlgorithm> asked_algorithm;
  aws::ChecksumType checksum_type = aws::ChecksumType::full_object;
  std::string system_metadata = "{}", user_metadata = "{}";
  s3::TagSet tags;

  aws::ChecksumAlgorithm algorithm() const {
    return asked_algorithm.value_or(aws::ChecksumAlgorithm::crc64nvme);
  }
};

struct PartRow {
  int number = 0;
  std::uint64_t size = 0;
  std::string etag;  // hex MD5
  std::optional<std::string> body;
  std::string checksum;  // base64, of the upload's algorithm
  Instant modified{};
};

// An id for an upload that is about to begin. The ids of a bucket's key ascend in the order of initiation: S3 lists uploads
// in that order, and its upload-id-marker stands for all ids that are greater (API reference, ListMultipartUploads).
std::string new_upload_id(Connection& db, const UploadRow& upload, Random& random);
void insert_upload(Connection& db, const UploadRow& upload);
// The upload with that id, if it belongs to this bucket and key.
std::optional<UploadRow> find_upload(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                                     std::string_view upload_id);
// The same, and refuses NoSuchUpload.
UploadRow require_upload(Connection& db, std::int64_t bucket, const s3::ObjectKey& key,
                         std::string_view upload_id);
// Adds a part, or replaces the part of that number. Returns the body id of the replaced part.
std::optional<std::string> put_part(Connection& db, std::int64_t upload, const PartRow& part);
// Parts with numbers above `after`, ascending, at most `most`.
std::vector<PartRow> list_part_rows(Connection& db, std::int64_t upload, int after, int most);
// Removes the upload with all its parts. Returns the parts' body ids.
std::vector<std::string> remove_upload(Connection& db, std::int64_t upload);

// Remembers which version (object_table.h) an upload became.
void remember_completed(Connection& db, std::string_view upload_id, std::int64_t version);
// The id of that version, as long as it exists.
std::optional<std::int64_t> find_completed(Connection& db, std::string_view upload_id);

}  // namespace s3dr::cloud
