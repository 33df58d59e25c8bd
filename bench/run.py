#!/usr/bin/env python3
"""Measures the built s3dr against its own cloud: the client, the way from tag to verified, a function, and the cloud.

Prints tables and writes everything, with the machine it ran on, to build/bench/figures.json. There are no thresholds.
docs/benchmarks.md says what each figure means. What a peer needs and does not find is skipped by name."""

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import figures
from cold_function import ColdFunction
from settings_sweep import SettingsSweep
from servers import Cloud, Controller, Moto, NotThere

ROOT = Path(__file__).resolve().parent.parent
SMALL = ["put", "get", "head", "list"]
CONNECTIONS = 32
OBJECTS = 500  # of a bucket that is not empty
BACKFILL_OBJECTS = [10_000, 100_000]
PARTS = ["protect", "deployed", "function", "throughput", "moto", "backfill", "sweep"]


def progress(text):
    print(f"… {text}", file=sys.stderr, flush=True)


def json_of(command, environment):
    """What a program printed; its standard error is ours. A failed program ends the whole run."""
    done = subprocess.run([str(word) for word in command], env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench: failed with {done.returncode}: {' '.join(str(word) for word in command)}")
    return json.loads(done.stdout)


class Bench:
    def __init__(self, given, folder):
        self.binary = given.build / "s3dr"
        self.programs = given.build / "bench"
        self.seconds = given.seconds
        self.big_mib = given.big_mib
        self.warm = given.warm
        self.cold_runs = given.cold_runs
        self.peer_python = given.peer_python
        self.backfill_objects = given.backfill_objects
        self.sweep_buckets = given.sweep_buckets
        self.older_controller = given.older_controller
        self.folder = folder
        self.skipped = []

    def client(self, store, operations, connections=1, endpoint=None):
        command = [self.programs / "client_bench", "--endpoint", endpoint or store.endpoint, "--account", store.account,
                   "--operations", ",".join(operations), "--connections", connections, "--seconds", self.seconds,
                   "--big-bytes", self.big_mib * 1024 * 1024, "--server-pid", store.pid]
        if store.profile:
            command += ["--profile", store.profile]
        return json_of(command, store.environment)

    def boto3(self, store):
        command = [self.peer_python, ROOT / "bench/boto3_peer.py", "--endpoint", store.endpoint,
                   "--profile", store.profile, "--operations", ",".join(SMALL), "--seconds", self.seconds,
                   "--server-pid", store.pid]
        return json_of(command, store.environment)

    def has_boto3(self):
        with contextlib.suppress(OSError):
            return subprocess.run([self.peer_python, "-c", "import boto3"], stderr=subprocess.DEVNULL).returncode == 0
        return False

    def protect(self):
        progress(f"tag to verified: one cold bucket, {self.warm} warm ones")
        with Cloud(self.binary, self.folder / "protect") as cloud, Controller(self.binary, cloud) as controller:
            return self.tag_to_verified(cloud, controller.config)

    def deployed(self):
        """The same through the functions, each a Lambda process of the cloud; the verification is protect_bench's own."""
        progress(f"tag to verified through deployed functions: first invocations, then {self.warm} warm")
        with Cloud(self.binary, self.folder / "deployed") as cloud:
            config = cloud.folder / "s3dr.yaml"
            said = json_of([self.binary, "deploy", "package", "--here", "--output", "json"], cloud.environment)
            # Without the self-test, which would run each function once: the first bucket meets no process.
            json_of([self.binary, "deploy", "apply", "--config", config, "--no-self-test", "--output", "json"], cloud.environment)
            empty = self.tag_to_verified(cloud, config, "--verify")
            progress(f"the same with {OBJECTS} objects to backfill")
            filled = self.tag_to_verified(cloud, config, "--verify", "--objects", OBJECTS)
            return empty | {"program": said["kind"], "filled": filled | {"objects": OBJECTS}}

    def tag_to_verified(self, cloud, config, *more):
        command = [self.programs / "protect_bench", "--config", config, "--buckets", 1 + self.warm, *more]
        runs = json_of(command, cloud.environment)
        warm = [run["seconds"] for run in runs[1:]]
        return {
            "cold_seconds": runs[0]["seconds"],
            "warm_median_seconds": statistics.median(warm) if warm else None,
            "warm_seconds": warm,
            "cold_steps": runs[0]["steps"],
            "last_steps": runs[-1]["steps"],
        }

    def cold_function(self):
        """None when a peer or the package cannot be had."""
        progress(f"source_bucket_check: {self.cold_runs} cold processes each, ours and boto3")
        try:
            with Cloud(self.binary, self.folder / "function") as cloud:
                return ColdFunction(self.binary, cloud, self.folder / "function", self.peer_python).measure(self.cold_runs)
        except NotThere as reason:
            self.skipped.append(f"source_bucket_check beside boto3: {reason}")
            return None

    def client_and_cloud(self):
        result = {}
        with Cloud(self.binary, self.folder / "throughput") as cloud:
            progress("our client, one connection")
            result["client"] = {"s3dr": figures.derived(self.client(cloud, SMALL))}
            if self.has_boto3():
                progress("boto3, one connection")
                peer = self.boto3(cloud)
                result["client"]["boto3"] = figures.derived(peer["results"])
                result["client"]["boto3_version"] = peer["peer"]
            else:
                self.skipped.append(f"boto3: {self.peer_python} has no such module")
            progress(f"the cloud, {CONNECTIONS} connections")
            result["cloud"] = {"s3dr": figures.derived(self.client(cloud, SMALL, CONNECTIONS))}
            for scheme, endpoint in (("http", cloud.endpoint), ("https", cloud.tls_endpoint)):
                progress(f"one object of {self.big_mib} MiB up and down over {scheme}")
                big = self.client(cloud, ["upload", "upload-single", "download"], endpoint=endpoint)
                result["cloud"][f"big_{scheme}"] = figures.derived(big)
        return result

    def backfill(self):
        """One job each, in a cloud of its own."""
        results = []
        for objects in self.backfill_objects:
            progress(f"backfill of {objects:,} objects of 100 bytes")
            with Cloud(self.binary, self.folder / f"backfill-{objects}") as cloud:
                source, replica = cloud.pids
                command = [self.programs / "backfill_bench", "--config", cloud.folder / "s3dr.yaml", "--objects", objects,
                           "--source-pid", source, "--replica-pid", replica]
                results.append(json_of(command, cloud.environment))
        return results

    def sweep(self):
        """None when boto3 cannot be had."""
        progress(f"sweeps over {self.sweep_buckets:,} tagged buckets with settings")
        try:
            with Cloud(self.binary, self.folder / "sweep") as cloud:
                return SettingsSweep(self.older_controller or self.binary, cloud, self.sweep_buckets).measure(self.older_controller is None)
        except NotThere as reason:
            self.skipped.append(f"sweeps: {reason}")
            return None

    def moto(self):
        """The same requests to moto's server; None when it cannot be had."""
        try:
            progress("moto server (a virtual environment in build/bench)")
            with Moto(ROOT / "build/bench/moto", self.folder / "moto.log") as moto:
                progress(f"moto, {CONNECTIONS} connections")
                results = self.client(moto, SMALL, CONNECTIONS)
                return {"version": moto.version, "results": figures.derived(results)}
        except NotThere as reason:
            self.skipped.append(f"moto: {reason}")
            return None


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build/release", help="folder with s3dr and bench/")
    parser.add_argument("--seconds", type=float, default=3, help="of each operation (default: 3)")
    parser.add_argument("--big-mib", type=int, default=256, help="size of the big object (default: 256)")
    parser.add_argument("--warm", type=int, default=5, help="buckets after the first one (default: 5)")
    parser.add_argument("--cold-runs", type=int, default=15, help="cold processes of a function (default: 15)")
    parser.add_argument("--backfill-objects", type=int, nargs="+", default=BACKFILL_OBJECTS, help="sizes of the backfills (1000000: an hour)")
    parser.add_argument("--sweep-buckets", type=int, default=1000, help="tagged buckets of the sweep (default: 1000)")
    parser.add_argument("--older-controller", type=Path, help="s3dr of a release without settings, as the controller of the sweep: the cost before")
    parser.add_argument("--peer-python", default="/usr/bin/python3", help="the one with Debian's python3-boto3")
    parser.add_argument("--only", choices=PARTS, action="append", help="these parts")
    parser.add_argument("--output", type=Path, default=ROOT / "build/bench/figures.json")
    return parser.parse_args()


def main():
    given = arguments()
    given.build = given.build.resolve()
    parts = given.only or PARTS
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended, too
    given.output.parent.mkdir(parents=True, exist_ok=True)
    # On the file system of the build folder: where durable writes go is part of the figures.
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=given.output.parent))
    try:
        bench = Bench(given, folder)
        report = {"made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "build": figures.build(given.build, ROOT),
                  "machine": figures.machine(folder), "seconds_per_operation": given.seconds, "big_mib": given.big_mib}
        if "protect" in parts:
            report["tag_to_verified"] = bench.protect()
        if "deployed" in parts:
            report["tag_to_verified_deployed"] = bench.deployed()
        if "function" in parts:
            report["cold_function"] = bench.cold_function()
        if "throughput" in parts:
            report.update(bench.client_and_cloud())
        if "moto" in parts:
            report["moto"] = bench.moto()
        if "backfill" in parts:
            report["backfill"] = bench.backfill()
        if "sweep" in parts:
            report["sweep"] = bench.sweep()
        report["skipped"] = bench.skipped
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    given.output.write_text(json.dumps(report, indent=2) + "\n")
    print(figures.tables(report))
    print(f"all figures: {os.path.relpath(given.output)}")


if __name__ == "__main__":
    sys.exit(main())
