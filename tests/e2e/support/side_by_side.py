"""Runs test classes in processes of their own, several at a time: most of an end-to-end test is waiting."""

import concurrent.futures
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from processes import die_with_parent

closing = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped")
runner = Path(__file__).resolve().parents[1] / "run.py"


class Children:
    """Those that run now, so that an interruption reaches them."""

    def __init__(self):
        self.lock = threading.Lock()
        self.processes = set()
        self.ending = False

    def run(self, names, options, environment):
        """(output, exit status) of the tests of one class."""
        with self.lock:
            if self.ending:
                return "", 130
            process = subprocess.Popen([sys.executable, str(runner), "--jobs", "1", *options, *names], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                       env=os.environ | environment, preexec_fn=die_with_parent)
            self.processes.add(process)
        output, _ = process.communicate()
        with self.lock:
            self.processes.discard(process)
        return output, process.returncode

    def end(self):
        with self.lock:
            self.ending = True
            for process in self.processes:
                process.terminate()  # it cleans up after its class


def run(classes, jobs, options, judge):
    """`classes`: {name: names of its tests}, begun in this order; the output of each is shown whole when it ends. `judge` is told
    when a class has ended. Returns (passed, failed, skipped, whether it was interrupted): failed as names, the others as counts."""
    children = Children()
    passed, failed, skipped, interrupted = 0, [], 0, False
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = {pool.submit(children.run, names, options, judge.environment_of(name)): name for name, names in classes.items()}
        try:
            for done in concurrent.futures.as_completed(runs):
                output, status = done.result()
                judge.ended(runs[done])
                counts, named = None, []
                for line in output.splitlines():
                    if match := closing.fullmatch(line):
                        counts = [int(text) for text in match.groups()]
                    elif match := re.fullmatch(r"failed: (.+)", line):
                        named.append(match[1])
                    elif not re.fullmatch(r"\[\d+ s\]", line):
                        print(line, flush=True)
                if counts:
                    passed += counts[0]
                    skipped += counts[2]
                failed += named
                if status != 0 and not named:  # it died, or somebody ended it
                    failed.append(f"{runs[done]} (its process ended with {status})")
        except KeyboardInterrupt:
            interrupted = True
            children.end()
    return passed, failed, skipped, interrupted
