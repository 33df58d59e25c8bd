"""Bad configuration: one clear line with the place, the right exit code, nothing left running, and nothing begun: in neither
region is there a bucket then, not even one that s3dr makes for itself at its start."""

import http.server
import json
import socket
import threading
import time
import unittest

from harness import (
    CloudTest, Process, Serve, account, binary, configuration, free_port, processes_naming, replica_region, run, source_region, wait_for,
)

template = """source:
  region: {source}
  account: "{account}"
  profile: s3dr-{account}-{source}
destination:
  region: {replica}
  account: "{account}"
  profile: s3dr-{account}-{replica}
endpoints:
  {source}: {source_url}
  {replica}: {replica_url}
replication_role: arn:aws:iam::{account}:role/s3dr-replication
batch_role: arn:aws:iam::{account}:role/s3dr-batch
serve:
  listen: {listen}
  event_secret_file: event-secret
"""


class Refusals(CloudTest):
    serve_settings = None

    def buckets(self):
        return {region: self.cloud.buckets(region) for region in (source_region, replica_region)}

    def write(self, text, name="bad.yaml"):
        path = self.cloud.data / name
        path.write_text(text)
        return path

    def refused(self, text, *expected, code=2, commands=(("serve",), ("config", "validate"), ("status",)), environment=None):
        """Every command says the same, quickly, in at most three lines, and leaves nothing behind."""
        path = self.write(text)
        before = self.buckets()
        for command in commands:
            with self.subTest(" ".join(command)):
                started = time.monotonic()
                done = run(*command, "--config", path, environment=environment or self.cloud.profiles_environment(), seconds=60)
                self.assertExit(done, code)
                self.assertLess(time.monotonic() - started, 45)
                said = [line for line in done.err.splitlines() if not line.startswith("20")]  # without log lines
                self.assertLessEqual(len(said), 3, done)
                self.assertTrue(said[0].startswith("s3dr: "), done)
                for word in expected:
                    self.assertIn(word, "\n".join(said))
                self.assertEqual(processes_naming(str(path)), [])
                self.assertEqual(self.buckets(), before, "begun half-way")


class BadConfiguration(Refusals):
    """No test of this class makes a bucket, so that each of them can look for any."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = template.format(source=source_region, replica=replica_region, account=account, listen=f"127.0.0.1:{free_port()}",
                                   source_url=cls.cloud.url(source_region), replica_url=cls.cloud.url(replica_region))

    def tearDown(self):
        self.assertEqual(self.buckets(), {source_region: [], replica_region: []}, "something was begun")

    def line_of(self, text, word):
        return next(number for number, line in enumerate(text.splitlines(), 1) if word in line)

    def changed(self, old, new):
        self.assertIn(old, self.good)
        return self.good.replace(old, new, 1)

    def test_the_good_one_is_good(self):
        path = self.write(self.good, "good.yaml")
        done = run("config", "validate", "--config", path, "--check", environment=self.cloud.profiles_environment())
        self.assertExit(done, 0)
        done = run("config", "validate", "--config", path, "--output", "json", environment=self.cloud.profiles_environment())
        self.assertTrue(done.json()["valid"])

    def test_unknown_key(self):
        text = self.changed("serve:\n", "serve:\n  swepp_interval: 5m\n")
        self.refused(text, f"bad.yaml:{self.line_of(text, 'swepp')}", "swepp_interval")
        text = self.good + "retries: 3\n"
        self.refused(text, f"bad.yaml:{self.line_of(text, 'retries')}", "retries")

    def test_bad_region(self):
        text = self.changed(f"region: {source_region}", "region: us_west!2")
        self.refused(text, "bad.yaml:2", "us_west!2")

    def test_not_yaml(self):
        self.refused("source: [\n", "bad.yaml:")

    def test_bad_role_and_bad_duration(self):
        for role in ("s3dr-batch", "arn:aws:iam::999999999999:role/s3dr-batch", "arn:aws:s3:::s3dr-batch"):
            self.refused(self.changed(f"batch_role: arn:aws:iam::{account}:role/s3dr-batch", f"batch_role: {role}"), "batch_role")
        text = self.changed("serve:\n", "serve:\n  sweep_interval: soon\n")
        self.refused(text, f"bad.yaml:{self.line_of(text, 'soon')}", "sweep_interval")

    def test_missing_secret(self):
        text = self.changed("event_secret_file: event-secret", "event_secret_file: no-such-file")
        self.refused(text, f"bad.yaml:{self.line_of(text, 'no-such-file')}", "no-such-file")
        text = self.changed("event_secret_file: event-secret", "event_secret_env: S3DR_TEST_NOT_SET")
        self.refused(text, f"bad.yaml:{self.line_of(text, 'NOT_SET')}", "S3DR_TEST_NOT_SET")

    def test_missing_profile(self):
        text = self.changed(f"profile: s3dr-{account}-{source_region}", "profile: nobody")
        self.refused(text, "nobody", code=1, commands=(("serve",), ("status",)))

    def test_same_region_twice(self):
        text = self.changed(f"region: {replica_region}", f"region: {source_region}")
        self.refused(text, "bad.yaml", "region")

    def test_no_configuration(self):
        done = run("status", environment=self.cloud.profiles_environment(), cwd=self.cloud.folder)
        self.assertExit(done, 2)
        self.assertIn("s3dr.yaml", done.err)

    def test_unreachable_endpoint(self):
        """Whichever side it is, what belongs to the other one is not made. `status` asks the destination alone."""
        port = free_port()
        for region, commands in ((source_region, (("serve",),)), (replica_region, (("serve",), ("status",)))):
            with self.subTest(region):
                text = self.changed(self.cloud.url(region), f"http://127.0.0.1:{port}")
                self.refused(text + "retry:\n  attempts_max: 2\n  total_max: 3s\n", f"127.0.0.1:{port}", code=1, commands=commands)

    def test_port_of_another_program(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = f"127.0.0.1:{other.getsockname()[1]}"
            self.refused(json.dumps(configuration(self.cloud, address)), address, code=1, commands=(("serve",),))

    def test_usage(self):
        for words in ((), ("no-such-command",), ("status", "--no-such-option"), ("verify",), ("--output", "xml", "status"),
                      ("plan", "not/a/bucket"), ("verify", "good-name", "--timeout", "soon")):
            with self.subTest(" ".join(words)):
                done = run(*words, environment=self.cloud.profiles_environment(S3DR_CONFIG=str(self.write(self.good, "good.yaml"))))
                self.assertExit(done, 2)
                self.assertTrue(done.err.startswith("s3dr: "), done)
        for words in (("--help",), ("status", "--help"), ("--version",)):
            done = run(*words)
            self.assertExit(done, 0)
            self.assertEqual(done.err, "")

    def test_one_cloud_per_folder(self):
        done = run("cloud", "start", "--data", self.cloud.data, "--ports", "0", seconds=30)
        self.assertExit(done, 1)
        self.assertIn("running", done.err)
        self.assertTrue(self.cloud.answers(), "the one that runs is left alone")
        open_to_all = self.cloud.folder / "open"
        open_to_all.mkdir()
        open_to_all.chmod(0o777)
        done = run("cloud", "start", "--data", open_to_all, "--ports", "0", seconds=30)
        self.assertExit(done, 1)
        self.assertIn("chmod 700", done.err)
        self.assertEqual(list(open_to_all.iterdir()), [])
        new = self.cloud.folder / "new"
        done = run("cloud", "start", "--data", new, "--ports", "0", "--regions", "us-west-2", seconds=30)
        self.assertExit(done, 2)
        self.assertIn("--regions", done.err)
        self.assertEqual(processes_naming(str(new)), [])
        self.assertFalse(new.exists(), "nothing is made before it is known to be right")
        done = run("cloud", "start", "--data", new, "--ports", "0", "--regions", "us-west-2,us-west-2", seconds=30)
        self.assertExit(done, 2)
        self.assertIn("us-west-2 stands there twice in --regions", done.err)
        self.assertFalse(new.exists(), "nothing is made before it is known to be right")


class OtherAccount(Refusals):
    """The configuration names another account than the credentials have. What s3dr would create then has names of that account."""

    def wrong(self, side):
        made = configuration(self.cloud, f"127.0.0.1:{free_port()}")
        made[side]["account"] = "444455556666"
        return made

    def test_neither_serve_nor_the_check_goes_on(self):
        for side in ("source", "destination"):
            self.refused(json.dumps(self.wrong(side) | {"batch_role": None, "replication_role": None}),
                         f"the credentials of the {side} side are of account {account}, the configuration says 444455556666",
                         f"next: name the right profile: {side}.profile", code=1,
                         commands=(("serve",), ("serve", "--wait-for-stores"), ("config", "validate", "--check")))

    def fake(self, port=0, account_id=None):
        store = FakeStore(port, account_id)
        self.addCleanup(store.close)
        return store

    def pointed_at(self, source, destination):
        made = configuration(self.cloud, f"127.0.0.1:{free_port()}")
        made["endpoints"] = {source_region: f"http://127.0.0.1:{source}", replica_region: f"http://127.0.0.1:{destination}"}
        return self.write(json.dumps(made))

    def test_a_store_without_sts_cannot_tell_and_says_so_once(self):
        stores = self.fake(), self.fake()
        done = run("config", "validate", "--check", "--config", self.pointed_at(*(store.port for store in stores)),
                   environment=self.cloud.profiles_environment())
        self.assertExit(done, 0)
        self.assertEqual(done.err.count("the account is not checked side=source"), 1, done)
        self.assertEqual(done.err.count("the account is not checked side=destination"), 1, done)

    def test_a_store_that_comes_later_is_asked_before_anything_is_created(self):
        source, port = self.fake(), free_port()
        path = self.pointed_at(source.port, port)
        serve = Process([binary, "serve", "--wait-for-stores", "--config", path], self.cloud.folder / "late.log",
                        self.cloud.profiles_environment())
        self.addCleanup(serve.stop)
        wait_for(lambda: "store not reached" in serve.output(), 30, "serve waits")
        late = self.fake(port, "444455556666")
        wait_for(lambda: not serve.running(), 60, "the end of serve")
        self.assertIn("the credentials of the destination side are of account 444455556666", serve.output())
        self.assertEqual([line for line in source.seen + late.seen if line.startswith("PUT")], [])


class FakeStore:
    """An S3 store of one empty region, with STS only for `account_id`."""

    def __init__(self, port, account_id):
        self.seen = seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                seen.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("content-length", 0)))
                status, body = 200, "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"
                if self.command == "POST" and account_id:
                    body = ("<GetCallerIdentityResponse><GetCallerIdentityResult>"
                            f"<Account>{account_id}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")
                elif self.command == "POST":
                    status, body = 405, "<Error><Code>MethodNotAllowed</Code><Message>no</Message></Error>"
                elif self.command != "GET" or "?" not in self.path and self.path != "/":
                    status, body = 404, ""
                self.send_response(status)
                self.send_header("x-amz-request-id", "0123456789ABCDEF")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body.encode())

            do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class PortInUse(Refusals):
    def test_port_in_use(self):
        first = Serve(self.cloud, name="first").ready()
        made = self.buckets()
        self.assertEqual((len(made[source_region]), len(made[replica_region])), (1, 1), "what a start makes can be seen")
        text = json.dumps(configuration(self.cloud, first.address))
        self.refused(text, first.address, code=1, commands=(("serve",),))
        self.assertTrue(first.running())
        self.assertEqual(first.get("/readyz"), 200, "the one that has it goes on")


if __name__ == "__main__":
    unittest.main()
