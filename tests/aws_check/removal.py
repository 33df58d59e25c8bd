"""Finds everything whose name begins with the prefix of a run, and removes it. May be repeated, and interrupted: it looks anew each time.
Nothing else in the account is touched."""

from botocore.exceptions import BotoCoreError, ClientError

from run import Failed

gone = {"NoSuchBucket", "NoSuchEntity", "ResourceNotFoundException", "NoSuchKey", "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist", "NoSuchUpload"}


def ignoring_gone(call, **given):
    try:
        return call(**given)
    except ClientError as error:
        if error.response["Error"]["Code"] not in gone:
            raise
        return None


def names(pages, key, field, prefix):
    return [one[field] if field else one for page in pages for one in page.get(key, []) if (one[field] if field else one).startswith(prefix)]


def buckets(run):
    """(name, region) of each bucket of this run."""
    found = []
    for bucket in run.client("s3").list_buckets()["Buckets"]:
        if bucket["Name"].startswith(run.prefix + "-"):
            # Tells the region whoever asks, also by a refusal.
            region = next((where for where in run.regions if is_in(run, bucket["Name"], where)), None)
            if region:
                found.append((bucket["Name"], region))
    return found


def is_in(run, bucket, region):
    try:
        return run.client("s3", region).head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", region) == region
    except ClientError:
        return False


def left(run):
    """All that is there with the prefix, as "kind name (region)"."""
    prefix = run.prefix + "-"
    found = [f"bucket {name} ({region})" for name, region in buckets(run)]
    found += [f"role {name}" for name in names(run.client("iam").get_paginator("list_roles").paginate(), "Roles", "RoleName", prefix)]
    for region in run.regions:
        looks = (("function", "lambda", "list_functions", "Functions", "FunctionName", prefix),
                 ("topic", "sns", "list_topics", "Topics", "TopicArn", f"arn:aws:sns:{region}:{run.account}:{prefix}"),
                 ("log group", "logs", "describe_log_groups", "logGroups", "logGroupName", f"/aws/lambda/{prefix}"),
                 ("alarm", "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName", prefix))
        for kind, service, call, key, field, begin in looks:
            pages = run.client(service, region).get_paginator(call).paginate()
            found += [f"{kind} {name} ({region})" for name in names(pages, key, field, begin)]
        rules = run.client("events", region).list_rules(NamePrefix=prefix)["Rules"]
        found += [f"rule {rule['Name']} ({region})" for rule in rules]
        queues = run.client("sqs", region).list_queues(QueueNamePrefix=prefix).get("QueueUrls", [])
        found += [f"queue {url} ({region})" for url in queues]
        trails = run.client("cloudtrail", region).describe_trails(includeShadowTrails=False)["trailList"]
        found += [f"trail {trail['Name']} ({region})" for trail in trails if trail["Name"].startswith(prefix)]
    return found


def empty_and_delete(run, bucket, region):
    s3 = run.client("s3", region)
    ignoring_gone(s3.delete_bucket_policy, Bucket=bucket)
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            ignoring_gone(s3.abort_multipart_upload, Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        if versions:
            refused = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True}).get("Errors", [])
            if refused:
                raise Failed(f"{bucket}: {len(refused)} versions were not deleted: {refused[0]['Code']}: {refused[0]['Message']}")
    ignoring_gone(s3.delete_bucket, Bucket=bucket)


def replicates(s3, bucket):
    """A replica has no rules, and its fence would refuse their deletion."""
    try:
        s3.get_bucket_replication(Bucket=bucket)
        return True
    except ClientError as error:
        if error.response["Error"]["Code"] not in gone | {"ReplicationConfigurationNotFoundError"}:
            raise
        return False


def end_replication(run):
    """First of all: nothing may write into a bucket that is being emptied, and no job may run on."""
    for bucket, region in buckets(run):
        s3 = run.client("s3", region)
        if replicates(s3, bucket):
            ignoring_gone(s3.delete_bucket_replication, Bucket=bucket)
    control = run.client("s3control")
    for job in control.list_jobs(AccountId=run.account, JobStatuses=["Active", "New", "Preparing", "Ready", "Suspended"])["Jobs"]:
        about = control.describe_job(AccountId=run.account, JobId=job["JobId"])["Job"]
        if f"{run.prefix}-" in str(about.get("ManifestGenerator", "")) + str(about.get("Manifest", "")):
            try:
                control.update_job_status(AccountId=run.account, JobId=job["JobId"], RequestedJobStatus="Cancelled")
            except (ClientError, BotoCoreError):
                pass  # it has ended meanwhile


def remove_role(iam, role):
    for name in (ignoring_gone(iam.list_role_policies, RoleName=role) or {}).get("PolicyNames", []):
        ignoring_gone(iam.delete_role_policy, RoleName=role, PolicyName=name)
    ignoring_gone(iam.delete_role, RoleName=role)


def remove_rule(events, rule):
    targets = [target["Id"] for target in (ignoring_gone(events.list_targets_by_rule, Rule=rule) or {}).get("Targets", [])]
    if targets:
        ignoring_gone(events.remove_targets, Rule=rule, Ids=targets)
    ignoring_gone(events.delete_rule, Name=rule)


def remove(run, say):
    """Returns what is still there at the end: nothing, if all went well."""
    prefix = run.prefix + "-"
    say("ending replication and jobs")
    end_replication(run)
    if run.config.exists():
        say("s3dr deploy destroy")
        try:
            run.deploy("destroy", "--yes", "--delete-own-buckets")
        except Failed as failure:
            say(f"  it failed, the rest goes on: {failure}")
    say("rules, queues and roles of the questions")
    for region in run.regions:
        events, sqs = run.client("events", region), run.client("sqs", region)
        for rule in events.list_rules(NamePrefix=prefix)["Rules"]:
            remove_rule(events, rule["Name"])
        for url in sqs.list_queues(QueueNamePrefix=prefix).get("QueueUrls", []):
            ignoring_gone(sqs.delete_queue, QueueUrl=url)
    iam = run.client("iam")
    for role in names(iam.get_paginator("list_roles").paginate(), "Roles", "RoleName", prefix):
        remove_role(iam, role)
    for bucket, region in buckets(run):
        say(f"bucket {bucket}")
        empty_and_delete(run, bucket, region)
    # SQS lists a queue for up to a minute after its deletion.
    remaining = None

    def is_clean():
        nonlocal remaining
        remaining = left(run)
        return not remaining

    say("looking for what is left")
    run.wait_for(is_clean, "nothing left", seconds=10 if run.options.endpoints else 90)
    if not remaining:
        run.is_removed()
    return remaining
