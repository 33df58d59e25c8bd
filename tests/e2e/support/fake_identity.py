"""What hands out credentials on AWS, on one port of this machine: STS, the SSO portal, a container's agent, instance metadata.

The access key id that comes back tells what was asked and by whom, so that two clients can be compared:
"ASIA.assume.ROLE.SIGNER.EXTERNAL", "ASIA.web.ROLE.TOKEN", "ASIA.sso.ROLE.BEARER", "ASIA.container.AUTHORIZATION", "ASIA.instance"."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


def in_an_hour():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, text, kind="application/json"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        action, role = form["Action"], form["RoleArn"].rpartition("/")[2]
        if role == "forbidden":
            return self.answer(403, "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>"
                                    "<RequestId>1</RequestId></ErrorResponse>", "text/xml")
        if action == "AssumeRole":
            signer = re.search(r"Credential=([^/]*)/", self.headers["Authorization"]).group(1)
            identity = f"ASIA.assume.{role}.{signer}.{form.get('ExternalId', '')}"
        else:
            identity = f"ASIA.web.{role}.{form['WebIdentityToken']}"
        self.answer(200, f"<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>"
                         f"<AccessKeyId>{identity}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                         f"<Expiration>{in_an_hour()}</Expiration></Credentials></{action}Result>"
                         f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>", "text/xml")

    def do_PUT(self):
        if self.path != "/latest/api/token":
            return self.answer(404, "")
        self.answer(200, "a-session", "text/plain")

    def do_GET(self):
        path = urlsplit(self.path)
        query = parse_qs(path.query)
        roles = "/latest/meta-data/iam/security-credentials/"
        if path.path == "/container":
            return self.answer(200, self.document(f"ASIA.container.{self.headers.get('Authorization', '')}"))
        if path.path == "/federation/credentials":
            identity = f"ASIA.sso.{query['role_name'][0]}.{self.headers['x-amz-sso_bearer_token']}"
            return self.answer(200, json.dumps({"roleCredentials": {
                "accessKeyId": identity, "secretAccessKey": "s", "sessionToken": "t", "expiration": int(time.time() + 3600) * 1000}}))
        if path.path.startswith(roles) and self.headers.get("X-aws-ec2-metadata-token") == "a-session":
            if path.path == roles:
                return self.answer(200, "the-role", "text/plain")
            if path.path == roles + "the-role":
                return self.answer(200, self.document("ASIA.instance"))
        self.answer(404, "{}")

    @staticmethod
    def document(identity):
        return json.dumps({"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": identity, "SecretAccessKey": "s", "Token": "t",
                           "LastUpdated": in_an_hour(), "Expiration": in_an_hour()})


class FakeIdentity:
    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
