"""Ceph's S3 gateway (RGW) of Debian, with a monitor and an object store of its own in memory: one folder, loopback alone, ended with
the test. Raises unittest.SkipTest where Ceph is not installed."""

import json
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import uuid
from pathlib import Path

import boto3
from botocore.config import Config

from processes import die_with_parent, free_port

programs = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
start_seconds_max = 30


def missing():
    """Why there is no RGW; empty: there is one."""
    absent = [name for name in programs if shutil.which(name) is None]
    return f"Ceph is not installed: no {', '.join(absent)} (radosgw, ceph-mon, ceph-osd of Debian)" if absent else ""


class RgwServer:
    keys = {"aws_access_key_id": "strangerstranger", "aws_secret_access_key": "a-secret-of-the-test"}
    keys_of_nobody = {"aws_access_key_id": "nobodynobody", "aws_secret_access_key": "a-secret-of-nobody"}  # another user: may do nothing

    def __init__(self):
        if missing():
            raise unittest.SkipTest(missing())
        self.folder = Path(tempfile.mkdtemp(prefix="s3dr-rgw-"))
        self.processes = []
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        monitor, self.port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = self.folder / "ceph.conf"
        cluster = str(uuid.uuid4())
        self.config.write_text(f"""[global]
fsid = {cluster}
mon host = [v2:127.0.0.1:{monitor}/0]
ms bind ipv6 = false
public addr = 127.0.0.1
run dir = {self.folder}
log file = {self.folder}/$name.log
admin socket = {self.folder}/$name.asok
pid file = {self.folder}/$name.pid
keyring = {self.folder}/keyring
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 536870912
osd data = {self.folder}/osd
osd memory target = 939524096
mon data = {self.folder}/mon
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 1
mon max pg per osd = 1000
rgw data = {self.folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{self.port}
rgw rados pool pg num min = 1
rgw dns name = localhost
""")
        for name in ("osd", "mon", "rgw"):
            (self.folder / name).mkdir()
        keyring, osd_id = self.folder / "keyring", uuid.UUID(int=1)
        anything = [word for service in ("mon", "osd", "mgr") for word in ("--cap", service, "allow *")]
        self.run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", *anything[:3])
        self.run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *anything)
        self.run("monmaptool", "--create", "--addv", "a", f"[v2:127.0.0.1:{monitor}/0]", "--fsid", cluster, self.folder / "monmap")
        self.run("ceph-mon", "-i", "a", "--mkfs", "--monmap", self.folder / "monmap", "--keyring", keyring)
        self.spawn("ceph-mon", "-i", "a", "-f")
        osd_key = self.run("ceph-authtool", "--gen-print-key").decode().strip()
        self.run("ceph-authtool", "--create-keyring", self.folder / "osd/keyring", "-n", "osd.0", "--add-key", osd_key)
        self.run("ceph", "--connect-timeout", "30", "osd", "new", osd_id, "0", "-i", "-", said=json.dumps({"cephx_secret": osd_key}))
        osd = ["-i", "0", "--keyring", self.folder / "osd/keyring"]
        self.run("ceph-osd", *osd, "--mkfs", "--osd-uuid", osd_id)
        self.spawn("ceph-osd", *osd, "-f")
        self.wait(lambda: b'"num_up_osds": 1' in self.run("ceph", "--connect-timeout", "10", "osd", "stat", "-f", "json-pretty"), "an object store")
        for user, keys in (("stranger", self.keys), ("nobody", self.keys_of_nobody)):
            self.run("radosgw-admin", "-n", "client.admin", "user", "create", "--uid", user, "--display-name", user, "--access-key", keys["aws_access_key_id"], "--secret", keys["aws_secret_access_key"])
        self.spawn("radosgw", "-n", "client.admin", "-f")
        self.wait(self.answers, "an answer of RGW")

    def command(self, name, *arguments):
        return [name, "-c", str(self.config), *map(str, arguments)]

    def run(self, name, *arguments, said=""):
        done = subprocess.run(self.command(name, *arguments), input=said.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=start_seconds_max, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{name} {arguments} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout

    def spawn(self, name, *arguments):
        with open(self.folder / f"{name}.out", "wb") as out:
            self.processes.append(subprocess.Popen(self.command(name, *arguments), stdout=out, stderr=subprocess.STDOUT, preexec_fn=die_with_parent))

    def wait(self, holds, what):
        deadline = time.monotonic() + start_seconds_max
        while not holds():
            ended = [one.args[0] for one in self.processes if one.poll() is not None]
            if ended or time.monotonic() > deadline:
                said = "".join(path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.out"))
                raise AssertionError(f"no {what}; ended: {ended}\n{said}")
            time.sleep(0.3)

    def answers(self):
        try:
            self.client().list_buckets()
            return True
        except Exception:  # noqa: BLE001  not yet, whatever it is
            return False

    def client(self, keys=None):
        return boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **(keys or self.keys),
                            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))

    @property
    def version(self):
        return subprocess.run(["radosgw", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[2]

    def close(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGKILL)  # nothing of it is kept
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
