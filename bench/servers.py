"""The stores that run.py measures, each started on ports of the kernel's choice and ended with its block."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

START_SECONDS_MAX = 60


class NotThere(Exception):
    """A peer that cannot be had here, and why."""


def clean_environment(**variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3DR_"))}
    return kept | {name: str(value) for name, value in variables.items()}


class Server:
    """A child process with its log; the subclass says when it is ready."""

    def __init__(self, command, log, environment):
        self.command = [str(word) for word in command]
        self.log = log
        self.environment = environment
        self.process = None

    def __enter__(self):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT, env=self.environment)
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *failure):
        self.stop()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            print(f"bench: {' '.join(self.command)} did not end when told to and was killed", file=sys.stderr)
            self.process.kill()
            self.process.wait()

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                ended = "ended" if self.process.poll() is not None else "is not ready in time"
                raise SystemExit(f"bench: {' '.join(self.command)} {ended}:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)


class Cloud(Server):
    """`s3dr cloud start` in a folder of its own. `endpoint`, `pid` and `profile` are those of its first region.

    `pids` has all regions: the first is the source of its configuration, the second the destination."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder / "cloud"
        environment = clean_environment(
            AWS_SHARED_CREDENTIALS_FILE=self.folder / "aws/credentials",
            AWS_CONFIG_FILE=self.folder / "aws/config",
            AWS_CA_BUNDLE=self.folder / "ca.pem",
        )
        command = [binary, "cloud", "start", "--ports", "0", "--data", self.folder]
        super().__init__(command, folder / "cloud.log", environment)

    def is_ready(self):
        command = [str(self.binary), "cloud", "status", "--data", str(self.folder), "--output", "json"]
        status = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if status.returncode != 0:
            return False
        regions = json.loads(status.stdout)
        region = regions[0]
        installation = json.loads((self.folder / "installation.json").read_text())
        self.endpoint, self.tls_endpoint, self.pid = region["http"], region["https"], region["pid"]
        self.pids = [each["pid"] for each in regions]
        self.account = installation["accounts"][0]
        self.profile = f"s3dr-{self.account}-{region['region']}"
        self.serve_address = installation["serve_address"]
        return True


class Controller(Server):
    """`s3dr serve` for a cloud, with the configuration that the cloud has written."""

    def __init__(self, binary, cloud):
        self.config = cloud.folder / "s3dr.yaml"
        self.cloud = cloud
        super().__init__([binary, "serve", "--config", self.config], cloud.folder.parent / "serve.log", cloud.environment)

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://{self.cloud.serve_address}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False


class Moto(Server):
    """moto's server from PyPI, in a virtual environment that is kept for the next run. Raises NotThere."""

    version = "5.2.5"
    account = "123456789012"
    profile = None

    def __init__(self, venv, log):
        self.venv = venv
        environment = clean_environment(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench")
        super().__init__([venv / "bin/moto_server", "-H", "127.0.0.1", "-p", "0"], log, environment)

    def __enter__(self):
        self.install()
        return super().__enter__()

    def install(self):
        made = self.venv / f"moto-{self.version}"
        if made.exists():
            return
        # The extra "server" would bring what every other service needs, too: 320 MB instead of 140.
        wanted = [f"moto[s3]=={self.version}", "flask", "flask-cors"]
        pip = [str(self.venv / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", *wanted]
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(self.venv)], check=True, capture_output=True)
            subprocess.run(pip, check=True, capture_output=True, text=True, timeout=180)
        except (OSError, subprocess.SubprocessError) as failure:
            said = getattr(failure, "stderr", None) or str(failure)
            raise NotThere(f"not to be had from PyPI ({str(said).strip().splitlines()[-1]})") from failure
        made.touch()

    def is_ready(self):
        found = re.search(r"Running on (http://127\.0\.0\.1:\d+)", self.log.read_text(errors="replace"))
        if found:
            self.endpoint, self.pid = found[1], self.process.pid
        return found is not None
