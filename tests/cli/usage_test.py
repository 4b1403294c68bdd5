"""Help, version, flags and how errors are printed."""

import json
import os
import pty
import re
import subprocess

from support import BINARY, CliTest

VERBS = ["init", "set", "get", "delete", "restore", "list", "log", "timeline", "graph", "at", "diff", "undo", "redo",
         "restore-version", "conflicts", "settle", "merge", "audit", "import", "export", "backup", "sync", "watch", "status", "doctor", "rebuild", "verify",
         "repair", "salvage", "parked"]


class UsageTest(CliTest):
    def test_the_help_names_every_verb_and_the_exit_codes(self):
        page = self.ok("--help").out.decode()
        for verb in VERBS:
            self.assertIn(f"\n  {verb} ", page)
        self.assertIn("exit codes: 0 done; 1 refused or failed; 2", page)
        self.assertEqual(self.ok("-h").out, self.ok("help").out)

    def test_every_verb_has_a_page_with_an_example(self):
        for verb in VERBS:
            page = self.ok(verb, "--help").out.decode()
            self.assertTrue(page.startswith(f"usage: tidemark {verb} "), page)
            self.assertIn(f"tidemark {verb}", page[20:])
            self.assertIn("exit codes:", page)
            self.assertEqual(self.ok("help", verb).out.decode(), page)

    def test_the_help_names_no_verb_that_is_not_tested_here(self):
        listed = re.search(r"\nverbs:\n(.*?)\n\n", self.ok("--help").out.decode(), re.S).group(1)
        self.assertEqual([line.split()[0] for line in listed.splitlines()], VERBS)

    def test_the_examples_of_every_page_make_sense(self):
        with_relay = ("sync", "watch")
        os.mkdir(self.path("bin"))
        os.symlink(BINARY, self.path("bin/tidemark"))
        env = self.environment({"PATH": self.path("bin") + ":" + os.environ["PATH"]})
        for verb in VERBS:
            examples = re.findall(r"^  ((?:echo .*\| )?tidemark \w.*)$", self.ok(verb, "--help").out.decode(), re.M)
            self.assertTrue(examples, verb)
            for example in examples:
                if verb in with_relay:
                    continue
                done = subprocess.run(["sh", "-c", example], cwd=self.directory, env=env, capture_output=True, text=True, timeout=60,
                                      stdin=subprocess.DEVNULL)
                self.assertNotIn(": usage: ", done.stderr, example)
                self.assertNotEqual(done.returncode, 2, example)

    def test_no_line_of_help_is_wider_than_a_line_of_120(self):
        for page in [self.ok("--help"), *[self.ok(verb, "--help") for verb in VERBS]]:
            self.assertLessEqual(max(map(len, page.lines())), 132)

    def test_the_version_is_printed(self):
        self.assertRegex(self.ok("--version").out.decode(), r"^tidemark \d+\.\d+\.\d+\n$")

    def test_flags_stand_anywhere_and_take_their_value_either_way(self):
        self.ok("init", "--space=s", "a.tidemark", "--node", "00000000000000ab")
        self.ok("init", "--node=00000000000000ac", "--space", "s", "b.tidemark")
        self.assertEqual(self.ok("status", "b.tidemark").objects()[0]["node"], "00000000000000ac")

    def test_two_dashes_end_the_flags(self):
        file = self.new_file()
        self.ok("set", file, "--", "--entity", "-attribute", "1")
        self.assertEqual(self.ok("get", file, "--", "--entity").out, b'{"-attribute":1}\n')

    def test_negative_numbers_and_lists_are_values(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "-5", "b", "-0.5", "c", "[1,2]", "d", "[]", "e", "{}", "f", '""')
        self.assertEqual(self.ok("get", file, "n").out, b'{"a":-5,"b":-0.5,"c":[1,2],"d":[],"e":{},"f":""}\n')

    def test_a_node_is_16_lower_case_digits(self):
        for bad in ["", "1", "0" * 15, "0" * 17, "00000000000000AA", "0x000000000000aa", "-000000000000001", "1e9"]:
            self.usage("init", "x.tidemark", "--space", "s", f"--node={bad}")
        self.assertFalse(os.path.exists(self.path("x.tidemark")))

    def test_a_timeout_is_a_plain_positive_number(self):
        file = self.new_file()
        for bad in ["", "0", "-1", "1e9", "1s", "nan", "inf", "86401", "0x10", "1.2.3", ".", " 1"]:
            self.usage("sync", file, "ws://127.0.0.1:1", f"--timeout={bad}")

    def test_errors_as_json_are_one_object_a_line(self):
        for arguments in (["get", "missing", "n"], ["get"], ["fly"], ["set", self.new_file(), "n", "a", "\x1b[31mred"]):
            ran = self.run_program("--json", *arguments)
            self.assertNotEqual(ran.code, 0)
            error = json.loads(ran.err)["error"]
            self.assertLessEqual({"code", "field", "retry", "message"}, set(error))
            self.assertEqual(ran.err.count(b"\n"), 1)
        self.assertEqual(json.loads(self.run_program("get", "missing", "n", "--json").err)["error"]["code"], "not_found")

    def test_what_others_wrote_does_not_reach_the_terminal_raw(self):
        file = self.new_file()
        text = self.refused("not_found", "get", file, "\x1b]0;evil\x07\nsecond line")
        self.assertNotIn("\x1b", text)

    def test_bytes_that_are_no_utf8_are_refused_readably(self):
        file = self.new_file()
        for arguments in ([b"set", b"n\xff", b"a", b"1"], [b"set", b"n", b"a\xff", b"1"], [b"set", b"n", b"a", b'"\xff"']):
            done = subprocess.run([BINARY.encode(), b"--json", arguments[0], file.encode(), *arguments[1:]],
                                  cwd=self.directory, capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertTrue(json.loads(done.stderr.decode())["error"]["code"], arguments)
        self.assertEqual(self.ok("status", file).objects()[0]["events"], 0)

    def colour_on_terminal(self, env):
        master, slave = pty.openpty()
        process = subprocess.Popen([BINARY, "get", "missing", "n"], cwd=self.directory, stderr=slave,
                                   stdout=subprocess.DEVNULL, env=self.environment(env))
        os.close(slave)
        printed = b""
        try:
            while chunk := os.read(master, 4096):
                printed += chunk
        except OSError:
            pass  # the other end is closed
        os.close(master)
        self.assertEqual(process.wait(60), 1)
        return b"\x1b[" in printed

    def test_colours_are_for_terminals_that_want_them(self):
        self.assertTrue(self.colour_on_terminal({"TERM": "xterm"}))
        self.assertFalse(self.colour_on_terminal({"TERM": "xterm", "NO_COLOR": "1"}))
        self.assertFalse(self.colour_on_terminal({"TERM": "dumb"}))
        self.assertNotIn(b"\x1b", self.run_program("get", "missing", "n").err)
