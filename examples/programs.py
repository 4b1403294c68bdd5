"""The two programs as Python objects: a relay that can be killed, a device that is a file. For the demo and the tests."""

import hashlib
import json
import os
import signal
import subprocess

TIDEMARK = os.environ.get("TIDEMARK_BIN", "tidemark")
RELAY = os.environ.get("TIDEMARK_RELAY_BIN", "tidemark-relay")


class Refused(Exception):
    """A program exited with an error; the text is what it wrote to stderr."""


class Relay:
    """A tidemark-relay on a free loopback port, which it keeps over restarts."""

    def __init__(self, directory, *flags, prefix=()):
        self.directory, self.flags, self.prefix = str(directory), list(flags), list(prefix)
        self.address, self.process = "127.0.0.1:0", None
        self.start()

    def start(self):
        command = self.prefix + [RELAY, "--data", self.directory, "--listen", self.address, *self.flags]
        with open(self.directory + ".log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        line = self.process.stdout.readline()
        if not line:
            raise Refused("the relay did not start: see " + self.directory + ".log")
        self.address = json.loads(line)["listening"]

    @property
    def url(self):
        return "ws://" + self.address

    def kill(self):
        """SIGKILL: nothing but what is durable survives."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        return code


class Device:
    """A replica file and the `tidemark` program; `prefix` runs it, for a clock that is off, under faketime."""

    def __init__(self, path, prefix=()):
        self.path, self.prefix = str(path), list(prefix)

    def command(self, verb, *arguments):
        return self.prefix + [TIDEMARK, verb, self.path, *map(str, arguments)]

    def run(self, verb, *arguments, input=None):
        done = subprocess.run(self.command(verb, *arguments), input=input, capture_output=True, text=True)
        if done.returncode != 0:
            raise Refused(done.stderr.strip() or f"{verb}: exit {done.returncode}")
        return done.stdout

    def lines(self, verb, *arguments):
        return [json.loads(line) for line in self.run(verb, *arguments).splitlines()]

    def set(self, entity, attribute, value):
        return self.run("set", entity, attribute, json.dumps(value)).strip()

    def sync(self, relay, *arguments):
        return json.loads(self.run("sync", relay.url, *arguments))

    def status(self):
        return json.loads(self.run("status"))

    def digest(self):
        """SHA-256 of every cell's winner, as `export --state` prints them."""
        return hashlib.sha256(self.run("export", "--state").encode()).hexdigest()
