// What the demo prints when the bucket is verified: the table, and what to look at next. Pure.
#pragma once

#include <string>

#include "control/verification.h"
#include "demo/demo.h"
#include "demo/demo_traffic.h"
#include "demo/demo_watch.h"

namespace s3dr::app {

struct DemoOutcome {
  s3::BucketName bucket;
  milliseconds deploy_time{0}, upload_time{0};
  UploadProgress uploaded;
  Traffic traffic;
  Milestones milestones;
  control::VerificationResult result;
  std::string functions;  // the health of the deployed functions; empty: none are deployed
};

std::string seconds_text(milliseconds duration);  // "14.7 s"
std::string summary_of(const DemoOutcome& outcome, const cloud::Installation& installation);
std::string next_steps(DemoWay way, const DemoOutcome& outcome, const cloud::Installation& installation);

}  // namespace s3dr::app
