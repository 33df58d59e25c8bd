#include "cloud/objects/conditions.h"

#include <chrono>

#include "base/encoding.h"

namespace s3dr::cloud {
namespace {

Error not_implemented() {
  return refuse("NotImplemented", "A header you provided implies functionality that is not implemented.");
}

Error precondition_failed() {
  return refuse("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
}

}  // namespace

WriteCondition write_condition_of(const Headers& headers) {
  WriteCondition condition;
  const auto none_match = headers.get("if-none-match");
  const auto match = headers.get("if-match");
  if (none_match && match) throw not_implemented();
  if (none_match) {
    const s3::EtagCondition asked = s3::parse_etag_condition(*none_match);
    if (!asked.any || !asked.etags.empty()) throw not_implemented();
    condition.must_be_absent = true;
  }
  if (match) {
    condition.must_match = s3::parse_etag_condition(*match);
    if (condition.must_match->any) throw not_implemented();
  }
  return condition;
}

WriteCondition delete_condition_of(const Headers& headers) {
  if (headers.has("if-none-match") || headers.has("x-amz-if-match-size") ||
      headers.has("x-amz-if-match-last-modified-time"))
    throw not_implemented();
  WriteCondition condition;
  if (const auto match = headers.get("if-match")) condition.must_match = s3::parse_etag_condition(*match);
  return condition;
}

void check(const WriteCondition& condition, const VersionRow* current) {
  const bool exists = current != nullptr && !current->is_marker;
  if (condition.must_be_absent && exists) throw precondition_failed();
  if (!condition.must_match) return;
  if (!exists) throw refuse("NoSuchKey", "The specified key does not exist.");
  if (!condition.must_match->covers(current->etag)) throw precondition_failed();
}

ReadAnswer evaluate_read(const Headers& headers, std::string_view prefix, const VersionRow& version) {
  const auto field = [&](std::string_view name) {
    return headers.get(std::string(prefix) + std::string(name));
  };
  const auto date = [&](std::string_view name) -> std::optional<Instant> {
    const auto text = field(name);
    return text ? from_http_date(*text) : std::nullopt;  // a date nobody can read is ignored (RFC 9110)
  };
  // Last-Modified has whole seconds.
  const Instant modified = std::chrono::floor<std::chrono::seconds>(version.created);
  if (const auto match = field("if-match")) {
    if (!s3::parse_etag_condition(*match).covers(version.etag)) return ReadAnswer::failed;
  } else if (const auto since = date("if-unmodified-since")) {
    if (modified > *since) return ReadAnswer::failed;
  }
  if (const auto none_match = field("if-none-match")) {
    if (s3::parse_etag_condition(*none_match).covers(version.etag)) return ReadAnswer::not_modified;
  } else if (const auto since = date("if-modified-since")) {
    if (modified <= *since) return ReadAnswer::not_modified;
  }
  return ReadAnswer::full;
}

}  // namespace s3dr::cloud
