"""What every end-to-end test stands on: an embedded cloud with a data folder of its own, controllers, and the command line,
all as real processes. Nothing here imports code of s3dr; everything goes over its doors.

  Cloud    `s3dr cloud start` with ports of the kernel's choice; kill, stop and start of a region; clients; logs; records
  Serve    `s3dr serve` with short intervals, on a configuration made for the test
  (processes.py: one command of the program, any process in the background)
"""

import atexit
import json
import os
import shutil
import signal
import socket
import sqlite3
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from configparser import ConfigParser
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from localhost_names import resolve_localhost_names
# The tests take these from here, too.
from processes import (Process, binary, clean_environment, free_port, full, kept_logs, peak_memory, processes_naming,  # noqa: F401
                       root, run, run_command, wait_for)

source_region, replica_region = "us-west-2", "us-east-2"
account, other_account = "111122223333", "444455556666"
live_clouds = []

resolve_localhost_names()


class Cloud:
    """An embedded cloud in a folder of its own. `options`: of `cloud start`."""

    def __init__(self, start=True, options=()):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="s3dr-e2e-"))
        self.data = self.folder / "cloud"
        self.home = self.folder / "home"  # of client programs
        self.home.mkdir()
        self.serves = []
        self.clients = {}
        self.secrets = set()  # must be in no log
        self.process = None
        live_clouds.append(self)
        atexit.register(self.remove)
        if start:
            self.start()

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self):
        self.process = Process([binary, "cloud", "start", "--data", self.data, "--ports", "0", *self.options],
                               self.folder / "cloud.log")
        wait_for(self.answers, 30, "a running cloud")
        self.load()

    def load(self):
        """Learns ports and keys from the data folder."""
        self.installation = json.loads((self.data / "installation.json").read_text())
        self.ports = {entry["region"]: entry for entry in self.installation["regions"]}
        credentials = ConfigParser(interpolation=None)
        credentials.read(self.data / "aws" / "credentials")
        self.credentials = {name: (section["aws_access_key_id"], section["aws_secret_access_key"])
                            for name, section in credentials.items() if name != "DEFAULT"}
        self.secrets |= {secret for _, secret in self.credentials.values()}
        self.event_secret = (self.data / "event-secret").read_text().strip()
        self.secrets.add(self.event_secret)

    def answers(self):
        if not self.process.running():
            raise AssertionError(f"the cloud did not start:\n{self.process.output()}")
        try:
            regions = json.loads((self.data / "installation.json").read_text())["regions"]
        except OSError:
            return False
        return all(self.listens(entry["http"]) and self.listens(entry["https"]) for entry in regions)

    @staticmethod
    def listens(port):
        with socket.socket() as probe:
            probe.settimeout(2)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def region_pid(self, region):
        pids = [pid for pid in processes_naming(str(self.data)) if pid != self.process.pid and self.is_region(pid, region)]
        if len(pids) != 1:
            raise AssertionError(f"{len(pids)} processes of region {region}")
        return pids[0]

    @staticmethod
    def is_region(pid, region):
        try:
            words = Path("/proc", str(pid), "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return False
        return words[1:2] == ["region"] and region in words

    def kill_region(self, region):
        """As if the machine of the region had lost its power (but for the page cache)."""
        os.kill(self.region_pid(region), signal.SIGKILL)
        wait_for(lambda: not self.listens(self.ports[region]["http"]), 10, "the end of the region")

    def stop_region(self, region):
        done = run("cloud", "stop", "--data", self.data, region)
        assert done.code == 0, done
        assert not self.listens(self.ports[region]["http"]), "a stopped region still listens"

    def start_region(self, region):
        done = run("cloud", "start", "--data", self.data, region)
        assert done.code == 0, done
        wait_for(lambda: self.listens(self.ports[region]["http"]), 20, "the return of the region")

    def close(self):
        """Stops everything and checks what must hold for every test: nothing runs on, no secret was written down."""
        try:
            problems = []
            for process in [*self.serves, self.process]:
                try:
                    process.stop()
                except AssertionError as late:
                    problems.append(str(late))
            left = processes_naming(str(self.data))
            if left:
                problems.append(f"processes left behind: {left}")
            problems += self.leaked_secrets()
            assert not problems, "; ".join(problems)
        except AssertionError:
            keep_logs("at-the-end")
            raise
        finally:
            self.remove()

    def remove(self):
        if self not in live_clouds:
            return
        live_clouds.remove(self)
        for process in [*self.serves, self.process]:
            if process and process.running():
                process.kill()
        time.sleep(0.05)
        for pid in processes_naming(str(self.data)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- looking at it ----------------------------------------------------------------------------------------------

    def logs(self):
        return [*self.folder.glob("*.log"), *self.data.glob("*/*.log"), *self.data.glob("*.log")]

    def leaked_secrets(self):
        return [f"{path.name} contains a secret" for path in self.logs()
                if any(secret in path.read_text(errors="replace") for secret in self.secrets)]

    def access(self, region, since=0):
        """The requests the region has answered, from a position of its log on."""
        with open(self.data / region / "access.log", "rb") as log:
            log.seek(since)
            return [json.loads(line) for line in log.read().splitlines() if line.strip()]

    def access_position(self, region):
        path = self.data / region / "access.log"
        return path.stat().st_size if path.exists() else 0

    def database(self, region):
        """The region's own tables. Write only while it is stopped."""
        return sqlite3.connect(self.data / region / "database.sqlite3", timeout=20)

    def body_file(self, region, bucket, key, version_id):
        with self.database(region) as tables:
            row = tables.execute(
                "SELECT body FROM object_version WHERE key = CAST(? AS BLOB) AND version_id = ? AND bucket = "
                "(SELECT id FROM bucket WHERE name = ?)", (key, version_id, bucket)).fetchone()
        files = [path for path in (self.data / region).rglob("*") if path.name == row[0] and path.is_file()]
        assert len(files) == 1, f"{len(files)} files for body {row[0]}"
        return files[0]

    # --- clients ----------------------------------------------------------------------------------------------------

    def url(self, region, tls=False):
        return f"https://localhost:{self.ports[region]['https']}" if tls else f"http://127.0.0.1:{self.ports[region]['http']}"

    @property
    def ca(self):
        return str(self.data / "ca.pem")

    def keys(self, region, owner=account):
        return self.credentials[f"s3dr-{owner}-{region}"]

    def client(self, service, region, owner=account, tls=False, url=None, **settings):
        identity, secret = self.keys(region, owner)
        options = {"s3": {"addressing_style": "path"}, "signature_version": "s3v4", "retries": {"total_max_attempts": 1}, "connect_timeout": 5,
                   "read_timeout": 60, "max_pool_connections": 16} | settings
        return boto3.client(service, region_name=region, endpoint_url=url or self.url(region, tls), aws_access_key_id=identity,
                            aws_secret_access_key=secret, verify=self.ca if tls else None, config=Config(**options))

    def s3(self, region=source_region, owner=account, tls=False):
        wanted = (region, owner, tls)
        if wanted not in self.clients:
            self.clients[wanted] = self.client("s3", *wanted)
        return self.clients[wanted]

    def s3control(self, region=source_region):
        wanted = ("control", region)
        if wanted not in self.clients:
            url = f"http://localhost:{self.ports[region]['http']}"
            self.clients[wanted] = self.client("s3control", region, url=url, s3={})
        return self.clients[wanted]

    def environment(self, region=source_region, owner=account, tls=False, **more):
        """For client programs."""
        identity, secret = self.keys(region, owner)
        return clean_environment(
            HOME=str(self.home), AWS_ACCESS_KEY_ID=identity, AWS_SECRET_ACCESS_KEY=secret, AWS_DEFAULT_REGION=region,
            AWS_REGION=region, AWS_CA_BUNDLE=self.ca, **more)

    def profiles_environment(self, **more):
        return clean_environment(HOME=str(self.home), AWS_SHARED_CREDENTIALS_FILE=str(self.data / "aws" / "credentials"),
                                 AWS_CONFIG_FILE=str(self.data / "aws" / "config"), **more)

    def make_bucket(self, name, region=source_region, owner=account):
        self.s3(region, owner).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        return name

    def filled(self, name):
        """A new bucket with three small objects."""
        bucket = self.make_bucket(name)
        for number in range(3):
            self.s3().put_object(Bucket=bucket, Key=f"k{number}", Body=b"x" * number)
        return bucket

    def buckets(self, region):
        """Names of the region's buckets. ListBuckets tells those of all regions, and old boto3 has no word for its filter."""
        client = self.client("s3", region)
        client.meta.events.register_first("before-sign.s3.ListBuckets", lambda request, **_: setattr(
            request, "url", request.url + ("&" if "?" in request.url else "?") + f"bucket-region={region}"))
        return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]

    def tag(self, bucket, **tags):
        """Replaces the tags of the bucket."""
        self.s3().put_bucket_tagging(
            Bucket=bucket, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]})

    # --- protection -------------------------------------------------------------------------------------------------

    def record(self, bucket):
        """The record of the bucket's protection; None: there is none."""
        try:
            found = self.s3(replica_region).get_object(
                Bucket=f"s3dr-control-{account}-{replica_region}", Key=f"records/{account}/{source_region}/{bucket}.json")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket"):
                return None
            raise
        return json.loads(found["Body"].read())

    def wait_state(self, bucket, state, seconds=60, holds=lambda record: True):
        seen = [None]

        def look():
            seen[0] = self.record(bucket)
            return seen[0] if seen[0] and seen[0]["state"] == state and holds(seen[0]) else None

        try:
            return wait_for(look, seconds, f"state {state}", every=0.1)
        except AssertionError as late:
            raise AssertionError(f"{late}; the record: {json.dumps(seen[0], indent=1)}") from None

    def replica_of(self, bucket):
        return self.record(bucket)["replica"]["bucket"]

    def through_the_fence(self, replica, change, client=None):
        """What `change()` gives. `client`: of the replica's account. Who may write a bucket policy may lift the fence; somebody may put it back at once."""
        def attempt():
            (client or self.s3(replica_region)).delete_bucket_policy(Bucket=replica)
            try:
                return [change()]
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDenied":
                    raise
                return None

        return wait_for(attempt, 30, f"a change of {replica} past its fence")[0]

    def rules(self, bucket):
        try:
            return self.s3().get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ReplicationConfigurationNotFoundError":
                return []
            raise

    def jobs(self, bucket):
        """Batch jobs of the bucket: (id, token)."""
        with self.database(source_region) as tables:
            return tables.execute("SELECT id, token FROM job WHERE bucket = (SELECT id FROM bucket WHERE name = ?)",
                                  (bucket,)).fetchall()

    def job_is_under_way(self, bucket):
        """A backfill of the bucket has been accepted and has not ended."""
        control = self.s3control()
        jobs = [control.describe_job(AccountId=account, JobId=job)["Job"]["Status"] for job, _ in self.jobs(bucket)]
        return any(status in ("New", "Preparing", "Ready", "Active", "Completing") for status in jobs)


class Serve(Process):
    """A controller. `endpoints` puts something between it and a region; `settings` are merged into the configuration."""

    def __init__(self, cloud, name="serve", endpoints=None, settings=None, tls=False, start=True, listen=None,
                 log_level="info"):
        self.cloud = cloud
        self.name = name
        self.log_level = log_level
        self.address = listen or cloud.installation["serve_address"]
        self.config = cloud.data / f"{name}.yaml"
        self.config.write_text(json.dumps(configuration(cloud, self.address, endpoints, settings, tls), indent=1))
        self.popen = None
        if start:
            self.start()

    def start(self):
        super().__init__([binary, "serve", "--config", self.config, "--log-level", self.log_level],
                         self.cloud.folder / f"{self.name}.log", self.cloud.profiles_environment())
        if self not in self.cloud.serves:
            self.cloud.serves.append(self)
        return self

    def ready(self, seconds=30):
        def look():
            if not self.running():
                raise AssertionError(f"serve ended:\n{self.output()[-3000:]}")
            return self.get("/readyz") == 200

        wait_for(look, seconds, "a ready controller")
        return self

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def send_event(self, envelope, secret=None):
        request = urllib.request.Request(f"http://{self.address}/events", data=json.dumps(envelope).encode(), method="POST",
                                         headers={"x-s3dr-event-secret": secret or self.cloud.event_secret,
                                                  "content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    def s3dr(self, *arguments, **more):
        """A command with this controller's configuration."""
        environment = self.cloud.profiles_environment(S3DR_CONFIG=str(self.config))
        return run(*arguments, environment=environment, **more)


def configuration(cloud, address, endpoints=None, settings=None, tls=False):
    """s3dr.yaml for a test (JSON is YAML): the cloud's own, with intervals that need no waiting."""
    def side(region):
        return {"region": region, "account": account, "profile": f"s3dr-{account}-{region}"}

    made = {
        "source": side(source_region), "destination": side(replica_region),
        "endpoints": {region: cloud.url(region, tls) for region in (source_region, replica_region)} | (endpoints or {}),
        "match_tags": {"dr": "true"},
        "replication_role": f"arn:aws:iam::{account}:role/s3dr-replication",
        "batch_role": f"arn:aws:iam::{account}:role/s3dr-batch",
        "backfill": {"backoff_base": "200ms", "backoff_cap": "1s", "look_again": "150ms"},
        "retry": {"attempts_max": 4, "delay_base": "50ms", "delay_cap": "500ms", "total_max": "10s"},
        "serve": {"listen": address, "event_secret_file": "event-secret", "sweep_interval": "1s", "prepare_retry": "200ms",
                  "queue": {"retry_base": "50ms", "retry_cap": "500ms", "attempts_max": 50},
                  "verify": {"retry_after": "200ms", "retry_cap": "1s"}},
    }
    if tls:
        made["ca_bundle"] = "ca.pem"
    return merged(made, settings or {})


def merged(base, changes):
    """Maps are merged, everything else is replaced."""
    return base | {name: merged(base.get(name, {}), value) if isinstance(value, dict) else value for name, value in changes.items()}


def keep_logs(test):
    """Copies the logs of what is running for a person to read; returns the folder."""
    folder = kept_logs / test.replace("/", "_")
    shutil.rmtree(folder, ignore_errors=True)
    for number, cloud in enumerate(live_clouds):
        to = folder if len(live_clouds) == 1 else folder / str(number)
        to.mkdir(parents=True, exist_ok=True)
        for path in [*cloud.logs(), *cloud.data.glob("*.yaml")]:
            shutil.copy(path, to / (path.name if path.parent in (cloud.folder, cloud.data) else f"{path.parent.name}-{path.name}"))
    return folder


class CloudTest(unittest.TestCase):
    """Tests that share one cloud, and one controller if `serve_settings` is not None."""

    serve_settings = {}

    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud()
        cls.addClassCleanup(cls.cloud.close)
        if cls.serve_settings is not None:
            cls.serve = Serve(cls.cloud, settings=cls.serve_settings).ready()

    def assertExit(self, done, code):
        self.assertEqual(done.code, code, f"\n{done}")


def limit(seconds):
    """How long a test may take, where the runner's default is too short."""
    def mark(test):
        test.limit_seconds = seconds
        return test
    return mark
