"""Ansible as a client: two virtual environments with ansible-core, boto3 and the two collections that the role needs, taken out of
PyPI's bundle of all collections; and a run of the playbook with what came of it.

  5.5      what Debian 12's packages `ansible` and `python3-boto3` have: ansible-core 2.14, amazon.aws 5.5, community.aws 5.5,
           boto3 1.26.27, which speaks the Query protocol of SQS
  current  ansible-core 2.19, amazon.aws 10, community.aws 10, the newest boto3; with ansible-lint"""

import os
import re
import shutil
import zipfile
from pathlib import Path

import pypi
from processes import clean_environment, root, run_command

folder = root / "deploy" / "ansible"
collections = ("ansible_collections/amazon/aws/", "ansible_collections/community/aws/")


class AnsibleVenv(pypi.Venv):
    """The bundle is 300 MB unpacked, the two collections are 12."""

    def __init__(self, release, bundle, *packages):
        super().__init__(f"ansible-{release}", *packages)
        self.bundle = bundle

    @property
    def recipe(self):
        return f"{super().recipe}\n{self.bundle}"

    @property
    def libraries(self):
        return next((self.folder / "lib").glob("python*/site-packages"))

    def fill(self):
        super().fill()
        wheels = self.folder / "bundle"
        self.pip("download", "--no-deps", "--only-binary", ":all:", "--dest", wheels, self.bundle)
        for wheel in wheels.glob("*.whl"):
            with zipfile.ZipFile(wheel) as bundle:
                bundle.extractall(self.libraries, [name for name in bundle.namelist() if name.startswith(collections)])
        shutil.rmtree(wheels)


venvs = {
    "5.5": AnsibleVenv("5.5", "ansible==7.7.0", "ansible-core==2.14.18", "boto3==1.26.27", "botocore==1.29.27"),
    "current": AnsibleVenv("current", "ansible==12.3.0", "ansible-core==2.19.14", "ansible-lint==26.10.1", "boto3"),
}


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
    venv = venvs[release]
    settings = {name: value for name, value in environment.items()} | {
        "PATH": f"{venv.folder / 'bin'}:{os.environ['PATH']}", "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False", "ANSIBLE_NOCOLOR": "True", "ANSIBLE_DEPRECATION_WARNINGS": "False",
        "ANSIBLE_COLLECTIONS_PATH": str(venv.libraries), "LC_ALL": "C.UTF-8"}
    extra = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    return Play(run_command([venv.program("ansible-playbook"), playbook, "-e", f"ansible_python_interpreter={venv.python}",
                             *extra], environment=settings, seconds=seconds, cwd=Path(playbook).parent))


def lint(seconds=110):
    venv = venvs["current"]
    environment = clean_environment(PATH=f"{venv.folder / 'bin'}:{os.environ['PATH']}", NO_COLOR="1", LC_ALL="C.UTF-8")
    return run_command([venv.program("ansible-lint"), "--offline", "-q"], environment=environment, seconds=seconds, cwd=folder)
