"""What FILE may be, and what must happen when it is something else."""

import os
import sqlite3
import subprocess

from support import BINARY, CliTest

READERS = [["get", "F", "n"], ["list", "F"], ["log", "F"], ["export", "F", "--state"], ["status", "F"], ["verify", "F"],
           ["doctor", "F"], ["parked", "F"], ["backup", "F", "copy"]]
WRITERS = [["set", "F", "n", "a", "1"], ["delete", "F", "n"], ["restore", "F", "n"], ["import", "F", "-"], ["rebuild", "F"],
           ["parked", "F", "--retry"],
           ["sync", "F", "ws://127.0.0.1:1"], ["repair", "F", "ws://127.0.0.1:1"], ["watch", "F", "ws://127.0.0.1:1"]]


class FilesTest(CliTest):
    def refused_by_all(self, code, file):
        for verb in READERS + WRITERS:
            with self.subTest(verb[0]):
                self.refused(code, *[file if word == "F" else word for word in verb])

    def test_a_missing_file_is_not_made(self):
        self.refused_by_all("not_found", "missing.tidemark")
        self.assertEqual(os.listdir(self.directory), [])

    def test_a_text_file_is_not_a_replica_and_stays_as_it_is(self):
        self.write("text", "hello\n" * 1000)
        self.refused_by_all("not_a_replica", "text")
        with open(self.path("text"), "rb") as file:
            self.assertEqual(file.read(), b"hello\n" * 1000)
        self.refused("exists", "init", "text", "--space", "s")

    def test_an_empty_file_is_not_a_replica(self):
        self.write("empty", "")
        self.refused_by_all("not_a_replica", "empty")
        self.assertEqual(os.path.getsize(self.path("empty")), 0)

    def test_another_programs_database_is_not_a_replica(self):
        db = sqlite3.connect(self.path("other.db"))
        db.execute("CREATE TABLE events (a)")
        db.commit()
        db.close()
        self.refused_by_all("not_a_replica", "other.db")

    def test_a_directory_is_refused(self):
        os.mkdir(self.path("folder"))
        for verb in READERS + WRITERS:
            ran = self.run_program(*["folder" if word == "F" else word for word in verb])
            self.assertEqual((ran.code, ran.err.count(b"\n")), (1, 1), verb)
            self.assertIn(b"folder", ran.err)
        self.assertEqual(self.run_program("init", "folder", "--space", "s").code, 1)
        self.assertEqual(self.run_program("init", "nowhere/a.tidemark", "--space", "s").code, 1)

    def test_a_later_schema_is_left_alone(self):
        file = self.new_file()
        db = sqlite3.connect(self.path(file))
        db.execute("PRAGMA user_version = 1000000")
        db.commit()
        db.close()
        self.refused_by_all("newer_schema", file)

    def test_a_truncated_file_is_an_error_and_no_crash(self):
        file = self.new_file()
        self.ok("import", file, "-", stdin="".join('{"entity":"n%d","attribute":"a","value":1}\n' % i for i in range(2000)))
        with open(self.path(file), "rb") as whole:
            content = whole.read()
        for size in (1, 99, 512, 4096, 8192, len(content) // 2, len(content) - 1):
            self.write("cut.tidemark", content[:size])
            for verb in READERS:
                ran = self.run_program(*["cut.tidemark" if word == "F" else word for word in verb])
                self.assertIn(ran.code, (0, 1), (size, verb, ran.err))
            self.assertEqual(self.run_program("verify", "cut.tidemark").code, 1, size)
            if os.path.exists(self.path("copy")):
                os.remove(self.path("copy"))

    def test_a_space_has_a_name_of_1_to_255_bytes(self):
        self.ok("init", "a.tidemark", "--space", "s" * 255)
        for bad in ("", "s" * 256):
            self.assertNotEqual(self.run_program("init", "b.tidemark", f"--space={bad}").code, 0)
            self.assertFalse(os.path.exists(self.path("b.tidemark")))

    def test_a_damaged_value_is_found_and_rebuilt(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        self.ok("set", file, "n", "a", "2")
        before = self.state(file)
        db = sqlite3.connect(self.path(file))
        db.execute("DELETE FROM attributes")
        db.commit()
        db.close()
        ran = self.run_program("verify", file)
        self.assertEqual(ran.code, 1)
        self.assertGreaterEqual(len(ran.lines()), 1)
        self.assertTrue(ran.err.startswith(b"tidemark: corrupt: "))
        self.assertEqual(self.run_program("doctor", file).code, 1)
        self.ok("rebuild", file)
        self.ok("verify", file)
        self.assertEqual(self.state(file), before)

    def test_a_backup_goes_its_own_way(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        self.ok("backup", file, "copy.tidemark")
        self.assertEqual(self.state("copy.tidemark"), self.state(file))
        mine = self.ok("set", file, "n", "a", "2").out.decode().strip()
        copys = self.ok("set", "copy.tidemark", "n", "a", "3").out.decode().strip()
        self.assertNotEqual(mine[-16:], copys[-16:])
        self.ok("verify", "copy.tidemark")
        self.assertIn("copy.tidemark", self.refused("exists", "backup", file, "copy.tidemark"))

    def test_readers_need_no_permission_to_write(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        os.chmod(self.path(file), 0o444)
        os.chmod(self.directory, 0o555)
        self.addCleanup(os.chmod, self.directory, 0o755)
        somebody = {"user": 65534} if os.geteuid() == 0 else {}
        for verb in READERS[:-1]:
            command = [BINARY, *[file if word == "F" else word for word in verb]]
            done = subprocess.run(command, cwd=self.directory, capture_output=True, timeout=60, **somebody)
            self.assertEqual((done.returncode, done.stderr), (0, b""), verb)
        done = subprocess.run([BINARY, "set", file, "n", "a", "2"], cwd=self.directory, capture_output=True, timeout=60, **somebody)
        self.assertEqual((done.returncode, done.stderr[:21]), (1, b"tidemark: read_only: "), done.stderr)
