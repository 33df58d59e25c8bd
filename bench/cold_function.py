"""One cold invocation of source_bucket_check, ours and a boto3 equivalent in the same run: a process starts, handles the event of
a bucket that was just tagged, over TLS against the embedded cloud, and ends. CPU seconds, wall time and peak memory of the process.

Ours is `bootstrap` behind a Runtime API that knows one event; the peer reads the event from standard input, so what a Python
runtime client of Lambda would cost on top is not in its figures. Peak memory is VmHWM of /proc, read at the end of the process's
life: what wait4 reports contains the memory of whoever started it."""

import json
import os
import queue
import re
import statistics
import subprocess
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from servers import NotThere, clean_environment

HERE = Path(__file__).resolve().parent
SOURCE, DESTINATION = "us-west-2", "us-east-2"


class OneEvent:
    """A Runtime API with one event; the connection of whoever asks for a second one is closed."""

    def __init__(self, event):
        self.replies = queue.Queue()
        self.process = None
        self.peak_kib = None
        given = [event]
        replies, api = self.replies, self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                if not given:  # it has answered and asks for more
                    api.peak_kib = peak_kib(api.process.pid)
                    self.close_connection = True
                    return
                self.answer(200, given.pop().encode(), {"Lambda-Runtime-Aws-Request-Id": "request-1",
                                                        "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60_000)})

            def do_POST(self):
                replies.put((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
                self.answer(202, b"", {})

            def answer(self, status, body, headers):
                self.send_response(status)
                for name, value in (headers | {"Content-Length": len(body)}).items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self):
        return f"127.0.0.1:{self.server.server_address[1]}"


def peak_kib(pid):
    return int(re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc", str(pid), "status").read_text(), re.MULTILINE)[1])


def life_of(command, environment, text, started=lambda process: None):
    """Runs it to its end. Returns what it used, and its output."""
    began = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    started(process)
    process.stdin.write(text.encode())
    process.stdin.close()
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {"wall_seconds": time.monotonic() - began, "cpu_seconds": used.ru_utime + used.ru_stime}, output


class ColdFunction:
    def __init__(self, binary, cloud, folder, peer_python):
        try:
            import boto3
        except ImportError as failure:
            raise NotThere("this Python has no such module") from failure
        self.cloud, self.folder, self.peer_python = cloud, folder, peer_python
        said = subprocess.run([binary, "deploy", "package", "--output", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if said.returncode != 0:
            raise NotThere("no static package was built: make package")
        self.package = json.loads(said.stdout)
        with zipfile.ZipFile(self.package["origin"]) as archive:
            self.program = folder / "bootstrap"
            self.program.write_bytes(archive.read("bootstrap"))
        self.program.chmod(0o755)
        ports = json.loads((cloud.folder / "installation.json").read_text())["regions"]
        self.endpoints = {entry["region"]: f"https://127.0.0.1:{entry['https']}" for entry in ports}
        self.ca = cloud.folder / "ca.pem"
        session = boto3.Session()
        self.session = session
        environment = cloud.environment
        os.environ.update({name: environment[name] for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")})
        self.s3 = {region: self.client("s3", region) for region in (SOURCE, DESTINATION)}
        self.control = f"s3dr-control-{cloud.account}-{DESTINATION}"
        self.make_bucket(self.control, DESTINATION)
        self.s3[DESTINATION].put_bucket_versioning(Bucket=self.control, VersioningConfiguration={"Status": "Enabled"})
        self.topic = self.client("sns", SOURCE).create_topic(Name="cold-bench")["TopicArn"]
        keys = boto3.Session(profile_name=cloud.profile).get_credentials()
        self.keys = {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}

    def client(self, service, region):
        import boto3
        from botocore.config import Config
        return boto3.Session(profile_name=self.cloud.profile).client(
            service, region_name=region, endpoint_url=self.endpoints[region], verify=str(self.ca),
            config=Config(s3={"addressing_style": "path"}))

    def make_bucket(self, name, region):
        self.s3[region].create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})

    def event_of_a_tagged_bucket(self, name):
        self.make_bucket(name, SOURCE)
        self.s3[SOURCE].put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "dr", "Value": "true"}]})
        return json.dumps({"version": "0", "id": name, "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
                           "detail": {"eventSource": "s3.amazonaws.com", "eventName": "PutBucketTagging",
                                      "requestParameters": {"bucketName": name}}})

    def requests_since(self, positions):
        """What the regions were asked, as the access logs have it."""
        asked = []
        for region, position in positions.items():
            with open(self.cloud.folder / region / "access.log", "rb") as log:
                log.seek(position)
                asked += [json.loads(line) for line in log.read().splitlines() if line.strip()]
        return len(asked)

    def positions(self):
        return {region: (self.cloud.folder / region / "access.log").stat().st_size for region in self.endpoints}

    def ours(self, name):
        event = self.event_of_a_tagged_bucket(name)
        account, partition_role = self.cloud.account, f"arn:aws:iam::{self.cloud.account}:role"
        before = self.positions()
        with OneEvent(event) as api:
            environment = self.keys | {
                "AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_TASK_ROOT": str(self.folder), "AWS_REGION": SOURCE,
                "S3DR_FUNCTION": "source_bucket_check", "S3DR_SOURCE_REGION": SOURCE, "S3DR_SOURCE_ACCOUNT": account,
                "S3DR_DESTINATION_REGION": DESTINATION, "S3DR_DESTINATION_ACCOUNT": account, "S3DR_MATCH_TAGS": '{"dr":"true"}',
                "S3DR_REPLICATION_ROLE": f"{partition_role}/s3dr-replication", "S3DR_BATCH_ROLE": f"{partition_role}/s3dr-batch",
                "S3DR_DESTINATION_TOPIC": self.topic, "S3DR_ENABLE_TOPIC": self.topic,
                "S3DR_ENDPOINTS": json.dumps(self.endpoints), "S3DR_CA_PEM": self.ca.read_text()}
            used, output = life_of([self.program], environment, "", started=lambda process: setattr(api, "process", process))
            path, body = api.replies.get(timeout=1)
        if not path.endswith("/response") or json.loads(body)["handled"][0]["outcome"] != "done":
            raise SystemExit(f"bench: our function did not do it: {path} {body}\n{output.decode(errors='replace')}")
        return used | {"peak_mib": api.peak_kib / 1024, "requests": self.requests_since(before)}

    def peer(self, name):
        event = self.event_of_a_tagged_bucket(name)
        environment = clean_environment(
            ENDPOINTS=json.dumps(self.endpoints), CA_FILE=self.ca, SOURCE_REGION=SOURCE, DESTINATION_REGION=DESTINATION,
            ACCOUNT=self.cloud.account, MATCH_TAGS='{"dr":"true"}', CONTROL_BUCKET=self.control, TOPIC=self.topic, **self.keys)
        before = self.positions()
        used, output = life_of([self.peer_python, HERE / "peer_source_bucket_check.py"], environment, event)
        if b'"outcome": "done"' not in output:
            raise SystemExit(f"bench: the peer did not do it:\n{output.decode(errors='replace')}")
        return used | {"peak_mib": json.loads(output)["peak_kib"] / 1024, "requests": self.requests_since(before)}

    def measure(self, runs):
        """Turn by turn, so that what else the machine does meets both. One of each before counts for nothing: the disk's cache."""
        self.ours("cold-before-ours"), self.peer("cold-before-peer")
        ours, peer = [], []
        for number in range(runs):
            ours.append(self.ours(f"cold-ours-{number}"))
            peer.append(self.peer(f"cold-peer-{number}"))
        version = subprocess.run([self.peer_python, "-c", "import boto3, sys; print('boto3', boto3.__version__, 'Python', sys.version.split()[0])"],
                                 stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        return {"runs": runs, "package": self.package, "peer": version,
                "ours": median_of(ours), "peer_figures": median_of(peer), "ours_each": ours, "peer_each": peer}


def median_of(runs):
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
