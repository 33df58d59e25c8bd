"""`make aws-check` on the embedded cloud: the same program as for AWS. Each assumption is asked, nothing is left behind, also when the
run is interrupted at any of its steps or killed, and what it records is replayed by our readers."""

import os
import re
import shutil
import signal
import subprocess
import sys
import unittest

from harness import Cloud, account, limit, replica_region, root, source_region
from processes import binary, build, clean_environment

program = root / "tests" / "aws_check" / "aws_check.py"
# Of the embedded cloud every assumption holds, because it was built on them. These it cannot be asked.
not_reached = {"refusals-to-owner", "pending-metric-account", "seventh-job", "setting-events"}
# After which of the run's steps it is interrupted; and how much later, in seconds.
interruptions = ((1, 0), (1, 0.7), (1, 2), (2, 0), (4, 0.2), (5, 0), (6, 0.1), (9, 0), (14, 0), (20, 0.3))


class AwsCheck(unittest.TestCase):
    """A cloud, and the program with its regions for AWS."""

    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud()
        cls.addClassCleanup(cls.cloud.close)
        cls.notes = cls.cloud.folder / "notes"
        cls.environment = cls.cloud.profiles_environment(S3DR_CHECK_NOTES=str(cls.notes), S3DR_BINARY=str(binary),
                                                         S3DR_CHECK_PYTHON=sys.executable, PYTHONUNBUFFERED="1")

    def command(self, *more):
        endpoints = [word for region in (source_region, replica_region) for word in ("--endpoint", f"{region}={self.cloud.url(region, True)}")]
        return [sys.executable, str(program), "--source-region", source_region, "--destination-region", replica_region,
                "--profile", f"s3dr-{account}-{source_region}", "--destination-profile", f"s3dr-{account}-{replica_region}",
                "--ca", self.cloud.ca, "--patience", "60", *endpoints, *more]

    def start(self, *more):
        # In a group of its own, as a shell starts it: Ctrl-C reaches its children, too.
        return subprocess.Popen(self.command(*more), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, text=True, start_new_session=True)

    def everything(self):
        """Names of all that an account can have here, asked with boto3."""
        found = {("bucket", one["Name"]) for one in self.cloud.s3().list_buckets()["Buckets"]}
        found |= {("role", one["RoleName"]) for one in self.cloud.client("iam", source_region).list_roles()["Roles"]}
        for region in (source_region, replica_region):
            client = lambda service: self.cloud.client(service, region)  # noqa: E731
            found |= {(region, one["FunctionName"]) for one in client("lambda").list_functions()["Functions"]}
            found |= {(region, one["TopicArn"]) for one in client("sns").list_topics()["Topics"]}
            found |= {(region, one) for one in client("sqs").list_queues().get("QueueUrls", [])}
            found |= {(region, one["Name"]) for one in client("events").list_rules()["Rules"]}
            found |= {(region, one["AlarmName"]) for one in client("cloudwatch").describe_alarms()["MetricAlarms"]}
            found |= {(region, one["logGroupName"]) for one in client("logs").describe_log_groups()["logGroups"]}
            found |= {(region, one["Name"]) for one in client("cloudtrail").describe_trails()["trailList"]}
        return found


interrupted_at_birth = """
import signal, subprocess, sys
sys.path[:0] = sys.argv[1:]
import run

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGINT, interrupt)
fork = subprocess._fork_exec

def fork_and_interrupt(*given):
    made = fork(*given)
    print(made, flush=True)
    signal.raise_signal(signal.SIGINT)
    return made

subprocess._fork_exec = fork_and_interrupt
try:
    run.run_to_its_end(["sleep", "600"], 900)
except KeyboardInterrupt:
    print("interrupted")
"""


class Commands(unittest.TestCase):
    def test_a_program_that_is_interrupted_while_it_starts_does_not_run_on(self):
        folders = [str(program.parent), str(root / "tests" / "e2e" / "support")]
        done = subprocess.run([sys.executable, "-c", interrupted_at_birth, *folders], capture_output=True, text=True, timeout=60)
        child, said = done.stdout.split()
        self.assertEqual(said, "interrupted", done.stderr)
        with self.assertRaises(ProcessLookupError):
            os.kill(int(child), 0)


class Whole(AwsCheck):
    @limit(400)
    def test_every_assumption_is_asked_and_nothing_is_left(self):
        before = self.everything()
        done = subprocess.run(self.command("--yes"), env=self.environment, capture_output=True, text=True, timeout=380)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.everything(), before)
        self.assertIn("about  1.03 USD  in all", done.stdout)
        table = done.stdout[done.stdout.rindex("\n\n"):]
        outcomes = dict(re.findall(r"^([a-z-]+) +(confirmed|refuted|not reached) ", table, re.M))
        listed = subprocess.run([sys.executable, str(program), "--list"], env=self.environment, capture_output=True, text=True).stdout
        self.assertEqual(outcomes.keys(), {line.split()[0] for line in listed.splitlines()})
        self.assertEqual({row for row, outcome in outcomes.items() if outcome != "confirmed"}, not_reached, done.stdout)

        [folder] = self.notes.glob("*/recordings")
        self.assertFalse(list(self.notes.glob("*/run.json")), "there is nothing to clean up")
        texts = [path.read_text() for path in folder.glob("*.json")]
        self.assertIn(f"{len(texts)} recordings in", done.stdout)
        for secret in self.cloud.secrets:
            self.assertFalse([text for text in texts if secret in text], "a recording has a secret")
        replayed = subprocess.run([build / "tests" / "unit_s3", "--gtest_filter=Recordings.*"], capture_output=True, text=True,
                                  env=clean_environment(S3DR_RECORDINGS=str(folder)))
        self.assertEqual(replayed.returncode, 0, replayed.stdout)
        shutil.rmtree(self.notes)

    def test_without_the_account_nothing_is_made(self):
        before = self.everything()
        done = subprocess.run(self.command(), env=self.environment, capture_output=True, text=True, input="yes\n", timeout=60)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("Type the account's number", done.stdout)
        self.assertIn("nothing was made", done.stderr)
        self.assertEqual(self.everything(), before)


class Interrupted(AwsCheck):
    def read_until(self, process, step):
        """What it printed until its step of that number began."""
        text, steps = "", 0
        for line in process.stdout:
            text += line
            steps += line.startswith("· ")
            if steps == step:
                return text
        self.fail(f"it ended before its step {step}:\n{text}")

    def wait_a_little(self, process, seconds):
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    @limit(900)
    def test_interrupted_at_ten_points_it_leaves_nothing(self):
        before = self.everything()
        for step, later in interruptions:
            with self.subTest(step=step, later=later):
                process = self.start("--yes")
                self.addCleanup(process.kill)
                text = self.read_until(process, step)
                self.wait_a_little(process, later)
                os.killpg(process.pid, signal.SIGINT)
                text += process.communicate(timeout=120)[0]
                self.assertEqual(process.returncode, 1, text)
                self.assertIn("interrupted", text)
                self.assertIn("nothing is left", text)
                self.assertEqual(self.everything(), before, text)

    @limit(200)
    def test_killed_it_is_cleaned_up_by_the_next_run_and_by_its_prefix(self):
        before = self.everything()
        prefixes = []
        for _ in range(2):
            process = self.start("--yes")
            self.addCleanup(process.kill)
            text = self.read_until(process, 1 + 3 * len(prefixes) + 3 * (len(prefixes) > 0))
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            prefixes += re.findall(r"^prefix (\S+),", text, re.M)
        first, second = prefixes
        # The second run has cleaned up after the first, before it began.
        self.assertIn(f"an earlier run, {first}, has not removed what it made", text)
        self.assertTrue([name for _, name in self.everything() - before if second in name])
        self.assertFalse([name for _, name in self.everything() if first in name])
        done = subprocess.run(self.command("--clean-up", second), env=self.environment, capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.everything(), before)


if __name__ == "__main__":
    unittest.main()
