// Metrics in log lines: what CloudWatch Logs takes out of one line, and what it leaves.
#include "cloud/services/logs/embedded_metrics.h"

#include <gtest/gtest.h>

namespace s3dr::services {
namespace {

TEST(EmbeddedMetrics, EachMetricCountsForEverySetOfDimensions) {
  const auto found = embedded_metrics(
      "111122223333", R"({"message":"looked","_aws":{"Timestamp":1790000000000,)"
                      R"("CloudWatchMetrics":[{"Namespace":"s3dr","Dimensions":[["Deployment"],)"
                      R"(["Deployment","condition"]],"Metrics":[{"Name":"Blocked","Unit":"Count"}]}]},)"
                      R"("Blocked":1,"Deployment":"s3dr","condition":"conflict"})");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].id.name_space, "s3dr");
  EXPECT_EQ(found[0].id.name, "Blocked");
  EXPECT_EQ(found[0].id.unit, "Count");
  EXPECT_EQ(found[0].id.dimensions, (std::map<std::string, std::string>{{"Deployment", "s3dr"}}));
  EXPECT_EQ(found[1].id.dimensions,
            (std::map<std::string, std::string>{{"Deployment", "s3dr"}, {"condition", "conflict"}}));
  EXPECT_EQ(found[0].values.sum, 1);
  EXPECT_EQ(found[0].at, Instant(milliseconds(1'790'000'000'000)));
}

TEST(EmbeddedMetrics, OtherLinesHoldNone) {
  for (
      const char* line :
      {"plain text", R"({"message":"about \"_aws\""})", R"({"_aws":1})", R"({"_aws":{"Timestamp":1}})",
       // A dimension without a value, a metric without a number.
       R"({"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["d"]],"Metrics":[{"Name":"m"}]}]},"m":1})",
       R"({"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[[]],"Metrics":[{"Name":"m"}]}]},"m":"1"})"}) {
    EXPECT_TRUE(embedded_metrics("111122223333", line).empty()) << line;
  }
}

}  // namespace
}  // namespace s3dr::services
