"""tidemark-sim from outside: each verb, its exit codes, and what a script can read."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BINARY = os.path.abspath(os.environ.get("TIDEMARK_SIM_BIN", "tidemark-sim"))
SCENARIOS = os.path.abspath(os.environ.get("TIDEMARK_SCENARIOS", "sim/scenarios"))

CLEAN, BROKEN, USAGE, UNREACHED, FILE = range(5)


class SimTest(unittest.TestCase):
    """Each test runs in an empty directory of its own."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="tidemark-sim-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def sim(self, *arguments, code=CLEAN):
        """Runs and checks the exit code; gives stdout. Nothing may stand on stderr unless the code is not 0 or 1."""
        done = subprocess.run([BINARY, *arguments], cwd=self.directory, capture_output=True, timeout=120, text=True)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        if code in (CLEAN, BROKEN):
            self.assertEqual(done.stderr, "")
        return done.stdout

    def complaint(self, code, *arguments):
        """Runs what must not work; gives what stands on stderr."""
        done = subprocess.run([BINARY, *arguments], cwd=self.directory, capture_output=True, timeout=120, text=True)
        self.assertEqual((done.returncode, done.stdout), (code, ""), f"{arguments}: {done.stderr}")
        self.assertTrue(done.stderr.startswith("tidemark-sim: "), done.stderr)
        return done.stderr

    def objects(self, *arguments, code=CLEAN):
        return [json.loads(line) for line in self.sim(*arguments, code=code).splitlines()]

    def kept_tape(self, profile="swarm", seed=5):
        self.sim("run", "--profile", profile, "--seed", str(seed), "--tapes", "tapes", "--keep")
        return f"tapes/{profile}-{seed}.tape"


    def write_busy_tape(self, recorded="livelock"):
        """A tape that fails: so many writes of eight devices wait that one pause cannot carry what they cause."""
        steps = 300
        lines = ["tidemark-tape 1", f"breaks {recorded}", "seed 1",
                 f"profile name=busy devices=8 steps={steps} bundle_events=1 delivery_bytes=1", "step 0"]
        for step in range(1, steps + 1):
            lines += [f"step {step}", f"workload 4 {step % 8} 11", f"schedule {1 if step < steps else 6}", "disk 1 1 1"]
        self.write("busy.tape", "\n".join([*lines, f"step {steps + 1}", ""]))


class Help(SimTest):
    def test_it_teaches_profiles_exit_codes_and_examples(self):
        text = self.sim("--help")
        for word in ("swarm", "relaxed", "Exit status", "Examples", "soak --minutes", "Usage: tidemark-sim"):
            self.assertIn(word, text)

    def test_each_verb_has_its_own(self):
        for verb in ("run", "replay", "shrink", "soak", "explain", "scenario", "points", "faults"):
            self.assertIn("Usage: tidemark-sim " + verb, self.sim(verb, "--help"))

    def test_what_cannot_be_meant_is_a_usage_error(self):
        self.assertIn("is no verb", self.complaint(USAGE, "runn"))
        for arguments in ([], ["run", "--seed", "x"], ["run", "--count", "-1"], ["run", "--keep"], ["run", "extra"],
                          ["replay"], ["shrink"], ["soak", "--seeds", "1", "--minutes", "1"], ["soak", "--jobs", "0"],
                          ["soak", "--minutes", "-1"], ["explain"], ["explain", "--profile", "calm"], ["scenario"],
                          ["explain", "--seed", "1"], ["soak", "--first", "-1"],
                          ["explain", "x.tape", "--profile", "calm", "--seed", "1"]):
            self.complaint(USAGE, *arguments)

    def test_an_unknown_profile_is_named_with_those_there_are(self):
        for verb in (["run", "--profile", "x"], ["soak", "--profiles", "swarm,x"],
                     ["explain", "--profile", "x", "--seed", "1"]):
            self.assertIn("got x, expected one of: swarm", self.complaint(USAGE, *verb))


class Run(SimTest):
    def test_the_summary_is_for_people(self):
        text = self.sim("run", "--count", "3")
        self.assertTrue(text.startswith("3 runs of swarm from seed 1: every invariant held\n"), text)

    def test_json_is_an_object_a_run_and_the_totals(self):
        *runs, totals = self.objects("run", "--profile", "calm", "--seed", "7", "--count", "3", "--json")
        self.assertEqual([run["seed"] for run in runs], [7, 8, 9])
        self.assertTrue(all(run["ok"] and run["faults"] == {} for run in runs))
        self.assertEqual(totals["runs"], 3)
        self.assertEqual(totals["operations"], sum(run["operations"] for run in runs))

    def test_the_same_seed_is_the_same_run_and_its_tape_plays_it_again(self):
        first = self.objects("run", "--seed", "5", "--json")[0]
        tape = self.kept_tape()
        self.assertEqual(self.objects("run", "--seed", "5", "--json")[0]["trace_hash"], first["trace_hash"])
        played = self.objects("replay", tape, "--json")[0]
        self.assertEqual(played["trace_hash"], first["trace_hash"])
        self.assertEqual((played["ok"], played["recorded"], played["again"]), (True, "", False))

    def test_tapes_of_clean_runs_are_kept_only_when_asked_for(self):
        self.sim("run", "--tapes", "tapes")
        self.assertEqual(os.listdir(self.path("tapes")), [])

    def test_a_folder_that_cannot_be_is_named(self):
        self.write("file", "")
        self.assertIn("file/tapes: ", self.complaint(FILE, "run", "--tapes", "file/tapes"))

    def test_a_reader_that_leaves_is_no_failure(self):
        command = f"{BINARY} run --count 100000 --json | head -n 1; exit ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, text=True)
        self.assertEqual((done.returncode, done.stderr), (CLEAN, ""))
        self.assertEqual(json.loads(done.stdout)["seed"], 1)


class Replay(SimTest):
    def test_what_holds_now_is_told_from_what_was_clean(self):
        tape = self.kept_tape()
        self.assertEqual(self.sim("replay", tape), tape + ": every invariant holds, as recorded\n")
        self.write("old.tape", self.read(tape).replace("\nseed", "\nbreaks I3\nseed"))
        self.assertEqual(self.sim("replay", "old.tape"), "old.tape: holds now; I3 was recorded\n")

    def test_what_fails_again_is_told_from_what_fails_otherwise(self):
        self.write_busy_tape()
        text = self.sim("replay", "busy.tape", code=BROKEN)
        self.assertIn("busy.tape: livelock fails again at step 300: more than 20,000 events", text)
        one = self.objects("replay", "busy.tape", "--json", code=BROKEN)[0]
        self.assertEqual((one["ok"], one["again"], one["invariant"]), (False, True, "livelock"))
        self.write_busy_tape("I3")
        self.assertIn("; I3 was recorded", self.sim("replay", self.kept_tape(), "busy.tape", code=BROKEN))

    def test_the_trace_is_a_diagram(self):
        self.assertIn("newcomer", self.sim("replay", "--trace", self.kept_tape("calm", 1)))

    def test_what_is_no_tape_is_named_with_its_line(self):
        self.assertIn("none.tape: No such file", self.complaint(FILE, "replay", "none.tape"))
        self.write("bad.tape", "tidemark-tape 1\nseed 1\nstep 0\nworkload x\n")
        self.assertIn("bad.tape: bad_tape: line 4: ", self.complaint(FILE, "replay", "bad.tape"))
        self.assertIn("is a folder", self.complaint(FILE, "replay", "."))
        self.write("app.tape", "tidemark-tape 1\nbreaks rule: one focus\nseed 1\n")
        self.assertIn("one focus, of an app", self.complaint(FILE, "replay", "app.tape"))


class Shrink(SimTest):
    def test_the_small_tape_breaks_the_same(self):
        self.write_busy_tape()
        text = self.sim("shrink", "busy.tape", "--seconds", "3")
        self.assertIn("busy.small.tape: 302 steps became ", text)
        self.assertIn("livelock: more than", text)
        self.assertIn("livelock fails again", self.sim("replay", "busy.small.tape", code=BROKEN))

    def test_it_takes_the_invariant_that_fails_now(self):
        self.write_busy_tape("I3")
        done = subprocess.run([BINARY, "shrink", "busy.tape", "-o", "x.tape", "--seconds", "1", "--json"],
                              cwd=self.directory, capture_output=True, timeout=120, text=True)
        self.assertEqual(done.returncode, CLEAN, done.stderr)
        self.assertIn("I3 was recorded, but livelock fails", done.stderr)
        one = json.loads(done.stdout)
        self.assertEqual((one["invariant"], one["tape"], one["steps_before"]), ("livelock", "x.tape", 302))
        self.assertIn("\nbreaks livelock\n", self.read("x.tape"))

    def test_a_clean_tape_has_nothing_to_shrink(self):
        self.assertIn("nothing fails", self.complaint(USAGE, "shrink", self.kept_tape()))
        self.assertIn("No such file", self.complaint(FILE, "shrink", "none.tape"))


class Soak(SimTest):
    def test_the_same_seeds_give_the_same_figures_whoever_runs_them(self):
        one, two = (self.objects("soak", "--seeds", "12", "--first", "1", "--jobs", jobs, "--json")[-1]
                    for jobs in "12")
        for name in ("runs", "operations", "messages", "bytes", "faults", "sometimes", "violations"):
            self.assertEqual(one[name], two[name], name)
        self.assertEqual(one["runs"], 12)
        self.assertEqual(one["by_profile"]["swarm"]["runs"], 6)
        self.assertEqual(one["first"], 1)

    def test_the_first_seed_is_random_and_printed(self):
        firsts = {self.sim("soak", "--seeds", "1", "--profiles", "calm").splitlines()[0] for _ in range(2)}
        self.assertEqual(len(firsts), 2)
        self.assertTrue(all(line.startswith("first seed ") for line in firsts))

    def test_points_not_reached_are_told_with_their_sentences(self):
        text = self.sim("soak", "--seeds", "1", "--profiles", "calm", "--need-points", code=UNREACHED)
        self.assertIn("fork_settled: a device learned that its file was a copy", text)

    def test_totals_are_kept_and_added_to(self):
        for profile in ("calm", "network"):
            self.sim("soak", "--seeds", "2", "--profiles", profile, "--first", "1", "--totals", "totals.json")
        totals = json.loads(self.read("totals.json"))
        self.assertEqual(totals["runs"], 4)
        self.assertEqual({name: one["runs"] for name, one in totals["by_profile"].items()}, {"calm": 2, "network": 2})
        self.assertEqual(os.listdir(self.directory), ["totals.json"])

    def test_totals_that_cannot_be_added_to_are_refused_before_anything_runs(self):
        self.write("totals.json", "not json")
        self.assertIn("totals.json: line 1: bad_totals", self.complaint(FILE, "soak", "--totals", "totals.json"))
        self.assertEqual(self.read("totals.json"), "not json")
        self.assertIn("none/totals.json: ", self.complaint(FILE, "soak", "--totals", "none/totals.json"))

    def test_an_interrupt_ends_it_early_and_it_still_reports(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            totals = f"totals-{number}.json"
            soak = self.start("--minutes", "10", "--profiles", "calm", "--first", "1", "--totals", totals)
            time.sleep(1)
            soak.send_signal(number)
            out, err = soak.communicate(timeout=60)
            self.assertEqual((soak.returncode, err), (CLEAN, ""))
            last = json.loads(out.splitlines()[-1])
            self.assertTrue(last["interrupted"])
            self.assertEqual(json.loads(self.read(totals))["runs"], last["runs"])

    def test_a_process_that_dies_is_a_violation_of_its_seed_and_is_replaced(self):
        soak = self.start("--minutes", "10", "--jobs", "1", "--profiles", "calm", "--first", "100")
        died = self.kill_child(soak, signal.SIGSEGV)
        line = json.loads(soak.stdout.readline())
        self.assertEqual((line["profile"], line["invariant"]), ("calm", "signal"))
        self.assertIn("signal 11", line["what"])
        self.assertEqual(line["again"], f"tidemark-sim run --profile calm --seed {line['seed']}")
        self.assertNotEqual(self.child(soak), died)
        time.sleep(0.5)
        soak.send_signal(signal.SIGINT)
        out, _ = soak.communicate(timeout=60)
        self.assertEqual(soak.returncode, BROKEN)
        last = json.loads(out.splitlines()[-1])
        self.assertEqual(last["violations"], 1)
        self.assertGreater(last["runs"], 1)

    def start(self, *arguments):
        soak = subprocess.Popen([BINARY, "soak", "--json", *arguments], cwd=self.directory, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        self.addCleanup(soak.wait)
        self.addCleanup(soak.kill)
        return soak

    def child(self, soak):
        """A process of the soak, once there is one."""
        for _ in range(1000):
            with open(f"/proc/{soak.pid}/task/{soak.pid}/children", encoding="ascii") as file:
                children = file.read().split()
            if children:
                return int(children[0])
            time.sleep(0.01)
        return self.fail("the soak started no process")

    def kill_child(self, soak, number):
        child = self.child(soak)
        time.sleep(0.3)  # it is at a seed by now
        os.kill(child, number)
        return child


class Explain(SimTest):
    def test_a_seed_is_drawn_as_text_and_as_a_picture(self):
        text = self.sim("explain", "--profile", "network", "--seed", "3", "--svg", "three.svg", "--losers")
        self.assertIn("connects", text)
        self.assertIn("HIDDEN BY", text)
        self.assertIn("</svg>", self.read("three.svg"))

    def test_a_tape_is_drawn_like_its_seed(self):
        tape = self.kept_tape("calm", 1)
        self.assertEqual(self.sim("explain", tape), self.sim("explain", "--profile", "calm", "--seed", "1"))

    def test_messages_are_folded_unless_all_are_asked_for(self):
        folded = self.sim("explain", "--profile", "calm", "--seed", "1")
        every = self.sim("explain", "--profile", "calm", "--seed", "1", "--all")
        self.assertGreater(len(every.splitlines()), len(folded.splitlines()))

    def test_what_broke_stands_below(self):
        self.write_busy_tape()
        self.assertTrue(self.sim("explain", "busy.tape").splitlines()[-1].startswith("step 300: livelock: "))

    def test_where_nobody_loses_it_says_so(self):
        self.write("still.tape", "tidemark-tape 1\nseed 1\nprofile name=calm devices=1 steps=1\nstep 0\nstep 1\n")
        self.assertIn("No update lost", self.sim("explain", "still.tape", "--losers"))


class Scenario(SimTest):
    good = '# A title.\ndevices a b\na: set t.x 1\nsync all\nexpect all t.x = 1\n'

    def test_each_expectation_is_a_line(self):
        self.write("good.scenario", self.good)
        self.assertEqual(self.sim("scenario", "good.scenario"),
                         "pass good: A title.\n  ok      5  expect all t.x = 1\n")

    def test_what_fails_is_told_with_its_line_and_what_was_found(self):
        self.write("bad.scenario", self.good.replace("= 1", "= 2"))
        text = self.sim("scenario", "bad.scenario", code=BROKEN)
        self.assertIn("FAIL bad: A title.", text)
        self.assertIn("FAIL    5  expect all t.x = 2: ", text)
        one = self.objects("scenario", "bad.scenario", "--json", code=BROKEN)[0]
        self.assertEqual((one["ok"], one["failures"][0]["line"]), (False, 5))

    def test_a_line_that_means_nothing_is_named(self):
        self.write("odd.scenario", "devices a\nfly to the moon\n")
        self.assertIn("odd.scenario: bad_scenario: line 2", self.complaint(FILE, "scenario", "odd.scenario"))

    def test_pages_hold_the_diagram_and_the_winners(self):
        self.write("good.scenario", self.good)
        self.sim("scenario", "good.scenario", "--page", "pages", "--svg", "good.svg")
        self.assertIn("## Who won, and why", self.read("pages/good.md"))
        self.assertEqual(self.read("pages/good.svg"), self.read("good.svg"))

    def test_a_folder_stands_for_what_is_in_it(self):
        listed = self.sim("scenario", "--list", SCENARIOS).splitlines()
        self.assertGreater(len(listed), 40)
        self.complaint(USAGE, "scenario", SCENARIOS, "--svg", "all.svg")
        self.complaint(FILE, "scenario", self.directory)


class Lists(SimTest):
    def test_points_have_sentences(self):
        points = self.objects("points", "--json")
        self.assertGreater(len(points), 100)
        self.assertTrue(all(point["name"] and point["sentence"] for point in points))
        self.assertEqual(len(self.sim("points").splitlines()), len(points))

    def test_faults_have_names(self):
        faults = {fault["name"]: fault["needs_crash_disk"] for fault in self.objects("faults", "--json")}
        self.assertEqual((faults["cut"], faults["power_loss"]), (False, True))


if __name__ == "__main__":
    unittest.main()
