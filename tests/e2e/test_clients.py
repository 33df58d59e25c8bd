"""Real client programs against the embedded cloud: what they send is what counts, so some tests read the region's access log."""

import json
import os
import shutil
import subprocess
import unittest
import urllib.request
from pathlib import Path

from harness import CloudTest, clean_environment, root, run_command, source_region
from pypi import clients, debian_aws, debian_python, newest_aws, no_debian_aws

here = Path(__file__).resolve().parent
no_pypi = clients.missing


def debian_has_boto3():
    try:
        return subprocess.run([debian_python, "-c", "import boto3"], capture_output=True, env=clean_environment()).returncode == 0
    except OSError:
        return False


def needs(program):
    return unittest.skipUnless(shutil.which(program, path="/usr/local/bin:/usr/bin:/bin"), f"{program} is not installed")


class Clients(CloudTest):
    serve_settings = None

    def check(self, command, environment, **more):
        done = run_command(command, environment=environment, **more)
        self.assertExit(done, 0)
        return done

    def since(self):
        start = self.cloud.access_position(source_region)
        return lambda: self.cloud.access(source_region, start)

    # --- boto3 ------------------------------------------------------------------------------------------------------

    def boto3_round(self, python, bucket, tls):
        environment = self.cloud.environment(tls=tls) | {"SSL_CERT_FILE": self.cloud.ca}
        environment.pop("PYTHONPATH", None)
        return self.check([python, here / "boto3_client.py", self.cloud.url(source_region, tls), bucket, source_region], environment)

    @unittest.skipIf(no_pypi, no_pypi)
    def test_newest_boto3_over_tls_sends_unsigned_trailers(self):
        seen = self.since()
        done = self.boto3_round(clients.python, "boto3-new-tls", tls=True)
        version = tuple(map(int, done.out.split()[1].split(".")[:2]))
        self.assertGreaterEqual(version, (1, 36))
        arrived = [line for line in seen() if line["payload_mode"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"]
        self.assertGreater(len(arrived), 0)
        self.assertTrue(all(line["tls"] and line["status"] == 200 for line in arrived))
        self.assertIn("UploadPart", {line["operation"] for line in arrived})

    @unittest.skipIf(no_pypi, no_pypi)
    def test_newest_boto3_plain(self):
        self.boto3_round(clients.python, "boto3-new-plain", tls=False)

    @unittest.skipUnless(debian_has_boto3(), "python3-boto3 is not installed")
    def test_debian_boto3_over_tls(self):
        self.boto3_round(debian_python, "boto3-debian-tls", tls=True)

    @unittest.skipUnless(debian_has_boto3(), "python3-boto3 is not installed")
    def test_debian_boto3_plain(self):
        self.boto3_round(debian_python, "boto3-debian-plain", tls=False)

    # --- aws cli ----------------------------------------------------------------------------------------------------

    def aws_caller(self, aws, tls):
        # Presigned URLs are of version 2 by default, for endpoints that are not AWS's.
        config = self.cloud.home / "aws-config"
        config.write_text("[default]\ns3 =\n  addressing_style = path\n  signature_version = s3v4\n")
        environment = self.cloud.environment(tls=tls) | {"AWS_CONFIG_FILE": str(config)}

        def call(*arguments):
            return self.check([*aws, "--endpoint-url", self.cloud.url(source_region, tls), *arguments], environment).out

        return call

    def aws_round(self, aws, name):
        bucket = f"{name}-plain"
        folder = self.cloud.folder / name
        folder.mkdir()
        big, small = folder / "big", folder / "small ü+%.txt"
        big.write_bytes(os.urandom(9 << 20))
        small.write_text("small")
        call = self.aws_caller(aws, tls=False)
        call("s3", "mb", f"s3://{bucket}")
        call("s3api", "put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Enabled")
        call("s3api", "put-bucket-tagging", "--bucket", bucket, "--tagging", "TagSet=[{Key=team,Value=storage}]")
        self.assertEqual(json.loads(call("s3api", "get-bucket-tagging", "--bucket", bucket))["TagSet"],
                         [{"Key": "team", "Value": "storage"}])
        call("s3", "cp", "--recursive", "--only-show-errors", folder, f"s3://{bucket}/tree/")
        call("s3", "cp", "--only-show-errors", small, f"s3://{bucket}/tree/small ü+%.txt")
        listed = json.loads(call("s3api", "list-object-versions", "--bucket", bucket, "--prefix", "tree/small", "--output", "json"))
        self.assertEqual(len(listed["Versions"]), 2)
        url = call("s3", "presign", f"s3://{bucket}/tree/small ü+%.txt").strip()
        with urllib.request.urlopen(url, timeout=10) as answer:
            self.assertEqual(answer.read(), b"small")
        call("s3", "rm", "--only-show-errors", f"s3://{bucket}/tree/small ü+%.txt")
        self.assertEqual([line.split()[-1] for line in call("s3", "ls", f"s3://{bucket}/tree/").splitlines()], ["big"])

        secure, bucket = self.aws_caller(aws, tls=True), f"{name}-tls"
        secure("s3", "mb", f"s3://{bucket}")
        secure("s3", "cp", "--only-show-errors", big, f"s3://{bucket}/big")
        secure("s3", "cp", "--only-show-errors", f"s3://{bucket}/big", folder / "back")
        self.assertEqual((folder / "back").read_bytes(), big.read_bytes())

    @unittest.skipIf(no_pypi, no_pypi)
    def test_newest_aws_cli(self):
        self.aws_round(newest_aws, "aws-new")

    @unittest.skipIf(no_debian_aws, no_debian_aws)
    def test_debian_aws_cli(self):
        self.aws_round(debian_aws, "aws-debian")

    # --- others -----------------------------------------------------------------------------------------------------

    @needs("rclone")
    def test_rclone(self):
        tree = self.cloud.folder / "rclone-tree"
        (tree / "deep" / "er").mkdir(parents=True)
        for number in range(12):
            (tree / "deep" / f"file {number} ü+%").write_bytes(os.urandom(1000 * number))
        (tree / "deep" / "er" / "big").write_bytes(os.urandom(12 << 20))
        for tls in (False, True):
            bucket = f"rclone-{'tls' if tls else 'plain'}"
            environment = self.cloud.environment(tls=tls) | {
                "RCLONE_CONFIG": str(self.cloud.home / "rclone.conf"), "RCLONE_CONFIG_HERE_TYPE": "s3",
                "RCLONE_CONFIG_HERE_PROVIDER": "Other", "RCLONE_CONFIG_HERE_ENV_AUTH": "true",
                "RCLONE_CONFIG_HERE_REGION": source_region, "RCLONE_CONFIG_HERE_LOCATION_CONSTRAINT": source_region,
                "RCLONE_CONFIG_HERE_ENDPOINT": self.cloud.url(source_region, tls), "RCLONE_CA_CERT": self.cloud.ca}
            del environment["AWS_CA_BUNDLE"]  # rclone's SDK cannot take it in
            quick = ["--retries", "1", "--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi"]
            self.check(["rclone", "mkdir", f"here:{bucket}"], environment)
            self.cloud.s3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            self.check(["rclone", "copy", tree, f"here:{bucket}/t", *quick], environment)
            self.check(["rclone", "check", "--download", tree, f"here:{bucket}/t"], environment)
            (tree / "deep" / "file 1 ü+%").write_bytes(os.urandom(500))
            self.check(["rclone", "sync", tree, f"here:{bucket}/t", *quick], environment)
            shown = self.check(["rclone", "lsf", "--s3-versions", f"here:{bucket}/t/deep"], environment).out.splitlines()
            self.assertEqual(len([name for name in shown if name.startswith("file 1 ü+%") or name.startswith("file 1 ü+%-v")]), 2, shown)
            link = self.check(["rclone", "link", "--expire", "5m", f"here:{bucket}/t/deep/file 2 ü+%"], environment).out.strip()
            self.assertIn("X-Amz-Signature", link)
            self.check(["rclone", "purge", f"here:{bucket}/t"], environment)
            self.assertNotIn("Contents", self.cloud.s3().list_objects_v2(Bucket=bucket))

    @needs("s3cmd")
    def test_s3cmd(self):
        body = self.cloud.folder / "s3cmd-body"
        body.write_bytes(os.urandom(11 << 20))
        for tls in (False, True):
            bucket = f"s3cmd-{'tls' if tls else 'plain'}"
            environment = self.cloud.environment(tls=tls)
            host = f"localhost:{self.cloud.ports[source_region]['https' if tls else 'http']}"
            identity, secret = self.cloud.keys(source_region)
            config = self.cloud.home / f"s3cfg-{bucket}"
            config.write_text(f"[default]\naccess_key = {identity}\nsecret_key = {secret}\nbucket_location = {source_region}\n")
            call = ["s3cmd", "-c", config, f"--host={host}", f"--host-bucket={host}", "--ca-certs", self.cloud.ca, "--no-progress",
                    "--ssl" if tls else "--no-ssl"]
            self.check([*call, "mb", f"s3://{bucket}"], environment)
            self.cloud.s3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            self.check([*call, "put", "--multipart-chunk-size-mb=5", body, f"s3://{bucket}/a b+ü%/big"], environment)
            self.check([*call, "put", here / "test_clients.py", f"s3://{bucket}/a b+ü%/small"], environment)
            back = self.cloud.folder / f"{bucket}-back"
            self.check([*call, "get", "--force", f"s3://{bucket}/a b+ü%/big", back], environment)
            self.assertEqual(back.read_bytes(), body.read_bytes())
            self.assertIn("small", self.check([*call, "ls", "--recursive", f"s3://{bucket}"], environment).out)
            self.check([*call, "del", f"s3://{bucket}/a b+ü%/small"], environment)
            self.assertNotIn("small", self.check([*call, "ls", "--recursive", f"s3://{bucket}"], environment).out)
            url = self.check([*call, "signurl", f"s3://{bucket}/a b+ü%/big", "+60"], environment).out.strip()
            self.assertIn("Signature=", url)

    @needs("restic")
    def test_restic_over_plain_http_sends_signed_chunks(self):
        self.cloud.make_bucket("restic")
        tree = self.cloud.folder / "restic-tree"
        tree.mkdir()
        for number in range(10):
            (tree / str(number)).write_bytes(os.urandom(200_000))
        url = self.cloud.url(source_region).replace("127.0.0.1", "localhost")
        environment = self.cloud.environment() | {"RESTIC_REPOSITORY": f"s3:{url}/restic/repository", "RESTIC_PASSWORD": "test only",
                                                  "RESTIC_CACHE_DIR": str(self.cloud.folder / "restic-cache")}
        seen = self.since()
        options = ["-o", "s3.bucket-lookup=path", "-o", f"s3.region={source_region}"]
        self.check(["restic", *options, "init"], environment)
        self.check(["restic", *options, "backup", tree], environment)
        self.check(["restic", *options, "check", "--read-data"], environment)
        self.check(["restic", *options, "restore", "latest", "--target", self.cloud.folder / "restic-back"], environment)
        for number in range(10):
            back = Path(str(self.cloud.folder / "restic-back") + str(tree / str(number)))
            self.assertEqual(back.read_bytes(), (tree / str(number)).read_bytes())
        arrived = [line for line in seen() if line["payload_mode"] == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]
        self.assertGreater(len(arrived), 0)
        self.assertTrue(all(line["status"] == 200 and not line["tls"] for line in arrived))

    def test_aws_sdk_for_javascript(self):
        npm, node = shutil.which("npm"), shutil.which("node")
        if not (npm and node):
            self.skipTest("npm is not installed")
        modules = root / "build" / "e2e-npm"
        if not (modules / "complete").exists():
            modules.mkdir(parents=True, exist_ok=True)
            try:
                done = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--fetch-retries=0", "--prefix", modules,
                                       "@aws-sdk/client-s3"], capture_output=True, text=True, timeout=100)
            except subprocess.TimeoutExpired:
                self.skipTest("npm's registry took too long")
            if done.returncode != 0:
                self.skipTest("npm's registry was not reached: " + (done.stderr.strip().splitlines() or ["?"])[-1])
            (modules / "complete").touch()
        shutil.copy(here / "aws_sdk_client.mjs", modules)
        for tls in (False, True):
            self.check([node, modules / "aws_sdk_client.mjs", self.cloud.url(source_region, tls),
                        f"aws-sdk-js-{'tls' if tls else 'plain'}", source_region],
                       self.cloud.environment(tls=tls) | {"NODE_EXTRA_CA_CERTS": self.cloud.ca})


if __name__ == "__main__":
    unittest.main()
