"""EventBridge and CloudTrail of the embedded cloud, driven by boto3 and the aws cli: from a tagged bucket to an endpoint that a
rule of the user names, and to `s3dr serve` through the rule that comes with the installation."""

import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.exceptions import ClientError
from harness import CloudTest, root, run_command, source_region, wait_for
from pypi import aws_cli

aws, no_aws = aws_cli()
patterns = root / "tests" / "data" / "event_patterns.jsonl"
key = "e2e-api-key-canary"


class Hook:
    """An endpoint that keeps what it is sent and answers as it is told."""

    def __init__(self):
        hook = self
        self.received, self.answer = [], 202

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = hook.answer
                if status < 300:
                    hook.received.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/in?from=cloud"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def events(self, **detail):
        return [event for _, _, event in self.received if all(event["detail"].get(name) == value for name, value in detail.items())]


class Events(CloudTest):
    serve_settings = None

    def setUp(self):
        self.events = self.cloud.client("events", source_region)
        self.trails = self.cloud.client("cloudtrail", source_region)
        self.cloud.secrets.add(key)

    def hook(self, name, pattern):
        """A rule with an endpoint of this process as its target."""
        hook = Hook()
        self.addCleanup(hook.close)
        connection = self.events.create_connection(
            Name=name, AuthorizationType="API_KEY",
            AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "x-api-key", "ApiKeyValue": key}})
        destination = self.events.create_api_destination(
            Name=name, ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=hook.url, HttpMethod="POST")
        self.events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        put = self.events.put_targets(Rule=name, Targets=[{"Id": "hook", "Arn": destination["ApiDestinationArn"]}])
        self.assertEqual(put["FailedEntryCount"], 0, put)
        return hook

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as refused:
            call(**arguments)
        self.assertEqual(refused.exception.response["Error"]["Code"], code)

    # --- the way of an event ----------------------------------------------------------------------------------------

    def test_a_tag_arrives_at_the_target_of_a_rule(self):
        hook = self.hook("tags", {"source": ["aws.s3"], "detail": {"eventName": ["PutBucketTagging"]}})
        self.cloud.make_bucket("events-tagged")
        self.cloud.tag("events-tagged", dr="true")
        wait_for(lambda: hook.received, 10, "the event")
        path, headers, event = hook.received[0]
        self.assertEqual(path, "/in?from=cloud")
        self.assertEqual(headers["x-api-key"], key)
        self.assertEqual(event["detail-type"], "AWS API Call via CloudTrail")
        self.assertEqual(event["detail"]["requestParameters"]["bucketName"], "events-tagged")
        self.assertEqual(event["detail"]["requestParameters"]["Tagging"]["TagSet"]["Tag"], {"Key": "dr", "Value": "true"})
        self.assertEqual(len(hook.received), 1)

    def test_without_a_trail_that_logs_nothing_flows(self):
        hook = self.hook("trail", {"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket"]}})
        (trail,) = self.trails.describe_trails()["trailList"]
        self.trails.stop_logging(Name=trail["Name"])
        self.addCleanup(self.trails.start_logging, Name=trail["Name"])
        self.assertFalse(self.trails.get_trail_status(Name=trail["TrailARN"])["IsLogging"])
        self.cloud.make_bucket("events-unseen")
        self.cloud.make_bucket("events-log")
        self.trails.create_trail(Name="mine", S3BucketName="events-log")
        self.addCleanup(self.trails.delete_trail, Name="mine")
        self.trails.put_event_selectors(TrailName="mine", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}])
        self.trails.start_logging(Name="mine")
        self.cloud.make_bucket("events-seen")
        wait_for(lambda: hook.received, 10, "the event")
        self.assertEqual([event["detail"]["requestParameters"]["bucketName"] for event in hook.events()], ["events-seen"])

    def test_events_survive_the_death_of_the_region(self):
        hook = self.hook("survivor", {"source": ["e2e.survivor"]})
        hook.answer = 503
        put = self.events.put_events(Entries=[{"Source": "e2e.survivor", "DetailType": "t", "Detail": json.dumps({"n": n})}
                                              for n in range(10)])
        self.assertEqual(put["FailedEntryCount"], 0)
        self.cloud.kill_region(source_region)
        self.cloud.start_region(source_region)
        hook.answer = 200
        wait_for(lambda: {event["detail"]["n"] for event in hook.events()} == set(range(10)), 20, "all events")
        self.assertEqual({event["id"] for event in hook.events()}, {entry["EventId"] for entry in put["Entries"]})

    def test_the_rule_for_serve_is_there_to_be_seen(self):
        rule = self.events.describe_rule(Name="s3dr-serve")
        self.assertEqual(rule["State"], "ENABLED")
        (target,) = self.events.list_targets_by_rule(Rule="s3dr-serve")["Targets"]
        destination = self.events.describe_api_destination(Name="s3dr-serve")
        self.assertEqual(target["Arn"], destination["ApiDestinationArn"])
        self.assertEqual(destination["InvocationEndpoint"], f"http://{self.cloud.installation['serve_address']}/events")
        shown = self.events.describe_connection(Name="s3dr-serve")
        self.assertNotIn(self.cloud.event_secret, str(shown))

    def test_a_schedule_is_kept(self):
        self.events.put_rule(Name="nightly", ScheduleExpression="cron(0 3 * * ? *)", State="DISABLED")
        self.assertEqual(self.events.describe_rule(Name="nightly")["ScheduleExpression"], "cron(0 3 * * ? *)")
        self.refused("ValidationException", self.events.put_rule, Name="bad", ScheduleExpression="cron(0 3 * * * *)")

    # --- patterns ---------------------------------------------------------------------------------------------------

    def test_patterns_give_the_answers_of_the_table(self):
        """Every row, as the unit test of aws/event_pattern.h asks it; beneath `detail`, where there is only what the table says."""
        rows = [json.loads(line) for line in patterns.read_text().splitlines()]
        envelope = {"id": "1", "account": "111122223333", "source": "e2e", "time": "2026-08-01T00:00:00Z", "region": "us-west-2",
                    "resources": [], "detail-type": "t"}
        asked = {"match": 0, "no match": 0, "refused": 0}
        for row in rows:
            # A row may hold a text, for what JSON can say in several ways.
            pattern, event = (given if isinstance(given, str) else json.dumps(given) for given in (row["pattern"], row.get("event", {})))
            if pattern.strip().startswith("{"):
                pattern = '{"detail":' + pattern + "}"
            event = json.dumps(envelope)[:-1] + ', "detail": ' + event + "}"
            with self.subTest(row["name"]):
                if row["answer"] == "refused":
                    # The service takes an empty text for a field that is missing.
                    self.refused("InvalidEventPatternException" if pattern else "ValidationException", self.events.test_event_pattern,
                                 EventPattern=pattern, Event=event)
                else:
                    result = self.events.test_event_pattern(EventPattern=pattern, Event=event)
                    self.assertEqual(result["Result"], row["answer"] == "match", row)
            asked[row["answer"]] += 1
        self.assertGreater(sum(asked.values()), 150)
        print(f"        rows asked: {asked}")

    # --- the command line -------------------------------------------------------------------------------------------

    @unittest.skipIf(no_aws, no_aws)
    def test_the_aws_cli(self):
        environment = self.cloud.environment()

        def cli(*arguments):
            done = run_command([*aws, "--endpoint-url", self.cloud.url(source_region), "--output", "json", *arguments],
                               environment=environment)
            self.assertExit(done, 0)
            return json.loads(done.out) if done.out.strip() else None

        arn = cli("events", "put-rule", "--name", "cli", "--event-pattern", '{"source":["cli"]}', "--tags", "Key=a,Value=b")["RuleArn"]
        self.assertEqual(cli("events", "list-tags-for-resource", "--resource-arn", arn)["Tags"], [{"Key": "a", "Value": "b"}])
        failed = cli("events", "put-targets", "--rule", "cli", "--targets",
                     "Id=q,Arn=arn:aws:sqs:us-west-2:111122223333:q,RetryPolicy={MaximumRetryAttempts=3}",
                     "Id=t,Arn=arn:aws:sns:us-west-2:111122223333:t")
        self.assertEqual([entry["TargetId"] for entry in failed["FailedEntries"]], ["t"])
        self.assertEqual(cli("events", "list-targets-by-rule", "--rule", "cli")["Targets"][0]["RetryPolicy"], {"MaximumRetryAttempts": 3})
        self.assertEqual(cli("events", "put-events", "--entries", "Source=cli,DetailType=t,Detail='{}'")["FailedEntryCount"], 0)
        cli("events", "remove-targets", "--rule", "cli", "--ids", "q")
        cli("events", "delete-rule", "--name", "cli")
        self.assertNotIn("cli", [rule["Name"] for rule in cli("events", "list-rules")["Rules"]])
        self.assertTrue(cli("cloudtrail", "get-trail-status", "--name", "s3dr-default")["IsLogging"])
        self.assertEqual(cli("cloudtrail", "get-event-selectors", "--trail-name", "s3dr-default")["EventSelectors"][0]["ReadWriteType"], "All")


if __name__ == "__main__":
    unittest.main()
