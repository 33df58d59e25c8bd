// How a protection's record is shown to people: one row of `status`, one line of progress.
#pragma once

#include <boost/json.hpp>

#include <string>

#include "base/clock.h"
#include "dr/record.h"

namespace s3dr::app {

// "complete", "running 120 of 4,000", "attempt 2 waits", "-" before the rule was live.
std::string backfill_text(const dr::Record& record);
// "2m 3s ago (head, 10,412 versions)", "12 differences 30s ago", "not yet".
std::string verified_text(const dr::Record& record, Instant now);
// "backfilling: running 120 of 4,000"; changes when there is something new to say.
std::string progress_text(const dr::Record& record);
// The rules of others that may be lost, as a document of S3, with a heading; empty: there are none, or they were too
// many to be kept.
std::string lost_document_text(const dr::Record& record);
// Bucket, state, whether it is verified, and the stored record.
boost::json::object json_of(const dr::Record& record);

}  // namespace s3dr::app
