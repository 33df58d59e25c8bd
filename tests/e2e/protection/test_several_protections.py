"""Two protections of one source through one `s3dr serve`: the second one's destination is in another account."""

import json
import signal

from botocore.exceptions import ClientError
from harness import CloudTest, Serve, account, limit, other_account, replica_region, source_region, wait_for
from judge import judge


def protections():
    def destination(owner):
        return {"region": replica_region, "account": owner, "profile": f"s3dr-{owner}-{replica_region}"}

    return [{"name": "near", "destination": destination(account)},
            {"name": "vault", "destination": destination(other_account), "match_tags": {"vault": "yes"},
             "replica_name": "{bucket}-vault"}]


def make_roles(cloud):
    """Another account can let in only a role that exists."""
    iam = cloud.client("iam", source_region, account)
    for name, service in (("s3dr-replication", "s3.amazonaws.com"), ("s3dr-batch", "batchoperations.s3.amazonaws.com")):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))


class SeveralProtections(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_roles(cls.cloud)
        cls.serve = Serve(cls.cloud, settings={"destination": None, "protections": protections()}).ready()

    def records(self, bucket):
        """By protection; None: no record there."""
        found = {}
        for name, owner in (("near", account), ("vault", other_account)):
            try:
                answer = self.cloud.s3(replica_region, owner).get_object(
                    Bucket=f"s3dr-control-{owner}-{replica_region}", Key=f"records/{account}/{source_region}/{bucket}.json")
                found[name] = json.loads(answer["Body"].read())
            except ClientError as error:
                self.assertIn(error.response["Error"]["Code"], ("NoSuchKey", "NoSuchBucket"))
                found[name] = None
        return found

    def wait_states(self, bucket, **wanted):
        def states():
            return {name: record and record["state"] for name, record in self.records(bucket).items()}

        try:
            wait_for(lambda: states() == wanted, 60, f"the states {wanted}")
        except AssertionError as late:
            raise AssertionError(f"{late}; they are {states()}") from None

    def assertEqualOnBoth(self, bucket):
        for owner, replica in ((account, f"{bucket}-dr"), (other_account, f"{bucket}-vault")):
            self.assertEqual(judge(self.cloud.s3(), bucket, self.cloud.s3(replica_region, owner), replica).differences, [])

    @limit(180)
    def test_both_are_verified_and_a_pause_of_one_leaves_the_other(self):
        bucket = self.cloud.filled("both")
        refused = self.serve.s3dr("protect", bucket)
        self.assertExit(refused, 2)
        self.assertIn("--protection: near, vault", refused.err)
        self.assertExit(self.serve.s3dr("protect", bucket, "--protection", "near", "--wait", "--timeout", "60s"), 0)
        self.assertEqual(self.records(bucket)["vault"], None)
        self.assertExit(self.serve.s3dr("protect", bucket, "--protection", "vault", "--wait", "--timeout", "60s"), 0)
        self.wait_states(bucket, near="protected", vault="protected")
        self.assertEqualOnBoth(bucket)
        rules = {rule["ID"]: rule for rule in self.cloud.rules(bucket)}
        self.assertEqual(len(rules), 2)
        self.assertEqual({rule["Destination"]["Bucket"] for rule in rules.values()},
                         {f"arn:aws:s3:::{bucket}-dr", f"arn:aws:s3:::{bucket}-vault"})
        before = self.records(bucket)["vault"]

        self.assertExit(self.serve.s3dr("unprotect", bucket, "--protection", "near", "--wait", "--timeout", "60s"), 0)
        self.wait_states(bucket, near="paused", vault="protected")
        after = {rule["ID"]: rule for rule in self.cloud.rules(bucket)}
        paused = self.records(bucket)["near"]["rule"]["id"]
        self.assertEqual(after[paused]["Status"], "Disabled")
        self.assertEqual(after[before["rule"]["id"]], rules[before["rule"]["id"]])
        self.assertEqual(self.records(bucket)["vault"]["rule"]["generation"], before["rule"]["generation"])
        self.cloud.s3().put_object(Bucket=bucket, Key="while near is paused", Body=b"y")
        self.assertExit(self.serve.s3dr("verify", bucket, "--protection", "vault", "--wait", "--timeout", "60s"), 0)

        table = self.serve.s3dr("status").out
        self.assertIn("PROTECTION", table)
        rows = [line.split() for line in table.splitlines() if line.startswith(bucket + " ")]
        self.assertEqual({(row[1], row[2]) for row in rows}, {("near", "paused"), ("vault", "protected")})
        told = self.serve.s3dr("status", bucket, "--output", "json").json()
        self.assertEqual({entry["protection_name"] for entry in told["protections"]}, {"near", "vault"})
        self.assertEqual(told["other_destinations"][0]["control_bucket"], f"s3dr-control-{other_account}-{replica_region}")
        only = self.serve.s3dr("status", bucket, "--protection", "vault", "--output", "json").json()
        self.assertEqual(len(only["protections"]), 1)

        self.assertExit(self.serve.s3dr("protect", bucket, "--protection", "near", "--wait", "--timeout", "60s"), 0)
        self.wait_states(bucket, near="protected", vault="protected")
        self.assertEqualOnBoth(bucket)

    @limit(120)
    def test_plan_says_it_for_each_and_the_configuration_is_shown(self):
        bucket = self.cloud.filled("planned")
        plan = self.serve.s3dr("plan", bucket, "--as-if-tagged")
        self.assertExit(plan, 3)
        self.assertIn("PROTECTION  near", plan.out)
        self.assertIn("PROTECTION  vault", plan.out)
        self.assertIn("AS IF TAGGED vault=yes", plan.out)
        plans = self.serve.s3dr("plan", bucket, "--output", "json").json()["plans"]
        self.assertEqual([(one["protection"], one["state"]) for one in plans], [("near", "unprotected"), ("vault", "unprotected")])
        shown = self.serve.s3dr("config", "validate", "--check")
        self.assertExit(shown, 0)
        self.assertIn("vault: control bucket", shown.out)
        unknown = self.serve.s3dr("plan", bucket, "--protection", "far")
        self.assertExit(unknown, 2)
        self.assertIn("near, vault", unknown.err)

    @limit(120)
    def test_a_replica_is_no_source_again(self):
        bucket = self.cloud.filled("chain")
        self.cloud.tag(bucket, dr="true")
        self.wait_states(bucket, near="protected", vault=None)
        # A configuration that leads back: the replica's region is its source.
        back = self.cloud.data / "back.yaml"
        config = json.loads(self.serve.config.read_text())
        config["source"], config["destination"] = protections()[0]["destination"], config["source"]
        del config["protections"]
        back.write_text(json.dumps(config))
        self.cloud.s3(replica_region).put_bucket_tagging(Bucket=f"{bucket}-dr", Tagging={"TagSet": [
            {"Key": "dr", "Value": "true"},
            {"Key": "s3dr:replica-of", "Value": f"{account}/{source_region}/{bucket}"}]})
        plan = self.serve.s3dr("plan", f"{bucket}-dr", "--config", back)
        self.assertExit(plan, 1)
        self.assertIn("lead its data back", plan.out.replace("\n", " "))


class Reload(CloudTest):
    def reload(self, config):
        self.serve.config.write_text(json.dumps(config, indent=1))
        self.serve.popen.send_signal(signal.SIGHUP)

    @limit(120)
    def test_a_hangup_reads_the_file_again_or_refuses_it_with_the_line(self):
        make_roles(self.cloud)
        before = json.loads(self.serve.config.read_text())
        self.reload(before | {"protektions": []})
        self.serve.wait_for_words("the configuration is not reloaded; the one before stays")
        self.assertRegex(self.serve.output(), r"serve\.yaml:\d+")
        self.reload(before | {"serve": before["serve"] | {"listen": "127.0.0.1:1"}})
        self.serve.wait_for_words("that needs a restart")
        bucket = self.cloud.make_bucket("reloaded")
        self.cloud.tag(bucket, dr="true")
        self.cloud.wait_state(bucket, "protected")  # it went on with the one before

        first, second = protections()
        first["name"] = "default"
        self.reload({name: value for name, value in before.items() if name != "destination"} | {"protections": [first, second]})
        self.serve.wait_for_words("the configuration is reloaded")
        self.cloud.tag(bucket, dr="true", vault="yes")
        wait_for(lambda: len(self.cloud.rules(bucket)) == 2, 60, "the rule of the second protection")
        self.serve.ready()


class PlainForm(CloudTest):
    """Without `protections:` nothing has changed: one protection, no column, no option needed."""

    def test_one_protection_is_shown_as_before(self):
        bucket = self.cloud.make_bucket("plain")
        self.cloud.tag(bucket, dr="true")
        self.cloud.wait_state(bucket, "protected")
        self.assertNotIn("PROTECTION", self.serve.s3dr("status").out)
        self.assertNotIn("protection_name", self.serve.s3dr("status", "--output", "json").out)
