"""Two controllers at the same work, and an event about a bucket where nothing is to be done."""

import time

from harness import CloudTest, Serve, account, free_port, replica_region, source_region, wait_for
from judge import judge

reads = ("Get", "Head", "List", "Describe")


class TwoControllers(CloudTest):
    serve_settings = None

    def test_same_end_state_and_one_job(self):
        first = Serve(self.cloud)
        second = Serve(self.cloud, name="second", listen=f"127.0.0.1:{free_port()}")
        buckets = [self.cloud.make_bucket(f"two-{number}") for number in range(5)]
        for bucket in buckets:
            for number in range(5):
                self.cloud.s3().put_object(Bucket=bucket, Key=f"k{number}", Body=b"x" * number)
        first.ready()
        second.ready()
        for bucket in buckets:
            self.cloud.tag(bucket, dr="true")
        records = [self.cloud.wait_state(bucket, "protected") for bucket in buckets]
        time.sleep(2)  # whoever was late has had its turn
        for bucket, record in zip(buckets, records):
            self.assertEqual(self.cloud.record(bucket)["state"], "protected")
            self.assertEqual(record["rule"]["generation"], 1)
            self.assertEqual(len(self.cloud.jobs(bucket)), 1)
            self.assertEqual(len(self.cloud.rules(bucket)), 1)
            self.assertEqual(judge(self.cloud.s3(), bucket, self.cloud.s3(replica_region), self.cloud.replica_of(bucket)).differences, [])
        self.assertEqual(len([name for name in self.cloud.buckets(replica_region) if name.startswith("two-") and name.endswith("-dr")]), len(buckets))


class Unchanged(CloudTest):
    serve_settings = {"serve": {"sweep_interval": "1h"}}

    def envelope(self, bucket):
        return {"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "AWS API Call via CloudTrail",
                "source": "aws.s3", "account": account, "time": "2026-01-01T00:00:00Z", "region": source_region, "resources": [],
                "detail": {"eventVersion": "1.10", "eventSource": "s3.amazonaws.com", "eventName": "PutBucketTagging",
                           "awsRegion": source_region, "requestParameters": {"bucketName": bucket}}}

    def test_an_event_for_an_unchanged_bucket_reads_and_writes_nothing(self):
        bucket = self.cloud.make_bucket("unchanged")
        self.cloud.s3().put_object(Bucket=bucket, Key="k", Body=b"v")
        self.cloud.tag(bucket, dr="true")
        record = self.cloud.wait_state(bucket, "protected")
        regions = (source_region, replica_region)

        def positions():
            return [self.cloud.access_position(region) for region in regions]

        def quiet():
            before = positions()
            time.sleep(1)
            return before == positions()

        wait_for(quiet, 20, "a quiet controller")
        since = positions()
        self.assertEqual(self.serve.send_event(self.envelope(bucket), secret="not-the-secret-at-all"), 401)
        time.sleep(0.5)
        self.assertEqual(positions(), since, "an event without the secret had an effect")
        self.assertEqual(self.serve.send_event(self.envelope(bucket)), 202)
        wait_for(lambda: positions() != since, 10, "a look at the bucket")
        wait_for(quiet, 20, "a quiet controller")
        seen = [line for region, start in zip(regions, since) for line in self.cloud.access(region, start)]
        looked = [line for line in seen if line["operation"].startswith(reads)]
        wrote = [f"{line['operation']} {line['bucket']}" for line in seen if not line["operation"].startswith(reads)]
        self.assertGreaterEqual(len(looked), 1)
        self.assertEqual(wrote, [])
        self.assertEqual(self.cloud.record(bucket), record)
