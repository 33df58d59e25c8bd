"""moto as a judge: somebody else's stand-in for AWS's services, in a virtual environment and a process of its own. It is
a mock (it enforces no policy and runs no function), but it checks names, shapes and references, and it was not written here.

A Gate can stand in front of it: it counts requests and ends the client at a chosen one."""

import http.client
import http.server
import json
import os
import shutil
import socketserver
import subprocess
import tempfile
import threading
from pathlib import Path

import boto3
from botocore.config import Config

import pypi
from processes import Process, wait_for

account, other_account = "111122223333", "444455556666"

server_program = """
import threading
from moto.iam import policy_validation
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer
# It knows no ARNs of Batch Operations' jobs, which name their region.
policy_validation.SERVICE_TYPE_REGION_INFORMATION_ERROR_ASSOCIATIONS["s3"]["valid_starting_values"].append("job/")
# It names the roots of some of S3's answers after the operation; AWS does not.
roots = {"GetBucketVersioningResponse": "VersioningConfiguration", "ListObjectVersionsResponse": "ListVersionsResult",
         "GetBucketTaggingResponse": "Tagging", "GetBucketLocationResponse": "LocationConstraint"}
serialized = S3Response.serialized
def as_aws_names_it(self, result):
    status, headers, body = serialized(self, result)
    for moto, aws in roots.items():
        body = body.replace("<" + moto, "<" + aws).replace("</" + moto, "</" + aws) if isinstance(body, str) else body
    return status, headers, body
S3Response.serialized = as_aws_names_it
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("port", server.get_host_and_port()[1], flush=True)
threading.Event().wait()
"""


class Moto:
    venv = pypi.moto
    forgets_queries_of_alarms = False
    runs_functions = False

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="s3dr-moto-"))
        environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
        self.process = Process([pypi.moto.python, "-c", server_program], self.folder / "moto.log", environment)
        line = wait_for(lambda: next((line for line in self.process.output().splitlines() if line.startswith("port ")), None),
                        30, "a running moto")
        self.port = int(line.split()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self):
        self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reset(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/moto-api/reset")
        assert connection.getresponse().status == 200

    def client(self, service, region, keys):
        return boto3.client(service, region_name=region, endpoint_url=self.url,
                            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}), **keys)

    def keys_of(self, other):
        """Temporary keys of that account: moto tells accounts apart by keys, and knows these until it is reset."""
        role = f"arn:aws:iam::{other}:role/deployer"
        nobody = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
        given = self.client("sts", "us-west-2", nobody).assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"]}

    def keys_with_policy(self):
        """(keys of a user who may do everything, of one who may do nothing). From here on moto looks at the policies of users."""
        nobody = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
        iam = self.client("iam", "us-east-1", nobody)
        found = []
        for user, effect in (("everything", "Allow"), ("nothing", "Deny")):
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": "*", "Resource": "*"}]}))
            made = iam.create_access_key(UserName=user)["AccessKey"]
            found.append({"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/moto-api/reset-auth", b"0")
        assert connection.getresponse().status == 200
        return found

    @property
    def version(self):
        return subprocess.run([pypi.moto.python, "-c", "import moto; print(moto.__version__)"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


class Gate:
    """Passes requests on to `port`; at request number `last` it calls `at_last` before, or after, passing it on."""

    def __init__(self, port):
        self.writes = 0
        self.last = None
        self.after = False
        self.at_last = None
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and content are two writes: the second would wait 40 ms for the first one's ACK

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                is_last = gate.is_write(self.command, self.path, self.headers, body) and gate.count()
                if is_last and not gate.after:
                    gate.at_last()
                    self.close_connection = True
                    return
                onward = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                onward.request(self.command, self.path, body, dict(self.headers.items()))
                answer = onward.getresponse()
                content = answer.read()
                if is_last:
                    gate.at_last()
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", answer.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)
                onward.close()

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # the client was ended on purpose
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def count(self):
        self.writes += 1
        return self.writes == self.last

    @staticmethod
    def is_write(method, path, headers, body):
        target = headers.get("X-Amz-Target", "").rpartition(".")[2]
        action = target
        if body.startswith(b"Action="):
            action = body.split(b"&")[0].decode().removeprefix("Action=")
        if action:
            return not action.startswith(("Get", "List", "Describe", "Receive", "Test"))
        return method in ("PUT", "POST", "DELETE")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
