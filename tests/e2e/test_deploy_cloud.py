"""`s3dr deploy` on the embedded cloud: installed from nothing, a second time without a change, removed without a trace. What
the deployed functions do is not looked at here."""

import unittest
import zipfile

from harness import Cloud, account, replica_region, source_region
from processes import clean_environment, run


class DeployOnTheCloud(unittest.TestCase):
    def setUp(self):
        self.cloud = Cloud()
        self.addCleanup(self.cloud.close)
        self.package = self.cloud.folder / "package.zip"
        with zipfile.ZipFile(self.package, "w") as package:
            package.writestr("bootstrap", "#!/bin/sh\n")
        data = self.cloud.data
        self.environment = clean_environment(AWS_SHARED_CREDENTIALS_FILE=str(data / "aws" / "credentials"),
                                             AWS_CONFIG_FILE=str(data / "aws" / "config"), AWS_CA_BUNDLE=str(data / "ca.pem"))

    def deploy(self, what, *more, code=0):
        package = ["--package", self.package] if what in ("plan", "apply") else []
        done = run("deploy", what, "--config", self.cloud.data / "s3dr.yaml", "--output", "json", *package, *more,
                   environment=self.environment)
        self.assertEqual(done.code, code, str(done))
        return done.json()

    def test_from_nothing_twice_and_gone(self):
        # Alarms on queries are not there yet: the embedded cloud answers 501 to them.
        self.assertEqual(self.deploy("apply", "--no-alarms", "--no-self-test")["created"], 30)
        self.assertEqual(self.deploy("apply", "--no-alarms", "--no-self-test")["changes"], 0)
        self.assertFalse([change for change in self.deploy("plan", "--no-alarms")["changes"] if change["change"] != "unchanged"])
        status = self.deploy("status")
        self.assertTrue(status["healthy"])
        self.assertTrue(status["trail"]["usable"])
        # Other settings: each field they change is named, and brought about.
        changed = self.deploy("plan", "--no-alarms", "--memory", "512", "--sweep", "10m", code=3)["changes"]
        self.assertEqual({change["id"]: [field["path"] for field in change["fields"]] for change in changed if change["fields"]},
                         {f"function {source_region} s3dr-source_bucket_check": ["memory_mib"],
                          f"function {replica_region} s3dr-destination_bucket_check": ["memory_mib"],
                          f"function {source_region} s3dr-enable_replication": ["memory_mib"],
                          f"rule {source_region} s3dr-sweep": ["schedule"]})
        self.assertEqual(self.deploy("apply", "--no-alarms", "--no-self-test", "--memory", "512", "--sweep", "10m")["updated"], 4)
        self.assertEqual(self.deploy("destroy")["removed"], 28)
        left = [change for change in self.deploy("plan", "--no-alarms", code=3)["changes"] if change["change"] == "unchanged"]
        self.assertEqual({change["id"] for change in left},
                         {f"bucket {replica_region} s3dr-control-{account}-{replica_region}",
                          f"bucket {source_region} s3dr-reports-{account}-{source_region}"})
        self.assertEqual(self.deploy("destroy", "--delete-own-buckets")["removed"], 2)


if __name__ == "__main__":
    unittest.main()
