"""Metadata and links on the command line."""

import json

from support import CliTest

DESCRIBED = ("--author", "bob", "--source", "ai-agent", "--note", "zwei\nZeilen", "--meta", '{"a":\n[1 ]}')


class DescribingTest(CliTest):
    def last(self, file):
        return self.ok("log", file).objects()[-1]

    def test_every_writing_verb_takes_the_same_description(self):
        file = self.new_file()
        first = self.ok("set", file, "n", "a", "1").lines()[0]
        flags = (*DESCRIBED, "--correlation", first, "--causation", first)
        line = json.dumps({"entity": "n", "attribute": "a", "value": 2}) + "\n"
        for words, stdin in [(("set", file, "n", "a", "1"), b""), (("set", file, "--batch", "-"), line),
                             (("delete", file, "n"), b""), (("restore", file, "n"), b""), (("import", file, "-"), line),
                             (("undo", file, "n"), b""), (("redo", file), b""),
                             (("restore-version", file, "n", first), b"")]:
            self.ok(*words, *flags, stdin=stdin)
            row = self.last(file)
            self.assertEqual([row[name] for name in ("author", "source", "note", "meta")],
                             ["bob", "ai-agent", "zwei\nZeilen", {"a": [1]}], words)
            self.assertEqual(row["links"][:2],
                             [{"kind": "correlation", "stamp": first}, {"kind": "causation", "stamp": first}], words)

    def test_what_takes_changes_back_must_say_what_can_be_said(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        stamp = "2026-11-20T14:40:12.345Z-0000-89abcdef01234567"
        for words in [("undo", file), ("restore-version", file, "n", "#1")]:
            self.refused("bad_stamp", *words, "--causation", "yesterday")
        self.refused("bad_json", "undo", file, "--meta", "{")
        self.refused("unknown_stamp", "undo", file, "--causation", stamp)
        self.assertEqual(len(self.ok("log", file).lines()), 1)

    def test_what_says_nothing_shows_nothing(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        self.assertEqual(list(self.last(file)), ["stamp", "node", "entity", "attribute", "value", "base", "wins"])
        self.ok("set", file, "n", "a", "2", "--note", "x")
        self.assertEqual(list(self.last(file))[-1], "note")

    def test_every_event_of_a_change_shows_its_description_and_no_other_does(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1", "b", "2", "--note", "both")
        self.ok("set", file, "n", "c", "3")
        self.assertEqual([row.get("note") for row in self.ok("export", file, "--events").objects()], ["both", "both", None])

    def test_the_json_keeps_every_byte_but_is_shown_on_one_line(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1", "--meta", '{"b" : 1.0,\r\n "a":2}')
        line = self.ok("log", file).out.decode()
        self.assertEqual(line.count("\n"), 1)
        self.assertIn('"meta":{"b" : 1.0,   "a":2}', line)

    def test_an_identity_that_cannot_be_leaves_no_file(self):
        self.refused("metadata_too_large", "init", "a.tidemark", "--space", "s", "--author", "x" * 256)
        self.refused("not_found", "status", "a.tidemark")

    def test_metadata_has_its_limits(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1", "--meta", '"' + "x" * (16 * 1024 - 2) + '"')
        self.refused("metadata_too_large", "set", file, "n", "a", "1", "--meta", '"' + "x" * (16 * 1024 - 1) + '"')
        self.refused("bad_json", "import", file, "-", "--meta", "{", stdin='{"entity":"n","attribute":"a","value":1}\n')

    def test_an_import_may_name_what_this_file_has_not_got(self):
        file = self.new_file()
        stamp = "2026-11-20T14:40:12.345Z-0000-89abcdef01234567"
        self.import_lines(file, [{"entity": "n", "attribute": "a", "value": 1}], "--causation", stamp)
        self.assertEqual(self.last(file)["links"], [{"kind": "causation", "stamp": stamp}])
