"""A replica's name that is taken. The test types what the program advises: every `next:` for a conflict, until it has led on."""

import re
import shlex

from harness import CloudTest, other_account, replica_region

commands = re.compile(r"\b(?:s3dr (?:protect|plan|verify|status) [^\s.;`)]+(?: --[a-z-]+(?: [A-Za-z0-9][^\s.;`)]*)?)*|aws s3api put-bucket-versioning [^)]+)")


class TakenNames(CloudTest):
    # Nothing is found by chance: only what wakes the controller is followed.
    serve_settings = {"serve": {"sweep_interval": "1h"}}

    def another_accounts(self, name):
        self.cloud.make_bucket(f"{name}-dr", replica_region, owner=other_account)

    def own_unversioned(self, name):
        self.cloud.make_bucket(f"{name}-dr", replica_region)

    def own_with_copies(self, name):
        there = self.cloud.s3(replica_region)
        self.cloud.make_bucket(f"{name}-dr", replica_region)
        there.put_bucket_versioning(Bucket=f"{name}-dr", VersioningConfiguration={"Status": "Enabled"})
        there.put_object(Bucket=f"{name}-dr", Key="first", Body=b"1")

    def another_sources(self, name):
        self.cloud.make_bucket(f"{name}-dr", replica_region)
        self.cloud.s3(replica_region).put_bucket_tagging(
            Bucket=f"{name}-dr", Tagging={"TagSet": [{"Key": "s3dr:replica-of", "Value": "111122223333/us-west-2/other"}]})

    def in_conflict(self, scenario, name):
        bucket = self.cloud.make_bucket(name)
        self.cloud.s3().put_object(Bucket=bucket, Key="first", Body=b"1")
        scenario(name)
        self.cloud.tag(bucket, dr="true")
        record = self.cloud.wait_state(bucket, "conflict")
        self.assertIn(f"{name}-dr", record["reason"])
        status = self.serve.s3dr("status", bucket)
        self.assertIn("conflict", status.out)
        return bucket

    def advised(self, done):
        """The commands in what is printed behind `next:`."""
        text = " ".join(line for line in (done.out + done.err).splitlines() if line.strip().startswith("next:"))
        found = commands.findall(text)
        self.assertTrue(found, f"no advice that can be typed:\n{done}")
        return found

    def type(self, command):
        words = shlex.split(command)
        if words[0] == "s3dr":
            return self.serve.s3dr(*words[1:])
        self.assertEqual(words[1:4:2], ["s3api", "--bucket"], command)
        self.cloud.s3(replica_region).put_bucket_versioning(Bucket=words[4], VersioningConfiguration={"Status": "Enabled"})
        return None

    def leads_on(self, scenario, name):
        """Follows each advised command in a world of its own; each has to end in a protection within a few steps."""
        advice = self.advised(self.serve.s3dr("plan", self.in_conflict(scenario, name)))
        for number, command in enumerate(advice):
            self.followed(scenario, f"{name}-{number}", lambda bucket, number=number: self.advised(self.serve.s3dr("plan", bucket))[number])
        return advice

    def followed(self, scenario, name, first):
        bucket = self.in_conflict(scenario, name)
        command, typed = first(bucket), []
        for _ in range(4):
            typed.append(command)
            done = self.type(command)
            if done is None:  # a step of the store's own: what was refused is typed again
                done = self.type(typed[-2])
            if done.code == 0:
                break
            command = self.advised(done)[0]
        self.assertExit(done, 0)
        record = self.cloud.wait_state(bucket, "verifying", holds=lambda now: now["last_difference"]) if typed[-1].endswith(
            f"--adopt {bucket}-dr") and scenario == self.own_with_copies else self.cloud.wait_state(bucket, "protected")
        self.assertEqual(self.cloud.rules(bucket)[0]["Destination"]["Bucket"].split(":::")[1], record["replica"]["bucket"], typed)

    def test_another_accounts_bucket(self):
        self.assertEqual(len(self.leads_on(self.another_accounts, "others")), 1)

    def test_an_own_bucket_without_versioning(self):
        self.assertEqual(len(self.leads_on(self.own_unversioned, "unversioned")), 2)

    def test_an_own_bucket_with_copies(self):
        self.assertEqual(len(self.leads_on(self.own_with_copies, "copies")), 2)

    def test_another_sources_replica(self):
        self.assertEqual(len(self.leads_on(self.another_sources, "marked")), 1)

    def test_before_the_bucket_is_tagged(self):
        bucket = self.cloud.make_bucket("untagged")
        self.another_accounts(bucket)
        refused = self.serve.s3dr("protect", bucket)
        self.assertExit(refused, 1)
        self.assertIsNone(self.cloud.record(bucket))
        for command in self.advised(refused):
            self.assertExit(self.type(command), 0)
        self.cloud.wait_state(bucket, "protected")

    def test_adoption_says_what_remains_and_how_it_is_cleared(self):
        bucket = self.in_conflict(self.own_with_copies, "remains")
        done = self.serve.s3dr("protect", bucket, "--adopt", "remains-dr")
        self.assertExit(done, 0)
        self.assertIn("remains-dr holds 1 version that remains does not have", " ".join(done.err.split()))
        self.cloud.wait_state(bucket, "verifying", holds=lambda now: now["last_difference"])
        found = self.serve.s3dr("verify", bucket, "--output", "json")
        self.assertExit(found, 3)
        there = self.cloud.s3(replica_region)
        for difference in found.json()["differences"]:
            self.assertEqual(difference["kind"], "extra")
            there.delete_object(Bucket="remains-dr", Key=difference["key"], VersionId=difference["version_id"])
        self.assertExit(self.serve.s3dr("verify", bucket), 0)
        self.cloud.wait_state(bucket, "protected")

    def test_adoption_of_an_empty_bucket_has_nothing_to_say(self):
        bucket = self.in_conflict(self.own_unversioned, "empty")
        self.cloud.s3(replica_region).put_bucket_versioning(Bucket="empty-dr", VersioningConfiguration={"Status": "Enabled"})
        done = self.serve.s3dr("protect", bucket, "--adopt", "empty-dr")
        self.assertExit(done, 0)
        self.assertNotIn("does not have", done.err)
        self.cloud.wait_state(bucket, "protected")
