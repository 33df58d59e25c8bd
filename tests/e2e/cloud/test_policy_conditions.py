"""Conditions of bucket policies through boto3: the documents of tests/data/inputs/policy-*.json, whose first line says what is
expected; requests that nobody signed; and the version of TLS."""

import json
import ssl
import unittest
import urllib.error
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from harness import CloudTest, other_account, root, source_region

inputs = root / "tests" / "data" / "inputs"
bucket = "ledger"


def status_of(call, **named):
    """200, or the status and code of the refusal."""
    try:
        call(**named)
    except ClientError as refused:
        answer = refused.response
        return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]
    return 200


class PolicyConditions(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cloud.make_bucket(bucket)
        cls.cloud.make_bucket("elsewhere", owner=other_account)
        cls.owner, cls.other = cls.cloud.s3(), cls.cloud.s3(owner=other_account)
        cls.owner.delete_public_access_block(Bucket=bucket)  # some policies here are public
        for key, tags in (("secret", "class=secret"), ("open", "class=open")):
            cls.owner.put_object(Bucket=bucket, Key=key, Body=b"text", Tagging=tags)
        cls.other.put_object(Bucket="elsewhere", Key="key", Body=b"text")

    def setUp(self):
        self.owner.delete_bucket_policy(Bucket=bucket)

    @staticmethod
    def document(name):
        expected, text = (inputs / name).read_text().split("\n", 1)
        assert expected.startswith("# expect: "), expected
        return text

    def put(self, policy):
        self.owner.put_bucket_policy(Bucket=bucket, Policy=policy if isinstance(policy, str) else json.dumps(policy))

    @staticmethod
    def everybody(action, resource, condition=None):
        statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
        return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}

    denied = (403, "AccessDenied")

    # --- the inputs -------------------------------------------------------------------------------------------------

    def deny_existing_tag(self):
        self.put(self.document("policy-deny-existing-tag.json"))
        self.assertEqual(status_of(self.other.get_object, Bucket=bucket, Key="secret"), self.denied)
        self.assertEqual(status_of(self.other.get_object, Bucket=bucket, Key="open"), 200)

    def deny_request_tag(self):
        self.put(self.document("policy-deny-request-tag.json"))
        self.assertEqual(status_of(self.other.put_object, Bucket=bucket, Key="new", Body=b"x", Tagging="class=secret"), self.denied)
        self.assertEqual(status_of(self.other.put_object, Bucket=bucket, Key="new", Body=b"x"), 200)
        tags = {"TagSet": [{"Key": "class", "Value": "secret"}]}
        self.assertEqual(status_of(self.other.put_object_tagging, Bucket=bucket, Key="new", Tagging=tags), self.denied)

    def deny_copy_source(self):
        self.put(self.document("policy-deny-copy-source.json"))
        for source, expected in (({"Bucket": "elsewhere", "Key": "key"}, self.denied), ({"Bucket": bucket, "Key": "open"}, 200)):
            self.assertEqual(status_of(self.other.copy_object, Bucket=bucket, Key="copy", CopySource=source), expected)

    def unknown_key(self):
        with self.assertRaises(ClientError) as refused:
            self.put(self.document("policy-unknown-key.json"))
        answer = refused.exception.response
        self.assertEqual((answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]),
                         (400, "MalformedPolicy", "Policy has an invalid condition key"))
        self.assertEqual(status_of(self.owner.get_bucket_policy, Bucket=bucket), (404, "NoSuchBucketPolicy"))

    def test_the_inputs(self):
        for path in sorted(inputs.glob("policy-*.json")):
            with self.subTest(path.name):
                self.setUp()
                getattr(self, path.stem.removeprefix("policy-").replace("-", "_"))()

    # --- everybody --------------------------------------------------------------------------------------------------

    def test_what_everybody_may_read_needs_no_signature(self):
        stranger = boto3.client("s3", region_name=source_region, endpoint_url=self.cloud.url(source_region),
                                config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}))
        url = f"{self.cloud.url(source_region)}/{bucket}/open"
        self.assertEqual(status_of(stranger.get_object, Bucket=bucket, Key="open"), self.denied)
        self.put(self.everybody("s3:GetObject", f"arn:aws:s3:::{bucket}/*",
                                {"StringEquals": {"s3:ExistingObjectTag/class": "open"}}))
        self.assertEqual(stranger.get_object(Bucket=bucket, Key="open")["Body"].read(), b"text")
        with urllib.request.urlopen(url, timeout=20) as answer:
            self.assertEqual(answer.read(), b"text")
        self.assertEqual(status_of(stranger.get_object, Bucket=bucket, Key="secret"), self.denied)
        self.assertEqual(status_of(stranger.list_objects_v2, Bucket=bucket), self.denied)
        self.assertEqual(status_of(stranger.put_object, Bucket=bucket, Key="new", Body=b"x"), self.denied)
        # A key that is not there: 403, and 404 for who may list it.
        self.assertEqual(status_of(stranger.get_object, Bucket=bucket, Key="none"), self.denied)
        policy = self.everybody("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
        policy["Statement"] += self.everybody("s3:ListBucket", f"arn:aws:s3:::{bucket}", {"StringLike": {"s3:prefix": "no*"}})["Statement"]
        self.put(policy)
        self.assertEqual(status_of(stranger.get_object, Bucket=bucket, Key="none"), (404, "NoSuchKey"))
        self.assertEqual(status_of(stranger.get_object, Bucket=bucket, Key="other"), self.denied)
        self.assertEqual(status_of(stranger.put_object, Bucket=bucket, Key="new", Body=b"x"), self.denied)

    def test_everybody_may_write_where_a_policy_says_so(self):
        for tls in (False, True):  # over TLS boto3 sends its checksum behind the body
            stranger = boto3.client("s3", region_name=source_region, endpoint_url=self.cloud.url(source_region, tls),
                                    verify=self.cloud.ca if tls else None,
                                    config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}))
            self.put(self.everybody("s3:PutObject", f"arn:aws:s3:::{bucket}/gifts/*"))
            self.assertEqual(status_of(stranger.put_object, Bucket=bucket, Key="gifts/a", Body=b"a gift"), 200)
            self.assertEqual(self.owner.get_object(Bucket=bucket, Key="gifts/a")["Body"].read(), b"a gift")
            self.assertEqual(status_of(stranger.put_object, Bucket=bucket, Key="b", Body=b"x"), self.denied)

    # --- TLS --------------------------------------------------------------------------------------------------------

    def test_the_version_of_tls(self):
        self.put(self.everybody("s3:GetObject", f"arn:aws:s3:::{bucket}/open", {"NumericGreaterThanEquals": {"s3:TlsVersion": "1.3"}}))
        for version, expected in ((ssl.TLSVersion.TLSv1_3, 200), (ssl.TLSVersion.TLSv1_2, 403)):
            context = ssl.create_default_context(cafile=self.cloud.ca)
            context.minimum_version = context.maximum_version = version
            request = urllib.request.Request(f"{self.cloud.url(source_region, tls=True)}/{bucket}/open")
            self.assertEqual(self.fetched(request, context), expected, version)
        # Who sends no TLS cannot claim it.
        request = urllib.request.Request(f"{self.cloud.url(source_region)}/{bucket}/open", headers={"tls-version": "1.3"})
        self.assertEqual(self.fetched(request), 403)

    @staticmethod
    def fetched(request, context=None):
        try:
            with urllib.request.urlopen(request, timeout=20, context=context) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code


if __name__ == "__main__":
    unittest.main()
