"""What the README shows is what is compiled and run: the example is its file, prints its .out, and the commands work."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))
from programs import Device, Relay  # noqa: E402

README = (ROOT / "README.md").read_text()


class Readme(unittest.TestCase):
    def test_the_example_is_the_file_that_is_compiled(self):
        shown = re.search(r"<!-- examples/quickstart.cpp -->\n```cpp\n(.*?)```", README, re.S).group(1)
        self.assertEqual(shown, (ROOT / "examples/quickstart.cpp").read_text())

    def test_the_example_prints_what_its_out_file_says(self):
        with tempfile.TemporaryDirectory() as directory:
            ran = subprocess.run([os.environ["TIDEMARK_QUICKSTART"], directory + "/notes.tidemark"], capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(ran.stdout, (ROOT / "examples/quickstart.out").read_text())

    def test_the_example_syncs_in_the_background_when_it_is_given_a_relay(self):
        with tempfile.TemporaryDirectory() as directory:
            relay = Relay(directory + "/relay")
            try:
                for name in ("one", "two"):
                    command = [os.environ["TIDEMARK_QUICKSTART"], f"{directory}/{name}.tidemark", relay.url]
                    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
                    self.assertEqual((ran.returncode, ran.stderr), (0, ""))
                two = Device(directory + "/two.tidemark")
                self.assertEqual((two.status()["events"], two.status()["outbox"]), (4, 0))
            finally:
                relay.kill()

    def test_the_commands_of_the_command_line_section_work(self):
        block = re.search(r"## On the command line\n\n```\n(.*?)```", README, re.S).group(1)
        # The port of the text may be taken here, and the relay has to be there before the sync.
        script = block.replace("127.0.0.1:7700 &", "127.0.0.1:0 > relay.out &\nwhile ! [ -s relay.out ]; do sleep 0.02; done")
        script = script.replace("ws://127.0.0.1:7700", "ws://$(sed 's/.*\"listening\":\"//; s/\".*//' relay.out)")
        script = "set -eu\ntrap 'kill $(jobs -p)' EXIT\n" + script
        path = ":".join([str(pathlib.Path(os.environ[name]).parent) for name in ("TIDEMARK_BIN", "TIDEMARK_RELAY_BIN")])
        with tempfile.TemporaryDirectory() as directory:
            ran = subprocess.run(["bash", "-c", script], cwd=directory, capture_output=True, text=True, timeout=60,
                                 env={**os.environ, "PATH": path + ":" + os.environ["PATH"]})
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn('"pushed_bundles":1', ran.stdout)


if __name__ == "__main__":
    unittest.main()
