#include "app/deploy_output.h"

#include <gtest/gtest.h>

namespace s3dr::app {
namespace {

TEST(DeployOutput, dead_letters_and_alarms_come_before_the_errors_of_functions) {
  deploy::DeploymentStatus status;
  status.functions.push_back(
      {"s3dr-enable_replication", "us-west-2", "Active", "", {{"WARN the tag nearly matches", "", 15}}, ""});
  status.queues.push_back({"s3dr-dead-letters", "us-west-2", 1, {{"a rule", "NO_PERMISSIONS", "{}"}}});
  status.alarms.push_back({"s3dr-blocked", "us-west-2", "ALARM", "one waits", "notBreaching", true});
  const std::string text = status_as_text(status, 0);
  EXPECT_LT(text.find("NO_PERMISSIONS"), text.find("s3dr-blocked")) << text;
  EXPECT_LT(text.find("s3dr-blocked"), text.find("Active")) << text;
  EXPECT_LT(text.find("Active"), text.find("the tag nearly matches (15 times)\n")) << text;
}

}  // namespace
}  // namespace s3dr::app
