#include "cloud/services/cloudwatch/metrics_insights.h"

#include <gtest/gtest.h>

#include "cloud/services/common/query_protocol.h"

namespace s3dr::services {
namespace {

std::string refusal(const std::string& text) {
  try {
    parse_insights_query(text);
  } catch (const ServiceError& error) {
    return std::to_string(error.status) + " " + error.code;
  }
  return "taken";
}

TEST(MetricsInsights, ReadsWhatAnAlarmOnReplicationAsks) {
  const InsightsQuery query = parse_insights_query(
      "SELECT SUM(OperationsFailedReplication) FROM SCHEMA(\"AWS/S3\", DestinationBucket, RuleId, "
      "SourceBucket)");
  EXPECT_EQ(query.statistic, "Sum");
  EXPECT_EQ(query.metric, "OperationsFailedReplication");
  EXPECT_EQ(query.name_space, "AWS/S3");
  EXPECT_TRUE(query.fits({{"SourceBucket", "a"}, {"DestinationBucket", "b"}, {"RuleId", "c"}}));
  EXPECT_FALSE(query.fits({{"SourceBucket", "a"}, {"DestinationBucket", "b"}}));
  EXPECT_FALSE(
      query.fits({{"SourceBucket", "a"}, {"DestinationBucket", "b"}, {"RuleId", "c"}, {"More", "d"}}));
  EXPECT_FALSE(query.fits({{"SourceBucket", "a"}, {"DestinationBucket", "b"}, {"Rule", "c"}}));
}

TEST(MetricsInsights, ReadsEveryFormItKnows) {
  const InsightsQuery query = parse_insights_query(
      "select\tmax(\"a metric\")\nfrom schema(\"my space\",\"Queue Name\") where \"Queue Name\" = 'it is' "
      "and "
      "B='2'");
  EXPECT_EQ(query.statistic, "Maximum");
  EXPECT_EQ(query.metric, "a metric");
  EXPECT_EQ(query.name_space, "my space");
  EXPECT_EQ(query.schema, std::vector<std::string>{"Queue Name"});
  EXPECT_EQ(query.where,
            (std::vector<std::pair<std::string, std::string>>{{"Queue Name", "it is"}, {"B", "2"}}));
  EXPECT_FALSE(query.fits({{"Queue Name", "it is"}})) << "there is no B";
  const InsightsQuery any = parse_insights_query("SELECT COUNT(x) FROM \"mine\" WHERE a = 'b'");
  EXPECT_EQ(any.statistic, "SampleCount");
  EXPECT_TRUE(any.fits({{"a", "b"}, {"c", "d"}}));
  EXPECT_FALSE(any.fits({{"a", "c"}}));
  EXPECT_FALSE(any.fits({}));
  EXPECT_TRUE(parse_insights_query("SELECT AVG(x) FROM SCHEMA(\"mine\")").fits({})) << "no dimension at all";
  EXPECT_FALSE(parse_insights_query("SELECT MIN(x) FROM SCHEMA(\"mine\")").fits({{"a", "b"}}));
  EXPECT_TRUE(is_insights_query("  select 1"));
  EXPECT_FALSE(is_insights_query("m1 / m2"));
}

TEST(MetricsInsights, WhatIsNotHereIsRefusedByName) {
  const std::string begin = "SELECT SUM(x) FROM \"mine\" ";
  for (const char* clause : {"GROUP BY a", "ORDER BY SUM() DESC", "LIMIT 5", "WHERE a != 'b'",
                             "WHERE a = 'b' OR c = 'd'", "WHERE a = 'b' GROUP BY c", "WHERE (a = 'b')",
                             "WHERE NOT a = 'b'", "WHERE a IN ('b')", "WHERE AWS.AccountId = '111122223333'"})
    EXPECT_EQ(refusal(begin + clause), "501 NotImplemented") << clause;
  for (const char* text : {"",
                           "SELECT",
                           "SELECT x FROM \"mine\"",
                           "SELECT SUM(x)",
                           "SELECT SUM x FROM \"mine\"",
                           "SELECT MEDIAN(x) FROM \"mine\"",
                           "SELECT SUM(x) FROM mine",
                           "SELECT SUM(x) FROM 'mine'",
                           "SELECT SUM(x) FROM \"mine",
                           "SELECT SUM(x) FROM SCHEMA(mine)",
                           "SELECT SUM(x) FROM SCHEMA(\"mine\" a)",
                           "SELECT SUM(x) FROM SCHEMA(\"mine\", a, a)",
                           "SELECT SUM(x) FROM SCHEMA(\"mine\", )",
                           "SELECT SUM(x) FROM SCHEMA(\"mine\"",
                           "SELECT SUM(x) FROM \"\"",
                           "SELECT SUM(x) FROM \"mine\" WHERE",
                           "SELECT SUM(x) FROM \"mine\" WHERE a",
                           "SELECT SUM(x) FROM \"mine\" WHERE a = \"b\"",
                           "SELECT SUM(x) FROM \"mine\" WHERE a = b",
                           "SELECT SUM(x) FROM \"mine\" WHERE a = 'b' AND",
                           "SELECT SUM(x), SUM(y) FROM \"mine\"",
                           "SELECT SUM(x) FROM \"mine\" HAVING a",
                           "SELECT SUM(\xff) FROM \"a\""})
    EXPECT_EQ(refusal(text), "400 InvalidParameterValue") << text;
}

}  // namespace
}  // namespace s3dr::services
