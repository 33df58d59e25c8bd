"""What a deployment has made, looked at with boto3: each resource as declared."""

import base64
import hashlib
import json

from moto_server import account
from stranger_deployment import functions, owner, owner_tag, replica_region, source_region


class DeploymentChecks:
    """For a DeployTest."""

    def check_functions(self):
        digest = base64.b64encode(hashlib.sha256(self.package.read_bytes()).digest()).decode()
        for function, region in functions.items():
            name = f"s3dr-{function}"
            lambda_ = self.client("lambda", region)
            live = lambda_.get_function(FunctionName=name)
            configuration = live["Configuration"]
            self.assertEqual(configuration["Runtime"], "provided.al2023")
            self.assertEqual(configuration["Handler"], "bootstrap")
            self.assertEqual(configuration["Role"], f"arn:aws:iam::{account}:role/{name}")
            self.assertEqual(configuration["CodeSha256"], digest)
            self.assertEqual((configuration["MemorySize"], configuration["Timeout"]), (256, 300))
            self.assertEqual(configuration["Architectures"], ["x86_64"])
            variables = configuration["Environment"]["Variables"]
            self.assertEqual(variables["S3DR_FUNCTION"], function)
            self.assertEqual(json.loads(variables["S3DR_MATCH_TAGS"]), {"dr": "true"})
            self.assertEqual(json.loads(variables["S3DR_ENDPOINTS"]), {source_region: self.stranger.url, replica_region: self.stranger.url})
            self.assertEqual(variables["S3DR_DESTINATION_TOPIC"], f"arn:aws:sns:{replica_region}:{account}:s3dr-destination_bucket_check")
            self.assertEqual(variables["S3DR_ENABLE_TOPIC"], f"arn:aws:sns:{source_region}:{account}:s3dr-enable_replication")
            self.assertEqual(live["Tags"], {"s3dr:owner": owner})
            retries = lambda_.get_function_event_invoke_config(FunctionName=name)
            self.assertEqual(retries["DestinationConfig"]["OnFailure"]["Destination"],
                             f"arn:aws:sqs:{region}:{account}:s3dr-dead-letters")
            statements = json.loads(lambda_.get_policy(FunctionName=name)["Policy"])["Statement"]
            wanted = {"source_bucket_check": {"bucket-events", "tag-changes", "bucket-checks", "sweep"},
                      "destination_bucket_check": {"topic", "replica-events"}}.get(function, {"topic"})
            self.assertEqual({statement["Sid"] for statement in statements}, wanted)
            for statement in statements:
                self.assertNotIn("StringEquals", statement["Condition"])
                self.assertIn("AWS:SourceArn", statement["Condition"]["ArnLike"])
            groups = self.client("logs", region).describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
            self.assertEqual([group["retentionInDays"] for group in groups], [30])

    def check_roles(self):
        iam = self.client("iam")
        roles = {role["RoleName"] for role in iam.list_roles()["Roles"]}
        self.assertEqual(roles, {f"s3dr-{name}" for name in (*functions, "replication", "batch")})
        trust = iam.get_role(RoleName="s3dr-batch")["Role"]
        self.assertIn("batchoperations.s3.amazonaws.com", json.dumps(trust["AssumeRolePolicyDocument"]))
        self.assertEqual(trust["Tags"], [owner_tag])
        policy = iam.get_role_policy(RoleName="s3dr-enable_replication", PolicyName="calls")["PolicyDocument"]
        passed = [s for s in policy["Statement"] if s["Action"] == ["iam:PassRole"]]
        self.assertEqual([s["Resource"] for s in passed],
                         [[f"arn:aws:iam::{account}:role/s3dr-replication"], [f"arn:aws:iam::{account}:role/s3dr-batch"]])

    def check_messaging(self):
        for function in ("destination_bucket_check", "enable_replication"):
            region = functions[function]
            sns = self.client("sns", region)
            arn = f"arn:aws:sns:{region}:{account}:s3dr-{function}"
            policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
            # Nobody by name: the roles' own policies say who publishes.
            self.assertEqual([(s["Action"], s["Principal"]) for s in policy["Statement"]],
                             [(["sns:Publish"], {"AWS": [f"arn:aws:iam::{account}:root"]})])
            subscriptions = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
            self.assertEqual([s["Endpoint"] for s in subscriptions], [f"arn:aws:lambda:{region}:{account}:function:s3dr-{function}"])
            attributes = sns.get_subscription_attributes(SubscriptionArn=subscriptions[0]["SubscriptionArn"])["Attributes"]
            self.assertEqual(json.loads(attributes["RedrivePolicy"]),
                             {"deadLetterTargetArn": f"arn:aws:sqs:{region}:{account}:s3dr-dead-letters"})
            sqs = self.client("sqs", region)
            url = sqs.get_queue_url(QueueName="s3dr-dead-letters")["QueueUrl"]
            queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            self.assertEqual(queue["MessageRetentionPeriod"], "1209600")
            self.assertIn(arn, queue["Policy"])

    def check_rules(self):
        events = self.client("events")
        self.assertEqual({rule["Name"] for rule in events.list_rules()["Rules"]},
                         {"s3dr-bucket-events", "s3dr-tag-changes", "s3dr-bucket-checks", "s3dr-sweep"})
        pattern = json.loads(events.describe_rule(Name="s3dr-bucket-events")["EventPattern"])
        self.assertEqual(pattern["detail"]["errorCode"], [{"exists": False}])
        self.assertEqual(events.describe_rule(Name="s3dr-sweep")["ScheduleExpression"], "rate(1 minute)")
        for rule in ("s3dr-bucket-events", "s3dr-tag-changes", "s3dr-bucket-checks", "s3dr-sweep"):
            [target] = events.list_targets_by_rule(Rule=rule)["Targets"]
            self.assertEqual(target["Arn"], f"arn:aws:lambda:{source_region}:{account}:function:s3dr-source_bucket_check")
            self.assertEqual(target["RetryPolicy"], {"MaximumRetryAttempts": 20, "MaximumEventAgeInSeconds": 3600})
            self.assertEqual(target["DeadLetterConfig"]["Arn"], f"arn:aws:sqs:{source_region}:{account}:s3dr-dead-letters")

    def check_alarms(self):
        of_all_buckets = 'FROM SCHEMA("AWS/S3", DestinationBucket, RuleId, SourceBucket)'
        letters = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "s3dr-dead-letters"}, "Maximum", 300)
        blocked = ("s3dr", "Blocked", {"Deployment": "s3dr"}, "Sum", 300)
        errors = lambda function: ("AWS/Lambda", "Errors", {"FunctionName": f"s3dr-{function}"}, "Sum", 300)  # noqa: E731
        # What is measured, above which figure it rings, and what a missing one means.
        expected = {
            source_region: {
                "s3dr-dead-letters": (letters, 0, "notBreaching"),
                "s3dr-blocked": (blocked, 0, "notBreaching"),
                "s3dr-source_bucket_check-errors": (errors("source_bucket_check"), 0, "notBreaching"),
                "s3dr-enable_replication-errors": (errors("enable_replication"), 0, "notBreaching"),
                "s3dr-replication-failed": ((f"SELECT SUM(OperationsFailedReplication) {of_all_buckets}", 300), 0, "ignore")},
            replica_region: {
                "s3dr-dead-letters": (letters, 0, "notBreaching"),
                "s3dr-blocked": (blocked, 0, "notBreaching"),
                "s3dr-destination_bucket_check-errors": (errors("destination_bucket_check"), 0, "notBreaching"),
                "s3dr-replication-pending": ((f"SELECT MAX(ReplicationLatency) {of_all_buckets}", 300), 3600, "ignore")}}
        for region, alarms in expected.items():
            found = {alarm["AlarmName"]: alarm for alarm in self.client("cloudwatch", region).describe_alarms()["MetricAlarms"]}
            self.assertEqual(set(found), set(alarms))
            for name, (measured, threshold, missing) in alarms.items():
                with self.subTest(alarm=name):
                    alarm = found[name]
                    self.assertEqual(self.measured(alarm), measured)
                    self.assertEqual((alarm["EvaluationPeriods"], alarm["TreatMissingData"], alarm["ComparisonOperator"], alarm["Threshold"]),
                                     (1, missing, "GreaterThanThreshold", threshold))

    @staticmethod
    def measured(alarm):
        if alarm.get("Metrics"):
            query, = alarm["Metrics"]
            return query["Expression"], query["Period"]
        return (alarm["Namespace"], alarm["MetricName"], {one["Name"]: one["Value"] for one in alarm["Dimensions"]}, alarm["Statistic"],
                alarm["Period"])

    def check_buckets(self):
        for bucket, region in ((f"s3dr-control-{account}-{replica_region}", replica_region),
                               (f"s3dr-reports-{account}-{source_region}", source_region)):
            s3 = self.client("s3", region)
            self.assertEqual(s3.get_bucket_versioning(Bucket=bucket)["Status"], "Enabled")
            self.assertIn(owner_tag, s3.get_bucket_tagging(Bucket=bucket)["TagSet"])
            rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
            self.assertEqual({rule["ID"]: (rule["Filter"]["Prefix"], rule.get("Expiration")) for rule in rules},
                             {"s3dr-records": ("records/", None), "s3dr-heartbeats": ("heartbeat/", None), "s3dr-jobs": ("jobs/", None)} if "control" in bucket else
                             {"s3dr-manifests": ("manifest/", {"Days": 30}), "s3dr-reports": ("backfill/", {"Days": 30})})
            location = s3.get_bucket_location(Bucket=bucket)["LocationConstraint"]
            self.assertEqual(location, None if region == "us-east-1" else region)
