"""The report of the simulator's figures: what it sums, what it leaves open, and that it says the same twice."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIM = os.environ["TIDEMARK_SIM_BIN"]


class Report(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.build = pathlib.Path(self.folder.name, "build")
        self.docs = pathlib.Path(self.folder.name, "docs")
        (self.build / "soak").mkdir(parents=True)

    def soak(self, engine, first):
        totals = self.build / "soak" / f"{engine}.json"
        subprocess.run([SIM, "soak", "--seeds", "4", "--jobs", "1", "--first", str(first), "--totals", totals],
                       check=True, stdout=subprocess.DEVNULL)
        return json.loads(totals.read_text())

    def report(self, engine, *arguments):
        done = subprocess.run([sys.executable, "-B", ROOT / "sim/report.py", *(arguments or (self.build, self.docs))],
                              env={**os.environ, "TIDEMARK_ENGINE": engine}, capture_output=True, text=True, check=False)
        return done

    def page(self):
        return (self.docs / "simulation.md").read_text()

    def test_soaks_add_up_over_engines(self):
        one = self.soak("aaaa", 1)
        self.assertEqual(self.report("aaaa").returncode, 0)
        other = self.soak("bbbb", 5)
        self.assertEqual(self.report("bbbb").returncode, 0)
        kept = json.loads((self.docs / "simulation.json").read_text())
        for key in ("runs", "operations", "confirms", "power_losses"):
            self.assertEqual(kept["ever"][key], one[key] + other[key])
        self.assertEqual(kept["ever"]["faults"]["crash"], one["faults"]["crash"] + other["faults"]["crash"])
        self.assertEqual(kept["engines"]["bbbb"]["operations"], other["operations"])
        self.assertIn("| seeds | 4 | 8 |", self.page())

    def test_what_was_not_measured_says_so(self):
        self.assertEqual(self.report("aaaa").returncode, 0)
        self.assertIn("Seeded bugs: not measured.", self.page())
        self.assertIn("| seeds | not measured | not measured |", self.page())

    def test_without_new_figures_it_says_the_same(self):
        self.soak("aaaa", 1)
        self.report("aaaa")
        before = self.page()
        self.report("aaaa")
        self.assertEqual(self.page(), before)

    def test_seeded_bugs_are_told_and_drawn(self):
        mutants = [{"name": "easy", "sentence": "Easy.", "found": True, "seeds": 3, "invariant": "I1",
                    "shrunk": {"operations": 2, "faults": 1, "seconds": 0.5}},
                   {"name": "hard", "sentence": "Hard.", "found": False, "seeds": 100}]
        (self.build / "mutants.json").write_text(json.dumps({"limit": 100, "mutants": mutants}))
        self.report("aaaa")
        self.assertIn("1 of 2 found", self.page())
        self.assertIn("| `hard` | Hard. | not found |", self.page())
        self.assertIn("not found", (self.docs / "simulation-mutants.svg").read_text())

    def test_the_drawn_scenarios_are_what_the_program_draws(self):
        pages = self.docs / "scenarios"
        subprocess.run([SIM, "scenario", ROOT / "sim/scenarios", "--page", pages], check=True, stdout=subprocess.DEVNULL)
        self.report("aaaa")
        kept = ROOT / "docs/scenarios"
        self.assertEqual(sorted(path.name for path in pages.iterdir()), sorted(path.name for path in kept.iterdir()))
        for path in sorted(pages.iterdir()):
            self.assertEqual(path.read_text(), (kept / path.name).read_text(), f"{path.name}: run ./dev sim --report")

    def test_runs_that_differ_between_builds_are_an_error(self):
        line = '{"profile":"swarm","seed":1,"trace_hash":"%s"}\n'
        (self.build / "gcc-swarm.jsonl").write_text(line % "11")
        (self.build / "clang-asan-swarm.jsonl").write_text(line % "11")
        self.assertEqual(self.report("", "--compare", self.build).returncode, 0)
        (self.build / "clang-asan-swarm.jsonl").write_text(line % "22")
        done = self.report("", "--compare", self.build)
        self.assertEqual(done.returncode, 1)
        self.assertIn("swarm seed 1 is another run", done.stdout)
        self.assertEqual(json.loads((self.build / "compare.json").read_text()), {"seeds": 1, "agree": 0})


if __name__ == "__main__":
    unittest.main()
