"""The aws cli through the main operations of the embedded cloud's services: SNS, Lambda, EventBridge, SQS, STS, IAM, Logs and
CloudWatch's alarms. (The version of the environment the tests run in; both versions: test_services_messaging.py.)"""

import json
import subprocess
import unittest
from pathlib import Path

from harness import CloudTest, account, limit, source_region, wait_for
from processes import die_with_parent
from pypi import aws_cli
from test_services_lambda import package

(python, _), why_not = aws_cli()


class Refused(Exception):
    pass


class Cli:
    """An aws cli that has been started already."""

    def __init__(self, environment, url):
        self.url = url
        self.process = subprocess.Popen([python, Path(__file__).with_name("aws_cli_driver.py")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=environment, preexec_fn=die_with_parent)

    def __call__(self, *words):
        command = ["--endpoint-url", self.url, "--region", source_region, "--output", "json", *map(str, words)]
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        if said["code"] != 0:
            raise Refused(f"aws {' '.join(map(str, words))}: exit {said['code']}: {said['err']}{said['out']}")
        return json.loads(said["out"]) if said["out"].strip() else None

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


def trust_in(**principal):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})


def allow(*actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]})


@unittest.skipIf(why_not, why_not)
class AwsCli(CloudTest):
    serve_settings = None

    def setUp(self):
        self.aws = self.cli(self.cloud.environment())

    def cli(self, environment):
        cli = Cli(environment, self.cloud.url(source_region))
        self.addCleanup(cli.close)
        return cli

    def refused(self, text, aws, *words):
        with self.assertRaises(Refused) as refusal:
            aws(*words)
        self.assertIn(text, str(refusal.exception))

    def arn(self, service, resource):
        return f"arn:aws:{service}:{source_region}:{account}:{resource}"

    def test_iam_and_sts(self):
        aws = self.aws
        self.assertEqual(aws("sts", "get-caller-identity")["Account"], account)
        role = aws("iam", "create-role", "--role-name", "reader", "--assume-role-policy-document", trust_in(AWS=account),
                   "--description", "reads", "--tags", "Key=a,Value=b")["Role"]
        self.assertEqual(role["Arn"], f"arn:aws:iam::{account}:role/reader")
        self.refused("EntityAlreadyExists", aws, "iam", "create-role", "--role-name", "reader", "--assume-role-policy-document",
                     trust_in(AWS=account))
        aws("iam", "put-role-policy", "--role-name", "reader", "--policy-name", "read", "--policy-document", allow("sqs:ListQueues"))
        self.assertEqual(aws("iam", "list-role-policies", "--role-name", "reader")["PolicyNames"], ["read"])
        self.assertEqual(aws("iam", "get-role-policy", "--role-name", "reader", "--policy-name", "read")["PolicyDocument"],
                         json.loads(allow("sqs:ListQueues")))
        aws("iam", "update-role", "--role-name", "reader", "--max-session-duration", 7200)
        aws("iam", "tag-role", "--role-name", "reader", "--tags", "Key=c,Value=d")
        aws("iam", "untag-role", "--role-name", "reader", "--tag-keys", "a")
        shown = aws("iam", "get-role", "--role-name", "reader")["Role"]
        self.assertEqual((shown["MaxSessionDuration"], shown["Tags"]), (7200, [{"Key": "c", "Value": "d"}]))
        self.assertIn("reader", [one["RoleName"] for one in aws("iam", "list-roles")["Roles"]])

        session = aws("sts", "assume-role", "--role-arn", role["Arn"], "--role-session-name", "by-cli")
        keys = session["Credentials"]
        self.cloud.secrets |= {keys["SecretAccessKey"], keys["SessionToken"]}
        assumed = self.cli(self.cloud.environment() | {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"]})
        self.assertEqual(assumed("sts", "get-caller-identity")["Arn"], f"arn:aws:sts::{account}:assumed-role/reader/by-cli")
        assumed("sqs", "list-queues")
        self.refused("is not authorized to perform: sns:ListTopics", assumed, "sns", "list-topics")
        aws("iam", "update-assume-role-policy", "--role-name", "reader", "--policy-document", trust_in(Service="s3.amazonaws.com"))
        self.refused("AccessDenied", aws, "sts", "assume-role", "--role-arn", role["Arn"], "--role-session-name", "by-cli")
        self.refused("DeleteConflict", aws, "iam", "delete-role", "--role-name", "reader")
        aws("iam", "delete-role-policy", "--role-name", "reader", "--policy-name", "read")
        aws("iam", "delete-role", "--role-name", "reader")
        self.refused("NoSuchEntity", aws, "iam", "get-role", "--role-name", "reader")
        self.refused("not supported yet", aws, "iam", "create-user", "--user-name", "nobody")

    def test_a_rule_a_topic_and_a_queue(self):
        aws = self.aws
        queue = self.arn("sqs", "cli-queue")
        open_to_all = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}, "Action": "sqs:SendMessage",
             "Resource": queue}]})
        try:
            url = aws("sqs", "create-queue", "--queue-name", "cli-queue", "--attributes", json.dumps({"Policy": open_to_all}))["QueueUrl"]
        except Refused as old:
            self.assertIn("JSON protocol", str(old))
            self.skipTest("this aws cli speaks SQS's old protocol: not supported yet")
        aws("sqs", "tag-queue", "--queue-url", url, "--tags", "a=b")
        self.assertEqual(aws("sqs", "list-queue-tags", "--queue-url", url)["Tags"], {"a": "b"})
        self.assertEqual(aws("sqs", "get-queue-url", "--queue-name", "cli-queue")["QueueUrl"], url)

        def next_body():
            got = aws("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", 20, "--attribute-names", "All")["Messages"][0]
            aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", got["ReceiptHandle"])
            return got["Body"]

        sent = aws("sqs", "send-message-batch", "--queue-url", url, "--entries", "Id=1,MessageBody=by-hand", "Id=2,MessageBody=by-hand")
        self.assertEqual(len(sent["Successful"]), 2)
        self.assertEqual({next_body(), next_body()}, {"by-hand"})

        topic = aws("sns", "create-topic", "--name", "cli-topic")["TopicArn"]
        self.assertIn({"TopicArn": topic}, aws("sns", "list-topics")["Topics"])
        subscription = aws("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", queue,
                           "--return-subscription-arn")["SubscriptionArn"]
        listed = aws("sns", "list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
        self.assertEqual([one["Endpoint"] for one in listed], [queue])
        published = aws("sns", "publish", "--topic-arn", topic, "--message", "told")["MessageId"]
        told = json.loads(next_body())
        self.assertEqual((told["Message"], told["MessageId"]), ("told", published))
        aws("sns", "set-subscription-attributes", "--subscription-arn", subscription, "--attribute-name", "RawMessageDelivery",
            "--attribute-value", "true")
        aws("sns", "publish-batch", "--topic-arn", topic, "--publish-batch-request-entries", "Id=1,Message=raw")
        self.assertEqual(next_body(), "raw")

        rule = aws("events", "put-rule", "--name", "cli-rule", "--event-pattern", '{"source":["cli"]}')["RuleArn"]
        self.assertEqual(rule, self.arn("events", "rule/cli-rule"))
        self.assertEqual(aws("events", "put-targets", "--rule", "cli-rule", "--targets", f"Id=q,Arn={queue}")["FailedEntryCount"], 0)
        self.assertEqual(aws("events", "describe-rule", "--name", "cli-rule")["State"], "ENABLED")
        aws("events", "disable-rule", "--name", "cli-rule")
        aws("events", "enable-rule", "--name", "cli-rule")
        entry = [{"Source": "cli", "DetailType": "t", "Detail": '{"n": 1}'}]
        self.assertEqual(aws("events", "put-events", "--entries", json.dumps(entry))["FailedEntryCount"], 0)
        self.assertEqual(json.loads(next_body())["detail"], {"n": 1})
        self.assertEqual(aws("events", "list-rule-names-by-target", "--target-arn", queue)["RuleNames"], ["cli-rule"])
        self.assertTrue(aws("events", "test-event-pattern", "--event-pattern", '{"source":["cli"]}', "--event", json.dumps(
            {"id": "1", "account": account, "source": "cli", "time": "2026-01-01T00:00:00Z", "region": source_region, "resources": [],
             "detail-type": "t", "detail": {}}))["Result"])
        aws("events", "remove-targets", "--rule", "cli-rule", "--ids", "q")
        aws("events", "delete-rule", "--name", "cli-rule")
        self.refused("ResourceNotFoundException", aws, "events", "describe-rule", "--name", "cli-rule")
        aws("sns", "unsubscribe", "--subscription-arn", subscription)
        aws("sns", "delete-topic", "--topic-arn", topic)
        aws("sqs", "purge-queue", "--queue-url", url)
        aws("sqs", "delete-queue", "--queue-url", url)
        self.refused("NonExistentQueue", aws, "sqs", "get-queue-url", "--queue-name", "cli-queue")

    @limit(200)  # metrics are whole minutes
    def test_a_function_its_log_and_its_alarm(self):
        aws = self.aws
        aws("iam", "create-role", "--role-name", "runner", "--assume-role-policy-document", trust_in(Service="lambda.amazonaws.com"))
        aws("iam", "put-role-policy", "--role-name", "runner", "--policy-name", "logs", "--policy-document",
            allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"))
        code = self.cloud.folder / "function.zip"
        code.write_bytes(package())
        made = aws("lambda", "create-function", "--function-name", "told", "--runtime", "provided.al2023", "--role",
                   f"arn:aws:iam::{account}:role/runner", "--handler", "bootstrap", "--zip-file", f"fileb://{code}")
        aws("lambda", "wait", "function-active-v2", "--function-name", "told")
        aws("lambda", "update-function-configuration", "--function-name", "told", "--timeout", 9)
        aws("lambda", "wait", "function-updated-v2", "--function-name", "told")
        self.assertEqual(aws("lambda", "get-function", "--function-name", "told")["Configuration"]["Timeout"], 9)
        aws("lambda", "tag-resource", "--resource", made["FunctionArn"], "--tags", "a=b")
        self.assertEqual(aws("lambda", "list-tags", "--resource", made["FunctionArn"])["Tags"], {"a": "b"})

        query = ('SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) WHERE FunctionName = \'told\'')
        aws("cloudwatch", "put-metric-alarm", "--alarm-name", "fails", "--evaluation-periods", 1, "--threshold", 0,
            "--comparison-operator", "GreaterThanThreshold", "--treat-missing-data", "notBreaching", "--metrics",
            json.dumps([{"Id": "q", "Expression": query, "Period": 300}]))
        [alarm] = aws("cloudwatch", "describe-alarms", "--alarm-names", "fails")["MetricAlarms"]
        self.assertEqual(alarm["Metrics"], [{"Id": "q", "Expression": query, "Period": 300, "ReturnData": True}])
        self.refused("NotImplemented", aws, "cloudwatch", "put-metric-alarm", "--alarm-name", "grouped", "--evaluation-periods", 1,
                     "--threshold", 0, "--comparison-operator", "GreaterThanThreshold", "--metrics",
                     json.dumps([{"Id": "q", "Expression": query + " GROUP BY FunctionName", "Period": 300}]))
        answer, event = self.cloud.folder / "answer.json", self.cloud.folder / "event.json"
        for told, failure in (({"n": 1}, None), ({"fail": True}, "Unhandled")):
            event.write_text(json.dumps(told))
            said = aws("lambda", "invoke", "--function-name", "told", "--payload", f"fileb://{event}", answer)
            self.assertEqual(said.get("FunctionError"), failure)

        group = "/aws/lambda/told"
        aws("logs", "put-retention-policy", "--log-group-name", group, "--retention-in-days", 7)
        self.assertEqual(aws("logs", "describe-log-groups", "--log-group-name-prefix", group)["logGroups"][0]["retentionInDays"], 7)
        streams = aws("logs", "describe-log-streams", "--log-group-name", group)["logStreams"]
        lines = aws("logs", "get-log-events", "--log-group-name", group, "--log-stream-name", streams[0]["logStreamName"], "--start-from-head")
        self.assertIn('event {"n": 1}', "".join(line["message"] for line in lines["events"]))
        self.assertEqual(len(aws("logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", "REPORT")["events"]), 2)
        aws("logs", "create-log-group", "--log-group-name", "cli-group")
        aws("logs", "create-log-stream", "--log-group-name", "cli-group", "--log-stream-name", "s")
        aws("logs", "put-log-events", "--log-group-name", "cli-group", "--log-stream-name", "s", "--log-events",
            f"timestamp={lines['events'][0]['timestamp']},message=mine")
        aws("logs", "delete-log-group", "--log-group-name", "cli-group")

        def ringing():
            [alarm] = aws("cloudwatch", "describe-alarms", "--alarm-names", "fails")["MetricAlarms"]
            return alarm["StateValue"] == "ALARM" and alarm

        self.assertIn("the last value is 1", wait_for(ringing, 100, "the alarm", every=1)["StateReason"])
        figures = aws("cloudwatch", "get-metric-data", "--start-time", "2026-01-01T00:00:00Z", "--end-time", "2100-01-01T00:00:00Z",
                      "--metric-data-queries", json.dumps([{"Id": "q", "Expression": query.replace("Errors", "Invocations"), "Period": 86400}]))
        self.assertEqual(sum(figures["MetricDataResults"][0]["Values"]), 2)
        aws("cloudwatch", "delete-alarms", "--alarm-names", "fails")
        aws("lambda", "delete-function", "--function-name", "told")
        self.refused("ResourceNotFoundException", aws, "lambda", "get-function", "--function-name", "told")


if __name__ == "__main__":
    unittest.main()
