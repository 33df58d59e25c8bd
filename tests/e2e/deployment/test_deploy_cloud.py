"""`s3dr deploy` on the embedded cloud: installed from nothing, a second time without a change, removed without a trace;
its alarms. What the deployed functions do is not looked at here."""

import json
import unittest

from harness import Cloud, account, limit, replica_region, source_region
from processes import run, wait_for
from samples import silent_package


class Deployment(unittest.TestCase):
    """A cloud, and a package whose functions all fail: they end without a word."""

    def setUp(self):
        self.cloud = Cloud()
        self.addCleanup(self.cloud.close)
        self.package = silent_package(self.cloud.folder / "package.zip")
        self.environment = self.cloud.profiles_environment(AWS_CA_BUNDLE=self.cloud.ca)

    def deploy(self, what, *more, code=0):
        package = ["--package", self.package] if what in ("plan", "apply") else []
        done = run("deploy", what, "--config", self.cloud.data / "s3dr.yaml", "--output", "json", *package, *more,
                   environment=self.environment)
        self.assertEqual(done.code, code, str(done))
        return done.json()


class DeployOnTheCloud(Deployment):
    def test_from_nothing_twice_and_gone(self):
        self.assertEqual(self.deploy("apply", "--no-self-test")["created"], 43)
        self.assertEqual(self.deploy("apply", "--no-self-test")["changes"], 0)
        self.assertFalse([change for change in self.deploy("plan")["changes"] if change["change"] != "unchanged"])
        status = self.deploy("status")
        self.assertTrue(status["healthy"])
        self.assertEqual(len(status["alarms"]), 9)
        self.assertTrue(status["trail"]["usable"])
        self.assertTrue(status["replica_trail"]["usable"])
        # Other settings: each field they change is named, and brought about.
        changed = self.deploy("plan", "--memory", "512", "--sweep", "10m", code=3)["changes"]
        self.assertEqual({change["id"]: [field["path"] for field in change["fields"]] for change in changed if change["fields"]},
                         {f"function {source_region} s3dr-source_bucket_check": ["memory_mib", "environment.S3DR_SWEEP_MINUTES"],
                          f"function {replica_region} s3dr-destination_bucket_check": ["memory_mib"],
                          f"function {source_region} s3dr-enable_replication": ["memory_mib"]})
        self.assertEqual(self.deploy("apply", "--no-self-test", "--memory", "512", "--sweep", "10m")["updated"], 3)
        self.assertEqual(self.deploy("destroy", "--yes")["removed"], 41)
        left = [change for change in self.deploy("plan", code=3)["changes"] if change["change"] == "unchanged"]
        self.assertEqual({change["id"] for change in left},
                         {f"bucket {replica_region} s3dr-control-{account}-{replica_region}",
                          f"bucket {source_region} s3dr-reports-{account}-{source_region}"})
        self.assertEqual(self.deploy("destroy", "--delete-own-buckets", "--yes")["removed"], 2)
        # Nothing left: nothing is asked, and it is said.
        done = run("deploy", "destroy", "--config", self.cloud.data / "s3dr.yaml", environment=self.environment)
        self.assertEqual(done.code, 0, str(done))
        self.assertIn('nothing of the deployment "s3dr" is left', done.out)


class AlarmsOfADeployment(Deployment):
    """Each alarm rings for what it was made for, and no other does."""

    def status(self):
        """The alarms that ring, and everything `s3dr deploy status` says."""
        done = run("deploy", "status", "--config", self.cloud.data / "s3dr.yaml", "--output", "json", environment=self.environment)
        said = done.json()
        ringing = {(alarm["region"], alarm["name"]): alarm["reason"] for alarm in said["alarms"] if alarm["state"] == "ALARM"}
        self.assertEqual(done.code, 0 if said["healthy"] else 1, str(done))
        return ringing, said

    def replicated_bucket(self, name):
        """Under the role that the deployment will make; made by hand, so that no function is called for it."""
        for bucket, region in ((name, source_region), (f"{name}-dr", replica_region)):
            self.cloud.make_bucket(bucket, region)
            self.cloud.s3(region).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.cloud.s3().put_bucket_replication(Bucket=name, ReplicationConfiguration={
            "Role": f"arn:aws:iam::{account}:role/s3dr-replication",
            "Rules": [{"ID": "by-hand", "Priority": 1, "Filter": {}, "Status": "Enabled", "DeleteMarkerReplication": {"Status": "Enabled"},
                       "Destination": {"Bucket": f"arn:aws:s3:::{name}-dr", "Metrics": {"Status": "Enabled"}}}]})

    def write(self, bucket, key):
        """The object's replication status once that is settled."""
        s3 = self.cloud.s3()
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
        seen = lambda: s3.head_object(Bucket=bucket, Key=key)["ReplicationStatus"]  # noqa: E731
        return wait_for(lambda: seen() != "PENDING" and seen(), 20, "a settled replication")

    def take_from_role(self, role, action):
        iam = self.cloud.client("iam", source_region)
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for statement in policy["Statement"]:
                statement["Action"] = [one for one in statement["Action"] if one != action]
            policy["Statement"] = [statement for statement in policy["Statement"] if statement["Action"]]
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))

    @limit(200)
    def test_what_fails_rings_and_is_remembered(self):
        self.replicated_bucket("ledger")
        self.deploy("apply", "--no-self-test")
        self.assertEqual(self.write("ledger", "fine"), "COMPLETED")
        ringing, said = self.status()
        self.assertEqual((ringing, said["healthy"]), ({}, True))

        failed = self.cloud.client("lambda", replica_region).invoke(FunctionName="s3dr-destination_bucket_check", Payload=b"{}")
        self.assertEqual(failed["FunctionError"], "Unhandled")
        sqs = self.cloud.client("sqs", source_region)
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="s3dr-dead-letters")["QueueUrl"], MessageBody="nobody wanted this")
        self.take_from_role("s3dr-replication", "s3:ReplicateObject")
        self.assertEqual(self.write("ledger", "lost"), "FAILED")

        expected = {(replica_region, "s3dr-destination_bucket_check-errors"), (source_region, "s3dr-dead-letters"),
                    (source_region, "s3dr-replication-failed")}
        # Metrics are whole minutes, and looked at every ten seconds.
        ringing, said = wait_for(lambda: (seen := self.status()) and expected <= set(seen[0]) and seen, 100, "all alarms", every=1)
        self.assertEqual(set(ringing), expected, said["alarms"])
        self.assertFalse(said["healthy"])
        self.assertEqual([letter["body"] for queue in said["dead_letters"] for letter in queue["letters"]], ["nobody wanted this"])
        self.assertIn("Sum GreaterThanThreshold 0, the last value is 1", ringing[(source_region, "s3dr-replication-failed")])

        self.cloud.kill_region(source_region)
        self.cloud.start_region(source_region)
        self.assertEqual(self.status()[0], ringing, "kill -9 forgets no alarm")
        self.cloud.stop_region(replica_region)
        self.cloud.start_region(replica_region)
        self.assertEqual(self.status()[0], ringing, "nor does a restart")
        # The deployment is as declared but for the role.
        plan = self.deploy("plan", code=3)
        self.assertEqual([change["id"] for change in plan["changes"] if change["change"] != "unchanged"],
                         [f"role {source_region} s3dr-replication"])


if __name__ == "__main__":
    unittest.main()
