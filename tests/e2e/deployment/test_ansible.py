"""`deploy/ansible/`: the playbook against the embedded cloud and against moto, with real Ansible. It makes what `s3dr deploy` declares,
no more and no less: after it `s3dr deploy plan` finds every resource as declared, field by field, role policies included. So the two
cannot drift apart. A change planted in a copy of the role is found by that comparison."""

import contextlib
import json
import shutil
import unittest

import ansible_runs
import pypi
from harness import Cloud, account, configuration, full, limit, other_account, replica_region, source_region
from moto_server import Moto
from processes import clean_environment, run
from samples import silent_package


class Playbook:
    """One release of Ansible, and a place to deploy to."""

    release = ""
    destination = account
    resources = 43

    def setUp(self):
        why_not = ansible_runs.venvs[self.release].make()
        if why_not:
            self.skipTest(why_not)
        self.prepare()

    def prepare(self):
        """An embedded cloud, and the roles that the playbook assumes there."""
        self.cloud = Cloud()
        self.addCleanup(self.cloud.close)
        self.package = silent_package(self.cloud.folder / "package.zip")
        self.environment = self.cloud.profiles_environment(AWS_CA_BUNDLE=self.cloud.ca)
        endpoints = {region: f"https://127.0.0.1:{self.cloud.ports[region]['https']}" for region in (source_region, replica_region)}
        self.config = self.cloud.data / "ansible.yaml"
        destination_profile = f"s3dr-{self.destination}-{replica_region}"
        self.config.write_text(json.dumps(configuration(
            self.cloud, "127.0.0.1:0", endpoints=endpoints, tls=True,
            settings={"destination": {"account": self.destination, "profile": destination_profile}})))
        self.variables = {
            "s3dr_source_region": source_region, "s3dr_destination_region": replica_region, "s3dr_package": self.package,
            "s3dr_source_account": account, "s3dr_destination_account": self.destination,
            "s3dr_source_role_arn": self.deployer(account), "s3dr_destination_role_arn": self.deployer(self.destination),
            "s3dr_source_profile": f"s3dr-{account}-{source_region}", "s3dr_destination_profile": destination_profile,
            "s3dr_source_endpoint_url": endpoints[source_region], "s3dr_destination_endpoint_url": endpoints[replica_region],
            "s3dr_ca_bundle": self.cloud.ca, "s3dr_settle_delay": 1}

    def deployer(self, owner):
        """Makes the role that the playbook assumes in the account, if it is not there."""
        iam = self.cloud.client("iam", source_region, owner)
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{owner}:root"}, "Action": "sts:AssumeRole"}]}
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(trust))
            iam.put_role_policy(RoleName="deployer", PolicyName="all", PolicyDocument=json.dumps(everything))
        return f"arn:aws:iam::{owner}:role/deployer"

    def play(self, **more):
        playbook = more.pop("playbook", ansible_runs.folder / "s3dr.yml")
        played = ansible_runs.play(self.release, self.variables | more, self.environment, playbook)
        self.assertEqual((played.done.code, played.failed), (0, 0), str(played))
        return played

    def s3dr(self, what, *more, code=0):
        done = run("deploy", what, "--config", self.config, "--package", self.package, "--output", "json", *more,
                   environment=self.environment)
        self.assertEqual(done.code, code, str(done))
        return done.json()

    def plan(self, code=0):
        """What `s3dr deploy` would change."""
        return {change["id"]: change for change in self.s3dr("plan", code=code)["changes"]}

    def differences(self, code):
        return {name: [field["path"] for field in change["fields"]] or change["change"]
                for name, change in self.plan(code).items() if change["change"] != "unchanged"}

    @limit(900)
    def test_everything_is_as_s3dr_deploy_declares_it(self):
        first = self.play()
        self.assertGreater(len(first.changes), 42, str(first))
        self.assertEqual(self.differences(0), {}, str(first))
        self.assertEqual(len(self.plan()), self.resources)
        second = self.play()
        self.assertEqual((second.changed, second.changes), (0, []), str(second))


class AnsibleCurrent(Playbook, unittest.TestCase):
    release = "current"

    @unittest.skipUnless(full, "runs with S3DR_TEST_FULL=1")
    @limit(900)
    def test_a_planted_drift_is_found(self):
        """On what `s3dr deploy` has made, a role with one action more and another setting changes these and nothing else, and
        `s3dr deploy` sees it."""
        self.s3dr("apply", "--no-self-test")
        copy = self.cloud.folder / "playbook"
        shutil.copytree(ansible_runs.folder, copy)
        statements = copy / "roles" / "s3dr" / "vars" / "main" / "statements.yml"
        text = statements.read_text()
        records = 'Sid: Records\n    Effect: Allow\n    Action: ["s3:GetObject", "s3:PutObject"]'
        self.assertEqual(text.count(records), 1)
        statements.write_text(text.replace(records, records.replace("[", '["s3:DeleteObject", ')))
        played = self.play(playbook=copy / "s3dr.yml", s3dr_sweep_minutes=6)
        self.assertEqual(len(played.changes), 4, str(played))
        found = self.differences(3)
        self.assertEqual(set(found), {f"function {source_region} s3dr-source_bucket_check",
                                      f"role {source_region} s3dr-source_bucket_check",
                                      f"role {source_region} s3dr-enable_replication",
                                      f"role {replica_region} s3dr-destination_bucket_check"})
        self.assertEqual(found[f"function {source_region} s3dr-source_bucket_check"], ["environment.S3DR_SWEEP_MINUTES"])


@unittest.skipUnless(full, "runs with S3DR_TEST_FULL=1")
class AnsibleOfDebian12(Playbook, unittest.TestCase):
    release = "5.5"

    @limit(900)
    def test_what_is_another_accounts_is_refused(self):
        taken = self.cloud.make_bucket(f"s3dr-control-{account}-{replica_region}", replica_region, other_account)
        played = ansible_runs.play(self.release, self.variables, self.environment)
        self.assertEqual((played.done.code, played.failed), (2, 1), str(played))
        self.assertIn(f"the bucket {taken} is not of account {account} in {replica_region}", played.done.out)
        self.assertEqual(self.cloud.client("lambda", source_region).list_functions()["Functions"], [])
        wrong = self.variables | {"s3dr_source_account": other_account}
        played = ansible_runs.play(self.release, wrong, self.environment)
        self.assertEqual((played.done.code, played.failed, played.changed), (2, 1, 0), str(played))
        self.assertIn(f"the credentials of the source side are of account {account}, not {other_account}", played.done.out)


@unittest.skipUnless(full, "runs with S3DR_TEST_FULL=1")
class AnsibleAcrossAccounts(Playbook, unittest.TestCase):
    release = "current"
    destination = other_account
    resources = 46  # with the roles that the functions take on in the other account


@unittest.skipUnless(full, "runs with S3DR_TEST_FULL=1")
class AnsibleOnMoto(Playbook, unittest.TestCase):
    """Another judge than our own cloud. moto keeps everything the playbook makes; it enforces no policy and runs no function, and what
    it would not take or tell as AWS does is put right in moto_server.py."""

    release = "current"

    def prepare(self):
        """moto, and keys of a role that it takes for there."""
        why_not = pypi.moto.make()
        if why_not:
            self.skipTest(why_not)
        moto = Moto()
        self.addCleanup(moto.close)
        self.package = silent_package(moto.folder / "package.zip")
        keys = moto.keys_of(account)
        self.environment = clean_environment(HOME=str(moto.folder), AWS_EC2_METADATA_DISABLED="true",
                                             **{name.upper(): value for name, value in keys.items()})
        self.config = moto.folder / "s3dr.yaml"
        self.config.write_text(json.dumps({
            "source": {"region": source_region, "account": account}, "destination": {"region": replica_region, "account": account},
            "endpoints": {region: moto.url for region in (source_region, replica_region)},
            "replication_role": f"arn:aws:iam::{account}:role/s3dr-replication",
            "batch_role": f"arn:aws:iam::{account}:role/s3dr-batch"}))
        self.variables = {
            "s3dr_source_region": source_region, "s3dr_destination_region": replica_region, "s3dr_package": self.package,
            "s3dr_role_arn": f"arn:aws:iam::{account}:role/deployer", "s3dr_settle_delay": 1,
            "s3dr_source_endpoint_url": moto.url, "s3dr_destination_endpoint_url": moto.url}


class AnsibleLint(unittest.TestCase):
    def test_nothing_is_found(self):
        why_not = ansible_runs.venvs["current"].make()
        if why_not:
            self.skipTest(why_not)
        done = ansible_runs.lint()
        self.assertEqual((done.code, done.out), (0, ""), str(done))


if __name__ == "__main__":
    unittest.main()
