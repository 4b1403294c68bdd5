"""Conflicts of two devices that meet at a relay: listed, settled, merged."""

import unittest

from support import RELAY, CliTest, Relay


@unittest.skipUnless(RELAY, "no relay was built")
class ConflictsTest(CliTest):
    def setUp(self):
        super().setUp()
        relay = Relay(self.path("relay"))
        self.url = relay.__enter__().url
        self.addCleanup(relay.__exit__)
        self.a = self.new_file("a.tidemark")
        self.b = self.new_file("b.tidemark", node="00000000000000bb")

    def sync(self, *files):
        for file in files:
            self.ok("sync", file, self.url)

    def set(self, file, *pairs):
        return self.ok("set", file, "n", *pairs).lines()[0]

    def conflicts(self, file, *entity):
        return self.ok("conflicts", file, *entity).objects()

    def conflict_of(self, base, first, second):
        """Both devices have seen `base`; a writes `first`, b `second`. Gives the stamps."""
        stamps = [self.set(self.a, "text", base)]
        self.sync(self.a, self.b)
        stamps += [self.set(self.a, "text", first), self.set(self.b, "text", second)]
        self.sync(self.a, self.b, self.a)
        return stamps

    def test_a_conflict_shows_base_winner_and_loser_until_it_is_settled(self):
        base, loser, winner = self.conflict_of('"base"', '"mine"', '"yours"')
        expected = {"entity": "n", "attribute": "text", "base": {"stamp": base, "value": "base"},
                    "winner": {"stamp": winner, "value": "yours"}, "loser": {"stamp": loser, "value": "mine"}}
        for file in (self.a, self.b):
            self.assertEqual(self.conflicts(file), [expected])
            self.assertEqual(self.conflicts(file, "n"), [expected])
            self.assertEqual(self.ok("status", file).objects()[0]["conflicts"], 1)
        self.ok("settle", self.a, "n", "text", "--take", loser)
        self.sync(self.a, self.b)
        for file in (self.a, self.b):
            self.assertEqual(self.conflicts(file), [])
            self.assertEqual(self.ok("get", file, "n", "text").out, b'"mine"\n')
            self.assertEqual(self.ok("status", file).objects()[0]["conflicts"], 0)

    def test_a_conflict_without_a_base_says_so(self):
        self.set(self.a, "text", "1")
        self.set(self.b, "text", "2")
        self.sync(self.a, self.b)
        self.assertIsNone(self.conflicts(self.b)[0]["base"])

    def test_a_settlement_says_who_and_why(self):
        base, loser, _ = self.conflict_of('"base"', '"mine"', '"yours"')
        self.ok("settle", self.a, "n", "text", "--keep", "--author", "ann", "--note", "asked him", "--correlation", base)
        row = self.ok("log", self.a).objects()[-1]
        self.assertEqual((row["author"], row["note"]), ("ann", "asked him"))
        self.assertEqual(row["links"], [{"kind": "correlation", "stamp": base}, {"kind": "settles", "stamp": loser}])

    def test_the_winner_is_kept_or_another_value_written(self):
        for flags, value in ((["--keep"], b'"yours"\n'), (["--value", '"ours"'], b'"ours"\n')):
            self.conflict_of('"base"', '"mine"', '"yours"')
            stamp = self.ok("settle", self.b, "n", "text", *flags).lines()[0]
            self.assertEqual(self.ok("get", self.b, "n", "text").out, value)
            links = [line for line in self.ok("timeline", self.b, "n").objects() if line.get("stamp") == stamp][0]["links"]
            self.assertEqual([link["kind"] for link in links], ["settles"])
            self.assertEqual(self.conflicts(self.b), [])
            self.sync(self.b, self.a)

    def test_what_does_not_clash_is_merged(self):
        self.conflict_of('"a\\nb\\nc\\n"', '"A\\nb\\nc\\n"', '"a\\nb\\nC\\n"')
        self.assertEqual(self.ok("merge", self.b, "--attribute", "title").objects(), [{"merged": 0, "conflicts": 1}])
        self.assertEqual(self.ok("merge", self.b, "--attribute", "te*").objects(), [{"merged": 1, "conflicts": 0}])
        self.assertEqual(self.ok("get", self.b, "n", "text").out, b'"A\\nb\\nC\\n"\n')

    def test_what_clashes_stays(self):
        self.conflict_of("1", "2", "3")
        self.assertEqual(self.ok("merge", self.b).objects(), [{"merged": 0, "conflicts": 1}])

    def test_a_settlement_is_refused_with_what_is_wrong(self):
        base, loser, _ = self.conflict_of('"base"', '"mine"', '"yours"')
        self.usage("settle", self.a, "n", "text")
        self.usage("settle", self.a, "n", "text", "--keep", "--value", "1")
        self.refused("bad_stamp", "settle", self.a, "n", "text", "--take", "mine")
        self.refused("bad_json", "settle", self.a, "n", "text", "--value", "mine")
        self.refused("no_conflict", "settle", self.a, "n", "text", "--take", base)
        self.refused("no_conflict", "settle", self.a, "n", "title", "--keep")
        self.refused("not_found", "settle", self.a, "nobody", "text", "--keep")
        self.refused("not_found", "conflicts", self.a, "nobody")
        self.usage("merge", self.a, "--attribute", "")
        self.ok("settle", self.a, "n", "text", "--take", loser)
        self.refused("no_conflict", "settle", self.a, "n", "text", "--keep")

    def test_undo_does_not_touch_what_another_device_wrote(self):
        self.set(self.a, "text", '"mine"')
        self.sync(self.a, self.b)
        self.set(self.b, "text", '"yours"')
        self.sync(self.b, self.a)
        self.refused("nothing_to_undo", "undo", self.a, "--this-device")
