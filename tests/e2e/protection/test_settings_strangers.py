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
from processes import build, clean_environment, root
from test_settings_table import canonical, kinds

# The table "On other stores" of docs/settings.md, by its cells' first words.
words_of_cells = {"yes": "has", "no": "refuses", "forgets": "ignores"}
# moto has no DELETE of these: it deletes the bucket.
deletes_the_bucket = {"moto": {"inventory"}, "rgw": set()}
# Sent by us to a store that answers a GET as if nothing were set, and keeps nothing.
never_kept = {
    "notification": "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>",
    "logging": "<BucketLoggingStatus><LoggingEnabled><TargetBucket>kind-logging</TargetBucket><TargetPrefix>a/</TargetPrefix>"
               "</LoggingEnabled></BucketLoggingStatus>",
}
refused = ("invalid", "unsupported")
everybody = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}
# Two documents each, so that a store whose buckets have one by themselves shows the other.
all_kinds = [*kinds, "acl"]


def documented(column):
    """{word: kinds} of a store, and its version."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in (root / "docs/settings.md").read_text().splitlines()
            if line.startswith("|")]
    [head] = [row for row in rows if row[0] == "kind" and "moto" in row[-1]]
    at = next(index for index, cell in enumerate(head) if column in cell.lower())
    table = rows[rows.index(head) + 2:]
    cells = {row[0].strip("`"): re.match(r"\w+", row[at])[0] for row in table[:len(all_kinds)]}
    return {word: {kind for kind, cell in cells.items() if words_of_cells[cell] == word} for word in words_of_cells.values()}, head[at].split()[-1]


class Stranger:
    """One store, through boto3 and through our client. `nobody`: keys that may do nothing."""

    def __init__(self, name, version, url, client_of, keys, nobody):
        self.name, self.version, self.url, self.keys, self.nobody = name, version, url, keys, nobody
        self.client, self.client_of_nobody = client_of(keys), client_of(nobody)

    def ours(self, what, kind, bucket, document=None, keys=None):
        command = [str(build / "tests/setting_client"), "--endpoint", self.url, "--region", "us-east-1", "--account", "123456789012",
                   what, kind, bucket, *(["--document", document] if document is not None else [])]
        environment = clean_environment(**{name.upper(): value for name, value in (keys or self.keys).items()})
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{command}: {done.stderr}")
        told = json.loads(done.stdout)
        told["why"] = re.sub(r" \[request .*?\]", "", told.get("why", ""))
        return told

    def theirs(self, kind, bucket, client=None):
        """("is", what boto3 reads) or ("refuses", why)."""
        return self.tried(lambda: bucket_settings.get(client or self.client, bucket, kind), "is")

    def refusal(self, call, *arguments):
        """Why the store does not do it; empty: it did."""
        word, why = self.tried(lambda: call(self.client, *arguments), "done")
        return "" if word == "done" else why

    @staticmethod
    def tried(call, word):
        try:
            return word, call()
        except ClientError as error:
            return "refuses", error.response["Error"]["Code"]
        except BotoCoreError as error:
            return "refuses", type(error).__name__

    def has(self, bucket):
        return self.refusal(lambda client: client.head_bucket(Bucket=bucket)) == ""

    def documents(self, kind, bucket):
        if kind == "acl":
            owner = self.client.get_bucket_acl(Bucket=bucket)["Owner"]
            own = {"Grantee": {"Type": "CanonicalUser", "ID": owner["ID"]}, "Permission": "FULL_CONTROL"}
            return [{"Owner": owner, "Grants": grants} for grants in ([own], [own, everybody])]
        if kind == "logging":  # moto asks for it, as S3 did of old; a store without that list has no logs either
            self.refusal(lambda client: client.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write"))
        found = [kinds[kind].document(which, bucket) for which in ("strong", "weak")]
        return [json.loads(json.dumps(one).replace("logs-west", bucket)) for one in found if one is not None]


def same(kind, found):
    """Without what stores say differently of the same."""
    if kind == "public_access_block" and found and not any(found.values()):
        return None
    if kind == "encryption" and found and found["Rules"] == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]:
        return None
    if kind == "request_payment":
        return found or "BucketOwner"
    if kind == "acl":
        return sorted(([one["Grantee"].get("ID", one["Grantee"].get("URI")), one["Permission"]] for one in found))
    return canonical(kind, found)


class Strangers:
    """The judge; a store a class below."""

    @limit(300)
    def test_each_kind_in_each_situation(self):
        seen = {}
        for kind in all_kinds:
            with self.subTest(kind):
                seen[kind] = self.judge(kind)
        found = {word: {kind for kind, what in seen.items() if what == word} for word in ("has", "refuses", "ignores")}
        expected, version = documented(self.store.name)
        if self.store.version == version:
            self.assertEqual(found, expected)
        else:  # a newer one may have more
            self.assertLessEqual(expected["has"], found["has"], f"{self.store.name} {self.store.version}; docs/settings.md tells of {version}")

    def judge(self, kind):
        """What the store does with a PUT of boto3's: "has", "refuses", "ignores". Meanwhile our client sees what boto3 sees."""
        store, bucket = self.store, f"kind-{kind.replace('_', '-')}"
        store.client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=kind == "object_lock")
        before = store.theirs(kind, bucket)[1]
        first = store.ours("get", kind, bucket)
        self.denied(kind, bucket, first)
        words = set()
        for document in store.documents(kind, bucket):
            refusal = store.refusal(bucket_settings.put, bucket, kind, document)
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
                self.denied(kind, bucket, ours)
                self.removed_by_them(kind, bucket, document, before)
                self.round_trip(kind, bucket, ours, before, after)
        if "has" in words:
            # A document that the bucket had before is no change; one that is not understood may be refused.
            self.assertIn(first["sight"], ("set", "absent"), f"boto3: {before}; ours: {first}")
            return "has"
        word = "refuses" if "refuses" in words else "ignores"
        self.not_offered(kind, bucket, word, before, first)
        return word

    def denied(self, kind, bucket, seen):
        """Who may not read it sees no setting, and no absence. A store may tell even those that it has no such thing."""
        store = self.store
        word, why = store.theirs(kind, bucket, store.client_of_nobody)
        ours = store.ours("get", kind, bucket, keys=store.nobody)
        if why == "AccessDenied":
            self.assertEqual(ours["sight"], "denied", ours)
        else:
            self.assertEqual((word, ours["sight"], seen["sight"]), ("refuses", "unsupported", "unsupported"), f"boto3: {why}; ours: {ours}")

    def removed_by_them(self, kind, bucket, document, before):
        """boto3 takes it away; we see that. Then it is there again."""
        store = self.store
        if kind in deletes_the_bucket[store.name]:
            return
        self.assertEqual(store.refusal(bucket_settings.unset, bucket, kind), "")
        self.assertEqual(same(kind, store.theirs(kind, bucket)[1]), same(kind, before))
        self.assertEqual(store.ours("get", kind, bucket)["sight"], "set" if kind == "object_lock" else "absent")
        self.assertEqual(store.refusal(bucket_settings.put, bucket, kind, document), "")

    def round_trip(self, kind, bucket, ours, before, after):
        """Away with it, and again by us: boto3 reads the same as before there was one, and as after its own PUT."""
        store = self.store
        if ours["sight"] == "absent" or kind in deletes_the_bucket[store.name]:
            return
        gone = store.ours("unset", kind, bucket)
        self.assertEqual(gone["sight"], "set" if kind == "object_lock" else "absent", gone)
        self.assertEqual(same(kind, store.theirs(kind, bucket)[1]), same(kind, before))
        self.assertEqual(store.ours("put", kind, bucket, ours["document"]), ours)
        self.assertEqual(same(kind, store.theirs(kind, bucket)[1]), same(kind, after))

    def not_offered(self, kind, bucket, word, before, first):
        """boto3 takes any answer of 200 for "not set"; we have to tell a store that does not know the question."""
        store = self.store
        if first["sight"] == "absent":
            self.assertIn(kind, never_kept, f"boto3: {before}; ours: {first}")
            put = store.ours("put", kind, bucket, never_kept[kind])
            self.assertIn(put["sight"], ("absent",) if word == "ignores" else refused, f"we have to notice it: {put}")
        else:
            self.assertEqual(first["sight"], "unsupported", f"boto3: {before}; ours: {first}")
        gone = store.ours("unset", kind, bucket)
        self.assertIn(gone["sight"], (first["sight"], *refused), gone)
        # A DELETE of what it does not know would delete the bucket.
        self.assertTrue(store.has(bucket), "our client deleted the bucket")


class OnMoto(Strangers, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        why_not = pypi.moto.make()
        if why_not:
            raise unittest.SkipTest(why_not)
        moto = Moto()
        cls.addClassCleanup(moto.close)
        keys, nobody = moto.keys_with_policy()
        cls.store = Stranger("moto", moto.version, moto.url, lambda keys: moto.client("s3", "us-east-1", keys), keys, nobody)


class OnRgw(Strangers, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rgw = rgw_server.RgwServer()
        cls.addClassCleanup(rgw.close)
        cls.store = Stranger("rgw", rgw.version, rgw.url, rgw.client, rgw.keys, rgw.keys_of_nobody)


if __name__ == "__main__":
    unittest.main()
