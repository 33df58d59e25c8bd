// Decides when `s3dr serve` verifies which protection, and runs one verification at a time. It learns of
// protections from the outcomes of the functions. The sweep visits every recorded bucket, so it learns of all
// of them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>

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

class VerificationRuns {
 public:
  // The references outlive run().
  VerificationRuns(boost::asio::any_io_executor executor, functions::Context context,
                   ports::ObjectStore& source_objects, ports::ObjectStore& replica_objects,
                   VerificationRunsOptions options);

  // To be called when a function ended with this state for this bucket.
  void note(const s3::BucketName& bucket, dr::State state);
  // Verifies until cancelled.
  Task<> run();

 private:
  struct Candidate {
    milliseconds due{0};
    milliseconds delay{0};  // the last wait after a run with differences or a failure
  };
  Task<> verify_one(s3::BucketName bucket);

  functions::Context context_;
  ports::ObjectStore& source_objects_;
  ports::ObjectStore& replica_objects_;
  VerificationRunsOptions options_;
  Notifier changed_;
  std::map<s3::BucketName, Candidate> candidates_;
};

}  // namespace s3dr::control
