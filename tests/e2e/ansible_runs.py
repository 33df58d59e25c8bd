"""Ansible as a client: two virtual environments with ansible-core, boto3 and the two collections that the role needs, taken out of
PyPI's bundle of all collections; and a run of the playbook with what came of it.

  5.5      what Debian 12's package `ansible` has: ansible-core 2.14, amazon.aws 5.5, community.aws 5.5
  current  ansible-core 2.19, amazon.aws 10, community.aws 10; with ansible-lint"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from processes import clean_environment, root, run_command

folder = root / "deploy" / "ansible"
releases = {
    "5.5": {"bundle": "ansible==7.7.0", "core": "ansible-core==2.14.18", "more": []},
    "current": {"bundle": "ansible==12.3.0", "core": "ansible-core==2.19.14", "more": ["ansible-lint==26.10.1"]},
}
collections = ("ansible_collections/amazon/aws/", "ansible_collections/community/aws/")
pip_seconds_max = 240


def venv_of(release):
    return root / "build" / f"e2e-ansible-{release}-venv"


def make_venv(release):
    """Once. Returns why not, or nothing. The bundle is 300 MB unpacked, the two collections are 12."""
    venv, wanted = venv_of(release), releases[release]
    if (venv / "complete").exists():
        return ""
    try:
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True, capture_output=True, text=True, timeout=60)
        pip = [venv / "bin" / "python", "-m", "pip", "--quiet", "--retries", "1"]
        for arguments in (["install", "boto3", wanted["core"], *wanted["more"]],
                          ["download", "--no-deps", "--only-binary", ":all:", "--dest", venv / "bundle", wanted["bundle"]]):
            subprocess.run([*pip, *arguments], check=True, capture_output=True, text=True, timeout=pip_seconds_max)
        packages = next((venv / "lib").glob("python*/site-packages"))
        for wheel in (venv / "bundle").glob("*.whl"):
            with zipfile.ZipFile(wheel) as bundle:
                bundle.extractall(packages, [name for name in bundle.namelist() if name.startswith(collections)])
        shutil.rmtree(venv / "bundle")
        (venv / "complete").touch()
        return ""
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as failed:
        why = (getattr(failed, "stderr", "") or str(failed)).strip().splitlines()[-1]
        return f"ansible cannot be installed from PyPI ({why})"


class Play:
    """What a run of the playbook did."""

    def __init__(self, done):
        self.done = done
        recap = re.search(r"^localhost\s*:\s*ok=(\d+)\s+changed=(\d+)\s+unreachable=0\s+failed=(\d+)", done.out, re.MULTILINE)
        self.changed, self.failed = (int(recap[2]), int(recap[3])) if recap else (None, None)
        # Per thing, not per task: a loop counts once in the recap.
        self.changes = [line for line in done.out.splitlines() if line.startswith("changed: ")]

    def __str__(self):
        return str(self.done)


def play(release, variables, environment, playbook=folder / "s3dr.yml", seconds=420):
    venv = venv_of(release)
    settings = {name: value for name, value in environment.items()} | {
        "PATH": f"{venv / 'bin'}:{os.environ['PATH']}", "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False", "ANSIBLE_NOCOLOR": "True", "ANSIBLE_DEPRECATION_WARNINGS": "False",
        "ANSIBLE_COLLECTIONS_PATH": str(next((venv / "lib").glob("python*/site-packages"))), "LC_ALL": "C.UTF-8"}
    extra = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    return Play(run_command([venv / "bin" / "ansible-playbook", playbook, "-e", f"ansible_python_interpreter={venv / 'bin' / 'python'}",
                             *extra], environment=settings, seconds=seconds, cwd=Path(playbook).parent))


def lint(seconds=110):
    venv = venv_of("current")
    environment = clean_environment(PATH=f"{venv / 'bin'}:{os.environ['PATH']}", NO_COLOR="1", LC_ALL="C.UTF-8")
    return run_command([venv / "bin" / "ansible-lint", "--offline", "-q"], environment=environment, seconds=seconds, cwd=folder)
