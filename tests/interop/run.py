#!/usr/bin/env python3
"""A stranger's client against the real programs: what `tidemark` wrote and `tidemark-relay` kept, reader.py must read.

TIDEMARK_BIN and TIDEMARK_RELAY_BIN name the programs. Exit code 77, which ctest counts as skipped, without the package
`websockets`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

try:
    import websockets  # noqa: F401
except ImportError:
    print("the package websockets is not installed")
    sys.exit(77)

import bundle

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.abspath(os.environ["TIDEMARK_BIN"])
RELAY = os.path.abspath(os.environ["TIDEMARK_RELAY_BIN"])
UUID = "0195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6a"

# Every type of value, at the edges of its range, in the JSON that `tidemark set` takes.
VALUES = {
    "null": "null", "false": "false", "true": "true",
    "zero": "0", "minus": "-1", "small": "-9223372036854775808", "large": "9223372036854775807",
    "half": "0.5", "tiny": "5e-324", "huge": "1.7976931348623157e308", "third": "0.3333333333333333", "one": "1.0", "beyond": "1e19",
    "empty": '""', "text": '"na\u00efve \U0001f600 \\" \\\\ \\n \\u0000 \\u2028"', "long": json.dumps("tide " * 4000),
    "bytes": '{"$bytes":"AAH/gA=="}', "no-bytes": '{"$bytes":""}',
    "list": "[]", "object": "{}", "json": '{"b":[1,2.5,null,true,"x"],"a":{"\u00e9":{}},"$bytes":1}',
    "\u00e9\u00e8": '"an attribute that is not ASCII"', "a" * 255: '"the longest attribute"',
}


def tidemark(*arguments, stdin=None):
    done = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"tidemark {arguments}: {done.stderr}")
    return done.stdout


class Relay:
    def __init__(self, directory, *flags):
        self.process = subprocess.Popen([RELAY, "--data", directory, "--listen", "127.0.0.1:0", *flags],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = "ws://" + json.loads(self.process.stdout.readline())["listening"]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()


def reader_command(url, space, *flags):
    return [sys.executable, os.path.join(HERE, "reader.py"), url, space, *flags]


def lines_of(text):
    # Not splitlines(), which also breaks at characters that JSON leaves as they are.
    return [json.loads(line) for line in text.split("\n") if line]


def events_of(text):
    """What the two programs say of an event, in a form that tells 1 from 1.0 and true."""
    events = []
    for event in lines_of(text):
        events.append(json.dumps([event[k] for k in ("t", "stamp", "base", "entity", "attribute", "value")], sort_keys=True))
    return sorted(events)


class Interop(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="tidemark-interop-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name):
        return os.path.join(self.directory, name)

    def start_relay(self, *flags):
        relay = Relay(self.path("relay"), *flags)
        self.addCleanup(relay.stop)
        return relay

    def new_replica(self, name, space="notes"):
        tidemark("init", self.path(name), "--space", space)
        return self.path(name)

    def read(self, url, *flags, space="notes"):
        return subprocess.run(reader_command(url, space, *flags), capture_output=True, text=True, timeout=60)

    def check_same(self, url, *files, space="notes"):
        """The reader and each replica, once it is synced, have the same events."""
        ran = self.read(url, space=space)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        for file in files:
            self.assertEqual(events_of(ran.stdout), events_of(tidemark("export", file, "--events")))
        return ran

    def test_every_value(self):
        relay = self.start_relay()
        file = self.new_replica("a")
        for attribute, value in VALUES.items():
            tidemark("set", file, UUID, attribute, value)
        tidemark("set", file, "e" * 64, *(word for pair in list(VALUES.items())[:20] for word in pair))
        tidemark("delete", file, UUID)
        tidemark("restore", file, UUID)
        tidemark("sync", file, relay.url)
        ran = self.check_same(relay.url, file)
        self.assertEqual(len(lines_of(ran.stdout)), len(VALUES) + 20 + 2)

    def test_several_writers(self):
        relay = self.start_relay()
        a, b, c = (self.new_replica(name) for name in "abc")
        for turn in range(5):
            for file in (a, b, c):
                tidemark("sync", file, relay.url)
                tidemark("set", file, "note", "body", json.dumps(f"turn {turn}"), f"of-{turn}", "true")
                tidemark("sync", file, relay.url)
        for file in (a, b, c):
            tidemark("sync", file, relay.url)
        ran = self.check_same(relay.url, a, b, c)
        lines = lines_of(ran.stdout)
        self.assertEqual(len(lines), 30)
        self.assertTrue(any(line["base"] and line["base"][-16:] != line["stamp"][-16:] for line in lines))

    def test_much(self):
        """More than a bundle and than a frame of entries hold; many changes within a millisecond, and far apart."""
        relay = self.start_relay()
        file = self.new_replica("a")
        start = 1_600_000_000_000
        lines = [{"t": start + i * i // 1000 * (i % 3), "entity": f"e{i % 700}", "attribute": f"a{i % 13}", "value": f"{i} " * 60}
                 for i in range(6000)]
        lines.sort(key=lambda line: line["t"])
        tidemark("import", file, "-", "--historical", stdin="".join(json.dumps(line) + "\n" for line in lines))
        tidemark("sync", file, relay.url)
        ran = self.check_same(relay.url, file)
        self.assertGreater(json.loads(ran.stderr)["seq"], 2)

    def test_empty(self):
        relay = self.start_relay()
        ran = self.read(relay.url, space="nothing here \u00e9")
        self.assertEqual((ran.returncode, ran.stdout), (0, ""), ran.stderr)
        self.assertEqual(json.loads(ran.stderr)["acc"], "0" * 64)

    def test_follow(self):
        relay = self.start_relay()
        file = self.new_replica("a")
        tidemark("set", file, "note", "title", '"first"')
        tidemark("sync", file, relay.url)
        follower = subprocess.Popen(reader_command(relay.url, "notes", "--follow"), stdout=subprocess.PIPE, text=True)
        self.addCleanup(follower.stdout.close)
        self.addCleanup(follower.kill)
        self.assertEqual(json.loads(follower.stdout.readline())["value"], "first")
        tidemark("set", file, "note", "title", '"second"')
        tidemark("sync", file, relay.url)
        self.assertEqual(json.loads(follower.stdout.readline())["value"], "second")
        follower.send_signal(signal.SIGTERM)
        self.assertEqual(follower.wait(30), 0)

    def test_credential(self):
        with open(self.path("tokens"), "w", encoding="utf-8") as tokens:
            tokens.write("0123456789abcdef notes\n")
        relay = self.start_relay("--token-file", self.path("tokens"))
        self.assertEqual(self.read(relay.url, "--credential", "0123456789abcdef").returncode, 0)
        for credential in ("", "0123456789abcdeF"):
            ran = self.read(relay.url, "--credential", credential)
            self.assertEqual(ran.returncode, 1)
            self.assertIn("unauthorized", ran.stderr)


class WorkedExample(unittest.TestCase):
    """The example of docs/bundle-format.md, which has what `tidemark` does not write yet: links and metadata."""

    def setUp(self):
        with open(os.path.join(HERE, "..", "..", "docs", "bundle-format.md"), encoding="utf-8") as page:
            example = next(block for block in page.read().split("```") if block.startswith("bundle\n"))
        self.canonical = bytes.fromhex("".join(line.split("  ")[0] for line in example.split("\n")[1:]))

    def test_decodes(self):
        canonical = self.canonical
        header, changes = bundle.decode_body(bundle.Reader(canonical[:-8]))
        self.assertEqual((header.node, header.n, header.events), (0x89abcdef01234567, 300, 7))
        self.assertEqual([bundle.json_of(event) for change in changes for event in change.events],
                         ["na\u00efve", True, -3, {"$bytes": "AP8="}, None, 0.5, ["a", {"b": None}]])
        self.assertEqual([[kind for kind, _ in change.links] for change in changes], [["correlation", "undoes"], [], ["causation"]])
        self.assertEqual(changes[0].links[1][1], (1795185612344, 3, header.node))
        self.assertEqual(changes[2].metadata, ["ada", "", "by hand", ""])
        previous = bytes(range(32))
        self.assertEqual(bundle.next_head(previous, "notes", canonical)[:8], canonical[-8:])
        for damaged in (canonical[:-1] + b"\0", canonical[:40] + b"\1" + canonical[41:]):
            with self.assertRaises(bundle.FormatError):
                bundle.next_head(previous, "notes", damaged)

    def test_cut_anywhere_is_refused(self):
        body = self.canonical[:-8]
        for size in range(len(body)):
            with self.assertRaises(bundle.FormatError):
                bundle.decode_body(bundle.Reader(body[:size]))


if __name__ == "__main__":
    unittest.main()
