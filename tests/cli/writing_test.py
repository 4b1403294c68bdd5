"""set, delete, restore, and changes read from standard input."""

import json
import time

from support import CliTest


class WritingTest(CliTest):
    def batch(self, file, *writes):
        lines = "".join(json.dumps(dict(zip(("entity", "attribute", "value"), w))) + "\n" for w in writes)
        return self.ok("set", file, "--batch", "-", stdin=lines).out.decode().strip()

    def test_one_change_has_one_stamp_and_any_number_of_attributes(self):
        file = self.new_file()
        stamp = self.ok("set", file, "n", "b", "1", "a", "2", "b", "3").out.decode().strip()
        rows = self.ok("log", file).objects()
        self.assertEqual([(r["stamp"], r["attribute"], r["value"]) for r in rows], [(stamp, "a", 2), (stamp, "b", 3)])
        self.assertTrue(stamp.endswith("-00000000000000aa"))

    def test_a_change_is_stamped_by_the_clock(self):
        file = self.new_file()
        before = time.time()
        self.ok("set", file, "n", "a", "1")
        t = self.ok("export", file, "--events").objects()[0]["t"] / 1000
        self.assertTrue(before - 1 <= t <= time.time() + 1)

    def test_values_keep_their_type_and_every_digit(self):
        file = self.new_file()
        for text, shown in [("9223372036854775807", None), ("-9223372036854775808", None), ("9223372036854775808", "9.223372036854776e+18"),
                            ("1.0", None), ("1e2", "100.0"), ("-0.0", "0.0"), ("true", None), ("null", None),
                            ('"\\u00fc\\n"', '"ü\\n"'), (' [1, {"b":1,"a":[ ]}] ', '[1,{"a":[],"b":1}]'), ('{"$bytes":"aGk="}', None)]:
            self.ok("set", file, "n", "a", text)
            self.assertEqual(self.ok("get", file, "n", "a").out.decode(), (shown or text) + "\n")

    def test_bad_values_are_refused_and_nothing_is_recorded(self):
        file = self.new_file()
        for bad in ["", "{", "nope", "01", "1.", "'a'", '"a', "NaN", "1 2", "[1,]", '{"a":1,"a":2}', "1e999", '"\\ud800"',
                    "[" * 33 + "]" * 33, '"' + "x" * (256 * 1024 + 1) + '"']:
            if len(bad) < 100_000:
                ran = self.run_program("set", file, "n", "good", "1", "bad", bad)
            else:
                line = json.dumps({"entity": "n", "attribute": "bad"})[:-1] + ',"value":' + bad + "}"
                ran = self.run_program("set", file, "--batch", "-", stdin=line)
            self.assertEqual(ran.code, 1, bad[:50])
            self.assertIn(b"bad" if len(bad) < 100_000 else b"line 1", ran.err)
        self.assertEqual(self.ok("status", file).objects()[0]["events"], 0)

    def test_names_have_their_limits(self):
        file = self.new_file()
        self.ok("set", file, "e" * 64, "a" * 255, "1")
        self.refused("bad_entity", "set", file, "e" * 65, "a", "1")
        self.refused("bad_entity", "set", file, "", "a", "1")
        self.refused("bad_attribute", "set", file, "e", "a" * 256, "1")
        self.refused("bad_attribute", "set", file, "e", "", "1")

    def test_a_dash_mints_an_entity_with_a_fresh_uuid(self):
        file = self.new_file()
        first, second = (self.ok("set", file, "-", "a", str(i)).lines() for i in (1, 2))
        self.assertEqual(len(first), 2)
        self.assertRegex(first[0], r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertNotEqual(first[0], second[0])
        self.assertEqual(self.ok("get", file, first[0], "a").out, b"1\n")
        self.assertEqual(self.refused("bad_json", "set", file, "-", "a", "x").count("\n"), 1)

    def test_a_batch_is_one_change_over_several_entities(self):
        file = self.new_file()
        stamp = self.batch(file, ("n", "a", 1), ("m", "a", [1, 2]), ("n", "a", 3))
        rows = self.ok("log", file).objects()
        self.assertEqual([(r["stamp"], r["entity"], r["value"]) for r in rows], [(stamp, "m", [1, 2]), (stamp, "n", 3)])

    def test_a_batch_may_come_from_a_file_and_may_have_blank_lines(self):
        file = self.new_file()
        self.write("batch", '\n{"entity":"n","attribute":"a","value":1}\r\n  \n{"entity":"n","attribute":"b","value":2,"x":[]}')
        self.ok("set", file, "--batch", "batch")
        self.assertEqual(self.ok("get", file, "n").out, b'{"a":1,"b":2}\n')

    def test_a_bad_line_of_a_batch_records_nothing_and_is_named(self):
        file = self.new_file()
        good = '{"entity":"n","attribute":"a","value":1}\n'
        for bad, code in [("nope", "bad_json"), ('{"entity":"n"', "bad_json"), ('{"entity":"n","attribute":"a"}', "missing_member"),
                          ('{"entity":5,"attribute":"a","value":1}', "wrong_type"), (good.strip() + "x", "bad_json"),
                          ('{"entity":"","attribute":"a","value":1}', "bad_entity"), ("[]", "bad_json"),
                          ('{"entity":"n","attribute":"a","value":1,"value":2}', "duplicate_key")]:
            text = self.refused(code, "set", file, "--batch", "-", stdin=good + "\n" + bad + "\n" + good)
            self.assertIn("line 3: ", text)
            self.assertIn("Nothing was recorded", text)
        self.assertEqual(self.ok("status", file).objects()[0]["events"], 0)

    def test_an_empty_batch_is_no_change(self):
        file = self.new_file()
        self.refused("no_events", "set", file, "--batch", "-", stdin="")
        self.refused("no_events", "set", file, "--batch", "-", stdin="\n\n")

    def test_a_change_has_at_most_10000_events_and_fits_a_bundle(self):
        file = self.new_file()
        lines = ['{"entity":"n","attribute":"a%d","value":1}\n' % i for i in range(10_001)]
        self.ok("set", file, "--batch", "-", stdin="".join(lines[:10_000]))
        ran = self.run_program("set", file, "--batch", "-", stdin="".join(lines))
        self.assertEqual(ran.code, 1)
        self.assertRegex(ran.err.decode(), "^tidemark: (too_many_events|change_too_large): ")
        large = ['{"entity":"n","attribute":"a%d","value":"%s"}\n' % (i, "x" * 200_000) for i in range(56)]
        self.refused("change_too_large", "set", file, "--batch", "-", stdin="".join(large))
        self.assertEqual(self.ok("status", file).objects()[0]["events"], 10_000)

    def test_deleting_hides_and_restoring_brings_back(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        self.ok("delete", file, "n")
        self.assertIn("tidemark restore", self.refused("not_found", "get", file, "n"))
        self.refused("not_found", "get", file, "n", "a")
        self.assertEqual(self.ok("list", file).out, b"")
        self.ok("set", file, "n", "a", "2")
        self.refused("not_found", "get", file, "n")
        self.ok("restore", file, "n")
        self.assertEqual(self.ok("get", file, "n", "a").out, b"2\n")

    def test_what_was_never_written_can_be_neither_deleted_nor_restored(self):
        file = self.new_file()
        self.refused("not_found", "delete", file, "n")
        self.refused("not_found", "restore", file, "n")
        self.assertEqual(self.ok("status", file).objects()[0]["events"], 0)
