"""Processes of the end-to-end tests: which program is tested, how it is run and ended, how long to wait for something."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import wire

root = Path(__file__).resolve().parents[3]
build = Path(os.environ.get("S3DR_BUILD", root / "build" / "release"))
binary = Path(os.environ.get("S3DR_BINARY", build / "s3dr"))
full = os.environ.get("S3DR_TEST_FULL") == "1"
kept_logs = root / "build" / "e2e-logs"

libc = ctypes.CDLL(None)


def die_with_parent():
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: nothing outlives a test run that was killed


def clean_environment(**more):
    """Without what the machine's own AWS settings and proxies would bring in."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "S3DR_")) and not name.lower().endswith("_proxy")}
    return kept | {"AWS_EC2_METADATA_DISABLED": "true"} | more


def recorded(command, environment):
    """The environment for the command: if it starts a cloud, what that says and hears is written down."""
    starts_a_cloud = [str(word) for word in command[:2]] in ([str(binary), "cloud"], [str(binary), "demo"])
    return environment | wire.environment() if starts_a_cloud else environment


def wait_for(look, seconds=30, what="the expected state", every=0.05):
    """Calls `look` until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"{what} was not reached within {seconds} s")
        time.sleep(every)


held_ports = []


def free_port():
    """A port nobody listens on, kept for us: bound, so that no outgoing connection gets it; our servers set SO_REUSEADDR and can listen there."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    held_ports.append(holder)
    return holder.getsockname()[1]


def processes_naming(text):
    """Ids of processes whose command line contains the text."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            line = Path("/proc", entry, "cmdline").read_bytes()
            state = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if text.encode() in line and state != "Z":
            found.append(int(entry))
    return found


class Run:
    """What a command did."""

    def __init__(self, command, finished):
        self.command = " ".join(map(str, command))
        self.code = finished.returncode
        self.out = finished.stdout
        self.err = finished.stderr

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"{self.command}\nexit {self.code}\n--- out\n{self.out}--- err\n{self.err}"


def run(*arguments, environment=None, seconds=100, cwd=None, stdin=None):
    """`s3dr ARGUMENTS…`"""
    return run_command([binary, *arguments], environment=environment, seconds=seconds, cwd=cwd, stdin=stdin)


def run_command(command, environment=None, seconds=100, cwd=None, stdin=None):
    command = list(map(str, command))
    environment = recorded(command, clean_environment() if environment is None else environment)
    return Run(command, subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, errors="replace", timeout=seconds,
                                       input=stdin if stdin is not None else ""))


def peak_memory(pid):
    """Most resident memory the process has had, in bytes."""
    for line in Path("/proc", str(pid), "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"process {pid} has no VmHWM")


class Process:
    """A program in the background with its output in a file."""

    def __init__(self, command, log, environment=None):
        self.command = list(map(str, command))
        self.log = Path(log)
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                          env=recorded(self.command, environment or clean_environment()), preexec_fn=die_with_parent)

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def kill(self):
        self.popen.kill()
        return self.popen.wait()

    def stop(self, seconds=20):
        """Asks, and insists when that does not help. Returns the exit code."""
        if self.running():
            self.popen.terminate()
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within {seconds} s: {' '.join(self.command)}; log: {self.log}") from None

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for_words(self, words, seconds=100):
        def look():
            text = self.output()
            if words not in text and not self.running():
                raise AssertionError(f"{self.command[1]} ended with {self.popen.returncode}:\n{text}")
            return words in text
        wait_for(look, seconds, f"“{words}”", every=0.02)
