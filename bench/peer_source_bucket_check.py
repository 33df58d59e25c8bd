#!/usr/bin/env python3
"""The first function as people write it in Python with boto3: the peer of our `source_bucket_check` in bench/cold_function.py.

The same requests in the same order as ours makes for a bucket that was just tagged: look (the record; the source's head, tags,
versioning and replication; the replica's head), versioning on, look again, hand on to the topic. Left out: ListJobs of S3 Control,
which ours asks each time it looks. No retries, no conflicts, no other cases: less than ours decides. Settings come from the
environment, the event from standard input; what it prints has the peak of its resident memory with it."""

import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

absent_codes = ("NoSuchKey", "NoSuchTagSet", "ReplicationConfigurationNotFoundError", "404")


def client(service, region):
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return boto3.client(service, region_name=region, endpoint_url=json.loads(os.environ["ENDPOINTS"])[region],
                        verify=os.environ["CA_FILE"], config=config)


def ask(call, **arguments):
    """The answer, or None for the errors that say “there is none”."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in absent_codes:
            return None
        raise


def look(source, destination, account, bucket):
    """What is there: (tags, versioning)."""
    mine = {"Bucket": bucket, "ExpectedBucketOwner": account}
    stored = ask(destination.get_object, Bucket=os.environ["CONTROL_BUCKET"], Key=f"records/{account}/{os.environ['SOURCE_REGION']}/{bucket}.json",
                 ExpectedBucketOwner=account)
    if stored:
        json.loads(stored["Body"].read())
    source.head_bucket(**mine)
    found = ask(source.get_bucket_tagging, **mine)
    versioning = source.get_bucket_versioning(**mine).get("Status")
    ask(source.get_bucket_replication, **mine)
    ask(destination.head_bucket, Bucket=f"{bucket}-dr", ExpectedBucketOwner=account)
    return {tag["Key"]: tag["Value"] for tag in found["TagSet"]} if found else {}, versioning


def handler(event, _context=None):
    account, match_tags = os.environ["ACCOUNT"], json.loads(os.environ["MATCH_TAGS"])
    bucket = event["detail"]["requestParameters"]["bucketName"]
    source, destination = client("s3", os.environ["SOURCE_REGION"]), client("s3", os.environ["DESTINATION_REGION"])
    tags, versioning = look(source, destination, account, bucket)
    if not any(tags.get(key) == value for key, value in match_tags.items()):
        return {"handled": bucket, "outcome": "not tagged"}
    if versioning != "Enabled":
        source.put_bucket_versioning(Bucket=bucket, ExpectedBucketOwner=account, VersioningConfiguration={"Status": "Enabled"})
        look(source, destination, account, bucket)
    message = json.dumps({"bucket": bucket, "region": os.environ["SOURCE_REGION"], "account": account, "event": event["id"]})
    client("sns", os.environ["SOURCE_REGION"]).publish(TopicArn=os.environ["TOPIC"], Message=message)
    return {"handled": bucket, "outcome": "done"}


def peak_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


if __name__ == "__main__":
    result = handler(json.load(sys.stdin))
    print(json.dumps(result | {"peak_kib": peak_kib()}))
