"""What tests put in: keys and histories that tools stumble over, a package of functions that fail."""

import zipfile

odd_keys = (
    "a//b", "//", "/leading", "trailing/", ".", "..", "./x", "../x", "a/./b", "a/../b", "100%", "%2F", "a%20b", "a+b", "a b",
    "  two  blanks  ", "äöü/ß", "日本語/ファイル", "emoji-🦊", "combining-e\u0301", "quote'\"<>&", "question?x=1&y=2", "hash#1", "semi;colon:=@!$()*,[]{}|\\^~`",
    "new\nline", "tab\t", "k" * 1024, ("é" * 512),
)


def fill_with_odd_keys(client, bucket):
    """Each odd key once. Returns the keys."""
    for number, key in enumerate(odd_keys):
        client.put_object(Bucket=bucket, Key=key, Body=f"body {number} of {key}".encode(), ContentType="text/x-odd",
                          Metadata={"number": str(number)})
    return odd_keys


def fill_with_history(client, bucket):
    """Versions, markers, metadata, tags, an empty object and a multipart one."""
    for round_number in range(3):
        client.put_object(Bucket=bucket, Key="versions/three", Body=f"round {round_number}".encode())
    client.put_object(Bucket=bucket, Key="versions/deleted", Body=b"was here")
    client.delete_object(Bucket=bucket, Key="versions/deleted")
    client.put_object(Bucket=bucket, Key="versions/back", Body=b"first")
    client.delete_object(Bucket=bucket, Key="versions/back")
    client.put_object(Bucket=bucket, Key="versions/back", Body=b"second")
    client.delete_object(Bucket=bucket, Key="versions/only-a-marker")
    client.put_object(Bucket=bucket, Key="empty", Body=b"")
    client.put_object(Bucket=bucket, Key="metadata", Body=b"m" * 5000, ContentType="application/x-test; charset=utf-8",
                      CacheControl="max-age=60", ContentDisposition='attachment; filename="x.bin"', ContentLanguage="de",
                      ContentEncoding="identity", Metadata={"colour": "blue", "mixed-Case": "Value, with comma"})
    client.put_object(Bucket=bucket, Key="tags", Body=b"t", Tagging="team=storage&stage=a%20b%2Fc")
    put_multipart(client, bucket, "multipart", [b"p" * (5 << 20), b"q" * (5 << 20), b"end"], Metadata={"parts": "three"})


def put_multipart(client, bucket, key, parts, **more):
    upload = client.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]
    done = [{"PartNumber": number, "ETag": client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=part)["ETag"]}
            for number, part in enumerate(parts, 1)]
    return client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": done})


def silent_package(path, bootstrap="#!/bin/sh\n"):
    """A package whose functions all fail: they end without a word. Returns the path."""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("bootstrap", bootstrap)
    return path
