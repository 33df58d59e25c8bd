"""`s3dr deploy apply` against the embedded cloud, killed at calls spread over a run: before the call goes on its way, or after it
took effect. The next apply completes, one more finds nothing to do. Every call is killed in the simulation (s3dr_sim
--apply-matrix); here the processes and the sockets are real. Each run is a deployment with a name prefix of its own."""

import contextlib
import json
import re
import signal
import unittest

from faulty_proxy import Calls, Proxy
from harness import Cloud, account, full, limit, replica_region, source_region
from processes import Process, binary, run
from samples import silent_package

kills = 60 if full else 20


class ApplyKilled(unittest.TestCase):
    def setUp(self):
        self.cloud = Cloud()
        self.addCleanup(self.cloud.close)
        self.package = silent_package(self.cloud.folder / "package.zip")
        self.environment = self.cloud.profiles_environment()

    def arguments(self, prefix, what, endpoints):
        config = self.cloud.folder / f"{prefix}.yaml"
        sides = {"source": source_region, "destination": replica_region}
        config.write_text(json.dumps({
            **{side: {"region": region, "account": account, "profile": f"s3dr-{account}-{region}"} for side, region in sides.items()},
            "endpoints": endpoints, "replication_role": f"arn:aws:iam::{account}:role/{prefix}-replication",
            "batch_role": f"arn:aws:iam::{account}:role/{prefix}-batch",
            "control_bucket": f"{prefix}-control", "reports_bucket": f"{prefix}-reports"}))
        more = [] if what == "plan" else ["--no-self-test"]
        return ["deploy", what, "--config", config, "--name-prefix", prefix, "--package", self.package, "--no-alarms",
                "--sweep", "24h", "--output", "json", *more]  # nothing runs the functions meanwhile

    def one_run(self, prefix, kill_at=None, after=False):
        """Returns how many calls an undisturbed apply makes; or kills one there and looks at what the next ones do."""
        process = None

        def kill(number, line):
            if number == kill_at:
                process.popen.kill()
            return number != kill_at

        calls = Calls(**{"after" if after else "before": kill})
        proxies = {region: Proxy(self.cloud.ports[region]["http"], calls) for region in (source_region, replica_region)}
        endpoints = {region: proxy.url for region, proxy in proxies.items()}
        try:
            if kill_at:
                with calls.lock:  # no call is numbered before there is a process to kill
                    process = Process([binary, *self.arguments(prefix, "apply", endpoints)], self.cloud.folder / f"{prefix}.log",
                                      environment=self.environment)
                self.assertEqual(process.popen.wait(200), -signal.SIGKILL, f"{prefix}: no kill at call {kill_at}")
            done = run(*self.arguments(prefix, "apply", endpoints), environment=self.environment, seconds=200)
            self.assertEqual(done.code, 0, str(done))
            total = calls.count
            done = run(*self.arguments(prefix, "apply", endpoints), environment=self.environment)
            self.assertEqual(done.json()["changes"], 0, str(done))
            done = run(*self.arguments(prefix, "plan", endpoints), environment=self.environment)
            self.assertEqual(done.code, 0, str(done))
            self.assertEqual({change["change"] for change in done.json()["changes"]}, {"unchanged"})
            return total
        finally:
            for proxy in proxies.values():
                proxy.close()

    def resources(self, prefix):
        """What the tables hold under that prefix; a thing that is there twice stands there twice."""
        tables = {"sqs_queue": "name", "sns_topic": "name", "sns_subscription": "endpoint", "event_rule": "name", "event_target": "arn",
                  "lambda_function": "name || policy || event_invoke", "log_group": "name", "bucket": "name"}
        found = {}
        for region in (source_region, replica_region):
            with contextlib.closing(self.cloud.database(region)) as database:
                for table, column in tables.items():
                    rows = [row[0] for row in database.execute(f"SELECT {column} FROM {table}")]
                    found[table, region] = sorted(self.without_chance(row, prefix) for row in rows if f"{prefix}-" in row)
        roles = [role["RoleName"] for page in self.cloud.client("iam", source_region).get_paginator("list_roles").paginate()
                 for role in page["Roles"]]
        found["roles"] = sorted(self.without_chance(name, prefix) for name in roles if name.startswith(f"{prefix}-"))
        return found

    @staticmethod
    def without_chance(row, prefix):
        return re.sub(r'"LastModified":[^,}]*', "", row.replace(f"{prefix}-", "s3dr-"))

    @limit(1800 if full else 600)
    def test_killed_at_calls_spread_over_a_run(self):
        total = self.one_run("clean")
        self.assertGreater(total, 90)
        expected = self.resources("clean")
        self.assertEqual(len(expected["roles"]), 5)
        for number in range(kills):
            # The first third of a run only looks.
            call = total // 3 + round((number + 0.5) * (total - total // 3) / kills)
            with self.subTest(call=call, after=number % 2 == 1):
                prefix = f"run{number}"
                self.one_run(prefix, call, after=number % 2 == 1)
                self.assertEqual(self.resources(prefix), expected)
        print(f"    apply: {total} calls in a clean run; killed at {kills} of them")


if __name__ == "__main__":
    unittest.main()
