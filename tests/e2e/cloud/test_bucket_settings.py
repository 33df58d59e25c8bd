"""Settings of buckets, judged by boto3: what it puts it gets back, and what it is refused has S3's code."""

import json
import unittest

from botocore.exceptions import ClientError

from harness import CloudTest, account, other_account, replica_region, source_region

topic = f"arn:aws:sns:{source_region}:{account}:news"

# Setting, words of the calls' names, parameter, document, another one, and what is answered where it is not set: a code or a part
# of the answer. `ids`: it is put by its id.
kinds = (
    ("cors", "bucket_cors", "CORSConfiguration",
     {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
     {"CORSRules": [{"ID": "a", "AllowedHeaders": ["x-*"], "AllowedMethods": ["PUT", "GET"], "AllowedOrigins": ["https://a.example"],
                     "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}]}, "NoSuchCORSConfiguration"),
    ("website", "bucket_website", "WebsiteConfiguration",
     {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"},
      "RoutingRules": [{"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}}]},
     {"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}}, "NoSuchWebsiteConfiguration"),
    ("encryption", "bucket_encryption", "ServerSideEncryptionConfiguration",
     {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]},
     {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}, None),
    ("public access block", "public_access_block", "PublicAccessBlockConfiguration",
     dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True),
     {"BlockPublicAcls": False, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": True},
     "NoSuchPublicAccessBlockConfiguration"),
    ("ownership", "bucket_ownership_controls", "OwnershipControls",
     {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}, {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
     "OwnershipControlsNotFoundError"),
)
plain = (
    ("bucket_accelerate_configuration", "AccelerateConfiguration", {"Status": "Enabled"}, {"Status": "Suspended"}),
    ("bucket_request_payment", "RequestPaymentConfiguration", {"Payer": "Requester"}, {"Payer": "BucketOwner"}),
    ("bucket_logging", "BucketLoggingStatus", {"LoggingEnabled": {"TargetBucket": "reports", "TargetPrefix": "a/"}}, {}),
    ("bucket_notification_configuration", "NotificationConfiguration",
     {"TopicConfigurations": [{"Id": "a", "TopicArn": topic, "Events": ["s3:ObjectCreated:*"],
                               "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}]}}}]},
     {"EventBridgeConfiguration": {}}),
)
with_ids = (
    ("metrics", "MetricsConfiguration", {"Id": "all", "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}}),
    ("analytics", "AnalyticsConfiguration", {"Id": "all", "Filter": {"Prefix": "a/"}, "StorageClassAnalysis": {"DataExport": {
        "OutputSchemaVersion": "V_1", "Destination": {"S3BucketDestination": {"Format": "CSV", "Bucket": "arn:aws:s3:::reports"}}}}}),
    ("intelligent_tiering", "IntelligentTieringConfiguration",
     {"Id": "all", "Status": "Enabled", "Tierings": [{"Days": 180, "AccessTier": "DEEP_ARCHIVE_ACCESS"}]}),
    ("inventory", "InventoryConfiguration",
     {"Id": "all", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
      "OptionalFields": ["Size", "ReplicationStatus"], "Filter": {"Prefix": "a/"},
      "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "Parquet",
                                              "Encryption": {"SSES3": {}}}}}),
)


def without_frame(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


class BucketSettings(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("ledger", "reports"):
            cls.cloud.make_bucket(name)
        cls.cloud.make_bucket("far-away", region=replica_region)
        cls.s3, cls.other = cls.cloud.s3(), cls.cloud.s3(owner=other_account)

    def refused(self, code, call, status=None, **named):
        with self.assertRaises(ClientError) as refusal:
            call(**named)
        answer = refusal.exception.response
        self.assertEqual(answer["Error"]["Code"], code, answer)
        if status is not None:
            self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], status)

    def test_what_is_put_comes_back_and_can_be_removed(self):
        for name, words, parameter, first, second, absent in kinds:
            with self.subTest(name):
                bucket = self.cloud.make_bucket("kept-" + words.replace("_", "-"))
                put, get, delete = (getattr(self.s3, f"{verb}_{words}") for verb in ("put", "get", "delete"))
                for document in (first, second):
                    put(Bucket=bucket, **{parameter: document})
                    answer = without_frame(get(Bucket=bucket))
                    self.assertEqual(answer.get(parameter, answer), document)
                self.refused("AccessDenied", getattr(self.other, f"put_{words}"), 403, Bucket=bucket, **{parameter: first})
                delete(Bucket=bucket)
                delete(Bucket=bucket)
                if absent is None:
                    self.assertEqual(get(Bucket=bucket)[parameter]["Rules"][0]["ApplyServerSideEncryptionByDefault"],
                                     {"SSEAlgorithm": "AES256"})
                else:
                    self.refused(absent, get, 404, Bucket=bucket)

    def test_what_has_no_delete(self):
        bucket = self.cloud.make_bucket("plain-ones")
        for words, parameter, first, second in plain:
            with self.subTest(words):
                for document in (first, second):
                    getattr(self.s3, f"put_{words}")(Bucket=bucket, **{parameter: document})
                    self.assertEqual(without_frame(getattr(self.s3, f"get_{words}")(Bucket=bucket)), document)

    def test_what_is_put_by_its_id(self):
        bucket = self.cloud.make_bucket("many-ones")
        for words, parameter, document in with_ids:
            with self.subTest(words):
                call = {verb: getattr(self.s3, f"{verb}_bucket_{words}_configuration") for verb in ("put", "get", "delete")}
                call["put"](Bucket=bucket, Id="all", **{parameter: document})
                self.assertEqual(call["get"](Bucket=bucket, Id="all")[parameter], document)
                listed = getattr(self.s3, f"list_bucket_{words}_configurations")(Bucket=bucket)
                self.assertEqual(listed[parameter + "List"], [document])
                self.assertFalse(listed["IsTruncated"])
                self.refused("IdMismatch", call["put"], 400, Bucket=bucket, Id="other", **{parameter: document})
                call["delete"](Bucket=bucket, Id="all")
                self.refused("NoSuchConfiguration", call["get"], 404, Bucket=bucket, Id="all")
                self.refused("NoSuchConfiguration", call["delete"], 404, Bucket=bucket, Id="all")

    def test_what_s3_refuses(self):
        put = self.s3
        for code, call, more in (
            ("NotImplemented", put.put_bucket_encryption, {"ServerSideEncryptionConfiguration": {"Rules": [
                {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}}),
            ("InvalidBucketState", put.put_object_lock_configuration, {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}),
            ("CrossLocationLoggingProhibitted", put.put_bucket_logging,
             {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "far-away", "TargetPrefix": ""}}}),
            ("InvalidTargetBucketForLogging", put.put_bucket_logging,
             {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "not-there", "TargetPrefix": ""}}}),
            ("AccessControlListNotSupported", put.put_bucket_acl, {"ACL": "public-read"}),
            ("InvalidRequest", put.put_bucket_cors,
             {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["FLY"], "AllowedOrigins": ["*"]}]}}),
            ("MalformedXML", put.put_bucket_request_payment, {"RequestPaymentConfiguration": {"Payer": "Nobody"}}),
        ):
            with self.subTest(code):
                self.refused(code, call, Bucket="ledger", **more)

    def test_public_access(self):
        bucket = self.cloud.make_bucket("open-house")
        policy = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}]})
        self.refused("AccessDenied", self.s3.put_bucket_policy, 403, Bucket=bucket, Policy=policy)
        block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
        self.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
        self.s3.put_bucket_policy(Bucket=bucket, Policy=policy)
        self.assertTrue(self.s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"])
        self.other.list_objects_v2(Bucket=bucket)
        self.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block | {"RestrictPublicBuckets": True})
        self.refused("AccessDenied", self.other.list_objects_v2, 403, Bucket=bucket)
        self.s3.list_objects_v2(Bucket=bucket)

    def test_access_control_lists(self):
        bucket = self.cloud.make_bucket("listed")
        owner = self.s3.get_bucket_acl(Bucket=bucket)["Owner"]
        theirs = self.other.list_buckets()["Owner"]["ID"]
        own = {"Grantee": {"Type": "CanonicalUser", "ID": owner["ID"]}, "Permission": "FULL_CONTROL"}
        reads = {"Grantee": {"Type": "CanonicalUser", "ID": theirs}, "Permission": "READ"}
        wanted = {"Bucket": bucket, "AccessControlPolicy": {"Owner": {"ID": owner["ID"]}, "Grants": [own, reads]}}
        self.refused("AccessControlListNotSupported", self.s3.put_bucket_acl, 400, **wanted)
        self.s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
        self.refused("AccessDenied", self.other.list_objects_v2, 403, Bucket=bucket)
        self.s3.put_bucket_acl(**wanted)
        self.assertEqual(self.s3.get_bucket_acl(Bucket=bucket)["Grants"], [own, reads])
        self.other.list_objects_v2(Bucket=bucket)
        self.refused("InvalidBucketAclWithObjectOwnership", self.s3.put_bucket_ownership_controls, 400, Bucket=bucket,
                     OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})

    def test_a_lock_from_the_start(self):
        self.s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True,
                              CreateBucketConfiguration={"LocationConstraint": source_region})
        self.assertEqual(self.s3.get_bucket_versioning(Bucket="vault")["Status"], "Enabled")
        kept = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 7}}}
        self.s3.put_object_lock_configuration(Bucket="vault", ObjectLockConfiguration=kept)
        self.assertEqual(self.s3.get_object_lock_configuration(Bucket="vault")["ObjectLockConfiguration"], kept)
        self.refused("InvalidBucketState", self.s3.put_bucket_versioning, 409, Bucket="vault",
                     VersioningConfiguration={"Status": "Suspended"})


if __name__ == "__main__":
    unittest.main()
