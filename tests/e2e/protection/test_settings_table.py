"""Each kind of setting in each situation: absent, set, made stricter, made weaker, removed, refused over there, not readable, not
offered. One bucket a situation, with every kind in it. What the replica has is read by boto3, beside the product."""

import json
import unittest

import bucket_settings
from bucket_settings import auditors
from faulty_proxy import Calls, Proxy
from harness import CloudTest, Serve, account, limit, other_account, replica_region, source_region, wait_for

in_step = ("in_sync",)
held = ("held", "on_failover")
logs_arn, mapped_arn = "arn:aws:s3:::logs-west", "arn:aws:s3:::logs-east"


def retention(days):
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": days}}}


def encrypted(*blocked):
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False,
                       "BlockedEncryptionTypes": {"EncryptionType": list(blocked)}}]}


def open_to(origins):
    return {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": [origin]} for origin in origins]}


def expires_after(days):
    return {"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": days}}]}


def policy_of(bucket, *more):
    return {"Version": "2012-10-17", "Statement": [auditors(bucket, account), *more]}


def for_others(bucket):
    return {"Sid": "Others", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other_account}:root"}, "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{bucket}/*"}


def inventory(frequency, to=logs_arn):
    return {"Id": "weekly", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": frequency},
            "Destination": {"S3BucketDestination": {"Bucket": to, "Format": "CSV", "AccountId": account}}}


class Kind:
    """`strong` and `weak`: two documents, the second one lets more happen; of a kind that says nothing of access and data, just two.
    A callable is asked with the bucket's name; None: not set. Then what the replica has in the end and what its status may be,
    after: set (strong), stricter (weak, then strong), weaker (strong, then weak), removed (strong, then not set)."""

    def __init__(self, strong, weak, set=("strong", in_step), stricter=("strong", in_step), weaker=("strong", held),
                 removed=("unset", in_step), mapped=lambda document: document):
        self.documents = {"strong": strong, "weak": weak}
        self.outcomes = {"set": set, "stricter": stricter, "weaker": weaker, "removed": removed}
        self.mapped = mapped

    def document(self, which, bucket):
        found = self.documents.get(which)
        return found(bucket) if callable(found) else found


either = {"weaker": ("weak", in_step)}  # each change follows
stays = ("strong", held)
block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
kinds = {
    # Nothing of it can be undone: each change waits.
    "object_lock": Kind(retention(2), retention(1), stricter=("weak", held), removed=stays),
    "ownership_controls": Kind({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
                               removed=stays),
    "public_access_block": Kind(dict.fromkeys(block, True), dict.fromkeys(block, False), removed=stays),
    "encryption": Kind(encrypted("SSE-C"), encrypted("NONE"), removed=("strong", ("held", "in_sync"))),
    "policy": Kind(policy_of, lambda bucket: policy_of(bucket, for_others(bucket))),
    "cors": Kind(open_to(["https://example.org"]), open_to(["https://example.org", "https://example.net"])),
    "lifecycle": Kind(expires_after(400), expires_after(30)),
    "website": Kind({"IndexDocument": {"Suffix": "index.html"}}, {"RedirectAllRequestsTo": {"HostName": "example.net", "Protocol": "https"}}),
    "logging": Kind({"LoggingEnabled": {"TargetBucket": "logs-west", "TargetPrefix": "a/"}}, None, removed=stays,
                    mapped=lambda found: {**found, "TargetBucket": "logs-east"}),
    # A replica would send everything twice: kept for the failover.
    "notification": Kind({"EventBridgeConfiguration": {}}, None, set=("unset", held), stricter=("unset", held), weaker=("unset", in_step)),
    "accelerate": Kind({"Status": "Enabled"}, {"Status": "Suspended"}, **either),
    "request_payment": Kind({"Payer": "BucketOwner"}, {"Payer": "Requester"}),
    "intelligent_tiering": Kind({"Id": "cold", "Status": "Enabled", "Tierings": [{"Days": 180, "AccessTier": "ARCHIVE_ACCESS"}]},
                                {"Id": "cold", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}),
    "analytics": Kind({"Id": "classes", "StorageClassAnalysis": {}}, {"Id": "classes", "Filter": {"Prefix": "a/"}, "StorageClassAnalysis": {}},
                      **either),
    "metrics": Kind({"Id": "all"}, {"Id": "all", "Filter": {"Prefix": "a/"}}, **either),
    "inventory": Kind(inventory("Weekly"), inventory("Daily"), **either,
                      mapped=lambda found: [{**one, "Destination": inventory("", mapped_arn)["Destination"]} for one in found]),
    "abac": Kind({"Status": "Disabled"}, {"Status": "Enabled"}),
}
# Of these a new bucket has the strong one.
strong_by_itself = ("ownership_controls", "public_access_block", "encryption", "request_payment", "abac")


def account_of(principal):
    """`arn:aws:iam::111122223333:root` and `111122223333` are the same."""
    return principal.split(":")[4] if principal.endswith(":root") else principal


def canonical(kind, found):
    """Without what S3 says or does not say of the same."""
    if kind == "policy":
        return statements(found)
    if kind == "accelerate":
        return found or "Suspended"
    if kind == "logging" and found:
        return {word: value for word, value in found.items() if word != "TargetObjectKeyFormat"}
    return found


def statements(policy):
    """Those that are not ours, whatever they are called."""
    found = [one for one in (policy or {}).get("Statement", []) if one["Sid"] not in ("S3drFence", "S3drFenceSettings", "S3drTls")]
    for one in found:
        del one["Sid"]
        principals = one["Principal"]["AWS"]
        one["Principal"] = sorted(map(account_of, [principals] if isinstance(principals, str) else principals))
        for word in ("Action", "Resource"):
            one[word] = sorted([one[word]] if isinstance(one[word], str) else one[word])
    return sorted(found, key=json.dumps)


class SettingsTable(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.refusals = {}  # (region, bucket): (method, status, code, kinds)
        cls.endpoints = {}
        for region in (source_region, replica_region):
            calls = Calls(instead=lambda line, region=region: cls.refusal(region, line))
            proxy = Proxy(int(cls.cloud.url(region).rsplit(":", 1)[1]), calls)
            cls.addClassCleanup(proxy.close)
            cls.endpoints[region] = proxy.url
        cls.cloud.make_bucket("logs-west", source_region)
        cls.cloud.make_bucket("logs-east", replica_region)
        cls.serve = Serve(cls.cloud, endpoints=cls.endpoints, settings={"settings": {"check_every": "1s", "mappings": [
            {"from": "logs-west", "to": "logs-east"}, {"from": logs_arn, "to": mapped_arn}]}}).ready()
        cls.source, cls.destination = cls.cloud.s3(source_region), cls.cloud.s3(replica_region)
        cls.new = {kind: bucket_settings.get(cls.destination, "logs-east", kind) for kind in kinds}

    @classmethod
    def refusal(cls, region, line):
        method, target, _ = line.split(" ")
        path, _, query = target.partition("?")
        for method_refused, status, code, words in cls.refusals.get((region, path.strip("/")), ()):
            if method == method_refused and query.split("=")[0].split("&")[0] in words:
                return status, code
        return None

    # --- the world --------------------------------------------------------------------------------------------------

    def make(self, name, which):
        """A versioned bucket, every kind as its document `which`."""
        self.cloud.make_bucket(name)
        self.source.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        self.source.put_object(Bucket=name, Key="first", Body=b"x")
        self.change(name, which)
        return name

    def change(self, name, which):
        for kind, row in kinds.items():
            document = row.document(which, name)
            if document is None:
                bucket_settings.unset(self.source, name, kind)
            else:
                bucket_settings.put(self.source, name, kind, document)

    def protect(self, name):
        self.assertExit(self.serve.s3dr("protect", name, "--wait", "--timeout", "60s"), 0)
        wait_for(lambda: self.cloud.record(name).get("settings", {}).get("checked"), 30, "a first look at the settings")

    def told(self, name):
        done = self.serve.s3dr("settings", name, "--all", "--format", "json")
        self.assertIn(done.code, (0, 1, 3), done)
        return {line["kind"]: line for line in done.json()["kinds"]}

    def wanted(self, name, kind, which):
        """What boto3 reads at a bucket that has the document, and at its replica."""
        if which == "new" or (which == "unset" and kind not in strong_by_itself):
            return self.new[kind]
        row, probe = kinds[kind], f"{name}-dr"
        document = row.document(which, probe)
        if document is None:
            return self.new[kind]
        if kind == "policy":
            return document
        reference = f"reference-{which}"
        return row.mapped(bucket_settings.get(self.source, reference, kind))

    def at_replica(self, name, kind):
        return canonical(kind, bucket_settings.get(self.destination, f"{name}-dr", kind))

    def judge(self, name, outcomes):
        """`outcomes`: {kind: (document, statuses)}. Waits until all cells are so; then each has to stay so."""
        def wrong():
            lines = self.told(name)
            cells = {}
            for kind, (which, statuses) in outcomes.items():
                wanted, found = canonical(kind, self.wanted(name, kind, which)), self.at_replica(name, kind)
                status, message = lines[kind]["status"], lines[kind]["message"]
                if found != wanted:
                    cells[kind] = f"the replica has {found}, not {wanted} ({status}: {message})"
                elif status not in statuses:
                    cells[kind] = f"{status} ({message}), not {statuses}"
            return cells

        try:
            wait_for(lambda: not wrong(), 40, f"the settings of {name}", every=0.5)
        except AssertionError:
            pass
        cells = wrong()
        for kind in outcomes:
            with self.subTest(f"{kind} × {name}"):
                if kind in cells:
                    self.fail(cells[kind])

    # --- the table --------------------------------------------------------------------------------------------------

    @limit(600)
    def test_each_kind_in_each_situation(self):
        for which in ("strong", "weak"):
            self.make(f"reference-{which}", which)
        with self.subTest("absent"):
            self.cloud.make_bucket("absent")
            self.protect("absent")
            self.judge("absent", {kind: ("new", in_step) for kind in kinds})
        for situation, begin, end in (("set", "strong", None), ("stricter", "weak", "strong"), ("weaker", "strong", "weak"),
                                      ("removed", "strong", "unset")):
            name = self.make(situation, begin)
            self.protect(name)
            if end:
                first = {"weak": self.first_of_weak(), "strong": {kind: row.outcomes["set"] for kind, row in kinds.items()}}[begin]
                self.judge(name, first)
                if end == "unset":
                    for kind in kinds:
                        bucket_settings.unset(self.source, name, kind)
                else:
                    self.change(name, end)
            self.judge(name, {kind: row.outcomes[situation] for kind, row in kinds.items()})

    @staticmethod
    def first_of_weak():
        """A new replica gets what its source has; what opens it waits for a failover."""
        kept = {"ownership_controls": ("new", held), "public_access_block": ("new", held), "notification": ("unset", in_step),
                "logging": ("unset", in_step)}
        return {kind: kept.get(kind, ("weak", in_step)) for kind in kinds}

    @limit(300)
    def test_acl(self):
        """Where ownership is not enforced. At a replica it is, so an ACL has no effect there."""
        grants = {"Grants": [{"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}, "Permission": "READ_ACP"}]}
        names = {"acl-absent": [], "acl-set": [grants], "acl-stricter": [grants, None], "acl-weaker": [None, grants], "acl-removed": [grants, None]}
        for name in names:
            self.cloud.make_bucket(name)
            bucket_settings.put(self.source, name, "ownership_controls", {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})

        def apply(name, document):
            owner = self.source.get_bucket_acl(Bucket=name)["Owner"]
            if document is None:
                bucket_settings.unset(self.source, name, "acl")
            else:
                own = {"Grantee": {"Type": "CanonicalUser", "ID": owner["ID"]}, "Permission": "FULL_CONTROL"}
                bucket_settings.put(self.source, name, "acl", {"Owner": owner, "Grants": [own, *document["Grants"]]})

        for name, documents in names.items():
            if documents:
                apply(name, documents[0])
            self.protect(name)
            for document in documents[1:]:
                apply(name, document)
        private = bucket_settings.get(self.destination, "logs-east", "acl")
        for name, documents in names.items():
            expected = "left_out" if documents and documents[-1] else "in_sync"

            def is_so(name=name, expected=expected):
                return self.told(name)["acl"]["status"] == expected

            with self.subTest(name):
                wait_for(is_so, 30, f"{expected}", every=0.5)
                self.assertEqual(bucket_settings.get(self.destination, f"{name}-dr", "acl"), private)

    # --- what the replica's store does ------------------------------------------------------------------------------

    def words(self, *without):
        """Sub-resources, as they stand in a request."""
        names = {"ownership_controls": "ownershipControls", "public_access_block": "publicAccessBlock", "request_payment": "requestPayment",
                 "intelligent_tiering": "intelligent-tiering", "object_lock": "object-lock"}
        return {names.get(kind, kind) for kind in kinds if kind not in without}

    def differing(self, name):
        """A bucket each kind of which differs from what a new one has, where that is to be copied at all."""
        self.make(name, "strong")
        for kind in strong_by_itself:
            bucket_settings.put(self.source, name, kind, kinds[kind].document("weak", name))
        return name

    def expected(self, copied, statuses):
        """{kind: …} of a bucket of `differing`: `copied` of what is to be copied, else what a new one has."""
        cells = {}
        for kind in kinds:
            if kind in ("ownership_controls", "public_access_block", "notification"):
                cells[kind] = ("new", (*held, *statuses, *in_step))
            else:
                which = "weak" if kind in strong_by_itself else "strong"
                cells[kind] = (which if copied else "new", statuses)
        return cells

    @limit(300)
    def test_refused_over_there(self):
        """The store takes no PUT of it. The fence stands in the policy: of that, only what is cloned is held back (unit tests)."""
        name = self.differing("refused")
        self.refusals[replica_region, f"{name}-dr"] = [(method, 400, "InvalidRequest", self.words("policy")) for method in ("PUT", "DELETE")]
        self.protect(name)
        cells = self.expected(False, ("refused",))
        cells["policy"] = ("strong", in_step)
        del cells["object_lock"]  # the lock itself came with the bucket; see below
        self.judge(name, cells)
        self.assertEqual(bucket_settings.get(self.destination, f"{name}-dr", "object_lock"), {"ObjectLockEnabled": "Enabled"})
        self.assertEqual(self.told(name)["object_lock"]["status"], "refused")
        self.refusals.clear()
        self.mended(name)

    @limit(300)
    def test_not_readable(self):
        """Reading is denied, at the replica; of the policy at the source, because nothing is done to a replica whose policy is not known."""
        name = self.differing("denied")
        self.refusals[replica_region, f"{name}-dr"] = [("GET", 403, "AccessDenied", self.words("policy"))]
        self.refusals[source_region, name] = [("GET", 403, "AccessDenied", {"policy"})]
        self.protect(name)
        cells = self.expected(False, ("unknown",))
        del cells["object_lock"]
        self.judge(name, cells)
        self.assertEqual(bucket_settings.get(self.destination, f"{name}-dr", "object_lock"), {"ObjectLockEnabled": "Enabled"})
        done = self.serve.s3dr("settings", name)
        self.assertExit(done, 1)
        self.assertIn("AccessDenied", done.out)
        self.refusals.clear()
        self.mended(name)

    @limit(300)
    def test_not_offered(self):
        """501: the store has no such thing. Said of what the source has set; the rest is in step."""
        name = self.differing("missing")
        self.refusals[replica_region, f"{name}-dr"] = [(method, 501, "NotImplemented", self.words("policy")) for method in ("GET", "PUT", "DELETE")]
        self.refusals[source_region, name] = [("GET", 501, "NotImplemented", {"policy"})]
        self.protect(name)
        cells = self.expected(False, ("left_out",))
        cells["policy"] = ("unset", in_step)  # a source without policies has none to copy
        cells["encryption"] = ("new", ("left_out", "in_sync"))  # the weak one means "not set"
        del cells["object_lock"]
        self.judge(name, cells)
        self.refusals.clear()

    def mended(self, name):
        """The cause is gone: by and by everything is as the first copy makes it."""
        cells = self.expected(True, in_step)
        self.judge(name, cells)


if __name__ == "__main__":
    unittest.main()
