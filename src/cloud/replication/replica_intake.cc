#include "cloud/replication/replica_intake.h"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "aws/checksum.h"
#include "aws/hash.h"
#include "base/encoding.h"
#include "cloud/objects/object_table.h"
#include "cloud/objects/payload.h"
#include "cloud/replication/replica_message.h"
#include "cloud/replication/service_roles.h"
#include "cloud/store/bucket_table.h"

namespace s3dr::cloud {
namespace {

// Reads exactly `size` bytes from the front of the stream.
Task<std::string> read_front(BodyReader& reader, std::size_t size) {
  std::string text(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const std::size_t count = co_await reader.read(std::span<char>(text.data() + filled, size - filled));
    if (count == 0) throw refuse("InvalidRequest", "The replica message breaks off.");
    filled += count;
  }
  co_return text;
}

Task<VersionRow> read_message(const HttpRequest& request, BodyReader& reader) {
  const std::string_view length = request.headers.get_or(replica_message_length_header, "");
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), size);
  if (error != std::errc() || end != length.data() + length.size() || size > replica_message_bytes_max) {
    throw refuse("InvalidRequest", "The replica message has no length.");
  }
  const std::string text = co_await read_front(reader, size);
  if (aws::sha256_hex(text) != request.headers.get_or(replica_message_sha256_header, "")) {
    throw refuse("BadDigest", "The replica message does not match its hash.");
  }
  co_return parse_replica_message(text);
}

// The sizes of the parts, for objects whose checksum is composed of the parts' checksums.
std::vector<std::uint64_t> part_sizes(const std::string& parts) {
  std::vector<std::uint64_t> result;
  boost::json::error_code failure;
  const boost::json::value value = boost::json::parse(parts, failure);
  const boost::json::array* array = failure ? nullptr : value.if_array();
  if (array == nullptr) return result;
  for (const boost::json::value& item : *array) {
    const boost::json::object* part = item.if_object();
    const boost::json::value* size = part == nullptr ? nullptr : part->if_contains("size");
    if (size == nullptr || !size->is_int64()) return {};
    result.push_back(static_cast<std::uint64_t>(size->get_int64()));
  }
  return result;
}

// Computes the object's checksum as its row says: over the whole, or of the parts' checksums.
class DataCheck {
 public:
  explicit DataCheck(const VersionRow& row)
      : algorithm_(
            aws::checksum_of_s3_name(row.checksum_algorithm).value_or(aws::ChecksumAlgorithm::crc64nvme)),
        running_(algorithm_),
        composite_(row.checksum_type == "COMPOSITE") {
    if (composite_) sizes_ = part_sizes(row.parts);
  }

  void update(std::string_view bytes) {
    if (!composite_) {
      running_.update(bytes);
      return;
    }
    while (!bytes.empty() && parts_.size() < sizes_.size()) {
      const std::uint64_t left = sizes_[parts_.size()] - in_part_;
      const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size()));
      running_.update(bytes.substr(0, count));
      in_part_ += count;
      bytes.remove_prefix(count);
      if (in_part_ == sizes_[parts_.size()]) {
        parts_.push_back({running_.finish(), in_part_});
        in_part_ = 0;
      }
    }
  }

  std::string finish() {
    // A last part may be empty: no data comes for it.
    while (composite_ && parts_.size() < sizes_.size() && sizes_[parts_.size()] == in_part_) {
      parts_.push_back({running_.finish(), in_part_});
      in_part_ = 0;
    }
    return composite_ ? aws::composite_base64(algorithm_, parts_) : running_.finish_base64();
  }

 private:
  aws::ChecksumAlgorithm algorithm_;
  aws::Checksum running_;
  bool composite_;
  std::vector<std::uint64_t> sizes_;
  std::vector<aws::PartChecksum> parts_;
  std::uint64_t in_part_ = 0;
};

Task<StoredBody> receive_data(RegionContext& region, BodyReader& reader, const VersionRow& row) {
  DataCheck check(row);
  auto writer = region.bodies.create();
  std::string buffer(128 * 1024, '\0');
  std::uint64_t size = 0;
  while (true) {
    const std::size_t count = co_await reader.read(std::span<char>(buffer));
    if (count == 0) break;
    size += count;
    if (size > row.size) break;
    check.update(std::string_view(buffer.data(), count));
    co_await writer->write(std::span<const char>(buffer.data(), count));
  }
  if (size != row.size || check.finish() != row.checksum_value) {
    throw refuse("BadDigest", "The data does not match its checksum.");
  }
  if (size == 0) co_return StoredBody();
  co_return StoredBody(region.bodies, co_await writer->finish());
}

bool already_here(Connection& db, const BucketRow& bucket, const VersionRow& row) {
  const auto existing = find_version(db, bucket.id, row.key, row.version_id);
  return existing && existing->checksum_algorithm == row.checksum_algorithm &&
         existing->checksum_value == row.checksum_value && existing->size == row.size &&
         existing->is_marker == row.is_marker && existing->created == row.created &&
         existing->sequence == row.sequence;
}

}  // namespace

Task<HttpResponse> take_replica(RegionContext& region, HttpRequest request, std::string name) {
  const auto bucket = find_bucket(region.database.reader(), name);
  if (!bucket) throw refuse("NoSuchBucket", "There is no such bucket.");
  if (bucket->versioning != s3::Versioning::enabled) {
    throw refuse("InvalidBucketState", "The destination bucket is not versioned.");
  }
  auto reader = request.body.take_reader();
  VersionRow row = co_await read_message(request, *reader);
  if (const auto why = why_not_taken(region, *bucket, row, read_sender(request.headers))) {
    // The code before the colon is S3's reason.
    const std::size_t colon = std::min(why->find(": "), why->size());
    throw refuse(why->substr(0, colon), why->substr(std::min(colon + 2, why->size()))).with_status(403);
  }
  StoredBody body;
  // If the version is already here, only its tags and metadata are sent, without data.
  if (!row.is_marker && !already_here(region.database.reader(), *bucket, row)) {
    body = co_await receive_data(region, *reader, row);
  }
  row.body = body.id();
  const Placed placed = co_await region.database.write([&](Connection& db) {
    const auto current = find_bucket(db, bucket->id);
    if (!current) throw refuse("NoSuchBucket", "There is no such bucket.");
    if (current->versioning != s3::Versioning::enabled) {
      throw refuse("InvalidBucketState", "The destination bucket is not versioned.");
    }
    if (!row.is_marker && row.size > 0 && !row.body && !already_here(db, *current, row)) {
      throw refuse("SlowDown", "The version was removed meanwhile. Please try again.");
    }
    const Placed result = insert_replica(db, *current, row);
    if (result.inserted) body.keep();
    return result;
  });
  if (placed.replaced_body) region.bodies.remove(*placed.replaced_body);
  co_return HttpResponse{};
}

}  // namespace s3dr::cloud
