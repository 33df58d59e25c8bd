"""AssumeRoleWithWebIdentity with real clients: an issuer on this machine, tokens signed by openssl, boto3's own provider of
credentials (a role and the file with the token)."""

import base64
import json
import subprocess
import sys
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from harness import CloudTest, account, other_account, source_region
from processes import run_command

client_id = "s3dr-tests"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def run(*command, data=None):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


class Issuer:
    """Publishes the public halves of its keys; signs with openssl, which knows nothing of the cloud's code."""

    def __init__(self, folder):
        self.folder = folder
        for name, options in (("rsa", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
                              ("ec", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
                              ("stranger", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])):
            run("openssl", "genpkey", *options, "-out", folder / f"{name}.pem")
        keys = {"keys": [self.rsa_public(), self.ec_public()]}
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                found = {"/pool/.well-known/openid-configuration": {"issuer": issuer.url, "jwks_uri": issuer.url + "/keys"},
                         "/pool/keys": keys}.get(self.path)
                body = json.dumps(found).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"127.0.0.1:{self.server.server_address[1]}/pool"
        self.url = f"http://{self.name}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def rsa_public(self):
        modulus = run("openssl", "rsa", "-in", self.folder / "rsa.pem", "-noout", "-modulus").decode().strip().partition("=")[2]
        return {"kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}

    def ec_public(self):
        point = run("openssl", "pkey", "-in", self.folder / "ec.pem", "-pubout", "-outform", "DER")[-64:]
        return {"kty": "EC", "kid": "ec", "crv": "P-256", "x": encoded(point[:32]), "y": encoded(point[32:])}

    def token(self, key="rsa", kid=None, **claims):
        header = {"alg": "ES256" if key == "ec" else "RS256", "typ": "JWT", "kid": kid or key}
        now = int(time.time())
        all_claims = {"iss": self.url, "aud": client_id, "sub": "pod:reader", "iat": now, "exp": now + 600} | claims
        text = ".".join(encoded(json.dumps(part).encode()) for part in (header, all_claims))
        signature = run("openssl", "dgst", "-sha256", "-sign", self.folder / f"{key}.pem", data=text.encode())
        return f"{text}.{encoded(raw(signature) if key == 'ec' else signature)}"


def raw(asn1):
    """The two numbers of an ECDSA signature side by side."""
    numbers, at = [], 2
    for _ in range(2):
        length = asn1[at + 1]
        numbers.append(asn1[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0"))
        at += 2 + length
    return b"".join(numbers)


class WebIdentity(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.issuer = Issuer(cls.cloud.folder)
        cls.addClassCleanup(cls.issuer.close)
        iam = cls.cloud.client("iam", source_region)
        cls.provider = iam.create_open_id_connect_provider(Url=cls.issuer.url, ClientIDList=[client_id, "another"])["OpenIDConnectProviderArn"]
        cls.make_role("pods", {f"{cls.issuer.name}:aud": client_id, f"{cls.issuer.name}:sub": "pod:reader"})
        cls.role = f"arn:aws:iam::{account}:role/pods"
        iam.put_role_policy(RoleName="pods", PolicyName="look", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}]}))

    @classmethod
    def make_role(cls, name, conditions, provider=None):
        cls.cloud.client("iam", source_region).create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": provider or cls.provider},
                                                     "Action": "sts:AssumeRoleWithWebIdentity",
                                                     "Condition": {"StringEquals": conditions}}]}))

    def assume(self, token, role=None):
        sts = boto3.client("sts", region_name=source_region, endpoint_url=self.cloud.url(source_region),
                           config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}))
        answer = sts.assume_role_with_web_identity(RoleArn=role or self.role, RoleSessionName="pod", WebIdentityToken=token)
        self.cloud.secrets |= {answer["Credentials"]["SecretAccessKey"], answer["Credentials"]["SessionToken"]}
        return answer

    def refused(self, code, token, role=None):
        with self.assertRaises(ClientError) as refusal:
            self.assume(token, role)
        self.assertEqual(refusal.exception.response["Error"]["Code"], code, refusal.exception)

    def test_boto3_finds_credentials_by_itself(self):
        for key in ("rsa", "ec"):
            file = self.cloud.folder / f"token-{key}"
            file.write_text(self.issuer.token(key))
            self.cloud.secrets.add(file.read_text())
            program = ("import boto3, sys; url = sys.argv[1]\n"
                       "print(boto3.client('sts', endpoint_url=url).get_caller_identity()['Arn'])\n"
                       "boto3.client('sqs', endpoint_url=url).list_queues()\n"
                       "try: boto3.client('sns', endpoint_url=url).list_topics()\n"
                       "except Exception as refused: print(type(refused).__name__)\n")
            environment = {name: value for name, value in self.cloud.environment().items() if "ACCESS_KEY" not in name} | {
                "AWS_ROLE_ARN": self.role, "AWS_WEB_IDENTITY_TOKEN_FILE": str(file), "AWS_ROLE_SESSION_NAME": "pod",
                "AWS_ENDPOINT_URL_STS": self.cloud.url(source_region), "AWS_STS_REGIONAL_ENDPOINTS": "regional"}
            done = run_command([sys.executable, "-c", program, self.cloud.url(source_region)], environment)
            self.assertEqual(done.code, 0, str(done))
            self.assertEqual(done.out.splitlines(), [f"arn:aws:sts::{account}:assumed-role/pods/pod", "AuthorizationErrorException"])

    def test_who_is_told(self):
        answer = self.assume(self.issuer.token())
        self.assertEqual((answer["SubjectFromWebIdentityToken"], answer["Audience"], answer["Provider"]),
                         ("pod:reader", client_id, self.provider))

    def test_what_is_refused(self):
        token, now = self.issuer.token, int(time.time())
        self.refused("AccessDenied", token(sub="pod:writer"))
        self.refused("AccessDenied", token(aud="another"))
        self.refused("AccessDenied", token(), f"arn:aws:iam::{account}:role/absent")
        self.refused("InvalidIdentityToken", token(aud="unknown"))
        self.refused("ExpiredTokenException", token(exp=now - 1))
        self.refused("InvalidIdentityToken", token(exp=None))
        self.refused("InvalidIdentityToken", token(nbf=now + 3600))
        self.refused("InvalidIdentityToken", token(iss="http://127.0.0.1:1/pool"))
        self.refused("InvalidIdentityToken", token("stranger", kid="rsa"))
        self.refused("InvalidIdentityToken", token("rsa", kid="ec"))
        self.refused("InvalidIdentityToken", "not.a.token")
        good = token()
        self.refused("InvalidIdentityToken", good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:])
        none = encoded(b'{"alg":"none"}') + "." + good.split(".")[1] + "."
        self.refused("InvalidIdentityToken", none)
        self.assertTrue(self.assume(good))
        # A role of another account asks its own account's providers.
        iam = self.cloud.client("iam", source_region, owner=other_account)
        iam.create_role(RoleName="pods", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Federated": self.provider}, "Action": "sts:AssumeRoleWithWebIdentity"}]}))
        self.refused("InvalidIdentityToken", good, f"arn:aws:iam::{other_account}:role/pods")
        # One that trusts an account, or everybody, does not trust a token.
        for name, principal in (("plain", {"AWS": account}), ("everybody", "*")):
            self.cloud.client("iam", source_region).create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:*"}]}))
            self.refused("AccessDenied", good, f"arn:aws:iam::{account}:role/{name}")

    def test_providers(self):
        iam = self.cloud.client("iam", source_region)
        made = iam.create_open_id_connect_provider(Url="http://localhost:4711/", ClientIDList=["a"], Tags=[{"Key": "k", "Value": "v"}])
        arn = made["OpenIDConnectProviderArn"]
        self.assertEqual(arn, f"arn:aws:iam::{account}:oidc-provider/localhost:4711")
        self.assertIn(arn, [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]])
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
        shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        self.assertEqual((shown["Url"], shown["ClientIDList"], shown["Tags"]), ("localhost:4711", ["b"], [{"Key": "k", "Value": "v"}]))

        def refused(code, call, **arguments):
            with self.assertRaises(ClientError) as refusal:
                call(**arguments)
            self.assertEqual(refusal.exception.response["Error"]["Code"], code)

        refused("EntityAlreadyExists", iam.create_open_id_connect_provider, Url="https://localhost:4711")
        refused("NotImplemented", iam.create_open_id_connect_provider, Url="https://issuer.example")
        refused("NotImplemented", iam.create_open_id_connect_provider, Url="http://127.0.0.1.example/")
        refused("ValidationError", iam.create_open_id_connect_provider, Url="http://localhost:1/?a=b")
        # An issuer that is registered and does not answer.
        self.make_role("unreached", {}, arn)
        self.refused("IDPCommunicationError", self.issuer.token(iss="http://localhost:4711"), f"arn:aws:iam::{account}:role/unreached")
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        refused("NoSuchEntity", iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)
        self.refused("InvalidIdentityToken", self.issuer.token(iss="http://localhost:4711"), f"arn:aws:iam::{account}:role/unreached")


if __name__ == "__main__":
    unittest.main()
