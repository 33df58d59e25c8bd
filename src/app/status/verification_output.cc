#include "app/status/verification_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "app/config.h"
#include "app/output.h"
#include "base/encoding.h"

namespace s3dr::app {
namespace {

constexpr std::size_t rows_max = 50;  // of the table; a broken replica has as many as it has versions
const std::size_t differences_kept = transfer::VerifyOptions{}.differences_max;

}  // namespace

std::string differences_text(const transfer::VerifyReport& report) {
  if (report.differences.empty()) return "";
  Table table({{"DIFFERENCE"}, {"KEY"}, {"VERSION"}, {"DETAIL"}});
  const std::size_t shown = std::min(report.differences.size(), rows_max);
  for (const dr::Difference& difference : std::span(report.differences).first(shown)) {
    table.add({std::string(dr::to_string(difference.kind)), s3::printable(difference.key),
               difference.version_id.text(), difference.detail});
  }
  std::string text = table.render(terminal_width());
  if (report.differences_total > shown) {
    text += fmt::format("… and {} more; --output json lists up to {}\n",
                        format_count(report.differences_total - shown), format_count(differences_kept));
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> counts_of(const transfer::VerifyReport& report) {
  std::vector<std::pair<std::string, std::string>> counts{
      {"level", std::string(dr::to_string(report.level))},
      {"as of", to_iso8601_seconds(report.cut_off)},
      {"keys", fmt::format("{} ({} odd)", format_count(report.keys), format_count(report.odd_keys))},
      {"versions", format_count(report.versions)},
      {"equal", format_count(report.versions_equal)},
      {"delete markers equal", format_count(report.markers_equal)},
      {"differences", format_count(report.differences_total)},
      {"arriving", format_count(report.arriving)}};
  if (!report.selected_prefix.empty())
    counts.insert(counts.begin(),
                  {"protected", "only keys that begin with \"" + report.selected_prefix + "\""});
  if (!report.prefix.empty()) counts.insert(counts.begin(), {"prefix", report.prefix});
  if (report.purged_at_source > 0)
    counts.emplace_back("purged at source", format_count(report.purged_at_source));
  if (report.replica_only > 0)
    counts.emplace_back(
        "on the replica alone",
        format_count(report.replica_only) + " (whether replicated or put by hand: --level head tells)");
  if (report.expected_divergence > 0) {
    counts.emplace_back("markers not replicated", format_count(report.expected_divergence));
  }
  if (report.level == dr::VerifyLevel::bytes)
    counts.emplace_back("compared", format_bytes(report.bytes_compared));
  counts.emplace_back("took", format_duration(report.finished - report.cut_off));
  return counts;
}

boost::json::object json_of(const control::VerificationResult& result) {
  const transfer::VerifyReport& report = result.report;
  boost::json::array differences;
  for (const dr::Difference& difference : report.differences) {
    differences.push_back({{"kind", dr::to_string(difference.kind)},
                           {"key", s3::printable(difference.key)},
                           {"version_id", difference.version_id.text()},
                           {"detail", difference.detail}});
  }
  const Recorded recorded = recorded_run(result);
  return {{"bucket", result.record.source.bucket.text()},
          {"replica", result.record.replica.bucket.text()},
          {"state", dr::to_string(result.record.state)},
          {"level", dr::to_string(report.level)},
          {"prefix", report.prefix},
          {"selected_prefix", report.selected_prefix},
          {"cut_off", to_iso8601(report.cut_off)},
          {"finished", to_iso8601(report.finished)},
          {"equal", report.equal()},
          {"keys", report.keys},
          {"odd_keys", report.odd_keys},
          {"versions", report.versions},
          {"versions_equal", report.versions_equal},
          {"markers_equal", report.markers_equal},
          {"arriving", report.arriving},
          {"purged_at_source", report.purged_at_source},
          {"replica_only", report.replica_only},
          {"expected_divergence", report.expected_divergence},
          {"bytes_compared", report.bytes_compared},
          {"differences_total", report.differences_total},
          {"differences", std::move(differences)},
          {"recorded", recorded.yes},
          {"why_not_recorded", recorded.why_not}};
}

std::string progress_text(const transfer::VerifyProgress& progress) {
  return fmt::format("{} versions of {} keys compared, {} differences", format_count(progress.versions),
                     format_count(progress.keys), format_count(progress.differences));
}

Recorded recorded_run(const control::VerificationResult& result) {
  return {result.recorded, result.why_not_recorded};
}

bool is_recordable(const transfer::VerifyReport& report) {
  return report.prefix.empty() && report.level != dr::VerifyLevel::listing;
}

}  // namespace s3dr::app
