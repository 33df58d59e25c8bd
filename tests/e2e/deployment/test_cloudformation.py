"""deploy/cloudformation against the declaration: cfn-lint has nothing to say, every field of every resource is the same in both,
a planted difference is named, and moto makes of the templates what they say."""

import copy
import json
import os
import unittest

import pypi
from moto_server import Moto, account, other_account
from harness import limit
from processes import clean_environment, run, run_command
from samples import silent_package

try:
    import cloudformation
    import cloudformation_resources as resources
    no_yaml = ""
except ImportError as missing:
    no_yaml = f"no PyYAML: {missing}"

source_region, replica_region = "us-west-2", "us-east-1"
# moto makes nothing of these; it takes a stack that has them, but what they ask for is never there.
unknown_to_moto = {"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy", "AWS::SNS::Subscription",
                   "AWS::Lambda::EventInvokeConfig", "AWS::CloudWatch::Alarm", "AWS::CloudTrail::Trail"}
# Where a template says something that the declaration does not: nothing can differ there.
of_templates_only = ("Code", "Id")


def stack(template, side, destination_account=account, **parameters):
    """The stack that a template makes. Its parameters have the same values in all tests, unless they are given."""
    parameters = {"PackageBucket": "code", "PackageKey": "s3dr/1.zip", "DestinationStack": "ready"} | parameters
    known = template.get("Parameters", {})
    region = source_region if side == "source" else replica_region
    # The pending stack stands in the source's account, where S3 publishes the metric.
    owner = destination_account if side == "destination" else account
    return cloudformation.Stack(template, {name: value for name, value in parameters.items() if name in known}, region, owner)


def printed(*arguments):
    done = run(*arguments)
    assert done.code == 0, str(done)
    return done


def translated(*stacks):
    found = {}
    for one in stacks:
        for key, properties in resources.Translation(one).found.items():
            assert key not in found, key
            found[key] = properties
    return found


class OnMoto(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        why_not = no_yaml or pypi.moto.make()
        if why_not:
            raise unittest.SkipTest(why_not)
        cls.moto = Moto()
        cls.addClassCleanup(cls.moto.close)
        cls.folder = cls.moto.folder
        cls.package = silent_package(cls.folder / "package.zip")
        cls.keys = {of: cls.moto.keys_of(of) for of in (account, other_account)}
        cls.endpoints = json.dumps({source_region: cls.moto.url, replica_region: cls.moto.url}, separators=(",", ":"))

    # --- the declaration ----------------------------------------------------------------------------------------------

    def configure(self, destination_account=account, more=""):
        """Writes s3dr.yaml and the keys that go with it."""
        self.config = self.folder / "s3dr.yaml"
        self.config.write_text(f"""
source: {{region: {source_region}, account: "{account}", profile: source}}
destination: {{region: {replica_region}, account: "{destination_account}", profile: destination}}
endpoints: {{{source_region}: "{self.moto.url}", {replica_region}: "{self.moto.url}"}}
{more}""")
        profiles = {"source": self.keys[account], "destination": self.keys[destination_account]}
        self.credentials = self.folder / "credentials"
        self.credentials.write_text("".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
                                            for name, keys in profiles.items()))
        self.credentials.chmod(0o600)
        self.destination_account = destination_account

    def declaration(self, *options):
        """What `s3dr deploy plan` says is declared."""
        done = run("deploy", "plan", "--config", self.config, "--package", self.package, "--output", "json", *options,
                   environment=clean_environment(AWS_SHARED_CREDENTIALS_FILE=str(self.credentials), AWS_CONFIG_FILE=os.devnull))
        self.assertEqual(done.code, 3, str(done))
        return resources.declared(done.json())

    def sides(self):
        return ("source", "destination") if self.destination_account == account else ("source", "destination", "pending")

    def template(self, side, *options):
        """What `s3dr deploy template` prints. Both forms say the same, as a YAML reader of somebody else's reads them."""
        given = ("deploy", "template", "--config", self.config, "--side", side, *options)
        text = printed(*given).out
        # A template of more bytes has to be put into a bucket first.
        self.assertLess(len(text), 51_200)
        template = cloudformation.read(text)
        self.assertEqual(template, printed(*given, "--output", "json").json())
        return template

    def stacks(self, *options, **parameters):
        return {side: stack(self.template(side, *options), side, self.destination_account, **parameters) for side in self.sides()}

    def expect_the_same(self, *options, **parameters):
        made = translated(*self.stacks(*options, **parameters).values())
        self.assertEqual(resources.differences(made, self.declaration(*options)), [])
        return made


class ComparedWithTheDeclaration(OnMoto):
    def test_one_account(self):
        self.configure()
        self.assertEqual(len(self.expect_the_same()), 43)

    def test_two_accounts_and_every_setting(self):
        self.configure(other_account, """
match_tags: {dr: "true", tier: gold}
replica_name: "dr-{bucket}"
replica_namespace: account-regional
delete_markers: false
control_bucket: our-records
reports_bucket: our-reports
""")
        made = self.expect_the_same("--create-trail", "--name-prefix", "dr-2", "--memory", "512", "--timeout", "1m", "--sweep", "1m",
                                    "--log-retention", "90d", "--architecture", "arm64")
        self.assertEqual(len(made), 50)

    def test_without_alarms(self):
        self.configure()
        made = self.expect_the_same("--no-alarms", "--sweep", "10m")
        self.assertFalse([key for key in made if key.startswith("alarm")])

    def test_a_bucket_that_exists_is_not_made_again(self):
        self.configure()
        made = translated(*self.stacks(CreateControlBucket="no", CreateReportsBucket="no").values())
        self.assertFalse([key for key in made if key.startswith("bucket")])

    def test_a_stack_that_there_is_not(self):
        self.configure()
        for side, said in (("pending", "has no pending stack"), ("both", "--side is source or destination")):
            done = run("deploy", "template", "--config", self.config, "--side", side)
            self.assertNotEqual(done.code, 0)
            self.assertIn(said, done.err)
            self.assertEqual(done.out, "")

    def test_a_planted_difference_is_named(self):
        """Every value in every resource of both templates, one at a time: changed in a copy, and named by the comparison."""
        self.configure()
        declared = self.declaration("--create-trail")
        planted = {}
        stacks = self.stacks("--create-trail")
        for side, one in stacks.items():
            others = translated(*(other for name, other in stacks.items() if name != side))
            for logical, body in one.resources.items():
                for path in leaves(body["Properties"]):
                    if path[0] in of_templates_only or path[-1] in of_templates_only and path[0] == "Metrics":
                        continue
                    changed = copy.copy(one)
                    changed.resources = one.resources | {logical: copy.deepcopy(body)}
                    change(changed.resources[logical]["Properties"], path)
                    self.assertTrue(self.refused(changed, others, declared), f"{logical}: {path} was changed, unnoticed")
                    planted[body["Type"]] = planted.get(body["Type"], 0) + 1
                changed = copy.copy(one)
                changed.resources = {name: kept for name, kept in one.resources.items() if name != logical}
                self.assertTrue(self.refused(changed, others, declared), f"{logical} was removed, unnoticed")
        self.assertEqual(len(planted), 15, planted)
        print(f"        {sum(planted.values())} planted differences, all named; by type: {planted}")

    def refused(self, changed, others, declared):
        try:
            return resources.differences(translated(changed) | others, declared)
        except (resources.Untranslated, AssertionError, KeyError) as refusal:
            return repr(refusal)


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def change(value, path):
    for step in path[:-1]:
        value = value[step]
    old = value[path[-1]]
    value[path[-1]] = (not old) if isinstance(old, bool) else old + 1 if isinstance(old, int) else old + "x"


examples = [path.parent for path in sorted(cloudformation.folder.glob("*/s3dr.yaml"))]


class Examples(unittest.TestCase):
    """The files of deploy/cloudformation, which `s3dr deploy template` wrote."""

    def setUp(self):
        if no_yaml:
            self.skipTest(no_yaml)

    def test_the_files_are_what_the_command_writes_byte_for_byte(self):
        self.assertEqual([path.name for path in examples], ["one-account", "two-accounts"])
        for folder in examples:
            files = sorted(path for path in folder.glob("*.yaml") if path.name != "s3dr.yaml")
            self.assertEqual(len(files), 2 if folder.name == "one-account" else 3)
            for path in files:
                written = printed("deploy", "template", "--config", folder / "s3dr.yaml", "--side", path.stem).out
                if os.environ.get("S3DR_WRITE_GOLDEN"):
                    path.write_text(written)
                self.assertEqual(path.read_text(), written, path)

    @limit(300)  # installs cfn-lint, which then reads a large specification
    def test_cfn_lint_has_nothing_to_say(self):
        why_not = pypi.cfn_lint.make()
        if why_not:
            self.skipTest(why_not)
        files = [path for folder in examples for path in folder.glob("*.yaml") if path.name != "s3dr.yaml"]
        for folder in examples:
            files.append(pypi.cfn_lint.folder / f"trail-{folder.name}.yaml")
            files[-1].write_text(printed("deploy", "template", "--config", folder / "s3dr.yaml", "--side", "source", "--create-trail").out)
        done = run_command([pypi.cfn_lint.program("cfn-lint"), *files])
        self.assertEqual((done.code, done.out), (0, ""), str(done))
        # It would say something: a property that the type does not have.
        wrong = pypi.cfn_lint.folder / "wrong.yaml"
        wrong.write_text(files[0].read_text().replace("MessageRetentionPeriod", "MessageRetention", 1))
        self.assertIn("MessageRetention", run_command([pypi.cfn_lint.program("cfn-lint"), wrong]).out)

    def test_the_first_source_stack_of_two_names_no_role_of_the_other_side_and_starts_nothing(self):
        accounts = {"one-account": "111122223333", "two-accounts": "444455556666"}
        for folder in examples:
            template = cloudformation.load(folder / "source.yaml")
            whole = stack(template, "source")
            roles = f":{accounts[folder.name]}:role/s3dr-destination_bucket_check"
            # Within one account no policy names a role of the other side; with two the next line can fail.
            self.assertEqual(bool(principals(whole, roles)), folder.name == "two-accounts")
            self.assertTrue([body for body in whole.resources.values() if body["Type"] == "AWS::Events::Rule"])
            if folder.name == "one-account":
                self.assertNotIn("DestinationStack", template["Parameters"])
                continue
            first = stack(template, "source", DestinationStack="missing")
            self.assertEqual(principals(first, roles), [])
            self.assertFalse([body for body in first.resources.values() if body["Type"] == "AWS::Events::Rule"])

    def test_whatever_a_resource_needs_is_in_its_stack(self):
        for folder in examples:
            for path in folder.glob("*.yaml"):
                if path.name == "s3dr.yaml":
                    continue
                made = cloudformation.load(path)["Resources"]
                for logical, body in made.items():
                    self.assertLessEqual(set(body.get("DependsOn", [])), made.keys(), logical)
                # What lets events in comes last.
                for body in made.values():
                    if body["Type"] == "AWS::Events::Rule":
                        handlers = {logical for logical, other in made.items() if other["Type"] in (
                            "AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig", "AWS::SNS::Subscription")}
                        self.assertLessEqual(handlers, set(body["DependsOn"]))

    def test_the_page_tells_what_a_template_cannot_say(self):
        page = (cloudformation.folder / "README.md").read_text()
        section = page[page.index("## What a template cannot say"):]
        rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
        self.assertEqual(rows, [f"| {kind} | `{field}` | {why} |" for (kind, field), why in resources.not_expressible.items()])


def principals(of_stack, roles):
    return [path for body in of_stack.resources.values() for path, value in with_values(body)
            if "Principal" in path and str(value).endswith(roles)]


def with_values(value):
    for path in leaves(value):
        found = value
        for step in path:
            found = found[step]
        yield path, found


class DeployedOnMoto(OnMoto):
    """Without the types that moto does not know (`unknown_to_moto`)."""

    def deploy(self, side, region):
        template = self.template(side)
        known = {logical: body for logical, body in template["Resources"].items() if body["Type"] not in unknown_to_moto}
        for body in known.values():
            body["DependsOn"] = [one for one in body.pop("DependsOn", []) if one in known]
        client = self.client("cloudformation", region)
        parameters = {"PackageBucket": f"code-{region}", "PackageKey": "1.zip"}
        client.create_stack(StackName="s3dr", TemplateBody=json.dumps(template | {"Resources": known}),
                            Capabilities=["CAPABILITY_NAMED_IAM"],
                            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
        self.assertEqual(client.describe_stacks(StackName="s3dr")["Stacks"][0]["StackStatus"], "CREATE_COMPLETE")

    def client(self, service, region=source_region):
        return self.moto.client(service, region, self.keys[account])

    def test_boto3_finds_what_the_stacks_made(self):
        for region in (source_region, replica_region):
            where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self.client("s3", region).create_bucket(Bucket=f"code-{region}", **where)
            self.client("s3", region).put_object(Bucket=f"code-{region}", Key="1.zip", Body=self.package.read_bytes())
        self.configure()
        self.deploy("source", source_region)
        self.deploy("destination", replica_region)
        owner = f"s3dr/{source_region}/{replica_region}"
        functions = {"source_bucket_check": source_region, "enable_replication": source_region,
                     "destination_bucket_check": replica_region}
        iam = self.client("iam")
        self.assertEqual({role["RoleName"] for role in iam.list_roles()["Roles"]},
                         {f"s3dr-{name}" for name in (*functions, "replication", "batch")})
        for function, region in functions.items():
            name = f"s3dr-{function}"
            live = self.client("lambda", region).get_function(FunctionName=name)
            self.assertEqual(live["Configuration"]["Role"], f"arn:aws:iam::{account}:role/{name}")
            self.assertEqual(live["Configuration"]["Environment"]["Variables"]["S3DR_FUNCTION"], function)
            self.assertEqual(iam.list_role_tags(RoleName=name)["Tags"], [{"Key": "s3dr:owner", "Value": owner}])
            policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
            self.assertEqual(sorted(policies), ["calls", "host"])
            [group] = self.client("logs", region).describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
            self.assertEqual(group["retentionInDays"], 30)
        lambda_ = self.client("lambda")
        statements = json.loads(lambda_.get_policy(FunctionName="s3dr-source_bucket_check")["Policy"])["Statement"]
        self.assertEqual({statement["Condition"]["ArnLike"]["AWS:SourceArn"].split("/")[-1] for statement in statements},
                         {"s3dr-bucket-events", "s3dr-tag-changes", "s3dr-bucket-checks", "s3dr-sweep"})
        events = self.client("events")
        self.assertEqual({rule["Name"] for rule in events.list_rules()["Rules"]},
                         {"s3dr-bucket-events", "s3dr-tag-changes", "s3dr-bucket-checks", "s3dr-sweep"})
        pattern = json.loads(events.describe_rule(Name="s3dr-bucket-events")["EventPattern"])
        self.assertEqual(pattern["detail"]["errorCode"], [{"exists": False}])
        for region, topic in ((source_region, "enable_replication"), (replica_region, "destination_bucket_check")):
            queues = self.client("sqs", region).list_queues()["QueueUrls"]
            self.assertEqual([url.split("/")[-1] for url in queues], ["s3dr-dead-letters"])
            topics = self.client("sns", region).list_topics()["Topics"]
            self.assertEqual([one["TopicArn"] for one in topics], [f"arn:aws:sns:{region}:{account}:s3dr-{topic}"])
        for bucket, region in ((f"s3dr-reports-{account}-{source_region}", source_region),
                               (f"s3dr-control-{account}-{replica_region}", replica_region)):
            location = self.client("s3", region).get_bucket_location(Bucket=bucket)["LocationConstraint"]
            self.assertEqual(location, None if region == "us-east-1" else region)


if __name__ == "__main__":
    unittest.main()
