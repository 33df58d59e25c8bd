"""Two accounts, deployed functions, everything set at once: a policy with a condition on a VPC and a Deny that would hit the
replication role, a rule of somebody else, some hundred objects (10,000 with S3DR_TEST_FULL). What `s3dr settings` prints is kept
in tests/data/golden/deployed_settings.txt (written anew with S3DR_WRITE_GOLDEN=1; then read what has changed). Judged by boto3."""

import json
import os
import re
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bucket_settings
from botocore.exceptions import ClientError
from harness import Cloud, account, full, limit, other_account, replica_region, source_region, wait_for
from processes import clean_environment, run

golden = Path(__file__).resolve().parents[2] / "data" / "golden" / "deployed_settings.txt"
objects = 10_000 if full else 300
bucket = "whole-bucket"


def without_times(text):
    text = re.sub(r"\d+(m|s|h)( \d+s)? ago|just now", "AGO", text)
    return re.sub(r"[ ]+\n", "\n", text)


class DeployedSettings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud()
        cls.addClassCleanup(cls.cloud.close)
        data = cls.cloud.data

        def side(region, owner):
            return {"region": region, "account": owner, "profile": f"s3dr-{owner}-{region}"}

        config = data / "settings.yaml"
        config.write_text(json.dumps({
            "source": side(source_region, account), "destination": side(replica_region, other_account),
            "endpoints": {region: cls.cloud.url(region) for region in (source_region, replica_region)},
            "replication_role": f"arn:aws:iam::{account}:role/s3dr-replication", "batch_role": f"arn:aws:iam::{account}:role/s3dr-batch",
            "pass_roles": [f"arn:aws:iam::{account}:role/theirs"],
            "settings": {"mappings": [{"from": "logs-here", "to": "logs-there"}, {"from": "arn:aws:s3:::logs-here", "to": "arn:aws:s3:::logs-there"}]}}))
        cls.environment = clean_environment(
            HOME=str(cls.cloud.home), AWS_SHARED_CREDENTIALS_FILE=str(data / "aws" / "credentials"),
            AWS_CONFIG_FILE=str(data / "aws" / "config"), S3DR_CONFIG=str(config))
        cls.source = cls.cloud.s3(source_region, account)
        cls.destination = cls.cloud.s3(replica_region, other_account)
        cls.s3dr("deploy", "apply", "--no-alarms")
        cls.make_role_of_others()
        cls.cloud.make_bucket("logs-here", source_region)
        cls.cloud.make_bucket("logs-there", replica_region, other_account)
        cls.fill()

    @classmethod
    def s3dr(cls, *arguments, code=0, **more):
        done = run(*arguments, environment=cls.environment, **more)
        assert done.code == code, str(done)
        return done

    @classmethod
    def make_role_of_others(cls):
        iam = cls.cloud.client("iam", source_region)
        iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
        iam.put_role_policy(RoleName="theirs", PolicyName="replicates", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket", "s3:GetObjectVersionForReplication",
                                           "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging", "s3:ReplicateObject", "s3:ReplicateDelete",
                                           "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner"], "Resource": "*"}]}))

    @classmethod
    def fill(cls):
        """The bucket, its objects, every setting, and what is bound to the region or would lock replication out."""
        cls.cloud.make_bucket(bucket)
        cls.source.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: cls.source.put_object(Bucket=bucket, Key=f"data/{number:05}", Body=b"x" * 100), range(objects)))
        bucket_settings.set_everything(cls.source, bucket, "logs-here", account)
        arn = f"arn:aws:s3:::{bucket}"
        bucket_settings.put(cls.source, bucket, "policy", {"Version": "2012-10-17", "Statement": [
            {"Sid": "Auditors", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": ["s3:GetObject", "s3:ListBucket"],
             "Resource": [arn, arn + "/*"]},
            {"Sid": "OnlyFromTheVpc", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": arn,
             "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}}},
            {"Sid": "NoForeignWrites", "Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject", "s3:ReplicateObject"], "Resource": arn + "/*",
             "Condition": {"StringNotEquals": {"aws:PrincipalAccount": other_account}}}]})
        cls.cloud.make_bucket("elsewhere", replica_region, account)
        cls.cloud.s3(replica_region, account).put_bucket_versioning(Bucket="elsewhere", VersioningConfiguration={"Status": "Enabled"})
        cls.source.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={
            "Role": f"arn:aws:iam::{account}:role/theirs",
            "Rules": [{"ID": "theirs", "Priority": 1, "Filter": {"Prefix": "nothing/"}, "Status": "Enabled",
                       "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::elsewhere"}}]})

    def record(self):
        found = self.destination.get_object(Bucket=f"s3dr-control-{other_account}-{replica_region}",
                                            Key=f"records/{account}/{source_region}/{bucket}.json")
        return json.loads(found["Body"].read())

    def kinds(self):
        done = run("settings", bucket, "--format", "json", environment=self.environment)
        self.assertIn(done.code, (0, 1, 3), done)
        return {line["kind"]: line for line in done.json()["kinds"]}

    def on_replica(self, kind):
        return bucket_settings.get(self.destination, f"{bucket}-dr", kind)

    @limit(900 if full else 400)
    def test_the_whole_bucket_and_then_attacked(self):
        self.clone_it()
        self.attack_it()

    def clone_it(self):
        self.s3dr("protect", bucket, "--wait", "--timeout", "600s" if full else "120s", seconds=700)
        wait_for(lambda: self.record().get("settings", {}).get("checked"), 60, "a look at the settings")
        settled = ("in_sync", "on_failover", "ignored", "left_out")
        wait_for(lambda: all(line["status"] in settled for line in self.kinds().values()), 60, "settled settings", every=1)

        # The rule of others, and every object.
        rules = self.source.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"]
        self.assertEqual(sorted(rule["ID"] == "theirs" for rule in rules), [False, True])
        self.assertEqual(sum(len(page.get("Versions", [])) for page in self.destination.get_paginator("list_object_versions").paginate(
            Bucket=f"{bucket}-dr")), objects)

        for kind in ("public_access_block", "ownership_controls", "encryption", "cors", "lifecycle", "website", "accelerate", "metrics",
                     "intelligent_tiering", "analytics"):
            with self.subTest(kind):
                self.assertEqual(self.on_replica(kind), bucket_settings.get(self.source, bucket, kind))
        self.assertEqual(self.on_replica("logging")["TargetBucket"], "logs-there")
        self.assertIsNone(self.on_replica("notification"))
        # A Deny that would have shut replication out, and one that is bound to a VPC, are named and not there.
        policy = self.on_replica("policy")
        denied = [one for one in policy["Statement"] if one["Effect"] == "Deny" and not one["Sid"].startswith("S3dr")]
        self.assertEqual(denied, [])
        told = self.s3dr("settings", bucket, code=3).out
        for words in ("NoForeignWrites", "OnlyFromTheVpc", "vpc-0123456789abcdef0"):
            self.assertIn(words, told)
        self.keep_or_compare("settings", told)

    def attack_it(self):
        attacks = bucket_settings.attacks(bucket, account)
        before = {kind: self.on_replica(kind) for kind in attacks}
        for kind in ("public_access_block", "ownership_controls", "encryption", "lifecycle", "policy"):
            bucket_settings.put(self.source, bucket, kind, attacks[kind])
        # The functions hear of it by event; no sweep is waited for.
        held = ("held", "on_failover", "left_out")
        wait_for(lambda: all(self.recorded().get(kind) in held for kind in attacks), 120, "every attack held in the record", every=1)
        for kind in attacks:
            with self.subTest(kind):
                self.assertEqual(self.on_replica(kind), before[kind])
        for who, client in (("the owner", self.destination), ("the source", self.cloud.s3(replica_region, account))):
            with self.subTest(who), self.assertRaises(ClientError) as refused:
                client.put_object(Bucket=f"{bucket}-dr", Key="data/00000", Body=b"overwritten")
            self.assertEqual(refused.exception.response["Error"]["Code"], "AccessDenied")
        self.keep_or_compare("attacked", self.s3dr("settings", bucket, "--diff", code=3).out)

    def recorded(self):
        return {one["kind"]: one["status"] for one in self.record()["settings"]["kinds"]}

    def keep_or_compare(self, part, told):
        """The golden file has a part for each print."""
        parts = dict(re.findall(r"=== (\w+)\n(.*?)(?==== |\Z)", golden.read_text(), re.S)) if golden.exists() else {}
        told = without_times(told)
        if os.environ.get("S3DR_WRITE_GOLDEN"):
            parts[part] = told
            golden.write_text("".join(f"=== {name}\n{text}" for name, text in sorted(parts.items())))
        self.assertEqual(told, parts.get(part), f"{golden} has another {part}")


if __name__ == "__main__":
    unittest.main()
