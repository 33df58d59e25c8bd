#include "transfer/compare_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "s3/tag.h"

namespace s3dr::transfer {
namespace {

std::string list_metadata_differences(const std::map<std::string, std::string>& source,
                                      const std::map<std::string, std::string>& replica) {
  std::string names;
  const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ", ") + name; };
  for (const auto& [name, value] : source) {
    const auto other = replica.find(name);
    if (other == replica.end() || other->second != value) add(name);
  }
  for (const auto& [name, value] : replica) {
    if (!source.contains(name)) add(name);
  }
  return names;
}

// What follows the dash of a multipart ETag; empty for a plain one.
std::string_view part_count(std::string_view etag) {
  const auto dash = etag.rfind('-');
  return dash == std::string_view::npos ? std::string_view() : etag.substr(dash + 1);
}

// One side's body with a full buffer at each read (short only at the end).
class FullReader {
 public:
  explicit FullReader(std::unique_ptr<BodyReader> reader)
      : reader_(std::move(reader)), buffer_(256 * 1024, '\0') {}

  Task<std::string_view> next() {
    std::size_t filled = 0;
    while (filled < buffer_.size()) {
      const std::size_t count =
          co_await reader_->read(std::span<char>(buffer_.data() + filled, buffer_.size() - filled));
      if (count == 0) break;
      filled += count;
    }
    co_return std::string_view(buffer_.data(), filled);
  }

 private:
  std::unique_ptr<BodyReader> reader_;
  std::string buffer_;
};

struct BytesOutcome {
  std::optional<std::string> difference;
  std::uint64_t compared = 0;
};

// Reads the next piece; a corrupt body becomes `failure` instead of an exception, everything else is raised.
Task<std::string_view> next_or_corrupt(FullReader& reader, const char* side,
                                       std::optional<std::string>& failure) {
  try {
    co_return co_await reader.next();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    failure = fmt::format("the {} cannot be read back: {}", side, error.message());
  }
  co_return std::string_view();
}

Task<BytesOutcome> compare_bodies(std::unique_ptr<BodyReader> source, std::unique_ptr<BodyReader> replica) {
  BytesOutcome outcome;
  FullReader source_reader(std::move(source));
  FullReader replica_reader(std::move(replica));
  while (true) {
    std::optional<std::string> source_failure;
    std::optional<std::string> replica_failure;
    const std::string_view ours = co_await next_or_corrupt(source_reader, "source", source_failure);
    const std::string_view theirs = co_await next_or_corrupt(replica_reader, "replica", replica_failure);
    if (source_failure || replica_failure) {
      outcome.difference = source_failure ? source_failure : replica_failure;
      co_return outcome;
    }
    const auto [at, other] = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
    if (at != ours.end() || other != theirs.end()) {
      outcome.difference = fmt::format("the data differs from byte {} on",
                                       outcome.compared + static_cast<std::uint64_t>(at - ours.begin()));
      co_return outcome;
    }
    if (ours.empty()) co_return outcome;
    outcome.compared += ours.size();
  }
}

Task<std::vector<dr::Difference>> compare_tags(Side source, Side replica, s3::ObjectKey key,
                                               s3::VersionId version, bool& gone) {
  std::vector<dr::Difference> differences;
  const auto source_tags = co_await source.store->get_object_tagging(source.bucket, key, version);
  const auto replica_tags = co_await replica.store->get_object_tagging(replica.bucket, key, version);
  if (!source_tags || !replica_tags) {
    gone = true;
    co_return differences;
  }
  if (!s3::same_tags(*source_tags, *replica_tags)) {
    differences.push_back({dr::DifferenceKind::tags, key, version,
                           fmt::format("{} here, {} on the replica", s3::to_tagging_header(*source_tags),
                                       s3::to_tagging_header(*replica_tags))});
  }
  co_return differences;
}

// Takes in what a HEAD shows; true when a count of 0 from this side can be believed.
bool tells_tag_counts(const Side& side, const s3::ObjectHead& head) {
  if (side.shows_tag_count == nullptr) return false;
  if (head.tag_count > 0) *side.shows_tag_count = true;
  return *side.shows_tag_count;
}

}  // namespace

std::vector<dr::Difference> compare_heads(const s3::ObjectKey& key, const s3::ObjectHead& source,
                                          const s3::ObjectHead& replica) {
  std::vector<dr::Difference> differences;
  const auto differ = [&](dr::DifferenceKind kind, std::string detail) {
    differences.push_back({kind, key, source.version_id, std::move(detail)});
  };
  if (source.size != replica.size) {
    differ(dr::DifferenceKind::size,
           fmt::format("{} bytes here, {} on the replica", source.size, replica.size));
  }
  bool common = false;
  for (const auto& [algorithm, value] : source.checksums) {
    const auto other = replica.checksums.find(algorithm);
    if (other == replica.checksums.end()) continue;
    common = true;
    if (other->second != value) {
      differ(dr::DifferenceKind::checksum,
             fmt::format("{} {} here, {} on the replica", algorithm, value, other->second));
    }
  }
  if (!common) {
    if (source.etag.empty() || replica.etag.empty() || part_count(source.etag) != part_count(replica.etag)) {
      differ(dr::DifferenceKind::not_comparable, "no common checksum, and the ETags cannot be compared");
    } else if (source.etag != replica.etag) {
      differ(dr::DifferenceKind::checksum,
             fmt::format("ETag {} here, {} on the replica", source.etag, replica.etag));
    }
  }
  std::string names = list_metadata_differences(source.system_metadata, replica.system_metadata);
  if (!names.empty()) differ(dr::DifferenceKind::metadata, "differs in " + names);
  names = list_metadata_differences(source.user_metadata, replica.user_metadata);
  if (!names.empty()) differ(dr::DifferenceKind::metadata, "user metadata differs in " + names);
  return differences;
}

Task<ObjectComparison> compare_by_head(Side source, Side replica, s3::ObjectKey key, s3::VersionId version) {
  ObjectComparison result;
  const auto ours = co_await source.store->head_object(source.bucket, key, version);
  const auto theirs = co_await replica.store->head_object(replica.bucket, key, version);
  if (!ours || !theirs) {
    result.gone = true;
    co_return result;
  }
  result.differences = compare_heads(key, *ours, *theirs);
  const bool source_tells = tells_tag_counts(source, *ours);
  const bool replica_tells = tells_tag_counts(replica, *theirs);
  if (!source_tells || !replica_tells || ours->tag_count > 0 || theirs->tag_count > 0) {
    for (dr::Difference& difference : co_await compare_tags(source, replica, key, version, result.gone)) {
      result.differences.push_back(std::move(difference));
    }
  }
  co_return result;
}

Task<ObjectComparison> compare_by_bytes(Side source, Side replica, s3::ObjectKey key, s3::VersionId version) {
  ObjectComparison result = co_await compare_by_head(source, replica, key, version);
  if (result.gone) co_return result;
  auto ours = co_await source.store->get_object(source.bucket, key, version);
  auto theirs = co_await replica.store->get_object(replica.bucket, key, version);
  if (!ours || !theirs) {
    result.gone = true;
    co_return result;
  }
  BytesOutcome outcome = co_await compare_bodies(std::move(ours->body), std::move(theirs->body));
  result.bytes_compared = outcome.compared;
  if (outcome.difference) {
    result.differences.push_back({dr::DifferenceKind::bytes, key, version, std::move(*outcome.difference)});
  } else {
    // Equal bytes settle what the checksums could not tell.
    std::erase_if(result.differences, [](const dr::Difference& difference) {
      return difference.kind == dr::DifferenceKind::not_comparable;
    });
  }
  co_return result;
}

}  // namespace s3dr::transfer
