"""Compares one request and its answer with the service models. Every fault has a name without values, so that the same fault has the same
name everywhere: `<service> <operation> <request|answer>: <place>: <problem>`."""

import xml.etree.ElementTree

from documented_errors import DocumentedErrors
from service_models import Call, Models, NoModel, Unknown, located
from value_check import ValueCheck, local, parsed_json, tree

our_agents = ("s3dr", "s3dr-lambda")
xml_namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
timestamp_formats = {"rest-xml": "iso8601", "query": "iso8601", "json": "unixTimestamp", "rest-json": "unixTimestamp"}

# Of requests to S3: what no operation names because every one may have it.
request_headers = {"x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-decoded-content-length", "x-amz-trailer",
                   "x-amz-sdk-checksum-algorithm", "x-amz-user-agent", "x-amz-target", "x-amzn-query-mode", "x-amzn-trace-id", "x-amz-te"}
presigned = {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature", "x-amz-security-token",
             "x-amz-content-sha256"}
# Common response headers of S3's API reference, and those of the other services.
answer_headers = {"x-amz-request-id", "x-amz-id-2", "x-amzn-requestid", "x-amzn-errortype", "x-amzn-query-error", "x-amzn-trace-id"}


class Findings:
    """What was seen: counts, and faults with one example each."""

    def __init__(self):
        self.requests = self.answers = self.calls = 0
        self.operations = {}
        self.not_checked = {}
        self.faults = {}

    def fault(self, name, example):
        entry = self.faults.setdefault(name, {"count": 0, "example": str(example)[:200]})
        entry["count"] += 1

    def skip(self, reason):
        self.not_checked[reason] = self.not_checked.get(reason, 0) + 1

    def as_dict(self):
        return {"calls": self.calls, "requests": self.requests, "answers": self.answers, "operations": self.operations,
                "not_checked": self.not_checked, "faults": self.faults}


class ExchangeCheck:
    """`everybody`: requests of other clients are checked, too, not only those of s3dr."""

    def __init__(self, everybody=False):
        self.models = Models()
        self.errors = DocumentedErrors()
        self.everybody = everybody
        self.findings = Findings()
        self.seen = {}  # what was checked already is only counted

    def check(self, exchange):
        request, answer = exchange.request, exchange.answer
        ours = request is not None and (self.everybody or request.header("user-agent") in our_agents)
        self.findings.calls += 1
        try:
            if request is None:
                raise Unknown("no HTTP")
            call = self.models.call(request)
        except NoModel as reason:
            self.findings.skip(str(reason))
            return
        except Unknown as what:
            if ours:
                self.findings.requests += 1
                self.findings.fault(f"request: {what}", request.line)
            self.findings.answers += 1
            self.unknown_call(what, answer)
            return
        name = str(call.operation)
        self.findings.operations[name] = self.findings.operations.get(name, 0) + 1
        if ours:
            self.findings.requests += 1
            self.once(("request", name, request.target, self.telling(request)), lambda: RequestCheck(self, call).check(request))
        self.findings.answers += 1
        key = ("answer", name, call.protocol, answer.line, self.telling(answer))
        self.once(key, lambda: AnswerCheck(self, call).check(request, answer))

    def once(self, key, look):
        """What is the same to the byte has the same faults."""
        marked = hash(key)
        if marked in self.seen:
            for name, example in self.seen[marked]:
                self.findings.fault(name, example)
            return
        before = {name: entry["count"] for name, entry in self.findings.faults.items()}
        look()
        self.seen[marked] = [(name, entry["example"]) for name, entry in self.findings.faults.items() if entry["count"] != before.get(name)]

    @staticmethod
    def telling(message):
        changing = ("date", "x-amz-date", "authorization", "x-amz-request-id", "x-amz-id-2", "x-amzn-requestid", "last-modified", "user-agent", "host")
        return tuple(entry for entry in message.headers.items() if entry[0] not in changing), message.body if len(message.body) < 1 << 16 else len(message.body)

    def unknown_call(self, what, answer):
        """Something that AWS has no operation for: the answer has to be an error, with a code that somebody documents."""
        if answer.status < 400 and answer.status != 307:
            self.findings.fault(f"answer: {what}: {answer.status} to what no operation is", answer.line)
        elif answer.body:
            root = parsed_xml(answer.body)
            code = text_of(root, "Code") if root is not None else ""
            if code and not self.errors.anywhere(code):
                self.findings.fault(f"answer: {what}: the error code {code} is not documented", answer.line)


class Side:
    """What the checks of a request and of an answer share."""

    def __init__(self, check, call: Call, side):
        self.check_of_all = check
        self.findings = check.findings
        self.call = call
        self.operation = call.operation
        self.side = side
        self.values = ValueCheck(self.operation.service.shapes, self.fault, timestamp_formats[call.protocol])

    def fault(self, place, problem, example=""):
        self.findings.fault(f"{self.operation} {self.side}: {place}: {problem}", example)

    @staticmethod
    def body_members(shape):
        return {name: member for name, member in shape.get("members", {}).items() if not member.get("location")}


class RequestCheck(Side):
    def __init__(self, check, call):
        super().__init__(check, call, "request")

    def check(self, request):
        operation = self.operation
        shape = operation.service.shapes[operation.input] if operation.input else {"members": {}}
        if self.call.protocol != "rest-xml" and not request.whole:
            self.findings.skip("a request longer than what is kept")
            return
        if self.call.protocol == "query":
            fields = {name: value for name, value in self.call.query.items() if name not in ("Action", "Version")}
            self.values.form(shape, tree(fields))
            return
        if self.call.protocol == "json":
            body = parsed_json(request.body or b"{}")
            if not isinstance(body, dict):
                self.fault("body", "no JSON object")
            else:
                self.values.json_structure(shape, body, "")
            return
        seen = self.uri() | self.query_and_headers(request) | self.body(request, shape)
        for name in operation.required - seen:
            self.fault(name, "missing")
        self.checksum(request)

    def uri(self):
        found = self.operation.pattern.fullmatch(self.call.path)
        for name, value in zip(self.operation.uri_members, found.groups()):
            member = next((one for one_name, one in self.operation.input_members.items() if one.get("locationName", one_name) == name), None)
            if member:
                self.values.text(member, value, name)
        return {name for name, member in self.operation.input_members.items() if member.get("location") == "uri"}

    def query_and_headers(self, request):
        seen = set()
        members = self.operation.input_members
        for name, value in self.call.query.items():
            if (member := self.operation.located.get(("querystring", name))) is not None:
                seen.add(member)
                self.query_value(members[member], value, name)
            elif name not in self.operation.literals and name.lower() not in presigned:
                self.fault(f"query {name}", "no member", value)
        prefixes = [name for (where, name) in self.operation.located if where == "headers"]
        for name, value in request.headers.items():
            if (member := self.operation.located.get(("header", name))) is not None:
                seen.add(member)
                self.header_value(members[member], value, name)
            elif name.startswith("x-amz") and name not in request_headers and not any(name.startswith(prefix) for prefix in prefixes) and not (
                    name.startswith("x-amz-checksum-") and "httpChecksum" in self.operation.entry):
                self.fault(f"header {name}", "no member", value)
        return seen

    def query_value(self, member, value, place):
        shape = self.values.shape(member)
        if shape["type"] == "list":
            member = shape["member"]
        if shape["type"] != "map":
            self.values.text(member, value, f"query {place}", "iso8601")

    def header_value(self, member, value, place):
        shape = self.values.shape(member)
        if shape["type"] == "list":
            for one in value.split(","):
                self.values.text(shape["member"], one.strip(), f"header {place}")
        else:
            self.values.text(member, value, f"header {place}", "rfc822")

    def body(self, request, shape):
        payload = shape.get("payload")
        if payload:
            member = shape["members"][payload]
            if self.values.shape(member)["type"] != "structure":
                return {payload}  # data of the user, or a document of its own
            if not request.body:
                return set()
            if request.whole:
                self.document(member, request.body, payload)
            return {payload}
        members = self.body_members(shape)
        if not members:
            if request.body and self.operation.method != "POST":
                self.fault("body", "no member has it")
            return set()
        if self.call.protocol == "rest-json":
            body = parsed_json(request.body or b"{}")
            if not isinstance(body, dict):
                self.fault("body", "no JSON object")
                return set()
            self.values.json_structure({"members": members}, body, "")
            return {name for name, member in members.items() if member.get("locationName", name) in body}
        root = parsed_xml(request.body)
        if root is None:
            self.fault("body", "no XML")
            return set()
        wanted = self.operation.entry["input"].get("locationName")
        self.root(root, wanted, self.operation.entry["input"].get("xmlNamespace"))
        self.values.xml_structure({"members": members}, root, "")
        return {name for name, member in members.items() if any(local(child) == self.values.xml_name(name, member) for child in root)}

    def document(self, member, body, payload):
        if self.call.protocol == "rest-json":
            value = parsed_json(body)
            self.values.json(member, value, payload)
            return
        root = parsed_xml(body)
        if root is None:
            self.fault(payload, "no XML")
            return
        self.root(root, member.get("locationName", payload), member.get("xmlNamespace"))
        self.values.xml(member, root, payload)

    def root(self, root, wanted, namespace):
        if wanted and local(root) != wanted:
            self.fault("body", f"its root is not {wanted}", root.tag)
        if namespace and not root.tag.startswith("{" + namespace["uri"] + "}"):
            self.fault("body", "another namespace", root.tag)

    def checksum(self, request):
        entry = self.operation.entry
        if not (entry.get("httpChecksumRequired") or entry.get("httpChecksum", {}).get("requestChecksumRequired")):
            return
        if "content-md5" not in request.headers and not any(name.startswith("x-amz-checksum-") for name in request.headers) and \
                "x-amz-trailer" not in request.headers:
            self.fault("checksum", "missing")


class AnswerCheck(Side):
    def __init__(self, check, call):
        super().__init__(check, call, "answer")
        self.errors = check.errors

    def check(self, request, answer):
        if answer.status >= 300:
            self.error(request, answer)
            return
        self.status(answer)
        if self.call.protocol == "query":
            self.query_answer(answer)
            return
        shape = self.operation.service.shapes[self.operation.output] if self.operation.output else {"members": {}}
        if self.call.protocol == "json":
            body = parsed_json(answer.body or b"{}")
            if isinstance(body, dict):
                self.values.json_structure(shape, body, "")
            elif answer.whole:
                self.fault("body", "no JSON object")
            return
        self.headers(shape, answer)
        if request.method != "HEAD":
            self.body(shape, answer)

    def status(self, answer):
        shape = self.operation.service.shapes.get(self.operation.output, {})
        told = any(member.get("location") == "statusCode" for member in shape.get("members", {}).values())
        partial = answer.status == 206 and "content-range" in answer.headers
        if answer.status != self.operation.status and not told and not partial:
            self.fault("status", f"{answer.status} instead of {self.operation.status}")

    def headers(self, shape, answer):
        by_wire = located(shape["members"])
        prefixes = [name for (where, name) in by_wire if where == "headers"]
        for name, value in answer.headers.items():
            if (member := by_wire.get(("header", name))) is not None:
                self.values.text(shape["members"][member], value, f"header {name}", "rfc822")
            elif name.startswith("x-amz") and name not in answer_headers and not any(name.startswith(prefix) for prefix in prefixes):
                self.fault(f"header {name}", "no member", value)
        located_names = {member for (where, _), member in by_wire.items() if where == "header"}
        for name in set(shape.get("required", ())) & located_names:
            if shape["members"][name].get("locationName", name).lower() not in answer.headers:
                self.fault(name, "missing")

    def body(self, shape, answer):
        payload = shape.get("payload")
        kind = self.values.shape(shape["members"][payload])["type"] if payload else None
        if kind in ("blob", "string"):
            return
        if self.operation.name == "GetBucketLocation" and self.operation.service.name == "s3":
            self.location(answer)
            return
        if not answer.whole:
            self.findings.skip("an answer longer than what is kept")
            return
        members = {payload: shape["members"][payload]} if payload else self.body_members(shape)
        if self.call.protocol == "rest-json":
            value = parsed_json(answer.body or b"{}")
            if payload:
                self.values.json(shape["members"][payload], value, payload)
            elif not isinstance(value, dict):
                self.fault("body", "no JSON object")
            else:
                self.values.json_structure({"members": members, "required": [name for name in shape.get("required", ()) if name in members]}, value, "")
            return
        if not members:
            if answer.body.strip():
                self.fault("body", "no member has it", answer.body[:100])
            return
        root = parsed_xml(answer.body)
        if root is None:
            self.fault("body", "no XML", answer.body[:100])
        elif local(root) == "Error":
            self.error_code(text_of(root, "Code"), 200, answer)
        elif payload:
            self.values.xml(shape["members"][payload], root, payload)
        else:
            self.values.xml_structure({"members": members, "required": [name for name in shape.get("required", ()) if name in members]}, root, "")

    def location(self, answer):
        """The one answer of S3 whose document is not what the model says: the value itself is the root (API reference)."""
        root = parsed_xml(answer.body)
        if root is None or local(root) != "LocationConstraint" or len(root):
            self.fault("body", "no LocationConstraint")
        elif root.text:
            self.values.text({"shape": "BucketLocationConstraint"}, root.text, "LocationConstraint")

    def query_answer(self, answer):
        root = parsed_xml(answer.body)
        if root is None:
            self.fault("body", "no XML")
            return
        name = self.operation.name
        if local(root) != f"{name}Response":
            self.fault("body", f"its root is not {name}Response", root.tag)
        wrapper = self.operation.entry.get("output", {}).get("resultWrapper")
        for child in root:
            if local(child) == wrapper:
                self.values.xml_structure(self.operation.service.shapes[self.operation.output], child, "")
            elif local(child) != "ResponseMetadata":
                self.fault(local(child), "no member")
        if wrapper and not any(local(child) == wrapper for child in root):
            self.fault(wrapper, "missing")

    # --- errors -----------------------------------------------------------------------------------------------------

    def error(self, request, answer):
        if not answer.whole:
            return
        if self.call.protocol in ("json", "rest-json"):
            body = parsed_json(answer.body or b"null")
            code = answer.header("x-amzn-errortype").partition(":")[0]
            if isinstance(body, dict):
                code = code or str(body.get("__type", ""))
            self.error_code(code.rpartition("#")[2], answer.status, answer)
            return
        if request.method == "HEAD" or answer.status == 304:
            return
        root = parsed_xml(answer.body)
        if root is None:
            self.fault("error", "no XML", answer.line)
            return
        if local(root) == "ErrorResponse":
            root = next((child for child in root if local(child) == "Error"), root)
        self.error_code(text_of(root, "Code"), answer.status, answer)

    def error_code(self, code, status, answer):
        if not code:
            self.fault("error", f"{status} without a code", answer.line)
            return
        allowed = self.errors.statuses(self.operation, code)
        if allowed is None:
            self.fault("error", f"the code {code} is not documented", f"{status}")
        elif allowed and status != 200 and status not in allowed:
            self.fault("error", f"{code} is {' or '.join(map(str, sorted(allowed)))}, not {status}", answer.line)


def parsed_xml(body):
    """None: it is not XML."""
    try:
        return xml.etree.ElementTree.fromstring(body)
    except xml.etree.ElementTree.ParseError:
        return None


def text_of(root, name):
    return next((child.text or "" for child in root if local(child) == name), "")
