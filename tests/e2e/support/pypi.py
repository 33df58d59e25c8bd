"""Programs from PyPI that the tests run s3dr against, each environment made once below build/; and Debian's, which they fall back to.

Only the standard library here: run.py reads this before it has chosen the Python that the tests run in."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

build = Path(__file__).resolve().parents[3] / "build"
pip_seconds_max = 240
refusal_holds_seconds = 600  # so that a machine without PyPI waits for it once a run


class Venv:
    """A virtual environment with `packages` in it. Those that need more than `pip install` override fill()."""

    def __init__(self, name, *packages):
        self.name = name
        self.folder = build / f"e2e-{name}-venv"
        self.packages = packages
        self.python = self.folder / "bin" / "python"
        self.complete = self.folder / "complete"
        self.refused = build / f"e2e-{name}-refused"

    def program(self, name):
        return self.folder / "bin" / name

    @property
    def recipe(self):
        """What it is made from: one made from something else is made anew."""
        return "\n".join(self.packages)

    @property
    def is_there(self):
        return self.complete.exists() and self.complete.read_text() == self.recipe

    @property
    def missing(self):
        """Why it is not there, or nothing."""
        if self.is_there:
            return ""
        return self.refused.read_text().strip() if self.refused.exists() else f"{self.folder.name} was not made"

    def make(self):
        """Once, also when several processes ask at the same time. Returns why not, or nothing. May be repeated: after a refusal PyPI is
        asked again ten minutes later."""
        if self.is_there:
            return ""
        build.mkdir(exist_ok=True)
        with open(build / f"e2e-{self.name}-lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self.make_alone()

    def make_alone(self):
        if self.is_there:
            return ""
        if self.refused.exists() and time.time() - self.refused.stat().st_mtime < refusal_holds_seconds:
            return self.missing
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            print(f"installing {', '.join(self.packages)} from PyPI into build/{self.folder.name}", flush=True)
            self.run(sys.executable, "-m", "venv", self.folder)
            self.fill()
            self.complete.write_text(self.recipe)
            self.refused.unlink(missing_ok=True)
        except subprocess.CalledProcessError as failed:
            self.refuse((failed.stderr.strip().splitlines() or [str(failed)])[-1])
        except (subprocess.TimeoutExpired, OSError) as failed:
            self.refuse(str(failed))
        return self.missing

    def fill(self):
        self.pip("install", *self.packages)

    def pip(self, *arguments):
        self.run(self.python, "-m", "pip", "--quiet", "--retries", "1", *arguments)

    def refuse(self, why):
        build.mkdir(exist_ok=True)
        self.refused.write_text(f"{', '.join(self.packages)}: not to be had from PyPI ({why})\n")

    @staticmethod
    def run(*command):
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=pip_seconds_max)


clients = Venv("clients", "boto3", "awscli")
moto = Venv("moto", "moto[server]")
ministack = Venv("ministack", "ministack")
cfn_lint = Venv("cfn-lint", "cfn-lint")
s3cmd = Venv("s3cmd", "s3cmd")
jsonschema = Venv("jsonschema", "jsonschema")

debian_python = "/usr/bin/python3"
debian_aws = [debian_python, "/usr/bin/aws"]
newest_aws = [clients.python, clients.program("aws")]
newest_s3cmd = [s3cmd.python, s3cmd.program("s3cmd")]
no_debian_aws = "" if os.path.exists(debian_aws[1]) else "awscli is not installed"


def aws_cli():
    """The newest aws cli, else Debian's, as a command; and why there is none, or nothing."""
    if not clients.missing:
        return newest_aws, ""
    return debian_aws, no_debian_aws and f"no aws cli: {clients.missing}; {no_debian_aws}"
