"""Lifecycle rules of a running cloud through boto3. Nobody can move the clock of a process, so the rules have a date in the past."""

import datetime
import unittest

from harness import CloudTest, source_region, wait_for

past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
acting = 30  # seconds; a run begins one second after a PUT (docs/protocol.md, Lifecycle configuration)


class Lifecycle(CloudTest):
    serve_settings = None

    def bucket(self, name, versioned):
        s3 = self.cloud.s3()
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": source_region})
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for key in ("logs/a", "logs/b", "kept"):
            s3.put_object(Bucket=name, Key=key, Body=b"data")
        return s3

    def expire_logs(self, s3, name):
        rule = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Date": past}}
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})

    @staticmethod
    def keys(s3, name):
        return [one["Key"] for one in s3.list_objects_v2(Bucket=name).get("Contents", [])]

    def test_objects_end_and_versions_get_a_delete_marker(self):
        for name, versioned in (("lifecycle-plain", False), ("lifecycle-versions", True)):
            with self.subTest(name):
                s3 = self.bucket(name, versioned)
                self.expire_logs(s3, name)
                wait_for(lambda: self.keys(s3, name) == ["kept"], acting, "the logs to expire")
                listed = s3.list_object_versions(Bucket=name)
                self.assertEqual(len(listed["Versions"]), 3 if versioned else 1)
                self.assertEqual([one["Key"] for one in listed.get("DeleteMarkers", [])],
                                 ["logs/a", "logs/b"] if versioned else [])

    def test_what_will_expire_is_told(self):
        name = "lifecycle-told"
        s3 = self.bucket(name, False)
        rule = {"ID": "a month", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}}
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
        self.assertIn('rule-id="a%20month"', s3.head_object(Bucket=name, Key="logs/a")["Expiration"])
        self.assertNotIn("Expiration", s3.head_object(Bucket=name, Key="kept"))


if __name__ == "__main__":
    unittest.main()
