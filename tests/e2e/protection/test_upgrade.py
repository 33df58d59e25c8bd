"""A fleet that an earlier release protected, under this one: nothing is sent again. And a record that a newer program keeps."""

import concurrent.futures
import json
import time

from harness import CloudTest, Serve, account, limit, replica_region, source_region, wait_for

fleet_size = 200
control_bucket = f"s3dr-control-{account}-{replica_region}"

# What format 1 holds, in the order of the program that wrote it (tests/support/format_1.h).
format_1 = {
    None: ["format", "protection", "nonce", "source", "replica", "claim", "replica_ordinal", "rule", "backfill", "state", "reason", "created",
           "changed", "verified", "last_difference", "instruction", "epoch", "active_side", "history"],
    "source": ["account", "region", "bucket"], "replica": ["account", "region", "bucket"], "rule": ["id", "generation", "state", "replaces"],
    "backfill": ["generation", "attempt", "status", "inputs", "job_id", "not_before", "tasks_total", "tasks_succeeded", "tasks_failed",
                 "last_failure"],
    "verified": ["as_of", "at", "level", "generation", "versions", "delete_markers", "bytes", "arriving", "purged_at_source", "differences"],
    "history": ["at", "state", "reason"]}


def only(value, names):
    if isinstance(value, list):
        return [only(one, names) for one in value]
    return {name: value[name] for name in names} if isinstance(value, dict) else value


def as_format_1(record):
    old = only(record, format_1[None]) | {"format": 1}
    for name, fields in format_1.items():
        if name:
            old[name] = only(old[name], fields)
    old["last_difference"] = only(old["last_difference"], format_1["verified"])
    if old["backfill"]:
        old["backfill"]["inputs"] = {name: value for name, value in old["backfill"]["inputs"].items() if name != "omits_manifest"}
    return old


class Upgrade(CloudTest):
    # Long enough that all of them are compared before the first one is due again.
    serve_settings = {"serve": {"sweep_interval": "5s", "verify": {"age_max": "15s"}}}

    def each(self, work, buckets):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            return list(pool.map(work, buckets))

    def put_record(self, bucket, record):
        self.cloud.s3(replica_region).put_object(Bucket=control_bucket, Key=f"records/{account}/{source_region}/{bucket}.json",
                                                 Body=json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode())

    def counted(self):
        """Jobs, their tasks, and what waits to be sent, in the source region."""
        with self.cloud.database(source_region) as tables:
            return [tables.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("job", "job_task", "replication_task")]

    @limit(900)
    def test_records_of_format_1_send_nothing_again(self):
        def make(number):
            bucket = self.cloud.make_bucket(f"fleet-{number:03}")
            for key in ("a", "b"):
                self.cloud.s3().put_object(Bucket=bucket, Key=key, Body=key.encode() * 10)
            self.cloud.tag(bucket, dr="true")
            return bucket

        buckets = self.each(make, range(fleet_size))
        self.each(lambda bucket: self.cloud.wait_state(bucket, "protected", seconds=400), buckets)
        self.serve.stop()
        wait_for(lambda: self.counted()[2] == 0, 60, "an empty replication queue")
        self.each(lambda bucket: self.put_record(bucket, as_format_1(self.cloud.record(bucket))), buckets)
        before = self.counted()
        self.assertEqual(before[0], fleet_size)
        rules = self.each(self.cloud.rules, buckets)
        generations = self.each(lambda bucket: self.cloud.record(bucket)["rule"]["generation"], buckets)
        since = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())

        self.serve.start().ready()
        self.each(lambda bucket: self.cloud.wait_state(bucket, "protected", seconds=400,
                                                       holds=lambda record: record["format"] == 2 and record["verified"]["as_of"] > since), buckets)
        self.assertEqual(self.counted(), before)
        self.assertEqual(self.each(self.cloud.rules, buckets), rules)
        self.assertEqual(self.each(lambda bucket: self.cloud.record(bucket)["rule"]["generation"], buckets), generations)


class NewerRecord(CloudTest):
    serve_settings = {"serve": {"sweep_interval": "300ms", "verify": {"age_max": "500ms"}}}
    put_record = Upgrade.put_record

    def test_it_is_read_reported_and_left_alone(self):
        bucket = self.cloud.make_bucket("of-tomorrow")
        self.cloud.s3().put_object(Bucket=bucket, Key="a", Body=b"a")
        self.cloud.tag(bucket, dr="true")
        record = self.cloud.wait_state(bucket, "protected")
        self.put_record(bucket, record | {"min_writer": 3, "tomorrow": {"fence": "up"}})
        kept = self.cloud.record(bucket)
        replica = record["replica"]["bucket"]

        # Somebody removes our rule and pauses: this program would answer both.
        self.cloud.s3().delete_bucket_replication(Bucket=bucket)
        self.cloud.s3().delete_bucket_tagging(Bucket=bucket)
        wait_for(lambda: "newer s3dr" in self.serve.output(), 20, "the controller's word about it")
        time.sleep(2)  # several sweeps, and comparisons that would be due
        self.assertEqual(self.cloud.record(bucket), kept)
        self.assertEqual(self.cloud.rules(bucket), [])

        status = self.serve.s3dr("status", bucket)
        self.assertExit(status, 1)  # not known to be wrong, and not known to be right
        self.assertIn("a newer s3dr (writer 3) keeps its record", status.out)
        plan = self.serve.s3dr("plan", bucket)
        self.assertIn("a newer s3dr keeps the record", plan.out)
        for words in (("verify", bucket), ("protect", bucket, "--adopt", replica), ("protect", bucket, "--new-replica")):
            done = self.serve.s3dr(*words)
            self.assertExit(done, 1)
            self.assertIn("newer s3dr", done.out + done.err, words)
        self.assertEqual(self.cloud.record(bucket), kept)
        self.assertEqual(self.cloud.rules(bucket), [])
