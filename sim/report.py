"""Writes docs/simulation.md from what was measured.

Usage: report.py BUILD DOCS        folds BUILD/soak/*.json, BUILD/mutants.json and BUILD/compare.json into
                                   DOCS/simulation.json and writes DOCS/simulation.md and DOCS/simulation-mutants.svg
       report.py --compare BUILD   compares the runs of BUILD/gcc-*.jsonl with those of BUILD/clang-asan-*.jsonl and
                                   writes BUILD/compare.json; exit status 1 if one differs

TIDEMARK_ENGINE names the engine that is reported on, as in the names of the soaks. TIDEMARK_SIM_BIN is asked for the
sentences of points and faults (default build/release/bin/tidemark-sim).
"""
import html
import json
import math
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
UNKNOWN = "not measured"
GOAL = 1_000_000
ENGINES_KEPT = 5


def load(path, otherwise):
    return json.loads(path.read_text()) if path.exists() else otherwise


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
    text = subprocess.run([program, verb, "--json"], capture_output=True, text=True, check=True).stdout
    return {one["name"]: one.get("sentence", "") for one in map(json.loads, text.splitlines())}


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def compiler():
    text = subprocess.run(["c++", "--version"], capture_output=True, text=True, check=False).stdout
    return text.splitlines()[0] if text else "unknown"


def machine():
    return {"processor": processor(), "cores": os.cpu_count(), "kernel": platform.release(), "compiler": compiler()}


# --- comparing builds -------------------------------------------------------------------------------------------------


def hashes(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {(one["profile"], one["seed"]): one["trace_hash"] for one in lines if "trace_hash" in one}


def compare(build):
    seeds = agree = 0
    for one in sorted(build.glob("gcc-*.jsonl")):
        gcc, clang = hashes(one), hashes(build / one.name.replace("gcc-", "clang-asan-"))
        for place in sorted(gcc.keys() | clang.keys()):
            seeds += 1
            if gcc.get(place) == clang.get(place) and place in gcc:
                agree += 1
            else:
                print(f"{place[0]} seed {place[1]} is another run: {gcc.get(place)} and {clang.get(place)}")
    (build / "compare.json").write_text(json.dumps({"seeds": seeds, "agree": agree}) + "\n")
    print(f"{agree} of {seeds} seeds give the same run with GCC -O2 and with clang and AddressSanitizer")
    return 0 if seeds == agree and seeds > 0 else 1


# --- folding ----------------------------------------------------------------------------------------------------------


def fold(build, kept):
    for path in sorted((build / "soak").glob("*.json")):
        totals = json.loads(path.read_text())
        kept["ever"] = added(kept.get("ever", {}), totals)
        engines = kept.setdefault("engines", {})
        engines[path.stem] = added(engines.pop(path.stem, {}), totals)
        for old in list(engines)[:-ENGINES_KEPT]:
            del engines[old]
        path.unlink()
    for name in ("mutants", "compare"):
        path = build / f"{name}.json"
        if path.exists():
            kept[name] = {**json.loads(path.read_text()), "engine": os.environ.get("TIDEMARK_ENGINE", "")}
            path.unlink()
    kept["machine"] = machine()
    return kept


# --- the page ---------------------------------------------------------------------------------------------------------


def number(value):
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"


def ratio(one, other):
    return one / other if other else None


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows] + [""]


def figures(totals, ever):
    runs, seconds = totals.get("runs"), totals.get("seconds")
    rows = [
        ("seeds", "runs"), ("of them on disks that lose power", "crash_runs"), ("violations", "violations"),
        ("power cuts", "power_losses"), ("client operations", "operations"), ("messages", "messages"),
        ("confirms checked against the disk", "confirms"), ("forks settled", "forks"),
    ]
    lines = table(("", "this engine", "all that were counted"),
                  [(name, number(totals.get(key)), number(ever.get(key))) for name, key in rows])
    lines += table(("a seed, in the mean", ""), [
        ("client operations", number(ratio(totals.get("operations", 0), runs))),
        ("kinds of faults", number(ratio(totals.get("fault_kinds", 0), runs))),
        ("virtual seconds", number(ratio(totals.get("virtual_ms", 0) / 1000, runs))),
    ])
    speeds = [(f"seeds an hour and core, {name}", number(ratio(one["runs"] * 3600, one["seconds"])))
              for name, one in totals.get("by_profile", {}).items()]
    speeds += [
        ("client operations a second and core", number(ratio(totals.get("operations", 0), seconds))),
        ("virtual time to processor time", number(ratio(totals.get("virtual_ms", 0) / 1000, seconds))),
    ]
    lines += table(("speed", ""), speeds)
    done = [(what, number(ever.get(key)), f"{100 * min(1, ever.get(key, 0) / GOAL):.1f} %")
            for what, key in (("seeds", "runs"), ("power cuts", "power_losses"))]
    return lines + table(("towards a million", "so far", ""), done)


def mutants_of(kept):
    if "mutants" not in kept:
        return ["Seeded bugs: " + UNKNOWN + ".", ""]
    all_of = kept["mutants"]["mutants"]
    found = [one for one in all_of if one["found"]]
    shrunk = [one["shrunk"] for one in found if "shrunk" in one]

    def spread(values):
        values = sorted(values)
        return f"median {number(values[len(values) // 2])}, maximum {number(values[-1])}" if values else UNKNOWN

    lines = [
        f"{len(found)} of {len(all_of)} found, each with at most {number(kept['mutants']['limit'])} seeds. "
        f"Seeds until it is found: {spread([one['seeds'] for one in found])}.", "",
        f"What is left after shrinking: operations {spread([one['operations'] for one in shrunk])}; faults "
        f"{spread([one['faults'] for one in shrunk])}; seconds {spread([one['seconds'] for one in shrunk])}.", "",
        "![Seeds until each seeded bug is found](simulation-mutants.svg)", "",
    ]
    rows = []
    for one in all_of:
        left = one.get("shrunk")
        rows.append((f"`{one['name']}`", one["sentence"], number(one["seeds"]) if one["found"] else "not found",
                     one.get("invariant", ""), f"{left['operations']} / {left['faults']}" if left else ""))
    return lines + table(("bug", "what is wrong", "seeds", "found by", "operations / faults left"), rows)


def page(kept, engine):
    totals = kept.get("engines", {}).get(engine, {})
    ever = kept.get("ever", {})
    reached = totals.get("sometimes", {})
    points = described("points")
    faults = described("faults")
    missed = [name for name in points if not reached.get(name)]
    comparison = kept.get("compare")
    lines = [
        "# What the simulator measured", "",
        "Written by `./dev sim --report` from `simulation.json`; do not edit it. Each seed is a world of its own: real",
        "replicas, the real relay and real SQLite in one thread, under virtual time, network, disks and clocks that are",
        "drawn from the seed. [simulator.md](simulator.md) is the guide.", "",
        f"Engine `{engine}` (a digest of the sources that run), "
        f"on {kept['machine']['processor']}, {kept['machine']['cores']} cores, Linux {kept['machine']['kernel']}, "
        f"{kept['machine']['compiler']}, -O2.", "",
        "## Figures", "", *figures(totals, ever),
        "## The same run with two compilers", "",
        (f"{number(comparison['agree'])} of {number(comparison['seeds'])} seeds gave the same trace with GCC -O2 and "
         "with clang and AddressSanitizer." if comparison else UNKNOWN + "."), "",
        "## Faults", "",
        *table(("fault", "what happens", "times"),
               [(f"`{name}`", sentence, number(totals.get("faults", {}).get(name)))
                for name, sentence in faults.items()]),
        "## Rare situations", "",
        f"{len(points) - len(missed)} of {len(points)} reached"
        + (". Not reached: " + ", ".join(f"`{name}`" for name in missed) if totals and missed else "") + ".", "",
        *table(("point", "when it counts", "times"),
               [(f"`{name}`", sentence, number(reached.get(name))) for name, sentence in points.items()]),
        "## Seeded bugs", "", *mutants_of(kept),
        "## Known limits", "", (ROOT / "sim/known_limits.md").read_text().strip(), "",
    ]
    return "\n".join(lines)


def chart(mutants):
    """One bar a seeded bug, as long as the logarithm of the seeds that it took."""
    rows = sorted(mutants, key=lambda one: (one["seeds"] if one["found"] else math.inf, one["name"]))
    width, row, left = 760, 16, 250
    most = max([one["seeds"] for one in rows if one["found"]] + [10])
    scale = (width - left - 70) / math.log10(most * 1.5 + 1)
    height = row * len(rows) + 34
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
             'aria-label="Seeds until each seeded bug is found">',
             "<style>text{font:11px sans-serif;fill:#333}.bar{fill:#2f7dbf}.none{fill:#c44}.axis{stroke:#999}"
             "@media(prefers-color-scheme:dark){text{fill:#ccc}.bar{fill:#5aa2dd}.none{fill:#e77}}</style>"]
    for power in range(int(math.log10(most)) + 1):
        at = left + math.log10(10**power + 1) * scale
        parts.append(f'<line class="axis" x1="{at:.0f}" x2="{at:.0f}" y1="18" y2="{height - 8}" stroke-width="0.5"/>'
                     f'<text x="{at:.0f}" y="12" text-anchor="middle">{10**power:,}</text>')
    for i, one in enumerate(rows):
        y = 24 + i * row
        parts.append(f'<text x="{left - 8}" y="{y + 10}" text-anchor="end">{html.escape(one["name"])}</text>')
        if one["found"]:
            long = math.log10(one["seeds"] + 1) * scale
            parts.append(f'<rect class="bar" x="{left}" y="{y}" width="{long:.1f}" height="{row - 4}"/>'
                         f'<text x="{left + long + 5:.1f}" y="{y + 10}">{one["seeds"]:,}</text>')
        else:
            parts.append(f'<text class="none" x="{left + 5}" y="{y + 10}">not found</text>')
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


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--compare":
        return compare(pathlib.Path(arguments[1]))
    if len(arguments) != 2 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    build, docs = map(pathlib.Path, arguments)
    docs.mkdir(parents=True, exist_ok=True)
    kept = fold(build, load(docs / "simulation.json", {}))
    (docs / "simulation.json").write_text(json.dumps(kept, indent=1, sort_keys=False) + "\n")
    (docs / "simulation.md").write_text(page(kept, os.environ.get("TIDEMARK_ENGINE", "")))
    if (docs / "scenarios").exists():
        (docs / "scenarios/README.md").write_text(gallery(docs / "scenarios"))
    if "mutants" in kept:
        (docs / "simulation-mutants.svg").write_text(chart(kept["mutants"]["mutants"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
