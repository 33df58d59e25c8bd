"""What other stores have of the settings of buckets, and whether our client sees it as boto3 does: set, not set, or not offered. A store
without a setting must never be taken for one where it is not set. The stores: moto, and Ceph's RGW of Debian."""

import json
import re
import subprocess
import unittest

import bucket_settings
import pypi
import rgw_server
from botocore.exceptions import BotoCoreError, ClientError
from harness import limit
from moto_server import Moto
from processes import build, clean_environment
from test_settings_table import canonical, kinds

# What was seen of each store; docs/settings.md tells the same.
seen_of = {
    "moto": {
        "has": {"object_lock", "ownership_controls", "public_access_block", "encryption", "policy", "cors", "lifecycle", "website", "accelerate",
                "inventory"},
        "refuses": {"logging"},
        "ignores": {"notification", "request_payment", "intelligent_tiering", "analytics", "metrics", "abac"},
    },
    "rgw": {
        "has": {"object_lock", "public_access_block", "policy", "cors", "lifecycle", "request_payment"},
        "refuses": {"ownership_controls", "encryption", "website", "logging", "notification", "accelerate", "intelligent_tiering", "analytics",
                    "metrics", "inventory", "abac"},
        "ignores": set(),
    },
}
# moto has no DELETE of these: it deletes the bucket. Where a store does not answer a GET of theirs with them, we delete nothing.
deletes_the_bucket = {"moto": {"inventory"}, "rgw": set()}


class Stranger:
    """One store, through boto3 and through our client."""

    def __init__(self, name, url, client, keys, region):
        self.name, self.url, self.client, self.keys, self.region = name, url, client, keys, region

    def ours(self, what, kind, bucket, document=None):
        command = [str(build / "tests/setting_client"), "--endpoint", self.url, "--region", self.region, "--account", "123456789012",
                   what, kind, bucket, *(["--document", document] if document is not None else [])]
        environment = clean_environment(**{name.upper(): value for name, value in self.keys.items()})
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{command}: {done.stderr}")
        told = json.loads(done.stdout)
        told["why"] = re.sub(r" \[request .*?\]", "", told.get("why", ""))
        return told

    def theirs(self, kind, bucket):
        """("is", what boto3 reads) or ("refuses", why)."""
        try:
            return "is", bucket_settings.get(self.client, bucket, kind)
        except ClientError as error:
            return "refuses", error.response["Error"]["Code"]
        except BotoCoreError as error:
            return "refuses", type(error).__name__

    def put(self, kind, bucket, document):
        try:
            bucket_settings.put(self.client, bucket, kind, document)
            return ""
        except ClientError as error:
            return error.response["Error"]["Code"]


def documents(kind, bucket):
    """Two, so that a store whose buckets have one by themselves shows the other."""
    row = kinds[kind]
    found = [row.document(which, bucket) for which in ("strong", "weak")]
    return [json.loads(json.dumps(one).replace("logs-west", bucket)) for one in found if one is not None]


class Strangers:
    """The judge; a store a class below."""

    @limit(300)
    def test_each_kind_is_seen_as_boto3_sees_it(self):
        seen = {}
        for kind in kinds:
            with self.subTest(kind):
                seen[kind] = self.judge(kind)
        self.assertEqual({word: {kind for kind, found in seen.items() if found == word} for word in ("has", "refuses", "ignores")},
                         seen_of[self.store.name])

    def judge(self, kind):
        """What the store does with a PUT of boto3's: "has", "refuses", "ignores". Meanwhile our client sees what boto3 sees."""
        store, bucket = self.store, f"kind-{kind.replace('_', '-')}"
        store.client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=kind == "object_lock")
        word, before = store.theirs(kind, bucket)
        first = store.ours("get", kind, bucket)
        words = set()
        for document in documents(kind, bucket):
            refusal = store.put(kind, bucket, document)
            after = store.theirs(kind, bucket)[1]
            ours = store.ours("get", kind, bucket)
            if refusal:
                words.add("refuses")
                self.assertEqual((after, ours), (before, first))
            elif after == before:
                words.add("ignores")
                self.assertEqual(ours, first)
            else:
                words.add("has")
                self.assertIn(ours["sight"], ("set", "absent"), f"boto3: {after}; ours: {ours}")
                self.round_trip(kind, bucket, ours, after)
        if "has" in words:
            # A document that the bucket had before is no change; one that is not understood may be refused.
            self.assertIn(first["sight"], ("set", "absent"), f"boto3: {before}; ours: {first}")
            return "has"
        # boto3 takes any answer of 200 for "not set"; we have to tell a store that does not know the question.
        if word == "refuses":
            self.assertEqual(first["sight"], "unsupported", f"boto3: {before}; ours: {first}")
        else:
            self.assertIn(first["sight"], ("unsupported", "absent"), f"boto3: {before}; ours: {first}")
        return "refuses" if "refuses" in words else "ignores"

    def round_trip(self, kind, bucket, ours, after):
        """Away with it, and again by us: boto3 reads the same as after its own PUT."""
        store = self.store
        if ours["sight"] == "absent" or kind in deletes_the_bucket[store.name]:
            return
        gone = store.ours("unset", kind, bucket)
        self.assertIn(gone["sight"], ("absent", "set"), gone)
        self.assertNotEqual(store.theirs(kind, bucket)[1], after)
        self.assertEqual(store.ours("put", kind, bucket, ours["document"]), ours)
        self.assertEqual(canonical(kind, store.theirs(kind, bucket)[1]), canonical(kind, after))


class OnMoto(Strangers, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        why_not = pypi.moto.make()
        if why_not:
            raise unittest.SkipTest(why_not)
        moto = Moto()
        cls.addClassCleanup(moto.close)
        keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
        cls.store = Stranger("moto", moto.url, moto.client("s3", "us-east-1", keys), keys, "us-east-1")


class OnRgw(Strangers, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rgw = rgw_server.RgwServer()
        cls.addClassCleanup(rgw.close)
        cls.store = Stranger("rgw", rgw.url, rgw.client(), rgw.keys, "us-east-1")


if __name__ == "__main__":
    unittest.main()
