"""Reads what recorder.cc wrote: the calls of each connection, each with its answer.

A recording is what a server's sockets carried, so bytes may be missing at two places: in the middle of a long body (only the first MiB is
kept), and at the end (the server was killed, a client went away). What is missing is said, never guessed."""

import struct
from dataclasses import dataclass, field

entry = struct.Struct("=IIIHBx")
opened, heard, said, closed = range(4)


@dataclass
class Turn:
    """What one side said before the other one did: the bytes kept, and how many there were."""
    kept: bytearray = field(default_factory=bytearray)
    size: int = 0


@dataclass
class Message:
    """A request or an answer. `whole`: nothing of the body is missing."""
    line: str
    headers: dict  # in lower case; a repeated one is joined with commas
    body: bytes = b""
    whole: bool = True

    def header(self, name, default=""):
        return self.headers.get(name, default)

    @property
    def status(self):
        return int(self.line.split(" ", 2)[1])

    @property
    def method(self):
        return self.line.split(" ", 1)[0]

    @property
    def target(self):
        return self.line.split(" ", 2)[1]


@dataclass
class Exchange:
    request: Message  # None: it could not be read as HTTP
    answer: Message
    secure: bool


class Unreadable(Exception):
    """What follows on this connection is not HTTP, or its beginning is missing."""


class Ended(Exception):
    """The recording ends in the middle of a message."""


class Reader:
    """The bytes of one direction, in order, with what is missing between them."""

    def __init__(self, turns):
        self.turns = turns
        self.at = 0  # within the first turn

    def skip_empty(self):
        while self.turns and self.at >= self.turns[0].size:
            self.turns.pop(0)
            self.at = 0

    def until(self, end):
        taken = bytearray()
        while True:
            self.skip_empty()
            if not self.turns:
                raise Ended
            turn = self.turns[0]
            before = len(taken)
            taken += turn.kept[self.at:]
            found = taken.find(end, max(0, before - len(end)))
            if found >= 0:
                self.at += found + len(end) - before
                return bytes(taken[:found])
            if len(turn.kept) < turn.size:
                raise Unreadable("the head of a message is longer than what is kept")
            self.at = turn.size

    def take(self, count):
        """(bytes, whether they are all)."""
        taken = bytearray()
        whole = True
        while count:
            self.skip_empty()
            if not self.turns:
                raise Ended
            turn = self.turns[0]
            step = min(count, turn.size - self.at)
            part = turn.kept[self.at:self.at + step]
            taken += part
            whole = whole and len(part) == step
            self.at += step
            count -= step
        return bytes(taken), whole

    def take_chunked(self):
        taken = bytearray()
        try:
            while True:
                size = int(self.until(b"\r\n").split(b";")[0], 16)
                part, whole = self.take(size)
                taken += part
                if not whole:
                    raise Unreadable("the middle of a chunk is missing")
                if size == 0:
                    while self.until(b"\r\n"):
                        pass  # a trailer
                    return bytes(taken), True
                self.until(b"\r\n")
        except Unreadable:
            if self.turns:
                self.at = self.turns[0].size  # no client sends its next request before the answer
            return bytes(taken), False
        except ValueError:
            raise Unreadable("a chunk has no size") from None

    def message(self, answers=""):
        """The next one; `answers`: the method of the request, if it is an answer."""
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        while lines and not lines[0]:
            lines.pop(0)
        if not lines or lines[0].count(" ") < 1 or "HTTP/1." not in lines[0]:
            raise Unreadable("no line of HTTP")
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise Unreadable("a header without a colon")
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        made = Message(lines[0], headers)
        if answers and (not lines[0].split(" ")[1].isdigit() or len(lines[0].split(" ")[1]) != 3):
            raise Unreadable("no status")
        if answers == "HEAD" or (answers and (made.status < 200 or made.status in (204, 304))):
            return made
        try:
            made.body, made.whole = self.body(headers)
        except Ended:
            if answers:
                raise
            made.whole = False  # the server did not wait for the rest
        return made

    def body(self, headers):
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self.take_chunked()
        if not headers.get("content-length", "0").isdigit():
            raise Unreadable("no length")
        return self.take(int(headers.get("content-length", "0")))


def connections(path):
    """Of each connection in the file: (what was heard, what was said, whether it was encrypted)."""
    found = {}
    last = {}
    with open(path, "rb") as file:
        while len(head := file.read(entry.size)) == entry.size:
            number, stored, size, port, kind = entry.unpack(head)
            data = file.read(stored)
            if len(data) < stored:
                break
            if kind == opened:
                found[number] = ([], [], port == 0)
                last[number] = opened
            elif kind in (heard, said) and number in found:
                turns = found[number][kind - heard]
                if last[number] != kind:
                    turns.append(Turn())
                    last[number] = kind
                turns[-1].kept += data
                turns[-1].size += size
            elif kind == closed and number in found:
                yield found.pop(number)
    yield from found.values()


def exchanges(path):
    """Every request that was answered whole, with its answer."""
    for heard_turns, said_turns, secure in connections(path):
        requests, answers = Reader(heard_turns), Reader(said_turns)
        try:
            while True:
                request = read_request(requests)
                answer = answers.message(request.method if request else "GET")
                while answer.status < 200:
                    answer = answers.message(request.method if request else "GET")
                yield Exchange(request, answer, secure)
                if request is None:
                    break
        except (Ended, Unreadable):
            pass  # killed, or gone: the answer does not exist


def read_request(reader):
    """The next one. A body that the server did not wait for is not whole; None: it is not HTTP."""
    try:
        request = reader.message()
        return request if request.line.count(" ") == 2 else None
    except Unreadable:
        return None
