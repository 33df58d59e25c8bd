"""Whatever a store reports is a bucket: old names that S3 would not create any more, and names of the account-regional namespace."""

import json
import time
import urllib.request

from harness import CloudTest, Serve, account, replica_region, root, source_region
from judge import judge

old_name = "My_Legacy_Bucket"
west_ending, east_ending = f"-{account}-{source_region}-an", f"-{account}-{replica_region}-an"


def make_bucket_of_old(cloud, name):
    """A bucket from before S3 changed its rules for names: no request can make one, so its row is written while the region is stopped."""
    cloud.stop_region(source_region)
    with cloud.database(source_region) as tables:
        tables.execute("INSERT INTO bucket (name, account, created_ms, tags) VALUES (?, ?, ?, '')",
                       (name, account, int(time.time() * 1000)))
    cloud.start_region(source_region)
    return name


class Names(CloudTest):
    def make_account_regional(self, prefix, region=source_region):
        name = f"{prefix}-{account}-{region}-an"
        client = self.cloud.client("s3", region)
        client.meta.events.register_first(
            "before-sign.s3.CreateBucket", lambda request, **_: request.headers.add_header("x-amz-bucket-namespace", "account-regional"))
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        return name

    def assertProtected(self, bucket):
        record = self.cloud.wait_state(bucket, "protected")
        self.assertEqual(judge(self.cloud.s3(), bucket, self.cloud.s3(replica_region), record["replica"]["bucket"]).differences, [])
        for command in ("plan", "status", "verify"):
            self.assertExit(self.serve.s3dr(command, bucket), 0)
        return record["replica"]["bucket"]

    def kept_event(self, name):
        lines = (root / "tests" / "data" / "events" / name).read_text().splitlines()
        return json.loads("\n".join(lines[1:]))

    def test_a_bucket_with_an_old_name(self):
        bucket = make_bucket_of_old(self.cloud, old_name)
        self.cloud.s3().put_object(Bucket=bucket, Key="first", Body=b"1")
        self.assertEqual(self.serve.send_event(self.kept_event("event-legacy-name.json")), 202)
        self.assertExit(self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        self.assertRegex(self.assertProtected(bucket), "^my-legacy-bucket-[0-9a-f]{8}-dr$")
        self.assertExit(self.serve.s3dr("unprotect", bucket, "--wait", "--timeout", "30s"), 0)

    def test_a_bucket_of_the_account_regional_namespace(self):
        bucket = self.make_account_regional("photos")
        self.cloud.s3().put_object(Bucket=bucket, Key="first", Body=b"1")
        self.cloud.tag(bucket, dr="true")
        self.assertEqual(self.assertProtected(bucket), f"{bucket}-dr")


class AccountRegionalReplicas(Names):
    serve_settings = {"replica_namespace": "account-regional"}

    def test_a_bucket_with_an_old_name(self):
        bucket = make_bucket_of_old(self.cloud, old_name)
        self.cloud.tag(bucket, dr="true")
        self.assertRegex(self.assertProtected(bucket), f"^my-legacy-bucket-[0-9a-f]{{8}}-dr{east_ending}$")

    def test_a_bucket_of_the_account_regional_namespace(self):
        bucket = self.make_account_regional("photos")
        self.cloud.tag(bucket, dr="true")
        self.assertEqual(self.assertProtected(bucket), f"{bucket}-dr{east_ending}")

    def test_a_bucket_of_the_global_namespace(self):
        bucket = self.cloud.make_bucket("ledger")
        self.cloud.tag(bucket, dr="true")
        self.assertEqual(self.assertProtected(bucket), f"ledger-dr{east_ending}")
