"""boto3 puts the account before the host of S3 Control, also before `localhost`."""

import socket


def resolve_localhost_names():
    """`111122223333.localhost` (boto3 prefixes the account to the S3 Control host) is this machine, whatever its resolver says."""
    original = socket.getaddrinfo

    def getaddrinfo(host, *rest, **named):
        name = host.decode() if isinstance(host, bytes) else host
        return original("127.0.0.1" if name and name.endswith(".localhost") else host, *rest, **named)

    socket.getaddrinfo = getaddrinfo
