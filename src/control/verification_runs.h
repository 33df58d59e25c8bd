// Decides when `s3dr serve` verifies which protection, and runs one verification at a time. It learns of
// protections from the outcomes of the functions. The sweep visits every recorded bucket, so it learns of all
// of them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/notifier.h"
#include "base/task.h"
#include "control/verification.h"
#include "functions/outcome.h"

namespace s3dr::control {

struct VerificationRunsOptions {
  bool enabled = true;
  transfer::VerifyOptions verify;
  milliseconds age_max{3'600'000};  // verify again when the last good run is older
  milliseconds retry_after{5'000};  // after a run with differences: replicas may be on their way
  milliseconds retry_cap{300'000};  // retry_after is doubled each time, up to this
};

// What one protection is verified with.
struct VerifiedProtection {
  functions::Context context;
  ports::ObjectStore& replica_objects;
};

class VerificationRuns {
 public:
  // The references outlive run(). Needs at least one protection.
  VerificationRuns(boost::asio::any_io_executor executor, std::vector<VerifiedProtection> protections,
                   ports::ObjectStore& source_objects, VerificationRunsOptions options);

  // To be called when a function ended with this state for this bucket and protection (where in the list it is).
  void note(const s3::BucketName& bucket, std::size_t protection, dr::State state);
  // Verifies until cancelled.
  Task<> run();

 private:
  struct Candidate {
    milliseconds due{0};
    milliseconds delay{0};  // the last wait after a run with differences or a failure
  };
  using Subject = std::pair<s3::BucketName, std::size_t>;
  Task<> verify_one(Subject subject);

  std::vector<VerifiedProtection> protections_;
  ports::ObjectStore& source_objects_;
  VerificationRunsOptions options_;
  Clock& clock_;
  Notifier changed_;
  std::map<Subject, Candidate> candidates_;
};

}  // namespace s3dr::control
