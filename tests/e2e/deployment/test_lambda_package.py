"""The package for AWS Lambda as Lambda has it: a folder that holds nothing but the zip's content (a chroot), a Runtime API on
loopback, and the embedded cloud over TLS. SNS is a listener of the test that keeps what is published."""

import ctypes
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness import CloudTest, account, full, limit, replica_region, root, run, run_command, source_region

bytes_max = 8 * 1024 * 1024
topic_region = "eu-west-1"  # a third one, so that its endpoint is the listener of the test
libc = ctypes.CDLL(None)
own_architecture = "arm64" if os.uname().machine == "aarch64" else "x86_64"


def package_of(architecture, *more):
    """The one that `s3dr deploy` would take on AWS, or with "--here" on a cloud of this machine; None: it finds none."""
    done = run("deploy", "package", "--architecture", architecture, "--output", "json", *more)
    return done.json() if done.code == 0 else None


class Listener:
    """An HTTP server on loopback; `answer(handler, body)` returns (status, headers, text)."""

    def __init__(self, answer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def serve(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                made = answer(self, body)
                if made is None:  # gone in the middle of it
                    self.close_connection = True
                    return
                status, headers, text = made
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = serve

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class RuntimeApi:
    """Gives the events it is told to give, and keeps what comes back: (path, error type, body)."""

    def __init__(self, seconds=60):
        self.seconds = seconds
        self.events = queue.Queue()
        self.replies = queue.Queue()
        self.number = 0
        self.attempts = []  # (request, attempt) of each answer
        self.listener = Listener(self.answer)

    def answer(self, handler, body):
        if handler.path == "/2018-06-01/runtime/invocation/next":
            event = self.events.get()
            if event is None:
                return None
            self.number += 1
            now = int(time.time() * 1000)
            return 200, {"Lambda-Runtime-Aws-Request-Id": f"request-{self.number}", "Lambda-Runtime-Deadline-Ms": str(now + self.seconds * 1000),
                         "Lambda-Runtime-Invocation-Id": f"attempt-{self.number}",
                         "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793"}, event.encode()
        if "/invocation/" in handler.path:
            self.attempts.append((handler.path.split("/")[4], handler.headers.get("Lambda-Runtime-Invocation-Id")))
        self.replies.put((handler.path, handler.headers.get("Lambda-Runtime-Function-Error-Type", ""), json.loads(body)))
        return 202, {}, b""

    def close(self):
        self.events.put(None)
        self.events.put(None)  # the program asks once more
        self.listener.close()


class Function:
    """`bootstrap` in a chroot of the zip's content, started by `emulator` (a program in there) where it is for another processor."""

    def __init__(self, folder, environment, emulator=()):
        self.api = RuntimeApi()
        self.log = tempfile.NamedTemporaryFile(prefix="s3dr-lambda-", suffix=".log", delete=False)
        variables = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.listener.port}", "LAMBDA_TASK_ROOT": "/"} | environment

        def into_the_chroot():
            libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            os.chroot(folder)
            os.chdir("/")

        self.popen = subprocess.Popen([*emulator, "/bootstrap"], env=variables, stdout=self.log, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, preexec_fn=into_the_chroot)

    def invoke(self, event, seconds=50):
        self.api.events.put(event if isinstance(event, str) else json.dumps(event))
        return self.reply(seconds)

    def reply(self, seconds=50):
        try:
            return self.api.replies.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"no reply; exit {self.popen.poll()}; log:\n{self.text()}") from None

    def text(self):
        return Path(self.log.name).read_text(errors="replace")

    def lines(self):
        return [json.loads(line) for line in self.text().splitlines()]

    def end(self):
        """The Runtime API goes away. Returns the exit code."""
        self.api.close()
        try:
            return self.popen.wait(20)
        finally:
            self.popen.kill()
            self.popen.wait()
            self.log.close()
            os.unlink(self.log.name)


@unittest.skipUnless(os.geteuid() == 0, "chroot needs root")
class LambdaPackage(CloudTest):
    """The program of this build, packed on the spot."""

    serve_settings = None
    architecture = own_architecture
    found = ("--here",)
    emulator = None  # its path, outside of the chroot

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.package = cls.cloud.folder / "package.zip"
        cls.kind = package_of(cls.architecture, "--out", cls.package, *cls.found)["kind"]
        cls.folder = tempfile.mkdtemp(prefix="s3dr-chroot-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        if cls.emulator:
            shutil.copy(cls.emulator, Path(cls.folder) / "emulator")
        with zipfile.ZipFile(cls.package) as archive:
            for entry in archive.infolist():
                (Path(cls.folder) / entry.filename).write_bytes(archive.read(entry))
                os.chmod(Path(cls.folder) / entry.filename, entry.external_attr >> 16 & 0o777)
        cls.published = queue.Queue()
        cls.topics = Listener(cls.keep_published)
        cls.addClassCleanup(cls.topics.close)
        for region, kind in ((replica_region, "control"), (source_region, "reports")):  # as `deploy apply` makes them
            bucket = cls.cloud.make_bucket(f"s3dr-{kind}-{account}-{region}", region)
            cls.cloud.s3(region).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    @classmethod
    def keep_published(cls, handler, body):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        cls.published.put((form["TopicArn"].rpartition(":")[2], form["Message"]))
        text = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>m-1</MessageId></PublishResult>" \
               "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>"
        return 200, {"Content-Type": "text/xml"}, text.encode()

    def environment(self, function, region, **more):
        identity, secret = self.cloud.keys(region)
        endpoints = {name: f"https://127.0.0.1:{self.cloud.ports[name]['https']}" for name in (source_region, replica_region)}
        endpoints[topic_region] = f"http://127.0.0.1:{self.topics.port}"
        return {
            "S3DR_FUNCTION": function, "S3DR_SOURCE_REGION": source_region, "S3DR_SOURCE_ACCOUNT": account,
            "S3DR_DESTINATION_REGION": replica_region, "S3DR_DESTINATION_ACCOUNT": account, "S3DR_MATCH_TAGS": '{"dr":"true"}',
            "S3DR_REPLICATION_ROLE": f"arn:aws:iam::{account}:role/s3dr-replication", "S3DR_BATCH_ROLE": f"arn:aws:iam::{account}:role/s3dr-batch",
            "S3DR_DESTINATION_TOPIC": f"arn:aws:sns:{topic_region}:{account}:destination", "S3DR_ENABLE_TOPIC": f"arn:aws:sns:{topic_region}:{account}:enable",
            "S3DR_ENDPOINTS": json.dumps(endpoints), "S3DR_CA_PEM": Path(self.cloud.ca).read_text(), "S3DR_LOOK_AGAIN_MS": "200",
            "AWS_ACCESS_KEY_ID": identity, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": region,
        } | more

    def start(self, function, region=source_region, **more):
        environment = {name: value for name, value in self.environment(function, region, **more).items() if value is not None}
        started = Function(self.folder, environment, ("/emulator",) if self.emulator else ())
        self.addCleanup(lambda: started.popen.poll() is None and started.end())
        return started

    def call(self, bucket, name="PutBucketTagging"):
        return {"version": "0", "id": "event-1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
                "detail": {"eventSource": "s3.amazonaws.com", "eventName": name, "requestParameters": {"bucketName": bucket}}}

    def delivery(self, message):
        return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {"Type": "Notification", "Subject": None, "Message": message}}]}

    def assertHandled(self, function, reply, outcome):
        path, error, body = reply
        self.assertTrue(path.endswith("/response"), f"{path} {error} {body}\n{function.text()}")
        self.assertEqual([entry["outcome"] for entry in body["handled"]], [outcome], f"{body}\n{function.text()}")

    def test_the_zip_holds_the_program_and_the_authorities_and_is_small(self):
        with zipfile.ZipFile(self.package) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            self.assertEqual(sorted(entries), ["bootstrap", "ca-certificates.crt"])
            self.assertEqual(entries["bootstrap"].external_attr >> 16, 0o100755)
            self.assertEqual(entries["bootstrap"].create_system, 3)
            self.assertEqual({entry.date_time for entry in entries.values()}, {(1980, 1, 1, 0, 0, 0)})
        self.assertEqual(self.kind, f"static {self.architecture}")
        self.assertLessEqual(self.package.stat().st_size, bytes_max)

    @limit(180)
    def test_three_functions_protect_a_bucket_over_tls(self):
        bucket = self.cloud.make_bucket("lambda-flow")
        for number in range(5):
            self.cloud.s3().put_object(Bucket=bucket, Key=f"before-{number}", Body=b"x" * 100)
        self.cloud.tag(bucket, dr="true", team="fin")

        source = self.start("source_bucket_check")
        self.assertHandled(source, source.invoke(self.call(bucket)), "done")
        self.assertEqual(source.api.attempts, [("request-1", "attempt-1")])  # given back as it came
        topic, message = self.published.get(timeout=5)
        self.assertEqual(topic, "destination")

        destination = self.start("destination_bucket_check", replica_region)
        self.assertHandled(destination, destination.invoke(self.delivery(message)), "done")
        topic, message = self.published.get(timeout=5)
        self.assertEqual(topic, "enable")

        enable = self.start("enable_replication")
        self.assertHandled(enable, enable.invoke(self.delivery(message)), "done")
        self.assertEqual(self.cloud.record(bucket)["state"], "verifying")
        self.assertEqual([rule["Status"] for rule in self.cloud.rules(bucket)], ["Enabled"])
        replica = self.cloud.replica_of(bucket)
        listed = self.cloud.s3(replica_region, tls=True).list_objects_v2(Bucket=replica)["Contents"]
        self.assertEqual(len(listed), 5)

        with self.subTest("warm, and nothing left to do: no write"):
            before = self.cloud.access_position(source_region)
            self.assertHandled(source, source.invoke(self.call(bucket)), "nothing to do")
            written = [entry for entry in self.cloud.access(source_region, before) if entry["method"] in ("PUT", "POST", "DELETE")]
            self.assertEqual(written, [])
        with self.subTest("every line is JSON with the request id, and no secret"):
            for function in (source, destination, enable):
                for line in function.lines():
                    self.assertTrue(line["request_id"].startswith("request-"), line)
                for secret in self.cloud.secrets:
                    self.assertNotIn(secret, function.text())
        for function in (source, destination, enable):
            self.assertEqual(function.end(), 1)

    def test_missing_variables_are_named_in_an_init_error(self):
        function = self.start("source_bucket_check", S3DR_SOURCE_ACCOUNT=None, S3DR_MATCH_TAGS=None, S3DR_DESTINATION_TOPIC="topic")
        path, error, body = function.reply()
        self.assertEqual(path, "/2018-06-01/runtime/init/error")
        self.assertEqual(error, "S3dr.Invalid")
        for said in ("S3DR_SOURCE_ACCOUNT: missing", "S3DR_MATCH_TAGS: missing", "S3DR_DESTINATION_TOPIC: not the ARN"):
            self.assertIn(said, body["errorMessage"])
        self.assertEqual(function.popen.wait(10), 1)

    def test_malformed_events_are_acknowledged_before_any_certificate_is_read(self):
        broken = "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n"
        function = self.start("source_bucket_check", S3DR_CA_PEM=broken)
        for event in ("", "{", "[]", "{}", '{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"lambda-flow"}}]}', "[" * 100_000):
            path, error, body = function.invoke(event)
            self.assertTrue(path.endswith("/response"), f"{path} {error} {body}")
            self.assertEqual(len(body["refused"]), 1)
        reply = function.invoke(self.call("lambda-any"))
        self.assertHandled(function, reply, "blocked")
        self.assertIn("certificate authority text is not PEM", reply[2]["handled"][0]["why"], "read for the first event that needs it")
        self.assertEqual(len([line for line in function.lines() if line["message"] == "refused"]), 6)

    def test_without_a_certificate_of_its_own_it_trusts_the_bundle_of_the_zip(self):
        function = self.start("source_bucket_check", S3DR_CA_PEM=None)
        function.api.seconds = 8
        path, error, body = function.invoke(self.call("lambda-any"))
        self.assertTrue(path.endswith("/error"), body)
        self.assertIn("certificate was refused", body["errorMessage"], "read, and the cloud's authority is not in it")

    def test_a_scheduled_event_puts_a_bucket_check_on_the_bus(self):
        self.cloud.tag(self.cloud.make_bucket("lambda-sweep"), dr="true")
        function = self.start("source_bucket_check")
        path, error, body = function.invoke({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
        self.assertTrue(path.endswith("/response"), f"{path} {error} {body}\n{function.text()}")
        self.assertTrue(body["complete"], function.text())
        self.assertGreaterEqual(body["published"], 1)
        self.assertEqual(len([line for line in function.lines() if line["message"] == "sweep"]), 1)


@unittest.skipUnless(package_of(own_architecture), "no package was built: make package, or make test-full")
class LambdaPackageForAws(LambdaPackage):
    """The one of `make package`."""

    found = ()


emulator = shutil.which("qemu-aarch64-static")


@unittest.skipIf(own_architecture == "arm64", "arm64 is this machine's own processor")
@unittest.skipUnless(package_of("arm64"), "no package for arm64 was built: scripts/package says what it takes")
@unittest.skipUnless(emulator, "no qemu-aarch64-static: qemu-user-static is not installed")
class LambdaPackageOfArm64(LambdaPackage):
    """That of the other processor, emulated instruction by instruction."""

    found = ()
    architecture = "arm64"
    emulator = emulator


class Builds(unittest.TestCase):
    @limit(1500)
    @unittest.skipUnless(full, "builds the package a second time: make test-full")
    @unittest.skipUnless(package_of(own_architecture), "no package was built: make package")
    def test_another_folder_gives_the_same_bytes(self):
        """A copy of the sources, in a folder with a longer name, compiled anew."""
        kept = package_of(own_architecture)
        with tempfile.TemporaryDirectory(prefix="s3dr-built-elsewhere-") as folder:
            copy = Path(folder, "a", "folder", "of-another-name")
            shutil.copytree(root, copy, ignore=shutil.ignore_patterns("build", ".git"))
            for command in (["cmake", "--preset", "lambda"], ["cmake", "--build", "build/lambda", "--target", "bootstrap"]):
                done = run_command(command, seconds=1400, cwd=copy, environment=os.environ | {"CCACHE_DISABLE": "1"})
                self.assertEqual(done.code, 0, str(done))
            again = Path(folder, "again.zip")
            done = run("deploy", "package", "--program", copy / "build" / "lambda" / "bootstrap", "--out", again)
            self.assertEqual(done.code, 0, str(done))
            self.assertEqual(again.read_bytes(), Path(kept["origin"]).read_bytes())


if __name__ == "__main__":
    unittest.main()
