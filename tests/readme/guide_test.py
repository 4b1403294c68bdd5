"""What docs/history.md shows is what is compiled and run: its example is its file, and its sessions are played again.

A session is a console block: "# 14:40:12" sets the clock, "$ command" is followed by what it prints. All blocks of the page
are one session. TIDEMARK_WRITE=1 writes what is printed now into the page.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))
from programs import Relay  # noqa: E402

PAGE = ROOT / "docs/history.md"
DAY = "2025-11-20"
SHOWN_URL = "ws://127.0.0.1:7700"


class Session:
    """A shell in a directory, at times that do not pass."""

    def __init__(self, directory, url):
        self.directory, self.url, self.time = directory, url, None
        programs = pathlib.Path(directory, "bin")
        programs.mkdir()
        for name, variable in (("tidemark", "TIDEMARK_BIN"), ("todo", "TIDEMARK_TODO")):
            (programs / name).symlink_to(os.environ[variable])
        self.env = {**os.environ, "PATH": f"{programs}:" + os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8"}

    def run(self, command):
        # A relay lives in this time, and so must whoever talks with it.
        clock = [] if SHOWN_URL in command else ["faketime", "-f", f"{DAY} {self.time}"]
        done = subprocess.run([*clock, "sh", "-c", command.replace(SHOWN_URL, self.url)], cwd=self.directory, env=self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return done.stdout

    def play(self, block):
        """The same block with what is printed now."""
        played = []
        for line in block.splitlines():
            if line.startswith("# "):
                self.time = line[2:10]
                played.append(line)
            elif line.startswith("$ "):
                played.append(line)
                played += self.run(line[2:]).splitlines()
        return "".join(line + "\n" for line in played)


@unittest.skipUnless(shutil.which("faketime"), "faketime is not installed")
class Sessions(unittest.TestCase):
    def test_the_sessions_of_the_history_guide_print_what_it_shows(self):
        page = PAGE.read_text()
        with tempfile.TemporaryDirectory() as directory:
            relay = Relay(directory + "/relay")
            try:
                session = Session(directory, relay.url)
                played = re.sub(r"```console\n(.*?)```", lambda m: "```console\n" + session.play(m[1]) + "```", page, flags=re.S)
            finally:
                relay.kill()
        if os.environ.get("TIDEMARK_WRITE"):
            PAGE.write_text(played)
        self.assertEqual(played, PAGE.read_text())


class Example(unittest.TestCase):
    def test_the_example_is_the_file_that_is_compiled(self):
        shown = re.search(r"<!-- examples/history.cpp -->\n```cpp\n(.*?)```", PAGE.read_text(), re.S).group(1)
        self.assertEqual(shown, (ROOT / "examples/history.cpp").read_text())

    def test_the_undo_and_the_conflicts_of_the_to_do_list_are_those_of_its_file(self):
        shown = re.search(r"<!-- examples/todo.cpp -->\n```cpp\n(.*?)```", PAGE.read_text(), re.S).group(1)
        whole = (ROOT / "examples/todo.cpp").read_text()
        self.assertEqual(shown, re.search(r"// --- undo and conflicts ---\n(.*?)// ---\n", whole, re.S).group(1))
        self.assertLess(len(shown.splitlines()), 30)

    def test_the_example_prints_what_its_out_file_says(self):
        with tempfile.TemporaryDirectory() as directory:
            ran = subprocess.run([os.environ["TIDEMARK_HISTORY"], directory + "/notes.tidemark"], capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(ran.stdout, (ROOT / "examples/history.out").read_text())

    def test_the_pictures_are_there(self):
        for picture in re.findall(r"!\[.*?\]\((.*?)\)", PAGE.read_text()):
            self.assertTrue((PAGE.parent / picture).is_file(), picture)


if __name__ == "__main__":
    unittest.main()
