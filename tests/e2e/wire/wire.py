"""The judge of the wire within a run of the end-to-end tests: clouds are started with recorder.cc beside them, what they said and heard is
compared with the SDK's service models in processes of their own, and the run ends with the totals. See docs/judges.md.

Only the standard library here: processes.py reads this for every process."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

here = Path(__file__).resolve().parent
root = here.parents[2]
build = Path(os.environ.get("S3DR_BUILD", root / "build" / "release"))
recorder = build / "tests" / "wire_recorder.so"
gaps_page = root / "docs" / "judges.md"
folder_variable = "S3DR_E2E_WIRE"


def environment():
    """For a process that is a cloud or starts one: what makes the recorder look on, or nothing."""
    folder = os.environ.get(folder_variable)
    if not folder:
        return {}
    Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    return {"LD_PRELOAD": str(recorder), "S3DR_WIRE_FOLDER": folder}


def named_gaps():
    """{pattern: name}: the first column of the table below "## Gaps"; `*` stands for anything."""
    rows = re.findall(r"^\| `([^`]+)` \|", gaps_page.read_text().partition("\n## Gaps\n")[2].partition("\n## ")[0], re.MULTILINE)
    return {re.compile(re.escape(row).replace(r"\*", ".*")): row for row in rows}


class Judge:
    """Of one run. Use as a context: the recordings are gone when it ends."""

    def __init__(self, python):
        self.python = python
        self.folder = None
        self.checks = []
        self.total = {"calls": 0, "requests": 0, "answers": 0, "operations": {}, "not_checked": {}, "faults": {}}
        self.broken = []
        self.why_not = ""
        self.pool = ThreadPoolExecutor(1)

    def __enter__(self):
        if not recorder.exists():
            self.why_not = f"{recorder} is not there; build the target wire_recorder"
        else:
            self.folder = Path(tempfile.mkdtemp(prefix="s3dr-e2e-wire-"))  # 0700: there are secrets in it
        return self

    def __exit__(self, *_):
        self.pool.shutdown(cancel_futures=True)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def environment_of(self, tests):
        """What a process that runs `tests` needs so that its clouds are recorded in a folder of their own."""
        return {folder_variable: str(self.folder / tests)} if self.folder else {}

    def ended(self, tests):
        """They have ended: their recordings can be compared, while others run."""
        if self.folder and (self.folder / tests).exists():
            self.checks.append((tests, self.pool.submit(self.compare, self.folder / tests)))

    def compare(self, folder):
        return subprocess.run(["nice", "-n", "5", self.python, str(here / "check_recordings.py"), str(folder)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})

    def add(self, tests, done):
        if done.returncode != 0:
            self.broken.append(f"{tests}: the comparison ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
            return
        found = json.loads(done.stdout)
        for name in ("calls", "requests", "answers"):
            self.total[name] += found[name]
        for kind in ("operations", "not_checked"):
            for name, count in found[kind].items():
                self.total[kind][name] = self.total[kind].get(name, 0) + count
        self.total["models"] = found["models"]
        for name, fault in found["faults"].items():
            self.total["faults"].setdefault(name, fault | {"count": 0, "tests": tests})["count"] += fault["count"]

    def verdict(self, complete):
        """Waits for the comparisons. Returns (names of what failed, lines to print); `complete`: every test was run."""
        for tests, check in self.checks:
            self.add(tests, check.result())
        if not self.checks and not self.total["calls"]:
            return [], ["wire: no cloud ran"]
        gaps = named_gaps()
        seen = set()
        failed = list(self.broken)
        if complete and self.total["calls"] == 0:
            failed.append("clouds ran, and nothing was recorded")
        for name, fault in sorted(self.total["faults"].items()):
            known = [row for pattern, row in gaps.items() if pattern.fullmatch(name)]
            seen.update(known)
            if not known:
                failed.append(f"{name} ({fault['count']} times, first in {fault['tests']}; for instance {fault['example']!r})")
        lines = [f"wire: {self.total['calls']} calls; {self.total['requests']} requests of s3dr and {self.total['answers']} answers of the cloud "
                 f"compared with the models of {self.total.get('models', 'nobody')}; {len(self.total['operations'])} operations; "
                 f"{len(seen)} named gaps seen"]
        lines += [f"wire: not compared: {count} calls: {reason}" for reason, count in sorted(self.total["not_checked"].items())]
        if complete:
            lines += [f"wire: note: the named gap was not seen in a complete run, take it from {gaps_page.name}: {row}"
                      for row in sorted(set(gaps.values()) - seen)]
        return failed, lines


def why_no_models():
    """Why the models that this Python has are no measure, or nothing."""
    import pypi
    if pypi.clients.missing or not sys.executable.startswith(str(pypi.clients.folder)):
        return f"no newest botocore: {pypi.clients.missing or 'another Python runs the tests'}"
    return ""
