"""A controller that is told to listen elsewhere: the events of the embedded cloud follow it."""

import re

from harness import CloudTest, Process, Serve, binary, free_port, limit, source_region, wait_for


class AnotherAddressOfServe(CloudTest):
    """serve.listen is changed in the configuration that the cloud wrote; the cloud runs on."""

    serve_settings = None

    def destination(self):
        return self.cloud.client("events", source_region).describe_api_destination(Name="s3dr-serve")["InvocationEndpoint"]

    def listen(self, address):
        """As a person would: edits the one line of s3dr.yaml."""
        path = self.cloud.data / "s3dr.yaml"
        text = re.sub(r"(?m)^  listen: .*$", f"  listen: {address}", path.read_text())
        path.write_text(text)
        return path

    @limit(180)
    def test_events_follow_at_once_and_after_a_restart_of_the_region(self):
        for turn, restarts in (("first", False), ("second", True)):
            address = f"127.0.0.1:{free_port()}"
            if restarts:
                self.cloud.stop_region(source_region)
            path = self.listen(address)
            if restarts:
                self.cloud.start_region(source_region)
            serve = Process([binary, "serve", "--config", path], self.cloud.folder / f"serve-{turn}.log", self.cloud.profiles_environment())
            self.cloud.serves.append(serve)
            serve.address = address
            wait_for(lambda: Serve.get(serve, "/readyz") == 200, 60, "a ready controller")
            wait_for(lambda: self.destination() == f"http://{address}/events", 20, "the new address in the API destination")
            # The sweep comes every five minutes: only an event can be this fast.
            bucket = self.cloud.make_bucket(f"follows-{turn}")
            self.cloud.tag(bucket, dr="true")
            wait_for(lambda: self.cloud.record(bucket), 30, "a record, begun by an event")
            serve.stop()

    def test_what_cannot_be_understood_changes_nothing(self):
        before = self.destination()
        path = self.cloud.data / "s3dr.yaml"
        kept = path.read_text()
        self.addCleanup(path.write_text, kept)
        path.write_text(kept + "\nnonsense: [\n")
        log = self.cloud.data / source_region / "region.log"
        wait_for(lambda: "the address of s3dr serve is not known" in log.read_text(), 20, "a warning in the region's log")
        self.assertEqual(self.destination(), before)
