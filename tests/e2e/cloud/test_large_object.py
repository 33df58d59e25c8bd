"""An object that is larger than the memory it may take: uploaded in parts, by aws cli and by our own client, backfilled, and
verified byte by byte. Memory is measured (VmHWM); in full the processes run in cgroups that do not let them have more, and where
none can be made the test is named as skipped after it has passed without."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

from harness import Cloud, CloudTest, Process, Serve, binary, clean_environment, full, limit, peak_memory, replica_region, \
    source_region
from pypi import aws_cli

MiB = 1 << 20
size = 5 * 1024 * MiB if full else 300 * MiB
memory_max = 256 * MiB if full else 200 * MiB
part_size = 16 * MiB  # of our own client (src/client/s3/multipart_upload.h)
aws, no_aws = aws_cli()


class MemoryGroup:
    """A cgroup with a memory limit, where this machine lets us make one; else `why_not` says what was in the way."""

    def __init__(self, limit_bytes):
        self.folder = None
        self.why_not = "no memory controller in /sys/fs/cgroup"
        first, second = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
        try:
            if (first / "cgroup.procs").exists():
                self.make(first, "memory.limit_in_bytes", limit_bytes)
            elif "memory" in (second / "cgroup.subtree_control").read_text().split():
                self.make(second, "memory.max", limit_bytes)
        except OSError as refused:
            self.why_not = str(refused)
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


def skip_without_groups(test, groups):
    reasons = {group.why_not for group in groups if not group.folder}
    if reasons:
        test.skipTest(f"passed as measured by VmHWM, but there was no cgroup to enforce it: {', '.join(sorted(reasons))}")


def skip_without_disk(test, folder, needed):
    free = shutil.disk_usage(folder).free
    if free < needed + (1 << 30):
        test.skipTest(f"needs {needed >> 20} MiB of disk, {free >> 20} MiB are free")


def mebibyte(number):
    """Each another."""
    return hashlib.shake_128(number.to_bytes(8, "big")).digest(1024) * 1024


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
        skip_without_disk(self, self.cloud.folder, 2 * size)
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
            without = [group for group in groups if not group.folder]
            for group in groups:
                group.remove()
        skip_without_groups(self, without)

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


class LargeUpload(unittest.TestCase):
    """`s3dr demo` is where our own client uploads: with a tree of one large file."""

    def setUp(self):
        self.cloud = Cloud(start=False)  # its folder only: the demo starts the regions itself
        self.addCleanup(self.cloud.remove)

    def make_tree(self):
        """Returns its folder and the ETag that the file gets when it is uploaded in parts."""
        tree = self.cloud.folder / "tree"
        tree.mkdir()
        digests = b""
        with open(tree / "large", "wb") as file:
            for start in range(0, size // MiB, part_size // MiB):
                part = b"".join(map(mebibyte, range(start, min(start + part_size // MiB, size // MiB))))
                file.write(part)
                digests += hashlib.md5(part).digest()
        return tree, f'"{hashlib.md5(digests).hexdigest()}-{len(digests) // 16}"'

    @limit(3600 if full else 120)
    def test_memory_of_our_own_upload_stays_flat(self):
        skip_without_disk(self, self.cloud.folder, 3 * size)
        tree, etag = self.make_tree()
        group = None
        demo = self.cloud.process = Process([binary, "demo", "--serve", "--keep", "--input", tree, "--data", self.cloud.data],
                                            self.cloud.folder / "demo.log", clean_environment(HOME=str(self.cloud.home)))
        try:
            demo.wait_for_words("created in", 60)  # the regions run by now: they are not in the group
            if full:
                group = MemoryGroup(memory_max)
                group.take(demo.pid)
            demo.wait_for_words("until Ctrl-C (--keep)", 3000)
            peak = peak_memory(demo.pid)
            killed, enforced = (group.killed(), group.folder) if group else (0, None)
            self.check_both_sides(demo.output(), etag)
            demo.popen.send_signal(signal.SIGINT)
            self.assertIn(demo.popen.wait(20), (0, 130))
        finally:
            if demo.running():
                demo.kill()
            if group:
                group.remove()
        uploaded = re.search(r"uploaded [\d,]+ objects, .*", demo.output())[0]
        print(f"    {size // MiB} MiB by s3dr demo: {uploaded}; its peak {peak // MiB} MiB {'under a cgroup limit' if enforced else 'measured by VmHWM'}")
        self.assertLess(peak, memory_max)
        self.assertEqual(killed, 0)
        if group and not enforced:
            skip_without_groups(self, [group])

    def check_both_sides(self, text, etag):
        self.cloud.load()
        for side, region in (("bucket", source_region), ("replica", replica_region)):
            bucket = re.search(rf"^{side} +(\S+) in", text, re.M)[1]
            versions = self.cloud.s3(region).list_object_versions(Bucket=bucket, Prefix="large")["Versions"]
            self.assertIn((size, etag), [(entry["Size"], entry["ETag"]) for entry in versions if entry["Key"] == "large"], side)


if __name__ == "__main__":
    unittest.main()
