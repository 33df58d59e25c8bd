"""A rule of others that is written in the one round trip between the controller's last look and its PUT. A proxy makes the race
certain: it writes the rule before it lets the PUT pass. What is printed is followed to the end."""

from faulty_proxy import Calls, Proxy
from harness import CloudTest, Serve, account, replica_region, source_region, wait_for


class LostRules(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.racing = None  # the bucket whose next PUT by the controller loses a rule
        cls.proxy = Proxy(cls.cloud.ports[source_region]["http"], Calls(before=cls.before))
        cls.addClassCleanup(cls.proxy.close)
        cls.cloud.make_bucket("archive", replica_region)
        cls.cloud.s3(replica_region).put_bucket_versioning(Bucket="archive", VersioningConfiguration={"Status": "Enabled"})
        cls.serve = Serve(cls.cloud, endpoints={source_region: cls.proxy.url}).ready()

    @classmethod
    def before(cls, number, line):
        bucket = cls.racing
        if bucket and line.startswith(f"PUT /{bucket}?replication"):
            cls.racing = None
            cls.write_rule(bucket)
        return True

    @classmethod
    def write_rule(cls, bucket):
        cls.cloud.s3().put_bucket_replication(Bucket=bucket, ReplicationConfiguration={
            "Role": f"arn:aws:iam::{account}:role/s3dr-replication",
            "Rules": [{"ID": "theirs", "Priority": 5, "Filter": {"Prefix": "logs/"}, "Status": "Enabled",
                       "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::archive"}}]})

    def ids(self, bucket):
        return sorted(rule["ID"] for rule in self.cloud.rules(bucket))

    def lose_a_rule(self, bucket):
        self.cloud.make_bucket(bucket)
        self.cloud.s3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.cloud.s3().put_object(Bucket=bucket, Key="logs/one", Body=b"1")
        type(self).racing = bucket
        self.cloud.tag(bucket, dr="true")
        self.cloud.wait_state(bucket, "protected", holds=lambda record: (record["replication_edits"] or {}).get("lost"))
        self.assertEqual(len(self.ids(bucket)), 1, "the race was not lost")
        return bucket

    def test_it_is_said_loudly_and_put_back_by_command_only(self):
        bucket = self.lose_a_rule("lost-rules")
        command = f"s3dr rules restore {bucket}"
        status = self.serve.s3dr("status", bucket)
        self.assertExit(status, 3)
        for words in ("1 protected with lost rules", "\"theirs\" → archive", f"next: {command}", "<Prefix>logs/</Prefix>"):
            self.assertIn(words, status.out)
        seen = self.serve.s3dr("status", "--output", "json").json()["protections"][0]
        self.assertEqual((seen["healthy"], seen["condition"], seen["next"]), (False, "RulesLost", command))
        self.assertIn("<ID>theirs</ID>", seen["record"]["replication_edits"]["lost"]["document"])
        plan = self.serve.s3dr("plan", bucket)
        self.assertExit(plan, 3)
        self.assertIn(f"next: {command}", plan.out)
        self.assertIn("<ID>theirs</ID>", plan.out)
        self.assertIn("condition=RulesLost", self.serve.output())

        for answer in ("", "no\n"):
            refused = self.serve.s3dr("rules", "restore", bucket, stdin=answer)
            self.assertExit(refused, 2)
            self.assertIn("<ID>theirs</ID>", refused.err)
            self.assertIn("theirs → arn:aws:s3:::archive", refused.err)
        sweeps = self.cloud.access_position(source_region)
        wait_for(lambda: len([line for line in self.cloud.access(source_region, sweeps)
                              if line["operation"] == "GetBucketReplication" and line["bucket"] == bucket]) >= 3, 60, "three looks")
        self.assertEqual(len(self.ids(bucket)), 1, "it was put back without being asked")

        done = self.serve.s3dr("rules", "restore", bucket, stdin="yes\n")
        self.assertExit(done, 0)
        self.assertIn("The rules are there again.", done.out)
        self.assertEqual(self.ids(bucket)[1], "theirs")
        self.assertIsNone(self.cloud.record(bucket)["replication_edits"]["lost"])
        self.assertExit(self.serve.s3dr("status", bucket), 0)
        self.cloud.s3().put_object(Bucket=bucket, Key="logs/two", Body=b"2")
        for replica in (self.cloud.replica_of(bucket), "archive"):
            wait_for(lambda name=replica: "Contents" in self.cloud.s3(replica_region).list_objects_v2(Bucket=name, Prefix="logs/two"),
                     60, f"both rules at work: {replica}")
        again = self.serve.s3dr("rules", "restore", bucket, "--output", "json")
        self.assertExit(again, 0)
        self.assertEqual(again.json(), {"bucket": bucket, "lost": False, "restored": False})

    def test_rules_that_nobody_wants_are_forgotten(self):
        bucket = self.lose_a_rule("forgotten-rules")
        done = self.serve.s3dr("rules", "forget", bucket, "--yes", "--output", "json")
        self.assertExit(done, 0)
        told = done.json()
        self.assertTrue(told["forgotten"])
        self.assertIn("<ID>theirs</ID>", told["document"])
        self.assertEqual(len(self.ids(bucket)), 1)
        self.assertExit(self.serve.s3dr("status", bucket), 0)

    def test_restore_in_json_and_edits_that_clear_it(self):
        bucket = self.lose_a_rule("restored-rules")
        told = self.serve.s3dr("rules", "restore", bucket, "--yes", "--output", "json").json()
        self.assertEqual((told["restored"], told["put_back"]), (True, [{"id": "theirs", "destination": "arn:aws:s3:::archive"}]))
        other = self.lose_a_rule("written-again")
        both = self.cloud.rules(other) + [rule for rule in self.cloud.rules(bucket) if rule["ID"] == "theirs"]
        self.cloud.s3().put_bucket_replication(Bucket=other, ReplicationConfiguration={
            "Role": f"arn:aws:iam::{account}:role/s3dr-replication", "Rules": both})
        wait_for(lambda: not self.cloud.record(other)["replication_edits"]["lost"], 60, "a look that finds the rule")

    def test_help_begins_with_an_example_and_mistakes_are_named(self):
        self.assertIn("s3dr rules restore photos", self.serve.s3dr("rules", "restore", "--help").out)
        self.assertExit(self.serve.s3dr("rules"), 2)
        unknown = self.serve.s3dr("rules", "restore", "nobody-knows-it")
        self.assertExit(unknown, 1)
        self.assertIn("there is no record of it", unknown.err)
