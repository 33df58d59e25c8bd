"""`s3dr cloud start` as a newcomer meets it: default ports that are taken, and the lines that it says to type."""

import re
import shutil
import socket
import urllib.request

from harness import Cloud, CloudTest, Process, binary, limit, wait_for

default_port = 9101


class TakenDefaults(Cloud):
    """Started without --ports, in a folder with a blank in its name."""

    def start(self):
        self.data = self.folder / "my cloud"
        self.taken = socket.socket()
        try:
            self.taken.bind(("127.0.0.1", default_port))
            self.taken.listen()
        except OSError:
            pass  # somebody else has it: as good
        self.process = Process([binary, "cloud", "start", "--data", self.data], self.folder / "cloud.log")
        wait_for(self.answers, 60, "a running cloud")
        self.load()
        self.process.wait_for_words("Ctrl-C stops the cloud", 60)


class FirstMinutes(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        cls.cloud = TakenDefaults()
        cls.addClassCleanup(cls.cloud.close)
        cls.addClassCleanup(cls.cloud.taken.close)

    def test_other_ports_are_chosen_and_all_are_said(self):
        said = self.cloud.process.output()
        self.assertIn("a default port is taken", said)
        for ports in self.cloud.ports.values():
            for kind in ("http", "https", "internal"):
                self.assertNotEqual(ports[kind], default_port)
                self.assertRegex(said, rf"127\.0\.0\.1:{ports[kind]}\b")
        self.assertIn(self.cloud.installation["serve_address"], said)

    def test_the_trails_are_made_for_the_newcomer_and_said(self):
        self.assertIn("on AWS you make one yourself", self.cloud.process.output())
        for region in self.cloud.ports:
            trails = self.cloud.client("cloudtrail", region).describe_trails()["trailList"]
            self.assertEqual([trail["Name"] for trail in trails], ["s3dr-default"])

    def test_every_file_is_its_owners_alone(self):
        """Functions' code is in a folder of this kind, too, and has modes of its own."""
        self.cloud.make_bucket("first-minutes")
        for path in [self.cloud.data, *self.cloud.data.rglob("*")]:
            if "functions" in path.relative_to(self.cloud.data).parts:
                continue
            with self.subTest(str(path)):
                try:
                    self.assertEqual(path.lstat().st_mode & 0o077, 0)
                except FileNotFoundError:
                    pass  # a body on its way

    @limit(180)
    def test_what_it_says_works_when_typed(self):
        said = self.cloud.process.output()
        exports = "\n".join(re.findall(r"^  (export .*)$", said, re.MULTILINE))
        serve, make, protect = (re.search(rf"^  (.*{words}.*)$", said, re.MULTILINE)[1] for words in
                                (r"s3dr\S* serve", r"s3 mb", r"s3dr\S* protect"))
        shell = ["bash", "-ec"]
        controller = Process([*shell, f"{exports}\nexec {serve}"], self.cloud.folder / "serve.log")
        self.cloud.serves.append(controller)

        def is_ready():
            self.assertTrue(controller.running(), controller.output())
            try:
                return urllib.request.urlopen(f"http://{self.cloud.installation['serve_address']}/readyz", timeout=5).status == 200
            except OSError:
                return False

        wait_for(is_ready, 60, "a ready controller")
        # The configuration names roles that nobody has made yet.
        controller.wait_for_words("the role does not exist", 60)
        if shutil.which("aws"):
            self.assertEqual(Process([*shell, f"{exports}\n{make}"], self.cloud.folder / "make.log").popen.wait(60), 0)
        else:
            self.cloud.make_bucket(make.rsplit("/", 1)[1])
        typed = Process([*shell, f"{exports}\n{protect}"], self.cloud.folder / "protect.log")
        self.assertEqual(typed.popen.wait(120), 0, typed.output() + controller.output()[-2000:])
