"""Questions about events: which ones come, and what is in them. A rule with a queue listens from the beginning of a run."""

import json

from assumption import Answer, confirmed, not_reached, refuted
from questions_buckets import code_of, versioned_bucket


class Listener:
    """A rule and a queue in the source region: all events of S3 and of tags that name a bucket of this run."""

    def __init__(self, run):
        self.run = run
        self.seen = []
        self.name = run.prefix + "-listens"

    def begin(self):
        run, region = self.run, self.run.options.source_region
        rule = f"arn:aws:events:{region}:{run.account}:rule/{self.name}"
        queue = f"arn:aws:sqs:{region}:{run.account}:{self.name}"
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue,
             "Condition": {"ArnEquals": {"aws:SourceArn": rule}}}]}
        self.url = run.client("sqs").create_queue(QueueName=self.name, Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
        run.client("events").put_rule(Name=self.name, EventPattern=json.dumps(
            {"source": [{"prefix": "aws.s3"}, "aws.tag"]}))
        run.client("events").put_targets(Rule=self.name, Targets=[{"Id": "queue", "Arn": queue}])

    def take(self):
        """Reads what has come; keeps what names a bucket of this run."""
        sqs = self.run.client("sqs")
        while batch := sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                event = json.loads(message["Body"])
                if self.run.prefix in message["Body"] and event not in self.seen:
                    self.seen.append(event)
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def wait_for(self, matches):
        """The first event that matches; None: none came in time."""
        def look():
            self.take()
            return next((event for event in self.seen if matches(event)), None)

        return self.run.wait_for(look, "an event")


def names_bucket(event, bucket):
    return f"arn:aws:s3:::{bucket}" in json.dumps(event) or f'"{bucket}"' in json.dumps(event)


def call_event(name, bucket):
    return lambda event: event.get("detail", {}).get("eventName") == name and names_bucket(event, bucket)


def tag_resource(run) -> Answer:
    """What CloudTrail says of a bucket that is tagged through S3 Control."""
    bucket = run.make_bucket(run.prefix + "-tag-resource")
    run.client("s3control").tag_resource(AccountId=run.account, ResourceArn=f"arn:aws:s3:::{bucket}",
                                         Tags=[{"Key": "s3drchk", "Value": "asks"}])
    event = run.listener.wait_for(call_event("TagResource", bucket))
    if not event:
        return not_reached("no such event came in time")
    told = json.dumps({"eventSource": event["detail"]["eventSource"], "requestParameters": event["detail"].get("requestParameters"),
                       "resources": event["detail"].get("resources")})
    is_so = event["detail"]["eventSource"].startswith("s3") and f"arn:aws:s3:::{bucket}" in told
    return confirmed(told) if is_so else refuted(told)


def tag_change(run) -> Answer:
    """Whether EventBridge's own "Tag Change on Resource" comes for a bucket."""
    bucket = run.make_bucket(run.prefix + "-tag-change")
    run.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "s3drchk", "Value": "asks"}]})
    event = run.listener.wait_for(lambda event: event.get("source") == "aws.tag" and names_bucket(event, bucket))
    if not event:
        return not_reached("no such event came in time; that none is sent cannot be told from that")
    is_so = "s3drchk" in event["detail"].get("changed-tag-keys", []) and event["detail"].get("service") == "s3"
    return confirmed(json.dumps(event["detail"])) if is_so else refuted(json.dumps(event))


def paths_that_lead_nowhere(run) -> Answer:
    """A target's InputTransformer whose paths find nothing."""
    region, name = run.options.source_region, run.prefix + "-transforms"
    queue = f"arn:aws:sqs:{region}:{run.account}:{name}"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
                                                      "Action": "sqs:SendMessage", "Resource": queue}]}
    url = run.client("sqs").create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    events = run.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [run.prefix]}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue, "InputTransformer": {
        "InputPathsMap": {"absent": "$.detail.absent"}, "InputTemplate": '{"value": <absent>, "text": "in <absent> a text"}'}}])

    def look():
        code_of(events.put_events, Entries=[{"Source": run.prefix, "DetailType": "asks", "Detail": "{}"}])
        return run.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2).get("Messages")

    messages = run.wait_for(look, "a transformed event", seconds=120)
    if not messages:
        return not_reached("no transformed event came")
    said = messages[0]["Body"]
    try:
        is_so = json.loads(said) == {"value": None, "text": "in  a text"}
    except ValueError:
        is_so = False
    return confirmed(said) if is_so else refuted(said)
