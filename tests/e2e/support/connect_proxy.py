"""An HTTP proxy on loopback, as companies have one: CONNECT for https, whole URLs for http, Basic credentials if wanted. It resolves
names that nobody else knows (`hosts`: name → port of this machine), so that what arrives has certainly passed through it. And a
server of TLS that hands on to a port, for names the embedded cloud has no certificate for."""

import base64
import re
import socket
import ssl
import subprocess
import threading


def pump(source, sink):
    try:
        while piece := source.recv(1 << 16):
            sink.sendall(piece)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def join(one, other):
    """Bytes both ways until both have ended."""
    back = threading.Thread(target=pump, args=(other, one), daemon=True)
    back.start()
    pump(one, other)
    back.join()
    one.close()
    other.close()


class Listener:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.guarded, args=(connection,), daemon=True).start()

    def guarded(self, connection):
        try:
            self.serve(connection)
        except (OSError, ValueError):
            connection.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Proxy(Listener):
    """`user`: "name:password" that it wants. `seen`: the request lines, and `refused`: how many had the wrong credentials."""

    def __init__(self, hosts, user=None):
        self.hosts = hosts
        self.user = user
        self.seen = []
        self.refused = 0
        super().__init__()

    def url(self, user=None):
        return f"http://{user + '@' if user else ''}127.0.0.1:{self.port}"

    def serve(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(1 << 16)
            if not piece:
                connection.close()
                return
            head += piece
        head, _, rest = head.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        values = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        if self.user is not None:
            wanted = "Basic " + base64.b64encode(self.user.encode()).decode()
            if values.get("proxy-authorization") != wanted:
                self.refused += 1
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
                                   b"Content-Length: 0\r\nConnection: close\r\n\r\n")
                connection.close()
                return
        self.seen.append(line)
        method, target, _ = line.split(" ")
        if method == "CONNECT":
            host = target.rsplit(":", 1)[0]
        else:
            host = re.match(r"http://([^/:]+)", target)[1]
        onward = socket.create_connection(("127.0.0.1", self.hosts[host]))
        if method == "CONNECT":
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            onward.sendall(rest)
        else:
            # In origin form, and without what is the proxy's alone; one request a connection.
            kept = [field for field in fields if not field.lower().startswith(("proxy-", "connection:"))]
            path = re.sub(r"^http://[^/]+", "", target)
            onward.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]).encode("latin-1") + rest)
        join(connection, onward)


class TlsServer(Listener):
    """Ends TLS for `name` and hands the bytes on to `port`. `ca` is what clients trust."""

    def __init__(self, name, port, folder):
        self.onward_port = port
        self.ca = folder / "proxied-ca.pem"
        key = folder / "proxied-key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},DNS:*.{name}", "-keyout", key, "-out", self.ca],
                       check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.ca, key)
        super().__init__()

    def serve(self, connection):
        join(self.context.wrap_socket(connection, server_side=True), socket.create_connection(("127.0.0.1", self.onward_port)))
