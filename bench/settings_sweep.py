"""A sweep over many tagged buckets that have settings: calls a bucket, how long a round takes, memory of the controller.

The buckets and their settings are made by boto3. The figures are those of `s3dr serve`, counted in the access logs of the cloud."""

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from servers import Controller, NotThere

INTERVAL = 20  # between two sweeps; a round is over when nothing was asked for QUIET seconds
QUIET = 3
WAIT_SECONDS_MAX = 900
SETTINGS = {  # call: its parameter
    "put_bucket_encryption": {"ServerSideEncryptionConfiguration": {"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]}},
    "put_bucket_cors": {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.org"]}]}},
    "put_bucket_lifecycle_configuration": {"LifecycleConfiguration": {"Rules": [
        {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400}}]}},
    "put_bucket_website": {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}},
    "put_bucket_accelerate_configuration": {"AccelerateConfiguration": {"Status": "Enabled"}},
    "put_bucket_metrics_configuration": {"Id": "all", "MetricsConfiguration": {"Id": "all"}},
    "put_bucket_analytics_configuration": {"Id": "classes", "AnalyticsConfiguration": {"Id": "classes", "StorageClassAnalysis": {}}},
    "put_bucket_intelligent_tiering_configuration": {"Id": "cold", "IntelligentTieringConfiguration": {
        "Id": "cold", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}},
}


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def peak_memory(pid):
    return 1024 * int(re.search(r"^VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])


class SettingsSweep:
    """`binary`: of the controller, and of the command that asks how far it is."""

    def __init__(self, binary, cloud, buckets):
        self.binary, self.cloud, self.buckets = binary, cloud, buckets
        self.config = cloud.folder / "s3dr.yaml"
        self.original = self.config.read_text()

    def client(self):
        try:
            import boto3
            from botocore.config import Config
        except ImportError as missing:
            raise NotThere("this Python has no boto3") from missing
        credentials = (self.cloud.folder / "aws/credentials").read_text()
        section = credentials.split(f"[{self.cloud.profile}]")[1]
        keys = dict(re.findall(r"(aws_\w+) *= *(\S+)", section.split("[")[0]))
        return boto3.client("s3", endpoint_url=self.cloud.endpoint, region_name=self.cloud.profile.split("-", 2)[2],
                            config=Config(max_pool_connections=16, s3={"addressing_style": "path"}), **keys)

    def make(self):
        client = self.client()

        def one(number):
            name = f"bucket-{number:05}"
            client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": client.meta.region_name})
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            for call, parameters in SETTINGS.items():
                getattr(client, call)(Bucket=name, **parameters)
            client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "dr", "Value": "true"}]})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(self.buckets)))

    def configure(self, check_every):
        """`None`: a release without settings, which would not know the word."""
        text = self.original.replace("\nserve:\n", f"\nserve:\n  sweep_interval: {INTERVAL}s\n")
        if check_every:
            text += f"settings:\n  check_every: {check_every}\n"
        self.config.write_text(text)

    def asked(self, since):
        """The times of all requests since, of both regions, in order."""
        times = []
        for region in self.cloud.folder.glob("*/access.log"):
            for path in (region.with_name("access.log.1"), region):
                if path.exists():
                    times += [instant(json.loads(line)["time"]) for line in path.read_text().splitlines() if line.endswith("}")]
        return sorted(at for at in times if at >= since)

    def rounds(self, since):
        """[[times of a round]]: whole ones only."""
        found = []
        for at in self.asked(since):
            if not found or at - found[-1][-1] > QUIET:
                found.append([])
            found[-1].append(at)
        return [one for one in found if time.time() - one[-1] > QUIET]

    def settle(self):
        """Until every bucket has its replica and is verified."""
        begin = time.monotonic()
        while True:
            command = [str(self.binary), "status", "--config", str(self.config), "--output", "json"]
            told = subprocess.run(command, env=self.cloud.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            states = [record["state"] for record in json.loads(told or "{}").get("protections", [])]
            if len(states) >= self.buckets and all(state == "protected" for state in states):
                return time.monotonic() - begin
            if time.monotonic() - begin > WAIT_SECONDS_MAX:
                raise SystemExit(f"bench: {states.count('protected')} of {self.buckets} buckets are protected after {WAIT_SECONDS_MAX} s")
            time.sleep(2)

    def measure_rounds(self, check_every):
        self.configure(check_every)
        since = time.time()
        with Controller(self.binary, self.cloud) as controller:
            while len(self.rounds(since)) < 3:
                if time.time() - since > WAIT_SECONDS_MAX:
                    raise SystemExit(f"bench: no three rounds within {WAIT_SECONDS_MAX} s")
                time.sleep(2)
            memory = peak_memory(controller.process.pid)
        last = self.rounds(since)[1:3]  # the first one also looks at what happened while nobody ran
        return {"calls_per_bucket": sum(map(len, last)) / len(last) / self.buckets,
                "round_seconds": sum(one[-1] - one[0] for one in last) / len(last), "peak_memory_bytes": memory}

    def measure(self, knows_settings):
        self.make()
        self.configure("1h" if knows_settings else None)
        with Controller(self.binary, self.cloud) as controller:
            settled = self.settle()
            memory = peak_memory(controller.process.pid)
        result = {"buckets": self.buckets, "settings": len(SETTINGS), "until_protected_seconds": settled, "until_protected_memory_bytes": memory}
        result["nothing_due"] = self.measure_rounds("1h" if knows_settings else None)
        if knows_settings:
            result["settings_due"] = self.measure_rounds("1s")
        return result
