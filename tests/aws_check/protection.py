"""The main flow on a scratch bucket: deploy, protect what is there and what comes, compare, pause."""

from run import Failed

objects_before, objects_after = 20, 20


def has_trail(run):
    """True: a trail logs management events that write in the source region, so EventBridge hears of bucket calls."""
    trails = run.client("cloudtrail").describe_trails(includeShadowTrails=True)["trailList"]
    for trail in trails:
        if run.client("cloudtrail").get_trail_status(Name=trail["TrailARN"])["IsLogging"]:
            return True
    return False


def deploy(run):
    done = run.deploy("apply")
    failed = [step for step in done.get("self_test", []) if not step.get("passed", True)]
    if failed:
        raise Failed(f"the self-test failed: {failed[0]}")
    return f"{done['created']} resources; the self-test passed"


def make_source(run):
    run.make_bucket(run.source)
    s3 = run.client("s3")
    for number in range(objects_before):
        s3.put_object(Bucket=run.source, Key=f"before/{number}", Body=f"written before the tag {number}".encode())
    return f"{objects_before} objects, written before the bucket is tagged"


def tag(run):
    run.client("s3").put_bucket_tagging(Bucket=run.source, Tagging={"TagSet": [{"Key": run.prefix, "Value": "true"}]})
    return f"{run.prefix}=true"


def state_of(run):
    """The protection of the scratch bucket as `s3dr status` shows it; None: there is none yet."""
    said = run.s3dr("status", run.source, codes=(0, 1, 3))
    for one in said.get("protections", []):
        if one["bucket"] == run.source:
            return one
    return None


def wait_until_protected(run):
    seen = {}

    def look():
        found = state_of(run)
        if found:
            seen["state"] = found["state"]
        return found and found["state"] in ("verifying", "protected") and found

    if not run.wait_for(look, "a protected bucket", seconds=run.options.patience + 1800):
        raise Failed(f"the bucket did not get so far: its state is {seen.get('state', 'unknown: no record')}")
    return seen["state"]


def write_after(run):
    s3 = run.client("s3")
    for number in range(objects_after):
        s3.put_object(Bucket=run.source, Key=f"after/{number}", Body=f"written after the rule {number}".encode())
    s3.delete_object(Bucket=run.source, Key="before/0")
    return f"{objects_after} objects and a delete marker"


def compare(run):
    said = run.s3dr("verify", run.source, "--bytes", "--wait", "--timeout", f"{max(run.options.patience, 60)}s", codes=(0, 3))
    if said.get("differences"):
        raise Failed(f"both sides differ: {said['differences'][:3]}")
    return f"{said.get('versions_equal', said.get('versions', '?'))} versions are equal, byte by byte"


def read_everything_once(run):
    """For the recordings: each answer that our readers depend on. tests/unit/s3/recordings_test.cc replays them."""
    s3, control = run.client("s3"), run.client("s3control")
    run.recorder.row = "contract"
    s3.list_buckets()
    for read in (s3.get_bucket_versioning, s3.get_bucket_tagging, s3.get_bucket_replication):
        read(Bucket=run.source)
    s3.list_objects_v2(Bucket=run.source, MaxKeys=5)
    s3.list_object_versions(Bucket=run.source, MaxKeys=5)
    jobs = control.list_jobs(AccountId=run.account, JobStatuses=["Complete", "Failed"], MaxResults=5)["Jobs"]
    if jobs:
        control.describe_job(AccountId=run.account, JobId=jobs[0]["JobId"])
    run.recorder.row = ""
    return f"{len(run.recorder.files)} answers recorded"


def untag(run):
    run.client("s3").delete_bucket_tagging(Bucket=run.source)
    if not run.wait_for(lambda: (found := state_of(run)) and found["state"] == "paused", "a paused bucket", seconds=run.options.patience):
        raise Failed(f"the bucket is not paused: {state_of(run)}")
    return "paused"


steps = (("deploying, with the self-test through every rule and topic", deploy),
         ("making the scratch bucket", make_source),
         ("tagging it", tag),
         ("waiting until it is protected", wait_until_protected),
         ("writing more", write_after),
         ("comparing both sides", compare),
         ("reading everything once", read_everything_once),
         ("taking the tag away", untag))
