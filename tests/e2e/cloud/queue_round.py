"""A queue from beginning to end, by whichever boto3 runs this: test_services_messaging runs it with Debian's, which speaks the Query
protocol. Needs the endpoint as its argument, and credentials and a region in the environment. Prints the boto3's version."""

import sys

import boto3

sqs = boto3.client("sqs", endpoint_url=sys.argv[1])
url = sqs.create_queue(QueueName="round", Attributes={"VisibilityTimeout": "0"}, tags={"a": "b"})["QueueUrl"]
assert sqs.get_queue_url(QueueName="round")["QueueUrl"] == url
try:
    sqs.get_queue_url(QueueName="nobody")
    raise AssertionError("a queue that is not there")
except sqs.exceptions.QueueDoesNotExist:
    pass
given = {"s": {"DataType": "String", "StringValue": "ü"}, "b": {"DataType": "Binary.png", "BinaryValue": b"\0\1"}}
body = "a <b> & ü\r\n"
sent = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=given)
got = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"], WaitTimeSeconds=1)["Messages"][0]
assert (got["MessageId"], got["Body"], got["MessageAttributes"]) == (sent["MessageId"], body, given), got
assert got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
assert got["Attributes"]["ApproximateReceiveCount"] == "1", got
sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
assert "Messages" not in sqs.receive_message(QueueUrl=url)

batch = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "x", "MessageBody": "one"}, {"Id": "y", "MessageBody": "two", "DelaySeconds": 901}])
assert [[entry["Id"] for entry in batch[which]] for which in ("Successful", "Failed")] == [["x"], ["y"]], batch
assert batch["Failed"][0]["SenderFault"] is True, batch
receipts = [{"Id": "x", "ReceiptHandle": message["ReceiptHandle"]} for message in sqs.receive_message(QueueUrl=url)["Messages"]]
changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[entry | {"VisibilityTimeout": 0} for entry in receipts])
assert "Failed" not in changed or changed["Failed"][0]["Code"].endswith("MessageNotInflight"), changed
assert sqs.delete_message_batch(QueueUrl=url, Entries=receipts)["Successful"] == [{"Id": "x"}]

sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "1"})
assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"] == {"DelaySeconds": "1"}
sqs.tag_queue(QueueUrl=url, Tags={"c": "d"})
sqs.untag_queue(QueueUrl=url, TagKeys=["a"])
assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"c": "d"}
assert sqs.list_queues(QueueNamePrefix="round")["QueueUrls"] == [url]
sqs.purge_queue(QueueUrl=url)
sqs.delete_queue(QueueUrl=url)
assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="round")
print(boto3.__version__)
