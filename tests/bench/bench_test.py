"""tidemark-bench at its smallest: every workload comes to the right outcome, counts the same each time and can be reported."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*arguments):
    return subprocess.run([os.environ["TIDEMARK_BENCH_BIN"], *arguments], capture_output=True, text=True, check=False)


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.json = pathlib.Path(cls.folder.name) / "results.json"
        done = run("--size-max", "1000", "--repetitions", "1", "--json", str(cls.json))
        assert done.returncode == 0, done.stderr
        cls.table = done.stdout.splitlines()
        cls.measures = {(one["name"], one["size"]): one for one in json.loads(cls.json.read_text())["measures"]}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_workload_is_in_the_table_and_in_the_json(self):
        names = [line.split()[0] for line in run("--list").stdout.splitlines()]
        measured = {name.split("/")[0] for name, _ in self.measures}
        self.assertLessEqual(set(names), measured)
        self.assertEqual(len(self.table), 1 + len(self.measures))

    def test_a_set_is_one_transaction_and_one_sync(self):
        counted = self.measures["write/set", 1000]["counted"]
        self.assertEqual(counted["transactions"], 2000)
        # Beside the log's sync a commit now and then waits for a checkpoint.
        self.assertLess(counted["syncs"], 2000 * 1.03)
        self.assertLessEqual(counted["statements"], 10 * 2000)
        self.assertLess(self.measures["write/set-relaxed", 1000]["counted"]["syncs"], 10000 * 0.03)

    def test_reading_costs_few_statements(self):
        def statements(name):
            return self.measures[name, 1000]["counted"]["statements a unit"]

        self.assertLess(statements("read/cell"), 5)
        self.assertLess(statements("read/entity"), 4)
        self.assertLess(statements("read/history"), 18)

    def test_a_report_is_written_from_it(self):
        docs = pathlib.Path(self.folder.name) / "docs"
        docs.mkdir()
        command = [sys.executable, "-B", str(ROOT / "bench/report.py"), str(self.json), str(docs)]
        for _ in range(2):  # what is measured again takes the place of what was measured before
            subprocess.run(command, check=True)
            kept = json.loads((docs / "benchmarks.json").read_text())["measures"]
            self.assertEqual(len(kept), len(self.measures))
        page = (docs / "benchmarks.md").read_text()
        for name, _ in self.measures:
            self.assertIn(f"`{name}`", page)

    def test_what_cannot_be_meant_is_refused(self):
        self.assertEqual(run("no-such-workload").returncode, 2)
        self.assertEqual(run("(").returncode, 2)
        self.assertEqual(run("--repetitions", "0").returncode, 2)
        self.assertEqual(run("--folder", "/nonexistent", "clock").returncode, 2)


if __name__ == "__main__":
    unittest.main()
