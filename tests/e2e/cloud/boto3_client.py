"""One round of everything an S3 client does, for whichever boto3 the interpreter has. Prints its version; any mismatch raises.

Usage: boto3_client.py ENDPOINT BUCKET REGION"""

import io
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def objects_and_versions(client, bucket):
    first = client.put_object(Bucket=bucket, Key="a/ü +%", Body=b"one", Metadata={"m": "1"}, ContentType="text/x-one")["VersionId"]
    second = client.put_object(Bucket=bucket, Key="a/ü +%", Body=b"two" * 1000, Tagging="k=v")["VersionId"]
    check(first != second, "two versions")
    got = client.get_object(Bucket=bucket, Key="a/ü +%", VersionId=first)
    check((got["Body"].read(), got["Metadata"], got["ContentType"]) == (b"one", {"m": "1"}, "text/x-one"), "the first version")
    check(client.get_object(Bucket=bucket, Key="a/ü +%", Range="bytes=1-3")["Body"].read() == b"wot", "a range")
    check(client.get_object_tagging(Bucket=bucket, Key="a/ü +%")["TagSet"] == [{"Key": "k", "Value": "v"}], "tags")
    marker = client.delete_object(Bucket=bucket, Key="a/ü +%")
    check(marker["DeleteMarker"], "a delete marker")
    try:
        client.get_object(Bucket=bucket, Key="a/ü +%")
        raise AssertionError("a deleted object was read")
    except ClientError as error:
        check(error.response["Error"]["Code"] == "NoSuchKey", "NoSuchKey")
    listed = client.list_object_versions(Bucket=bucket, Prefix="a/")
    check([version["VersionId"] for version in listed["Versions"]] == [second, first], "versions, newest first")
    check([entry["VersionId"] for entry in listed["DeleteMarkers"]] == [marker["VersionId"]], "the marker in the listing")


def listings(client, bucket):
    for number in range(7):
        client.put_object(Bucket=bucket, Key=f"list/{number % 3}/{number}", Body=b"")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="list/", PaginationConfig={"PageSize": 2})
    check(len([entry for page in pages for entry in page["Contents"]]) == 7, "paging")
    folders = client.list_objects_v2(Bucket=bucket, Prefix="list/", Delimiter="/")["CommonPrefixes"]
    check([entry["Prefix"] for entry in folders] == ["list/0/", "list/1/", "list/2/"], "common prefixes")
    done = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"list/{n % 3}/{n}"} for n in range(7)]})
    check(len(done["Deleted"]) == 7 and "Errors" not in done, "multi-delete")


def streams_and_parts(client, bucket):
    body = bytes(range(256)) * 4096 * 9  # 9 MiB: the transfer manager makes parts of it
    client.upload_fileobj(io.BytesIO(body), bucket, "parts", ExtraArgs={"Metadata": {"by": "manager"}})
    into = io.BytesIO()
    client.download_fileobj(bucket, "parts", into)
    check(into.getvalue() == body, "a multipart object")
    check(client.head_object(Bucket=bucket, Key="parts")["ETag"].endswith('-2"'), "an ETag of two parts")
    client.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "parts"})
    check(client.head_object(Bucket=bucket, Key="copy")["ContentLength"] == len(body), "a copy")
    client.put_object(Bucket=bucket, Key="stream", Body=io.BytesIO(b"s" * 100_000))
    client.put_object(Bucket=bucket, Key="checked", Body=b"sha", ChecksumAlgorithm="SHA256")
    seen = client.head_object(Bucket=bucket, Key="checked", ChecksumMode="ENABLED")
    check(seen["ChecksumSHA256"], "a stored checksum")


def presigned(client, bucket):
    url = client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "presigned key"}, ExpiresIn=60)
    urllib.request.urlopen(urllib.request.Request(url, data=b"by url", method="PUT"), timeout=20).read()
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "presigned key"}, ExpiresIn=60)
    check(urllib.request.urlopen(url, timeout=20).read() == b"by url", "a presigned object")


def main():
    endpoint, bucket, region = sys.argv[1:]
    # urllib trusts the bundle by SSL_CERT_FILE, boto3 by AWS_CA_BUNDLE.
    client = boto3.client("s3", endpoint_url=endpoint, region_name=region,
                          config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    check(client.get_bucket_location(Bucket=bucket)["LocationConstraint"] == region, "the location")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "ä b"}]})
    check(client.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "ä b"}], "bucket tags")
    objects_and_versions(client, bucket)
    listings(client, bucket)
    streams_and_parts(client, bucket)
    presigned(client, bucket)
    print("boto3", boto3.__version__)


if __name__ == "__main__":
    main()
