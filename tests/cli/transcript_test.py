"""Runs every transcript in transcripts/ and compares what is printed, line by line.

A transcript is a shell session in an empty directory: "$ command", then the lines of its stdout, then those of its
stderr behind "! ", then "[code]" unless the exit code is 0. Lines that start with # are remarks. Where a line cannot
be known, <stamp>, <uuid>, <node>, <number> and <any> stand for what fits.
"""

import glob
import os
import re
import subprocess

from support import BINARY, CliTest

PLACEHOLDERS = {
    "<stamp>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z-[0-9a-f]{4}-[0-9a-f]{16}",
    "<uuid>": r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "<node>": r"[0-9a-f]{16}",
    "<number>": r"\d+",
    "<any>": r".+",
}


def to_pattern(line):
    parts = re.split("(" + "|".join(PLACEHOLDERS) + ")", line)
    return "".join(PLACEHOLDERS.get(part, re.escape(part)) for part in parts)


def read_transcript(path):
    """Yields (line number, command, expected lines)."""
    steps = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.startswith("$ "):
                steps.append((number, line[2:], []))
            elif line and not line.startswith("#"):
                steps[-1][2].append(line)
    return steps


class TranscriptTest(CliTest):
    def test_every_transcript_is_printed_as_written(self):
        here = os.path.dirname(os.path.abspath(__file__))
        transcripts = sorted(glob.glob(os.path.join(here, "transcripts", "*.txt")))
        self.assertTrue(transcripts)
        for path in transcripts:
            with self.subTest(os.path.basename(path)):
                self.play(path)

    def play(self, path):
        directory = self.path(os.path.basename(path))
        os.mkdir(directory)
        tools = self.path("bin")
        os.makedirs(tools, exist_ok=True)
        if not os.path.lexists(os.path.join(tools, "tidemark")):
            os.symlink(BINARY, os.path.join(tools, "tidemark"))
        env = self.environment({"PATH": tools + ":" + os.environ["PATH"], "LC_ALL": "C.UTF-8"})
        for number, command, expected in read_transcript(path):
            done = subprocess.run(["sh", "-c", command], cwd=directory, env=env, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=60)
            printed = done.stdout.decode().splitlines() + ["! " + line for line in done.stderr.decode().splitlines()]
            if done.returncode != 0:
                printed.append(f"[{done.returncode}]")
            pattern = "\n".join(to_pattern(line) for line in expected)
            if not re.fullmatch(pattern, "\n".join(printed)):
                self.fail(f"{os.path.basename(path)}:{number}: {command}\nexpected:\n" + "\n".join(expected) +
                          "\nprinted:\n" + "\n".join(printed))
