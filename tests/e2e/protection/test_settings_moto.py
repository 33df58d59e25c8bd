"""The settings of buckets with the product at a store of others: `s3dr serve` and `s3dr settings` with both sides on moto, which keeps
records (it knows conditional PUTs) but not every setting. A proxy before the replica's side answers as other stores do. Judged by boto3."""

import json
import unittest

import bucket_settings
import pypi
from faulty_proxy import Calls, Proxy, answered
from harness import limit, replica_region, source_region
from moto_server import Moto, account
from processes import Process, binary, clean_environment, free_port, run, wait_for
from test_settings_strangers import documented, same
from test_settings_table import in_step, kinds, logs_arn, mapped_arn

listing = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated></ListBucketResult>'
page = "<!DOCTYPE html><html><body>What are you looking for?</body></html>"
# How stores say that they have no such thing.
not_offered = {
    "501": (501, "NotImplemented"),
    "405": (405, "MethodNotAllowed"),
    "400-unsupported": (400, "UnsupportedArgument"),
    "400-no-code": answered(400, ""),
    "page": answered(200, page, "text/html"),
    "page-404": answered(404, page, "text/html"),
    "listing": answered(200, listing),
}
subresources = {"ownership_controls": "ownershipControls", "public_access_block": "publicAccessBlock", "object_lock": "object-lock"}
# What differs from a new bucket of moto when it is "strong", and is written alone, as the source has it.
written = ("object_lock", "ownership_controls", "public_access_block", "cors", "lifecycle", "website", "logging", "accelerate", "inventory")


class SettingsOnMoto(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        why_not = pypi.moto.make()
        if why_not:
            raise unittest.SkipTest(why_not)
        cls.moto = Moto()
        cls.addClassCleanup(cls.moto.close)
        keys = cls.moto.keys_of(account)
        cls.source, cls.destination = (cls.moto.client("s3", region, keys) for region in (source_region, replica_region))
        cls.answers = {}  # replica: (methods, answer)
        proxy = Proxy(cls.moto.port, Calls(instead=cls.answer))
        cls.addClassCleanup(proxy.close)
        for client, region, name in ((cls.source, source_region, "logs-west"), (cls.destination, replica_region, "logs-east")):
            client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
            client.put_bucket_acl(Bucket=name, ACL="log-delivery-write")
        cls.has = documented("moto")[0]["has"]
        cls.start(proxy.url, {name.upper(): value for name, value in keys.items()})

    @classmethod
    def start(cls, replica_url, keys):
        config, secret = cls.moto.folder / "s3dr.yaml", cls.moto.folder / "event-secret"
        secret.write_text("a-secret-of-events-for-the-test-alone")
        secret.chmod(0o600)
        config.write_text(json.dumps({
            "source": {"region": source_region, "account": account}, "destination": {"region": replica_region, "account": account},
            "endpoints": {source_region: cls.moto.url, replica_region: replica_url}, "match_tags": {"dr": "true"},
            "replication_role": f"arn:aws:iam::{account}:role/s3dr-replication", "batch_role": f"arn:aws:iam::{account}:role/s3dr-batch",
            "retry": {"attempts_max": 2, "delay_base": "50ms", "delay_cap": "200ms", "total_max": "5s"},
            "settings": {"check_every": "1s", "mappings": [{"from": "logs-west", "to": "logs-east"}, {"from": logs_arn, "to": mapped_arn}]},
            "serve": {"listen": f"127.0.0.1:{free_port()}", "event_secret_file": "event-secret", "sweep_interval": "1s", "prepare_retry": "200ms",
                      "queue": {"retry_base": "100ms", "retry_cap": "1s", "attempts_max": 50}}}))
        cls.environment = clean_environment(S3DR_CONFIG=str(config), HOME=str(cls.moto.folder), **keys)
        cls.serve = Process([binary, "serve", "--config", config], cls.moto.folder / "serve.log", cls.environment)
        cls.addClassCleanup(cls.serve.stop)

    @classmethod
    def answer(cls, line):
        method, target, _ = line.split(" ")
        path, _, query = target.partition("?")
        methods, words, answer = cls.answers.get(path.strip("/"), ((), (), None))
        return answer if method in methods and query.split("=")[0].split("&")[0] in words else None

    # --- the world --------------------------------------------------------------------------------------------------

    def make(self, name, chosen):
        """A bucket with the strong document of these kinds."""
        self.source.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": source_region},
                                  ObjectLockEnabledForBucket="object_lock" in chosen)
        self.source.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for kind in chosen:
            bucket_settings.put(self.source, name, kind, kinds[kind].document("strong", name))
        self.source.put_object(Bucket=name, Key="first", Body=b"x")  # moto sets no object lock on a bucket with objects
        return name

    def protect(self, name):
        self.source.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "dr", "Value": "true"}]})
        self.addCleanup(self.source.delete_bucket_tagging, Bucket=name)  # moto does not keep our rule, so it is set for ever

    def instead(self, name, methods, answer):
        self.answers[f"{name}-dr"] = (methods, [subresources.get(kind, kind) for kind in written], answer)

    def told(self, name):
        done = run("settings", name, "--all", "--format", "json", environment=self.environment)
        if done.code not in (0, 1, 3) or not done.out or not done.json()["looked"]:
            return {}
        return {line["kind"]: line for line in done.json()["kinds"]}

    def at_replica(self, name, kind):
        try:
            return same(kind, bucket_settings.get(self.destination, f"{name}-dr", kind))
        except self.destination.exceptions.NoSuchBucket:
            return "no bucket yet"

    def wanted(self, name, kind):
        found = bucket_settings.get(self.source, name, kind)
        return same(kind, kinds[kind].mapped(found) if found else found)

    def judge(self, name, cells):
        """`cells`: {kind: (what boto3 reads at the replica, statuses, part of what is told)}. Waits until all are so."""
        def wrong():
            lines, bad = self.told(name), {}
            if not lines:
                return {"all": "nobody has looked yet"}
            for kind, (document, statuses, message) in cells.items():
                found, line = self.at_replica(name, kind), lines[kind]
                if found != document or line["status"] not in statuses or message not in json.dumps(line):
                    bad[kind] = f"the replica has {found}; told: {line}; wanted: {document}, {statuses}, {message!r}"
            return bad

        try:
            wait_for(lambda: not wrong(), 30, f"the settings of {name}", every=0.5)
        except AssertionError:
            for kind, why in wrong().items():
                with self.subTest(f"{kind} × {name}"):
                    self.fail(why)

    # --- the table --------------------------------------------------------------------------------------------------

    @limit(120)
    def test_absent(self):
        self.protect(self.make("absent", ()))
        lacks = {kind: "the store has none" for kind in kinds if kind not in self.has and kind != "notification"}
        self.judge("absent", {kind: (self.wanted("absent", kind), in_step, lacks.get(kind, "")) for kind in kinds if kind != "policy"})

    @limit(180)
    def test_set_and_then_removed(self):
        chosen = [kind for kind in kinds if kind in self.has]
        self.protect(self.make("set", chosen))
        self.judge("set", {kind: (self.wanted("set", kind), in_step, "") for kind in chosen if kind != "policy"})
        policy = bucket_settings.get(self.source, "set", "policy")
        self.judge("set", {"policy": (same("policy", json.loads(json.dumps(policy).replace("arn:aws:s3:::set", "arn:aws:s3:::set-dr"))), in_step, "")})
        gone = [kind for kind in chosen if kinds[kind].outcomes["removed"] == ("unset", in_step) and kind != "inventory"]  # of that moto deletes the bucket
        kept = {kind: self.at_replica("set", kind) for kind in chosen if kind in ("ownership_controls", "public_access_block", "logging")}
        for kind in [*gone, *kept]:
            bucket_settings.unset(self.source, "set", kind)
        self.assertEqual(set(gone), {"policy", "cors", "lifecycle", "website", "accelerate"})
        self.judge("set", {kind: (same(kind, None), in_step, "") for kind in gone} | {kind: (found, ("held",), "") for kind, found in kept.items()})

    def differing(self, name, methods, answer):
        """A bucket whose replica's store answers so for each of `written`."""
        self.make(name, written)
        self.instead(name, methods, answer)
        self.protect(name)

    def judge_that_nothing_got_there(self, name, statuses, message):
        new = {kind: None for kind in written} | {"object_lock": {"ObjectLockEnabled": "Enabled"}}  # the lock itself comes with the bucket
        self.judge(name, {kind: (same(kind, found), statuses, message) for kind, found in new.items()})

    @limit(120)
    def test_denied(self):
        self.differing("denied", ("GET",), (403, "AccessDenied"))
        self.judge_that_nothing_got_there("denied", ("unknown",), "AccessDenied")
        self.assertEqual(run("settings", "denied", environment=self.environment).code, 1)
        self.mended("denied")

    @limit(300)
    def test_not_offered(self):
        for word, answer in not_offered.items():
            self.differing(f"not-{word}", ("GET", "PUT", "DELETE"), answer)
        for word in not_offered:
            with self.subTest(word):
                self.judge_that_nothing_got_there(f"not-{word}", ("left_out",), "the destination store has no")

    @limit(120)
    def test_taken_and_not_kept(self):
        self.differing("forgotten", ("PUT",), answered(200, ""))
        self.judge_that_nothing_got_there("forgotten", ("refused",), "written, but the store shows something else")
        self.mended("forgotten")

    def mended(self, name):
        """The cause is gone: by and by everything is as the source has it."""
        self.answers.clear()
        self.judge(name, {kind: (self.wanted(name, kind), in_step, "") for kind in written})


if __name__ == "__main__":
    unittest.main()
