#!/usr/bin/env python3
"""Runs a public conformance suite for S3, as its authors made it, against the embedded cloud.

The suite is the test command of versitygw, a Go module. It is installed at a pinned version into build/conformance, where `go`
can reach the Go module proxy. Each of its tests is run alone: one of them that crashes ends the suite's program. What a test leaves
behind is removed before the next one; where that cannot be done the next one gets another cloud.

What may fail is in versitygw.tsv, by name and with the reason. The run fails on a test that fails and is not listed. A listed one
that passes is named: its row is to be taken out.

Usage: tests/conformance/run.py [-v] [--jobs N] [--report FILE] [NAME...]     NAME: part of a test's name"""

import argparse
import fnmatch
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

here = Path(__file__).resolve().parent
root = here.parents[1]
sys.path[1:1] = [str(root / "tests" / "e2e" / room) for room in ("support", "wire")]

import pypi  # noqa: E402

module, version = "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"
suite_folder = root / "build" / "conformance"
suite = suite_folder / f"versitygw-{version}"
list_of_names = here / "versitygw.tsv"
region, other_region = "us-east-1", "us-east-2"  # the suite's buckets have no location constraint
install_seconds_max = 1800
test_seconds_max = 120
kinds = ("missing", "words", "aws", "gateway", "not run")


class Listed:
    """The rows of versitygw.tsv: {test: (kind, reason)}, and patterns of what is not run."""

    def __init__(self, path):
        self.rows, self.not_run = {}, {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            fields = line.split("\t")
            if len(fields) != 3 or fields[1] not in kinds or not fields[2]:
                raise ValueError(f"{path.name}:{number}: a row is: test, one of {', '.join(kinds)}, reason; divided by tabs")
            name, kind, reason = fields
            rows = self.not_run if kind == "not run" else self.rows
            if name in rows:
                raise ValueError(f"{path.name}:{number}: {name} is listed twice")
            rows[name] = (kind, reason)

    def is_run(self, name):
        return not any(fnmatch.fnmatchcase(name, pattern) for pattern in self.not_run)


def go():
    return shutil.which("go") or next((path for path in ["/usr/local/go/bin/go"] if os.access(path, os.X_OK)), None)


def why_no_suite():
    """Installs the suite once. Returns why it is not there, or nothing."""
    if suite.exists():
        return ""
    compiler = go()
    if compiler is None:
        return "there is no go to install it with"
    print(f"installing {module}@{version} with {compiler}", flush=True)
    suite_folder.mkdir(parents=True, exist_ok=True)
    try:
        made = subprocess.run([compiler, "install", f"{module}@{version}"], env=os.environ | {"GOBIN": str(suite_folder)},
                              capture_output=True, text=True, timeout=install_seconds_max)
    except subprocess.TimeoutExpired:
        return f"go install took longer than {install_seconds_max} s"
    if made.returncode != 0:
        return f"go install failed ({(made.stderr.strip().splitlines() or ['without a word'])[-1]})"
    (suite_folder / "versitygw").rename(suite)
    return ""


def names_of_tests():
    told = subprocess.run([suite, "test", "-h"], capture_output=True, text=True, check=True).stdout
    return sorted(re.findall(r"^\s+(\S+)\s+Runs \S+ integration test$", told, re.MULTILINE))


class Account:
    """A cloud for one test after the other, each of which finds the account without buckets."""

    def __init__(self):
        self.cloud = None

    def endpoint(self):
        import harness
        if self.cloud is None:
            self.cloud = harness.Cloud(options=("--regions", f"{region},{other_region}"))
        return self.cloud

    def run(self, name):
        """(passed, what the test said)"""
        cloud = self.endpoint()
        identity, secret = cloud.keys(region)
        import harness
        command = [suite, "test", "--access", identity, "--secret", secret, "--endpoint", cloud.url(region), name, "--versioning-enabled"]
        try:
            done = subprocess.run(command, env=harness.clean_environment(HOME=str(cloud.home)), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=test_seconds_max)
            said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
            passed = done.returncode == 0 and re.search(r"^PASS ", said, re.MULTILINE) is not None
            if not passed and done.returncode == 0:
                passed = None if re.search(r"^SKIP ", said, re.MULTILINE) else False
        except subprocess.TimeoutExpired as late:
            said, passed = f"took longer than {test_seconds_max} s\n{late.stdout or ''}", False
        left = self.clear(cloud)
        return passed, said + "".join(f"left behind: {bucket}\n" for bucket in left), left

    def clear(self, cloud):
        """Removes what the test left, as its owner may. Returns the buckets' names."""
        from botocore.exceptions import ClientError
        client = cloud.s3(region)
        buckets = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
        try:
            for bucket in buckets:
                for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
                    for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                        client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"],
                                             BypassGovernanceRetention=True)
                client.delete_bucket(Bucket=bucket)
        except ClientError:
            self.close()
        return buckets

    def close(self):
        if self.cloud is not None:
            self.cloud.close()
        self.cloud = None


class Run:
    def __init__(self, names, verbose):
        self.waiting = queue.Queue()
        for name in names:
            self.waiting.put(name)
        self.results = {}  # name → (passed, said, left); passed None: skipped by the suite
        self.verbose = verbose
        self.broken = []

    def work(self):
        account = Account()
        try:
            while True:
                try:
                    name = self.waiting.get_nowait()
                except queue.Empty:
                    break
                self.results[name] = account.run(name)
                if self.verbose:
                    print(f"    {name}: {self.results[name][0]}", flush=True)
        except Exception as error:  # of a thread: told by the main one
            self.broken.append(f"{type(error).__name__}: {error}")
        finally:
            account.close()

    def all(self, jobs):
        threads = [threading.Thread(target=self.work) for _ in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def last_words(said):
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("RUN ")]
    crash = [line for line in lines if line.startswith("panic:")]
    return (crash or lines or ["nothing"])[0][:300]


def judge(run, listed, complete):
    """Prints what is to be told; returns the names of what failed."""
    failed = []
    counts = {"passed": 0, "skipped": 0} | {kind: 0 for kind in kinds if kind != "not run"}
    for name, (passed, said, _) in sorted(run.results.items()):
        row = listed.rows.get(name)
        if passed is None:
            counts["skipped"] += 1
        elif passed:
            counts["passed"] += 1
            if row:
                print(f"passes  {name}: it is listed ({row[0]}); take its row out of {list_of_names.name}")
        elif row:
            counts[row[0]] += 1
        else:
            failed.append(name)
            print(f"FAILED  {name}: {last_words(said)}")
    if complete:
        for name in listed.rows:
            if name not in run.results:
                failed.append(name)
                print(f"FAILED  {name}: it is listed, but the suite has no such test")
    listed_failures = sum(counts[kind] for kind in kinds if kind != "not run")
    print(f"versitygw {version}: {len(run.results)} tests run, {counts['passed']} pass, {listed_failures} fail as listed "
          f"({', '.join(f'{counts[kind]} {kind}' for kind in kinds if kind != 'not run')}), {len(failed)} fail otherwise, "
          f"{counts['skipped']} skipped by the suite")
    return failed


def in_the_right_python():
    """Goes on where boto3 is, as tests/e2e/run.py does."""
    if os.environ.get("S3DR_E2E_PYTHON") == sys.executable:
        return True
    python = str(pypi.clients.python) if not pypi.clients.make() else next(
        (candidate for candidate in (sys.executable, pypi.debian_python)
         if subprocess.run([candidate, "-c", "import boto3"], capture_output=True).returncode == 0), None)
    if python is None:
        return False
    os.execve(python, [python, str(Path(__file__).resolve()), *sys.argv[1:]],
              os.environ | {"S3DR_E2E_PYTHON": python, "PYTHONDONTWRITEBYTECODE": "1"})


def skipped(why):
    print(f"skipped versitygw: {why}\n0 passed, 0 failed, 1 skipped")
    return 0


def main():
    options = argparse.ArgumentParser(description="runs a public conformance suite against the embedded cloud")
    options.add_argument("names", nargs="*", metavar="NAME", help="only tests whose name contains one of these")
    options.add_argument("-v", "--verbose", action="store_true", help="say what was run")
    options.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="clouds at a time")
    options.add_argument("--report", type=Path, metavar="FILE", help="write down what each test said that did not pass")
    given = options.parse_args()
    if not in_the_right_python():
        return skipped("no boto3: install python3-boto3")
    if why := why_no_suite():
        return skipped(why)
    import harness
    if not harness.binary.exists():
        print(f"conformance: {harness.binary} is not there; build it, or name another with S3DR_BINARY", file=sys.stderr)
        return 1
    listed = Listed(list_of_names)
    names = [name for name in names_of_tests() if listed.is_run(name)]
    chosen = [name for name in names if not given.names or any(part in name for part in given.names)]
    if not chosen:
        print("conformance: no test has such a name", file=sys.stderr)
        return 2
    started = time.monotonic()
    run = Run(chosen, given.verbose)
    run.all(max(1, min(given.jobs, len(chosen))))
    if given.report:
        given.report.write_text("".join(f"== {name}: {'skipped' if passed is None else 'failed'}\n{said}\n"
                                        for name, (passed, said, _) in sorted(run.results.items()) if not passed))
    failed = judge(run, listed, not given.names)
    for what in run.broken:
        print(f"broken: {what}")
        failed.append(what)
    for name in failed:
        print(f"failed: {name}")
    print(f"[{time.monotonic() - started:.0f} s]")
    passed = sum(1 for name, (well, _, _) in run.results.items() if name not in failed and well is not None)
    print(f"{passed} passed, {len(failed)} failed, {len(run.results) - passed - len([f for f in failed if f in run.results])} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
