"""`cloud start REGION` right after a kill: a process that is dying is not "running already"."""

import os
import signal
import subprocess
import unittest
from pathlib import Path

from harness import CloudTest, binary, source_region, wait_for


class RegionRestart(CloudTest):
    serve_settings = None

    def is_asked(self, port):
        """Somebody holds a connection to the port."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return any(row[1].endswith(f":{port:04X}") and row[3] == "01" for row in rows)

    def start(self):
        return subprocess.Popen([binary, "cloud", "start", "--data", self.cloud.data, source_region], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def test_a_region_that_ends_while_it_is_asked_is_started_again(self):
        pid = self.cloud.region_pid(source_region)
        # Stopped, the process is there, holds its port and does nothing: as between a kill and its end, but for as long as is wanted.
        os.kill(pid, signal.SIGSTOP)
        starting = self.start()
        wait_for(lambda: starting.poll() is not None or self.is_asked(self.cloud.ports[source_region]["http"]), 20,
                 "the supervisor to ask the region")
        os.kill(pid, signal.SIGKILL)
        out, _ = starting.communicate(timeout=60)
        self.assertEqual((starting.returncode, out), (0, f"{source_region} started\n"))
        self.assertNotEqual(self.cloud.region_pid(source_region), pid)
        self.cloud.s3().list_buckets()

    def test_a_region_that_answers_is_running_already(self):
        starting = self.start()
        out, _ = starting.communicate(timeout=60)
        self.assertEqual((starting.returncode, out), (0, f"{source_region} is running already\n"))


if __name__ == "__main__":
    unittest.main()
