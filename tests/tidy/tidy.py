"""Checks the tree against its own rules and prints what breaks them. Usage: tidy.py ROOT TARGETS

TARGETS is the list that CMake writes (see CMakeLists.txt). Exit code 1 if anything was found.
"""
import os
import re
import sys

from layers import (ALSO_ALLOWED, EXTERNAL_HOMES, FOLDERS, IMPURE_INCLUDES, IMPURE_WORDS, LAYERS, WALLED_INCLUDES)

LINES_MAX = 500
TEXT_ENDINGS = (".h", ".cpp", ".py", ".sh", ".js", ".cmake", ".txt", ".md", ".json", ".in", ".toml", ".yml")
CODE_ENDINGS = (".h", ".cpp", ".py", ".sh", ".js")
# Spelled in pieces, or this file would break its own rule.
UNFINISHED = re.compile(r"\b(%s)\b" % "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))
CLOCK_HOME = "hlc/wall_clock.cpp"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def read_tree(root):
    """Path from the root, with slashes: text. Build trees, hidden folders and binary files are not part of it."""
    files = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith((".", "build")) and f not in ("__pycache__", "node_modules")]
        for name in names:
            if name.endswith(TEXT_ENDINGS) or name == "dev":
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8", errors="replace") as file:
                    files[os.path.relpath(path, root).replace(os.sep, "/")] = file.read()
    return files


def read_targets(text):
    """Target: {"source": [...], "link": [...]}, names as CMake has them."""
    targets = {}
    for line in text.splitlines():
        target, kind, name = line.split("\t")
        facts = targets.setdefault(target, {"source": [], "link": []})
        facts[kind].append(re.sub(r"\$<BUILD_INTERFACE:(.*)>", r"\1", name))
    return targets


def without_comments(text):
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def includes(text):
    return [name for _, name in INCLUDE.findall(text)]


def is_cpp(path):
    return path.endswith((".h", ".cpp"))


def check_length(files):
    for path, text in files.items():
        lines = text.count("\n")
        if path.endswith(CODE_ENDINGS) and lines > LINES_MAX:
            yield f"{path}: {lines} lines; above {LINES_MAX} a file holds more than one noun"


def check_unfinished(files):
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if UNFINISHED.search(line):
                yield f"{path}:{number}: an unfinished mark; finish it or open an issue"


def check_headers(files):
    for path, text in files.items():
        if not path.endswith(".h"):
            continue
        if "#pragma once" not in text:
            yield f"{path}: no #pragma once"
        if not path.startswith("tests/") and not text.startswith("//"):
            yield f"{path}: a header begins with what it is, in a comment"
        if "/internal/" in path or path.startswith("tests/"):
            continue
        for name in includes(text):
            if name.startswith(WALLED_INCLUDES):
                yield f"{path}: includes <{name}>, which belongs into a .cpp file or below internal/"


def check_internal(files):
    for path, text in files.items():
        for name in includes(text) if is_cpp(path) else ():
            folder, internal, _ = name.partition("/internal/")
            mirrors = path.startswith((folder + "/", f"tests/{folder}/"))
            if internal and not mirrors:
                yield f"{path}: includes {name}, which is for {folder}/ only"
            if internal and path.endswith(".h") and "/internal/" not in path and not path.startswith("tests/"):
                yield f"{path}: a header that others include may not include {name}"


def check_clock(files):
    for path, text in files.items():
        if is_cpp(path) and path != CLOCK_HOME and "system_clock" in without_comments(text):
            yield f"{path}: reads the system clock; time is an argument, and its only source is {CLOCK_HOME}"


def allowed_folders(path):
    """The folders that a file of a layer, or of a layer's tests, may include; None if it may include all."""
    parts = path.split("/")
    tests = parts[0] == "tests"
    folder = parts[1] if tests and len(parts) > 2 else parts[0]
    if folder not in FOLDERS:
        return None
    allowed = {folder}
    for home, knows, _, _ in LAYERS.values():
        if home == folder:
            allowed |= knows
    return allowed | {"tests"} if tests else allowed


def check_include_matrix(files):
    for path, text in files.items():
        allowed = allowed_folders(path) if is_cpp(path) else None
        if allowed is None:
            continue
        for name in includes(text):
            folder = name.split("/")[0]
            known = FOLDERS | {"tests", "bench", "fuzz", "examples"}
            if folder in known and folder not in allowed and name not in ALSO_ALLOWED.get(path.split("/")[0], ()):
                yield f"{path}: includes {name}, but may know only {', '.join(sorted(allowed))}"
            if name.startswith("boost/") and not path.startswith(("net/", "tests/net/")):
                yield f"{path}: includes <{name}>; net/ is the only home of Boost"


def reachable(files, sources):
    """The sources and every header of ours that they include, directly or not."""
    seen, unseen = set(), [source for source in sources if source in files]
    while unseen:
        path = unseen.pop()
        if path not in seen:
            seen.add(path)
            unseen += [name for name in includes(files[path]) if name in files]
    return sorted(seen)


def check_purity(files, targets):
    for layer, (_, _, _, pure) in LAYERS.items():
        if not pure:
            continue
        for path in reachable(files, targets.get("tidemark_" + layer, {"source": []})["source"]):
            for name in includes(files[path]):
                if name in IMPURE_INCLUDES or name.startswith("boost/"):
                    yield f"{path}: includes <{name}>, but is part of {layer}, which is pure"
            code = without_comments(files[path])
            for word in IMPURE_WORDS:
                if word in code:
                    yield f"{path}: uses {word}, but is part of {layer}, which is pure"


def linked(targets, target):
    """Every library of ours that is linked into the target, by its short name."""
    seen, unseen = set(), [target]
    while unseen:
        for link in targets.get(unseen.pop(), {"link": []})["link"]:
            link = link.replace("tidemark::", "tidemark_")
            if link in targets and link not in seen:
                seen.add(link)
                unseen.append(link)
    return {name.removeprefix("tidemark_") for name in seen}


def check_links(targets):
    for target, facts in targets.items():
        layer = target.removeprefix("tidemark_").removesuffix("_tests")
        if target.endswith("_tests"):
            if layer not in LAYERS:
                yield f"{target}: no layer of that name in layers.py"
                continue
            allowed = LAYERS[layer][2] | {layer, "test_main"}
        elif layer in LAYERS:
            allowed = LAYERS[layer][2]
        else:
            continue
        for library in sorted(linked(targets, target) - allowed - {"options"}):
            yield f"{target}: links tidemark_{library}, which is not below it"
        for prefix, homes in EXTERNAL_HOMES.items():
            if not target.endswith("_tests") and layer not in homes and any(l.startswith(prefix) for l in facts["link"]):
                yield f"{target}: links {prefix}, whose only home is {', '.join(sorted(homes))}"


def check_built(files):
    """A source that no CMakeLists.txt names is dead, or a test that never runs."""
    for path in files:
        if not path.endswith(".cpp"):
            continue
        folder, name = os.path.split(path)
        stem = name.removesuffix(".cpp")
        while folder:
            lists = files.get(folder + "/CMakeLists.txt", "")
            if re.search(r"(^|[\s(/\"])%s\b" % re.escape(name), lists):
                break
            # The function of fuzz/ and that of examples/ make the file's name from their argument.
            if re.search(r"\btidemark_\w+\(%s\b" % re.escape(re.sub("^fuzz_", "", stem)), lists):
                break
            folder = os.path.dirname(folder)
        else:
            yield f"{path}: no CMakeLists.txt names it"


def problems(files, targets):
    for check in (check_length, check_unfinished, check_headers, check_internal, check_clock, check_include_matrix,
                  check_built):
        yield from check(files)
    yield from check_purity(files, targets)
    yield from check_links(targets)


def main(root, targets_path):
    with open(targets_path, encoding="utf-8") as file:
        targets = read_targets(file.read())
    files = read_tree(root)
    found = sorted(set(problems(files, targets)))
    print("\n".join(found) if found else f"{len(files)} files and {len(targets)} targets keep the rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
