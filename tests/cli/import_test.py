"""import: which lines count, where it stops, what is left behind."""

import json
import os
import subprocess
import time

from support import BINARY, CliTest


def line(t=None, entity="n", attribute="a", value=1, **more):
    return {**({} if t is None else {"t": t}), "entity": entity, "attribute": attribute, "value": value, **more}


class ImportTest(CliTest):
    def stop(self, code, file, text, *flags):
        """Imports what must be refused; gives the error line."""
        return self.refused(code, "import", file, "-", *flags, stdin=text)

    def test_each_line_is_one_change(self):
        file = self.new_file()
        summary = self.import_lines(file, [line(value=i) for i in range(10)])
        self.assertEqual((summary["changes"], summary["skipped"]), (10, 0))
        rows = self.ok("log", file).objects()
        self.assertEqual([r["value"] for r in rows], list(range(10)))
        self.assertEqual(len({r["stamp"] for r in rows}), 10)
        self.assertEqual(rows[-1]["stamp"], summary["last_stamp"])

    def test_without_historical_the_clock_counts_and_t_may_be_anything(self):
        file = self.new_file()
        self.import_lines(file, [line(), line(t=1000), line(t="x"), line(t=None)])
        for event in self.ok("export", file, "--events").objects():
            self.assertLess(abs(event["t"] / 1000 - time.time()), 100)

    def test_historical_stamps_are_the_lines_times(self):
        file = self.new_file()
        self.import_lines(file, [line(0), line(5, value=2), line(5, value=3), line(1594767394000, value=4)], "--historical")
        self.assertEqual([(e["t"], e["stamp"][25:29]) for e in self.ok("export", file, "--events").objects()],
                         [(0, "0000"), (5, "0000"), (5, "0001"), (1594767394000, "0000")])

    def test_more_changes_of_one_millisecond_than_the_counter_holds_are_fine(self):
        file = self.new_file()
        many = [line(1000, value=i) for i in range(66_000)]
        summary = self.import_lines(file, many + [line(1000, value="last"), line(1001), line(1002)], "--historical")
        self.assertEqual(summary["changes"], 66_003)
        self.assertEqual(self.ok("verify", file).objects()[0]["events"], 66_003)

    def test_a_time_behind_the_files_clock_stops_with_its_line(self):
        file = self.new_file()
        text = "".join(json.dumps(line(t, value=t)) + "\n" for t in [1000, 2000, 2000, 1999, 3000])
        error = self.stop("behind_clock", file, text, "--historical")
        self.assertIn(": line 4", error)
        self.assertIn("3 changes before this line were recorded", error)
        self.assertEqual(self.ok("get", file, "n", "a").out, b"2000\n")
        self.assertIn("0 changes", self.stop("behind_clock", file, json.dumps(line(1999)), "--historical"))
        self.import_lines(file, [line(2000, value="equal is fine")], "--historical")
        self.assertEqual(self.ok("status", file).objects()[0]["events"], 4)

    def test_a_time_behind_the_clock_is_found_deep_in_a_large_import(self):
        file = self.new_file()
        times = [1000 + i for i in range(10_000)]
        times[8765] = 1
        text = "".join(json.dumps(line(t, value=t)) + "\n" for t in times)
        error = self.stop("behind_clock", file, text, "--historical")
        self.assertIn(": line 8766", error)
        self.assertIn("8765 changes before", error)
        self.assertEqual(self.ok("status", file).objects()[0]["events"], 8765)

    def test_a_write_of_today_closes_the_past(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        self.stop("behind_clock", file, json.dumps(line(1000)), "--historical")
        self.import_lines(file, [line(1000, value=2)])
        self.assertEqual(self.ok("get", file, "n", "a").out, b"2\n")

    def test_only_lines_of_the_device_are_taken(self):
        file = self.new_file()
        lines = [line(value=1, device="d1"), line(value=2, device="d2"), line(value=3), line(value=4, device="d1"),
                 line(value=5, device=1), line(value=6, device="d10"), {"device": "d2"}, line(value=7, device="D1")]
        summary = self.import_lines(file, lines, "--device", "d1")
        self.assertEqual((summary["changes"], summary["skipped"]), (2, 6))
        self.assertEqual([r["value"] for r in self.ok("log", file).objects()], [1, 4])

    def test_a_device_is_compared_as_a_text_not_as_a_spelling(self):
        file = self.new_file()
        text = '{"device":"\\u0064\\u0031","entity":"n","attribute":"a","value":1}\n{"d\\u0065vice":"d1","entity":"n","attribute":"a","value":2}'
        self.assertEqual(self.ok("import", file, "-", "--device", "d1", stdin=text).objects()[0]["changes"], 2)

    def test_a_bad_line_stops_with_its_number_and_keeps_what_came_before(self):
        good = json.dumps(line(5)) + "\n"
        for number, (bad, code) in enumerate([
                ("nope", "bad_json"), ("{}", "missing_member"), ("[]", "bad_json"), ('{"entity":"n","attribute":"a","t":5}', "missing_member"),
                (good.strip()[:-1], "bad_json"), (good.strip() + "}", "bad_json"), ("\x00", "bad_json"),
                (json.dumps(line(5, entity="e" * 65)), "bad_entity"), (json.dumps(line(5, attribute="")), "bad_attribute"),
                (json.dumps(line(5, entity=None)), "wrong_type"), (json.dumps(line(5)).replace("1}", "1e999}"), "number_out_of_range"),
                (json.dumps(line(5)).replace("1}", "01}"), "bad_json"), (json.dumps(line(5)).replace("1}", '{"b":1,"b":2}}'), "duplicate_key"),
                (json.dumps(line(5, x=1)).replace('"x": 1', '"x": what'), "bad_json"),
                (json.dumps(line(5, value="x" * (256 * 1024 + 1))), "too_large"),
                (json.dumps(line(-1)), "bad_time"), (json.dumps(line(1.5)), "bad_time"), (json.dumps(line("5")), "bad_time"),
                (json.dumps(line(10**15)), "bad_time"), (json.dumps(line()), "missing_member")]):
            with self.subTest(bad[:60]):
                file = self.new_file(f"{number}.tidemark")
                error = self.stop(code, file, good + "\n" + good + bad + "\n" + good, "--historical")
                self.assertIn(": line 4: ", error)
                self.assertIn("2 changes before this line were recorded", error)
                self.assertEqual(self.ok("status", file).objects()[0]["events"], 2)

    def test_the_last_line_needs_no_line_feed_and_crlf_is_fine(self):
        file = self.new_file()
        text = json.dumps(line()) + "\r\n\r\n" + json.dumps(line(value=2))
        self.assertEqual(self.ok("import", file, "-", stdin=text).objects()[0]["changes"], 2)

    def test_nothing_to_import_is_fine(self):
        self.assertEqual(self.ok("import", self.new_file(), "-").out, b'{"changes":0,"skipped":0,"last_stamp":null}\n')

    def test_a_line_has_a_length_that_it_may_not_exceed(self):
        file = self.new_file()
        self.assertIn(": line 2: ", self.stop("too_large", file, json.dumps(line()) + "\n" + " " * (8 * 1024 * 1024 + 1)))
        self.assertEqual(self.ok("status", file).objects()[0]["events"], 1)
        self.ok("import", file, "-", stdin=" " * (8 * 1024 * 1024) + "\n")

    def test_integers_keep_all_digits_and_json_becomes_canonical(self):
        file = self.new_file()
        self.ok("import", file, "-", stdin='{"entity":"n","attribute":"a","value":9007199254740993}\n'
                '{"entity":"n","attribute":"b","value":{ "z": [1.0, 18446744073709551615], "a": "\\u00e9" }}\n')
        self.assertEqual(self.ok("get", file, "n").out.decode(),
                         '{"a":9007199254740993,"b":{"a":"é","z":[1.0,1.8446744073709552e+19]}}\n')

    def test_other_members_are_ignored_whatever_they_hold(self):
        file = self.new_file()
        self.import_lines(file, [line(commit=0, nested={"t": [1, {"entity": "]}\"\\"}]}, text='}"{\\', empty="")])
        self.assertEqual(self.ok("get", file, "n").out, b'{"a":1}\n')

    def test_exported_events_come_in_as_new_changes(self):
        a, b = self.new_file("a.tidemark"), self.new_file("b.tidemark", node="00000000000000bb")
        self.import_lines(a, [line(t, value=[t], attribute=f"a{t % 3}") for t in range(1000, 1100)], "--historical")
        self.write("events", self.ok("export", a, "--events").out)
        self.ok("import", b, "events", "--historical")
        self.assertEqual(self.state(a), self.state(b))
        self.assertEqual(len(self.ok("log", b).lines()), 100)

    def test_what_is_piped_in_line_by_line_is_recorded_line_by_line(self):
        file = self.new_file()
        with subprocess.Popen([BINARY, "import", file, "-"], cwd=self.directory, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            process.stdin.write((json.dumps(line(value="early")) + "\n").encode())
            process.stdin.flush()
            deadline = time.monotonic() + 60
            while self.ok("status", file).objects()[0]["events"] == 0 and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertEqual(self.ok("get", file, "n", "a").out, b'"early"\n')
            process.stdin.close()
            self.assertEqual(json.loads(process.stdout.read())["changes"], 1)

    def test_progress_is_silent_or_a_line_now_and_then(self):
        file = self.new_file()
        lines = "".join(json.dumps(line(value=i)) + "\n" for i in range(1000))
        for mode in ("auto", "plain", "none"):
            ran = self.run_program("import", file, "-", "--progress", mode, stdin=lines)
            self.assertEqual(ran.code, 0)
            for text in ran.err.decode().splitlines():
                self.assertEqual((mode, text[:17]), ("plain", "tidemark: import "))
        self.usage("import", file, "-", "--progress", "")

    def test_inputs_that_cannot_be_read_are_named(self):
        file = self.new_file()
        self.assertIn("nowhere", self.refused("not_found", "import", file, "nowhere"))
        os.mkdir(self.path("folder"))
        self.assertIn("folder", self.refused("io_error", "import", file, "folder"))
        self.refused("not_found", "import", "missing.tidemark", "-")
