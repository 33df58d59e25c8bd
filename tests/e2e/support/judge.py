#!/usr/bin/env python3
"""Compares two buckets version by version and byte by byte. Shares no code with s3dr: boto3, and the raw XML of the version
listing (boto3 hands out objects and delete markers apart, so their order among each other would be lost).

Looks at: keys; per key the order of version ids and delete markers and which one is current; of each object version size,
SHA-256 of the whole body, content type and the other headers that are stored with it, user metadata, tags.

Usage: judge.py --source PROFILE:BUCKET --replica PROFILE:BUCKET [--source-url URL] [--replica-url URL]
Exit: 0 equal, 3 different, 1 could not look."""

import argparse
import hashlib
import os
import ssl
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import FlexibleChecksumError

stored_headers = ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentLength",
                  "WebsiteRedirectLocation")


def local(element):
    return element.tag.rpartition("}")[2]


def fields(element):
    return {local(child): child.text or "" for child in element}


def list_stacks(client, bucket):
    """key → [(version id, is a delete marker, is the current one)], newest first, as the store lists them."""
    stacks = {}
    markers = {}
    while True:
        url = client.generate_presigned_url("list_object_versions", Params={"Bucket": bucket, "EncodingType": "url", **markers})
        trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE")) if url.startswith("https:") else None
        with urllib.request.urlopen(url, timeout=60, context=trusted) as answer:
            page = xml.etree.ElementTree.fromstring(answer.read())
        for element in page:
            if local(element) in ("Version", "DeleteMarker"):
                entry = fields(element)
                stack = stacks.setdefault(urllib.parse.unquote_plus(entry["Key"]), [])
                stack.append((entry["VersionId"], local(element) == "DeleteMarker", entry["IsLatest"] == "true"))
        top = fields(page)
        if top["IsTruncated"] != "true":
            return stacks
        markers = {"KeyMarker": urllib.parse.unquote_plus(top["NextKeyMarker"]), "VersionIdMarker": top["NextVersionIdMarker"]}


def look_at(client, bucket, key, version_id):
    found = client.get_object(Bucket=bucket, Key=key, VersionId=version_id)
    digest = hashlib.sha256()
    size = 0
    try:
        for chunk in found["Body"].iter_chunks(1 << 20):
            digest.update(chunk)
            size += len(chunk)
        whole = digest.hexdigest()
    except FlexibleChecksumError as failed:  # boto3 looks, too, where it can
        whole = f"not what was written ({failed})"
    tags = client.get_object_tagging(Bucket=bucket, Key=key, VersionId=version_id)["TagSet"]
    return {"sha256": whole, "size": size, "metadata": found["Metadata"],
            "tags": sorted((tag["Key"], tag["Value"]) for tag in tags)} | {name: found.get(name) for name in stored_headers}


def current(client, bucket, key):
    """What a plain GET returns; None: nothing."""
    try:
        found = client.get_object(Bucket=bucket, Key=key)
        return found.get("VersionId"), found["ContentLength"], found["ETag"]
    except client.exceptions.NoSuchKey:
        return None


def shown(stack):
    return "[" + ", ".join(("marker " if marker else "") + version + ("*" if latest else "") for version, marker, latest in stack) + "]"


class Verdict:
    def __init__(self):
        self.differences = []
        self.keys = self.versions = self.markers = self.bytes = 0

    def __str__(self):
        counts = f"{self.keys} keys, {self.versions} versions, {self.markers} delete markers, {self.bytes} bytes"
        return "\n".join([*self.differences, f"{'different' if self.differences else 'equal'}: {counts}"])


def judge(source, source_bucket, replica, replica_bucket, workers=8, check_current=True):
    verdict = Verdict()
    stacks, replica_stacks = list_stacks(source, source_bucket), list_stacks(replica, replica_bucket)
    verdict.keys = len(stacks)
    pairs = []
    for key in sorted(stacks.keys() | replica_stacks.keys()):
        here, there = stacks.get(key, []), replica_stacks.get(key, [])
        if here != there:
            verdict.differences.append(f"{key!r}: source {shown(here)}, replica {shown(there)}")
        on_both = {version for version, _, _ in there}
        for version, marker, _ in here:
            verdict.markers += marker
            if not marker and version in on_both:
                pairs.append((key, version))

    def compare(pair):
        key, version = pair
        return look_at(source, source_bucket, key, version), look_at(replica, replica_bucket, key, version)

    def compare_current(key):
        return current(source, source_bucket, key) == current(replica, replica_bucket, key)

    with ThreadPoolExecutor(workers) as threads:
        for (key, version), (here, there) in zip(pairs, threads.map(compare, pairs)):
            verdict.versions += 1
            verdict.bytes += here["size"]
            for name in here:
                if here[name] != there[name]:
                    verdict.differences.append(f"{key!r} version {version}: {name} is {here[name]!r}, on the replica {there[name]!r}")
        if check_current:
            keys = sorted(stacks)
            for key, same in zip(keys, threads.map(compare_current, keys)):
                if not same:
                    verdict.differences.append(f"{key!r}: another object is the current one on the replica")
    return verdict


def side(text, url):
    profile, _, bucket = text.rpartition(":")
    return boto3.Session(profile_name=profile or None).client("s3", endpoint_url=url, config=Config(signature_version="s3v4")), bucket


def main():
    options = argparse.ArgumentParser(description="compares two buckets version by version and byte by byte")
    options.add_argument("--source", required=True, metavar="PROFILE:BUCKET")
    options.add_argument("--replica", required=True, metavar="PROFILE:BUCKET")
    options.add_argument("--source-url", help="endpoint, where the profile names none")
    options.add_argument("--replica-url")
    given = options.parse_args()
    verdict = judge(*side(given.source, given.source_url), *side(given.replica, given.replica_url))
    print(verdict)
    return 3 if verdict.differences else 0


if __name__ == "__main__":
    sys.exit(main())
