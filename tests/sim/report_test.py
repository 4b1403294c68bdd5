"""The report of the simulator's figures: what it sums, what it leaves open, and that it says the same twice."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

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
        """The figures of six more seeds of an engine; gives those of all that are not in a report yet."""
        totals = self.build / "soak" / f"{engine}.json"
        subprocess.run([SIM, "soak", "--seeds", "6", "--jobs", "1", "--first", str(first), "--totals", totals],
                       check=True, stdout=subprocess.DEVNULL)
        return json.loads(totals.read_text())

    def report(self, engine, *arguments, code=0, program=SIM):
        done = subprocess.run([sys.executable, "-B", ROOT / "sim/report.py", *(arguments or (self.build, self.docs))],
                              env={**os.environ, "TIDEMARK_ENGINE": engine, "TIDEMARK_SIM_BIN": program},
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def page(self):
        return (self.docs / "simulation.md").read_text()

    def kept(self):
        return json.loads((self.docs / "simulation.json").read_text())

    def written(self):
        return {path.name: path.read_bytes() for path in self.docs.iterdir()}

    def hunted(self, **more):
        mutants = [{"name": "easy", "sentence": "Easy.", "found": True, "seeds": 3, "invariant": "I1",
                    "shrunk": {"operations": 2, "faults": 1, "seconds": 0.5}},
                   {"name": "hang", "sentence": "Hangs.", "found": True, "seeds": 40, "invariant": "hang"},
                   {"name": "hard", "sentence": "Hard.", "found": False, "seeds": 100}]
        (self.build / "mutants.json").write_text(json.dumps({"limit": 100, "mutants": mutants, **more}))

    def assert_sum(self, total, *parts):
        """Every number in the trees of these totals adds up."""
        for key in {key for part in parts for key in part}:
            values = [part[key] for part in parts if key in part]
            if isinstance(values[0], dict):
                self.assert_sum(total[key], *values)
            else:
                self.assertAlmostEqual(total[key], sum(values), msg=key)

    def test_soaks_of_one_engine_add_up(self):
        one = self.soak("aaaa", 1)
        self.report("aaaa")
        self.assertEqual(list((self.build / "soak").iterdir()), [])
        other = self.soak("aaaa", 4)
        self.report("aaaa")
        self.assert_sum(self.kept()["engines"]["aaaa"], one, other)
        self.assert_sum(self.kept()["ever"], one, other)
        self.assertGreater(one["operations"], 0)
        self.assertIn("| seeds | 12 | 12 |", self.page())
        self.assertRegex(self.page(), r"\| seeds an hour and core, crash \| [1-9][0-9,]* \|")

    def test_soaks_of_two_engines_add_up_ever_but_stand_apart(self):
        one = self.soak("aaaa", 1)
        self.report("aaaa")
        other = self.soak("bbbb", 4)
        self.report("bbbb")
        self.assert_sum(self.kept()["ever"], one, other)
        self.assert_sum(self.kept()["engines"]["bbbb"], other)
        self.assertRegex(self.kept()["engines"]["bbbb"]["since"], r"^\d{4}-\d\d-\d\d$")
        self.assertIn("| seeds | 6 | 12 |", self.page())

    def test_the_latest_five_engines_are_kept(self):
        totals = self.soak("e0", 1)
        for number in range(6):
            (self.build / "soak" / f"e{number}.json").write_text(json.dumps(totals))
            self.report(f"e{number}")
        self.assertEqual(list(self.kept()["engines"]), ["e1", "e2", "e3", "e4", "e5"])
        self.assertEqual(self.kept()["ever"]["runs"], 6 * totals["runs"])

    def test_what_was_not_measured_says_so(self):
        self.report("aaaa")
        for section in ("Seeded bugs", "The same run with two compilers"):
            self.assertIn(f"## {section}\n\nNot measured.\n", self.page())
        self.assertIn("Machine: not measured.", self.page())
        self.assertIn("| seeds | not measured | not measured |", self.page())
        self.assertIn("| seeds an hour and core | not measured |", self.page())
        self.assertIn("## Rare situations\n\nNot measured with this engine.\n", self.page())
        figures = self.page().split("## Figures")[1].split("## Known limits")[0]
        self.assertNotRegex(figures, r"\| [0-9]")
        self.assertNotIn("simulation-mutants.svg", self.written())

    def test_another_engine_does_not_borrow_figures(self):
        self.soak("aaaa", 1)
        self.hunted(engine="aaaa")
        self.report("bbbb")
        self.assertIn("| seeds | not measured | 6 |", self.page())
        self.assertIn("measured with another engine, `aaaa`", " ".join(self.page().split()))

    def test_a_report_without_news_changes_no_byte(self):
        self.soak("aaaa", 1)
        self.hunted(engine="aaaa")
        self.report("aaaa")
        before = self.written()
        self.assertEqual(sorted(before), ["simulation-mutants.svg", "simulation.json", "simulation.md"])
        self.report("aaaa")
        self.assertEqual(self.written(), before)

    def test_nothing_is_lost_when_a_report_fails(self):
        totals = self.soak("aaaa", 1)
        self.assertIn("/nowhere faults does not run", self.report("aaaa", code=1, program="/nowhere").stderr)
        (self.build / "mutants.json").write_text("{")
        done = self.report("aaaa", code=1)
        self.assertIn("mutants.json: no JSON", done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(json.loads((self.build / "soak/aaaa.json").read_text()), totals)
        self.hunted()
        self.report("aaaa")
        self.assert_sum(self.kept()["ever"], totals)

    def test_the_limits_stand_in_it(self):
        self.report("aaaa")
        self.assertIn((ROOT / "sim/known_limits.md").read_text(), self.page())

    def test_seeded_bugs_are_told_and_drawn(self):
        self.hunted()
        self.report("aaaa")
        words = " ".join(self.page().split())
        self.assertIn("2 of 3 found, each with at most 100 seeds.", words)
        self.assertIn("Seeds until it is found: median 40, maximum 40.", words)
        self.assertIn("Which engine this was measured with was not recorded.", words)
        self.assertIn("| `easy` | Easy. | 3 | I1 | 2 / 1 | 0.5 |", words)
        self.assertIn("| `hang` | Hangs. | 40 | hang | not measured | not measured |", words)
        self.assertIn("| `hard` | Hard. | not found |", words)
        self.assertIn("not found", (self.docs / "simulation-mutants.svg").read_text())
        xml.etree.ElementTree.parse(self.docs / "simulation-mutants.svg")

    def test_the_drawn_scenarios_are_what_the_program_draws(self):
        pages = self.docs / "scenarios"
        subprocess.run([SIM, "scenario", ROOT / "sim/scenarios", "--page", pages], check=True, stdout=subprocess.DEVNULL)
        self.report("aaaa")
        kept = ROOT / "docs/scenarios"
        self.assertEqual(sorted(path.name for path in pages.iterdir()), sorted(path.name for path in kept.iterdir()))
        for path in sorted(pages.iterdir()):
            self.assertEqual(path.read_text(), (kept / path.name).read_text(), f"{path.name}: run ./dev sim --report")

    def test_the_guide_shows_what_the_program_draws(self):
        guide = (ROOT / "docs/simulator.md").read_text().split("## Conflicts, told line by line")[1]
        scenario, picture, winners = re.findall(r"```(?:text)?\n(.*?)```", guide, re.S)[:3]
        told = self.build / "guide.scenario"
        told.write_text(scenario)
        subprocess.run([SIM, "scenario", told, "--page", self.build], check=True, stdout=subprocess.DEVNULL)
        drawn = (self.build / "guide.md").read_text()
        self.assertIn(picture, drawn)
        self.assertIn(winners, drawn)

    def test_runs_that_differ_between_builds_are_an_error(self):
        line = '{"profile":"swarm","seed":1,"trace_hash":"%s"}\n'
        (self.build / "gcc-swarm.jsonl").write_text(line % "11")
        (self.build / "clang-asan-swarm.jsonl").write_text(line % "11")
        self.report("aaaa", "--compare", self.build)
        (self.build / "clang-asan-swarm.jsonl").write_text(line % "22")
        done = self.report("aaaa", "--compare", self.build, code=1)
        self.assertIn("swarm seed 1 is another run", done.stdout)
        found = json.loads((self.build / "compare.json").read_text())
        self.assertEqual((found["engine"], found["seeds"], found["agree"]), ("aaaa", 1, 0))
        self.assertEqual(len(found["compilers"]), 2)
        self.report("aaaa")
        self.assertIn("0 of 1 seeds gave the same trace", self.page())


if __name__ == "__main__":
    unittest.main()
