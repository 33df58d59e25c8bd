"""A source that is deleted and made again under the same name is another bucket, also when it is versioned at once: its data must
not enter the replica of the one before."""

from harness import CloudTest, Serve, replica_region, wait_for


class SameName(CloudTest):
    serve_settings = None

    def setUp(self):
        self.serve = Serve(self.cloud, name=self.id().rsplit(".", 1)[1]).ready()
        self.addCleanup(self.serve.stop)

    def protected(self, name):
        bucket = self.cloud.make_bucket(name)
        for number in range(20):
            self.cloud.s3().put_object(Bucket=bucket, Key=f"old {number}", Body=b"old")
        self.cloud.tag(bucket, dr="true")
        return bucket, self.cloud.wait_state(bucket, "protected")

    def empty(self, bucket):
        for version in self.cloud.s3().list_object_versions(Bucket=bucket)["Versions"]:
            self.cloud.s3().delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])

    def keys(self, bucket):
        return {entry["Key"] for entry in self.cloud.s3(replica_region).list_object_versions(Bucket=bucket).get("Versions", [])}

    def test_another_bucket_of_the_name_is_held(self):
        bucket, before = self.protected("made-again")
        old_replica = before["replica"]["bucket"]
        self.assertEqual(len(before["seen_versions"]), 8)
        self.serve.stop()
        self.empty(bucket)
        self.cloud.s3().delete_bucket(Bucket=bucket)
        self.cloud.make_bucket(bucket)
        self.cloud.s3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.cloud.s3().put_object(Bucket=bucket, Key="new", Body=b"new")
        self.cloud.tag(bucket, dr="true")
        self.serve.start().ready()
        self.cloud.wait_state(bucket, "source_recreated")
        self.assertEqual(self.cloud.rules(bucket), [])
        planned = self.serve.s3dr("plan", bucket)
        self.assertExit(planned, 1)
        self.assertIn(f"next: To protect the new one: s3dr protect {bucket} --new-replica", planned.out)
        self.assertExit(self.serve.s3dr("protect", bucket, "--new-replica", "--wait", "--timeout", "60s"), 0)
        after = self.cloud.record(bucket)
        self.assertEqual(self.keys(after["replica"]["bucket"]), {"new"})
        self.assertEqual(self.keys(old_replica), {f"old {number}" for number in range(20)})

    def test_a_rule_deleted_by_hand_is_restored_without_a_person(self):
        bucket, before = self.protected("same-bucket")
        self.cloud.s3().delete_bucket_replication(Bucket=bucket)
        after = self.cloud.wait_state(bucket, "protected", holds=lambda now: now["rule"]["generation"] > before["rule"]["generation"])
        self.assertEqual(after["replica"], before["replica"])
        self.assertEqual(len(after["seen_versions"]), 8)

    def test_an_emptied_bucket_is_still_the_same(self):
        bucket, before = self.protected("emptied")
        self.empty(bucket)
        self.cloud.s3().delete_bucket_replication(Bucket=bucket)
        wait_for(lambda: self.cloud.record(bucket)["rule"]["generation"] > before["rule"]["generation"], 30, "a restored rule")
        self.assertEqual(self.cloud.record(bucket)["replica"], before["replica"])
