"""`s3dr verify` is only worth something if it finds what is wrong: each kind of damage is planted behind the cloud's back."""

from harness import CloudTest, Serve, replica_region
from judge import judge


class PlantedDifferences(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve = Serve(cls.cloud).ready()
        cls.bucket = cls.cloud.make_bucket("planted")
        client = cls.cloud.s3()
        client.put_bucket_versioning(Bucket=cls.bucket, VersioningConfiguration={"Status": "Enabled"})
        for kind in ("flipped", "metadata", "tags", "missing", "extra", "reordered", "content-type", "marker", "sound"):
            for number in range(3):
                client.put_object(Bucket=cls.bucket, Key=f"{kind}/object", Body=f"{kind} {number}".encode() * 2000,
                                  Metadata={"round": str(number)}, Tagging="a=b")
        done = cls.serve.s3dr("protect", cls.bucket, "--wait", "--timeout", "60s")
        assert done.code == 0, done
        cls.replica = cls.cloud.replica_of(cls.bucket)
        cls.serve.stop()  # what is planted stays planted: nobody repairs or re-verifies

    def verify(self, kind, *options):
        done = self.serve.s3dr("verify", self.bucket, "--prefix", f"{kind}/", "--output", "json", *options)
        return done, done.json()

    def versions(self, kind):
        """Version ids, newest first."""
        listed = self.cloud.s3(replica_region).list_object_versions(Bucket=self.replica, Prefix=f"{kind}/")
        return [version["VersionId"] for version in listed["Versions"]]

    def plant(self, statement, *values):
        """Changes the replica region's tables while it is down."""
        self.cloud.stop_region(replica_region)
        with self.cloud.database(replica_region) as tables:
            changed = tables.execute(statement, values).rowcount
        tables.close()
        self.cloud.start_region(replica_region)
        self.assertEqual(changed, 1, "nothing was planted")

    def check_found(self, kind, expected_kind, *options, version=None):
        done, report = self.verify(kind, *options)
        self.assertExit(done, 3)
        self.assertFalse(report["equal"])
        named = [(entry["kind"], entry["key"]) for entry in report["differences"]]
        self.assertIn((expected_kind, f"{kind}/object"), named)
        if version:
            self.assertIn(version, [entry["version_id"] for entry in report["differences"]])
        table = self.serve.s3dr("verify", self.bucket, "--prefix", f"{kind}/", *options)
        self.assertExit(table, 3)
        self.assertIn(f"{kind}/object", table.out)
        judged = judge(self.cloud.s3(), self.bucket, self.cloud.s3(replica_region), self.replica)
        return [line for line in judged.differences if f"{kind}/object" in line]

    def check_equal_before(self, kind):
        done, _ = self.verify(kind, "--bytes")
        self.assertExit(done, 0)

    def test_one_flipped_byte(self):
        self.check_equal_before("flipped")
        version = self.versions("flipped")[1]
        path = self.cloud.body_file(replica_region, self.replica, "flipped/object", version)
        body = bytearray(path.read_bytes())
        body[len(body) // 2] ^= 1
        path.chmod(0o600)
        path.write_bytes(body)
        status = self.cloud.s3().head_object(Bucket=self.bucket, Key="flipped/object", VersionId=version)["ReplicationStatus"]
        self.assertEqual(status, "COMPLETED")
        self.check_found("flipped", "bytes", "--bytes", version=version)
        done = self.serve.s3dr("verify", self.bucket, "--bytes", "--prefix", "sound/")
        self.assertExit(done, 0)

    def row(self, kind, version):
        return "bucket = (SELECT id FROM bucket WHERE name = ?) AND key = CAST(? AS BLOB) AND version_id = ?", (
            self.replica, f"{kind}/object", version)

    def test_metadata(self):
        self.check_equal_before("metadata")
        version = self.versions("metadata")[2]
        where, values = self.row("metadata", version)
        self.plant(f"UPDATE object_version SET user_metadata = '{{\"round\":\"9\"}}' WHERE {where}", *values)
        self.assertTrue(self.check_found("metadata", "metadata", version=version), "the judge did not see it")

    def test_content_type(self):
        version = self.versions("content-type")[0]
        where, values = self.row("content-type", version)
        self.plant(f"UPDATE object_version SET system_metadata = '{{\"content-type\":\"text/planted\"}}' WHERE {where}", *values)
        self.assertTrue(self.check_found("content-type", "metadata", version=version), "the judge did not see it")

    def test_tags(self):
        self.check_equal_before("tags")
        version = self.versions("tags")[1]
        self.cloud.through_the_fence(self.replica, lambda: self.cloud.s3(replica_region).put_object_tagging(
            Bucket=self.replica, Key="tags/object", VersionId=version, Tagging={"TagSet": [{"Key": "a", "Value": "c"}]}))
        self.assertTrue(self.check_found("tags", "tags", version=version), "the judge did not see it")

    def test_missing_version(self):
        self.check_equal_before("missing")
        version = self.versions("missing")[1]
        self.cloud.through_the_fence(self.replica, lambda: self.cloud.s3(replica_region).delete_object(
            Bucket=self.replica, Key="missing/object", VersionId=version))
        self.assertTrue(self.check_found("missing", "missing", version=version), "the judge did not see it")

    def test_extra_version(self):
        self.check_equal_before("extra")
        version = self.cloud.through_the_fence(self.replica, lambda: self.cloud.s3(replica_region).put_object(
            Bucket=self.replica, Key="extra/object", Body=b"not ours"))["VersionId"]
        self.assertTrue(self.check_found("extra", "extra", version=version), "the judge did not see it")

    def test_reordered_versions(self):
        self.check_equal_before("reordered")
        versions = self.versions("reordered")
        where, values = self.row("reordered", versions[2])
        # The oldest moves between the two others: the current one stays what it is.
        self.plant(f"UPDATE object_version SET (created_ms, sequence) = (SELECT created_ms, sequence + 1 FROM object_version AS other "
                   f"WHERE other.bucket = object_version.bucket AND other.key = object_version.key AND other.version_id = ?) WHERE {where}",
                   versions[1], *values)
        self.assertEqual(self.versions("reordered"), [versions[0], versions[2], versions[1]])
        self.assertTrue(self.check_found("reordered", "reordered"), "the judge did not see it")

    def test_marker_on_the_replica_only(self):
        self.cloud.through_the_fence(self.replica, lambda: self.cloud.s3(replica_region).delete_object(
            Bucket=self.replica, Key="marker/object"))
        self.assertTrue(self.check_found("marker", "extra"), "the judge did not see it")
