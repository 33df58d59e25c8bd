"""Questions about buckets, rules, uploads and rights that a few calls answer."""

import json
import time

from botocore.exceptions import ClientError

from assumption import Answer, confirmed, not_reached, refuted


def code_of(call, **given):
    """("", answer) or (the error's code, the whole answer)."""
    try:
        return "", call(**given)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response


def versioned_bucket(run, name, region=None):
    run.make_bucket(name, region)
    run.client("s3", region).put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def listing_of_another_region(run) -> Answer:
    """ListBuckets with bucket-region, sent to the endpoint of yet another region."""
    here, there = run.regions
    if "us-east-1" in run.regions:
        return not_reached("one of the two regions is us-east-1, which may ask for any region")
    code, answer = code_of(run.client("s3", here).list_buckets, BucketRegion=there)
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return confirmed(f"{status} {code}") if status == 400 else refuted(f"{status} {code or answer}")


def repeated_completion(run) -> Answer:
    """CompleteMultipartUpload sent again, then with other parts."""
    bucket = run.make_bucket(run.prefix + "-upload")
    s3 = run.client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="object")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="object", UploadId=upload, PartNumber=1, Body=b"the only part")["ETag"]
    whole = {"Bucket": bucket, "Key": "object", "UploadId": upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]}}
    first = s3.complete_multipart_upload(**whole)
    code, again = code_of(s3.complete_multipart_upload, **whole)
    if code or again["ETag"] != first["ETag"]:
        return refuted(f"the same request again: {code or again}")
    other = whole | {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}]}}
    code, answer = code_of(s3.complete_multipart_upload, **other)
    return confirmed("the same answer again; other parts: InvalidPart") if code == "InvalidPart" else refuted(f"other parts: {code or answer}")


def single_and(run) -> Answer:
    """PutBucketLifecycleConfiguration with an And that holds one condition."""
    bucket = run.make_bucket(run.prefix + "-and")
    code, answer = code_of(run.client("s3").put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"ID": "one", "Status": "Enabled", "Filter": {"And": {"Prefix": "logs/"}}, "Expiration": {"Days": 1}}]})
    return confirmed(code) if code == "MalformedXML" else refuted(code or f"accepted: {answer}")


def tagging_with_abac(run) -> Answer:
    """PutBucketTagging after PutBucketAbac."""
    bucket = run.make_bucket(run.prefix + "-abac")
    s3 = run.client("s3")
    if not hasattr(s3, "put_bucket_abac"):
        return not_reached("this boto3 does not know PutBucketAbac")
    s3.put_bucket_abac(Bucket=bucket, AbacStatus={"Status": "Enabled"})
    code, answer = code_of(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    said = f"{answer['ResponseMetadata']['HTTPStatusCode']} {code}"
    return confirmed(said) if said == "400 InvalidRequest" else refuted(said)


def private_list_while_off(run) -> Answer:
    """PutBucketAcl with the canned list private on a new bucket."""
    bucket = run.make_bucket(run.prefix + "-acl")
    code, answer = code_of(run.client("s3").put_bucket_acl, Bucket=bucket, ACL="private")
    return confirmed(code) if code == "AccessControlListNotSupported" else refuted(code or f"accepted: {answer}")


def part_gaps(run) -> Answer:
    """An object of the parts 2 and 5, read by partNumber."""
    bucket = run.make_bucket(run.prefix + "-parts")
    s3 = run.client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="object")["UploadId"]
    first = b"x" * (5 << 20)  # S3's least size of a part that is not the last
    parts = [{"PartNumber": number, "ETag": s3.upload_part(Bucket=bucket, Key="object", UploadId=upload, PartNumber=number, Body=body)["ETag"]}
             for number, body in ((2, first), (5, b"last"))]
    s3.complete_multipart_upload(Bucket=bucket, Key="object", UploadId=upload, MultipartUpload={"Parts": parts})
    seen = {number: code_of(s3.head_object, Bucket=bucket, Key="object", PartNumber=number) for number in (1, 2, 5)}
    said = ", ".join(f"{number}: {code or answer['ContentLength']}" for number, (code, answer) in seen.items())
    is_so = [answer.get("ContentLength") for code, answer in seen.values() if not code] == [len(first), 4] and seen[5][0]
    return confirmed(said) if is_so else refuted(said)


def condition_keys(run) -> Answer:
    """A role that may copy from one source only, and read objects with one tag only."""
    bucket = run.make_bucket(run.prefix + "-keys")
    s3 = run.client("s3")
    for key in ("allowed", "other"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x", Tagging=f"class={key}")
    keys = as_role(run, [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectTagging"], "Resource": f"arn:aws:s3:::{bucket}/*",
         "Condition": {"StringEquals": {"s3:ExistingObjectTag/class": "allowed"}}},
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectTagging"], "Resource": f"arn:aws:s3:::{bucket}/*",
         "Condition": {"StringEquals": {"s3:x-amz-copy-source": f"{bucket}/allowed"}}}])
    if not keys:
        return not_reached("the caller may not assume a role of its own account (a root user cannot)")
    theirs = run.client("s3", keys=keys)
    seen = {key: code_of(theirs.copy_object, Bucket=bucket, Key=f"copy-of-{key}", CopySource={"Bucket": bucket, "Key": key})[0] or "copied"
            for key in ("allowed", "other")}
    said = ", ".join(f"{key}: {code}" for key, code in seen.items())
    return confirmed(said) if seen == {"allowed": "copied", "other": "AccessDenied"} else refuted(said)


def account_regional_names(run) -> Answer:
    """A name of the account-regional namespace without its header, and for another account."""
    s3, region = run.client("s3"), run.options.source_region

    def ask(name, **headers):
        def add(request, **_):
            for header, value in headers.items():
                request.headers[header.replace("_", "-")] = value

        s3.meta.events.register_first("before-sign.s3.CreateBucket", add)
        try:
            return code_of(s3.create_bucket, Bucket=name, **({} if region == "us-east-1" else {
                "CreateBucketConfiguration": {"LocationConstraint": region}}))[0]
        finally:
            s3.meta.events.unregister("before-sign.s3.CreateBucket", add)

    bare = ask(f"{run.prefix}-{run.account}-{region}-an")
    others = ask(f"{run.prefix}-{'9' * 12}-{region}-an", x_amz_bucket_namespace="account-regional")
    said = f"without the header {bare or 'accepted'}; of another account {others or 'accepted'}"
    return confirmed(said) if (bare, others) == ("MissingNamespaceHeader", "InvalidBucketNamespace") else refuted(said)


# --- rights -------------------------------------------------------------------------------------------------------------


def as_role(run, statements):
    """Keys of a role of this run that has these statements and nothing more."""
    iam, name = run.client("iam"), run.prefix + "-asks"
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{run.account}:root"},
                                                     "Action": "sts:AssumeRole"}]}
    if code_of(iam.get_role, RoleName=name)[0]:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="asks", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    if not run.options.endpoints:
        time.sleep(15)  # IAM is not at once the same everywhere
    assumed = run.wait_for(lambda: not (tried := code_of(run.client("sts").assume_role, RoleArn=f"arn:aws:iam::{run.account}:role/{name}",
                                                         RoleSessionName="asks"))[0] and tried[1], "a session", seconds=60)
    return assumed and assumed["Credentials"]


def absent_key_and_prefix(run) -> Answer:
    """HEAD of an absent key by somebody who may list below one prefix only."""
    bucket = run.make_bucket(run.prefix + "-prefix")
    keys = as_role(run, [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"},
                         {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}",
                          "Condition": {"StringLike": {"s3:prefix": "known/*"}}}])
    if not keys:
        return not_reached("the caller may not assume a role of its own account (a root user cannot)")
    s3 = run.client("s3", keys=keys)
    seen = {key: code_of(s3.head_object, Bucket=bucket, Key=key)[0] for key in ("known/absent", "unknown/absent")}
    said = ", ".join(f"{key}: {code}" for key, code in seen.items())
    return confirmed(said) if list(seen.values()) == ["404", "403"] else refuted(said)


def account_of_an_absent_bucket(run) -> Answer:
    """A call about a bucket that does not exist, by a role whose rights name aws:ResourceAccount."""
    keys = as_role(run, [{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                          "Condition": {"StringEquals": {"aws:ResourceAccount": run.account}}}])
    if not keys:
        return not_reached("the caller may not assume a role of its own account (a root user cannot)")
    code, _ = code_of(run.client("s3", keys=keys).get_bucket_tagging, Bucket=run.prefix + "-was-never-made")
    return confirmed(code) if code == "NoSuchBucket" else refuted(code or "accepted")


def account_when_s3_replicates(run) -> Answer:
    """A replication role whose rights are bound to aws:ResourceAccount: does S3 still replicate?"""
    source = versioned_bucket(run, run.prefix + "-bound")
    replica = versioned_bucket(run, run.prefix + "-bound-dr", run.options.destination_region)
    bound = {"StringEquals": {"aws:ResourceAccount": run.account}}
    statements = [
        {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"], "Resource": f"arn:aws:s3:::{source}", "Condition": bound},
        {"Effect": "Allow", "Action": ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
         "Resource": f"arn:aws:s3:::{source}/*", "Condition": bound},
        {"Effect": "Allow", "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
         "Resource": f"arn:aws:s3:::{replica}/*", "Condition": bound}]
    iam, name = run.client("iam"), run.prefix + "-bound"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
    iam.put_role_policy(RoleName=name, PolicyName="bound", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    if not run.options.endpoints:
        time.sleep(15)
    s3 = run.client("s3")
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": f"arn:aws:iam::{run.account}:role/{name}", "Rules": [
        {"ID": "bound", "Priority": 1, "Filter": {}, "Status": "Enabled", "DeleteMarkerReplication": {"Status": "Disabled"},
         "Destination": {"Bucket": f"arn:aws:s3:::{replica}"}}]})
    if not run.options.endpoints:
        time.sleep(60)  # a new rule does not hold at once
    s3.put_object(Bucket=source, Key="object", Body=b"replicated?")

    def settled():
        status = s3.head_object(Bucket=source, Key="object").get("ReplicationStatus", "")
        return status not in ("", "PENDING") and status

    status = run.wait_for(settled, "a settled replication")
    if not status:
        return not_reached("the object was still waiting at the end")
    return confirmed("replicated: S3 gives the key") if status == "COMPLETED" else refuted(f"the object is {status}")
