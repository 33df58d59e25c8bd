// How a verification run is shown to people and programs. Used by `verify` and `protect --wait`.
#pragma once

#include <boost/json.hpp>

#include <string>
#include <utility>
#include <vector>

#include "control/verification.h"
#include "transfer/verify.h"

namespace s3dr::app {

// The differences as a table, with a line about those that are not listed; empty when there are none.
std::string differences_text(const transfer::VerifyReport& report);
// The counts, as names and values.
std::vector<std::pair<std::string, std::string>> counts_of(const transfer::VerifyReport& report);
boost::json::object json_of(const control::VerificationResult& result);

// "1,234 versions of 1,000 keys compared, 2 differences".
std::string progress_text(const transfer::VerifyProgress& progress);

// Whether the record holds this very run, and if not, why.
struct Recorded {
  bool yes = false;
  std::string why_not;
};
Recorded recorded_run(const control::VerificationResult& result);

// True: the run may be recorded. It covered the whole bucket at level head or better.
bool is_recordable(const transfer::VerifyReport& report);

}  // namespace s3dr::app
