"""`status` and `/readyz` as whoever is on call sees them: green only when all is protected and somebody watches."""

import json
import unittest
import urllib.error
import urllib.request

from harness import CloudTest, Serve, account, free_port, replica_region, source_region, wait_for


class OnCall(CloudTest):
    def status(self, *arguments, code):
        done = self.serve.s3dr("status", *arguments, "--output", "json")
        self.assertExit(done, code)
        return done.json()

    def readyz(self):
        try:
            with urllib.request.urlopen(f"http://{self.serve.address}/readyz", timeout=5) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def heartbeat(self):
        found = self.cloud.s3(replica_region).get_object(
            Bucket=f"s3dr-control-{account}-{replica_region}", Key=f"heartbeat/{account}/{source_region}.json")
        return json.loads(found["Body"].read())

    def test_1_green_then_tagged_buckets_that_nobody_protects(self):
        bucket = self.cloud.make_bucket("on-call")
        self.cloud.s3().put_object(Bucket=bucket, Key="one", Body=b"1")
        self.assertExit(self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        seen = self.status(code=0)
        self.assertTrue(seen["healthy"])
        self.assertEqual(seen["watch"]["heartbeat"]["program"], "s3dr serve")
        table = self.serve.s3dr("status")
        self.assertExit(table, 0)
        self.assertTrue(table.out.startswith("The bucket is healthy. Last sweep "), table.out)
        self.assertNotIn("next:", table.out)

        near = self.cloud.make_bucket("near-miss")
        self.cloud.tag(near, DR="True")
        far = self.cloud.make_bucket("far-away", region=replica_region)
        self.cloud.s3(replica_region).put_bucket_tagging(Bucket=far, Tagging={"TagSet": [{"Key": "dr", "Value": "true"}]})
        seen = self.status(code=3)
        self.assertEqual({one["bucket"]: one["kind"] for one in seen["unrecorded"]}, {near: "near miss", far: "wrong region"})
        self.assertEqual([one["bucket"] for one in self.status(near, code=3)["unrecorded"]], [near])
        self.status(bucket, code=0)
        typo = self.serve.s3dr("status", "--region", "us-west-1")
        self.assertExit(typo, 2)
        self.assertIn("us-west-1 is neither", typo.err)
        for name, region in ((near, source_region), (far, replica_region)):
            self.cloud.s3(region).delete_bucket(Bucket=name)
        self.status(code=0)

    def test_2_a_dead_source_region_is_not_green(self):
        self.status(code=0)
        self.cloud.stop_region(source_region)
        try:
            code, answer = wait_for(lambda: self.readyz() if self.readyz()[0] == 503 else None, 60, "/readyz to tell it")
            self.assertIn(f"{source_region} unreachable since ", answer["why"])
            since = wait_for(lambda: self.heartbeat()["source"]["failing_since"], 60, "the heartbeat to tell it")
            seen = self.status(code=3)
            told = f"{source_region} unreachable since {since[11:19]} UTC"
            self.assertTrue(any(why.startswith(told) for why in seen["watch"]["why"]), seen["watch"])
            table = self.serve.s3dr("status")
            self.assertExit(table, 3)
            self.assertIn("\n" + told, table.out)
            self.assertEqual(self.heartbeat()["source"]["failing_since"], since, "the first failure counts")
        finally:
            self.cloud.start_region(source_region)
        wait_for(lambda: self.readyz()[0] == 200, 60, "a region that is back")
        self.status(code=0)

    def test_3_a_deleted_replica_is_heard_at_once(self):
        # No sweep comes to help.
        type(self).serve.stop()
        type(self).serve = Serve(self.cloud, name="rare", settings={"serve": {"sweep_interval": "1h"}}).ready()
        bucket = self.cloud.make_bucket("replica-events")
        self.assertExit(self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        replica = self.cloud.replica_of(bucket)
        self.cloud.through_the_fence(replica, lambda: self.cloud.s3(replica_region).delete_bucket(Bucket=replica))
        record = self.cloud.wait_state(bucket, "degraded", 30)
        self.assertIn(replica, record["reason"])
        entry = self.status(bucket, code=3)["protections"][0]
        self.assertEqual(entry["next"], f"s3dr protect {bucket} --new-replica")
        plan = self.serve.s3dr("plan", bucket)
        self.assertNotEqual(plan.code, 0)
        self.assertNotIn("Nothing to do", plan.out)
        self.assertIn(f"the replica {replica} is missing", plan.out)
        # The advice, typed, with a controller that sweeps again: the instruction lies in the record.
        self.serve.stop()
        type(self).serve = Serve(self.cloud, name="swept").ready()
        self.assertExit(self.serve.s3dr(*entry["next"].split()[1:], "--wait", "--timeout", "60s"), 0)
        self.status(bucket, code=0)

    def test_4_nobody_watches(self):
        self.serve.stop()
        control = self.cloud.s3(replica_region)
        key = f"heartbeat/{account}/{source_region}.json"
        beat = self.heartbeat()
        # As if the controller had been away for long.
        beat["at"] = "2026-01-01T00:00:00.000Z"
        control.put_object(Bucket=f"s3dr-control-{account}-{replica_region}", Key=key, Body=json.dumps(beat).encode())
        seen = self.status(code=3)
        self.assertEqual(seen["watch"]["watched"], False)
        self.assertTrue(seen["watch"]["why"][0].startswith("nobody is watching since 2026-01-01 00:00:00 UTC"), seen["watch"])
        waiting = self.cloud.make_bucket("not-seen")
        self.cloud.tag(waiting, dr="true")
        self.assertEqual([(one["bucket"], one["kind"]) for one in self.status(code=3)["unrecorded"]], [(waiting, "not seen yet")])
        type(self).serve = Serve(self.cloud, name="another").ready()
        self.cloud.wait_state(waiting, "protected")
        self.status(code=0)


class LostEvent(CloudTest):
    """The tag's event goes to an address at which nobody listens, and the sweep is not due for an hour."""
    serve_settings = None

    def test_waiting_says_that_the_event_is_lost_and_not_that_nobody_runs(self):
        serve = Serve(self.cloud, listen=f"127.0.0.1:{free_port()}", settings={"serve": {"sweep_interval": "1h"}}).ready()
        bucket = self.cloud.make_bucket("unheard")
        waited = serve.s3dr("protect", bucket, "--wait", "--timeout", "17s")
        self.assertExit(waited, 1)
        self.assertIn("nothing has moved for 15.0 s: a controller is there (last sweep ", waited.err + waited.out)
        self.assertIn("has not reached it. The next sweep finds the bucket", waited.err + waited.out)


if __name__ == "__main__":
    unittest.main()
