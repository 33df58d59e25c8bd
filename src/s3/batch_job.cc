#include "s3/batch_job.h"

#include <array>

namespace s3dr::s3 {
namespace {

// In the order of JobStatus.
constexpr std::array<std::string_view, 13> names = {
    "New",     "Preparing", "Suspended",  "Ready",     "Active",  "Completing", "Complete",
    "Failing", "Failed",    "Cancelling", "Cancelled", "Pausing", "Paused"};

}  // namespace

std::string to_string(JobStatus status) {
  return std::string(names.at(static_cast<std::size_t>(status)));
}

std::optional<JobStatus> parse_job_status(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<JobStatus>(i);
  }
  return std::nullopt;
}

bool is_at_an_end(JobStatus status) {
  return status == JobStatus::complete || status == JobStatus::failed || status == JobStatus::cancelled;
}

std::vector<JobStatus> active_statuses() {
  std::vector<JobStatus> result;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto status = static_cast<JobStatus>(i);
    if (!is_at_an_end(status)) result.push_back(status);
  }
  return result;
}

}  // namespace s3dr::s3
