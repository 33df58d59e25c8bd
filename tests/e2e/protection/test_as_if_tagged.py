"""What protecting a bucket would do is said before anybody tags it: `plan --as-if-tagged`, `protect --dry-run`. Neither writes anything
(counted at the cloud), and what they say comes true."""

from harness import CloudTest, other_account, replica_region, source_region


class AsIfTagged(CloudTest):
    def setUp(self):
        self.since = {}

    def mark(self):
        self.since = {region: self.cloud.access_position(region) for region in (source_region, replica_region)}

    def assert_nothing_was_written(self, *names):
        """Requests about these buckets since mark()."""
        writes = [entry for region, position in self.since.items()
                  for entry in self.cloud.access(region, position)
                  if entry["method"] not in ("GET", "HEAD") and any(name in str(entry) for name in names)]
        self.assertEqual(writes, [])

    def both(self, bucket, *more):
        """What the two commands print. They agree on what would be done."""
        self.mark()
        planned = self.serve.s3dr("plan", bucket, "--as-if-tagged", "--output", "json")
        rehearsed = self.serve.s3dr("protect", bucket, "--dry-run", *more, "--output", "json")
        self.assert_nothing_was_written(bucket, f"{bucket}-dr")
        return planned, rehearsed

    def test_the_steps_are_said_and_come_true(self):
        bucket = self.cloud.make_bucket("someday")
        self.cloud.s3().put_object(Bucket=bucket, Key="first", Body=b"1")
        planned, rehearsed = self.both(bucket)
        self.assertExit(planned, 3)
        self.assertExit(rehearsed, 3)
        self.assertEqual(planned.json()["actions"], rehearsed.json()["actions"])
        self.assertEqual(planned.json()["as_if_tagged"], "dr=true")
        steps = [action["what"] for action in planned.json()["actions"]]
        self.assertTrue(any("someday-dr" in step for step in steps), steps)
        text = self.serve.s3dr("plan", bucket, "--as-if-tagged").out
        self.assertTrue(text.startswith("AS IF TAGGED dr=true: "), text)
        self.assertIn("nothing was written", text)
        # Without the flag the plan is that of an untagged bucket.
        self.assertExit(self.serve.s3dr("plan", bucket), 0)
        self.cloud.tag(bucket, dr="true")
        self.assertEqual(self.cloud.wait_state(bucket, "protected")["replica"]["bucket"], "someday-dr")

    def test_a_taken_name_is_a_conflict_before_anybody_tags(self):
        for name, owner in (("taken-ours", None), ("taken-theirs", other_account)):
            self.cloud.make_bucket(name)
            self.cloud.make_bucket(f"{name}-dr", replica_region, **({"owner": owner} if owner else {}))
            planned, rehearsed = self.both(name)
            self.assertIn(planned.code, (1, 3), str(planned))
            said = planned.json()
            self.assertTrue([action for action in said["actions"] if action["kind"] == "ask_a_person"]
                            or said["state"] == "conflict", said)
            self.assertIn(f"{name}-dr", planned.out)
            self.assertExit(rehearsed, 1)
            self.assertIn("next:", rehearsed.err)
            self.assertIsNone(self.cloud.record(name))

    def test_an_instruction_is_rehearsed_as_if_it_were_there(self):
        """The answer to `next: s3dr protect B --adopt R` is not that same advice again."""
        for name, instruction in (("adopted", ["--adopt", "adopted-dr"]), ("elsewhere", ["--new-replica"])):
            self.cloud.make_bucket(name)
            self.cloud.make_bucket(f"{name}-dr", replica_region)
            self.cloud.s3(replica_region).put_bucket_versioning(Bucket=f"{name}-dr", VersioningConfiguration={"Status": "Enabled"})
            _, rehearsed = self.both(name, *instruction)
            self.assertExit(rehearsed, 3)
            said = rehearsed.json()
            self.assertNotEqual(said["state"], "conflict", said)
            self.assertEqual([action for action in said["actions"] if action["kind"] == "ask_a_person"], [], said)
            self.assertIsNone(self.cloud.record(name))
            self.assertExit(self.serve.s3dr("protect", name, *instruction), 0)
            self.cloud.wait_state(name, "protected")

    def test_what_adoption_does_not_solve_is_refused_before_anything_is_written(self):
        """A rule of the old kind stays, whichever bucket is adopted."""
        name = self.cloud.make_bucket("old-kind")
        for bucket, region in ((f"{name}-dr", replica_region), ("elsewhere-old", replica_region)):
            self.cloud.make_bucket(bucket, region)
            self.cloud.s3(region).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        source = self.cloud.s3()
        source.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        source.put_bucket_replication(Bucket=name, ReplicationConfiguration={
            "Role": "arn:aws:iam::111122223333:role/s3dr-replication",
            "Rules": [{"ID": "theirs", "Prefix": "", "Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::elsewhere-old"}}]})
        self.mark()
        refused = self.serve.s3dr("protect", name, "--adopt", f"{name}-dr")
        self.assertExit(refused, 1)
        self.assertIn("of the old kind (V1", refused.err)
        self.assert_nothing_was_written(name)
        self.assertIsNone(self.cloud.record(name))

    def test_what_can_never_be_protected_is_refused(self):
        absent = self.serve.s3dr("protect", "never-made", "--dry-run")
        self.assertExit(absent, 1)
        self.assertIn("there is no such bucket", absent.err)
        self.assertExit(self.serve.s3dr("plan", "never-made", "--as-if-tagged"), 1)
        self.assertExit(self.serve.s3dr("protect", "never-made", "--dry-run", "--wait"), 2)

    def test_a_missing_right_is_said(self):
        """The caller may see the source only: the other side is unknown, and not shown as fine."""
        bucket = self.cloud.make_bucket("half-seen")
        broken = self.serve.config.with_name("half.yaml")
        text = self.serve.config.read_text().replace(f"s3dr-111122223333-{replica_region}", f"s3dr-444455556666-{replica_region}")
        self.assertNotEqual(text, self.serve.config.read_text())
        broken.write_text(text)
        done = self.serve.s3dr("plan", bucket, "--as-if-tagged", "--config", broken)
        self.assertExit(done, 1)
        self.assertIn("failed (denied)", done.out)
