"""The settings of a bucket: all kinds reach the replica, what would make it weaker is held and shown, a person lets it through, what
was changed by hand is put right, and nobody but replication writes to the replica. Judged by boto3."""

import json
import time
import unittest

import bucket_settings
from botocore.exceptions import ClientError
from harness import CloudTest, account, limit, replica_region, source_region, wait_for

# What the functions need to see a change without an event.
soon = {"settings": {"check_every": "1s", "mappings": [{"from": "logs-west", "to": "logs-east"},
                                                       {"from": "arn:aws:s3:::logs-west", "to": "arn:aws:s3:::logs-east"}]}}


class Settings(CloudTest):
    serve_settings = soon

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cloud.make_bucket("logs-west", source_region)
        cls.cloud.make_bucket("logs-east", replica_region)

    @property
    def source(self):
        return self.cloud.s3(source_region)

    @property
    def destination(self):
        return self.cloud.s3(replica_region)

    def told(self, bucket):
        """{kind: line} of `s3dr settings`, and its exit code."""
        done = self.serve.s3dr("settings", bucket, "--format", "json")
        self.assertIn(done.code, (0, 1, 3), done)
        return {line["kind"]: line for line in done.json()["kinds"]}, done.code

    def wait_told(self, bucket, holds, what):
        last = {}

        def look():
            last["kinds"], code = self.told(bucket)
            return holds(last["kinds"], code) and (last["kinds"], code)

        try:
            return wait_for(look, 60, what, every=0.3)
        except AssertionError as late:
            open_kinds = {kind: (line["status"], line["message"]) for kind, line in last["kinds"].items() if line["differs"] or line["status"] == "unknown"}
            raise AssertionError(f"{late}: {open_kinds}") from None

    def protect(self, name, prepare=lambda bucket: None):
        bucket = self.cloud.make_bucket(name)
        self.source.put_object(Bucket=bucket, Key="first", Body=b"x")
        prepare(bucket)
        done = self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s")
        self.assertExit(done, 0)
        replica = self.cloud.replica_of(bucket)
        wait_for(lambda: self.cloud.record(bucket).get("settings", {}).get("checked"), 30, "a first look at the settings")
        return bucket, replica

    def on_replica(self, replica, kind):
        return bucket_settings.get(self.destination, replica, kind)

    # --- what follows -----------------------------------------------------------------------------------------------

    @limit(180)
    def test_everything_that_is_set_is_on_the_replica(self):
        wanted = {}
        bucket, replica = self.protect("everything", lambda name: wanted.update(
            bucket_settings.set_everything(self.source, name, "logs-west", account)))
        kinds, code = self.wait_told(bucket, lambda seen, code: code == 0, "settings in step")
        self.assertEqual({kind: line["status"] for kind, line in kinds.items() if line["status"] not in ("in_sync", "on_failover", "ignored")}, {})
        for kind in ("ownership_controls", "public_access_block", "encryption", "cors", "lifecycle", "website", "accelerate", "request_payment",
                     "intelligent_tiering", "analytics", "metrics"):
            with self.subTest(kind):
                self.assertEqual(self.on_replica(replica, kind), bucket_settings.get(self.source, bucket, kind))
        self.assertEqual(self.on_replica(replica, "logging")["TargetBucket"], "logs-east")
        self.assertEqual(self.on_replica(replica, "inventory")[0]["Destination"]["S3BucketDestination"]["Bucket"], "arn:aws:s3:::logs-east")
        self.assertIsNone(self.on_replica(replica, "notification"), "kept for the failover: a replica would send everything twice")
        # The same in `plan` and `status`, in words.
        plan = self.serve.s3dr("plan", bucket).out
        self.assertIn("SETTINGS  ", plan)
        self.assertNotIn("NOT CLONED", plan)
        self.assertIn("SETTINGS IN SYNC", self.serve.s3dr("status", bucket).out)

    @limit(120)
    def test_a_stricter_change_follows_and_what_is_gone_goes(self):
        def expires_after(days):
            return {"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": days}}]}

        def prepare(name):
            bucket_settings.put(self.source, name, "website", {"IndexDocument": {"Suffix": "index.html"}})
            bucket_settings.put(self.source, name, "lifecycle", expires_after(400))

        bucket, replica = self.protect("follows", prepare)
        wait_for(lambda: self.on_replica(replica, "website"), 30, "the website")
        self.source.delete_bucket_website(Bucket=bucket)
        bucket_settings.put(self.source, bucket, "lifecycle", expires_after(500))
        bucket_settings.put(self.source, bucket, "metrics", {"Id": "all"})
        wait_for(lambda: not self.on_replica(replica, "website") and self.on_replica(replica, "metrics")
                 and self.on_replica(replica, "lifecycle")[0]["Expiration"]["Days"] == 500, 60, "the changes on the replica")

    @limit(120)
    def test_what_was_changed_by_hand_is_put_right(self):
        bucket, replica = self.protect("by-hand", lambda name: bucket_settings.put(self.source, name, "cors", {
            "CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.org"]}]}))
        wait_for(lambda: self.on_replica(replica, "cors"), 30, "the rules on the replica")
        wanted = self.on_replica(replica, "cors")
        bucket_settings.put(self.destination, replica, "cors", {"CORSRules": [
            {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://example.org", "https://example.net"]}]})
        wait_for(lambda: self.on_replica(replica, "cors") == wanted, 60, "the repaired rules")

    # --- what is held -----------------------------------------------------------------------------------------------

    @limit(240)
    def test_attacks_on_the_source_do_not_reach_the_replica(self):
        bucket, replica = self.protect("attacked", lambda name: bucket_settings.set_everything(self.source, name, "logs-west", account))
        self.wait_told(bucket, lambda seen, code: code == 0, "settings in step")
        attacks = bucket_settings.attacks(bucket, account)
        before = {kind: self.on_replica(replica, kind) for kind in attacks}
        for kind in ("public_access_block", "ownership_controls", "encryption", "lifecycle", "policy"):
            bucket_settings.put(self.source, bucket, kind, attacks[kind])
        kinds, code = self.wait_told(bucket, lambda seen, code: all(seen[kind]["status"] != "in_sync" for kind in attacks), "every attack seen")
        self.assertEqual(code, 3)
        time.sleep(3)  # sweeps go by
        for kind in attacks:
            with self.subTest(kind):
                self.assertIn(kinds[kind]["status"], ("held", "on_failover", "left_out"))
                self.assertTrue(kinds[kind]["message"])
                self.assertEqual(self.on_replica(replica, kind), before[kind], "nothing of it was applied")
        done = self.serve.s3dr("settings", bucket, "--diff")
        self.assertExit(done, 3)
        for words in ("held", f"s3dr settings accept {bucket} lifecycle", "@@ ", "<Days>1</Days>"):
            self.assertIn(words, done.out)
        self.assertIn("lifecycle", self.serve.s3dr("plan", bucket).out)
        status = self.serve.s3dr("status", bucket)
        self.assertExit(status, 3)
        self.assertIn("held", status.out)

    @limit(180)
    def test_a_person_lets_one_kind_through(self):
        bucket, replica = self.protect("accepted", lambda name: bucket_settings.set_everything(self.source, name, "logs-west", account))
        self.wait_told(bucket, lambda seen, code: code == 0, "settings in step")
        attacks = bucket_settings.attacks(bucket, account)
        attacks["lifecycle"]["Rules"][0]["Expiration"]["Days"] = 30
        for kind in ("lifecycle", "public_access_block"):
            bucket_settings.put(self.source, bucket, kind, attacks[kind])
        self.wait_told(bucket, lambda seen, code: seen["lifecycle"]["status"] == "held", "the held lifecycle")
        blocked = self.on_replica(replica, "public_access_block")

        for typed in ("", "yes\n", "no\n"):
            done = self.serve.s3dr("settings", "accept", bucket, "lifecycle", stdin=typed)
            self.assertExit(done, 2)
            self.assertIn("nothing was changed", done.err)
        self.assertEqual(self.on_replica(replica, "lifecycle")[0]["Expiration"]["Days"], 400)
        done = self.serve.s3dr("settings", "accept", bucket, "lifecycle", stdin="lifecycle\n")
        self.assertExit(done, 0)
        self.assertIn("+", done.err)
        wait_for(lambda: self.on_replica(replica, "lifecycle")[0]["Expiration"]["Days"] == 30, 60, "what was accepted")
        self.assertEqual(self.on_replica(replica, "public_access_block"), blocked, "the other kind is held on")

        # Another document than the accepted one is held again.
        shorter = json.loads(json.dumps(attacks["lifecycle"]))
        shorter["Rules"][0]["Expiration"]["Days"] = 1
        bucket_settings.put(self.source, bucket, "lifecycle", shorter)
        self.wait_told(bucket, lambda seen, code: seen["lifecycle"]["status"] == "held", "the second document held")
        self.assertEqual(self.on_replica(replica, "lifecycle")[0]["Expiration"]["Days"], 30)

    def test_wrong_words_say_what_to_do(self):
        done = self.serve.s3dr("settings", "no-such-bucket-here")
        self.assertExit(done, 1)
        self.assertIn("s3dr protect no-such-bucket-here", done.err)
        bucket, _ = self.protect("words")
        done = self.serve.s3dr("settings", "accept", bucket, "lifecicle")
        self.assertExit(done, 2)
        self.assertIn("the kinds: object_lock", done.err)
        done = self.serve.s3dr("settings", "accept", bucket, "cors")
        self.assertExit(done, 1)
        self.assertIn('nothing is held of "cors"', done.err)
        done = self.serve.s3dr("settings", "accept", bucket)
        self.assertExit(done, 0)
        self.assertIn("Nothing is held", done.out)

    # --- the fence --------------------------------------------------------------------------------------------------

    @limit(120)
    def test_nobody_but_replication_writes_to_a_new_replica(self):
        bucket, replica = self.protect("fenced")
        for name, write in {"put": lambda: self.destination.put_object(Bucket=replica, Key="mine", Body=b"x"),
                            "delete": lambda: self.destination.delete_object(Bucket=replica, Key="first")}.items():
            with self.subTest(name), self.assertRaises(ClientError) as refused:
                write()
            self.assertEqual(refused.exception.response["Error"]["Code"], "AccessDenied")
        self.source.put_object(Bucket=bucket, Key="later", Body=b"y")
        wait_for(lambda: self.source.head_object(Bucket=bucket, Key="later").get("ReplicationStatus") == "COMPLETED", 30, "replication goes on")
        self.assertIn("FENCE  on", self.serve.s3dr("settings", bucket).out)

    @limit(120)
    def test_an_adopted_replica_is_fenced_when_a_person_asks(self):
        bucket = self.cloud.make_bucket("has-a-copy")
        copy = self.cloud.make_bucket("has-a-copy-dr", replica_region)
        self.destination.put_bucket_versioning(Bucket=copy, VersioningConfiguration={"Status": "Enabled"})
        self.assertExit(self.serve.s3dr("protect", bucket, "--adopt", copy, "--wait", "--timeout", "60s"), 0)
        self.destination.put_object(Bucket=copy, Key="mine", Body=b"x")
        self.assertIn(f"s3dr settings accept {bucket} fence", self.serve.s3dr("settings", bucket).out)
        self.assertExit(self.serve.s3dr("settings", "accept", bucket, "fence", "--yes"), 0)

        def is_closed():
            try:
                self.destination.put_object(Bucket=copy, Key="mine", Body=b"x")
                return False
            except ClientError as refused:
                return refused.response["Error"]["Code"] == "AccessDenied"

        wait_for(is_closed, 60, "the fence", every=0.3)


if __name__ == "__main__":
    unittest.main()
