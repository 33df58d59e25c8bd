"""Questions about batch replication jobs. Each job costs 0.25 USD on AWS."""

import secrets

from botocore.exceptions import ClientError

import removal
from assumption import Answer, confirmed, not_reached, refuted
from questions_buckets import versioned_bucket

found_nothing = "Manifest generation found no keys matching the filter criteria."
jobs_max = 6


def create_job(run, bucket, report=None, **the_filter):
    return run.client("s3control").create_job(
        AccountId=run.account, ConfirmationRequired=False, Operation={"S3ReplicateObject": {}}, Report=report or {"Enabled": False},
        ClientRequestToken=secrets.token_hex(16), Priority=1, RoleArn=f"arn:aws:iam::{run.account}:role/{run.prefix}-batch",
        ManifestGenerator={"S3JobManifestGenerator": {"ExpectedBucketOwner": run.account, "SourceBucket": f"arn:aws:s3:::{bucket}",
                                                      "EnableManifestOutput": False,
                                                      "Filter": {"EligibleForReplication": True} | the_filter}})["JobId"]


def ended(run, job):
    def look():
        found = run.client("s3control").describe_job(AccountId=run.account, JobId=job)["Job"]
        return found["Status"] in ("Complete", "Failed", "Cancelled") and found

    return run.wait_for(look, "the end of a job")


def source_with_a_rule(run, name, fill=None):
    """A bucket with a rule of ours, and with what `fill(bucket)` puts there before it. The roles are those of the deployment."""
    source = versioned_bucket(run, f"{run.prefix}-{name}")
    if fill:
        fill(source)
    replica = versioned_bucket(run, f"{run.prefix}-{name}-dr", run.options.destination_region)
    run.client("s3").put_bucket_replication(Bucket=source, ReplicationConfiguration={
        "Role": f"arn:aws:iam::{run.account}:role/{run.prefix}-replication", "Rules": [
            {"ID": "jobs", "Priority": 1, "Filter": {}, "Status": "Enabled", "DeleteMarkerReplication": {"Status": "Enabled"},
             "Destination": {"Bucket": f"arn:aws:s3:::{replica}"}}]})
    return source


def empty_bucket(run) -> Answer:
    """A job for a bucket without any object."""
    job = ended(run, create_job(run, source_with_a_rule(run, "empty")))
    if not job:
        return not_reached("the job did not end")
    reasons = [one.get("FailureReason", "") for one in job.get("FailureReasons", [])]
    said = f"{job['Status']}: {reasons}"
    return confirmed(said) if job["Status"] == "Failed" and found_nothing in reasons else refuted(said)


def without_statuses(run) -> Answer:
    """A job whose filter names no replication status takes also what is COMPLETED."""
    bucket = source_with_a_rule(run, "statuses")
    s3 = run.client("s3")
    s3.put_object(Bucket=bucket, Key="object", Body=b"replicated already")
    status = run.wait_for(lambda: s3.head_object(Bucket=bucket, Key="object").get("ReplicationStatus") == "COMPLETED", "a replicated object")
    if not status:
        return not_reached("the object was not replicated in time")
    job = ended(run, create_job(run, bucket))
    if not job:
        return not_reached("the job did not end")
    total = job.get("ProgressSummary", {}).get("TotalNumberOfTasks", 0)
    return confirmed(f"{total} task") if total == 1 else refuted(f"{job['Status']}, {total} tasks, {job.get('FailureReasons')}")


def markers_by_status(run) -> Answer:
    """A job by status, for a delete marker that was made before the rule. The replica's own listing tells whether it came."""
    def fill(bucket):
        run.client("s3").put_object(Bucket=bucket, Key="object", Body=b"removed before the rule")
        run.client("s3").delete_object(Bucket=bucket, Key="object")

    source = source_with_a_rule(run, "markers", fill)
    job = ended(run, create_job(run, source, ObjectReplicationStatuses=["NONE", "FAILED"]))
    if not job:
        return not_reached("the job did not end")
    there = run.client("s3", run.options.destination_region).list_object_versions(Bucket=f"{source}-dr")
    said = f"{job['Status']}: {len(there.get('Versions', []))} versions, {len(there.get('DeleteMarkers', []))} delete markers on the replica"
    return confirmed(said) if there.get("Versions") and there.get("DeleteMarkers") else refuted(said)


def report_keys(run) -> Answer:
    """The report of a job whose only task fails, because the destination bucket is gone: how does it write the key?"""
    bucket = source_with_a_rule(run, "report")
    s3 = run.client("s3")
    s3.put_object(Bucket=bucket, Key="a, b", Body=b"never arrives")
    run.wait_for(lambda: s3.head_object(Bucket=bucket, Key="a, b").get("ReplicationStatus") in ("COMPLETED", "FAILED"), "its end")
    removal.empty_and_delete(run, f"{bucket}-dr", run.options.destination_region)
    report = {"Enabled": True, "Bucket": f"arn:aws:s3:::{run.prefix}-reports", "Prefix": "backfill/asks", "Format": "Report_CSV_20180820",
              "ReportScope": "FailedTasksOnly"}
    job = create_job(run, bucket, report)
    if not ended(run, job):
        return not_reached("the job did not end")
    reports = f"{run.prefix}-reports"
    found = run.wait_for(lambda: s3.list_objects_v2(Bucket=reports, Prefix=f"backfill/asks/job-{job}/results/").get("Contents"), "a report",
                         seconds=120)
    if not found:
        return not_reached("the job wrote no results")
    rows = s3.get_object(Bucket=reports, Key=found[0]["Key"])["Body"].read().decode(errors="replace")
    return confirmed(rows.strip()) if ",a%2C%20b," in rows or ",a%2C+b," in rows else refuted(rows.strip())


def seventh_job(run) -> Answer:
    """Seven jobs at once. Asked with --expensive only: 1.75 USD."""
    if not run.options.expensive:
        return not_reached("seven jobs cost 1.75 USD: ask with --expensive")
    bucket = source_with_a_rule(run, "seven")
    s3 = run.client("s3")
    for number in range(20):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"x")
    for number in range(jobs_max + 1):
        try:
            create_job(run, bucket)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            said = f"job {number + 1}: {code}: {error.response['Error'].get('Message', '')}"
            return confirmed(said) if code == "TooManyRequestsException" else refuted(said)
    return not_reached("all seven were accepted: some had ended before the last was made")
