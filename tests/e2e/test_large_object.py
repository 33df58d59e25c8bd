"""An object that is larger than the memory it may take: uploaded in parts, backfilled, and verified byte by byte."""

import os
import shutil
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

from harness import CloudTest, Serve, binary, clean_environment, full, limit, peak_memory, replica_region, \
    source_region
from pypi import aws_cli

MiB = 1 << 20
size = 5 * 1024 * MiB if full else 300 * MiB
memory_max = 256 * MiB if full else 200 * MiB
aws, no_aws = aws_cli()


class MemoryGroup:
    """A cgroup with a memory limit, where this machine lets us make one."""

    def __init__(self, limit_bytes):
        self.folder = None
        first, second = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
        try:
            if (first / "cgroup.procs").exists():
                self.make(first, "memory.limit_in_bytes", limit_bytes)
            elif "memory" in (second / "cgroup.subtree_control").read_text().split():
                self.make(second, "memory.max", limit_bytes)
        except OSError:
            self.remove()

    def make(self, parent, file, limit_bytes):
        folder = parent / f"s3dr-e2e-{os.getpid()}-{id(self)}"
        folder.mkdir()
        self.folder = folder
        (folder / file).write_text(str(limit_bytes))

    def take(self, pid):
        if self.folder:
            (self.folder / "cgroup.procs").write_text(str(pid))

    def killed(self):
        for name in ("memory.oom_control", "memory.events"):
            if self.folder and (self.folder / name).exists():
                for line in (self.folder / name).read_text().splitlines():
                    if line.startswith("oom_kill "):
                        return int(line.split()[1])
        return 0

    def remove(self):
        for _ in range(50):
            try:
                if self.folder:
                    self.folder.rmdir()
                self.folder = None
                return
            except OSError:
                time.sleep(0.1)


class Watch(threading.Thread):
    """Peak memory of a process that will end by itself."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak = pid, 0
        self.start()

    def run(self):
        while True:
            try:
                self.peak = max(self.peak, peak_memory(self.pid))
            except (OSError, AssertionError):
                return
            time.sleep(0.05)


class LargeObject(CloudTest):
    serve_settings = None

    def upload(self, bucket):
        """A stream in which each MiB is another, by aws cli, in parts."""
        source = "import hashlib,sys\nfor n in range(int(sys.argv[1])): sys.stdout.buffer.write(hashlib.shake_128(n.to_bytes(8,'big')).digest(1024)*1024)"
        maker = subprocess.Popen([sys.executable, "-c", source, str(size // MiB)], stdout=subprocess.PIPE, env=clean_environment())
        done = subprocess.run([*map(str, aws), "--endpoint-url", self.cloud.url(source_region), "s3", "cp", "--only-show-errors",
                               "--expected-size", str(size), "-", f"s3://{bucket}/large"], stdin=maker.stdout, capture_output=True,
                              text=True, env=self.cloud.environment())
        maker.stdout.close()
        maker.wait()
        self.assertEqual((done.returncode, maker.returncode), (0, 0), done.stderr)

    @limit(3600 if full else 120)
    @unittest.skipIf(no_aws, no_aws)
    def test_memory_stays_flat(self):
        free = shutil.disk_usage(self.cloud.folder).free
        if free < 2 * size + (1 << 30):
            self.skipTest(f"needs {2 * size >> 20} MiB of disk, {free >> 20} MiB are free")
        serve = Serve(self.cloud).ready()
        watched = {region: self.cloud.region_pid(region) for region in (source_region, replica_region)} | {"serve": serve.pid}
        groups = []
        try:
            if full:
                for pid in watched.values():
                    groups.append(MemoryGroup(memory_max))
                    groups[-1].take(pid)
            self.measure(serve, watched, groups)
            self.assertEqual([group.killed() for group in groups], [0] * len(groups))
        finally:
            self.cloud.process.stop()
            serve.stop()
            for group in groups:
                group.remove()

    def measure(self, serve, watched, groups):
        started = time.monotonic()
        bucket = self.cloud.make_bucket("large")
        self.upload(bucket)
        uploaded = time.monotonic()
        self.assertExit(serve.s3dr("protect", bucket, "--wait", "--timeout", "1h", seconds=3600), 0)
        protected = time.monotonic()
        verify = subprocess.Popen([str(binary), "verify", bucket, "--bytes", "--config", str(serve.config)], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=self.cloud.profiles_environment())
        if groups:
            groups.append(MemoryGroup(memory_max))
            groups[-1].take(verify.pid)
        watch = Watch(verify.pid)
        out, err = verify.communicate(timeout=3000)
        self.assertEqual(verify.returncode, 0, out + err)
        peaks = {name: peak_memory(pid) for name, pid in watched.items()} | {"verify": watch.peak}
        limited = "under a cgroup limit" if groups and all(group.folder for group in groups) else "measured by VmHWM"
        print(f"    {size // MiB} MiB: upload {uploaded - started:.0f} s, tag to verified {protected - uploaded:.0f} s, verify --bytes "
              f"{time.monotonic() - protected:.0f} s; peak MiB {({name: peak // MiB for name, peak in peaks.items()})} {limited}")
        for name, peak in peaks.items():
            self.assertLess(peak, memory_max, name)
        here = self.cloud.s3().head_object(Bucket=bucket, Key="large")
        there = self.cloud.s3(replica_region).head_object(Bucket=self.cloud.replica_of(bucket), Key="large")
        for name in ("ContentLength", "ETag", "VersionId"):
            self.assertEqual(here[name], there[name])
        self.assertEqual(here["ContentLength"], size)
