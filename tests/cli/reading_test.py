"""get, list, log, export and status."""

import json
import sqlite3

from support import NODE, CliTest


class ReadingTest(CliTest):
    def test_an_object_has_sorted_keys_and_no_spaces(self):
        file = self.new_file()
        self.ok("set", file, "n", "é", "1", "b", '"x y"', "a", "[1, 2]", "B", "null")
        self.assertEqual(self.ok("get", file, "n").out.decode(), '{"B":null,"a":[1,2],"b":"x y","é":1}\n')

    def test_list_is_sorted_by_id_and_takes_several_conditions(self):
        file = self.new_file()
        for entity, a, b in [("c", 1, "x"), ("a", 1, "y"), ("b", 2, "x"), ("ä", 1, "x")]:
            self.ok("set", file, entity, "a", str(a), "b", json.dumps(b))
        ids = lambda *flags: [o["id"] for o in self.ok("list", file, *flags).objects()]
        self.assertEqual(ids(), ["a", "b", "c", "ä"])
        self.assertEqual(ids("--where", "a=1"), ["a", "c", "ä"])
        self.assertEqual(ids("--where", "a=1", "--where", 'b="x"'), ["c", "ä"])
        self.assertEqual(ids("--where", "a=1.0"), [])
        self.assertEqual(ids("--where", 'b="="'), [])
        self.assertTrue(self.ok("list", file).lines()[0].startswith('{"id":"a","a":1,'))

    def test_an_attribute_called_id_does_not_make_a_second_member(self):
        file = self.new_file()
        self.ok("set", file, "n", "id", '"other"', "a", "1")
        self.assertEqual(self.ok("list", file).out, b'{"id":"n","a":1}\n')
        self.assertEqual(self.ok("get", file, "n").out, b'{"a":1,"id":"other"}\n')

    def test_export_is_exact_for_every_kind_of_value(self):
        file = self.new_file()
        values = ["null", "true", "-1", "0.1", "1e+16", '"\\u0001\\b\\t\\n\\f\\r\\"\\\\/\\u007f ü \U0001f600"'.replace("\\u007f", "\x7f"),
                  '{"$bytes":"AP8="}', '{"a":{"b":[{"c":null}]},"é":"/"}', "[]", "{}"]
        for i, value in enumerate(values):
            self.ok("set", file, f"e{i}", "ätt\"\n", value)
        expected = "".join('{"attribute":"ätt\\"\\n","entity":"e%d","value":%s}\n' % (i, v) for i, v in enumerate(values))
        self.assertEqual(self.state(file).decode(), expected)

    def test_export_is_in_byte_order_of_entity_then_attribute(self):
        file = self.new_file()
        names = ["a", "B", "ab", "a-", "é", "z", "\U0001f600", "\uffff", "0b7f5a1e-0000-7000-8000-000000000000", "0", "~"]
        self.import_lines(file, [{"entity": e, "attribute": a, "value": 1} for e in names for a in reversed(names)])
        order = [(o["entity"], o["attribute"]) for o in map(json.loads, self.state(file).decode().splitlines())]
        self.assertEqual(order, sorted(order, key=lambda c: (c[0].encode(), c[1].encode())))
        self.assertEqual(len(order), len(names) ** 2)

    def test_export_of_an_empty_file_is_empty(self):
        file = self.new_file()
        self.assertEqual(self.state(file), b"")
        self.assertEqual(self.ok("export", file, "--events").out, b"")
        self.assertEqual(self.ok("log", file).out, b"")
        self.assertEqual(self.ok("list", file).out, b"")

    def test_deleted_entities_are_exported(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        self.ok("delete", file, "n")
        self.assertEqual(self.state(file), b'{"attribute":"a","entity":"n","value":1}\n'
                                           b'{"attribute":"deleted","entity":"n","value":true}\n')

    def test_the_log_is_oldest_first_and_says_what_was_seen(self):
        file = self.new_file()
        stamps = [self.ok("set", file, "n", "a", str(i)).out.decode().strip() for i in range(4)]
        rows = self.ok("log", file, "n", "a").objects()
        self.assertEqual([r["stamp"] for r in rows], stamps)
        self.assertEqual([r["base"] for r in rows], [None] + stamps[:-1])
        self.assertEqual([r["wins"] for r in rows], [False] * 3 + [True])
        self.assertEqual(list(rows[0]), ["stamp", "node", "entity", "attribute", "value", "base", "wins"])
        self.assertEqual({r["node"] for r in rows}, {NODE})
        self.usage("log", file, "")
        self.usage("log", file, "n", "--stamp", stamps[0])

    def test_the_log_of_a_stamp_is_the_whole_change(self):
        file = self.new_file()
        stamp = self.ok("set", file, "n", "b", "1", "a", "2").out.decode().strip()
        self.ok("set", file, "n", "b", "3")
        rows = self.ok("log", file, "--stamp", stamp).objects()
        self.assertEqual([(r["attribute"], r["wins"]) for r in rows], [("a", True), ("b", False)])

    def test_status_has_exactly_its_members(self):
        file = self.new_file(space='sp "ä"')
        status = self.ok("status", file).objects()[0]
        self.assertEqual(list(status), ["node", "space", "events", "cells", "entities", "outbox", "parked", "conflicts",
                                        "log", "seq", "clock_offset_ms"])
        self.assertEqual((status["space"], status["log"], status["seq"]), ('sp "ä"', None, 0))

    def test_reading_leaves_the_database_as_it_was(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        with sqlite3.connect(self.path(file)) as db:
            before = list(db.iterdump())
        db.close()
        for verb in (["get", file, "n"], ["list", file], ["log", file], ["export", file, "--state"], ["status", file],
                     ["verify", file], ["doctor", file]):
            self.ok(*verb)
        with sqlite3.connect(self.path(file)) as db:
            self.assertEqual(list(db.iterdump()), before)
        db.close()
