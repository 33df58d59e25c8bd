"""HTTP_PROXY, HTTPS_PROXY and NO_PROXY: commands reach stores that only the proxy can reach, or say why they cannot."""

import json

from connect_proxy import Proxy, TlsServer
from harness import CloudTest, configuration, free_port, replica_region, run, source_region

password = "canary-proxy-password"
user = f"worker:{password}"


class Proxies(CloudTest):
    serve_settings = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tls = TlsServer("east.store.test", cls.cloud.ports[replica_region]["http"], cls.cloud.folder)
        cls.addClassCleanup(cls.tls.close)
        cls.hosts = {"west.store.test": cls.cloud.ports[source_region]["http"], "east.store.test": cls.tls.port}
        # Plain HTTP in the west, https in the east; nobody but the proxy knows these names.
        made = configuration(cls.cloud, f"127.0.0.1:{free_port()}",
                             {source_region: "http://west.store.test", replica_region: "https://east.store.test"})
        made["ca_bundle"] = str(cls.tls.ca)
        made["retry"] = {"attempts_max": 2, "delay_base": "10ms", "delay_cap": "20ms", "total_max": "2s"}
        cls.config = cls.cloud.data / "proxied.yaml"
        cls.config.write_text(json.dumps(made))

    def proxy(self, **more):
        proxy = Proxy(self.hosts, **more)
        self.addCleanup(proxy.close)
        return proxy

    def check(self, **environment):
        done = run("config", "validate", "--check", "--config", self.config, environment=self.cloud.profiles_environment(**environment))
        self.assertNotIn(password, done.out + done.err)
        return done

    def test_http_names_the_whole_url_and_https_takes_a_tunnel(self):
        proxy = self.proxy(user=user)
        done = self.check(HTTP_PROXY=proxy.url(user), HTTPS_PROXY=proxy.url(user))
        self.assertExit(done, 0)
        self.assertTrue(any(line.startswith("GET http://west.store.test/") for line in proxy.seen), proxy.seen)
        self.assertIn("CONNECT east.store.test:443 HTTP/1.1", proxy.seen)
        self.assertEqual(proxy.refused, 0)

    def test_lower_case_counts_too(self):
        proxy = self.proxy()
        self.assertExit(self.check(http_proxy=proxy.url(), https_proxy=proxy.url(), HTTPS_PROXY="http://127.0.0.1:1"), 0)
        self.assertIn("CONNECT east.store.test:443 HTTP/1.1", proxy.seen)

    def test_without_the_proxy_the_stores_are_not_to_be_reached(self):
        proxy = self.proxy()
        done = self.check(HTTP_PROXY=proxy.url(), HTTPS_PROXY=proxy.url(), NO_PROXY="store.test")
        self.assertNotEqual(done.code, 0)
        self.assertEqual(proxy.seen, [])

    def test_a_wrong_password_is_said_once_and_not_shown(self):
        proxy = self.proxy(user="worker:another")
        done = self.check(HTTP_PROXY=proxy.url(user), HTTPS_PROXY=proxy.url(user))
        self.assertNotEqual(done.code, 0)
        self.assertIn("refused the user or the password", done.out + done.err)
        self.assertEqual(proxy.seen, [])

    def test_a_proxy_that_does_not_answer_is_named_with_its_variable(self):
        dead = f"127.0.0.1:{free_port()}"
        for variable, place in (("HTTP_PROXY", f"{source_region} (http://west.store.test)"),
                                ("HTTPS_PROXY", f"{replica_region} (https://east.store.test)")):
            working = self.proxy()
            proxies = {"HTTP_PROXY": working.url(), "HTTPS_PROXY": working.url()} | {variable: f"http://{user}@{dead}"}
            done = self.check(**proxies)
            self.assertExit(done, 1)
            self.assertIn(f"no connection: Connection refused, from the proxy http://{dead} ({variable})", done.err)
            self.assertIn(f"at: {place}", done.err)

    def test_a_proxy_of_another_kind_is_refused_in_words(self):
        done = self.check(HTTP_PROXY=f"socks5://{user}@127.0.0.1:1080", HTTPS_PROXY=f"socks5://{user}@127.0.0.1:1080")
        self.assertNotEqual(done.code, 0)
        self.assertIn('a proxy of the scheme "socks5" is not supported', done.out + done.err)

    def test_this_machine_is_never_reached_through_a_proxy(self):
        proxy = self.proxy()
        listing = run("status", environment=self.cloud.profiles_environment(
            S3DR_CONFIG=str(self.cloud.data / "s3dr.yaml"), HTTP_PROXY=proxy.url(), HTTPS_PROXY="socks5://127.0.0.1:1"))
        self.assertNotIn("proxy", listing.err)
        self.assertEqual(proxy.seen, [])
