"""What a newcomer runs first: `s3dr demo` verifies what it shows, can be run again, and leaves nothing running: with the functions
deployed into the embedded cloud, and (`--serve`) with the controller. On a small tree; in full also on the one it takes by itself."""

import re
import signal
import time
import unittest
from pathlib import Path

from harness import (Cloud, Process, binary, clean_environment, full, limit, processes_naming, replica_region, root, run, source_region,
                     wait_for)
from judge import judge

functions = {"source_bucket_check": source_region, "destination_bucket_check": replica_region, "enable_replication": source_region}


small_tree = ("--input", root / "tests")
own_tree = Path("/usr/include/boost")  # what `s3dr demo` uploads unless told otherwise


class DemoTest(unittest.TestCase):
    way = ()

    def setUp(self):
        self.cloud = Cloud(start=False)  # its folder only: the demo starts the regions itself
        self.addCleanup(self.cloud.remove)

    def start(self, *options, tree=small_tree):
        self.cloud.process = Process([binary, "demo", *self.way, *tree, "--data", self.cloud.data, *options],
                                     self.cloud.folder / f"demo-{time.monotonic_ns()}.log", clean_environment(HOME=str(self.cloud.home)))
        return self.cloud.process

    def function_processes(self):
        return [pid for pid in processes_naming(str(self.cloud.data)) if pid in processes_naming("/functions/code/")]

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
        return bucket, verdict

    def run_with_the_judge(self):
        """Verified, and the judge agrees. Returns the bucket; everything is still running."""
        demo = self.start("--keep")
        demo.wait_for_words("until Ctrl-C (--keep)")
        return self.check_with_the_judge(demo.output())[0]

    def end(self):
        demo = self.cloud.process
        demo.popen.send_signal(signal.SIGINT)
        self.assertIn(demo.popen.wait(20), (0, 130))
        self.check_nothing_left()

    def run_again(self):
        again = self.start()
        self.assertEqual(again.popen.wait(100), 0, again.output())
        self.assertIn("VERIFIED", again.output())
        self.assertRegex(again.output(), r"\ntag to verified +[0-9.]+ s\n")
        self.check_nothing_left()
        return again.output()

    def interrupt(self, words, how):
        demo = self.start()
        demo.wait_for_words(words)
        demo.popen.send_signal(how)
        code = demo.popen.wait(20)
        self.assertNotEqual(code, 0, "an interrupted demo is not a success")
        self.check_nothing_left()

    def kill(self, words):
        demo = self.start()
        demo.wait_for_words(words)
        demo.kill()
        self.check_nothing_left()


class DemoOfFunctions(DemoTest):
    def check_that_functions_did_it(self, bucket):
        """Their own logs, in the cloud, name the bucket; and no controller runs."""
        for name, region in functions.items():
            found = self.cloud.client("logs", region).filter_log_events(
                logGroupName=f"/aws/lambda/s3dr-{name}", filterPattern=f'"{bucket}"')["events"]
            self.assertTrue(found, f"{name} has not said a word about {bucket}")
        self.assertTrue(self.function_processes())
        self.assertEqual([pid for pid in processes_naming(str(self.cloud.data)) if pid in processes_naming("s3dr\0serve")], [])

    @limit(240)
    def test_verified_by_functions_judged_and_run_again_without_cleaning_up(self):
        bucket = self.run_with_the_judge()
        self.check_that_functions_did_it(bucket)
        self.assertRegex(self.cloud.process.output(), r"their package: \S+/bootstrap, static (x86_64|arm64), [\d.]+ MiB zipped")
        self.end()
        text = self.run_again()
        self.assertIn("0 changes: everything is as declared", text)
        self.assertIn("self-test passed", text)
        self.assertNotIn(bucket, re.search(r"^bucket +(\S+) in", text, re.M)[1])

    @limit(2400)
    @unittest.skipUnless(full, "runs with S3DR_TEST_FULL=1")
    @unittest.skipUnless(own_tree.is_dir(), f"{own_tree} is not installed")
    def test_its_own_tree_judged(self):
        files = sum(path.is_file() for path in own_tree.rglob("*"))
        demo = self.start("--keep", tree=())
        demo.wait_for_words("until Ctrl-C (--keep)", seconds=900)
        self.assertIn(f"uploading {own_tree}: {files:,} files", demo.output())
        started = time.monotonic()
        verdict = self.check_with_the_judge(demo.output())[1]
        print(f"    {verdict}, judged in {time.monotonic() - started:.0f} s")
        self.assertGreater(verdict.versions, files)
        self.end()

    @limit(240)
    def test_interrupted_and_gone_on_with(self):
        for words, how in (("to create", signal.SIGINT), ("uploading", signal.SIGTERM), ("rule live", signal.SIGINT)):
            with self.subTest(words):
                self.interrupt(words, how)
        self.run_again()

    def test_killed(self):
        self.kill("rule live")

    def test_a_package_that_is_none_is_refused_before_anything_runs(self):
        done = run("demo", "--data", self.cloud.data, "--package", root / "README.md", environment=clean_environment(HOME=str(self.cloud.home)))
        self.assertNotEqual(done.code, 0)
        self.assertIn("it is not a zip", done.err)
        self.check_nothing_left()


class DemoOfTheController(DemoTest):
    way = ("--serve",)

    @limit(240)
    def test_verified_judged_and_run_again(self):
        self.run_with_the_judge()
        self.end()
        self.run_again()

    def test_interrupted(self):
        self.interrupt("rule live", signal.SIGTERM)

    def test_killed(self):
        self.kill("rule live")


if __name__ == "__main__":
    unittest.main()
