"""Both copies lost is not "equal": the original was purged, then the only version on the replica was deleted or hidden by hand."""

from harness import CloudTest, Serve, replica_region


class LastCopies(CloudTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve = Serve(cls.cloud).ready()

    def protected_and_purged(self, name, keys):
        """A verified bucket whose objects have then been deleted for good at the source; the loss is not seen by any run yet."""
        bucket, source = self.cloud.make_bucket(name), self.cloud.s3()
        source.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        versions = {key: source.put_object(Bucket=bucket, Key=key, Body=key.encode())["VersionId"] for key in keys}
        self.assertExit(self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        for key in keys:
            source.delete_object(Bucket=bucket, Key=key, VersionId=versions[key])
        done = self.serve.s3dr("verify", bucket)
        self.assertExit(done, 0)
        return bucket, versions

    def verify(self, bucket, *options):
        done = self.serve.s3dr("verify", bucket, "--output", "json", *options)
        return done.code, sorted((entry["kind"], entry["key"]) for entry in done.json()["differences"])

    def test_a_lost_or_hidden_last_copy_is_a_finding(self):
        bucket, versions = self.protected_and_purged("last-copies", ("deleted", "hidden", "kept ü"))
        replica, there = self.cloud.replica_of(bucket), self.cloud.s3(replica_region)
        there.delete_object(Bucket=replica, Key="deleted", VersionId=versions["deleted"])
        marker = there.delete_object(Bucket=replica, Key="hidden")["VersionId"]
        for _ in range(2):  # found again, not forgotten
            self.assertEqual(self.verify(bucket), (3, [("last copy", "deleted"), ("last copy", "hidden")]))
        there.delete_object(Bucket=replica, Key="hidden", VersionId=marker)
        self.assertEqual(self.verify(bucket), (3, [("last copy", "deleted")]))
        self.assertEqual(self.verify(bucket, "--accept-losses"), (0, []))
        self.assertEqual(self.verify(bucket), (0, []))

    def test_a_source_that_collapses_is_warned_of(self):
        bucket, _ = self.protected_and_purged("collapses", [f"object {number:03}" for number in range(120)])
        plan = self.serve.s3dr("plan", bucket)
        self.assertIn("saw 0 versions", " ".join(plan.out.split()))
        self.assertIn("before 120", " ".join(plan.out.split()))
        status = self.serve.s3dr("status", bucket)
        self.assertExit(status, 3)
        self.assertIn("from 120 to 0 versions", " ".join(status.out.split()))
        self.assertExit(self.serve.s3dr("verify", bucket, "--accept-losses"), 0)
        self.assertExit(self.serve.s3dr("status", bucket), 0)
        self.assertNotIn("saw 0 versions", " ".join(self.serve.s3dr("plan", bucket).out.split()))
