"""Two protections of one source through one deployment of real functions: both destinations are in one region, the second one's
in another account. Installed from nothing, a second time without a change, removed without a trace."""

import json
import unittest

from botocore.exceptions import ClientError
from harness import Cloud, account, limit, other_account, replica_region, source_region, wait_for
from judge import judge
from processes import run

near_place, vault_place = f"{account}/{replica_region}", f"{other_account}/{replica_region}"


class SeveralProtectionsDeployed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud()
        cls.addClassCleanup(cls.cloud.close)

        def side(region, owner):
            return {"region": region, "account": owner, "profile": f"s3dr-{owner}-{region}"}

        config = cls.cloud.data / "several.yaml"
        config.write_text(json.dumps({
            "source": side(source_region, account),
            "protections": [{"name": "near", "destination": side(replica_region, account)},
                            {"name": "vault", "destination": side(replica_region, other_account), "match_tags": {"vault": "yes"},
                             "replica_name": "{bucket}-vault"}],
            "endpoints": {region: cls.cloud.url(region) for region in (source_region, replica_region)},
            "replication_role": f"arn:aws:iam::{account}:role/s3dr-replication",
            "batch_role": f"arn:aws:iam::{account}:role/s3dr-batch"}))
        cls.environment = cls.cloud.profiles_environment(S3DR_CONFIG=str(config))

    def s3dr(self, *arguments, code=0):
        done = run(*arguments, environment=self.environment, seconds=200)
        self.assertEqual(done.code, code, str(done))
        return done

    def deploy(self, what, *more, code=0):
        return self.s3dr("deploy", what, "--output", "json", *more, code=code).json()

    def states(self, bucket):
        """By protection; None: no record there."""
        found = {}
        for name, owner in (("near", account), ("vault", other_account)):
            try:
                answer = self.cloud.s3(replica_region, owner).get_object(
                    Bucket=f"s3dr-control-{owner}-{replica_region}", Key=f"records/{account}/{source_region}/{bucket}.json")
                found[name] = json.loads(answer["Body"].read())["state"]
            except ClientError as error:
                self.assertEqual(error.response["Error"]["Code"], "NoSuchKey")
                found[name] = None
        return found

    def wait_states(self, bucket, **wanted):
        try:
            wait_for(lambda: self.states(bucket) == wanted, 120, f"the states {wanted}")
        except AssertionError as late:
            raise AssertionError(f"{late}; they are {self.states(bucket)}") from None

    def assertEqualOn(self, bucket, *owners):
        for owner, replica in ((account, f"{bucket}-dr"), (other_account, f"{bucket}-vault")):
            if owner in owners:
                differences = judge(self.cloud.s3(), bucket, self.cloud.s3(replica_region, owner), replica).differences
                self.assertEqual(differences, [], replica)

    @limit(600)
    def test_one_deployment_serves_both(self):
        applied = self.deploy("apply", "--no-alarms")
        self.assertTrue(all(step["passed"] for step in applied["self_test"]), applied)
        for place in (near_place, vault_place):
            self.assertEqual(len([step for step in applied["self_test"] if f" in {place}" in step["what"]]), 3, applied)
        self.assertEqual(self.deploy("apply", "--no-alarms", "--no-self-test")["changes"], 0)
        places = {change["id"].split()[1] for change in self.deploy("plan", "--no-alarms")["changes"] if change["kind"] == "function"}
        self.assertEqual(places, {f"{account}/{source_region}", near_place, vault_place})

        both, only_vault = self.cloud.filled("both"), self.cloud.filled("only-vault")
        self.cloud.tag(both, dr="true", vault="yes")
        self.cloud.tag(only_vault, vault="yes")
        self.wait_states(both, near="verifying", vault="verifying")
        self.wait_states(only_vault, near=None, vault="verifying")
        self.assertEqualOn(both, account, other_account)
        self.assertEqualOn(only_vault, other_account)
        rules = {rule["ID"]: rule for rule in self.cloud.rules(both)}
        self.assertEqual({rule["Destination"]["Bucket"] for rule in rules.values()},
                         {f"arn:aws:s3:::{both}-dr", f"arn:aws:s3:::{both}-vault"})

        self.cloud.tag(both, vault="yes")
        self.wait_states(both, near="paused", vault="verifying")
        statuses = {rule["Destination"]["Bucket"].rsplit("-", 1)[1]: rule["Status"] for rule in self.cloud.rules(both)}
        self.assertEqual(statuses, {"dr": "Disabled", "vault": "Enabled"})
        self.cloud.s3().put_object(Bucket=both, Key="while near is paused", Body=b"y")
        wait_for(lambda: self.cloud.s3().head_object(Bucket=both, Key="while near is paused")["ReplicationStatus"] == "COMPLETED",
                 60, "replication to the vault")
        self.assertEqualOn(both, other_account)

        status = self.deploy("status", "--no-alarms")
        self.assertTrue(status["healthy"], status)
        self.assertEqual({trail["place"] for trail in status["replica_trails"]}, {near_place, vault_place})
        self.assertEqual(len(status["functions"]), 4)

        refused = self.s3dr("deploy", "template", "--side", "destination", code=1)
        self.assertIn("not supported yet", refused.err)
        policies = json.loads(self.s3dr("deploy", "permissions").out)
        self.assertEqual(set(policies), {"source", "destination"})

        removed = self.s3dr("deploy", "destroy", "--yes", "--no-alarms")
        for line in (f"{both} (", f"{only_vault} ("):
            self.assertIn(line, removed.err)
        left = [change["id"] for change in self.deploy("plan", "--no-alarms", code=3)["changes"] if change["change"] == "unchanged"]
        self.assertEqual({one.split()[0] for one in left}, {"bucket"})
        self.assertEqual(len(left), 3)


if __name__ == "__main__":
    unittest.main()
