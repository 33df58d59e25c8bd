"""Runs test classes in processes of their own, several at a time: most of an end-to-end test is waiting."""

import concurrent.futures
import re
import subprocess
import sys
import threading
from pathlib import Path

from processes import die_with_parent

closing = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped")
runner = Path(__file__).resolve().parent / "run.py"


class Children:
    """Those that run now, so that an interruption reaches them."""

    def __init__(self):
        self.lock = threading.Lock()
        self.processes = set()
        self.ending = False

    def run(self, name, options):
        """(output, exit status) of one class, its two closing lines taken for totals by the caller."""
        with self.lock:
            if self.ending:
                return "", 130
            process = subprocess.Popen([sys.executable, str(runner), "--jobs", "1", *options, f"{name}."], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                       preexec_fn=die_with_parent)
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


def run(names, jobs, options):
    """The classes of these names, in this order; the output of each is shown whole when it ends. Returns (passed, failed, skipped, whether
    it was interrupted): failed as names, the others as counts."""
    children = Children()
    passed, failed, skipped, interrupted = 0, [], 0, False
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = {pool.submit(children.run, name, options): name for name in names}
        try:
            for done in concurrent.futures.as_completed(runs):
                output, status = done.result()
                counts = None
                for line in output.splitlines():
                    if match := closing.fullmatch(line):
                        counts = [int(text) for text in match.groups()]
                    elif match := re.fullmatch(r"failed: (.+)", line):
                        failed.append(match[1])
                    elif not re.fullmatch(r"\[\d+ s\]", line):
                        print(line, flush=True)
                if counts:
                    passed += counts[0]
                    skipped += counts[2]
                elif not children.ending:
                    failed.append(f"{runs[done]} (its process ended with {status})")
        except KeyboardInterrupt:
            interrupted = True
            children.end()
    return passed, failed, skipped, interrupted
