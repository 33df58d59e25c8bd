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

}  // namespace s3dr::s3
