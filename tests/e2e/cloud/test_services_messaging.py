"""SNS, SQS, CloudWatch and tagging of the embedded cloud, driven by both aws clis and boto3 against real region processes."""

import hashlib
import json
import threading
import time
import unittest
from pathlib import Path

from botocore.exceptions import ClientError
from harness import CloudTest, account, limit, other_account, run_command, source_region, wait_for
from pypi import clients, debian_aws, debian_python, newest_aws, no_debian_aws

no_pypi = clients.missing


def attributes_digest(attributes):
    """MD5OfMessageAttributes, written apart from the cloud's code."""
    out = b""
    for name in sorted(attributes):
        kind = attributes[name]["DataType"]
        binary = kind.startswith("Binary")
        value = attributes[name]["BinaryValue"] if binary else attributes[name]["StringValue"].encode()
        for part in (name.encode(), kind.encode()):
            out += len(part).to_bytes(4, "big") + part
        out += (b"\2" if binary else b"\1") + len(value).to_bytes(4, "big") + value
    return hashlib.md5(out).hexdigest()


class Messaging(CloudTest):
    serve_settings = None

    def client(self, service, **more):
        return self.cloud.client(service, source_region, s3={}, **more)

    def let_topics_in(self, sqs, url, arn):
        """As on AWS, a topic may send to a queue only where the queue's policy lets it."""
        statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as refusal:
            call(**arguments)
        self.assertEqual(refusal.exception.response["Error"]["Code"], code)

    def aws(self, program, tls=False):
        environment = self.cloud.environment(tls=tls)

        def call(*arguments, refused=False):
            done = run_command([*program, "--endpoint-url", self.cloud.url(source_region, tls), "--output", "json", *arguments], environment)
            self.assertEqual(done.code != 0, refused, f"\n{done}")
            return json.loads(done.out) if not refused and done.out.strip() else done.err

        return call

    # --- boto3 ------------------------------------------------------------------------------------------------------

    def test_boto3_queue(self):
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName="boto", Attributes={"VisibilityTimeout": "1"}, tags={"a": "b"})["QueueUrl"]
        self.assertEqual(url, f"{self.cloud.url(source_region)}/{account}/boto")
        self.assertEqual(sqs.get_queue_url(QueueName="boto")["QueueUrl"], url)
        given = {"s": {"DataType": "String", "StringValue": "ü"}, "n": {"DataType": "Number", "StringValue": "7"},
                 "b": {"DataType": "Binary.png", "BinaryValue": b"\0\1"}}
        sent = sqs.send_message(QueueUrl=url, MessageBody="body ü", MessageAttributes=given)
        self.assertEqual(sent["MD5OfMessageBody"], hashlib.md5("body ü".encode()).hexdigest())
        self.assertEqual(sent["MD5OfMessageAttributes"], attributes_digest(given))
        got = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])["Messages"][0]
        self.assertEqual((got["Body"], got["MessageAttributes"], got["Attributes"]["ApproximateReceiveCount"]), ("body ü", given, "1"))
        self.assertNotIn("Messages", sqs.receive_message(QueueUrl=url))
        again = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"][0]
        self.assertEqual(again["MessageId"], got["MessageId"])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
        self.refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName="nobody")
        with self.assertRaises(sqs.exceptions.QueueDoesNotExist):
            sqs.get_queue_url(QueueName="nobody")
        other = self.client("sqs", owner=other_account)
        self.refused("AccessDeniedException", other.send_message, QueueUrl=url, MessageBody="x")
        self.assertEqual(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"a": "b"})

    def test_debian_boto3_queue(self):
        done = run_command([debian_python, Path(__file__).with_name("queue_round.py"), self.cloud.url(source_region)], self.cloud.environment())
        if "No module named" in done.err:
            self.skipTest("python3-boto3 is not installed")
        self.assertEqual(done.code, 0, str(done))

    def test_a_long_poll_ends_with_the_message(self):
        sqs = self.client("sqs", tls=True)
        url = sqs.create_queue(QueueName="poll")["QueueUrl"]
        self.assertTrue(url.startswith("https://"))
        found = []
        poll = threading.Thread(target=lambda: found.extend(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])))
        begun = time.monotonic()
        poll.start()
        self.client("sqs").send_message(QueueUrl=url, MessageBody="here")
        poll.join(30)
        self.assertEqual([message["Body"] for message in found], ["here"])
        self.assertLess(time.monotonic() - begun, 15)

    def test_notifications_survive_the_loss_of_the_region(self):
        sns, sqs = self.client("sns"), self.client("sqs")
        topic = sns.create_topic(Name="lasting", Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
        url = sqs.create_queue(QueueName="lasting")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.let_topics_in(sqs, url, arn)
        subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)["SubscriptionArn"]
        self.assertEqual(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"], subscription)
        answered = {sns.publish(TopicArn=topic, Message=f"m{i}", MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "ensure"}})["MessageId"] for i in range(20)}
        batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": str(i), "Message": "b"} for i in range(10)])
        answered |= {entry["MessageId"] for entry in batch["Successful"]}
        self.cloud.kill_region(source_region)
        self.cloud.start_region(source_region)
        seen = {}

        def all_there():
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages", []):
                envelope = json.loads(message["Body"])
                seen[envelope["MessageId"]] = seen.get(envelope["MessageId"], 0) + 1
                self.assertEqual((envelope["Type"], envelope["TopicArn"]), ("Notification", topic))
            return set(seen) >= answered

        wait_for(all_there, 30, "every answered message in the queue")
        self.assertEqual(set(seen.values()), {1})
        self.assertEqual(sns.list_tags_for_resource(ResourceArn=topic)["Tags"], [{"Key": "a", "Value": "b"}])
        elsewhere = topic.replace(source_region, "us-east-2")
        self.refused("InvalidParameter", sns.publish, TopicArn=elsewhere, Message="x")
        self.refused("NotFound", sns.publish, TopicArn=topic + "2", Message="x")
        self.refused("NotImplemented", sns.subscribe, TopicArn=topic, Protocol="email", Endpoint="a@b.c")
        sns.untag_resource(ResourceArn=topic, TagKeys=["a"])
        sns.unsubscribe(SubscriptionArn=subscription)
        sns.delete_topic(TopicArn=topic)

    def test_an_alarm_rings(self):
        watch = self.client("cloudwatch")
        watch.put_metric_alarm(AlarmName="rings", Namespace="mine", MetricName="m", Statistic="Maximum", Period=60, EvaluationPeriods=1,
                               Threshold=0.5, ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
                               Tags=[{"Key": "a", "Value": "b"}])
        # For this minute and those beside it, so that the end of a minute does no harm.
        data = [{"MetricName": "m", "Value": 1.0, "Timestamp": time.time() - 60 * ago} for ago in range(3)]
        watch.put_metric_data(Namespace="mine", MetricData=data)
        told = wait_for(lambda: [alarm for alarm in watch.describe_alarms(AlarmNames=["rings"])["MetricAlarms"] if alarm["StateValue"] == "ALARM"],
                        40, "the alarm")[0]
        self.assertEqual((told["Threshold"], told["Dimensions"]), (0.5, []))
        self.assertEqual(watch.list_tags_for_resource(ResourceARN=told["AlarmArn"])["Tags"], [{"Key": "a", "Value": "b"}])
        points = watch.get_metric_statistics(Namespace="mine", MetricName="m", StartTime=time.time() - 600, EndTime=time.time() + 60, Period=60,
                                             Statistics=["Sum"])["Datapoints"]
        self.assertEqual(sum(point["Sum"] for point in points), 3.0)
        self.refused("InvalidParameterValue", watch.put_metric_data, Namespace="AWS/x", MetricData=data)
        watch.delete_alarms(AlarmNames=["rings"])
        self.assertEqual(watch.describe_alarms()["MetricAlarms"], [])

    def test_tagged_buckets_are_found(self):
        tagging = self.client("resourcegroupstaggingapi")
        for number in range(3):
            self.cloud.tag(self.cloud.make_bucket(f"tagged-{number}"), dr="found", number=str(number))
        pages = tagging.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": "dr", "Values": ["found"]}], ResourceTypeFilters=["s3:bucket"], PaginationConfig={"PageSize": 2})
        self.assertEqual([entry["ResourceARN"] for page in pages for entry in page["ResourceTagMappingList"]],
                         [f"arn:aws:s3:::tagged-{number}" for number in range(3)])
        self.assertEqual(self.client("resourcegroupstaggingapi", owner=other_account).get_resources()["ResourceTagMappingList"], [])

    # --- aws cli ----------------------------------------------------------------------------------------------------

    def aws_round(self, aws, name):
        topic = aws("sns", "create-topic", "--name", name, "--attributes", "DisplayName=x", "--tags", "Key=dr,Value=cli")["TopicArn"]
        self.assertEqual(aws("sns", "create-topic", "--name", name)["TopicArn"], topic)
        self.assertEqual(aws("sns", "get-topic-attributes", "--topic-arn", topic)["Attributes"]["DisplayName"], "x")
        aws("sns", "set-topic-attributes", "--topic-arn", topic, "--attribute-name", "DisplayName", "--attribute-value", "y")
        sqs = self.client("sqs")
        url = aws("sqs", "create-queue", "--queue-name", name)["QueueUrl"]
        dead = aws("sqs", "create-queue", "--queue-name", f"{name}-dead", "--tags", "dr=cli")["QueueUrl"]
        policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{source_region}:{account}:{name}-dead", "maxReceiveCount": "3"})
        aws("sqs", "set-queue-attributes", "--queue-url", url, "--attributes", json.dumps({"RedrivePolicy": policy}))
        attributes = aws("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
        self.assertEqual(json.loads(attributes["RedrivePolicy"])["maxReceiveCount"], 3)
        aws("sqs", "send-message", "--queue-url", dead, "--message-body", "by hand")
        message = aws("sqs", "receive-message", "--queue-url", dead)["Messages"][0]
        self.assertEqual(message["Body"], "by hand")
        aws("sqs", "delete-message", "--queue-url", dead, "--receipt-handle", message["ReceiptHandle"])
        self.assertIn(url, aws("sqs", "list-queues", "--queue-name-prefix", name)["QueueUrls"])
        self.assertEqual(aws("sqs", "list-queue-tags", "--queue-url", dead)["Tags"], {"dr": "cli"})
        self.assertIn("AWS.SimpleQueueService.NonExistentQueue", aws("sqs", "get-queue-url", "--queue-name", "nobody", refused=True))
        self.let_topics_in(sqs, url, f"arn:aws:sqs:{source_region}:{account}:{name}")
        subscription = aws("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint",
                           f"arn:aws:sqs:{source_region}:{account}:{name}", "--attributes", "RawMessageDelivery=true")["SubscriptionArn"]
        aws("sns", "publish", "--topic-arn", topic, "--message", "hello", "--subject", "s")
        received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        self.assertEqual(received[0]["Body"], "hello")
        self.assertEqual(aws("sns", "get-subscription-attributes", "--subscription-arn", subscription)["Attributes"]["RawMessageDelivery"], "true")
        aws("cloudwatch", "put-metric-data", "--namespace", name, "--metric-name", "m", "--value", "2", "--dimensions", "A=b")
        listed = aws("cloudwatch", "list-metrics", "--namespace", name)["Metrics"]
        self.assertEqual(listed, [{"Namespace": name, "MetricName": "m", "Dimensions": [{"Name": "A", "Value": "b"}]}])
        aws("cloudwatch", "put-metric-alarm", "--alarm-name", name, "--namespace", name, "--metric-name", "m", "--statistic", "Sum",
            "--period", "60", "--evaluation-periods", "1", "--threshold", "0", "--comparison-operator", "GreaterThanThreshold",
            "--dimensions", "Name=A,Value=b", "--alarm-actions", topic, "--treat-missing-data", "ignore")
        alarm = aws("cloudwatch", "describe-alarms", "--alarm-names", name)["MetricAlarms"][0]
        self.assertEqual((alarm["AlarmActions"], alarm["Threshold"], alarm["TreatMissingData"]), ([topic], 0, "ignore"))
        found = aws("resourcegroupstaggingapi", "get-resources", "--tag-filters", "Key=dr,Values=cli", "--resource-type-filters", "sns")
        self.assertIn(topic, [entry["ResourceARN"] for entry in found["ResourceTagMappingList"]])
        aws("cloudwatch", "delete-alarms", "--alarm-names", name)
        aws("sns", "unsubscribe", "--subscription-arn", subscription)
        aws("sns", "delete-topic", "--topic-arn", topic)
        self.assertIn("NotFound", aws("sns", "get-topic-attributes", "--topic-arn", topic, refused=True))

    @limit(300)  # some thirty starts of a slow program
    @unittest.skipIf(no_pypi, no_pypi)
    def test_newest_aws_cli(self):
        self.aws_round(self.aws(newest_aws), "cli-new")

    @limit(300)
    @unittest.skipIf(no_debian_aws, no_debian_aws)
    def test_debian_aws_cli(self):
        self.aws_round(self.aws(debian_aws, tls=True), "cli-debian")


if __name__ == "__main__":
    unittest.main()
