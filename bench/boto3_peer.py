#!/usr/bin/env python3
"""boto3 doing what client_bench does, in one process with one connection: the peer of our client's figures.

The bucket and the objects below data/ are those that client_bench has written. Prints {"peer": …, "results": […]}
with the same raw figures as bench/measure.h; bench/run.py divides them."""

import argparse
import json
import os
import resource
import sys
import time

import boto3
import botocore
from botocore.config import Config


def own_cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def cpu_seconds_of(pids):
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def operations_of(client, bucket, body, objects):
    def put(number):
        client.put_object(Bucket=bucket, Key=f"peer/{number:08}", Body=body)
        return len(body)

    def get(number):
        return len(client.get_object(Bucket=bucket, Key=f"data/{number % objects:08}")["Body"].read())

    def head(number):
        client.head_object(Bucket=bucket, Key=f"data/{number % objects:08}")
        return 0

    def list_(number):
        page = client.list_objects_v2(Bucket=bucket, Prefix="data/", MaxKeys=1000)
        if page["KeyCount"] != min(objects, 1000):
            raise RuntimeError(f"the listing has {page['KeyCount']} keys")
        return 0

    return {"put": put, "get": get, "head": head, "list": list_}


def run_for(operation, seconds, first):
    end = time.monotonic() + seconds
    spans, moved, number = [], 0, first
    while True:
        begin = time.monotonic()
        moved += operation(number)
        number += 1
        now = time.monotonic()
        spans.append((now - begin) * 1000)
        if now >= end:
            return spans, moved


def measure(name, operation, seconds, server_pids):
    warm_up, _ = run_for(operation, seconds / 10, 0)
    server_before, own_before, begin = cpu_seconds_of(server_pids), own_cpu_seconds(), time.monotonic()
    spans, moved = run_for(operation, seconds, len(warm_up))
    result = {
        "seconds": time.monotonic() - begin,
        "client_cpu_seconds": own_cpu_seconds() - own_before,
        "operation": name,
        "connections": 1,
        "requests": len(spans),
        "bytes": moved,
    }
    if server_pids:
        result["server_cpu_seconds"] = cpu_seconds_of(server_pids) - server_before
    spans.sort()
    result["median_milliseconds"] = spans[int((len(spans) - 1) * 0.5)]
    result["p99_milliseconds"] = spans[int((len(spans) - 1) * 0.99)]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--region", default="us-west-2")
    parser.add_argument("--profile")
    parser.add_argument("--bucket", default="client-bench")
    parser.add_argument("--operations", default="put,get,head,list")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--bytes", type=int, default=4096)
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--server-pid", type=int, action="append", default=[])
    given = parser.parse_args()

    session = boto3.session.Session(profile_name=given.profile, region_name=given.region)
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    client = session.client("s3", endpoint_url=given.endpoint, config=config)
    known = operations_of(client, given.bucket, os.urandom(given.bytes), given.objects)
    results = [measure(name, known[name], given.seconds, given.server_pid) for name in given.operations.split(",")]
    peer = f"boto3 {boto3.__version__}, botocore {botocore.__version__}, Python {sys.version.split()[0]}"
    print(json.dumps({"peer": peer, "results": results}))


if __name__ == "__main__":
    sys.exit(main())
