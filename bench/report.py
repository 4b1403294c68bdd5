"""Writes docs/benchmarks.md and its charts from what tidemark-bench measured.

Usage: report.py RESULTS DOCS   RESULTS is a file of `tidemark-bench --json`. Its measures take the place of those of the
                                same name and size in DOCS/benchmarks.json; then DOCS/benchmarks.md and
                                DOCS/benchmarks-NAME.svg are written from all of them.

Exit status: 0 done; 1 a file is not as it should be; 2 the command line.
"""
import datetime
import html
import json
import math
import os
import pathlib
import platform
import sys

STYLE = """
  .paper { fill: #ffffff } text { font: 12px sans-serif; fill: #1f2328 } .axis { stroke: #d1d9e0 }
  .ours { stroke: #0969da; fill: #0969da } .reference { stroke: #9a6700; fill: #9a6700 } polyline { fill: none !important }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } text { fill: #f0f6fc } .axis { stroke: #3d444d }
    .ours { stroke: #4493f8; fill: #4493f8 } .reference { stroke: #d29922; fill: #d29922 }
  }"""

INTRODUCTION = """# Benchmarks

Written by `./dev bench --report` from `benchmarks.json`; do not edit it.

Each figure stands beside a reference that ran in the same repetition, since machines differ and one machine differs from
minute to minute: the ratio of the two is what counts. A value is the median over the repetitions, and so is a ratio. CPU is
the same ratio of processor time, which a busy disk does not disturb. Where more is better a ratio above 1 is faster than the
reference; where less is better it is the other way round. Every outcome is checked outside of what is timed.
[Decision 0013](decisions/0013-benchmarks-in-pairs.md) says why it is done so. `tidemark-bench --help` runs them anywhere."""


class Problem(Exception):
    """What keeps the report from being written, in words."""


def load(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Problem(f"{path}: {error}") from error


def short(value):
    """Three digits, with a letter for thousands and more."""
    for scale, letter in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= scale:
            return short(value / (1e3 if scale == 1e4 else scale)).rstrip() + letter
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"


def short_count(count):
    """The same of a whole number, without digits that say nothing."""
    for scale, letter in ((10**9, " G"), (10**6, " M"), (10**3, " k")):
        if count >= max(scale, 10_000):
            return f"{count // scale}{letter}" if count % scale == 0 else short(count)
    return str(count)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def goal_of(one):
    goal = one.get("goal")
    if not goal:
        return "", ""
    sign = "≥" if one["more_is_better"] else "≤"
    text = f"{sign} {short(goal['bound'])}" + ("×" if goal["of"] == "ratio" else f" {one['unit']}")
    if "stretch" in goal:
        text += f" ({short(goal['stretch'])})"
    return text, "yes" if goal.get("reached") else "**no**"


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)] + ["| " + " | ".join(row) + " |" for row in rows]


def figures(measures):
    rows = []
    for one in measures:
        ratio = f"{one['ratio']:.3g}" if "ratio" in one else ""
        cpu = f"{one['cpu_ratio']:.3g}" if "cpu_ratio" in one else ""
        reference = short(one["reference_value"]) if "reference_value" in one else ""
        rows.append((f"`{one['name']}`", short_count(one["size"]), f"{short(one['value'])} {one['unit']}", reference, ratio,
                     cpu, *goal_of(one)))
    return table(("measure", "size", "value", "reference", "ratio", "CPU", "goal", "reached"), rows)


def sentences(measures):
    said = {one["name"]: one for one in measures}
    return [f"- `{name}`: {one['what']}" + (f"; beside it: {one['reference']}" if one.get("reference") else "")
            for name, one in said.items()]


def details(measures):
    """What was counted and what was seen, of the largest size of each measure."""
    largest = {one["name"]: one for one in measures if one.get("counted") or one.get("seen")}
    rows = []
    for name, one in largest.items():
        numbers = {**one.get("counted", {}), **one.get("seen", {})}
        listed = ", ".join(f"{what} {short(value)}" for what, value in numbers.items())
        rows.append((f"`{name}`", short_count(one["size"]), listed))
    return table(("measure", "size", "counted in one repetition; seen"), rows) if rows else []


def cost(one, value):
    """Microseconds a unit, whatever the measure's own unit is."""
    per = {"us": 1, "ns": 1e-3, "ms": 1e3}
    return value * per[one["unit"]] if one["unit"] in per else 1e6 / value


def chart(name, measures):
    """Cost against size, both on logarithmic axes."""
    width, height, left, top, bottom = 640, 300, 70, 30, 40
    lines = {"ours": [(one["size"], cost(one, one["value"])) for one in measures],
             "reference": [(one["size"], cost(one, one["reference_value"])) for one in measures]}
    points = [point for line in lines.values() for point in line]
    low_x, high_x = (math.log10(f(size for size, _ in points)) for f in (min, max))
    low_y = math.floor(math.log10(min(value for _, value in points)))
    high_y = math.ceil(math.log10(max(value for _, value in points)))
    high_y = max(high_y, low_y + 1)

    def x(size):
        return left + (math.log10(size) - low_x) / (high_x - low_x) * (width - left - 110)

    def y(value):
        return height - bottom - (math.log10(value) - low_y) / (high_y - low_y) * (height - top - bottom)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{html.escape(name)}: cost by size" '
             f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">', f"<style>{STYLE}\n</style>",
             f'<rect class="paper" width="{width}" height="{height}"/>',
             f'<text x="{left}" y="18">{html.escape(name)}: microseconds a unit, by size</text>']
    for power in range(low_y, high_y + 1):
        parts.append(f'<line class="axis" x1="{left}" x2="{width - 110}" y1="{y(10**power):.1f}" y2="{y(10**power):.1f}"/>'
                     f'<text x="{left - 8}" y="{y(10**power) + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for size, _ in lines["ours"]:
        parts.append(f'<text x="{x(size):.1f}" y="{height - bottom + 20}" text-anchor="middle">{short_count(size)}</text>')
    for kind, line in lines.items():
        path = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in line)
        parts.append(f'<polyline class="{kind}" stroke-width="2" points="{path}"/>')
        parts += [f'<circle class="{kind}" cx="{x(size):.1f}" cy="{y(value):.1f}" r="3"/>' for size, value in line]
        label = "tidemark" if kind == "ours" else "reference"
        parts.append(f'<text x="{width - 100}" y="{y(line[-1][1]) + 4:.1f}">{label}</text>')
    return "\n".join(parts + ["</svg>", ""])


def page(kept, docs):
    measures = list(kept["measures"].values())
    judged = [one for one in measures if one.get("goal")]
    reached = [one for one in judged if one["goal"].get("reached")]
    lines = [INTRODUCTION, "", f"Machine: {kept['machine']}; measured {kept['day']}.", "", "## Goals", "",
             f"{len(reached)} of {len(judged)} reached.", "", *figures(judged), ""]
    for group in dict.fromkeys(one["name"].split("/")[0] for one in measures):
        own = [one for one in measures if one["name"].split("/")[0] == group]
        lines += [f"## {group}", "", *sentences(own), "", *figures(own), "", *details(own), ""]
        for name in dict.fromkeys(one["name"] for one in own):
            line = sorted((one for one in own if one["name"] == name), key=lambda one: one["size"])
            if len(line) > 1 and all("reference_value" in one for one in line):
                file = f"benchmarks-{name.replace('/', '-')}.svg"
                (docs / file).write_text(chart(name, line))
                lines += [f"![{name}: cost by size]({file})", ""]
    return "\n".join(lines)


def report(results, docs):
    kept_path = docs / "benchmarks.json"
    kept = load(kept_path) if kept_path.exists() else {"measures": {}}
    for one in load(results)["measures"]:
        kept["measures"][f"{one['name']} {one['size']}"] = one
    kept["machine"] = machine()
    kept["day"] = datetime.date.today().isoformat()
    (docs / "benchmarks.md").write_text(page(kept, docs))
    kept_path.write_text(json.dumps(kept, indent=1) + "\n")


def main(arguments):
    if len(arguments) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        report(pathlib.Path(arguments[0]), pathlib.Path(arguments[1]))
    except (Problem, KeyError) as problem:
        print(f"report.py: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
