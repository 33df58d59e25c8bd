"""What a newcomer runs first: `s3dr demo` verifies what it shows, can be run again, and leaves nothing running."""

import re
import signal
import time
import unittest

from harness import Cloud, Process, binary, clean_environment, processes_naming, replica_region, root, source_region, wait_for
from judge import judge


class Demo(unittest.TestCase):
    def setUp(self):
        self.cloud = Cloud(start=False)  # its folder only: the demo starts the regions itself
        self.addCleanup(self.cloud.remove)

    def start(self, *options):
        self.cloud.process = Process([binary, "demo", "--input", root / "tests", "--data", self.cloud.data, *options],
                                     self.cloud.folder / f"demo-{time.monotonic_ns()}.log", clean_environment(HOME=str(self.cloud.home)))
        return self.cloud.process

    def wait_for_words(self, demo, words, seconds=100):
        def look():
            text = demo.output()
            if words not in text and not demo.running():
                raise AssertionError(f"the demo ended with {demo.popen.returncode}:\n{text}")
            return words in text
        wait_for(look, seconds, f"“{words}”")

    def check_nothing_left(self):
        wait_for(lambda: not processes_naming(str(self.cloud.data)), 5, "the end of all processes")

    def check_with_the_judge(self, text):
        bucket, replica = re.search(r"^bucket +(\S+) in", text, re.M)[1], re.search(r"^replica +(\S+) in", text, re.M)[1]
        self.cloud.load()
        verdict = judge(self.cloud.s3(source_region), bucket, self.cloud.s3(replica_region), replica)
        self.assertEqual(verdict.differences, [])
        self.assertGreater(verdict.bytes, 100 << 20)
        self.assertEqual(verdict.versions, int(re.search(r"^versions +([\d,]+) equal", text, re.M)[1].replace(",", "")))
        self.assertEqual(self.cloud.leaked_secrets(), [])

    def test_verified_judged_and_run_again(self):
        demo = self.start("--keep")
        self.wait_for_words(demo, "until Ctrl-C (--keep)")
        self.check_with_the_judge(demo.output())
        demo.popen.send_signal(signal.SIGINT)
        self.assertIn(demo.popen.wait(20), (0, 130))
        self.check_nothing_left()

        again = self.start()
        self.assertEqual(again.popen.wait(100), 0, again.output())
        self.assertIn("VERIFIED", again.output())
        self.check_nothing_left()

    def test_interrupted(self):
        for words, how in (("uploading", signal.SIGINT), ("rule live", signal.SIGTERM)):
            with self.subTest(words):
                demo = self.start()
                self.wait_for_words(demo, words)
                demo.popen.send_signal(how)
                code = demo.popen.wait(20)
                self.assertNotEqual(code, 0, "an interrupted demo is not a success")
                self.check_nothing_left()

    def test_killed(self):
        demo = self.start()
        self.wait_for_words(demo, "rule live")
        demo.kill()
        self.check_nothing_left()


if __name__ == "__main__":
    unittest.main()
