"""Plants the seeded bugs of mutants.toml in a copy of the tree, each behind a switch that is off.

Usage: plant.py OUT      writes the copy with all edits to OUT
       plant.py --check  only looks whether every edit still fits; exit code 1 and a line each if one does not

Then: cmake -S OUT -B OUT/build -G Ninja -DTIDEMARK_MUTANTS=ON
      cmake --build OUT/build --target tidemark-mutants
      OUT/build/sim/mutants/tidemark-mutants --shrink

The engine's own sources stay free of test code. An edit names a text that occurs exactly once in its file, so that a
changed source shows here, and not as a bug that is no longer planted.
"""
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What configures and builds the simulator.
PARTS = ("CMakeLists.txt", "cmake", "hlc", "crdt", "bundles", "store", "sync", "net", "server", "client", "sim")
ENDINGS = (".h", ".cpp", ".inc", ".txt", ".cmake", ".in")
KEYS = {"mutant": {"name", "sentence", "file", "find", "replace"}, "always": {"sentence", "file", "find", "replace"}}

HEADER = """// The seeded bugs of this build and the one that is switched on.
#pragma once

#include <vector>

namespace tidemark {

enum class Mutant { none, %s };

extern Mutant active_mutant;
inline bool mutant(Mutant one) { return active_mutant == one; }

struct KnownMutant {
  Mutant mutant;
  const char* name;
  const char* sentence;
};
const std::vector<KnownMutant>& known_mutants();

}  // namespace tidemark
"""

SOURCE = """#include "hlc/mutant.h"

namespace tidemark {

Mutant active_mutant = Mutant::none;

const std::vector<KnownMutant>& known_mutants() {
  static const std::vector<KnownMutant> known{
%s
  };
  return known;
}

}  // namespace tidemark
"""


def read_sources():
    """Path from the root: text, of everything that goes into the copy."""
    sources = {}
    for part in PARTS:
        start = ROOT / part
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            if path.is_file() and path.name.endswith(ENDINGS):
                sources[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
    return sources


def read_list():
    with open(ROOT / "sim/mutants/mutants.toml", "rb") as file:
        return tomllib.load(file)


def edits_of(listed):
    """Every edit with what to call it in a message."""
    for kind in ("always", "mutant"):
        for number, edit in enumerate(listed.get(kind, []), 1):
            yield kind, f"{kind} {edit.get('name', number)}", edit


def place_of(edit, text):
    """Where the edit begins and ends in its file."""
    begin = text.index(edit["find"])
    return begin, begin + len(edit["find"])


def problems(listed, sources):
    names = set()
    taken = {}
    for kind, label, edit in edits_of(listed):
        if set(edit) != KEYS[kind]:
            yield f"{label}: has {', '.join(sorted(edit))}, needs {', '.join(sorted(KEYS[kind]))}"
            continue
        if kind == "mutant":
            name = edit["name"]
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name == "none" or name in names:
                yield f"{label}: a name is snake_case, its own and not none"
            names.add(name)
            if f"mutant(Mutant::{name})" not in edit["replace"]:
                yield f"{label}: its replacement does not ask mutant(Mutant::{name})"
        if edit["file"] not in sources:
            yield f"{label}: there is no file {edit['file']}"
            continue
        count = sources[edit["file"]].count(edit["find"])
        if count != 1:
            yield f"{label}: its text occurs {count} times in {edit['file']}, not once"
            continue
        begin, end = place_of(edit, sources[edit["file"]])
        for other, other_begin, other_end in taken.setdefault(edit["file"], []):
            if begin < other_end and other_begin < end:
                yield f"{label}: overlaps {other} in {edit['file']}"
        taken[edit["file"]].append((label, begin, end))


def planted(listed, sources):
    """The sources with all edits, and the list of mutants as code."""
    result = dict(sources)
    for path in {edit["file"] for _, _, edit in edits_of(listed)}:
        mine = [(*place_of(edit, sources[path]), edit["replace"], kind)
                for kind, _, edit in edits_of(listed) if edit["file"] == path]
        for begin, end, replacement, _ in sorted(mine, reverse=True):
            result[path] = result[path][:begin] + replacement + result[path][end:]
        if any(kind == "mutant" for _, _, _, kind in mine):
            result[path] = '#include "hlc/mutant.h"\n' + result[path]
    mutants = listed["mutant"]
    rows = ['      {Mutant::%s, "%s", "%s"},' % (one["name"], one["name"], one["sentence"].replace('"', '\\"'))
            for one in mutants]
    result["hlc/mutant.h"] = HEADER % ", ".join(one["name"] for one in mutants)
    result["hlc/mutant.cpp"] = SOURCE % "\n".join(rows)
    return result


def write_tree(out, tree):
    """Leaves unchanged files alone, so that the next build is a short one, and removes what is no longer there."""
    for path, text in tree.items():
        target = out / path
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for part in PARTS:
        for path in sorted((out / part).rglob("*")) if (out / part).is_dir() else []:
            if path.is_file() and path.relative_to(out).as_posix() not in tree:
                path.unlink()


def main(arguments):
    if len(arguments) != 1 or (arguments[0].startswith("-") and arguments[0] != "--check"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    listed = read_list()
    sources = read_sources()
    found = list(problems(listed, sources))
    if found:
        print("\n".join(found))
        return 1
    print(f"{len(listed['mutant'])} mutants fit")
    if arguments[0] != "--check":
        write_tree(pathlib.Path(arguments[0]), planted(listed, sources))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
