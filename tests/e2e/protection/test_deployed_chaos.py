"""The deployed system with real processes: functions killed at random moments, messages published a second time in another order,
a region killed while events are queued. The end is that of a calm day, and nothing is lost. (Every moment, and many more
orders: s3dr_sim --deployed-seeds.)"""

import json
import os
import random
import signal
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError
from harness import CloudTest, account, limit, replica_region, source_region, wait_for
from judge import judge
from processes import run

kills_max = 5
killing_seconds = 12
topics = {source_region: "s3dr-enable_replication", replica_region: "s3dr-destination_bucket_check"}
functions = {source_region: ["s3dr-source_bucket_check", "s3dr-enable_replication"], replica_region: ["s3dr-destination_bucket_check"]}


def function_processes(cloud):
    """Processes of deployed functions: their program lies below the region's folder."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            program = os.readlink(f"/proc/{entry}/exe")
        except OSError:
            continue
        if entry.isdigit() and program.startswith(str(cloud.data)) and "/functions/code/" in program:
            found.append(int(entry))
    return found


class Killer(threading.Thread):
    """Kills a process of a function now and then, while one runs."""

    def __init__(self, cloud, dice):
        super().__init__(daemon=True)
        self.cloud, self.dice, self.over = cloud, dice, threading.Event()
        self.killed = 0

    def run(self):
        end = time.monotonic() + killing_seconds
        while self.killed < kills_max and time.monotonic() < end and not self.over.is_set():
            time.sleep(self.dice.uniform(0.05, 0.7))
            pids = function_processes(self.cloud)
            if not pids:
                continue
            try:
                os.kill(self.dice.choice(sorted(pids)), signal.SIGKILL)
                self.killed += 1
            except ProcessLookupError:
                pass


class DeployedChaos(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.environment = cls.cloud.profiles_environment(AWS_CA_BUNDLE=cls.cloud.ca)
        done = cls.s3dr("deploy", "apply", "--no-alarms", "--sweep", "1m")
        assert done.code == 0, done

    @classmethod
    def s3dr(cls, *arguments):
        return run(*arguments, "--config", cls.cloud.data / "s3dr.yaml", environment=cls.environment)

    def listen(self):
        """Queues that get what is published to the topics, as it is."""
        self.queues = {}
        for region, topic in topics.items():
            queue = f"arn:aws:sqs:{region}:{account}:copies"
            arn = f"arn:aws:sns:{region}:{account}:{topic}"
            policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
                                                              "Action": "sqs:SendMessage", "Resource": queue}]}
            self.queues[region] = self.cloud.client("sqs", region).create_queue(
                QueueName="copies", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
            self.cloud.client("sns", region).subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue,
                                                       Attributes={"RawMessageDelivery": "true"})

    def publish_again(self, dice):
        """All messages there were, twice, in another order. Returns how many."""
        published = 0
        for region, queue in self.queues.items():
            sqs, sns = self.cloud.client("sqs", region), self.cloud.client("sns", region)
            seen = []
            while batch := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
                seen += [message["Body"] for message in batch]
                for message in batch:
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            again = seen + seen[::-1]
            dice.shuffle(again)
            for text in again:
                sns.publish(TopicArn=f"arn:aws:sns:{region}:{account}:{topics[region]}", Message=text)
            published += len(again)
        return published

    def count(self, region, table):
        with self.cloud.database(region) as tables:
            return tables.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]

    def under_way(self):
        """Deliveries not over yet, but for those to `s3dr serve`, which does not run here."""
        return {f"{region} {table}": count for region in topics
                for table in ("event", "event_delivery WHERE over_http = 0", "sns_delivery", "lambda_invocation")
                if (count := self.count(region, table))}

    def is_quiet(self):
        return not self.under_way()

    def fill(self, name):
        self.cloud.make_bucket(name)
        for number in range(4):
            self.cloud.s3().put_object(Bucket=name, Key=f"k/{number % 3}", Body=os.urandom(300), Tagging="class=1")
        return name

    def backfilled(self, bucket):
        try:
            record = self.cloud.record(bucket)
        except (ClientError, BotoCoreError):
            return False
        return bool(record) and record["state"] in ("verifying", "protected")

    @limit(240)
    def test_the_end_is_that_of_a_calm_day(self):
        seed = int.from_bytes(os.urandom(4), "big")
        dice = random.Random(seed)
        self.listen()
        buckets = [self.fill(f"calm-{number}") for number in range(3)]
        killer = Killer(self.cloud, dice)
        killer.start()
        for bucket in buckets[:2]:
            self.cloud.tag(bucket, dr="true")
        wait_for(lambda: killer.killed >= 2 or self.backfilled(buckets[0]), 40, "two killed functions, or the end")
        # A tag that is acknowledged, and the region is gone before anybody can have looked.
        self.cloud.tag(buckets[2], dr="true")
        self.cloud.kill_region(source_region)
        queued = sum(count for table, count in self.under_way().items() if table.startswith(source_region))
        self.cloud.start_region(source_region)
        published = self.publish_again(dice)
        killer.join()
        for bucket in buckets:
            wait_for(lambda: self.backfilled(bucket), 120, f"a backfilled {bucket}", every=0.3)
        published += self.publish_again(dice)
        wait_for(self.is_quiet, 150, "an end of all deliveries", every=0.3)
        print(f"    seed {seed}: {killer.killed} functions killed, {published} messages published again, {queued} deliveries queued "
              "when the region died")
        self.assertGreater(killer.killed, 0)
        self.assertGreater(published, 0)
        self.assertGreater(queued, 0)

        for bucket in buckets:
            done = self.s3dr("verify", bucket, "--wait")
            self.assertExit(done, 0)
            record = self.cloud.record(bucket)
            self.assertEqual(record["state"], "protected")
            self.assertEqual(record["rule"]["generation"], 1)
            self.assertEqual(record["replica"]["bucket"], f"{bucket}-dr")
            self.assertEqual([rule["Status"] for rule in self.cloud.rules(bucket)], ["Enabled"])
            self.assertEqual(len(self.cloud.jobs(bucket)), record["backfill"]["attempt"], "jobs")
            self.assertEqual(judge(self.cloud.s3(), bucket, self.cloud.s3(replica_region), f"{bucket}-dr").differences, [])
        with self.cloud.database(replica_region) as tables:
            names = {name for (name,) in tables.execute("SELECT name FROM bucket")}
        self.assertEqual(names, {f"{bucket}-dr" for bucket in buckets} | {f"s3dr-control-{account}-{replica_region}"})

        status = json.loads(self.s3dr("deploy", "status", "--no-alarms", "--output", "json").out)
        letters = [letter for queue in status["dead_letters"] for letter in queue["letters"]]
        self.assertEqual(sum(queue["messages"] for queue in status["dead_letters"]), len(letters))
        for letter in letters:  # there are none, unless one delivery was killed three times
            self.assertTrue(letter["from"] and letter["reason"], letter)
        self.assertEqual(status["healthy"], not letters)
        self.assertEqual({one["name"]: one["state"] for one in status["functions"]},
                         {name: "Active" for names in functions.values() for name in names})
