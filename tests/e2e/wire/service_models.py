"""The SDK's service models, as botocore ships them, and which operation of which service a request is.

The models are AWS's own description of its interfaces. Nothing here comes from s3dr."""

import gzip
import json
import re
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import botocore

data = Path(botocore.__file__).parent / "data"
version = botocore.__version__

# The name that a request is signed for, and the folder of the model.
folders = {"s3": "s3", "iam": "iam", "sts": "sts", "sns": "sns", "sqs": "sqs", "monitoring": "cloudwatch", "events": "events", "logs": "logs",
           "cloudtrail": "cloudtrail", "tagging": "resourcegroupstaggingapi", "lambda": "lambda"}


class Operation:
    def __init__(self, service, name, entry):
        self.service = service
        self.name = name
        self.entry = entry
        self.method = entry["http"]["method"]
        self.status = entry["http"].get("responseCode", 200)
        path, _, query = entry["http"]["requestUri"].partition("?")
        self.literals = dict(parse_qsl(query, keep_blank_values=True))
        self.input = entry.get("input", {}).get("shape")
        self.output = entry.get("output", {}).get("shape")
        self.pattern = re.compile(re.sub(r"\\\{[^}]+?\\\+\\\}", "(.+)", re.sub(r"\\\{[^}+]+\\\}", "([^/]+)", re.escape(path))) + "/?", re.DOTALL)
        self.uri_members = re.findall(r"\{(\w+)\+?\}", path)

    def __str__(self):
        return f"{self.service.name} {self.name}"

    @cached_property
    def input_members(self):
        return self.service.shapes[self.input].get("members", {}) if self.input else {}

    @cached_property
    def required(self):
        return set(self.service.shapes[self.input].get("required", ())) if self.input else set()

    @cached_property
    def located(self):
        """{(location, name on the wire): member}, names of headers in lower case."""
        return located(self.input_members)

    @cached_property
    def telling(self):
        """Query parameters and headers without which a request is no call of it."""
        return [(where, name) for (where, name), member in self.located.items()
                if member in self.required and where in ("querystring", "header")]

    def matches(self, query, headers):
        """How many things tell that it is this one; -1: it is not."""
        if any(name not in query or (value and query[name] != value) for name, value in self.literals.items()):
            return -1
        if any(name not in (query if where == "querystring" else headers) for where, name in self.telling):
            return -1
        return 2 * len(self.literals) + len(self.telling)


def located(members):
    found = {}
    for name, member in members.items():
        where = member.get("location")
        if where in ("querystring", "header", "headers"):
            wire = member.get("locationName", name)
            found[where, wire.lower() if where != "querystring" else wire] = name
    return found


class Service:
    def __init__(self, name):
        self.name = name
        folder = max((data / name).iterdir())  # the newest version
        file = next(folder.glob("service-2.json*"))
        opened = gzip.open(file) if file.suffix == ".gz" else open(file, "rb")
        with opened:
            model = json.load(opened)
        self.shapes = model["shapes"]
        metadata = model["metadata"]
        self.protocols = metadata.get("protocols", [metadata["protocol"]])
        self.target_prefix = metadata.get("targetPrefix")
        self.namespace = metadata.get("xmlNamespace")
        # Some old operations of S3 have the request of the one that took their place (GetBucketLifecycle).
        self.operations = {name: Operation(self, name, entry) for name, entry in model["operations"].items() if not (entry.get("deprecated") and metadata["protocol"] == "rest-xml")}

    def by_path(self, method, path, query, headers):
        scored = [(operation.matches(query, headers), operation) for operation in self.operations.values()
                  if operation.method == method and operation.pattern.fullmatch(path)]
        best = max(scored, key=lambda entry: entry[0], default=(-1, None))
        return best[1] if best[0] >= 0 else None


class Unknown(Exception):
    """No model says what this request is. Its text is a kind of request, without names or values."""


class NoModel(Exception):
    """What is not AWS's interface in the first place, or not in a form that the models describe."""


class Models:
    def __init__(self):
        self.loaded = {}

    def service(self, name):
        if name not in self.loaded:
            self.loaded[name] = Service(name)
        return self.loaded[name]

    def call(self, request):
        """The Call that the request is."""
        target, _, query_text = request.target.partition("?")
        query = dict(parse_qsl(query_text, keep_blank_values=True, encoding="utf-8", errors="surrogateescape"))
        signed_for = signing_name(request, query)
        if signed_for == "s3dr-replication":
            raise NoModel("between the regions of the embedded cloud")
        if not signed_for and target in doors_of_serve:  # the demo runs it, too
            raise NoModel("the doors of s3dr serve")
        if target.startswith("/2018-06-01/runtime/"):
            raise NoModel("Lambda's Runtime API")
        if request.method == "OPTIONS":
            raise NoModel("a browser's question")
        form = {}
        if request.header("content-type").startswith("application/x-www-form-urlencoded") or "Action" in query:
            form = dict(parse_qsl(request.body.decode(errors="surrogateescape"), keep_blank_values=True)) | query
        if not signed_for:
            signed_for = "sts" if form.get("Version") == "2011-06-15" else "s3"
        if signed_for not in folders:
            raise Unknown("signed for a service without a model")
        service = self.service(folders[signed_for])
        if form.get("Action"):
            return self.query_call(service, form)
        if "x-amz-target" in request.headers:
            prefix, _, name = request.headers["x-amz-target"].rpartition(".")
            if prefix != service.target_prefix or name not in service.operations:
                raise Unknown(f"{service.name}: an X-Amz-Target that is no operation")
            return Call(service.operations[name], "json", query={})
        if signed_for == "s3":
            return self.s3_call(request, target, query)
        path = unquote(target)
        operation = service.by_path(request.method, path, query, request.headers)
        if operation is None:
            raise Unknown(f"{service.name}: no operation has this method and path")
        return Call(operation, service.protocols[0], query, path)

    @staticmethod
    def query_call(service, form):
        if "query" not in service.protocols:
            raise NoModel(f"{service.name} in the form that its model no longer describes")
        if form["Action"] not in service.operations:
            raise Unknown(f"{service.name}: an Action that is no operation")
        return Call(service.operations[form["Action"]], "query", form)

    def s3_call(self, request, target, query):
        if target.startswith("/v20180820/"):
            service, path = self.service("s3control"), unquote(target)
        else:
            service, path = self.service("s3"), unquote(target, errors="surrogateescape")
            if bucket := bucket_of_host(request.header("host")):
                path = f"/{bucket}{path}"
        if request.method == "POST" and request.header("content-type").startswith("multipart/form-data"):
            raise NoModel("a browser's form")
        bare = {name: value for name, value in query.items() if not name.lower().startswith("x-amz-") and name not in unsaid}
        operation = service.by_path(request.method, path, query, request.headers)
        if operation is None:
            raise Unknown(f"{service.name}: no operation has this method, path and query")
        return Call(operation, "rest-xml", bare if operation.service.name == "s3" else query, path)


doors_of_serve = ("/events", "/healthz", "/readyz", "/metrics")

# Query parameters of S3 that no model names: presigned URLs of the older kind, and the SDKs' own mark.
unsaid = {"AWSAccessKeyId", "Signature", "Expires", "x-id"}


class Call:
    """An operation, the protocol in which it was called, and what its URL or form says."""

    def __init__(self, operation, protocol, query, path="/"):
        self.operation = operation
        self.protocol = protocol
        self.query = query
        self.path = path


def signing_name(request, query):
    credential = query.get("X-Amz-Credential", "")
    if found := re.search(r"Credential=([^,\s]+)", request.header("authorization")):
        credential = found[1]
    parts = credential.split("/")
    return parts[-2] if len(parts) >= 5 else ""


def bucket_of_host(host):
    """In the tests every host name ends with `localhost`, `test` or `amazonaws.com`; before it may stand `s3.<region>` and a bucket."""
    name = host.rpartition(":")[0] or host
    if re.fullmatch(r"(s3([.-][a-z0-9-]+)?\.)?localhost", name):
        return ""
    found = re.fullmatch(r"(?P<bucket>.+?)\.(s3[.-][a-z0-9-]+\.)?localhost", name)
    return found["bucket"] if found else ""
