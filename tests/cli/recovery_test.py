"""Damaged files and relays, from the command line."""

import os
import sqlite3
import unittest

from support import RELAY, CliTest, Relay

ALLOW = "INSERT INTO meta(key, value) VALUES('maintenance', 1);"
FORBID = ";DELETE FROM meta WHERE key = 'maintenance'"


class RecoveryTest(CliTest):
    def sql(self, file, script):
        db = sqlite3.connect(self.path(file))
        db.executescript(script)
        db.close()

    def fill(self, relay):
        self.new_file()
        self.new_file("b.tidemark", "00000000000000bb")
        self.import_lines("a.tidemark", [{"entity": f"n{i}", "attribute": "title", "value": f"value {i} " + "x" * (i % 200)}
                                         for i in range(500)])
        self.ok("sync", "a.tidemark", relay.url)
        self.ok("sync", "b.tidemark", relay.url)
        self.assertEqual(self.state("a.tidemark"), self.state("b.tidemark"))

    @unittest.skipUnless(RELAY, "no relay was built")
    def test_damaged_events_are_put_back_from_a_relay(self):
        with Relay(self.path("data")) as relay:
            self.fill(relay)
            before = self.ok("export", "a.tidemark", "--events").out
            self.sql("a.tidemark", ALLOW + "UPDATE events SET value = 'changed' WHERE id = 7;"
                                           "DELETE FROM events WHERE id = 9" + FORBID)
            self.assertEqual(self.run_program("verify", "a.tidemark").code, 1)
            ran = self.run_program("repair", "a.tidemark", relay.url)
            self.assertEqual(ran.code, 0, ran.err)
            said = ran.objects()[0]
            self.assertEqual((said["damaged"], said["put_back"], said["left"]), (1, 1, 0))
            self.ok("verify", "a.tidemark")
            self.assertEqual(self.ok("export", "a.tidemark", "--events").out, before)

    @unittest.skipUnless(RELAY, "no relay was built")
    def test_a_damaged_relay_is_mended_from_a_device(self):
        with Relay(self.path("data")) as relay:
            self.fill(relay)
        [log] = [name for name in os.listdir(self.path("data")) if name.endswith(".db") or name.endswith(".sqlite")]
        self.sql(os.path.join("data", log), "UPDATE unsorted SET envelope = zeroblob(length(envelope))")
        with Relay(self.path("data")) as relay:
            self.new_file("c.tidemark", "00000000000000cc")
            ran = self.run_program("sync", "c.tidemark", relay.url)
            self.assertEqual(ran.code, 1)
            self.assertIn(b"relay_corrupt", ran.err)
            ran = self.run_program("repair", "b.tidemark", relay.url)
            self.assertEqual(ran.code, 0, ran.err)
            self.assertEqual(ran.objects()[0]["relay_mended"], 1)
            self.ok("sync", "c.tidemark", relay.url)
            self.assertEqual(self.state("c.tidemark"), self.state("a.tidemark"))

    @unittest.skipUnless(RELAY, "no relay was built")
    def test_a_salvaged_file_gets_back_from_the_relay_what_it_lost(self):
        with Relay(self.path("data")) as relay:
            self.fill(relay)
            before = self.ok("export", "b.tidemark", "--events").out
            with open(self.path("a.tidemark"), "r+b") as file:
                size = os.path.getsize(self.path("a.tidemark"))
                for page in range(1, size // 4096, 5):
                    file.seek(page * 4096)
                    file.write(os.urandom(4096))
            saved = self.run_program("salvage", "a.tidemark", "saved.tidemark", "--space", "test")
            self.assertEqual(saved.code, 0, saved.err)
            self.assertGreater(saved.objects()[0]["damaged_pages"], 0)
            self.ok("verify", "saved.tidemark")
            self.run_program("sync", "saved.tidemark", relay.url)
            self.assertEqual(self.ok("export", "saved.tidemark", "--events").out, before)

    def test_parked_bundles_are_listed_and_exported(self):
        file = self.new_file()
        self.sql(file, "INSERT INTO nodes(node) VALUES(7);"
                       "INSERT INTO bundles VALUES(2, 1, 9, 0, -9223372036854775000, -9223372036854775000, 0, 1,"
                       " zeroblob(32), NULL, NULL, NULL, NULL);"
                       "INSERT INTO parked VALUES(2, 1, 'unsupported_version', x'00ff')")
        [line] = self.ok("parked", file).objects()
        self.assertEqual((line["n"], line["reason"], line["bytes"]), (1, "unsupported_version", 2))
        [line] = self.ok("parked", file, "--export", "out").objects()
        with open(self.path(line["file"]), "rb") as envelope:
            self.assertEqual(envelope.read(), b"\x00\xff")
        self.refused("exists", "parked", file, "--export", "out")
        self.assertEqual(self.ok("parked", file, "--retry").objects(), [{"applied": 0, "parked": 1}])


if __name__ == "__main__":
    unittest.main()
