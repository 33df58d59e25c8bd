"""Processes killed at chosen calls and at random moments. Whatever died, what was acknowledged is there, and a controller that
is started again brings the bucket to verified: one replica, one rule, one job.

A call is named by what it asks for and by how often that has been asked: `DescribeJob, the second` is the same call in every run,
`the 31st` is not, as how often a run asks for the state of something depends on its timing."""

import os
import random
import re
import signal
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from faulty_proxy import Calls, Proxy
from harness import Cloud, CloudTest, Serve, full, keep_logs, limit, replica_region, source_region, wait_for
from judge import judge

controller_kills = 10  # before calls, and as many after replies; in full: of every call
region_kills = 30 if full else 10
clean_runs = 3
runs_of_a_kill_max = 5  # a run may end before the call it was to be killed at


def what_is_asked(line):
    """The request line without what is another in each run: ids, tokens, times."""
    method, target = line.split(" ")[:2]
    path, _, query = target.partition("?")
    names = sorted(parameter.partition("=")[0] for parameter in query.split("&"))
    return f"{method} {re.sub('[0-9A-Za-z_-]{16,}', '…', path)}?{'&'.join(names)}".rstrip("?")


def named(lines):
    """Each line as (what is asked, for how many times)."""
    seen = {}
    calls = []
    for asked in map(what_is_asked, lines):
        seen[asked] = seen.get(asked, 0) + 1
        calls.append((asked, seen[asked]))
    return calls


class ControllerKilled(CloudTest):
    """Each run has a cloud of its own, so that the making of the control bucket is among the calls."""

    @classmethod
    def setUpClass(cls):
        pass

    def one_run(self, kill_at=None, after=False):
        """Returns the calls that the controller made until verified, and whether the kill landed."""
        cloud = Cloud()
        try:
            return self.one_run_in(cloud, kill_at, after)
        except BaseException:
            where = f"{'after' if after else 'before'} {kill_at}"
            print(f"    killed {where}; logs: {keep_logs(re.sub('[^0-9A-Za-z]+', '-', f'kill-{where}'))}")
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
                if killed.is_set() or over.is_set() or named(calls.lines[:number])[-1] != kill_at:
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
            def over_or_killed():
                if not killed.is_set() and not serve.running():
                    raise AssertionError(f"serve ended by itself:\n{serve.output()[-3000:]}")
                return killed.is_set() or (cloud.record(bucket) or {}).get("state") == "protected"

            wait_for(over_or_killed, 60, "a kill, or the end")
            with deciding:  # the calls of the commands below are not the controller's
                over.set()
            if killed.is_set():
                self.assertEqual(serve.popen.wait(10), -signal.SIGKILL)
                for proxy in proxies.values():
                    proxy.close()
                serve = Serve(cloud, name="serve-again")
        cloud.wait_state(bucket, "protected", 60)
        made = named(calls.lines)
        serve.ready()
        record = cloud.record(bucket)
        self.assertEqual(len(cloud.jobs(bucket)), 1, "backfill jobs")
        self.assertEqual([rule["Status"] for rule in cloud.rules(bucket)], ["Enabled"])
        self.assertEqual(record["rule"]["generation"], 1)
        names = [entry["Name"] for entry in cloud.s3().list_buckets()["Buckets"] if not entry["Name"].startswith("s3dr-")]
        self.assertCountEqual(names, [bucket, record["replica"]["bucket"]], "another bucket was made")
        self.assertEqual(judge(cloud.s3(), bucket, cloud.s3(replica_region), record["replica"]["bucket"]).differences, [])
        done = serve.s3dr("verify", bucket)
        self.assertExit(done, 0)
        for proxy in proxies.values():
            proxy.close()
        return made, killed.is_set()

    def calls_of_every_run(self):
        """In the order in which they are made. What one run asks once more than another, waiting for something, is not among them."""
        runs = [self.one_run()[0] for _ in range(clean_runs)]
        every = [call for call in runs[0] if all(call in run for run in runs)]
        more = sorted(set().union(*runs) - set(every))
        print(f"    controller: {', '.join(str(len(run)) for run in runs)} calls in clean runs, {len(every)} of them in each; not in each: "
              f"{more}")
        self.assertEqual([call for call in more if call[1] == 1], [], "a run that asks for what others do not")
        return every

    def land(self, call, after):
        """Returns how many runs it took; nothing when that many clean runs did without the call: a look more while waiting."""
        for number in range(1, runs_of_a_kill_max + 1):
            if self.one_run(call, after)[1]:
                return number
        self.assertGreater(call[1], 1, f"{runs_of_a_kill_max} runs ended before {call}")
        return None

    def kill_at_calls_spread_over_a_run(self, after):
        calls = self.calls_of_every_run()
        self.assertGreater(len(calls), 20)
        chosen = list(calls)
        if not full:
            chosen = [calls[round(number * (len(calls) - 1) / (controller_kills - 1))] for number in range(controller_kills)]
        started = time.monotonic()
        left_out = []
        for call in chosen:
            while self.land(call, after) is None:
                left_out.append(call)
                if full:  # the one before has its own turn
                    break
                call = calls[calls.index(call) - 1]
        landed = len(chosen) - (len(left_out) if full else 0)
        print(f"    controller: {landed} kills landed {'after the reply' if after else 'before the call'} of {len(chosen)}, "
              f"{time.monotonic() - started:.0f} s; what {runs_of_a_kill_max} more runs did without: {left_out}")
        self.assertLessEqual(len(left_out), len(calls) // 10)


class ControllerKilledBeforeItsCalls(ControllerKilled):
    @limit(3600 if full else 300)
    def test_every_run_converges(self):
        self.kill_at_calls_spread_over_a_run(after=False)


class ControllerKilledAfterTheReplies(ControllerKilled):
    @limit(3600 if full else 300)
    def test_every_run_converges(self):
        self.kill_at_calls_spread_over_a_run(after=True)


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

        def acknowledged_now():
            return sum(len(uploader.acknowledged) for uploader in uploaders)

        for uploader in uploaders:
            uploader.start()
        started = time.monotonic()
        try:
            for _ in range(region_kills):
                before = acknowledged_now()
                wait_for(lambda before=before: acknowledged_now() > before, 20, "an acknowledged object")
                time.sleep(moments.uniform(0, 1))
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
        print(f"    {region}: {region_kills} kills in {time.monotonic() - started:.0f} s, {len(acknowledged)} objects acknowledged, "
              f"{refused} refused, seed {seed}")
        self.assertGreater(len(acknowledged), 20)
        if region == source_region:
            self.assertGreater(refused, 0, "no kill was felt")
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
