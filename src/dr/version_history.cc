#include "dr/version_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace s3dr::dr {
namespace {

using Stack = std::vector<s3::ObjectVersion>;

std::unordered_map<std::string_view, std::size_t> index_of(const Stack& stack) {
  std::unordered_map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < stack.size(); ++i) index.emplace(stack[i].version_id.text(), i);
  return index;
}

// Which elements of a permutation are out of order: all that are not on a longest increasing subsequence.
std::vector<std::size_t> out_of_order(const std::vector<std::size_t>& positions) {
  std::vector<std::size_t> tails;                                       // indices into positions
  std::vector<std::size_t> before(positions.size(), positions.size());  // predecessor; size() = none
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const auto at =
        std::lower_bound(tails.begin(), tails.end(), positions[i],
                         [&](std::size_t tail, std::size_t value) { return positions[tail] < value; });
    if (at != tails.begin()) before[i] = *(at - 1);
    if (at == tails.end()) {
      tails.push_back(i);
    } else {
      *at = i;
    }
  }
  std::vector<bool> in_order(positions.size(), false);
  if (!tails.empty()) {
    for (std::size_t i = tails.back(); i != positions.size(); i = before[i]) in_order[i] = true;
  }
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (!in_order[i]) result.push_back(i);
  }
  return result;
}

}  // namespace

std::string_view to_string(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::missing:
      return "missing";
    case DifferenceKind::extra:
      return "extra";
    case DifferenceKind::reordered:
      return "reordered";
    case DifferenceKind::marker:
      return "marker";
    case DifferenceKind::size:
      return "size";
    case DifferenceKind::checksum:
      return "checksum";
    case DifferenceKind::metadata:
      return "metadata";
    case DifferenceKind::tags:
      return "tags";
    case DifferenceKind::last_copy:
      return "last copy";
    case DifferenceKind::bytes:
      return "bytes";
    case DifferenceKind::not_comparable:
      return "not comparable";
  }
  return "?";
}

StackComparison compare_stacks(const Stack& source, const Stack& replica, const HistoryRules& rules) {
  StackComparison result;
  const auto source_index = index_of(source);
  const auto replica_index = index_of(replica);
  const auto differ = [&](DifferenceKind kind, const s3::ObjectVersion& version, std::string detail) {
    result.differences.push_back({kind, version.key, version.version_id, std::move(detail)});
  };

  std::vector<std::size_t> common_source;   // settled versions both sides have, in source order …
  std::vector<std::size_t> common_replica;  // … and where the replica has them
  for (std::size_t i = 0; i < source.size(); ++i) {
    const s3::ObjectVersion& version = source[i];
    const bool settled = version.last_modified <= rules.cut_off;
    const auto found = replica_index.find(version.version_id.text());
    if (found == replica_index.end()) {
      if (!settled) {
        ++result.arriving;
      } else if (version.is_delete_marker && !rules.delete_markers_replicate) {
        ++result.expected_divergence;
      } else {
        differ(DifferenceKind::missing, version,
               version.is_delete_marker ? "the delete marker is not on the replica" : "not on the replica");
      }
      continue;
    }
    const s3::ObjectVersion& other = replica[found->second];
    if (!settled) {
      ++result.arriving;  // it is there already, but was not compared
      continue;
    }
    common_source.push_back(i);
    common_replica.push_back(found->second);
    if (version.is_delete_marker != other.is_delete_marker) {
      differ(DifferenceKind::marker, version,
             version.is_delete_marker ? "a delete marker here, an object on the replica"
                                      : "an object here, a delete marker on the replica");
    } else if (version.is_delete_marker) {
      ++result.markers_equal;
    } else if (version.size != other.size) {
      differ(DifferenceKind::size, version,
             fmt::format("{} bytes here, {} bytes on the replica", version.size, other.size));
    } else {
      result.pairs.emplace_back(i, found->second);
    }
  }
  for (const std::size_t at : out_of_order(common_replica)) {
    differ(DifferenceKind::reordered, source[common_source[at]],
           fmt::format("place {} of {} from the top here, place {} of {} on the replica",
                       common_source[at] + 1, source.size(), common_replica[at] + 1, replica.size()));
  }
  for (std::size_t i = 0; i < replica.size(); ++i) {
    if (source_index.contains(replica[i].version_id.text())) continue;
    if (replica[i].last_modified > rules.cut_off) {
      ++result.arriving;  // written on the source after its listing had passed the key
    } else {
      result.maybe_purged.push_back(i);
    }
  }
  return result;
}

bool is_odd_key(const s3::ObjectKey& key) {
  const std::string& bytes = key.bytes();
  if (bytes.size() >= 1024 || bytes.starts_with('/') || bytes.ends_with('/')) return true;
  if (bytes.find("//") != std::string::npos) return true;
  std::size_t start = 0;
  while (start <= bytes.size()) {
    const std::size_t end = std::min(bytes.find('/', start), bytes.size());
    const std::string_view segment = std::string_view(bytes).substr(start, end - start);
    if (segment == "." || segment == "..") return true;
    start = end + 1;
  }
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte >= 0x7f || c == '%' || c == '+';
  });
}

}  // namespace s3dr::dr
