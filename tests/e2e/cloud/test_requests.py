"""Requests that must be refused: by who signs them, by when, by how they are framed, and by what they ask for."""

import datetime
import http.client
import socket
import urllib.error
import urllib.request
from unittest import mock

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from harness import CloudTest, other_account, source_region


class Requests(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bucket = cls.cloud.make_bucket("requests")
        cls.cloud.s3().put_object(Bucket=cls.bucket, Key="private", Body=b"private")
        cls.port = cls.cloud.ports[source_region]["http"]

    def assertRefused(self, status, code, call, *arguments, **named):
        with self.assertRaises(ClientError) as refused:
            call(*arguments, **named)
        answer = refused.exception.response
        self.assertEqual((answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]), (status, code))

    def client(self, identity, secret):
        self.cloud.secrets.add(secret)
        return boto3.client("s3", region_name=source_region, endpoint_url=self.cloud.url(source_region), aws_access_key_id=identity,
                            aws_secret_access_key=secret, config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))

    def test_wrong_secret_and_unknown_key(self):
        identity, _ = self.cloud.keys(source_region)
        wrong = self.client(identity, "canary-wrong-secret-0123456789abcdefghij")
        self.assertRefused(403, "SignatureDoesNotMatch", wrong.get_object, Bucket=self.bucket, Key="private")
        self.assertRefused(403, "SignatureDoesNotMatch", wrong.put_object, Bucket=self.bucket, Key="new", Body=b"x")
        unknown = self.client("AKIAUNKNOWNUNKNOWN12", "canary-unknown-secret-123456789abcdefghi")
        self.assertRefused(403, "InvalidAccessKeyId", unknown.list_buckets)

    def test_another_account(self):
        other = self.cloud.s3(owner=other_account)
        for call, more in ((other.get_object, {"Key": "private"}), (other.put_object, {"Key": "new", "Body": b"x"}),
                           (other.delete_object, {"Key": "private"}), (other.list_objects_v2, {}), (other.list_object_versions, {}),
                           (other.get_bucket_tagging, {}), (other.delete_bucket, {})):
            self.assertRefused(403, "AccessDenied", call, Bucket=self.bucket, **more)
        own = self.cloud.make_bucket("requests-other", owner=other_account)
        self.assertRefused(403, "AccessDenied", other.copy_object, Bucket=own, Key="stolen",
                           CopySource={"Bucket": self.bucket, "Key": "private"})
        self.assertNotIn(self.bucket, [bucket["Name"] for bucket in other.list_buckets()["Buckets"]])
        self.assertRefused(403, "AccessDenied", self.cloud.s3().get_object, Bucket=self.bucket, Key="private",
                           ExpectedBucketOwner=other_account)

    def test_without_a_signature(self):
        for method, path in (("GET", f"/{self.bucket}/private"), ("PUT", f"/{self.bucket}/new"), ("GET", "/"), ("DELETE", f"/{self.bucket}")):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request(method, path)
            self.assertEqual(connection.getresponse().status, 403, f"{method} {path}")
            connection.close()

    def presigned(self, seconds, age=0, key="private"):
        moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
        url = f"{self.cloud.url(source_region)}/{self.bucket}/{key}"
        request = AWSRequest("GET", url)
        from botocore.auth import S3SigV4QueryAuth
        signer = S3SigV4QueryAuth(Credentials(*self.cloud.keys(source_region)), "s3", source_region, expires=seconds)
        with self.frozen(moment):
            signer.add_auth(request)
        return request.url

    @staticmethod
    def frozen(moment):
        """botocore's idea of now."""
        import botocore.auth
        names = [name for name in ("get_current_datetime",) if hasattr(botocore.auth, name)]
        if names:
            return mock.patch.object(botocore.auth, names[0], lambda *_, **__: moment.replace(tzinfo=None))
        frozen = mock.MagicMock(wraps=datetime.datetime)
        frozen.utcnow.return_value = moment.replace(tzinfo=None)
        module = mock.MagicMock(wraps=datetime)
        module.datetime = frozen
        return mock.patch.object(botocore.auth, "datetime", module)

    def status(self, url):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    def test_presigned_urls_expire(self):
        self.assertEqual(self.status(self.presigned(60)), 200)
        self.assertEqual(self.status(self.presigned(60, age=50)), 200)
        self.assertEqual(self.status(self.presigned(60, age=70)), 403)
        self.assertIn(self.status(self.presigned(604801)), (400, 403))
        self.assertIn(self.status(self.presigned(0)), (400, 403))
        self.assertEqual(self.status(self.presigned(60).replace("/private", "/other")), 403)

    def test_a_clock_that_is_wrong(self):
        for offset, expected in ((0, 200), (-600, 200), (-1000, 403), (1000, 403)):
            moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset)
            request = AWSRequest("GET", f"{self.cloud.url(source_region)}/{self.bucket}/private",
                                 headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
            with self.frozen(moment):
                SigV4Auth(Credentials(*self.cloud.keys(source_region)), "s3", source_region).add_auth(request)
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", f"/{self.bucket}/private", headers=dict(request.headers))
            answer = connection.getresponse()
            text = answer.read()
            self.assertEqual(answer.status, expected, text)
            if expected == 403:
                self.assertIn(b"RequestTimeTooSkewed", text)
            connection.close()

    def raw(self, text):
        """Status of the first answer, and everything that came back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            try:
                while chunk := connection.recv(65536):
                    received += chunk
            except ConnectionResetError:
                pass
        return int(received.split(b" ")[1]) if received.startswith(b"HTTP/1.") else 0, received

    def test_requests_that_could_be_read_in_two_ways(self):
        attacks = {
            "length and chunked": b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "two lengths": b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
            "the same length twice": b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 4, 4\r\n\r\nabcd",
            "signed length": b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: +4\r\n\r\nabcd",
            "folded header": b"GET /b/k HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n",
            "bare line feed": b"GET /b/k HTTP/1.1\nHost: h\n\n",
            "blank before the colon": b"GET /b/k HTTP/1.1\r\nHost : h\r\n\r\n",
            "no host": b"GET /b/k HTTP/1.1\r\nX-A: b\r\n\r\n",
            "two hosts": b"GET /b/k HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
            "chunked, identity": b"PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            "raw byte in the target": b"GET /b/\xfc HTTP/1.1\r\nHost: h\r\n\r\n",
            "NUL in a header": b"GET /b/k HTTP/1.1\r\nHost: h\r\nX-A: b\0c\r\n\r\n",
        }
        follower = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
        since = self.cloud.access_position(source_region)
        for name, attack in attacks.items():
            with self.subTest(name):
                status, received = self.raw(attack + follower)
                self.assertEqual(status, 400, received[:200])
                self.assertEqual(received.count(b"HTTP/1.1 "), 1, "the connection went on after a bad request")
        self.assertEqual([line for line in self.cloud.access(source_region, since) if line["bucket"] == "smuggled"], [])
        self.assertEqual(self.cloud.s3().get_object(Bucket=self.bucket, Key="private")["Body"].read(), b"private")

    def test_a_body_that_breaks_off_is_the_senders_fault(self):
        """Half closed in the middle of the body, signed: 400, and nothing is stored."""
        request = AWSRequest("PUT", f"{self.cloud.url(source_region)}/{self.bucket}/half",
                             headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
        SigV4Auth(Credentials(*self.cloud.keys(source_region)), "s3", source_region).add_auth(request)
        fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        head = f"PUT /{self.bucket}/half HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{fields}Content-Length: 1000\r\n\r\n"
        status, received = self.raw(head.encode() + b"half")
        self.assertEqual(status, 400, received)
        self.assertIn(b"<Code>IncompleteBody</Code>", received)
        self.assertRefused(404, "NoSuchKey", self.cloud.s3().get_object, Bucket=self.bucket, Key="half")

    def test_garbage_does_not_stop_the_region(self):
        for garbage in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 1000, b"GET " + b"a" * 200_000, b"\r\n\r\n\r\n",
                        b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n"):
            self.raw(garbage)
        self.assertEqual(self.cloud.s3().get_object(Bucket=self.bucket, Key="private")["Body"].read(), b"private")

    def test_what_is_not_there_says_so(self):
        client = self.cloud.s3()
        calls = (
            (client.put_bucket_encryption, {"ServerSideEncryptionConfiguration": {"Rules": [
                {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}}),
            (client.put_object_acl, {"Key": "private", "ACL": "public-read"}),
            (client.put_object, {"Key": "locked", "Body": b"x", "ObjectLockMode": "COMPLIANCE",
                                 "ObjectLockRetainUntilDate": datetime.datetime(2100, 1, 1)}),
            (client.put_object, {"Key": "encrypted", "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k"}),
        )
        for call, more in calls:
            with self.subTest(f"{call.__name__} {' '.join(more)}"):
                self.assertRefused(501, "NotImplemented", call, Bucket=self.bucket, **more)
        listed = client.list_objects_v2(Bucket=self.bucket)["Contents"]
        self.assertFalse({"locked", "encrypted"} & {entry["Key"] for entry in listed})
