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


def template(side):
    return cloudformation.load(cloudformation.folder / f"{side}.yaml")


def stack(side, destination_account=account, **more):
    """The stack of that side; of the parameters in `more`, those that the side has."""
    given = template(side)
    package = {"PackageBucket": "code", "PackageKey": "s3dr/1.zip"}
    if side == "source":
        place, other = (source_region, account), {"DestinationRegion": replica_region, "DestinationAccount": destination_account,
                                                  "DestinationStack": "ready"}
    else:
        # pending.yaml stands in the source's account, where S3 publishes the metric.
        owner = account if side == "pending" else destination_account
        place, other = (replica_region, owner), {"SourceRegion": source_region, "SourceAccount": account}
    parameters = {name: value for name, value in (package | other | more).items() if name in given["Parameters"]}
    return cloudformation.Stack(given, parameters, *place)


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

    def declaration(self, *options, destination_account=account, more=""):
        """What `s3dr deploy plan` says is declared."""
        config = self.folder / "s3dr.yaml"
        config.write_text(f"""
source: {{region: {source_region}, account: "{account}", profile: source}}
destination: {{region: {replica_region}, account: "{destination_account}", profile: destination}}
endpoints: {{{source_region}: "{self.moto.url}", {replica_region}: "{self.moto.url}"}}
{more}""")
        profiles = {"source": self.keys[account], "destination": self.keys[destination_account]}
        credentials = self.folder / "credentials"
        credentials.write_text("".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
                                       for name, keys in profiles.items()))
        credentials.chmod(0o600)
        done = run("deploy", "plan", "--config", config, "--package", self.package, "--output", "json", *options,
                   environment=clean_environment(AWS_SHARED_CREDENTIALS_FILE=str(credentials), AWS_CONFIG_FILE=os.devnull))
        self.assertEqual(done.code, 3, str(done))
        return resources.declared(done.json())

    def expect_the_same(self, declared, **parameters):
        stacks = [stack(side, Endpoints=self.endpoints, **parameters) for side in ("source", "destination")]
        if parameters.get("destination_account", account) != account:
            stacks.append(stack("pending", **parameters))
        made = translated(*stacks)
        self.assertEqual(resources.differences(made, declared), [])
        return made


class ComparedWithTheDeclaration(OnMoto):
    def test_one_account(self):
        made = self.expect_the_same(self.declaration())
        self.assertEqual(len(made), 43)

    def test_two_accounts_and_every_setting(self):
        declared = self.declaration(
            "--create-trail", "--name-prefix", "dr-2", "--memory", "512", "--timeout", "1m", "--sweep", "1m", "--log-retention",
            "90d", "--architecture", "arm64", destination_account=other_account, more="""
match_tags: {dr: "true", tier: gold}
replica_name: "dr-{bucket}"
replica_namespace: account-regional
delete_markers: false
control_bucket: our-records
reports_bucket: our-reports
""")
        made = self.expect_the_same(
            declared, destination_account=other_account, CreateTrail="yes", NamePrefix="dr-2", Memory=512, Timeout=60,
            SweepMinutes=1, LogRetentionDays=90, Architecture="arm64", MatchTags='{"dr":"true","tier":"gold"}',
            ReplicaName="dr-{bucket}", ReplicaNamespace="account-regional", ReplicateDeleteMarkers="false", ControlBucket="our-records",
            ReportsBucket="our-reports")
        self.assertEqual(len(made), 48)

    def test_without_alarms(self):
        made = self.expect_the_same(self.declaration("--no-alarms", "--sweep", "10m"), Alarms="no", SweepMinutes=10)
        self.assertFalse([key for key in made if key.startswith("alarm")])

    def test_a_planted_difference_is_named(self):
        """Every value in every resource of both templates, one at a time: changed in a copy, and named by the comparison."""
        declared = self.declaration("--create-trail")
        planted = {}
        self.expect_the_same(declared, CreateTrail="yes")
        for side in ("source", "destination"):
            one = stack(side, Endpoints=self.endpoints, CreateTrail="yes")
            others = translated(stack("destination" if side == "source" else "source", Endpoints=self.endpoints, CreateTrail="yes"))
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

    def test_a_planted_difference_in_the_file_is_named_by_resource_and_field(self):
        declared = self.declaration()
        text = (cloudformation.folder / "destination.yaml").read_text()
        for was, is_now, named in (
                ("MaximumRetryAttempts: 2", "MaximumRetryAttempts: 1",
                 f"event invoke config {replica_region} s3dr-destination_bucket_check.retries_max: template 1, declared 2"),
                ('Action: "sqs:SendMessage"', 'Action: "sqs:*"',
                 f"role {replica_region} s3dr-destination_bucket_check.policies.host.Statement[1].Action[0]: "
                 "template 'sqs:*', declared 'sqs:SendMessage'"),
                ("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 60",
                 f"queue {replica_region} s3dr-dead-letters.retention_seconds: template 60, declared 1209600")):
            self.assertIn(was, text)
            path = self.folder / "destination.yaml"
            path.write_text(text.replace(was, is_now, 1))
            place = {"SourceRegion": source_region, "SourceAccount": account, "PackageBucket": "code", "PackageKey": "1.zip",
                     "Endpoints": self.endpoints}
            changed = cloudformation.Stack(cloudformation.load(path), place, replica_region, account)
            self.assertEqual(resources.differences(translated(changed, stack("source", Endpoints=self.endpoints)), declared), [named])


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


class Templates(unittest.TestCase):
    def setUp(self):
        if no_yaml:
            self.skipTest(no_yaml)

    @limit(300)  # installs cfn-lint, which then reads a large specification
    def test_cfn_lint_has_nothing_to_say(self):
        why_not = pypi.cfn_lint.make()
        if why_not:
            self.skipTest(why_not)
        files = [cloudformation.folder / f"{side}.yaml" for side in ("source", "destination", "pending")]
        done = run_command([pypi.cfn_lint.program("cfn-lint"), *files])
        self.assertEqual((done.code, done.out), (0, ""), str(done))
        # It would say something: a property that the type does not have.
        wrong = pypi.cfn_lint.folder / "wrong.yaml"
        wrong.write_text(files[1].read_text().replace("MessageRetentionPeriod", "MessageRetention", 1))
        self.assertIn("MessageRetention", run_command([pypi.cfn_lint.program("cfn-lint"), wrong]).out)

    def test_the_first_source_stack_names_no_role_of_the_other_side_and_starts_nothing(self):
        for destination in (account, other_account):
            first = stack("source", destination, DestinationStack="missing")
            whole = stack("source", destination)
            roles = f":{destination}:role/s3dr-destination_bucket_check"
            principals = [path for body in whole.resources.values() for path, value in with_values(body)
                          if "Principal" in path and str(value).endswith(roles)]
            # Within one account no policy names a role of the other side; with two the next line can fail.
            self.assertEqual(bool(principals), destination == other_account)
            self.assertFalse([path for body in first.resources.values() for path, value in with_values(body)
                              if "Principal" in path and str(value).endswith(roles)])
            self.assertFalse([body for body in first.resources.values() if body["Type"] == "AWS::Events::Rule"])

    def test_the_names_of_the_roles_may_be_chosen(self):
        for side in ("source", "destination"):
            found = json.dumps(stack(side, ReplicationRoleName="of-s3", BatchRoleName="of-jobs").resources)
            self.assertIn(f"arn:aws:iam::{account}:role/of-s3", found)
            self.assertIn(f"arn:aws:iam::{account}:role/of-jobs", found)
            self.assertNotIn("s3dr-replication\"", found)
            self.assertNotIn("s3dr-batch\"", found)

    def test_no_region_and_no_account_is_written_down(self):
        for side in ("source", "destination", "pending"):
            text = (cloudformation.folder / f"{side}.yaml").read_text()
            for word in ("us-west-", "us-east-", "eu-", "1111222", "arn:aws:"):
                self.assertNotIn(word, text)

    def test_the_page_tells_what_a_template_cannot_say(self):
        page = (cloudformation.folder / "README.md").read_text()
        section = page[page.index("## What a template cannot say"):]
        rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
        self.assertEqual(rows, [f"| {kind} | `{field}` | {why} |" for (kind, field), why in resources.not_expressible.items()])


def with_values(value):
    for path in leaves(value):
        found = value
        for step in path:
            found = found[step]
        yield path, found


def with_choices_made(stack, value):
    no_value = {"Ref": "AWS::NoValue"}
    if isinstance(value, list):
        return [made for made in (with_choices_made(stack, one) for one in value) if made != no_value]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        name, yes, no = value["Fn::If"]
        return with_choices_made(stack, yes if stack.condition(name) else no)
    made = {key: with_choices_made(stack, inner) for key, inner in value.items()}
    return {key: inner for key, inner in made.items() if inner != no_value}


class DeployedOnMoto(OnMoto):
    """Without the types that moto does not know (`unknown_to_moto`), and with the choices (Fn::If) made: moto leaves an
    AWS::NoValue in a list where AWS takes it out."""

    def deploy(self, side, parameters, region):
        whole = cloudformation.Stack(template(side), parameters, region, account)
        known = {logical: with_choices_made(whole, body) for logical, body in template(side)["Resources"].items()
                 if body["Type"] not in unknown_to_moto}
        for body in known.values():
            needed = body.pop("DependsOn", [])
            body["DependsOn"] = [one for one in ([needed] if isinstance(needed, str) else needed) if one in known]
        text = json.dumps(template(side) | {"Resources": known})
        client = self.client("cloudformation", region)
        client.create_stack(StackName="s3dr", TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"],
                            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
        self.assertEqual(client.describe_stacks(StackName="s3dr")["Stacks"][0]["StackStatus"], "CREATE_COMPLETE")

    def client(self, service, region=source_region):
        return self.moto.client(service, region, self.keys[account])

    def test_boto3_finds_what_the_stacks_made(self):
        for region in (source_region, replica_region):
            where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self.client("s3", region).create_bucket(Bucket=f"code-{region}", **where)
            self.client("s3", region).put_object(Bucket=f"code-{region}", Key="1.zip", Body=self.package.read_bytes())
        self.deploy("source", {"DestinationRegion": replica_region, "DestinationAccount": account, "DestinationStack": "ready",
                               "PackageBucket": f"code-{source_region}", "PackageKey": "1.zip"}, source_region)
        self.deploy("destination", {"SourceRegion": source_region, "SourceAccount": account,
                                    "PackageBucket": f"code-{replica_region}", "PackageKey": "1.zip"}, replica_region)
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
