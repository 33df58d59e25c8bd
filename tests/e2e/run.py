#!/usr/bin/env python3
"""Runs the end-to-end tests: the built program and real clients, nothing mocked.

Each test has a time limit; each class has a cloud of its own that is gone when it ends. What is skipped is named with its
reason, of what failed the logs stay in build/e2e-logs. S3DR_TEST_FULL=1 runs the long matrices.

The newest boto3 and aws cli come from PyPI into build/e2e-clients-venv; where PyPI cannot be reached the tests run with Debian's.

Usage: tests/e2e/run.py [-v] [NAME...]     NAME: part of module.Class.test"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import pypi

here = Path(__file__).resolve().parent
root = here.parents[1]
limit_default = 120
limit_around = 600  # for what a class does around its tests: PyPI environments are made there


def in_the_right_python():
    """Goes on in the venv's interpreter, else in one that has boto3."""
    if os.environ.get("S3DR_E2E_PYTHON") == sys.executable:
        return
    python = str(pypi.clients.python) if not pypi.clients.make() else next(
        (candidate for candidate in (sys.executable, pypi.debian_python)
         if subprocess.run([candidate, "-c", "import boto3"], capture_output=True).returncode == 0), None)
    if python is None:
        print("skipped all: no boto3: install python3-boto3\n0 passed, 0 failed, 1 skipped")
        sys.exit(0)
    os.execve(python, [python, str(Path(__file__).resolve()), *sys.argv[1:]],
              os.environ | {"S3DR_E2E_PYTHON": python, "PYTHONDONTWRITEBYTECODE": "1"})


class OutOfTime(BaseException):
    """Not an Exception, so that no test catches it by accident."""


def ring(*_):
    raise OutOfTime("took longer than it may")


def end(*_):
    raise KeyboardInterrupt("told to end")  # what else is raised within a test, unittest takes for the test's failure


class Result(unittest.TestResult):
    def __init__(self, verbose):
        super().__init__()
        self.verbose = verbose
        self.started = 0.0
        self.passed = []
        self.failed = []
        self.skipped_tests = []

    @staticmethod
    def name(test):
        return test.id().replace("__main__.", "")

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        if self.verbose:
            print(f"    {self.name(test)} …", flush=True)
        self.failfast = False
        method = getattr(test, getattr(test, "_testMethodName", ""), None)
        signal.alarm(getattr(method, "limit_seconds", limit_default))

    def stopTest(self, test):
        signal.alarm(limit_around)
        super().stopTest(test)

    def addSuccess(self, test):
        self.passed.append(self.name(test))
        print(f"ok      {self.name(test)} ({time.monotonic() - self.started:.1f} s)", flush=True)

    def addSkip(self, test, reason):
        self.skipped_tests.append(self.name(test))
        print(f"skipped {self.name(test)}: {reason}", flush=True)

    def addSubTest(self, test, subtest, failure):
        if failure is not None:
            self.failfast = issubclass(failure[0], OutOfTime)  # the subtests that would follow have no time either
            self.broken(subtest, failure)

    def addFailure(self, test, failure):
        self.broken(test, failure)

    addError = addFailure

    def broken(self, test, failure):
        import harness
        name = self.name(test)
        print(self._exc_info_to_string(failure, test), end="", flush=True)
        print(f"FAILED  {name}; logs: {harness.keep_logs(name.split(' ')[0]).relative_to(root)}", flush=True)
        if name not in self.failed:
            self.failed.append(name)


def tests_of(suite):
    for entry in suite:
        if isinstance(entry, unittest.TestSuite):
            yield from tests_of(entry)
        else:
            yield entry


def main():
    options = argparse.ArgumentParser(description="runs the end-to-end tests")
    options.add_argument("names", nargs="*", metavar="NAME", help="only tests whose name contains one of these")
    options.add_argument("-v", "--verbose", action="store_true", help="say what is being run")
    given = options.parse_args()
    in_the_right_python()
    sys.path.insert(0, str(here))
    import harness
    if not harness.binary.exists():
        print(f"run.py: {harness.binary} is not there; build it, or name another with S3DR_BINARY", file=sys.stderr)
        return 1
    if not given.names:
        shutil.rmtree(harness.kept_logs, ignore_errors=True)
    found = tests_of(unittest.defaultTestLoader.discover(str(here)))
    chosen = [test for test in found if not given.names or any(name in test.id() for name in given.names)]
    if not chosen:
        print("run.py: no test has such a name", file=sys.stderr)
        return 2
    signal.signal(signal.SIGALRM, ring)
    signal.signal(signal.SIGTERM, end)
    result = Result(given.verbose)
    started = time.monotonic()
    signal.alarm(limit_around)
    try:
        unittest.TestSuite(chosen).run(result)
    except KeyboardInterrupt:
        print(f"interrupted after {len(result.passed)} passed, {len(result.failed)} failed", file=sys.stderr)
        return 130
    finally:
        signal.alarm(0)
    for name in result.failed:
        print(f"failed: {name}")
    print(f"[{time.monotonic() - started:.0f} s]")
    print(f"{len(result.passed)} passed, {len(result.failed)} failed, {len(result.skipped_tests)} skipped")
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
