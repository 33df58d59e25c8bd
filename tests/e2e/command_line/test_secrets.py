"""Secrets are in no log, report, record or error. Cloud.close looks through the logs of every test; here they are provoked."""

import re
import urllib.request

from harness import CloudTest, Serve, account, clean_environment, replica_region, run, source_region


class Secrets(CloudTest):
    serve_settings = None

    def everything_written(self):
        """Texts of all logs, records and reports, by name."""
        texts = {path.name: path.read_text(errors="replace") for path in self.cloud.logs()}
        for region in (source_region, replica_region):
            client = self.cloud.s3(region)
            for name in self.cloud.buckets(region):
                if not name.startswith("s3dr-"):
                    continue
                for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
                    for entry in page.get("Contents", []):
                        body = client.get_object(Bucket=name, Key=entry["Key"])["Body"].read()
                        texts[f"{name}/{entry['Key']}"] = body.decode(errors="replace")
        return texts

    def test_no_secret_is_written_down(self):
        canary = "canaryEventSecret0123456789abcdef"
        self.cloud.secrets.add(canary)
        serve = Serve(self.cloud, log_level="debug").ready()
        bucket = self.cloud.make_bucket("secrets")
        self.cloud.s3().put_object(Bucket=bucket, Key="k", Body=b"v")
        done = serve.s3dr("protect", bucket, "--wait", "--timeout", "60s", "--log-level", "debug")
        self.assertExit(done, 0)
        said = {"protect": done.out + done.err}
        for words in (("status", "--output", "json"), ("plan", bucket), ("verify", bucket, "--bytes"), ("config", "validate"),
                      ("config", "validate", "--output", "json")):
            done = serve.s3dr(*words, "--log-level", "debug")
            said[" ".join(words)] = done.out + done.err
        self.assertEqual(serve.send_event({"detail": {}}, secret=canary), 401)
        url = self.cloud.s3().generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
        signature = re.search(r"X-Amz-Signature=([0-9a-f]{64})", url)[1]
        urllib.request.urlopen(url, timeout=10).read()

        identity, secret = self.cloud.keys(source_region)
        wrong = "canaryWrongSecretKey/+0123456789abcdefgh"
        self.cloud.secrets |= {wrong, signature}
        environment = clean_environment(AWS_ACCESS_KEY_ID=identity, AWS_SECRET_ACCESS_KEY=wrong, AWS_SESSION_TOKEN="canarySessionToken0123456789",
                                        HOME=str(self.cloud.home))
        self.cloud.secrets.add("canarySessionToken0123456789")
        text = serve.config.read_text().replace(f'"profile": "s3dr-{account}-{source_region}"', '"expected_owner": true')
        other = self.cloud.data / "wrong.yaml"
        other.write_text(text.replace(f'"profile": "s3dr-{account}-{replica_region}"', '"expected_owner": true'))
        done = run("status", "--config", other, "--log-level", "debug", environment=environment)
        self.assertExit(done, 1)
        said["status with a wrong secret"] = done.out + done.err

        written = self.everything_written() | said
        self.assertTrue(any(name.startswith("s3dr-control") for name in written), "no record was read")
        self.assertTrue(any(name.endswith("access.log") for name in written), "no access log was read")
        found = [name for name, text in written.items() for hidden in self.cloud.secrets if hidden in text]
        self.assertEqual(found, [])
        self.assertIn(identity, (self.cloud.data / "aws" / "credentials").read_text())
        for private in ("aws/credentials", "event-secret", "tls/server.key"):
            self.assertEqual((self.cloud.data / private).stat().st_mode & 0o777, 0o600, private)
        self.assertEqual(secret in self.cloud.secrets, True)

