"""Writes docs/simulation.md from what was measured.

Usage: report.py BUILD DOCS        folds BUILD/soak/*.json, BUILD/mutants.json and BUILD/compare.json into
                                   DOCS/simulation.json, removes them, and writes DOCS/simulation.md and
                                   DOCS/simulation-mutants.svg
       report.py --compare BUILD   compares the runs of BUILD/gcc-*.jsonl with those of BUILD/clang-asan-*.jsonl and
                                   writes BUILD/compare.json

Exit status: 0 done; 1 runs differ, or a file or program is not as it should be; 2 the command line.

TIDEMARK_ENGINE names the engine that was compared or is reported on, as in the names of the soaks and as "engine" in
the other files. TIDEMARK_SIM_BIN is asked for the sentences of points and faults; build/release/bin/tidemark-sim if it
is not set.

DOCS/simulation.json: "ever" sums all soaks; "engines" has the sums of the latest engines, each with the day of its
first soak; "mutants" and "compare" are the latest of their kind, with their engine; "machine" is where the latest ran.
"""
import contextlib
import datetime
import fcntl
import html
import json
import math
import os
import pathlib
import platform
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[1]
UNKNOWN = "not measured"
GOAL = 1_000_000
ENGINES_KEPT = 5
WIDTH = 120


class Problem(Exception):
    """What keeps the report from being written, in words."""


def parsed(text, path):
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Problem(f"{path}: no JSON: {error}") from error
    if not isinstance(value, dict):
        raise Problem(f"{path}: no JSON object")
    return value


def load(path):
    return parsed(path.read_text(), path)


def save(path, text):
    """In one piece, or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.replace(path)


def added(one, other):
    """The sum of two trees of numbers."""
    total = dict(one)
    for key, value in other.items():
        if isinstance(value, dict):
            total[key] = added(total.get(key, {}), value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            total[key] = total.get(key, 0) + value
    return total


def described(verb):
    """The names and sentences that tidemark-sim lists."""
    program = os.environ.get("TIDEMARK_SIM_BIN", str(ROOT / "build/release/bin/tidemark-sim"))
    try:
        text = subprocess.run([program, verb, "--json"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Problem(f"{program} {verb} does not run ({error}); ./dev build release makes it") from error
    return {one["name"]: one["sentence"] for one in map(json.loads, text.splitlines())}


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def compiler(preset):
    """What the build tree of a preset was compiled with."""
    cache = ROOT / "build" / preset / "CMakeCache.txt"
    for line in cache.read_text().splitlines() if cache.exists() else ():
        if line.startswith("CMAKE_CXX_COMPILER:"):
            with contextlib.suppress(OSError):
                text = subprocess.run([line.split("=", 1)[1], "--version"], capture_output=True, text=True, check=False)
                return text.stdout.splitlines()[0] if text.stdout else None
    return None


def machine():
    return {"processor": processor(), "cores": os.cpu_count(), "kernel": platform.release(),
            "compiler": compiler("release")}


# --- comparing builds -------------------------------------------------------------------------------------------------


def hashes(path):
    if not path.exists():
        raise Problem(f"{path} is missing; ./dev sim --compare writes it")
    lines = [parsed(line, path) for line in path.read_text().splitlines()]
    return {(one["profile"], one["seed"]): one["trace_hash"] for one in lines if "trace_hash" in one}


def compare(build, engine):
    seeds = agree = 0
    for one in sorted(build.glob("gcc-*.jsonl")):
        gcc, clang = hashes(one), hashes(build / one.name.replace("gcc-", "clang-asan-"))
        for place in sorted(gcc.keys() | clang.keys()):
            seeds += 1
            if gcc.get(place) == clang.get(place) and place in gcc:
                agree += 1
            else:
                print(f"{place[0]} seed {place[1]} is another run: {gcc.get(place)} and {clang.get(place)}")
    compilers = [compiler("release"), compiler("clang-asan")]
    result = {"engine": engine, "seeds": seeds, "agree": agree, "compilers": compilers}
    save(build / "compare.json", json.dumps(result) + "\n")
    print(f"{agree} of {seeds} seeds give the same run with GCC -O2 and with clang and AddressSanitizer")
    return 0 if seeds == agree and seeds > 0 else 1


# --- folding ----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def undisturbed(folder):
    """While no soak adds to its totals: it locks their folder, too."""
    if not folder.is_dir():
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def fold(build, kept):
    """What is kept with what is new in it, and the files that are folded in by that."""
    soaks = sorted((build / "soak").glob("*.json"), key=lambda path: (path.stat().st_mtime, path.name))
    others = [path for path in (build / "mutants.json", build / "compare.json") if path.exists()]
    kept = {"ever": {}, "engines": {}, **kept}
    for path in soaks:
        totals = load(path)
        day = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.timezone.utc).date().isoformat()
        kept["ever"] = added(kept["ever"], totals)
        engines = kept["engines"]
        engines[path.stem] = added(engines.pop(path.stem, {"since": day}), totals)
        for old in list(engines)[:-ENGINES_KEPT]:
            del engines[old]
    for path in others:
        kept[path.stem] = load(path)
    if soaks or others:
        kept["machine"] = machine()
    return kept, soaks + others


# --- the page ---------------------------------------------------------------------------------------------------------


def number(value):
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"


def prose(*sentences):
    """A paragraph."""
    text = " ".join(sentence for sentence in sentences if sentence)
    return [textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False), ""]


def ratio(one, other):
    return one / other if other else None


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows] + [""]


def figures(totals, ever):
    runs, seconds = totals.get("runs"), totals.get("seconds")

    def mean(key, unit=1):
        return number(ratio(totals.get(key, 0) / unit, runs))

    rows = [
        ("seeds", "runs"), ("of them on disks that lose power", "crash_runs"), ("violations", "violations"),
        ("power cuts", "power_losses"), ("client operations", "operations"), ("messages", "messages"),
        ("confirms checked against the disk", "confirms"), ("forks settled", "forks"),
    ]
    lines = table(("", "this engine", "all that were counted"),
                  [(name, number(totals.get(key)), number(ever.get(key))) for name, key in rows])
    lines += table(("towards a million", "so far", ""), [
        (what, number(ever.get(key)), f"{100 * min(1, ever[key] / GOAL):.1f} %" if key in ever else "")
        for what, key in (("seeds", "runs"), ("power cuts", "power_losses"))])
    lines += table(("a seed, in the mean", ""), [
        ("client operations", mean("operations")), ("kinds of faults", mean("fault_kinds")),
        ("virtual seconds", mean("virtual_ms", 1000)),
    ])
    speeds = [(f"seeds an hour and core, {name}", number(ratio(one["runs"] * 3600, one["seconds"])))
              for name, one in totals.get("by_profile", {}).items()]
    return lines + table(("speed, of processor time", ""), [
        *(speeds or [("seeds an hour and core", UNKNOWN)]),
        ("client operations a second and core", number(ratio(totals.get("operations", 0), seconds))),
        ("virtual seconds a second and core", number(ratio(totals.get("virtual_ms", 0) / 1000, seconds))),
    ])


def of_engine(one, engine):
    """Whose figures these are, if not those of the engine that the page is about."""
    if not one.get("engine"):
        return "Which engine this was measured with was not recorded."
    return "" if one["engine"] == engine else f"This was measured with another engine, `{one['engine']}`."


def comparison_of(kept, engine):
    if "compare" not in kept:
        return prose(f"{UNKNOWN.capitalize()}.")
    one = kept["compare"]
    first, second = (f" ({name})" if name else "" for name in one.get("compilers", (None, None)))
    return prose(f"{number(one['agree'])} of {number(one['seeds'])} seeds gave the same trace with GCC -O2{first} and",
                 f"with clang, AddressSanitizer and UBSan{second}.", of_engine(one, engine))


def points_of(points, totals, ever):
    reached = totals.get("sometimes", {})
    missed = [name for name in points if not reached.get(name)]
    lines = prose(f"{UNKNOWN.capitalize()} with this engine.")
    if totals:
        lines = prose(f"{len(points) - len(missed)} of {len(points)} reached.",
                      "Not reached: " + ", ".join(f"`{name}`" for name in missed) + "." if missed else "")
    rows = [(f"`{name}`", sentence, number(reached.get(name)), number(ever.get("sometimes", {}).get(name)))
            for name, sentence in points.items()]
    return lines + table(("point", "when it counts", "this engine", "all"), rows)


def faults_of(faults, totals, ever):
    now, all_of = totals.get("faults", {}), ever.get("faults", {})
    rows = [(f"`{name}`", sentence, number(now.get(name)), number(all_of.get(name)))
            for name, sentence in faults.items()]
    return table(("fault", "what happens", "this engine", "all"), rows)


def mutants_of(kept, engine):
    if "mutants" not in kept:
        return prose(f"{UNKNOWN.capitalize()}.")
    all_of = kept["mutants"]["mutants"]
    found = [one for one in all_of if one["found"]]
    shrunk = [one["shrunk"] for one in found if "shrunk" in one]

    def spread(values):
        values = sorted(values)
        return f"median {number(values[len(values) // 2])}, maximum {number(values[-1])}" if values else UNKNOWN

    lines = [
        *prose("Each is planted in a copy of the engine, and seeds run until an invariant fails.",
               f"{len(found)} of {len(all_of)} found, each with at most {number(kept['mutants']['limit'])} seeds.",
               f"Seeds until it is found: {spread([one['seeds'] for one in found])}.",
               of_engine(kept["mutants"], engine)),
        *prose("What is left after shrinking:",
               f"operations {spread([one['operations'] for one in shrunk])};",
               f"faults {spread([one['faults'] for one in shrunk])};",
               f"seconds {spread([one['seconds'] for one in shrunk])}."),
        "![Seeds until each seeded bug is found](simulation-mutants.svg)", "",
    ]
    rows = []
    for one in all_of:
        left = one.get("shrunk")
        rows.append((f"`{one['name']}`", one["sentence"], number(one["seeds"]) if one["found"] else "not found",
                     one.get("invariant", ""), f"{left['operations']} / {left['faults']}" if left else UNKNOWN,
                     f"{left['seconds']:.1f}" if left else UNKNOWN))
    return lines + table(("bug", "what is wrong", "seeds", "found by", "operations / faults left", "seconds to shrink"),
                         rows)


def heading(kept, engine):
    since = kept["engines"].get(engine, {}).get("since")
    host = kept.get("machine")
    return [
        "# What the simulator measured", "",
        "Written by `./dev sim --report` from `simulation.json`; do not edit it.", "",
        *prose("Each seed is a world of its own: real replicas, the real relay and real SQLite in one thread, under",
               "virtual time, network, disks and clocks that are drawn from the seed. Users write while faults strike;",
               "then all faults stop and the devices have bounded time to come to rest. An oracle that shares no code",
               "with the engine's decisions knows what was written, recorded and confirmed. It judges after every",
               "step, and at the end demands that everybody has everything.",
               "[simulator.md](simulator.md) is the guide."),
        *prose(f"Engine: `{engine}`, a digest of the sources that run;" if engine else "Engine: unknown;",
               f"counted since {since}." if since else "no soak of it was counted."),
        *prose(f"Machine: {host['processor']}, {host['cores']} cores, Linux {host['kernel']};"
               f" compiler {host['compiler'] or UNKNOWN}, -O2." if host else f"Machine: {UNKNOWN}."),
    ]


AGAIN = """## To see a run yourself

The same seed is the same run, as long as engine and simulator are the same.

```
tidemark-sim run --profile crash --seed 7 --tapes tapes --keep   # one world, written down
tidemark-sim replay tapes/crash-7.tape                           # the same again
tidemark-sim shrink tapes/crash-7.tape                           # should it break something: a small one that does
tidemark-sim explain tapes/crash-7.tape --svg crash-7.svg        # what happened, drawn
```
"""


def page(kept, engine):
    totals, ever = kept["engines"].get(engine, {}), kept["ever"]
    return "\n".join([
        *heading(kept, engine),
        "## Figures", "", *figures(totals, ever),
        "## Seeded bugs", "", *mutants_of(kept, engine),
        "## The same run with two compilers", "", *comparison_of(kept, engine),
        "## Faults", "", *faults_of(described("faults"), totals, ever),
        "## Rare situations", "", *points_of(described("points"), totals, ever),
        "## Known limits", "", (ROOT / "sim/known_limits.md").read_text().strip(), "",
        AGAIN,
    ])


STYLE = ("svg{color-scheme:light dark}text{font:11px sans-serif;fill:#1f2328}.paper{fill:#ffffff}.bar{fill:#0757b0}"
         ".none{fill:#b5202a}.axis{stroke:#c4cbd3}@media (prefers-color-scheme:dark){text{fill:#e6e9ed}"
         ".paper{fill:#0f1419}.bar{fill:#8cc2ff}.none{fill:#ff9c95}.axis{stroke:#3c444d}}")


def chart(mutants):
    """One bar a seeded bug, on a logarithmic scale that begins at half a seed, so that one seed can be seen."""
    rows = sorted(mutants, key=lambda one: (one["seeds"] if one["found"] else math.inf, one["name"]))
    width, row, left, top = 760, 16, 230, 40
    height = top + row * len(rows) + 10
    most = max([one["seeds"] for one in rows if one["found"]] + [10])
    scale = (width - left - 60) / math.log10(most / 0.5)

    def long(seeds):
        return math.log10(seeds / 0.5) * scale

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Seeds until each seeded bug is found" '
             f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
             f"<style>{STYLE}</style>",
             f'<rect class="paper" width="{width}" height="{height}"/>',
             f'<text x="{left}" y="14">seeds until it is found, on a logarithmic scale</text>']
    for power in range(int(math.log10(most)) + 1):
        at = left + long(10**power)
        parts.append(f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{top - 4}" y2="{height - 8}"/>'
                     f'<text x="{at:.1f}" y="{top - 9}" text-anchor="middle">{10**power:,}</text>')
    for i, one in enumerate(rows):
        y = top + i * row
        parts.append(f'<text x="{left - 8}" y="{y + 10}" text-anchor="end">{html.escape(one["name"])}</text>')
        if one["found"]:
            end = long(one["seeds"])
            parts.append(f'<rect class="bar" x="{left}" y="{y}" width="{end:.1f}" height="{row - 4}"/>'
                         f'<text x="{left + end + 5:.1f}" y="{y + 10}">{one["seeds"]:,}</text>')
        else:
            parts.append(f'<text class="none" x="{left + 5}" y="{y + 10}">not found in {one["seeds"]:,}</text>')
    return "\n".join(parts + ["</svg>", ""])


def gallery(folder):
    """The list of the scenarios that have a page."""
    lines = ["# Scenarios, drawn", "",
             "Each page shows what happened, who won each cell and why, and which updates lost to a writer who had not seen",
             "them. Drawn by `tidemark-sim scenario sim/scenarios --page docs/scenarios` from",
             "[sim/scenarios](../../sim/scenarios/README.md).", ""]
    for page_path in sorted(folder.glob("*.md")):
        if page_path.name != "README.md":
            lines.append(f"- [{page_path.read_text().splitlines()[0].lstrip('# ')}]({page_path.name})")
    return "\n".join(lines + [""])


def report(build, docs, engine):
    docs.mkdir(parents=True, exist_ok=True)
    kept_path = docs / "simulation.json"
    with undisturbed(build / "soak"):
        kept, folded = fold(build, load(kept_path) if kept_path.exists() else {})
        text = page(kept, engine)
        save(kept_path, json.dumps(kept, indent=1) + "\n")
        for path in folded:  # only now: what was measured is never in no file
            path.unlink()
    save(docs / "simulation.md", text)
    if "mutants" in kept:
        save(docs / "simulation-mutants.svg", chart(kept["mutants"]["mutants"]))
    if (docs / "scenarios").exists():
        save(docs / "scenarios/README.md", gallery(docs / "scenarios"))
    return 0


def main(arguments):
    if len(arguments) != 2 or arguments[0].startswith("-") and arguments[0] != "--compare":
        print(__doc__, file=sys.stderr)
        return 2
    engine = os.environ.get("TIDEMARK_ENGINE", "")
    try:
        if arguments[0] == "--compare":
            return compare(pathlib.Path(arguments[1]), engine)
        return report(*map(pathlib.Path, arguments), engine)
    except (Problem, OSError) as problem:
        print(f"report.py: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
