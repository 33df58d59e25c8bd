"""Tag a bucket, get a verified replica: history, odd keys, and writes that go on while the backfill runs."""

import os
import subprocess
import sys
import threading
import unittest
import unittest.mock
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import samples
from harness import CloudTest, Serve, account, limit, replica_region, root, source_region
from judge import judge


objects_first, objects_max = 300, 4800  # in the bucket before it is tagged
busy_keys = 7


class Writer(threading.Thread):
    """Overwrites, deletes and creates objects until it is told to stop. Counts the overwrites and deletes of keys from before
    the backfill that were sent and acknowledged while its job was under way: the job was seen so before and after."""

    def __init__(self, client, bucket, job_is_under_way):
        super().__init__(daemon=True)
        self.client, self.bucket, self.job_is_under_way = client, bucket, job_is_under_way
        self.enough = threading.Event()
        self.rounds = self.overwritten_meanwhile = self.deleted_meanwhile = 0
        self.failure = None

    def run(self):
        try:
            while not self.enough.is_set():
                self.write_some()
                self.rounds += 1
                self.enough.wait(0.03)
        except Exception as failure:
            self.failure = failure

    def write_some(self):
        key = f"busy/{self.rounds % busy_keys}"
        deletes = self.rounds % 3 == 2
        seen_before = self.job_is_under_way()
        self.client.put_object(Bucket=self.bucket, Key=key, Body=f"round {self.rounds}".encode() * 50)
        if deletes:
            self.client.delete_object(Bucket=self.bucket, Key=key)
        if seen_before and self.job_is_under_way():
            self.overwritten_meanwhile += 1
            self.deleted_meanwhile += deletes
        self.client.put_object(Bucket=self.bucket, Key=f"busy/new-{self.rounds}", Body=b"n")


class MainFlow(CloudTest):
    def fill(self, client, bucket, objects):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": source_region})
        samples.fill_with_odd_keys(client, bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        samples.fill_with_history(client, bucket)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda number: client.put_object(
                Bucket=bucket, Key=f"tree/{number % 10}/{number}", Body=f"{number}".encode() * 100), range(objects)))
        for number in range(busy_keys):
            client.put_object(Bucket=bucket, Key=f"busy/{number}", Body=b"before")

    def protect_under_writes(self, name, serve, client):
        """Fills a bucket and protects it while a writer goes on. Returns the bucket in which it could be seen that keys were both
        overwritten and deleted while the backfill's job was under way; as long as the job is too short for that it takes a new
        bucket with more objects."""
        objects = objects_first
        while True:
            bucket = f"{name}-{objects}"
            self.fill(client, bucket, objects)
            writer = Writer(client, bucket, lambda bucket=bucket: self.cloud.job_is_under_way(bucket))
            writer.start()
            done = serve.s3dr("protect", bucket, "--wait", "--timeout", "150s", seconds=200)
            writer.enough.set()
            writer.join()
            self.assertIsNone(writer.failure)
            self.assertExit(done, 0)
            print(f"    {objects} objects: {writer.overwritten_meanwhile} overwrites and {writer.deleted_meanwhile} deletes while the "
                  f"backfill's job was under way, {writer.rounds} rounds in all")
            if writer.overwritten_meanwhile and writer.deleted_meanwhile:
                return bucket
            self.assertLess(objects, objects_max, "no delete of a key from before fell into the time of the backfill's job")
            objects = objects * 4

    def check_equal_at_the_end(self, bucket, serve):
        done = serve.s3dr("verify", bucket, "--bytes", "--wait", "--timeout", "30s", "--output", "json")
        self.assertExit(done, 0)
        report = done.json()
        self.assertTrue(report["equal"])
        self.assertGreater(report["odd_keys"], 15)
        verdict = judge(self.cloud.s3(), bucket, self.cloud.s3(replica_region), self.cloud.replica_of(bucket))
        self.assertEqual(verdict.differences, [])
        self.assertGreater(verdict.versions, 170)
        self.assertGreater(verdict.markers, 3)
        return verdict, report

    @limit(400)
    def test_tag_to_verified(self):
        bucket = self.protect_under_writes("main-flow", self.serve, self.cloud.s3())
        verdict, report = self.check_equal_at_the_end(bucket, self.serve)
        self.assertEqual((report["versions_equal"], report["markers_equal"]), (verdict.versions, verdict.markers))

        with self.subTest("status"):
            done = self.serve.s3dr("status", bucket, "--output", "json")
            self.assertExit(done, 0)
            entry = done.json()["protections"][0]
            self.assertEqual((entry["bucket"], entry["state"], entry["verified"]), (bucket, "protected", True))
            table = self.serve.s3dr("status")
            self.assertExit(table, 0)
            self.assertIn(bucket, table.out)
            self.assertIn("protected", table.out)
        with self.subTest("plan"):
            done = self.serve.s3dr("plan", bucket, "--output", "json")
            self.assertExit(done, 0)
            self.assertEqual(done.json()["actions"], [])
            seen = [(one["of"], one["what"]) for one in done.json()["observed"]]
            self.assertEqual(len(set(seen)), len(seen), "each observation has a name of its own")
            table = self.serve.s3dr("plan", bucket)
            self.assertExit(table, 0)
            self.assertEqual({one["status"] for one in done.json()["settings"]["kinds"]}, {"in_sync"})
            self.assertIn("\nSETTINGS  ", table.out)
        with self.subTest("verify again, each level"):
            for level in ("listing", "head", "bytes"):
                self.assertExit(self.serve.s3dr("verify", bucket, "--level", level), 0)
        with self.subTest("protect again"):
            done = self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s", "--output", "json")
            self.assertExit(done, 0)
            self.assertEqual(done.json()["bucket"], bucket)
            self.assertEqual(len(self.cloud.jobs(bucket)), 1)
            self.assertEqual(len([rule for rule in self.cloud.rules(bucket) if rule["ID"].startswith("s3dr")]), 1)
        with self.subTest("the judge as a program"):
            script = root / "tests/e2e/support/judge.py"
            replica = self.cloud.replica_of(bucket)
            done = subprocess.run(
                [sys.executable, script, "--source", f"s3dr-{account}-{source_region}:{bucket}", "--replica",
                 f"s3dr-{account}-{replica_region}:{replica}", "--source-url", self.cloud.url(source_region), "--replica-url",
                 self.cloud.url(replica_region)], env=self.cloud.profiles_environment(), capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("equal: ", done.stdout)


class MainFlowOverTls(CloudTest):
    serve_settings = None

    def test_tag_to_verified(self):
        serve = Serve(self.cloud, tls=True).ready()
        bucket = self.cloud.make_bucket("over-tls")
        client = self.cloud.s3(tls=True)
        samples.fill_with_odd_keys(client, bucket)
        samples.put_multipart(client, bucket, "multipart", [b"p" * (5 << 20), b"end"])
        self.assertExit(serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        self.assertExit(serve.s3dr("verify", bucket, "--bytes"), 0)
        # The fence of a replica behind TLS refuses everything else.
        with unittest.mock.patch.dict(os.environ, {"AWS_CA_BUNDLE": self.cloud.ca}):
            verdict = judge(self.cloud.s3(), bucket, self.cloud.s3(replica_region, tls=True), self.cloud.replica_of(bucket))
        self.assertEqual(verdict.differences, [])
        self.assertEqual(verdict.keys, len(samples.odd_keys) + 1)
        seen = [line for line in self.cloud.access(source_region) if line["user_agent"] == "s3dr"]
        self.assertGreater(len(seen), 10)
        self.assertTrue(all(line["tls"] for line in seen), "s3dr spoke without TLS")


if __name__ == "__main__":
    unittest.main()
