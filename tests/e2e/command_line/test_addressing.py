"""`addressing: virtual`: controller and commands name buckets in front of the host, over http and over https, as they do on AWS."""

from harness import CloudTest, Serve, free_port, limit, replica_region, source_region


class VirtualHosts(CloudTest):
    serve_settings = None

    def controller(self, tls):
        kind = "https" if tls else "http"
        endpoints = {region: f"{kind}://s3.{region}.localhost:{self.cloud.ports[region][kind]}" for region in (source_region, replica_region)}
        settings = {"addressing": {region: "virtual" for region in endpoints}}
        return Serve(self.cloud, f"virtual-{kind}", endpoints, settings, tls, listen=f"127.0.0.1:{free_port()}").ready()

    @limit(180)
    def test_a_bucket_is_protected_and_verified(self):
        for tls in (False, True):
            with self.subTest(tls=tls):
                bucket = self.cloud.make_bucket(f"virtual-{'tls' if tls else 'plain'}")
                for key in ("a", "b//c/../d", "ü +"):
                    self.cloud.s3().put_object(Bucket=bucket, Key=key, Body=b"x" * 1000)
                serve = self.controller(tls)
                self.assertExit(serve.s3dr("protect", bucket, "--wait"), 0)
                self.assertExit(serve.s3dr("verify", bucket, "--level", "bytes"), 0)
                self.assertIn("addressing virtual", serve.s3dr("config", "validate").out)
                serve.stop()
