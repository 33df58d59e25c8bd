#include <gtest/gtest.h>

#include "refusal.h"
#include "s3/replication_match.h"
#include "s3/xml_bucket.h"

namespace s3dr::s3 {
namespace {

// Every element at once, in the order of the SDKs (docs/protocol.md, Replication configuration).
constexpr std::string_view golden =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    "<Role>arn:aws:iam::111122223333:role/dr-s3-replication</Role>"
    "<Rule>"
    "<ID>dr-all</ID><Priority>10</Priority>"
    "<Filter><And><Prefix>ledger/</Prefix><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</"
    "Value>"
    "</Tag></And></Filter>"
    "<Status>Enabled</Status>"
    "<SourceSelectionCriteria>"
    "<SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects>"
    "<ReplicaModifications><Status>Enabled</Status></ReplicaModifications>"
    "</SourceSelectionCriteria>"
    "<Destination>"
    "<Bucket>arn:aws:s3:::harbor-ledger-dr</Bucket>"
    "<Account>444455556666</Account>"
    "<StorageClass>STANDARD_IA</StorageClass>"
    "<AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation>"
    "<EncryptionConfiguration><ReplicaKmsKeyID>arn:aws:kms:eu-central-1:444455556666:key/1111aaaa</"
    "ReplicaKmsKeyID>"
    "</EncryptionConfiguration>"
    "<ReplicationTime><Status>Enabled</Status><Time><Minutes>15</Minutes></Time></ReplicationTime>"
    "<Metrics><Status>Enabled</Status><EventThreshold><Minutes>15</Minutes></EventThreshold></Metrics>"
    "</Destination>"
    "<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>"
    "</Rule>"
    "</ReplicationConfiguration>";

ReplicationConfiguration golden_value() {
  ReplicationRule rule;
  rule.id = "dr-all";
  rule.priority = 10;
  rule.filter = ReplicationFilter{"ledger/", {{"a", "1"}, {"b", "2"}}};
  rule.sse_kms_encrypted_objects = Switch::enabled;
  rule.replica_modifications = Switch::enabled;
  rule.destination.bucket_arn = "arn:aws:s3:::harbor-ledger-dr";
  rule.destination.account = AccountId::parse("444455556666");
  rule.destination.storage_class = "STANDARD_IA";
  rule.destination.access_control_translation = "Destination";
  rule.destination.replica_kms_key_id = "arn:aws:kms:eu-central-1:444455556666:key/1111aaaa";
  rule.destination.replication_time = Switch::enabled;
  rule.destination.replication_time_minutes = 15;
  rule.destination.metrics = Switch::enabled;
  rule.destination.metrics_event_threshold_minutes = 15;
  rule.delete_marker_replication = Switch::disabled;
  return {"arn:aws:iam::111122223333:role/dr-s3-replication", {rule}};
}

std::string document(
    std::string_view rule_content,
    std::string_view destination = "<Destination><Bucket>arn:aws:s3:::abc</Bucket></Destination>") {
  return "<ReplicationConfiguration><Role>r</Role><Rule>" + std::string(rule_content) +
         std::string(destination) + "</Rule></ReplicationConfiguration>";
}

ReplicationRule rule_of(const std::string& text) {
  return parse_replication_configuration(text).rules.at(0);
}

TEST(XmlReplication, Golden) {
  EXPECT_EQ(write_replication_configuration(golden_value()), golden);
  EXPECT_EQ(parse_replication_configuration(golden), golden_value());
}

TEST(XmlReplication, FormsOfTheFilter) {
  EXPECT_EQ(rule_of(document("<ID/><Prefix></Prefix><Status>Enabled</Status>")).v1_prefix, "");
  const auto filter = [](const char* text) {
    return rule_of(document(std::string(text) + "<Status>Enabled</Status>")).filter;
  };
  EXPECT_EQ(filter(""), std::nullopt);
  EXPECT_EQ(filter("<Filter/>"), ReplicationFilter{});
  EXPECT_EQ(filter("<Filter><Prefix/></Filter>"), (ReplicationFilter{"", {}}));
  EXPECT_EQ(filter("<Filter><Tag><Key>a</Key><Value/></Tag></Filter>"),
            (ReplicationFilter{std::nullopt, {{"a", ""}}}));
  EXPECT_EQ(filter("<Filter><And><Prefix>p</Prefix></And></Filter>"), (ReplicationFilter{"p", {}}));
}

TEST(XmlReplication, WhatIsNotKnownSurvivesOurPut) {
  const std::string known_parts = "<ID>x</ID><Priority>1</Priority><Filter/><Status>Disabled</Status>";
  const ReplicationRule rule = rule_of(
      document(known_parts + "<Brand New=\"1\"><Sub>&lt;</Sub></Brand>",
               "<Destination><Bucket>abc</Bucket><Faster><Than>light</Than></Faster></Destination><Last/>"));
  EXPECT_EQ(rule.unknown_rule_xml, "<Brand New=\"1\"><Sub>&lt;</Sub></Brand><Last/>");
  EXPECT_EQ(rule.unknown_destination_xml, "<Faster><Than>light</Than></Faster>");
  const std::string written = write_replication_configuration({"r", {rule}});
  EXPECT_NE(written.find("<Brand New=\"1\"><Sub>&lt;</Sub></Brand><Last/></Rule>"), std::string::npos);
  EXPECT_NE(written.find("<Faster><Than>light</Than></Faster></Destination>"), std::string::npos);
  EXPECT_EQ(rule_of(written), rule);
}

TEST(XmlReplication, AFilterNotFullyKnownIsKeptWholeAndInItsPlace) {
  const std::string filter =
      "<Filter><And><Prefix>p</Prefix><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></And></Filter>";
  const ReplicationRule rule =
      rule_of(document("<Priority>1</Priority>" + filter + "<Status>Enabled</Status>"));
  EXPECT_EQ(rule.filter, std::nullopt);
  EXPECT_EQ(rule.unknown_rule_xml, filter);
  EXPECT_NE(write_replication_configuration({"r", {rule}}).find("</Priority>" + filter + "<Status>"),
            std::string::npos);
  EXPECT_TRUE(match_rules({"r", {rule}}, ObjectKey("p/x"), {}).empty());
}

TEST(XmlReplication, PartsNotFullyKnownAreKeptWhole) {
  const std::string metrics = "<Metrics><Status>Enabled</Status><Finer/></Metrics>";
  const std::string account = "<Account>tenant$user</Account>";
  const ReplicationRule rule =
      rule_of(document("<Status>Enabled</Status>",
                       "<Destination><Bucket>abc</Bucket>" + account + metrics + "</Destination>"));
  EXPECT_EQ(rule.destination.account, std::nullopt);
  EXPECT_EQ(rule.destination.metrics, std::nullopt);
  EXPECT_EQ(rule.unknown_destination_xml, account + metrics);
  EXPECT_NE(write_replication_configuration({"r", {rule}}).find("</Bucket>" + account + metrics),
            std::string::npos);
}

TEST(XmlReplication, Malformed) {
  const std::string destination = "<Destination><Bucket>abc</Bucket></Destination>";
  const std::string status = "<Status>Enabled</Status>";
  const std::string bad[] = {
      document(""),
      document("<Status>enabled</Status>"),
      document("<Status/>"),
      document(status, ""),
      document(status + status),
      document(status + "<Filter/><Filter><New/></Filter>"),
      document(status, destination + destination),
      document(status + "<New>&bogus;</New>"),
      document(status, "<Destination/>"),
      document(status + "<Priority>high</Priority>"),
      document(status + "<Priority>99999999999999999999</Priority>"),
      document(status + "<Filter><Prefix>a</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></Filter>"),
      document(status + "<Filter><And><Prefix>a</Prefix><Prefix>b</Prefix></And></Filter>"),
      document(status + "<Filter><Tag><Key>a</Key></Tag></Filter>"),
      document(status + "<DeleteMarkerReplication><Status>On</Status></DeleteMarkerReplication>"),
      document(status, "<Destination><Bucket>abc</Bucket><Metrics/></Destination>"),
  };
  for (const std::string& text : bad) {
    EXPECT_EQ(refusal_of([&] { parse_replication_configuration(text); }), malformed) << text;
  }
}

}  // namespace
}  // namespace s3dr::s3
