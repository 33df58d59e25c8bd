"""ministack as a judge: a second stand-in for AWS's services of other authors. Unlike moto it runs functions, for real, and delivers to
them what the rules and topics say. It checks no signature and, by default, no policy."""

import shutil
import tempfile
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

import pypi
from processes import Process, clean_environment, free_port, wait_for


class Ministack:
    venv = pypi.ministack
    forgets_queries_of_alarms = True  # PutMetricAlarm keeps no Metrics
    runs_functions = True

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="s3dr-ministack-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = clean_environment(GATEWAY_PORT=str(self.port), BIND_HOST="127.0.0.1", HOME=str(self.folder), TMPDIR=str(self.folder),
                                        PYTHONDONTWRITEBYTECODE="1", LAMBDA_EXECUTOR="local")
        self.process = Process([pypi.ministack.program("ministack")], self.folder / "ministack.log", environment)
        wait_for(self.answers, 60, "a running ministack")

    def answers(self):
        if not self.process.running():
            raise AssertionError(f"ministack did not start:\n{self.process.output()}")
        try:
            return urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2).status == 200
        except OSError:
            return False

    def close(self):
        self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reset(self):
        assert urllib.request.urlopen(urllib.request.Request(f"{self.url}/_ministack/reset", method="POST"), timeout=20).status == 200

    def client(self, service, region, keys):
        return boto3.client(service, region_name=region, endpoint_url=self.url,
                            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}), **keys)

    @staticmethod
    def keys_of(account):
        """ministack takes a key id of twelve digits for the account."""
        return {"aws_access_key_id": account, "aws_secret_access_key": "secret"}
