"""sync and watch: without a relay, and with a real one."""

import json
import os
import signal
import socket
import subprocess
import time
import unittest

from support import BINARY, RELAY, CliTest, Relay

SUMMARY = ["pushed_bundles", "pulled_bundles", "pushed_events", "pulled_events", "bytes_up", "bytes_down", "bundle_bytes_up",
           "bundle_bytes_down", "round_trips", "seconds"]


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class WithoutRelayTest(CliTest):
    def test_a_bad_url_is_refused_at_once(self):
        file = self.new_file()
        for bad in ("", "127.0.0.1:7700", "http://127.0.0.1:7700", "ws://", "ws://host:0", "ws://host:70000", "ws://host:1x"):
            for verb in ("sync", "watch"):
                ran = self.run_program(verb, file, bad)
                self.assertEqual(ran.code, 1, bad)
                self.assertIn(b"tidemark: bad_url: ", ran.err, bad)

    def test_a_relay_that_is_not_there_ends_the_sync_when_time_is_up(self):
        file = self.new_file()
        ran = self.run_program("sync", file, f"ws://127.0.0.1:{closed_port()}", "--timeout", "0.3")
        self.assertEqual(ran.code, 1)
        self.assertEqual(list(ran.objects()[0]), SUMMARY)
        self.assertTrue(ran.err.decode().splitlines()[-1].startswith("tidemark: no_progress: "), ran.err)

    def test_a_token_file_must_have_a_token(self):
        file = self.new_file()
        self.write("empty", "\n  \n# nothing\n")
        os.chmod(self.path("empty"), 0o600)
        url = f"ws://127.0.0.1:{closed_port()}"
        self.refused("bad_token_file", "sync", file, url, "--token-file", "empty")
        self.refused("bad_token_file", "watch", file, url, env={"TIDEMARK_TOKEN_FILE": "empty"})
        self.refused("not_found", "sync", file, url, "--token-file", "missing")
        self.write("open", "secret *\n")
        os.chmod(self.path("open"), 0o644)
        ran = self.run_program("sync", file, url, "--token-file", "open", "--timeout", "0.1")
        self.assertIn(b"chmod 600 open", ran.err)
        self.assertNotIn(b"secret", ran.err + ran.out)


@unittest.skipUnless(RELAY, "no relay was built")
class WithRelayTest(CliTest):
    def relay(self, *flags):
        return Relay(self.path("relay"), *flags)

    def watching(self, file, url):
        process = subprocess.Popen([BINARY, "watch", file, url], cwd=self.directory, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment())
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def test_two_devices_meet_at_a_relay(self):
        a, b = self.new_file("a.tidemark"), self.new_file("b.tidemark", node="00000000000000bb")
        self.ok("set", a, "n", "title", '"ü"', "x", "1")
        self.ok("set", b, "m", "title", '"b"')
        with self.relay() as relay:
            pushed = self.ok("sync", a, relay.url).objects()[0]
            self.assertEqual(list(pushed), SUMMARY)
            self.assertEqual((pushed["pushed_bundles"], pushed["pushed_events"], pushed["pulled_events"]), (1, 2, 0))
            both = self.ok("sync", b, relay.url).objects()[0]
            self.assertEqual((both["pushed_events"], both["pulled_events"]), (1, 2))
            self.ok("sync", a, relay.url)
            nothing = self.ok("sync", a, relay.url).objects()[0]
            self.assertEqual([nothing[m] for m in SUMMARY[:4]], [0, 0, 0, 0])
            self.assertEqual(nothing["round_trips"], 1)
        self.assertEqual(self.state(a), self.state(b))
        status = self.ok("status", a).objects()[0]
        self.assertEqual((status["outbox"], status["seq"], len(status["log"])), (0, 2, 32))

    def test_a_relay_with_tokens_wants_one(self):
        file = self.new_file()
        self.write("tokens", "secret-of-the-test-space test\nanother-secret-of-test elsewhere\n")
        os.chmod(self.path("tokens"), 0o600)
        with self.relay("--token-file", self.path("tokens")) as relay:
            self.assertEqual(self.run_program("sync", file, relay.url, "--timeout", "5").code, 1)
            self.ok("sync", file, relay.url, "--token-file", "tokens")
            self.ok("sync", file, relay.url, env={"TIDEMARK_TOKEN_FILE": self.path("tokens")})
            self.write("wrong", "another-secret-of-test\n")
            os.chmod(self.path("wrong"), 0o600)
            ran = self.run_program("sync", file, relay.url, "--token-file", "wrong", "--timeout", "5")
            self.assertEqual(ran.code, 1)
            self.assertIn(b"unauthorized", ran.err)

    def test_watch_prints_each_change_of_others_until_it_is_told_to_stop(self):
        a, b = self.new_file("a.tidemark"), self.new_file("b.tidemark", node="00000000000000bb")
        with self.relay() as relay:
            watch = self.watching(b, relay.url)
            stamp = self.ok("set", a, "n", "b", "[1]", "a", '"x"').out.decode().strip()
            self.ok("sync", a, relay.url)
            self.assertEqual(watch.stdout.readline().decode(),
                             '{"stamp":"%s","node":"%s","events":[{"entity":"n","attribute":"a","value":"x"},'
                             '{"entity":"n","attribute":"b","value":[1]}]}\n' % (stamp, stamp[-16:]))
            self.assertEqual(self.ok("get", b, "n").out, b'{"a":"x","b":[1]}\n')
            self.ok("set", b, "m", "a", "1")
            deadline = time.monotonic() + 60
            while self.ok("status", b).objects()[0]["outbox"] != 0 and time.monotonic() < deadline:
                time.sleep(0.02)
            self.ok("sync", a, relay.url)
            self.assertEqual(self.ok("get", a, "m").out, b'{"a":1}\n')
            self.refused_as_locked(b, relay.url, watch.pid)
            for number in (signal.SIGTERM, signal.SIGTERM):
                watch.send_signal(number)
            self.assertEqual(watch.wait(60), 0)

    def refused_as_locked(self, file, url, owner):
        ran = self.run_program("sync", file, url)
        self.assertEqual(ran.code, 1)
        self.assertTrue(ran.err.startswith(b"tidemark: locked: "), ran.err)
        self.assertIn(str(owner).encode(), ran.err)

    def test_watch_ends_on_an_interrupt_and_when_nobody_reads(self):
        a, b = self.new_file("a.tidemark"), self.new_file("b.tidemark", node="00000000000000bb")
        with self.relay() as relay:
            watch = self.watching(b, relay.url)
            for value in ("1", "2"):
                self.ok("set", a, "n", "a", value)
                self.ok("sync", a, relay.url)
                self.assertEqual(json.loads(watch.stdout.readline())["events"][0]["value"], int(value))
            watch.send_signal(signal.SIGINT)
            self.assertEqual(watch.wait(60), 0)

            watch = self.watching(b, relay.url)
            watch.stdout.close()
            self.ok("set", a, "n", "a", "3")
            self.ok("sync", a, relay.url)
            self.assertEqual(watch.wait(60), 0)
            self.assertEqual(self.ok("get", b, "n", "a").out, b"3\n")

    def test_a_copied_file_is_told_about_and_loses_nothing(self):
        a = self.new_file("a.tidemark")
        self.ok("set", a, "n", "a", "1")
        with self.relay() as relay:
            self.ok("sync", a, relay.url)
            with open(self.path(a), "rb") as original:
                self.write("twin.tidemark", original.read())
            self.ok("set", a, "n", "b", "1")
            self.ok("set", "twin.tidemark", "n", "c", "1")
            self.ok("sync", a, relay.url)
            ran = self.run_program("sync", "twin.tidemark", relay.url)
            self.assertEqual(ran.code, 0)
            self.assertIn(b"this file was copied or put back: 1 changes of node 00000000000000aa go on", ran.err)
            self.ok("sync", a, relay.url)
        self.assertEqual(self.state(a), self.state("twin.tidemark"))
        self.assertEqual(self.ok("get", a, "n").out, b'{"a":1,"b":1,"c":1}\n')

    def test_a_stamp_that_was_printed_resolves_after_it_was_taken_back(self):
        a, b = self.new_file("a.tidemark"), self.new_file("b.tidemark", node="00000000000000bb")
        ahead = int(time.time() * 1000) + 7_200_000
        old = self.import_lines(a, [{"t": ahead + i, "entity": "n", "attribute": "a", "value": i} for i in range(3)],
                                "--historical")["last_stamp"]
        with self.relay() as relay:
            self.ok("sync", a, relay.url)
            self.ok("sync", b, relay.url)
        rows = self.ok("log", a, "--stamp", old).objects()
        self.assertEqual([(r["value"], r["was"], r["wins"]) for r in rows], [(2, old, True)])
        self.assertLess(rows[0]["stamp"], old)
        self.assertEqual(self.ok("log", a, "--stamp", rows[0]["stamp"]).objects(), rows)
        self.assertEqual([r["value"] for r in self.ok("log", b, "n", "a").objects()], [0, 1, 2])
        for event in self.ok("export", b, "--events").objects():
            self.assertLess(event["t"], time.time() * 1000 + 60_000)
        self.refused("not_found", "log", b, "--stamp", old)
