"""An HTTP/1.1 proxy on loopback that counts the calls passing through it and lets a test act before each is forwarded and after
its reply has come back whole, before the caller sees any of it. Bytes pass unchanged, so signatures stay valid."""

import itertools
import re
import socket
import threading


class Calls:
    """Numbers the calls of all proxies that share it, from 1. Hooks get (number, request line); one that returns False cuts
    the connection there. `instead` gets the request line; where it returns (status, code), or a whole answer as answered() makes it,
    that is the answer, and the call is not passed on."""

    def __init__(self, before=None, after=None, instead=None):
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.before = before or (lambda number, line: True)
        self.after = after or (lambda number, line: True)
        self.instead = instead or (lambda line: None)
        self.lines = []

    def take(self, line):
        with self.lock:
            self.lines.append(line)
            return next(self.numbers)

    @property
    def count(self):
        return len(self.lines)


class Reader:
    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""

    def more(self):
        got = self.connection.recv(1 << 16)
        if not got:
            raise ConnectionError("closed")
        self.buffer += got

    def until(self, end):
        while end not in self.buffer:
            self.more()
        head, _, self.buffer = self.buffer.partition(end)
        return head + end

    def exactly(self, size):
        while len(self.buffer) < size:
            self.more()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def body(self, head, bodyless=False):
        """As it is on the wire."""
        if bodyless:
            return b""
        if re.search(rb"\r\ntransfer-encoding: *chunked\r\n", head, re.IGNORECASE):
            parts = []
            while True:
                size_line = self.until(b"\r\n")
                size = int(size_line.split(b";")[0], 16)
                parts += [size_line, self.exactly(size)] if size else [size_line]
                parts.append(self.until(b"\r\n"))
                if size == 0:
                    return b"".join(parts)
        length = re.search(rb"\r\ncontent-length: *(\d+)\r\n", head, re.IGNORECASE)
        return self.exactly(int(length[1])) if length else b""


def refused(status, code, bodyless):
    """An error as S3 writes it."""
    whole = answered(status, f"<Error><Code>{code}</Code><Message>{code}</Message><RequestId>0</RequestId></Error>")
    return whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if bodyless else whole


def answered(status, body, content_type="application/xml"):
    """A whole answer."""
    return f"HTTP/1.1 {status} So\r\nContent-Type: {content_type}\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}".encode()


class Proxy:
    def __init__(self, target_port, calls):
        self.target_port = target_port
        self.calls = calls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.closed = False
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.closed = True
        self.listener.close()

    def accept(self):
        while not self.closed:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with connection, socket.create_connection(("127.0.0.1", self.target_port), timeout=60) as upstream:
                caller, store = Reader(connection), Reader(upstream)
                while self.pass_one(caller, store):
                    pass
        except (OSError, ValueError):
            pass  # either side went away: so does the other

    def pass_one(self, caller, store):
        head = caller.until(b"\r\n\r\n")
        line = head.split(b"\r\n")[0].decode(errors="replace")
        body = caller.body(head)
        number = self.calls.take(line)
        if self.calls.before(number, line) is False:
            return False
        refusal = self.calls.instead(line)
        if refusal:
            caller.connection.sendall(refusal if isinstance(refusal, bytes) else refused(*refusal, bodyless=line.startswith("HEAD ")))
            return True
        store.connection.sendall(head + body)
        reply = store.until(b"\r\n\r\n")
        while reply.split(b" ")[1] == b"100":
            reply = store.until(b"\r\n\r\n")
        status = reply.split(b" ")[1]
        whole = reply + store.body(reply, bodyless=line.startswith("HEAD ") or status in (b"204", b"304"))
        if self.calls.after(number, line) is False:
            return False
        caller.connection.sendall(whole)
        return not re.search(rb"\r\nconnection: *close", reply, re.IGNORECASE)
