// Which replication configurations are taken, and that a region that cannot be asked never counts as a "no".
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

struct Rule {
  std::string destination = "replica";
  std::string id = "s3dr-all";
  std::string account = {};
  std::string more_of_destination = {};
  std::string more = {};
};

std::string rule_xml(const Rule& rule) {
  return "<Rule><ID>" + rule.id + "</ID><Priority>1</Priority><Filter/><Status>Enabled</Status>" + rule.more +
         "<Destination><Bucket>arn:aws:s3:::" + rule.destination + "</Bucket>" +
         (rule.account.empty() ? "" : "<Account>" + rule.account + "</Account>") + rule.more_of_destination +
         "</Destination><DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication></Rule>";
}

std::string configuration(const std::string& rules, const std::string& role_account = alice.id) {
  return "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>arn:aws:iam::" +
         role_account + ":role/s3dr</Role>" + rules + "</ReplicationConfiguration>";
}

class ReplicationSettings : public RegionTest {
 protected:
  ReplicationSettings() {
    create_bucket(west(), "photos");
    enable_versioning(west(), "photos");
    create_bucket(east(), "replica");
    enable_versioning(east(), "replica");
  }
  Reply put(const std::string& xml) { return send({"PUT", "/photos?replication", xml}); }
  Reply put(const Rule& rule) { return put(configuration(rule_xml(rule))); }
  std::string stored() { return send({"GET", "/photos?replication"}).code(); }
};

TEST_F(ReplicationSettings, PutGetDelete) {
  EXPECT_EQ(stored(), "ReplicationConfigurationNotFoundError");
  const Reply reply =
      put(Rule{.account = alice.id, .more_of_destination = "<Metrics><Status>Enabled</Status></Metrics>"});
  EXPECT_EQ(reply.status, 200) << reply.body;
  const Reply got = send({"GET", "/photos?replication"});
  EXPECT_EQ(got.element("ID"), "s3dr-all");
  EXPECT_EQ(got.element("Bucket"), "arn:aws:s3:::replica");
  EXPECT_EQ(send({"PUT", "/photos?versioning", versioning_xml("Suspended")}).code(), "InvalidBucketState");
  EXPECT_EQ(send({"DELETE", "/photos?replication"}).status, 204);
  EXPECT_EQ(send({"DELETE", "/photos?replication"}).status, 204);
  EXPECT_EQ(stored(), "ReplicationConfigurationNotFoundError");
  EXPECT_EQ(send({"PUT", "/photos?versioning", versioning_xml("Suspended")}).status, 200);
}

// Then all objects are meant, and delete markers of users are replicated, as in every V1 rule.
TEST_F(ReplicationSettings, ARuleWithNeitherPrefixNorFilterIsV1) {
  const std::string rule =
      "<Rule><ID>plain</ID><Status>Enabled</Status><Destination><Bucket>arn:aws:s3:::replica</Bucket></"
      "Destination>"
      "</Rule>";
  EXPECT_EQ(put(configuration(rule)).status, 200);
  const Reply got = send({"GET", "/photos?replication"});
  EXPECT_NE(got.body.find("<Prefix"), std::string::npos) << got.body;
  EXPECT_EQ(got.body.find("<Filter"), std::string::npos) << got.body;
  send({"DELETE", "/photos/never-there"});
  EXPECT_EQ(send({"GET", "/photos?versions"}).body.find("<DeleteMarker>") == std::string::npos, false);
  auto tasks = west().context().database.reader().prepare("SELECT COUNT(*) FROM replication_task");
  ASSERT_TRUE(tasks.step());
  EXPECT_EQ(tasks.integer(0), 1);
  EXPECT_EQ(put(configuration(rule + rule_xml({}))).code(), "InvalidRequest") << "not beside V2";
}

TEST_F(ReplicationSettings, MissingIdIsGiven) {
  EXPECT_EQ(put(Rule{.id = ""}).status, 200);
  EXPECT_EQ(send({"GET", "/photos?replication"}).element("ID").size(), 48U);
}

TEST_F(ReplicationSettings, Versioning) {
  create_bucket(west(), "plain");
  const Reply source = send({"PUT", "/plain?replication", configuration(rule_xml({}))});
  EXPECT_EQ(source.code(), "InvalidRequest");
  EXPECT_NE(source.element("Message").find("Versioning must be"), std::string::npos);
  create_bucket(east(), "unversioned");
  for (const std::string destination : {"unversioned", "absent-everywhere"}) {
    const Reply reply = put(Rule{.destination = destination});
    EXPECT_EQ(reply.code(), "InvalidRequest");
    EXPECT_EQ(reply.element("Message"), "Destination bucket must have versioning enabled.");
  }
  EXPECT_EQ(stored(), "ReplicationConfigurationNotFoundError");
}

TEST_F(ReplicationSettings, ARegionThatCannotBeAskedIsNoNo) {
  wires.cut.insert("us-east-2");
  const Reply reply = put(Rule{});
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.code(), "ServiceUnavailable");
  EXPECT_EQ(stored(), "ReplicationConfigurationNotFoundError");
  wires.cut.clear();
  EXPECT_EQ(put(Rule{}).status, 200);
}

TEST_F(ReplicationSettings, Owners) {
  create_bucket(east(), "bobs", bob);
  enable_versioning(east(), "bobs", bob);
  EXPECT_EQ(put(Rule{.account = bob.id}).code(), "InvalidArgument");
  EXPECT_EQ(put(Rule{.destination = "bobs", .account = alice.id}).code(), "InvalidArgument");
  EXPECT_EQ(put(Rule{.destination = "bobs"}).code(), "InvalidRequest");
  // Whether its owner lets the role write is told by the objects, not here (cloud/replication/service_roles.h).
  EXPECT_EQ(put(Rule{.destination = "bobs", .account = bob.id}).status, 200);
  EXPECT_EQ(put(configuration(rule_xml({}), bob.id)).code(), "InvalidArgument");
  EXPECT_EQ(put(configuration(rule_xml({}), "12")).code(), "InvalidArgument");
}

TEST_F(ReplicationSettings, WhatIsNotDoneIsRefused) {
  create_bucket(west(), "neighbour");
  enable_versioning(west(), "neighbour");
  EXPECT_EQ(put(Rule{.destination = "neighbour"}).code(), "NotImplemented");
  EXPECT_EQ(put(Rule{.destination = "photos"}).code(), "InvalidRequest");
  for (const std::string more :
       {"<StorageClass>STANDARD_IA</StorageClass>",
        "<EncryptionConfiguration><ReplicaKmsKeyID>k</ReplicaKmsKeyID></EncryptionConfiguration>",
        "<ReplicationTime><Status>Enabled</Status><Time><Minutes>15</Minutes></Time></ReplicationTime>"
        "<Metrics><Status>Enabled</Status><EventThreshold><Minutes>15</Minutes></EventThreshold></Metrics>",
        "<Novelty>1</Novelty>"}) {
    EXPECT_EQ(put(Rule{.more_of_destination = more}).code(), "NotImplemented") << more;
  }
  EXPECT_EQ(put(Rule{.more = "<SourceSelectionCriteria><ReplicaModifications><Status>Enabled</Status>"
                             "</ReplicaModifications></SourceSelectionCriteria>"})
                .code(),
            "NotImplemented");
  EXPECT_EQ(stored(), "ReplicationConfigurationNotFoundError");
}

TEST_F(ReplicationSettings, MalformedOnes) {
  EXPECT_EQ(put(configuration("")).code(), "MalformedXML");
  EXPECT_EQ(put("<ReplicationConfiguration>").code(), "MalformedXML");
  const Reply twice = put(configuration(rule_xml({}) + rule_xml({})));
  EXPECT_EQ(twice.status, 400) << twice.body;
}

TEST_F(ReplicationSettings, ObjectsAreReplicatedAndMarked) {
  ASSERT_EQ(put(Rule{}).status, 200);
  test::Outcome here, there;
  test::start(io, west().run(), here);
  test::start(io, east().run(), there);
  ASSERT_EQ(send({"PUT", "/photos/key", "carried over"}).status, 200);
  test::settle(io);
  EXPECT_EQ(send({"HEAD", "/photos/key"}).header("x-amz-replication-status"), "COMPLETED");
  const Reply replica = send(east(), Call{"GET", "/replica/key"});
  EXPECT_EQ(replica.body, "carried over");
  EXPECT_EQ(replica.header("x-amz-replication-status"), "REPLICA");
  here.cancel();
  there.cancel();
  test::settle(io);
  EXPECT_TRUE(here.ended && there.ended);
}

}  // namespace
}  // namespace s3dr::cloud
