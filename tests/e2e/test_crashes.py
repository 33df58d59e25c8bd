"""Processes killed at chosen calls and at random moments. Whatever died, what was acknowledged is there, and a controller that
is started again brings the bucket to verified: one replica, one rule, one job."""

import os
import random
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from faulty_proxy import Calls, Proxy
from harness import Cloud, CloudTest, Serve, full, keep_logs, limit, replica_region, source_region, wait_for
from judge import judge

kills = 20 if full else 3
region_kills = 10 if full else 2


class ControllerKilled(CloudTest):
    """Each run has a cloud of its own, so that the making of the control bucket is among the calls."""

    @classmethod
    def setUpClass(cls):
        pass

    def one_run(self, kill_at=None, after=False):
        """Returns how many calls the controller made until verified, and whether the kill landed."""
        cloud = Cloud()
        try:
            return self.one_run_in(cloud, kill_at, after)
        except BaseException:
            print(f"    kill at call {kill_at} {'after' if after else 'before'}; logs: {keep_logs(f'kill-{kill_at}-{after}')}")
            raise
        finally:
            cloud.close()

    def one_run_in(self, cloud, kill_at, after):
        bucket = cloud.make_bucket("crash")
        for number in range(5):
            cloud.s3().put_object(Bucket=bucket, Key=f"k{number}", Body=b"x" * number)
        cloud.tag(bucket, dr="true")
        killed, over = threading.Event(), threading.Event()
        deciding = threading.Lock()
        serve = None

        def kill(number, line):
            with deciding:
                if killed.is_set() or over.is_set() or number != kill_at:
                    return not killed.is_set()
                killed.set()
                serve.popen.kill()
                return False

        calls = Calls(**({"after" if after else "before": kill} if kill_at else {}))
        proxies = {region: Proxy(cloud.ports[region]["http"], calls) for region in (source_region, replica_region)}
        endpoints = {region: proxy.url for region, proxy in proxies.items()}
        # Nothing but this run's own steps is counted: no second sweep.
        serve = Serve(cloud, endpoints=endpoints, settings={"serve": {"sweep_interval": "1h"}}, start=False)
        serve.start()
        if kill_at:
            wait_for(lambda: killed.is_set() or (cloud.record(bucket) or {}).get("state") == "protected", 60, "a kill, or the end")
            with deciding:  # the calls of the commands below are not the controller's
                over.set()
            if killed.is_set():
                serve.popen.wait(10)
                for proxy in proxies.values():
                    proxy.close()
                serve = Serve(cloud, name="serve-again")
        cloud.wait_state(bucket, "protected", 60)
        counted = calls.count
        serve.ready()
        record = cloud.record(bucket)
        self.assertEqual(len(cloud.jobs(bucket)), 1, "backfill jobs")
        self.assertEqual([rule["Status"] for rule in cloud.rules(bucket)], ["Enabled"])
        self.assertEqual(record["rule"]["generation"], 1)
        names = [entry["Name"] for entry in cloud.s3(replica_region).list_buckets()["Buckets"]
                 if not entry["Name"].startswith(("s3dr-", "crash-dr"))]
        self.assertIn(names, ([], [bucket]), "another bucket was made")
        self.assertEqual(judge(cloud.s3(), bucket, cloud.s3(replica_region), record["replica"]["bucket"]).differences, [])
        done = serve.s3dr("verify", bucket)
        self.assertExit(done, 0)
        for proxy in proxies.values():
            proxy.close()
        return counted, killed.is_set()

    @limit(1800 if full else 120)
    def test_killed_at_calls_spread_over_a_run(self):
        total, _ = self.one_run()
        self.assertGreater(total, 20)
        landed = 0
        for number in range(kills):
            call = 1 + round(number * (total - 2) / max(kills - 1, 1)) if kills > 3 else 1 + (2 * number + 1) * total // (2 * kills)
            landed += self.one_run(kill_at=call, after=number % 2 == 1)[1]
        print(f"    controller: {total} calls in a clean run; {landed} of {kills} kills landed")
        self.assertGreaterEqual(landed, kills - max(1, kills // 5))


class Uploader(threading.Thread):
    """Puts objects one after the other and remembers what was acknowledged."""

    def __init__(self, client, bucket, number, stop):
        super().__init__(daemon=True)
        self.client, self.bucket, self.number, self.stop = client, bucket, number, stop
        self.acknowledged = []
        self.refused = 0

    def run(self):
        count = 0
        while not self.stop.is_set():
            key, body = f"{self.number}/{count % 40}", os.urandom(200 + count % 3000)
            try:
                self.acknowledged.append((key, self.client.put_object(Bucket=self.bucket, Key=key, Body=body)["VersionId"]))
            except (ClientError, BotoCoreError):
                self.refused += 1
                time.sleep(0.1)
            count += 1
            time.sleep(0.01)


class RegionKilled(CloudTest):
    def kill_while_objects_flow(self, region):
        bucket = self.cloud.make_bucket(f"flow-{region}")
        client = self.cloud.client("s3", source_region, read_timeout=10)
        client.put_object(Bucket=bucket, Key="before", Body=b"b")
        self.cloud.tag(bucket, dr="true")
        self.cloud.wait_state(bucket, "protected")
        seed = int.from_bytes(os.urandom(4))
        moments = random.Random(seed)
        stop = threading.Event()
        uploaders = [Uploader(client, bucket, number, stop) for number in range(2)]
        for uploader in uploaders:
            uploader.start()
        try:
            for _ in range(region_kills):
                time.sleep(moments.uniform(0.2, 1.2))
                self.cloud.kill_region(region)
                time.sleep(moments.uniform(0, 0.5))
                self.cloud.start_region(region)
            time.sleep(0.3)
        finally:
            stop.set()
            for uploader in uploaders:
                uploader.join()
        acknowledged = [entry for uploader in uploaders for entry in uploader.acknowledged]
        refused = sum(uploader.refused for uploader in uploaders)
        print(f"    {region}: {region_kills} kills, {len(acknowledged)} objects acknowledged, {refused} refused, seed {seed}")
        self.assertGreater(len(acknowledged), 20)
        done = self.serve.s3dr("verify", bucket, "--wait", "--timeout", "60s")
        self.assertExit(done, 0)
        replica = self.cloud.replica_of(bucket)
        self.assertEqual(judge(self.cloud.s3(), bucket, self.cloud.s3(replica_region), replica).differences, [])
        for side, name in ((source_region, bucket), (replica_region, replica)):
            there = set()
            for page in self.cloud.s3(side).get_paginator("list_object_versions").paginate(Bucket=name):
                there |= {(entry["Key"], entry["VersionId"]) for entry in page.get("Versions", [])}
            self.assertEqual(set(acknowledged) - there, set(), f"acknowledged, but not in {side}")
        self.cloud.wait_state(bucket, "protected")

    @limit(400)
    def test_source_region_killed_while_objects_flow(self):
        self.kill_while_objects_flow(source_region)

    @limit(400)
    def test_replica_region_killed_while_objects_flow(self):
        self.kill_while_objects_flow(replica_region)
