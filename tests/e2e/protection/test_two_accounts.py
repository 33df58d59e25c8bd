"""Source and destination in two accounts of the embedded cloud, installed by `s3dr deploy apply`: the deployed functions protect
a bucket across them, the replica belongs to the other account, its bucket policy is kept, and nobody else is let in."""

import json
import unittest

from botocore.exceptions import ClientError
from harness import Cloud, account, limit, other_account, replica_region, source_region, wait_for

from processes import clean_environment, run

sid = "S3drReplication"


class TwoAccounts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud()
        cls.addClassCleanup(cls.cloud.close)
        data = cls.cloud.data

        def side(region, owner):
            return {"region": region, "account": owner, "profile": f"s3dr-{owner}-{region}"}

        cls.config = data / "two-accounts.yaml"
        cls.config.write_text(json.dumps({
            "source": side(source_region, account), "destination": side(replica_region, other_account),
            "endpoints": {region: cls.cloud.url(region) for region in (source_region, replica_region)},
            "replication_role": f"arn:aws:iam::{account}:role/s3dr-replication",
            "batch_role": f"arn:aws:iam::{account}:role/s3dr-batch"}))
        cls.environment = clean_environment(
            HOME=str(cls.cloud.home), AWS_SHARED_CREDENTIALS_FILE=str(data / "aws" / "credentials"),
            AWS_CONFIG_FILE=str(data / "aws" / "config"), S3DR_CONFIG=str(cls.config))
        cls.applied = cls.deploy("apply", "--no-alarms")

    @classmethod
    def s3dr(cls, *arguments, code=0):
        done = run(*arguments, environment=cls.environment)
        assert done.code == code, str(done)
        return done

    @classmethod
    def deploy(cls, what, *more, code=0):
        return cls.s3dr("deploy", what, "--output", "json", *more, code=code).json()

    # --- the two sides, each with its own keys ----------------------------------------------------------------------

    @property
    def source(self):
        return self.cloud.s3(source_region, account)

    @property
    def destination(self):
        return self.cloud.s3(replica_region, other_account)

    def record(self, bucket):
        found = self.destination.get_object(Bucket=f"s3dr-control-{other_account}-{replica_region}",
                                            Key=f"records/{account}/{source_region}/{bucket}.json")
        return json.loads(found["Body"].read())

    def status(self, bucket, key):
        return self.source.head_object(Bucket=bucket, Key=key).get("ReplicationStatus")

    def policy(self, replica):
        return json.loads(self.destination.get_bucket_policy(Bucket=replica)["Policy"])

    def statements(self, replica):
        """Their Sids; none while there is no policy."""
        try:
            return [one["Sid"] for one in self.policy(replica)["Statement"]]
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
            return []

    def protect(self, name):
        bucket = self.cloud.make_bucket(name)
        for number in range(5):
            self.source.put_object(Bucket=bucket, Key=f"before/{number}", Body=b"there before", Tagging="a=b")
        self.s3dr("protect", bucket, "--wait", "--timeout", "60s")
        return bucket, self.record(bucket)["replica"]["bucket"]

    # --- what is to hold --------------------------------------------------------------------------------------------

    def test_a_second_apply_changes_nothing(self):
        self.assertGreater(self.applied["created"], 30)
        self.assertEqual(self.deploy("apply", "--no-alarms", "--no-self-test")["changes"], 0)
        self.assertFalse([change for change in self.deploy("plan", "--no-alarms")["changes"] if change["change"] != "unchanged"])
        self.assertTrue(self.deploy("status", "--no-alarms")["healthy"])

    @limit(120)
    def test_from_the_tag_to_verified_through_the_functions(self):
        bucket, replica = self.protect("across")
        self.source.put_object(Bucket=bucket, Key="after", Body=b"written later", Metadata={"who": "me"})
        self.source.put_object(Bucket=bucket, Key="after", Body=b"again")
        self.source.delete_object(Bucket=bucket, Key="before/0")
        self.s3dr("verify", bucket, "--bytes", "--wait", "--timeout", "60s")
        record = self.record(bucket)
        self.assertEqual(record["state"], "protected")
        self.assertEqual(record["replica"]["account"], other_account)
        # Healthy once the scheduled sweep has left its first heartbeat; until then nobody is known to watch.
        done = run("status", bucket, "--output", "json", environment=self.environment)
        status = done.json()
        self.assertEqual(done.code, 0 if status["watch"]["healthy"] else 3, str(done))
        self.assertEqual(status["protections"][0]["healthy"], status["watch"]["healthy"])
        plan = self.s3dr("plan", bucket).out
        self.assertIn("bucket policy", plan)
        self.assertIn("Nothing to do", plan)

        # The replica is the other account's, bucket and objects: its own keys read it, the source's do not.
        owners = {version["Owner"]["ID"] for version in self.destination.list_object_versions(Bucket=replica)["Versions"]}
        self.assertEqual(owners, {self.destination.list_buckets()["Owner"]["ID"]})
        self.assertNotEqual(owners, {self.source.list_buckets()["Owner"]["ID"]})
        self.assertEqual(self.destination.get_object(Bucket=replica, Key="after")["Body"].read(), b"again")
        self.assertEqual(self.destination.head_object(Bucket=replica, Key="after")["ReplicationStatus"], "REPLICA")
        rule = self.source.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"][0]
        self.assertEqual(rule["Destination"]["Account"], other_account)
        self.assertEqual(rule["Destination"]["AccessControlTranslation"], {"Owner": "Destination"})
        denied = self.refused(lambda: self.cloud.s3(replica_region, account).get_object(Bucket=replica, Key="after"))
        self.assertIn(f"s3:GetObject on resource: arn:aws:s3:::{replica}/after", denied)
        # Only the one statement lets somebody in, the one role.
        self.assertEqual([(one["Sid"], one["Principal"]) for one in self.policy(replica)["Statement"] if one["Effect"] == "Allow"],
                         [(sid, {"AWS": f"arn:aws:iam::{account}:role/s3dr-replication"})])

    @limit(120)
    def test_a_statement_that_was_removed_is_put_back_and_what_failed_is_delivered(self):
        bucket, replica = self.protect("reopened")
        # The change is not heard, so that something fails meanwhile.
        events = self.cloud.client("events", replica_region, other_account, signature_version="v4")
        events.disable_rule(Name="s3dr-replica-events")
        theirs = {"Sid": "theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": f"arn:aws:s3:::{replica}"}
        self.destination.put_bucket_policy(Bucket=replica, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
        self.source.put_object(Bucket=bucket, Key="shut out", Body=b"x")
        wait_for(lambda: self.status(bucket, "shut out") == "FAILED", 20, "the refused delivery")
        self.assertTrue(any("DstPutObjectNotPermitted" in path.read_text(errors="replace") for path in self.cloud.logs()))
        events.enable_rule(Name="s3dr-replica-events")
        # Any event of the bucket makes the functions look again.
        self.source.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "dr", "Value": "true"}, {"Key": "x", "Value": "y"}]})
        wait_for(lambda: self.status(bucket, "shut out") == "COMPLETED", 60, "the backfill of what failed")
        self.assertEqual([one["Sid"] for one in self.policy(replica)["Statement"]][:2], ["theirs", sid])
        wait_for(lambda: self.record(bucket)["state"] == "verifying", 60, "the end of the backfill")
        self.assertEqual(self.record(bucket)["rule"]["generation"], 2)
        self.s3dr("verify", bucket, "--wait", "--timeout", "60s")

    def test_destroy_names_what_is_protected_and_removes_nothing_unasked(self):
        bucket, _ = self.protect("still-there")
        refused = self.s3dr("deploy", "destroy", "--no-alarms", code=2)
        self.assertIn(f"still protected: {bucket} (protected)", refused.err)
        self.assertIn("--yes", refused.err)
        self.assertFalse([change for change in self.deploy("plan", "--no-alarms")["changes"] if change["change"] != "unchanged"])

    @limit(120)
    def test_what_happens_to_a_replica_is_heard_at_once(self):
        bucket, replica = self.protect("heard")
        self.destination.delete_bucket_policy(Bucket=replica)
        wait_for(lambda: self.record(bucket)["rule"]["generation"] == 2, 30, "the policy's change to be heard")
        wait_for(lambda: sid in self.statements(replica), 30, "the statement to be put back")
        empty = self.cloud.make_bucket("heard-empty")
        self.source.put_bucket_tagging(Bucket=empty, Tagging={"TagSet": [{"Key": "dr", "Value": "true"}]})
        wait_for(lambda: self.recorded_state(empty) == "verifying", 60, "an empty protected bucket")
        replica = self.record(empty)["replica"]["bucket"]
        self.cloud.through_the_fence(replica, lambda: self.destination.delete_bucket(Bucket=replica), self.destination)
        wait_for(lambda: self.record(empty)["state"] == "degraded", 30, "the replica's deletion to be heard")

    def recorded_state(self, bucket):
        try:
            return self.record(bucket)["state"]
        except ClientError as error:
            self.assertIn(error.response["Error"]["Code"], ("NoSuchKey", "NoSuchBucket"))
            return None

    # --- who has nothing to do with it ------------------------------------------------------------------------------

    def refused(self, call):
        with self.assertRaises(ClientError) as caught:
            call()
        error = caught.exception.response
        self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], 403, error)
        self.assertIn(error["Error"]["Code"], ("AccessDenied", "AccessDeniedException", "AuthorizationError"))
        return error["Error"]["Message"]

    def test_the_other_account_has_no_way_in_but_the_declared_ones(self):
        """Neither with all rights of its own account nor with a role that may do everything."""
        self.cloud.make_bucket("closed")
        self.source.put_object(Bucket="closed", Key="k", Body=b"x")
        iam = self.cloud.client("iam", source_region, other_account)
        role = iam.create_role(RoleName="stranger", AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": other_account}, "Action": "sts:AssumeRole"}]}))
        iam.put_role_policy(RoleName="stranger", PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
        session = self.cloud.client("sts", source_region, other_account).assume_role(
            RoleArn=role["Role"]["Arn"], RoleSessionName="somebody")["Credentials"]
        here = f"{source_region}:{account}"
        topic = f"arn:aws:sns:{here}:s3dr-enable_replication"
        queue = f"arn:aws:sqs:{here}:s3dr-dead-letters"
        function = f"arn:aws:lambda:{here}:function:s3dr-enable_replication"
        role_of_s3 = f"arn:aws:iam::{account}:role/s3dr-replication"
        for who in (other_account, "stranger"):
            def client(service, who=who):
                if who == other_account:
                    # Only S3 signs paths as they are.
                    signing = {} if service == "s3" else {"signature_version": "v4"}
                    return self.cloud.client(service, source_region, other_account, **signing)
                return self.session_client(service, session)

            for action, resource, call in (
                    ("s3:ListBucket", "arn:aws:s3:::closed", lambda: client("s3").list_objects_v2(Bucket="closed")),
                    ("s3:GetObject", "arn:aws:s3:::closed/k", lambda: client("s3").get_object(Bucket="closed", Key="k")),
                    ("s3:PutObject", "arn:aws:s3:::closed/k", lambda: client("s3").put_object(Bucket="closed", Key="k", Body=b"y")),
                    ("sns:Publish", topic, lambda: client("sns").publish(TopicArn=topic, Message="{}")),
                    ("sqs:SendMessage", queue, lambda: client("sqs").send_message(
                        QueueUrl=f"{self.cloud.url(source_region)}/{account}/s3dr-dead-letters", MessageBody="x")),
                    ("lambda:InvokeFunction", function, lambda: client("lambda").invoke(FunctionName=function, Payload=b"{}")),
                    ("sts:AssumeRole", role_of_s3, lambda: client("sts").assume_role(RoleArn=role_of_s3, RoleSessionName="somebody"))):
                with self.subTest(who=who, action=action):
                    message = self.refused(call)
                    self.assertIn(f"is not authorized to perform: {action} on resource: {resource}", message)
                    self.assertIn(other_account, message.split(" is not ")[0])

    def session_client(self, service, session):
        import boto3
        from botocore.config import Config
        return boto3.client(service, region_name=source_region, endpoint_url=self.cloud.url(source_region),
                            aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"],
                            aws_session_token=session["SessionToken"],
                            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))


if __name__ == "__main__":
    unittest.main()
