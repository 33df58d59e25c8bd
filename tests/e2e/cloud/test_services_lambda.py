"""Lambda and CloudWatch Logs of the embedded cloud with real clients: the deployed package runs as a process."""

import base64
import io
import json
import time
import unittest
import zipfile
from pathlib import Path

from botocore.exceptions import ClientError
from harness import Cloud, CloudTest, account, limit, run_command, source_region, wait_for
from pypi import aws_cli

aws, no_aws = aws_cli()

trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
permissions = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
     "Resource": f"arn:aws:logs:{source_region}:{account}:log-group:/aws/lambda/*"}]}

# Does what its event says; `record` appends to the file FILE names, which outlives the process.
bootstrap = """#!/usr/bin/env python3
import http.client, json, os, sys, time
def ask(method, path, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, "/2018-06-01/runtime/" + path, body)
    answer = connection.getresponse()
    return answer.headers, answer.read()
print("starting", flush=True)
while True:
    headers, body = ask("GET", "invocation/next")
    request, event = headers["Lambda-Runtime-Aws-Request-Id"], json.loads(body)
    print("event " + json.dumps(event, sort_keys=True), flush=True)
    if "sleep" in event: time.sleep(event["sleep"])
    if "record" in event:
        with open(os.environ["FILE"], "a") as file: file.write(event["record"] + "\\n")
    if event.get("fail"):
        ask("POST", "invocation/" + request + "/error", json.dumps({"errorMessage": "as told", "errorType": "Told"}))
    else:
        ask("POST", "invocation/" + request + "/response",
            json.dumps({"pid": os.getpid(), "event": event, "key": os.environ.get("AWS_ACCESS_KEY_ID", ""),
                        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY", ""), "token": os.environ.get("AWS_SESSION_TOKEN", "")}))
"""


def package(text=bootstrap):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.create_system, entry.external_attr = 3, 0o100755 << 16
        archive.writestr(entry, text)
    return data.getvalue()


def alive(pid):
    try:
        return Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Functions:
    """Functions of one cloud."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.file = cloud.folder / "recorded"
        self.client = cloud.client("lambda", source_region)
        iam = cloud.client("iam", source_region)
        iam.create_role(RoleName="functions", AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName="functions", PolicyName="logs", PolicyDocument=json.dumps(permissions))
        self.role = f"arn:aws:iam::{account}:role/functions"

    def make(self, name, **more):
        settings = {"Timeout": 20, "Environment": {"Variables": {"FILE": str(self.file)}}} | more
        made = self.client.create_function(FunctionName=name, Runtime="provided.al2023", Role=self.role, Handler="bootstrap",
                                           Code={"ZipFile": package()}, **settings)
        self.ready(name)
        return made

    def ready(self, name):
        def look():
            shown = self.client.get_function_configuration(FunctionName=name)
            return shown["State"] == "Active" and shown["LastUpdateStatus"] == "Successful"

        wait_for(look, 20, "an active function", every=0.05)

    def invoke(self, name, event, **more):
        return self.client.invoke(FunctionName=name, Payload=json.dumps(event), **more)

    def recorded(self):
        return self.file.read_text().split() if self.file.exists() else []


class Lambda(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.functions = Functions(cls.cloud)

    def test_boto3_runs_a_function(self):
        functions = self.functions
        made = functions.make("plain", Tags={"app": "dr"})
        self.assertEqual(made["State"], "Pending")
        answer = functions.invoke("plain", {"n": 1}, LogType="Tail")
        self.assertNotIn("FunctionError", answer)
        first = json.loads(answer["Payload"].read())
        self.assertEqual(first["event"], {"n": 1})
        tail = base64.b64decode(answer["LogResult"]).decode()
        self.assertIn('event {"n": 1}', tail)
        self.assertIn("REPORT RequestId: " + answer["ResponseMetadata"]["RequestId"], tail)
        again = json.loads(functions.invoke("plain", {})["Payload"].read())
        self.assertEqual(again["pid"], first["pid"], "a warm process is used again")
        failed = functions.invoke("plain", {"fail": True})
        self.assertEqual((failed["StatusCode"], failed["FunctionError"]), (200, "Unhandled"))
        self.assertEqual(json.loads(failed["Payload"].read())["errorMessage"], "as told")
        # Its credentials are the role's: boto3 says so.
        self.cloud.secrets.add(first["secret"])
        self.assertTrue(first["token"])
        sts = self.cloud.client("sts", source_region)
        sts._request_signer._credentials = type(sts._request_signer._credentials)(first["key"], first["secret"], first["token"])
        self.assertEqual(sts.get_caller_identity()["Arn"], f"arn:aws:sts::{account}:assumed-role/functions/plain")
        # New code is run by new processes.
        functions.client.update_function_code(FunctionName="plain", ZipFile=package(bootstrap.replace("starting", "changed")))
        functions.ready("plain")
        newer = json.loads(functions.invoke("plain", {})["Payload"].read())
        self.assertNotEqual(newer["pid"], first["pid"])
        wait_for(lambda: not alive(first["pid"]), 10, "the end of the old process")
        functions.client.delete_function(FunctionName="plain")
        wait_for(lambda: not alive(newer["pid"]), 10, "the end of the process of a deleted function")
        with self.assertRaises(ClientError) as refused:
            functions.invoke("plain", {})
        self.assertEqual(refused.exception.response["Error"]["Code"], "ResourceNotFoundException")

    def test_a_role_that_may_not_log_logs_nothing(self):
        iam = self.cloud.client("iam", source_region)
        iam.create_role(RoleName="mute", AssumeRolePolicyDocument=trust)
        self.functions.client.create_function(
            FunctionName="mute", Runtime="provided.al2023", Role=f"arn:aws:iam::{account}:role/mute", Handler="bootstrap",
            Code={"ZipFile": package()})
        self.functions.ready("mute")
        self.assertIn("Payload", self.functions.invoke("mute", {}))
        logs = self.cloud.client("logs", source_region)
        self.assertEqual(logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/mute")["logGroups"], [])
        with self.assertRaises(ClientError) as refused:
            self.functions.client.create_function(
                FunctionName="none", Runtime="provided.al2023", Role=f"arn:aws:iam::{account}:role/absent", Handler="bootstrap",
                Code={"ZipFile": package()})
        self.assertIn("cannot be assumed by Lambda", refused.exception.response["Error"]["Message"])

    @unittest.skipIf(no_aws, no_aws)
    def test_aws_cli(self):
        environment = self.cloud.environment()
        zip_file = self.cloud.folder / "function.zip"
        zip_file.write_bytes(package())

        def call(*arguments):
            done = run_command([*aws, "--endpoint-url", self.cloud.url(source_region), *arguments], environment=environment)
            self.assertExit(done, 0)
            return done.out

        call("lambda", "create-function", "--function-name", "cli", "--runtime", "provided.al2023", "--role", self.functions.role,
             "--handler", "bootstrap", "--zip-file", f"fileb://{zip_file}")
        call("lambda", "wait", "function-active", "--function-name", "cli")
        call("lambda", "add-permission", "--function-name", "cli", "--statement-id", "events", "--action", "lambda:InvokeFunction",
             "--principal", "events.amazonaws.com", "--source-arn", f"arn:aws:events:{source_region}:{account}:rule/r")
        self.assertIn("AWS:SourceArn", json.loads(call("lambda", "get-policy", "--function-name", "cli"))["Policy"])
        call("lambda", "put-function-event-invoke-config", "--function-name", "cli", "--maximum-retry-attempts", "0")
        out = self.cloud.folder / "answer.json"
        event = self.cloud.folder / "event.json"
        event.write_text('{"a": "b"}')
        said = json.loads(call("lambda", "invoke", "--function-name", "cli", "--payload", f"fileb://{event}", out))
        self.assertEqual(said["StatusCode"], 200)
        self.assertEqual(json.loads(out.read_text())["event"], {"a": "b"})
        self.assertIn("cli", [one["FunctionName"] for one in json.loads(call("lambda", "list-functions"))["Functions"]])
        call("logs", "put-retention-policy", "--log-group-name", "/aws/lambda/cli", "--retention-in-days", "14")
        groups = json.loads(call("logs", "describe-log-groups", "--log-group-name-prefix", "/aws/lambda/cli"))["logGroups"]
        self.assertEqual(groups[0]["retentionInDays"], 14)
        found = json.loads(call("logs", "filter-log-events", "--log-group-name", "/aws/lambda/cli", "--filter-pattern", "REPORT"))
        self.assertEqual(len(found["events"]), 1)
        # What `aws logs tail` of the cli's second version asks, page by page.
        pages = self.cloud.client("logs", source_region).get_paginator("filter_log_events").paginate(
            logGroupName="/aws/lambda/cli", interleaved=True, startTime=0, PaginationConfig={"PageSize": 2})
        tailed = [event for page in pages for event in page["events"]]
        self.assertIn('event {"a": "b"}\n', [event["message"] for event in tailed])
        self.assertEqual(len({event["eventId"] for event in tailed}), len(tailed))
        call("lambda", "delete-function", "--function-name", "cli")


class QueuedInvocations(unittest.TestCase):
    @limit(180)
    def test_all_run_after_the_region_was_killed(self):
        cloud = Cloud()
        self.addCleanup(cloud.close)
        functions = Functions(cloud)
        functions.make("recorder")
        functions.client.put_function_concurrency(FunctionName="recorder", ReservedConcurrentExecutions=1)
        busy = json.loads(functions.invoke("recorder", {})["Payload"].read())["pid"]
        accepted = []
        for number in range(20):
            answer = functions.invoke("recorder", {"record": f"n{number}", "sleep": 0.1}, InvocationType="Event")
            self.assertEqual(answer["StatusCode"], 202)
            accepted.append(f"n{number}")
        before = len(functions.recorded())
        cloud.kill_region(source_region)
        wait_for(lambda: not alive(busy), 10, "the end of the function's process with its region")
        self.assertLess(before, len(accepted), "some were still waiting")
        time.sleep(0.3)
        at_rest = len(functions.recorded())
        cloud.start_region(source_region)
        # Throttled by the reserved concurrency of one, they come with growing pauses; give them all the room.
        functions.client.delete_function_concurrency(FunctionName="recorder")
        wait_for(lambda: set(functions.recorded()) == set(accepted), 120, "every accepted invocation", every=0.2)
        self.assertLess(at_rest, len(functions.recorded()))


if __name__ == "__main__":
    unittest.main()
