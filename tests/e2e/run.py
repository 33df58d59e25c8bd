#!/usr/bin/env python3
"""Runs the end-to-end tests: the built program and real clients, nothing mocked.

Each test has a time limit; each class has a cloud of its own that is gone when it ends. What is skipped is named with its
reason, of what failed the logs stay in build/e2e-logs. S3DR_TEST_FULL=1 runs the long matrices.

Classes run side by side, as many as there are processors (--jobs), those first that may take longest.

What the clouds say and hear is compared with the SDK's service models, and the run ends with the totals (docs/judges.md).

The newest boto3 and aws cli come from PyPI into build/e2e-clients-venv; where PyPI cannot be reached the tests run with Debian's.

Usage: tests/e2e/run.py [-v] [--jobs N] [NAME...]     NAME: part of module.Class.test"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

here = Path(__file__).resolve().parent
root = here.parents[1]
# What the tests stand on, and the rooms they are in by what they test: each is on the path, so modules are named alone.
rooms = ("support", "protection", "command_line", "deployment", "cloud", "wire")
sys.path[1:1] = [str(here / room) for room in rooms]

import pypi  # noqa: E402
import wire  # noqa: E402
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
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt("told to end")  # what else is raised within a test, unittest takes for the test's failure


class Result(unittest.TestResult):
    def __init__(self, verbose):
        super().__init__()
        self.verbose = verbose
        self.started = 0.0
        self.running = None
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
        self.running = test
        signal.alarm(limit_of(test))

    def stopTest(self, test):
        signal.alarm(limit_around)
        super().stopTest(test)

    def clean_up_the_class(self):
        """What unittest leaves out when it is interrupted: processes and folders of the running test's class."""
        if self.running is not None:
            self.running.doCleanups()
            type(self.running).tearDownClass()
            type(self.running).doClassCleanups()

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


def limit_of(test):
    return getattr(getattr(test, test._testMethodName, None), "limit_seconds", limit_default)  # noqa: SLF001


def longest_first(tests):
    """{class: names of its tests}, by what each class may take in all."""
    classes = {}
    for test in tests:
        classes.setdefault(f"{type(test).__module__}.{type(test).__qualname__}", []).append(test)
    return {name: [test.id() for test in tests] for name, tests in
            sorted(classes.items(), key=lambda entry: sum(map(limit_of, entry[1])), reverse=True)}


def run_here(tests, verbose):
    """In this process, one after the other. The same as side_by_side.run() returns."""
    result = Result(verbose)
    interrupted = False
    signal.signal(signal.SIGALRM, ring)
    signal.alarm(limit_around)
    try:
        unittest.TestSuite(tests).run(result)
    except KeyboardInterrupt:
        signal.alarm(limit_around)
        result.clean_up_the_class()
        interrupted = True
    finally:
        signal.alarm(0)
    return len(result.passed), result.failed, len(result.skipped_tests), interrupted


def judge_the_wire(judge, complete):
    """As one more test: (passed, names of what failed, skipped)."""
    why_not = judge.why_not or wire.why_no_models()
    if why_not:
        print(f"skipped wire: {why_not}", flush=True)
        return 0, [], 1
    failed, lines = judge.verdict(complete)
    for line in lines:
        print(line, flush=True)
    return not failed, [f"wire: {fault}" for fault in failed], 0


def main():
    options = argparse.ArgumentParser(description="runs the end-to-end tests")
    options.add_argument("names", nargs="*", metavar="NAME", help="only tests whose name contains one of these")
    options.add_argument("-v", "--verbose", action="store_true", help="say what is being run")
    options.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="classes at a time")
    given = options.parse_args()
    in_the_right_python()
    import harness
    import side_by_side
    if not harness.binary.exists():
        print(f"run.py: {harness.binary} is not there; build it, or name another with S3DR_BINARY", file=sys.stderr)
        return 1
    if not given.names:
        shutil.rmtree(harness.kept_logs, ignore_errors=True)
    found = [test for room in rooms for test in tests_of(unittest.TestLoader().discover(str(here / room)))]
    chosen = [test for test in found if not given.names or any(name in test.id() for name in given.names)]
    if not chosen:
        print("run.py: no test has such a name", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, end)
    started = time.monotonic()
    classes = longest_first(chosen)
    if wire.folder_variable in os.environ:  # one class of a run, which judges
        passed, failed, skipped, interrupted = run_here(chosen, given.verbose)
    else:
        with wire.Judge(sys.executable) as judge:
            if given.jobs > 1 and len(classes) > 1:
                passed, failed, skipped, interrupted = side_by_side.run(classes, given.jobs, ["-v"] if given.verbose else [], judge)
            else:
                os.environ |= judge.environment_of("all")
                passed, failed, skipped, interrupted = run_here(chosen, given.verbose)
                judge.ended("all")
            if not interrupted:
                judged, failed_there, skipped_there = judge_the_wire(judge, not given.names)
                passed, failed, skipped = passed + judged, failed + failed_there, skipped + skipped_there
    for name in failed:
        print(f"failed: {name}")
    if interrupted:
        print("interrupted: the tests that would follow were not run")
    print(f"[{time.monotonic() - started:.0f} s]")
    print(f"{passed} passed, {len(failed)} failed, {skipped} skipped")
    return 130 if interrupted else 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
