"""Closed, full and broken standard streams."""

import json
import os
import subprocess

from support import BINARY, CliTest


class StreamsTest(CliTest):
    def shell(self, command):
        done = subprocess.run(["sh", "-c", command], cwd=self.directory, capture_output=True, timeout=120,
                              env=self.environment({"T": BINARY}))
        return done.returncode, done.stdout, done.stderr

    def filled(self, count=20_000):
        file = self.new_file()
        self.write("lines", "".join(json.dumps({"entity": f"n{i}", "attribute": "a", "value": "x" * 20}) + "\n"
                                    for i in range(count)))
        self.ok("import", file, "lines")
        return file

    def test_a_reader_that_leaves_is_no_error(self):
        file = self.filled()
        for verb in ("export F --state", "export F --events", "log F", "list F"):
            command = verb.replace("F", file)
            code, out, err = self.shell(f'{{ "$T" {command}; echo "code $?" >&2; }} | head -n 1')
            self.assertEqual((out.count(b"\n"), err), (1, b"code 0\n"), verb)

    def test_a_change_is_recorded_though_nobody_reads_its_stamp(self):
        file = self.new_file()
        self.assertEqual(self.shell(f'"$T" set {file} n a 1 >&-')[0], 0)
        self.assertEqual(self.shell(f'"$T" set {file} n b 2 | true')[0], 0)
        self.assertEqual(self.shell(f'"$T" set {file} n c 3 >&- 2>&- <&-')[0], 0)
        self.assertEqual(self.ok("get", file, "n").out, b'{"a":1,"b":2,"c":3}\n')
        self.ok("verify", file)

    def test_a_full_disk_behind_stdout_is_an_error(self):
        file = self.filled(10)
        code, _, err = self.shell(f'"$T" export {file} --state >/dev/full')
        self.assertEqual(code, 1)
        self.assertTrue(err.startswith(b"tidemark: io_error: "), err)

    def test_a_closed_stdin_is_not_an_empty_one(self):
        file = self.new_file()
        for verb in (f"import {file} -", f"set {file} --batch -"):
            code, _, err = self.shell(f'"$T" {verb} <&-')
            self.assertEqual(code, 1)
            self.assertTrue(err.startswith(b"tidemark: io_error: "), err)

    def test_nobody_listening_on_stderr_changes_nothing_else(self):
        self.assertEqual(self.shell('"$T" get missing n 2>&-')[0], 1)
        self.assertEqual(self.shell('"$T" 2>/dev/full')[0], 2)

    def test_a_file_that_cannot_grow_keeps_what_it_had(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        kilobytes = os.path.getsize(self.path(file)) // 1024 + 200
        self.write("lines", "".join(json.dumps({"entity": f"n{i}", "attribute": "a", "value": "x" * 1000}) + "\n"
                                    for i in range(5_000)))
        code, _, err = self.shell(f'trap "" XFSZ; ulimit -f {kilobytes * 2}; "$T" import {file} lines')
        self.assertEqual((code, err.count(b"\n")), (1, 1), err)
        self.assertRegex(err.decode(), "^tidemark: (disk_full|io_error): ")
        self.ok("verify", file)
        self.assertEqual(self.ok("get", file, "n", "a").out, b"1\n")
