"""`s3dr deploy` on stand-ins for AWS that others wrote: everything is made as declared, a second time changes nothing, the self-test
passes, and the functions, called by the stranger, bring a tagged bucket under protection. What a stranger lacks is in its class in
tests/e2e/support, by name, and in docs/judges.md."""

import json

from deployment_checks import DeploymentChecks
from ministack_server import Ministack
from moto_server import Moto, account
from processes import run, wait_for
from stranger_deployment import DeployTest, replica_region, source_region

alarms_with_a_query = [f"alarm {replica_region} s3dr-replication-pending", f"alarm {source_region} s3dr-replication-failed"]


class Stranger(DeploymentChecks):
    """The tests that every stranger gets."""

    def test_second_apply_makes_nothing_and_boto3_finds_everything(self):
        self.assertEqual(len([c for c in self.plan(code=3)["changes"] if c["change"] == "create"]), 43)
        first = self.apply()
        self.assertEqual((first["changes"], first["created"]), (43, 43))
        forgotten = alarms_with_a_query if self.kind.forgets_queries_of_alarms else []
        second = self.apply()
        self.assertEqual((second["created"], second["updated"], second["changes"]), (0, len(forgotten), len(forgotten)))
        left = [c["id"] for c in self.plan(code=3 if forgotten else 0)["changes"] if c["change"] != "unchanged"]
        self.assertEqual(sorted(left), forgotten)
        self.check_functions()
        self.check_roles()
        self.check_messaging()
        self.check_rules()
        if not forgotten:
            self.check_alarms()
        self.check_buckets()
        self.assertEqual(self.deploy("destroy", "--yes", "--output", "json").json()["removed"], 41)


class OnMoto(Stranger, DeployTest):
    kind = Moto


class OnMinistack(Stranger, DeployTest):
    kind = Ministack

    def test_the_functions_protect_a_tagged_bucket(self):
        self.package = self.folder / "functions.zip"
        self.assertEqual(run("deploy", "package", "--here", "--out", self.package).code, 0)
        said = self.deploy("apply").out
        self.assertNotIn(": NO", said)
        self.assertEqual(said.count("self-test: the "), 11)
        s3 = self.client("s3")
        s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": source_region})
        s3.put_object(Bucket="photos", Key="a", Body=b"a")
        s3.put_bucket_tagging(Bucket="photos", Tagging={"TagSet": [{"Key": "dr", "Value": "true"}]})
        event = {"version": "0", "id": "event-1", "source": "aws.s3", "account": account, "region": source_region, "resources": [],
                 "detail-type": "AWS API Call via CloudTrail", "time": "2026-11-30T18:00:00Z",
                 "detail": {"eventSource": "s3.amazonaws.com", "eventName": "PutBucketTagging", "awsRegion": source_region,
                            "recipientAccountId": account, "requestParameters": {"bucketName": "photos"}}}
        called = self.client("lambda").invoke(FunctionName="s3dr-source_bucket_check", Payload=json.dumps(event).encode())
        answer = json.loads(called["Payload"].read())
        self.assertEqual([(one["bucket"], one["outcome"]) for one in answer["handled"]], [("photos", "done")], answer)
        # From here on the functions call each other, through topics.
        replicas = self.client("s3", replica_region)
        key = f"records/{account}/{source_region}/photos.json"

        def record():
            held = replicas.list_objects_v2(Bucket=f"s3dr-control-{account}-{replica_region}").get("Contents", [])
            if key not in [one["Key"] for one in held]:
                return None
            found = json.loads(replicas.get_object(Bucket=f"s3dr-control-{account}-{replica_region}", Key=key)["Body"].read())
            return found if found["rule"]["state"] == "live" else None

        kept = wait_for(record, 60, "a live rule")
        [rule] = s3.get_bucket_replication(Bucket="photos")["ReplicationConfiguration"]["Rules"]
        self.assertEqual((rule["ID"], rule["Status"], rule["Destination"]["Bucket"]), (kept["rule"]["id"], "Enabled", "arn:aws:s3:::photos-dr"))
        for bucket, client in (("photos", s3), ("photos-dr", replicas)):
            self.assertEqual(client.get_bucket_versioning(Bucket=bucket)["Status"], "Enabled")
        # It has no batch jobs. That is said, and not shown as healthy.
        kept = wait_for(lambda: (seen := record()) and seen["backfill"]["status"] == "unavailable" and seen, 60, "a backfill that is said to be unavailable")
        self.assertNotEqual(kept["state"], "protected")
