"""`s3dr deploy` judged by moto and boto3: what was changed by hand is named and repaired, and destroy leaves others' things alone.
What a deployment makes in the first place is in test_deploy_strangers.py."""

import json
import unittest

from moto_server import account, other_account
from samples import silent_package
from stranger_deployment import DeployTest, everything, owner, owner_tag, replica_region, source_region, trusts_anybody


class Installs(DeployTest):
    def test_running_again_keeps_every_subscription(self):
        self.apply()
        sns = self.client("sns")
        topic = f"arn:aws:sns:{source_region}:{account}:s3dr-enable_replication"
        pager = f"arn:aws:sqs:{source_region}:{account}:s3dr-dead-letters"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=pager)
        before = {one["SubscriptionArn"]: one["Endpoint"] for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]}
        self.assertEqual(len(before), 2)
        # Everything that has to do with the topic is changed by hand, so that the next run has something to do.
        sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="mine")
        self.client("lambda").update_function_configuration(FunctionName="s3dr-enable_replication", MemorySize=512)
        self.assertEqual(self.apply()["updated"], 2)
        after = {one["SubscriptionArn"]: one["Endpoint"] for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]}
        self.assertEqual(after, before)

    def test_two_accounts(self):
        self.write_config(other_account)
        self.apply()
        self.assertEqual(self.apply()["changes"], 0)
        roles = {role["RoleName"] for role in self.client("iam", replica_region).list_roles()["Roles"]}
        self.assertEqual(roles, {"s3dr-destination_bucket_check", "s3dr-source_bucket_check-remote", "s3dr-enable_replication-remote"})
        live = self.client("lambda", replica_region).get_function(FunctionName="s3dr-destination_bucket_check")["Configuration"]
        self.assertEqual(live["FunctionArn"].split(":")[4], other_account)

    def test_the_wrong_account_is_refused_before_anything_is_made(self):
        self.config.write_text(self.config.read_text().replace(account, "999988887777"))
        done = self.deploy("apply", "--no-self-test", code=1)
        self.assertIn(f"are of account {account}, the configuration says 999988887777", done.err)
        self.assertEqual(self.client("iam").list_roles()["Roles"], [])

    def test_a_trail_is_asked_for_or_made(self):
        warnings = self.plan(code=3)["warnings"]
        self.assertTrue(any("--create-trail" in warning for warning in warnings), warnings)
        self.apply("--create-trail")
        self.assertEqual(self.apply("--create-trail")["changes"], 0)
        status = self.client("cloudtrail").get_trail_status(Name="s3dr-bucket-events")
        self.assertTrue(status["IsLogging"])
        self.assertEqual(self.plan(code=0)["warnings"], [])

    def test_a_saved_plan_is_carried_out_or_refused(self):
        plan = self.folder / "plan.json"
        self.deploy("plan", "--out", plan, code=3)
        self.client("iam").create_role(RoleName="s3dr-batch", AssumeRolePolicyDocument="{}", Tags=[owner_tag])
        stale = self.deploy("apply", plan, "--no-self-test", code=1)
        self.assertIn("role us-west-2 s3dr-batch is not as it was", stale.err)
        self.client("iam").delete_role(RoleName="s3dr-batch")
        self.deploy("apply", plan, "--no-self-test")
        self.assertEqual(self.apply()["changes"], 0)

    def test_what_is_not_ours_stops_everything(self):
        self.client("sqs").create_queue(QueueName="s3dr-dead-letters")
        blocked = self.deploy("plan", code=1)
        self.assertIn("not ours", blocked.out)
        refused = self.deploy("apply", "--no-self-test", code=1)
        self.assertIn("queue us-west-2 s3dr-dead-letters", refused.err)
        self.assertEqual(self.client("iam").list_roles()["Roles"], [])
        self.apply("--adopt")
        self.assertEqual(self.apply()["changes"], 0)

    def test_status_tells_what_lies_in_the_dead_letter_queue(self):
        self.apply("--create-trail")
        self.assertTrue(self.deploy("status", "--output", "json").json()["healthy"])
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName="s3dr-dead-letters")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"requestContext": {"condition": "RetriesExhausted",
                         "functionArn": "arn:the-function"}, "responsePayload": {"errorMessage": "AccessDenied on s3://x"}}))
        status = self.deploy("status", "--output", "json", code=1).json()
        [letter] = [letter for queue in status["dead_letters"] for letter in queue["letters"]]
        self.assertEqual((letter["from"], letter["reason"]), ("arn:the-function", "RetriesExhausted: AccessDenied on s3://x"))
        text = self.deploy("status", code=1).out
        self.assertIn("RetriesExhausted: AccessDenied on s3://x", text)


class Repairs(DeployTest):
    """One field of each kind changed by hand: named by plan, repaired by apply."""

    def setUp(self):
        super().setUp()
        self.apply()

    def expect(self, identifier, path, *options):
        pending = self.pending(*options)
        self.assertEqual(list(pending), [identifier])
        self.assertTrue(any(found.startswith(path) for found in pending[identifier]), pending)
        self.assertEqual(self.apply(*options)["changes"], 1)
        self.assertEqual(self.apply(*options)["changes"], 0)

    def test_role_policy(self):
        self.client("iam").put_role_policy(RoleName="s3dr-batch", PolicyName="batch", PolicyDocument=everything)
        self.expect("role us-west-2 s3dr-batch", "policies.batch")

    def test_role_with_a_policy_too_many(self):
        self.client("iam").put_role_policy(RoleName="s3dr-batch", PolicyName="more", PolicyDocument=everything)
        self.expect("role us-west-2 s3dr-batch", "policies.more")

    def test_role_trust(self):
        self.client("iam").update_assume_role_policy(RoleName="s3dr-batch", PolicyDocument=trusts_anybody)
        self.expect("role us-west-2 s3dr-batch", "trust")

    def test_role_description(self):
        self.client("iam").update_role_description(RoleName="s3dr-batch", Description="mine")
        self.expect("role us-west-2 s3dr-batch", "description")

    def test_role_with_a_managed_policy(self):
        document = self.client("iam").create_policy(PolicyName="everything", PolicyDocument=everything)["Policy"]["Arn"]
        self.client("iam").attach_role_policy(RoleName="s3dr-batch", PolicyArn=document)
        self.expect("role us-west-2 s3dr-batch", "attached_policies")
        self.assertEqual(self.client("iam").list_attached_role_policies(RoleName="s3dr-batch")["AttachedPolicies"], [])

    def test_trail_of_all_regions(self):
        self.apply("--create-trail")
        trails = self.client("cloudtrail")
        trails.update_trail(Name="s3dr-bucket-events", IsMultiRegionTrail=False)
        self.expect("trail us-west-2 s3dr-bucket-events", "multi_region", "--create-trail")
        self.assertTrue(trails.describe_trails()["trailList"][0]["IsMultiRegionTrail"])

    def test_lifecycle(self):
        s3 = self.client("s3")
        bucket = f"s3dr-reports-{account}-{source_region}"
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        mine = {"ID": "mine", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [*rules, mine]})
        self.expect(f"bucket us-west-2 {bucket}", "lifecycle.mine")
        s3.delete_bucket_lifecycle(Bucket=bucket)
        self.expect(f"bucket us-west-2 {bucket}", "lifecycle.s3dr-manifests")

    def test_queue(self):
        sqs = self.client("sqs")
        sqs.set_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="s3dr-dead-letters")["QueueUrl"],
                                 Attributes={"MessageRetentionPeriod": "60", "Policy": ""})
        self.expect("queue us-west-2 s3dr-dead-letters", "retention_seconds")

    def test_log_group(self):
        self.client("logs").delete_retention_policy(logGroupName="/aws/lambda/s3dr-enable_replication")
        self.expect("log group us-west-2 /aws/lambda/s3dr-enable_replication", "retention_days")

    def test_bucket(self):
        bucket = f"s3dr-reports-{account}-{source_region}"
        self.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
        self.expect(f"bucket us-west-2 {bucket}", "versioning")

    def test_function_configuration(self):
        self.client("lambda").update_function_configuration(FunctionName="s3dr-enable_replication", MemorySize=512)
        self.expect("function us-west-2 s3dr-enable_replication", "memory_mib")

    def test_function_environment(self):
        lambda_ = self.client("lambda")
        variables = lambda_.get_function_configuration(FunctionName="s3dr-enable_replication")["Environment"]["Variables"]
        lambda_.update_function_configuration(FunctionName="s3dr-enable_replication",
                                              Environment={"Variables": variables | {"S3DR_FUNCTION": "nothing"}})
        self.expect("function us-west-2 s3dr-enable_replication", "environment.S3DR_FUNCTION")

    def test_function_code(self):
        other = silent_package(self.folder / "other.zip", "something else")
        self.client("lambda").update_function_code(FunctionName="s3dr-enable_replication", ZipFile=other.read_bytes())
        self.expect("function us-west-2 s3dr-enable_replication", "code_sha256")

    def test_event_invoke_config(self):
        # Removed, not changed: moto goes on showing the first one that was put.
        self.client("lambda").delete_function_event_invoke_config(FunctionName="s3dr-enable_replication")
        self.assertEqual(self.pending(), {"event invoke config us-west-2 s3dr-enable_replication": []})
        self.assertEqual(self.apply()["created"], 1)
        self.assertEqual(self.apply()["changes"], 0)

    def test_permission(self):
        self.client("lambda").remove_permission(FunctionName="s3dr-source_bucket_check", StatementId="sweep")
        self.assertEqual(self.pending(), {"permission us-west-2 s3dr-source_bucket_check/sweep": []})
        self.assertEqual(self.apply()["created"], 1)
        self.assertEqual(self.apply()["changes"], 0)

    def test_topic(self):
        self.client("sns").set_topic_attributes(TopicArn=f"arn:aws:sns:{source_region}:{account}:s3dr-enable_replication",
                                                AttributeName="DisplayName", AttributeValue="mine")
        self.expect("topic us-west-2 s3dr-enable_replication", "display_name")

    def test_subscription(self):
        sns = self.client("sns")
        arn = f"arn:aws:sns:{source_region}:{account}:s3dr-enable_replication"
        [subscription] = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
        sns.set_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"], AttributeName="FilterPolicy",
                                        AttributeValue='{"kind":["pause"]}')
        self.expect("subscription us-west-2 s3dr-enable_replication/s3dr-enable_replication", "FilterPolicy")

    def test_rule(self):
        self.client("events").disable_rule(Name="s3dr-bucket-events")
        self.expect("rule us-west-2 s3dr-bucket-events", "state")

    def test_rule_pattern(self):
        self.client("events").put_rule(Name="s3dr-bucket-events", EventPattern='{"source":["aws.s3"]}')
        self.expect("rule us-west-2 s3dr-bucket-events", "")

    def test_rule_target(self):
        self.client("events").put_targets(Rule="s3dr-sweep", Targets=[{"Id": "more", "Arn": f"arn:aws:sqs:{source_region}:{account}:x"}])
        self.expect("rule us-west-2 s3dr-sweep", "targets.more")

    def test_alarm(self):
        self.client("cloudwatch").put_metric_alarm(
            AlarmName="s3dr-dead-letters", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Threshold=5,
            MetricName="ApproximateNumberOfMessagesVisible", Namespace="AWS/SQS", Period=300, Statistic="Maximum",
            Dimensions=[{"Name": "QueueName", "Value": "s3dr-dead-letters"}], TreatMissingData="notBreaching",
            AlarmDescription="Something could not be delivered or handled: s3dr deploy status shows what.",
            AlarmActions=["arn:aws:sns:us-west-2:111122223333:pager"], Tags=[owner_tag])
        self.expect("alarm us-west-2 s3dr-dead-letters", "threshold")
        [alarm] = self.client("cloudwatch").describe_alarms(AlarmNames=["s3dr-dead-letters"])["MetricAlarms"]
        self.assertEqual(alarm["AlarmActions"], ["arn:aws:sns:us-west-2:111122223333:pager"])


class Destroys(DeployTest):
    def make_others(self):
        self.client("iam").create_role(RoleName="s3dr-of-others", AssumeRolePolicyDocument="{}")
        self.client("sqs").create_queue(QueueName="s3dr-others")
        self.client("sns").create_topic(Name="s3dr-others")
        self.client("events").put_rule(Name="s3dr-others", ScheduleExpression="rate(1 hour)")
        s3 = self.client("s3")
        s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": source_region})
        s3.put_object(Bucket="photos", Key="a", Body=b"a")
        self.client("s3", replica_region).create_bucket(Bucket="photos-dr")

    def test_none_of_ours_is_left_and_all_of_others(self):
        self.make_others()
        self.apply("--create-trail")
        self.client("s3", replica_region).put_object(Bucket=f"s3dr-control-{account}-{replica_region}", Key=f"records/{account}/{source_region}/x.json", Body=b"{}")
        self.deploy("destroy", "--yes")
        self.assertEqual([role["RoleName"] for role in self.client("iam").list_roles()["Roles"]], ["s3dr-of-others"])
        self.assertEqual([rule["Name"] for rule in self.client("events").list_rules()["Rules"]], ["s3dr-others"])
        self.assertEqual(self.client("cloudtrail").describe_trails()["trailList"], [])
        for region in (source_region, replica_region):
            self.assertEqual(self.client("lambda", region).list_functions()["Functions"], [])
            self.assertEqual(self.client("cloudwatch", region).describe_alarms()["MetricAlarms"], [])
            self.assertEqual(self.client("logs", region).describe_log_groups()["logGroups"], [])
            topics = [topic["TopicArn"].split(":")[-1] for topic in self.client("sns", region).list_topics()["Topics"]]
            self.assertEqual(topics, ["s3dr-others"] if region == source_region else [])
            queues = self.client("sqs", region).list_queues().get("QueueUrls", [])
            self.assertEqual([url.split("/")[-1] for url in queues], ["s3dr-others"] if region == source_region else [])
        buckets = {bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"]}
        self.assertEqual(buckets, {"photos", "photos-dr", f"s3dr-control-{account}-{replica_region}",
                                   f"s3dr-reports-{account}-{source_region}", f"s3dr-trail-{account}-{source_region}"})
        self.deploy("destroy", "--delete-own-buckets", "--yes")
        buckets = {bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"]}
        self.assertEqual(buckets, {"photos", "photos-dr"})
        self.assertEqual(self.client("s3").get_object(Bucket="photos", Key="a")["Body"].read(), b"a")
        self.assertIn("0 changes", self.deploy("destroy", "--yes").out)

    def test_another_deployment_under_the_same_names_is_left_alone(self):
        self.apply()
        before = self.client("iam").get_role_policy(RoleName="s3dr-batch", PolicyName="batch")["PolicyDocument"]
        self.config.write_text(self.config.read_text().replace(source_region, "eu-west-1"))
        blocked = self.deploy("plan", code=1)
        self.assertIn(f"belongs to the deployment {owner}", blocked.out)
        self.deploy("destroy", "--yes")
        self.assertEqual(self.client("iam").get_role_policy(RoleName="s3dr-batch", PolicyName="batch")["PolicyDocument"], before)


if __name__ == "__main__":
    unittest.main()
