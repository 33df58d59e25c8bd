"""Both copies lost is not "equal": the original was purged, then the only version on the replica was deleted or hidden by hand."""

from harness import CloudTest, Serve, replica_region


class LastCopies(CloudTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve = Serve(cls.cloud).ready()

    def protected_and_purged(self, name, keys):
        """A verified bucket whose objects have then been deleted for good at the source, but for one."""
        bucket, source = self.cloud.make_bucket(name), self.cloud.s3()
        source.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        versions = {key: source.put_object(Bucket=bucket, Key=key, Body=key.encode())["VersionId"] for key in keys}
        source.put_object(Bucket=bucket, Key="stays", Body=b"stays")
        self.assertExit(self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        for key in keys:
            source.delete_object(Bucket=bucket, Key=key, VersionId=versions[key])
        return bucket, versions

    def verify(self, bucket, *options):
        done = self.serve.s3dr("verify", bucket, "--output", "json", *options)
        return done.code, sorted((entry["kind"], entry["key"]) for entry in done.json()["differences"])

    def test_a_lost_or_hidden_last_copy_is_a_finding(self):
        bucket, versions = self.protected_and_purged("last-copies", ("deleted", "hidden", "kept ü"))
        self.assertExit(self.serve.s3dr("verify", bucket), 0)
        replica, there = self.cloud.replica_of(bucket), self.cloud.s3(replica_region)
        def delete(**what):
            return self.cloud.through_the_fence(replica, lambda: there.delete_object(Bucket=replica, **what))

        delete(Key="deleted", VersionId=versions["deleted"])
        marker = delete(Key="hidden")["VersionId"]
        for _ in range(2):  # found again, not forgotten
            self.assertEqual(self.verify(bucket), (3, [("last copy", "deleted"), ("last copy", "hidden")]))
        delete(Key="hidden", VersionId=marker)
        self.assertEqual(self.verify(bucket), (3, [("last copy", "deleted")]))
        self.assertEqual(self.verify(bucket, "--accept-losses"), (0, []))
        self.assertEqual(self.verify(bucket), (0, []))

    def test_a_source_that_collapses_is_warned_of(self):
        bucket, _ = self.protected_and_purged("collapses", [f"object {number:03}" for number in range(120)])
        # Both sides are equal, which is no good news.
        verified = self.serve.s3dr("verify", bucket)
        self.assertExit(verified, 3)
        self.assertIn("from 121 to 1 versions", verified.out)
        plan = self.serve.s3dr("plan", bucket)
        self.assertIn("saw 1 versions", " ".join(plan.out.split()))
        self.assertIn("before 121", " ".join(plan.out.split()))
        status = self.serve.s3dr("status", bucket)
        self.assertExit(status, 3)
        self.assertIn("from 121 to 1 versions", " ".join(status.out.split()))
        self.assertExit(self.serve.s3dr("verify", bucket, "--accept-losses"), 0)
        self.assertExit(self.serve.s3dr("status", bucket), 0)
        self.assertNotIn("saw 1 versions", " ".join(self.serve.s3dr("plan", bucket).out.split()))

    def test_a_version_that_one_side_lost_and_then_the_other_is_a_finding(self):
        bucket, source, there = self.cloud.make_bucket("lost-twice"), self.cloud.s3(), self.cloud.s3(replica_region)
        for key in ("a", "b"):
            source.put_object(Bucket=bucket, Key=key, Body=b"x")
        self.assertExit(self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        replica = self.cloud.replica_of(bucket)

        def purge(client, name):
            for version in client.list_object_versions(Bucket=name).get("Versions", []):
                client.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])

        self.cloud.through_the_fence(replica, lambda: purge(there, replica))
        self.assertEqual(self.verify(bucket), (3, [("missing", "a"), ("missing", "b")]))
        purge(source, bucket)
        self.assertEqual(self.verify(bucket), (3, [("last copy", "a"), ("last copy", "b")]))
        self.assertExit(self.serve.s3dr("status", bucket), 3)
        self.assertEqual(self.verify(bucket, "--accept-losses"), (0, []))

    def test_what_equal_says_nothing_about(self):
        """A prefix that no key has; another bucket under the same name."""
        bucket, source = self.cloud.make_bucket("other-news"), self.cloud.s3()
        source.put_object(Bucket=bucket, Key="a", Body=b"x")
        self.assertExit(self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        typo = self.serve.s3dr("verify", bucket, "--prefix", "nothing/")
        self.assertExit(typo, 1)
        self.assertIn("no key on either side begins with this prefix", typo.out)
        self.assertExit(self.serve.s3dr("verify", bucket, "--prefix", "a"), 0)
        for version in source.list_object_versions(Bucket=bucket)["Versions"]:
            source.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
        source.delete_bucket(Bucket=bucket)
        self.cloud.make_bucket(bucket)
        self.cloud.tag(bucket, dr="true")
        self.cloud.wait_state(bucket, "source_recreated")
        done = self.serve.s3dr("verify", bucket)
        self.assertExit(done, 3)
        self.assertIn("is another bucket under the same name", done.out)

    def test_the_status_of_one_bucket_asks_its_region(self):
        bucket = self.cloud.make_bucket("asked-now")
        self.assertExit(self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        self.assertExit(self.serve.s3dr("status", bucket), 0)
        for empty in (("status", ""), ("plan", "")):
            done = self.serve.s3dr(*empty)
            self.assertExit(done, 2)
            self.assertIn("is empty", done.err)
        replica = self.serve.s3dr("status", self.cloud.replica_of(bucket))
        self.assertExit(replica, 1)
        self.assertIn("it is the replica of", replica.err)
        nothing = self.serve.s3dr("unprotect", self.cloud.make_bucket("never-tagged"))
        self.assertIn("nothing is to be paused", nothing.out)
        self.serve.stop()
        self.cloud.stop_region("us-west-2")
        done = self.serve.s3dr("status", bucket)
        self.assertExit(done, 3)
        self.assertIn("us-west-2", done.out)
        self.assertNotIn("The bucket is healthy. ", done.out.replace("By the records, which may be old: The bucket is healthy. ", ""))
        self.cloud.start_region("us-west-2")
        self.serve.start()
