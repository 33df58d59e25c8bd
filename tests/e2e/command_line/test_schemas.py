"""The JSON of `status`, `plan`, `verify` and of errors is what docs/schema says: of the running program, and of the kept outputs of every
state (tests/data/golden). And docs/conditions.md and docs/glossary.md name every condition."""

import copy
import json
import subprocess
import unittest
from pathlib import Path

import pypi
from harness import CloudTest, replica_region

root = Path(__file__).resolve().parents[3]
golden = root / "tests" / "data" / "golden"


def schema(name):
    return json.loads((root / "docs" / "schema" / f"{name}.json").read_text())


def wrong(name, documents):
    """{name of the document: what is wrong with it}."""
    done = subprocess.run([pypi.jsonschema.python, Path(__file__).with_name("validate_json.py")],
                          input=json.dumps({"schema": schema(name), "documents": documents}), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kept(part):
    documents = {path.stem: json.loads(path.read_text()) for path in sorted(golden.glob("*.json"))}
    return {name: document[part] for name, document in documents.items() if part in document}


def types():
    return schema("status")["$defs"]["condition"]["properties"]["type"]["enum"]


class Kept(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        why_not = pypi.jsonschema.make()
        if why_not:
            raise unittest.SkipTest(why_not)

    def test_every_state_is_what_the_schema_says(self):
        for part in ("status", "plan"):
            documents = kept(part)
            self.assertGreater(len(documents), 20)
            self.assertEqual(wrong(part, documents), {})
            for document in documents.values():
                lists = [document["conditions"]] if part == "plan" else [one["conditions"] for one in document["protections"]]
                for conditions in lists:
                    self.assertEqual([one["type"] for one in conditions], types())
                    self.assertFalse([one for one in conditions if one["status"] == "unknown" and one["healthy"]])

    def test_a_planted_change_is_found(self):
        good = kept("status")["protected"]
        without, more, other = (copy.deepcopy(good) for _ in range(3))
        del without["protections"][0]["why"]
        more["protections"][0]["conditions"][0]["colour"] = "green"
        other["protections"][0]["conditions"][1]["status"] = "maybe"
        self.assertEqual(sorted(wrong("status", {"good": good, "without": without, "more": more, "other": other})),
                         ["more", "other", "without"])


class Words(unittest.TestCase):
    def test_every_condition_and_every_reason_is_explained(self):
        page = (root / "docs" / "conditions.md").read_text()
        self.assertEqual(schema("plan")["$defs"], schema("status")["$defs"])
        for word in types():
            self.assertIn(f"| `{word}` |", page)
        glossary = (root / "docs" / "glossary.md").read_text()
        self.assertEqual([word for word in types() if word not in glossary], [])
        reasons = {one["reason"] for part in ("status", "plan") for document in kept(part).values()
                   for conditions in ([document["conditions"]] if part == "plan" else [entry["conditions"] for entry in document["protections"]])
                   for one in conditions}
        self.assertGreater(len(reasons), 25)
        self.assertEqual(sorted(reason for reason in reasons if f"`{reason}`" not in page), [])


class Running(CloudTest):
    @classmethod
    def setUpClass(cls):
        why_not = pypi.jsonschema.make()
        if why_not:
            raise unittest.SkipTest(why_not)
        super().setUpClass()

    def output(self, *arguments):
        return self.serve.s3dr(*arguments, "--output", "json").json()

    def test_what_the_program_prints_is_what_the_schema_says(self):
        bucket = self.cloud.make_bucket("schemas")
        self.cloud.s3().put_object(Bucket=bucket, Key="one", Body=b"1")
        plans = {"untagged": self.output("plan", bucket), "as if tagged": self.output("plan", bucket, "--as-if-tagged"),
                 "rehearsed": self.output("protect", bucket, "--dry-run")}
        self.assertExit(self.serve.s3dr("protect", bucket, "--wait", "--timeout", "60s"), 0)
        plans["protected"] = self.output("plan", bucket)
        near = self.cloud.make_bucket("schemas-near")
        self.cloud.tag(near, DR="True")
        statuses = {"all": self.output("status"), "one": self.output("status", bucket), "near miss": self.output("status", near)}
        self.assertTrue(statuses["one"]["healthy"], statuses["one"])
        self.assertTrue(all(one["healthy"] for one in statuses["one"]["protections"][0]["conditions"]))
        runs = {"equal": self.output("verify", bucket), "one prefix": self.output("verify", bucket, "--prefix", "o", "--listing")}
        self.cloud.s3(replica_region).delete_bucket_replication(Bucket=self.cloud.replica_of(bucket))
        replica = self.cloud.replica_of(bucket)
        self.cloud.through_the_fence(
            replica, lambda: self.cloud.s3(replica_region).put_object(Bucket=replica, Key="planted", Body=b"2"))
        runs["different"] = self.output("verify", bucket)
        self.assertEqual(runs["different"]["differences_total"], 1)
        statuses["different"] = self.output("status", bucket)
        broken = [one["reason"] for one in statuses["different"]["protections"][0]["conditions"] if not one["healthy"]]
        self.assertEqual(broken, ["DifferencesFound", "DifferencesFound"], "Protected and Verified")
        errors = {"no such bucket": self.output("plan", "never-made"), "no such command": self.output("stattus"),
                  "no record": self.output("status", "never-made"), "no bucket": self.output("verify", "")}
        for name, documents in (("plan", plans), ("status", statuses), ("verify", runs), ("error", errors)):
            self.assertEqual(wrong(name, documents), {}, name)


if __name__ == "__main__":
    unittest.main()
