"""Keeps what a store answered, as it came over the wire: one JSON file a call. Left out: signatures, keys, session tokens. The account's
id is replaced. So a recording may be shown to others, and a test can replay it."""

import json
import re
import threading

left_out = {"authorization", "x-amz-security-token", "cookie", "set-cookie"}
account_of_examples = "111122223333"
secret_elements = re.compile(r"<(SecretAccessKey|SessionToken|AccessKeyId)>[^<]*</\1>")


class Recorder:
    def __init__(self, folder):
        self.folder = folder
        self.account = ""
        self.row = ""  # the assumption that is being asked; empty: nothing is recorded
        self.files = []
        self.requests = threading.local()

    def listen(self, client, service):
        events = client.meta.events
        events.register("before-send", lambda request, **_: setattr(self.requests, "last", request))
        events.register("response-received", lambda response_dict=None, parsed_response=None, event_name="", **_: self.keep(
            service, event_name.rpartition(".")[2], response_dict, parsed_response))

    def keep(self, service, operation, answer, parsed):
        request = getattr(self.requests, "last", None)
        if not self.row or answer is None or request is None:
            return
        body = answer["body"] if isinstance(answer["body"], bytes) else b""  # streamed bodies are objects' data
        told = {"row": self.row, "service": service, "operation": operation,
                "request": {"method": request.method, "url": self.masked(request.url), "headers": self.headers(request.headers),
                            "body": self.masked(text(request.body))},
                "answer": {"status": answer["status_code"], "headers": self.headers(answer["headers"]), "body": self.masked(text(body))},
                # As boto3 understood it: a judge of another author for whoever replays it.
                "parsed": json.loads(self.masked(json.dumps(understood(parsed), default=str)))}
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{len(self.files) + 1:03}-{self.row}.json"
        path.write_text(json.dumps(told, indent=1) + "\n")
        self.files.append(path)

    def headers(self, given):
        return {str(name).lower(): self.masked(text(value)) for name, value in given.items() if str(name).lower() not in left_out}

    def masked(self, value):
        value = re.sub(r"(X-Amz-(Signature|Credential|Security-Token))=[^&]*", r"\1=…", value)
        value = secret_elements.sub(r"<\1>…</\1>", value)
        return value.replace(self.account, account_of_examples) if self.account else value


def understood(parsed):
    return {key: value for key, value in (parsed or {}).items() if key not in ("ResponseMetadata", "Body", "Credentials")}


def text(value):
    if value is None:
        return ""
    if hasattr(value, "read"):
        return ""
    return value.decode(errors="replace") if isinstance(value, (bytes, bytearray)) else str(value)
