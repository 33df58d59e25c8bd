"""Where credentials are looked for: the same source and the same access key as boto3 in every row of a table, or both refuse."""

import hashlib
import json
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path

from fake_identity import FakeIdentity
from processes import clean_environment, free_port, run, run_command

configuration = """source:
  region: us-west-2
  account: "111122223333"
{profile}destination:
  region: us-east-2
  account: "111122223333"
{profile}replication_role: arn:aws:iam::111122223333:role/s3dr-replication
batch_role: arn:aws:iam::111122223333:role/s3dr-batch
"""

ask_boto3 = """
import json, sys, boto3
session = boto3.Session(profile_name=json.loads(sys.argv[1]), region_name="us-west-2")
found = session.get_credentials()
if found is None: sys.exit("no credentials")
print(json.dumps([found.method, found.get_frozen_credentials().access_key]))
"""

role = "arn:aws:iam::111122223333:role/"
refused = None


def keys(section, identity):
    return f"[{section}]\naws_access_key_id = {identity}\naws_secret_access_key = s\n"


def env_keys(identity="AKIDENV"):
    return {"AWS_ACCESS_KEY_ID": identity, "AWS_SECRET_ACCESS_KEY": "s"}


def printing(identity, version=1, more=""):
    return f"""credential_process = printf '{{"Version":{version},"AccessKeyId":"{identity}","SecretAccessKey":"s"{more}}}'\n"""


def sso_file(key, seconds):
    name = f".aws/sso/cache/{hashlib.sha1(key.encode()).hexdigest()}.json"
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    return {name: json.dumps({"accessToken": "bearer", "expiresAt": expires})}


class Row:
    """`{home}` and `{fake}` stand for the folder and the server in every text."""

    def __init__(self, name, expected, env=None, credentials="", config="", files=None, profile=None):
        self.name, self.expected, self.profile = name, expected, profile
        self.env, self.credentials, self.config, self.files = env or {}, credentials, config, files or {}


assumed = f"role_arn = {role}r\nsource_profile = base\n"
web = {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token", "AWS_ROLE_ARN": role + "w"}
sso_session = ("[profile p]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
               "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n"
               "sso_registration_scopes = sso:account:access\n")
sso_legacy = ("[profile p]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n"
              "sso_account_id = 111122223333\nsso_role_name = Admin\n")
container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{fake}/container"}
instance = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "{fake}/"}

rows = [
    Row("nothing at all", refused),
    Row("environment", ("env", "AKIDENV"), env_keys()),
    Row("environment over the default profile", ("env", "AKIDENV"), env_keys(), keys("default", "AKIDFILE")),
    Row("environment over AWS_PROFILE", ("env", "AKIDENV"), env_keys() | {"AWS_PROFILE": "p"}, keys("p", "AKIDFILE")),
    Row("AWS_PROFILE that does not exist, with keys in the environment", refused, env_keys() | {"AWS_PROFILE": "absent"}),
    Row("environment that has expired", refused, env_keys() | {"AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}),
    Row("environment that will expire", ("env", "AKIDENV"), env_keys() | {"AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00Z"}),
    Row("half a pair in the environment", refused, {"AWS_ACCESS_KEY_ID": "AKIDENV"}, keys("default", "AKIDFILE")),
    Row("AWS_PROFILE", ("shared-credentials-file", "AKIDP"), {"AWS_PROFILE": "p"}, keys("default", "AKIDFILE") + keys("p", "AKIDP")),
    Row("AWS_DEFAULT_PROFILE", ("shared-credentials-file", "AKIDP"), {"AWS_DEFAULT_PROFILE": "p"}, keys("p", "AKIDP")),
    Row("named profile over the environment", ("shared-credentials-file", "AKIDP"), env_keys(), keys("p", "AKIDP"), profile="p"),
    Row("named profile over AWS_PROFILE", ("shared-credentials-file", "AKIDP"), {"AWS_PROFILE": "q"},
        keys("p", "AKIDP") + keys("q", "AKIDQ"), profile="p"),
    Row("named profile that does not exist", refused, env_keys(), keys("p", "AKIDP"), profile="absent"),
    Row("named profile without keys", refused, env_keys(), config="[profile p]\nregion = us-west-2\n", profile="p"),
    Row("config file", ("config-file", "AKIDCONFIG"), config=keys("default", "AKIDCONFIG")),
    Row("credentials file over config file", ("shared-credentials-file", "AKIDFILE"), {}, keys("default", "AKIDFILE"),
        keys("default", "AKIDCONFIG")),
    Row("half a pair in the credentials file", refused, {}, "[default]\naws_access_key_id = AKIDHALF\n"),
    Row("half a pair in the config file", refused, config="[profile p]\naws_access_key_id = AKIDHALF\n", profile="p"),
    Row("broken credentials file", refused, {}, "[default\naws_access_key_id = AKID\n"),
    Row("comments, blanks and nested blocks", ("config-file", "AKIDCONFIG"),
        config="# c\n; c\n[default]\ns3 =\n  addressing_style = path\naws_access_key_id=AKIDCONFIG\n"
        "aws_secret_access_key   =   s\n"),

    Row("process", ("custom-process", "AKIDPROC"), config="[profile p]\n" + printing("AKIDPROC"), profile="p"),
    Row("process over config keys", ("custom-process", "AKIDPROC"), config=keys("profile p", "AKIDCONFIG") + printing("AKIDPROC"), profile="p"),
    Row("credentials file over process", ("shared-credentials-file", "AKIDFILE"), {}, keys("p", "AKIDFILE"),
        "[profile p]\n" + printing("AKIDPROC"), profile="p"),
    Row("process with an expiration", ("custom-process", "AKIDPROC"),
        config="[profile p]\n" + printing("AKIDPROC", more=',"Expiration":"2099-01-01T00:00:00+00:00"'), profile="p"),
    Row("process that has expired keys", refused,
        config="[profile p]\n" + printing("AKIDPROC", more=',"Expiration":"2020-01-01T00:00:00Z"'), profile="p"),
    Row("process of another version", refused, config="[profile p]\n" + printing("AKIDPROC", version=2), profile="p"),
    Row("process that fails", refused, config="[profile p]\ncredential_process = false\n", profile="p"),
    Row("process that is not there", refused, config="[profile p]\ncredential_process = /no/such/program\n", profile="p"),
    Row("process that prints no JSON", refused, config="[profile p]\ncredential_process = echo hello\n", profile="p"),

    Row("role with source profile", ("assume-role", "ASIA.assume.r.AKIDBASE."), {}, keys("base", "AKIDBASE"), "[profile p]\n" + assumed, profile="p"),
    Row("role with external id by AWS_PROFILE", ("assume-role", "ASIA.assume.r.AKIDBASE.ext"), {"AWS_PROFILE": "p"}, keys("base", "AKIDBASE"),
        "[profile p]\nexternal_id = ext\nrole_session_name = me\nduration_seconds = 900\n" + assumed),
    Row("role over the profile's own keys", ("assume-role", "ASIA.assume.r.AKIDBASE."), {}, keys("base", "AKIDBASE") + keys("p", "AKIDP"),
        "[profile p]\n" + assumed, profile="p"),
    Row("environment over the profile's role", ("env", "AKIDENV"), env_keys() | {"AWS_PROFILE": "p"}, keys("base", "AKIDBASE"), "[profile p]\n" + assumed),
    Row("role whose profile is its own source", ("assume-role", "ASIA.assume.r.AKIDP."),
        config=keys("profile p", "AKIDP") + f"role_arn = {role}r\nsource_profile = p\n", profile="p"),
    Row("chain of roles", ("assume-role", "ASIA.assume.second.ASIA.assume.r.AKIDBASE.."), {}, keys("base", "AKIDBASE"),
        f"[profile first]\n{assumed}[profile p]\nrole_arn = {role}second\nsource_profile = first\n", profile="p"),
    Row("circle of roles", refused, config=f"[profile p]\nrole_arn = {role}r\nsource_profile = q\n[profile q]\nrole_arn = {role}r\nsource_profile = p\n",
        profile="p"),
    Row("role whose source is a process", ("assume-role", "ASIA.assume.r.AKIDPROC."),
        config="[profile base]\n" + printing("AKIDPROC") + "[profile p]\n" + assumed, profile="p"),
    Row("role whose source does not exist", refused, config="[profile p]\n" + assumed, profile="p"),
    Row("role whose source has no keys", refused, config="[profile base]\nregion = us-west-2\n[profile p]\n" + assumed, profile="p"),
    Row("role without a source", refused, env_keys() | {"AWS_ACCESS_KEY_ID": ""}, config=f"[profile p]\nrole_arn = {role}r\n", profile="p"),
    Row("role with two sources", refused, env_keys(), keys("base", "AKIDBASE"),
        "[profile p]\ncredential_source = Environment\n" + assumed, profile="p"),
    Row("role with the environment as source", ("assume-role", "ASIA.assume.r.AKIDENV."), env_keys(),
        config=f"[profile p]\nrole_arn = {role}r\ncredential_source = Environment\n", profile="p"),
    Row("role with the container as source", ("assume-role", "ASIA.assume.r.ASIA.container.."), container,
        config=f"[profile p]\nrole_arn = {role}r\ncredential_source = EcsContainer\n", profile="p"),
    Row("role with the instance as source", ("assume-role", "ASIA.assume.r.ASIA.instance."), instance,
        config=f"[profile p]\nrole_arn = {role}r\ncredential_source = Ec2InstanceMetadata\n", profile="p"),
    Row("role with an unknown source", refused, env_keys(), config=f"[profile p]\nrole_arn = {role}r\ncredential_source = Moon\n", profile="p"),
    Row("role that refuses", refused, {}, keys("base", "AKIDBASE"), f"[profile p]\nrole_arn = {role}forbidden\nsource_profile = base\n", profile="p"),

    Row("web identity", ("assume-role-with-web-identity", "ASIA.web.w.a-jwt"), web, keys("default", "AKIDFILE"), files={"token": "a-jwt"}),
    Row("environment over web identity", ("env", "AKIDENV"), web | env_keys(), files={"token": "a-jwt"}),
    Row("web identity in the profile", ("assume-role-with-web-identity", "ASIA.web.w.a-jwt"),
        config=f"[profile p]\nrole_arn = {role}w\nweb_identity_token_file = {{home}}/token\n", files={"token": "a-jwt"}, profile="p"),
    Row("named profile over web identity of the environment", ("shared-credentials-file", "AKIDP"), web, keys("p", "AKIDP"),
        files={"token": "a-jwt"}, profile="p"),
    Row("role over web identity of the environment", ("assume-role", "ASIA.assume.r.AKIDBASE."), web | {"AWS_PROFILE": "p"}, keys("base", "AKIDBASE"),
        "[profile p]\n" + assumed, files={"token": "a-jwt"}),
    Row("web identity without a role", refused, {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token"}, files={"token": "a-jwt"}),
    Row("web identity without its file", refused, web),

    Row("sso session", ("sso", "ASIA.sso.Admin.bearer"), config=sso_session, files=sso_file("corp", 7200), profile="p"),
    Row("sso of the older kind", ("sso", "ASIA.sso.Admin.bearer"), config=sso_legacy, files=sso_file("https://corp.awsapps.com/start", 7200), profile="p"),
    Row("sso over the profile's keys", ("sso", "ASIA.sso.Admin.bearer"), {}, keys("p", "AKIDP"), sso_session, sso_file("corp", 7200), profile="p"),
    Row("sso token that has expired", refused, config=sso_legacy, files=sso_file("https://corp.awsapps.com/start", -60), profile="p"),
    Row("sso without a token", refused, config=sso_session, profile="p"),
    Row("sso without a region", refused, config=sso_legacy.replace("sso_region = us-east-1\n", ""),
        files=sso_file("https://corp.awsapps.com/start", 7200), profile="p"),

    Row("container", ("container-role", "ASIA.container."), container),
    Row("container with a token", ("container-role", "ASIA.container.auth"), container | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "auth"}),
    Row("container with a token file", ("container-role", "ASIA.container.filed"),
        container | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "auth", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{home}/token"}, files={"token": "filed"}),
    Row("container with a line break in its token", refused, container | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "auth\nx: y"}),
    Row("container somewhere else", refused, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/container"}),
    Row("profile over container", ("shared-credentials-file", "AKIDFILE"), container, keys("default", "AKIDFILE")),
    Row("container over instance", ("container-role", "ASIA.container."), container | instance),
    Row("instance", ("iam-role", "ASIA.instance"), instance),
    Row("instance for a named profile without keys", ("iam-role", "ASIA.instance"), env_keys() | instance,
        config="[profile p]\nregion = us-west-2\n", profile="p"),
    Row("instance that is switched off", refused, instance | {"AWS_EC2_METADATA_DISABLED": "TRUE"}),
    Row("instance that does not answer", refused, {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1/"}),
]

# Where we refuse and boto3 goes on, on purpose: half a key pair is a mistake that somebody wants to know of.
stricter_rows = [
    Row("a secret alone in the environment", ("shared-credentials-file", "AKIDFILE"), {"AWS_SECRET_ACCESS_KEY": "s"}, keys("default", "AKIDFILE")),
    Row("half a pair in a profile that is not used", ("shared-credentials-file", "AKIDFILE"), {},
        keys("default", "AKIDFILE") + "[other]\naws_access_key_id = AKIDHALF\n"),
]


class Credentials(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fake = FakeIdentity()
        cls.folder = Path(tempfile.mkdtemp(prefix="s3dr-e2e-credentials-"))

    @classmethod
    def tearDownClass(cls):
        cls.fake.close()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def prepare(self, row):
        """The row's home and environment."""
        home = Path(tempfile.mkdtemp(dir=self.folder))

        def filled(text):
            return text.replace("{home}", str(home)).replace("{fake}", self.fake.url)

        files = {".aws/credentials": row.credentials, ".aws/config": row.config} | row.files
        for name, text in files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(filled(text))
            path.chmod(0o600)
        environment = clean_environment(HOME=str(home), AWS_ENDPOINT_URL_STS=self.fake.url, AWS_ENDPOINT_URL_SSO=self.fake.url,
                                        AWS_REGION="us-west-2", AWS_DEFAULT_REGION="us-west-2")
        return home, environment | {name: filled(value) for name, value in row.env.items()}

    def boto3_says(self, row):
        home, environment = self.prepare(row)
        done = run_command([sys.executable, "-c", ask_boto3, json.dumps(row.profile)], environment=environment, cwd=home)
        return (tuple(json.loads(done.out)) if done.code == 0 else refused), done

    def s3dr_says(self, row):
        home, environment = self.prepare(row)
        path = home / "s3dr.yaml"
        path.write_text(configuration.format(profile=f"  profile: {row.profile}\n" if row.profile else ""))
        done = run("config", "validate", "--config", path, "--credentials", "--output", "json", environment=environment, cwd=home)
        if done.code != 0:
            self.assertIn(done.code, (1, 2), done)
            self.assertTrue(any(line.startswith("s3dr: ") for line in done.err.splitlines()), done)
            return refused, done
        found = done.json()["credentials"]
        self.assertEqual(found["source"]["access_key_id"], found["destination"]["access_key_id"])
        return (found["source"]["method"], found["source"]["access_key_id"]), done

    def test_same_as_boto3(self):
        self.assertGreaterEqual(len(rows), 25)
        for row in rows:
            with self.subTest(row.name):
                theirs, their_run = self.boto3_says(row)
                ours, our_run = self.s3dr_says(row)
                self.assertEqual(theirs, row.expected, f"boto3: {their_run}")
                self.assertEqual(ours, theirs, our_run)

    test_same_as_boto3.limit_seconds = 400

    def test_stricter_than_boto3(self):
        for row in stricter_rows:
            with self.subTest(row.name):
                self.assertEqual(self.boto3_says(row)[0], row.expected)
                self.assertIs(self.s3dr_says(row)[0], refused)

    def test_no_secret_is_shown(self):
        canary = "canarySecret0123456789"
        row = Row("canary", None, {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": canary, "AWS_SESSION_TOKEN": canary})
        done = self.s3dr_says(row)[1]
        self.assertEqual(done.code, 0, done)
        self.assertNotIn(canary, done.out + done.err)
        row = Row("canary", None, config=f"[profile p]\ncredential_process = sh -c 'echo {canary}; echo {canary} >&2; exit 1'\n", profile="p")
        done = self.s3dr_says(row)[1]
        self.assertEqual(done.code, 1, done)
        self.assertNotIn(canary, done.out + done.err)

    def test_nobody_answers(self):
        """A clear error, quickly, when there is no instance metadata to ask."""
        row = Row("nobody", None, {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{free_port()}/"})
        started = time.monotonic()
        done = self.s3dr_says(row)[1]
        self.assertLess(time.monotonic() - started, 15)
        self.assertEqual(done.code, 1, done)
        self.assertIn("no credentials", done.err)


if __name__ == "__main__":
    unittest.main()
