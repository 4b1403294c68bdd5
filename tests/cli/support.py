"""What the tests of the command line share: a scratch directory, the program, and a relay."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

BINARY = os.path.abspath(os.environ.get("TIDEMARK_BIN", "tidemark"))
RELAY = os.environ.get("TIDEMARK_RELAY_BIN", "")
SHARED = os.environ.get("TIDEMARK_SHARED", "")
NODE = "00000000000000aa"


class Ran:
    """What one run left: exit code, stdout and stderr as bytes."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def lines(self):
        return self.out.decode().splitlines()

    def objects(self):
        return [json.loads(line) for line in self.lines()]


class CliTest(unittest.TestCase):
    """Each test runs in an empty directory of its own."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="tidemark-cli-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def environment(self, extra=None):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TIDEMARK_") and k != "NO_COLOR"}
        return {**kept, **(extra or {})}

    def run_program(self, *arguments, stdin=b"", env=None):
        done = subprocess.run([BINARY, *arguments], cwd=self.directory, env=self.environment(env), capture_output=True,
                              input=stdin if isinstance(stdin, bytes) else stdin.encode(), timeout=120)
        return Ran(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments, stdin=b"", env=None):
        ran = self.run_program(*arguments, stdin=stdin, env=env)
        self.assertEqual((ran.code, ran.err), (0, b""), f"tidemark {arguments}")
        return ran

    def refused(self, code, *arguments, stdin=b"", env=None, exit_code=1):
        """Runs, and checks the exit code, that stderr is one line with this error code, and gives that line."""
        ran = self.run_program(*arguments, stdin=stdin, env=env)
        text = ran.err.decode()
        self.assertEqual(ran.code, exit_code, f"tidemark {arguments}: {text}")
        self.assertTrue(text.startswith(f"tidemark: {code}: "), text)
        self.assertEqual(text.count("\n"), 1, text)
        return text

    def usage(self, *arguments, stdin=b""):
        return self.refused("usage", *arguments, stdin=stdin, exit_code=2)

    def new_file(self, name="a.tidemark", node=NODE, space="test"):
        self.ok("init", name, "--space", space, "--node", node)
        return name

    def import_lines(self, file, lines, *flags):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        return self.ok("import", file, "-", *flags, stdin=text).objects()[0]

    def state(self, file):
        return self.ok("export", file, "--state").out


class Relay:
    """A relay on a free port, stopped at the end of the `with`."""

    def __init__(self, directory, *flags):
        self.directory = directory
        self.flags = flags

    def __enter__(self):
        self.process = subprocess.Popen([RELAY, "--data", self.directory, "--listen", "127.0.0.1:0", *self.flags],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        first = self.process.stdout.readline()
        if not first:
            self.__exit__()
            raise RuntimeError("the relay did not start")
        self.url = "ws://" + json.loads(first)["listening"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()
