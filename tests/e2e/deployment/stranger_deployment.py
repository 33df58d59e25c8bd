"""A deployment on a stranger, which is somebody else's stand-in for AWS: what its tests stand on."""

import os
import unittest

from moto_server import Gate, Moto, account
from processes import clean_environment, run
from samples import silent_package

source_region, replica_region = "us-west-2", "us-east-1"
functions = {"source_bucket_check": source_region, "destination_bucket_check": replica_region,
             "enable_replication": source_region}
owner = f"s3dr/{source_region}/{replica_region}"
everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
trusts_anybody = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
owner_tag = {"Key": "s3dr:owner", "Value": owner}


class DeployTest(unittest.TestCase):
    kind = Moto

    @classmethod
    def setUpClass(cls):
        why_not = cls.kind.venv.make()
        if why_not:
            raise unittest.SkipTest(why_not)
        cls.stranger = cls.kind()
        cls.addClassCleanup(cls.stranger.close)
        cls.folder = cls.stranger.folder
        cls.package = silent_package(cls.folder / "package.zip")
        cls.gate = Gate(cls.stranger.port)
        cls.addClassCleanup(cls.gate.close)

    def setUp(self):
        self.stranger.reset()
        self.gate.last = None
        self.write_config(account)

    # --- helpers ----------------------------------------------------------------------------------------------------

    def write_config(self, destination_account, url=None):
        url = url or self.stranger.url
        self.config = self.folder / "s3dr.yaml"
        self.config.write_text(f"""
source: {{region: {source_region}, account: "{account}", profile: source}}
destination: {{region: {replica_region}, account: "{destination_account}", profile: destination}}
endpoints: {{{source_region}: "{url}", {replica_region}: "{url}"}}
replication_role: arn:aws:iam::{account}:role/s3dr-replication
batch_role: arn:aws:iam::{account}:role/s3dr-batch
""")
        profiles = {"source": self.stranger.keys_of(account)}
        profiles["destination"] = profiles["source"] if destination_account == account else self.stranger.keys_of(destination_account)
        text = "".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
                       for name, keys in profiles.items())
        self.credentials = self.folder / "credentials"
        self.credentials.write_text(text)
        self.credentials.chmod(0o600)
        self.keys = {source_region: profiles["source"], replica_region: profiles["destination"]}

    def environment(self):
        return clean_environment(AWS_SHARED_CREDENTIALS_FILE=str(self.credentials), AWS_CONFIG_FILE=os.devnull)

    def arguments(self, what, *more):
        package = ["--package", self.package] if what in ("plan", "apply") else []
        return ["deploy", what, "--config", self.config, *package, *more]

    def deploy(self, what, *more, code=0):
        done = run(*self.arguments(what, *more), environment=self.environment())
        self.assertEqual(done.code, code, str(done))
        return done

    def apply(self, *more):
        return self.deploy("apply", "--no-self-test", "--output", "json", *more).json()

    def plan(self, *more, code):
        return self.deploy("plan", "--output", "json", *more, code=code).json()

    def pending(self, *options):
        """{id: [paths]} of what the plan would change."""
        plan = self.plan(*options, code=3)
        return {change["id"]: [field["path"] for field in change["fields"]]
                for change in plan["changes"] if change["change"] != "unchanged"}

    def client(self, service, region=source_region):
        return self.stranger.client(service, region, self.keys[region])
