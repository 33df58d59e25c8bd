"""`s3dr deploy apply` killed on moto: the next one completes."""

import os
import signal
import subprocess

from harness import limit
from stranger_deployment import DeployTest
from moto_server import account
from processes import binary, full


class Interrupted(DeployTest):
    """The process is killed before and after writes of its own; the next apply completes. Two of them, in full ten, both before and
    after: test_deploy_killed.py kills at many more, and the simulation at all, on the embedded cloud."""

    def killed_at(self, number, after):
        self.gate.writes, self.gate.last, self.gate.after = 0, number, after
        process = subprocess.Popen(list(map(str, [binary, *self.arguments("apply", "--no-self-test")])),
                                   env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.gate.at_last = lambda: os.kill(process.pid, signal.SIGKILL)
        self.assertEqual(process.wait(60), -signal.SIGKILL, f"write {number} never came")
        self.gate.last = None

    @limit(900 if full else 120)
    def test_killed_anywhere(self):
        self.write_config(account, self.gate.url)
        self.gate.writes = 0
        self.assertEqual(self.apply()["created"], 43)
        writes = self.gate.writes
        self.assertGreater(writes, 50)
        for number in [1 + step * (writes - 1) // 9 for step in range(10)] if full else (writes // 3, 2 * writes // 3):
            for after in (False, True) if full else (number == writes // 3,):
                with self.subTest(write=number, after=after):
                    self.stranger.reset()
                    self.write_config(account, self.gate.url)
                    self.killed_at(number, after)
                    self.apply()
                    self.assertEqual(self.apply()["changes"], 0)
