"""The edit history of a real notes vault: every device its own file, all through one relay, in a random order, twice, some of
them again and at the same time. Every file ends in the one expected state, and a further sync sends nothing.

TIDEMARK_HISTORY_VERIFY=all verifies every file instead of a dozen; TIDEMARK_SEED repeats an order.
"""

import concurrent.futures
import gzip
import json
import os
import pathlib
import random
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples"))
from programs import Device, Relay  # noqa: E402

HISTORY = pathlib.Path(os.environ.get("TIDEMARK_SHARED", "")) / "data" / "notes-history.jsonl.gz"
EXPECTED = "6608342e152e6b14d28f1d39766a6e77bb244b0ef572b078f50cae3025f48640"
WORKERS = 3


@unittest.skipUnless(HISTORY.is_file(), "the history is not there: set TIDEMARK_SHARED")
class History(unittest.TestCase):
    def test_every_device_ends_in_the_expected_state(self):
        seed = int(os.environ.get("TIDEMARK_SEED", time.time()))
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        lines, values_bytes = {}, 0
        with gzip.open(HISTORY, "rt") as file:
            for line in file:
                one = json.loads(line)
                lines.setdefault(one["device"], []).append(line)
                value = one["value"]
                values_bytes += len((value if isinstance(value, str) else json.dumps(value)).encode())

        with tempfile.TemporaryDirectory(prefix="tidemark-history-") as directory:
            directory = pathlib.Path(directory)
            relay = Relay(directory / "relay")
            self.addCleanup(relay.kill)
            devices = {name: Device(directory / f"{name}.tidemark") for name in lines}

            def prepare(name):
                devices[name].run("init", "--space", "vault", "--node", name[1:].zfill(16))
                devices[name].run("import", "-", "--historical", "--progress", "none", input="".join(lines[name]))

            def sync(name):
                return devices[name].sync(relay, "--timeout", "120")

            order = list(devices)
            with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(prepare, order))
                # Not all of a batch are different: two syncs of one file take turns by the lock, so spread them out.
                for _ in range(2):
                    chance.shuffle(order)
                    list(pool.map(sync, order))
                again = chance.sample(order, 10)
                list(pool.map(sync, again))
                last = list(pool.map(sync, order))

                self.assertEqual([one["pushed_bundles"] for one in last], [0] * len(order))
                digests = set(pool.map(lambda name: devices[name].digest(), order))
                self.assertEqual(digests, {EXPECTED})
                self.assertEqual({devices[name].status()["outbox"] for name in order}, {0})
                some = order if os.environ.get("TIDEMARK_HISTORY_VERIFY") == "all" else order[:12]
                for report in pool.map(lambda name: json.loads(devices[name].run("verify", "--progress", "none")), some):
                    self.assertTrue(report["ok"])

            sizes = [pathlib.Path(device.path).stat().st_size for device in devices.values()]
            print(f"{len(devices)} devices, {sum(map(len, lines.values()))} events, {values_bytes} bytes of values, "
                  f"largest file {max(sizes)} bytes, ratio {max(sizes) / values_bytes:.3f}", flush=True)
            self.assertLessEqual(max(sizes), 1.25 * values_bytes)


if __name__ == "__main__":
    unittest.main()
