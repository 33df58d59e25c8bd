#!/usr/bin/env python3
"""The first function as people write it in Python with boto3: the peer of our `source_bucket_check` in bench/cold_function.py.

The same requests in the same order as ours makes for a bucket that was just tagged: the record, what the source is (head, tags,
versioning, replication), what the replica is (absent), versioning on, look again at what was changed, hand on to the topic. No
retries, no conflicts, no other cases: less than ours decides. Settings come from the environment, the event from standard input."""

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


def handler(event, _context=None):
    source_region, destination_region = os.environ["SOURCE_REGION"], os.environ["DESTINATION_REGION"]
    account, match_tags = os.environ["ACCOUNT"], json.loads(os.environ["MATCH_TAGS"])
    bucket = event["detail"]["requestParameters"]["bucketName"]
    source, destination = client("s3", source_region), client("s3", destination_region)
    mine = {"Bucket": bucket, "ExpectedBucketOwner": account}

    stored = ask(destination.get_object, Bucket=os.environ["CONTROL_BUCKET"], Key=f"records/{account}/{source_region}/{bucket}.json",
                 ExpectedBucketOwner=account)
    record = json.loads(stored["Body"].read()) if stored else None
    source.head_bucket(**mine)
    found = ask(source.get_bucket_tagging, **mine)
    tags = {tag["Key"]: tag["Value"] for tag in found["TagSet"]} if found else {}
    versioning = source.get_bucket_versioning(**mine).get("Status")
    ask(source.get_bucket_replication, **mine)
    if not any(tags.get(key) == value for key, value in match_tags.items()):
        return {"handled": bucket, "outcome": "not tagged"}
    if record is None:
        ask(destination.head_bucket, Bucket=f"{bucket}-dr", ExpectedBucketOwner=account)
    if versioning != "Enabled":
        source.put_bucket_versioning(**mine, VersioningConfiguration={"Status": "Enabled"})
    message = json.dumps({"bucket": bucket, "region": source_region, "account": account, "event": event["id"]})
    client("sns", source_region).publish(TopicArn=os.environ["TOPIC"], Message=message)
    return {"handled": bucket, "outcome": "done"}


if __name__ == "__main__":
    print(json.dumps(handler(json.load(sys.stdin))))
