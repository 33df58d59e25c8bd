"""One run: its prefix, its two regions, clients that record what they hear, and the s3dr command line."""

import json
import os
import secrets
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config

from localhost_names import resolve_localhost_names
from recordings import Recorder

root = Path(__file__).resolve().parents[2]
notes = Path(os.environ.get("S3DR_CHECK_NOTES", root / "build" / "aws-check"))
prefix_begin = "s3drchk-"


class Failed(Exception):
    """A step did not do what it should: what, and what it said."""


@dataclass
class Options:
    source_region: str
    destination_region: str
    profile: str = ""
    destination_profile: str = ""
    endpoints: dict = field(default_factory=dict)  # region → URL; empty: AWS
    ca: str = ""
    package: str = ""
    patience: int = 1200  # seconds to wait for what AWS does in its own time
    expensive: bool = False

    def to_json(self):
        return self.__dict__


@contextmanager
def held_signals():
    """Ctrl-C and SIGTERM are answered when the block ends. Between fork and exec a program that was just started loses them, and in between
    this one would not know yet which program to end."""
    held = []
    handlers = {number: signal.signal(number, lambda number, frame: held.append(number)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for number in held[:1]:
        signal.raise_signal(number)


def run_to_its_end(command, seconds):
    """Its exit code, output and errors. However this is left, the program has ended: one that runs on would make what was just removed."""
    process = None
    try:
        with held_signals():
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        output, errors = process.communicate(timeout=seconds)
        return process.returncode, output, errors
    except BaseException:
        if process:
            end(process)
        raise


def end(process, seconds=60):
    process.terminate()
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


class Run:
    def __init__(self, options, prefix=None):
        self.options = options
        self.prefix = prefix or prefix_begin + secrets.token_hex(3)
        self.folder = notes / self.prefix
        self.recorder = Recorder(self.folder / "recordings")
        self.clients = {}
        self.account = ""
        self.create_trail = False
        if options.endpoints:
            resolve_localhost_names()

    # --- names of what this run makes; each begins with the prefix, and removal.py finds it by that ---------------------

    @property
    def source(self):
        return self.prefix + "-source"

    @property
    def replica(self):
        return self.source + "-dr"

    @property
    def regions(self):
        return (self.options.source_region, self.options.destination_region)

    # --- notes, so that a run that was killed can be cleaned up by the next --------------------------------------------

    @property
    def note(self):
        return self.folder / "run.json"

    def begin(self):
        """Before anything is made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.note.write_text(json.dumps({"prefix": self.prefix, "account": self.account, "create_trail": self.create_trail,
                                         "options": self.options.to_json()}, indent=1))
        self.write_config()

    def is_removed(self):
        self.note.unlink(missing_ok=True)

    @classmethod
    def of_note(cls, path):
        noted = json.loads(Path(path).read_text())
        run = cls(Options(**noted["options"]), noted["prefix"])
        run.account, run.create_trail = noted["account"], noted["create_trail"]
        return run

    # --- clients ------------------------------------------------------------------------------------------------------

    def client(self, service, region=None, keys=None):
        """boto3's. `keys`: of an assumed role, instead of the operator's."""
        region = region or self.options.source_region
        wanted = (service, region, keys and keys["AccessKeyId"])
        if wanted not in self.clients:
            profile = self.options.destination_profile if region == self.options.destination_region else ""
            session = boto3.Session(profile_name=(profile or self.options.profile) or None) if not keys else boto3.Session(
                aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
            stand_in = self.options.endpoints.get(region)
            settings = {"retries": {"total_max_attempts": 4}}
            if stand_in and service == "s3":
                settings["s3"] = {"addressing_style": "path"}
            client = session.client(service, region_name=region, endpoint_url=stand_in, verify=self.options.ca or None,
                                    config=Config(**settings))
            self.recorder.listen(client, service)
            self.clients[wanted] = client
        return self.clients[wanted]

    def learn_account(self):
        self.account = self.client("sts").get_caller_identity()["Account"]
        self.recorder.account = self.account
        return self.account

    def make_bucket(self, name, region=None, **more):
        region = region or self.options.source_region
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self.client("s3", region).create_bucket(Bucket=name, **where, **more)
        return name

    # --- s3dr ---------------------------------------------------------------------------------------------------------

    @property
    def config(self):
        return self.folder / "s3dr.yaml"

    def write_config(self):
        """Only buckets that carry the prefix as a tag are protected, so nothing else in the account is touched."""
        def side(region, profile):
            return {"region": region, "account": self.account} | ({"profile": profile} if profile else {})

        options = self.options
        config = {"source": side(options.source_region, options.profile),
                  "destination": side(options.destination_region, options.destination_profile or options.profile),
                  "match_tags": {self.prefix: "true"}, "name_prefix": self.prefix,
                  "control_bucket": self.prefix + "-control", "reports_bucket": self.prefix + "-reports"}
        if options.endpoints:
            config |= {"endpoints": options.endpoints, "ca_bundle": options.ca}
        self.config.write_text(json.dumps(config, indent=1))

    def s3dr(self, *arguments, codes=(0,), seconds=1800):
        """A command of the built program; its JSON."""
        program = Path(os.environ.get("S3DR_BINARY", root / "build" / "release" / "s3dr"))
        command = [str(program), *map(str, arguments), "--config", str(self.config), "--output", "json"]
        code, output, errors = run_to_its_end(command, seconds)
        if code not in codes:
            raise Failed(f"{' '.join(command[1:])}: exit {code}: {(errors or output).strip()}")
        return json.loads(output) if output.strip() else {}

    def deploy(self, what, *more, **named):
        package = ["--package", self.options.package] if self.options.package and what == "apply" else []
        trail = ["--create-trail"] if self.create_trail else []
        return self.s3dr("deploy", what, *package, *trail, "--sweep", "1m", *more, **named)

    def wait_for(self, look, what, seconds=None, every=None):
        """What `look` returns once it is true; None: it never was. Says once a minute what is waited for."""
        every = every or (0.2 if self.options.endpoints else 5)
        began = said = time.monotonic()
        while True:
            seen = look()
            if seen:
                return seen
            now = time.monotonic()
            if now > began + (seconds or self.options.patience):
                return None
            if now > said + 60:
                print(f"    waiting for {what} since {now - began:.0f} s", flush=True)
                said = now
            time.sleep(every)
