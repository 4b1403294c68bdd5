"""Kills the relay and devices with SIGKILL at random moments under load, and judges what survived.

After every round: each change whose `set` or `import` returned is in its file, and each bundle that a device holds for
confirmed is in the relay's log under the same head. Now and then, and at the end: everybody syncs, the states are equal,
`verify` passes, the outboxes are empty, and every acknowledged change is on every device.
"""

import argparse
import json
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples"))
from programs import Device, Refused, Relay  # noqa: E402


class Failed(Exception):
    pass


class Rig:
    def __init__(self, directory, seed):
        self.random = random.Random(seed)
        self.directory = directory
        self.relay = Relay(directory / "relay")
        self.devices = [Device(directory / f"d{i}.tidemark") for i in range(3)]
        for device in self.devices:
            device.run("init", "--space", "crash")
        self.acknowledged = [set() for _ in self.devices]
        self.kills = {"relay": 0, "import": 0, "set": 0, "sync": 0}
        self.serial = 0

    # --- load ---

    def values(self, count):
        self.serial += count
        return [f"v{self.serial - i}" for i in range(count)]

    def start(self, device, verb, *arguments, input=None):
        process = subprocess.Popen(device.command(verb, *arguments), stdin=subprocess.PIPE if input else subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if input:
            process.stdin.write(input.encode())
            process.stdin.close()
        return process

    def writer(self, device):
        cell = lambda: ("e%d" % self.random.randrange(5), "a%d" % self.random.randrange(3))
        if self.random.random() < 0.5:
            values = self.values(1)
            return "set", self.start(device, "set", *cell(), json.dumps(values[0])), values
        values = self.values(self.random.randrange(1, 500))
        lines = [json.dumps({"entity": e, "attribute": a, "value": v}) for v in values for e, a in [cell()]]
        return "import", self.start(device, "import", "-", "--progress", "none", input="\n".join(lines) + "\n"), values

    def round(self):
        running = []
        for index, device in enumerate(self.devices):
            running.append((index, *self.writer(device)))
            if self.random.random() < 0.8:
                running.append((index, "sync", self.start(device, "sync", self.relay.url, "--timeout", "2"), []))
        relay_dies = self.random.random() < 0.5
        doomed = [one for one in running if self.random.random() < 0.5]
        for one in sorted(doomed, key=lambda _: self.random.random()):
            time.sleep(self.random.uniform(0, 0.01))
            if one[2].poll() is None:
                one[2].kill()
                self.kills[one[1]] += 1
        if relay_dies:
            self.relay.kill()
            self.kills["relay"] += 1
            for _, verb, process, _ in running:
                if verb == "sync":
                    process.kill()
        for index, verb, process, values in running:
            if process.wait() == 0:
                self.acknowledged[index].update(values)
        if relay_dies:
            self.relay.start()

    # --- judgement ---

    def values_in(self, device):
        with sqlite3.connect(f"file:{device.path}?mode=ro", uri=True) as file:
            return {row[0] for row in file.execute("SELECT value FROM events")}

    def check_files(self):
        for device, acknowledged in zip(self.devices, self.acknowledged):
            lost = acknowledged - self.values_in(device)
            if lost:
                raise Failed(f"{device.path} lost {len(lost)} acknowledged changes, such as {sorted(lost)[0]}")

    def check_log(self):
        with sqlite3.connect(f"file:{self.directory / 'relay' / 'relay.db'}?mode=ro", uri=True) as log:
            stored = {bytes(head) for head, in log.execute("SELECT hash FROM entries UNION SELECT hash FROM unsorted")}
        for device in self.devices:
            with sqlite3.connect(f"file:{device.path}?mode=ro", uri=True) as file:
                confirmed = {bytes(head) for head, in file.execute(CONFIRMED_HEADS)}
            if confirmed - stored:
                raise Failed(f"{device.path} holds {len(confirmed - stored)} bundles for confirmed that the relay's log does not have")

    def converge(self):
        for _ in range(2):
            for device in self.devices:
                device.sync(self.relay)
        digests = {device.digest() for device in self.devices}
        if len(digests) != 1:
            raise Failed("the devices do not agree after everybody synced twice")
        everything = set().union(*self.acknowledged)
        for device in self.devices:
            if everything - self.values_in(device):
                raise Failed(f"{device.path} lacks changes that another device acknowledged")
            if device.status()["outbox"] != 0:
                raise Failed(f"{device.path} still has an outbox")
            device.run("verify")


CONFIRMED_HEADS = "SELECT b.head FROM bundles b JOIN nodes n ON n.id = b.node WHERE n.own AND b.n <= n.confirmed"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-crash-"))
    rig = Rig(directory, arguments.seed)
    try:
        for number in range(1, arguments.rounds + 1):
            rig.round()
            rig.check_files()
            rig.check_log()
            if number % 25 == 0 or number == arguments.rounds:
                rig.converge()
                print(f"round {number}: {sum(map(len, rig.acknowledged))} changes acknowledged, killed {rig.kills}", flush=True)
        if rig.relay.stop() != 0:
            raise Failed("the relay did not stop cleanly")
    except (Failed, Refused) as failure:
        print(f"FAILED in round {number}, seed {arguments.seed}, files in {directory}: {failure}", file=sys.stderr)
        rig.relay.kill()
        return 1
    shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
