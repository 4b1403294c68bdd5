"""The main job in one minute: three devices edit the same notes, two of them offline, one with a wrong clock, one put
back from an older copy, while the relay is killed and started again; then everybody meets."""

import argparse
import gzip
import itertools
import json
import pathlib
import shutil
import sys
import tempfile
import time

from programs import Device, Relay, Refused

COLOUR = sys.stdout.isatty()


def paint(code, text):
    return f"\x1b[{code}m{text}\x1b[0m" if COLOUR else text


def title(text):
    print("\n" + paint("1", text))


def say(text):
    print("  " + text)


# --- the story ---------------------------------------------------------------------------------------------------------


def tell(directory):
    relay = Relay(directory / "relay")
    laptop = Device(directory / "laptop.tidemark")
    phone = Device(directory / "phone.tidemark")
    tablet = Device(directory / "tablet.tidemark")
    devices = {"laptop": laptop, "phone": phone, "tablet": tablet}

    title("1. Three devices and a relay")
    names = {}
    for name, device in devices.items():
        names[device.run("init", "--space", "demo").strip()] = name
    for attribute, value in [("title", "Trip"), ("body", "Pack the tent"), ("tags", ["travel"])]:
        laptop.set("trip", attribute, value)
    traffic = [("laptop", laptop.sync(relay)), ("phone", phone.sync(relay)), ("tablet", tablet.sync(relay))]
    say("The laptop writes a note; all three have it.")
    shutil.copy(tablet.path, tablet.path + ".copy")
    tablet.set("trip", "place", "Lake")
    traffic.append(("tablet", tablet.sync(relay)))
    traffic.append(("laptop", laptop.sync(relay)))
    say("A copy of the tablet's file is put aside; then the tablet adds a place and sends it.")

    title("2. Offline, with a wrong clock and an old copy")
    laptop.set("trip", "title", "Trip to the lake")
    traffic.append(("laptop", laptop.sync(relay)))
    say("The laptop renames the note and stays online.")
    phone.prefix = ["faketime", "-f", "+2h"]  # from here on
    ahead = phone.set("trip", "body", "Pack the tent and the stove")
    phone.set("trip", "title", "Camping")
    say(f"The phone goes offline, its clock two hours ahead, and edits body and title; its stamp says {ahead[:19]}.")
    shutil.copy(tablet.path + ".copy", tablet.path)
    tablet.set("trip", "body", "Pack the boat")
    tablet.set("trip", "rating", 5)
    say("The tablet is put back from the old copy and edits the body, offline.")

    title("3. The relay is killed and started again")
    relay.kill()
    try:
        phone.sync(relay, "--timeout", "1")
    except Refused as refused:
        say("Without a relay writes go on, only the sync says: " + str(refused).splitlines()[-1].split(": ")[1] + ".")
    relay.start()
    say("It is back on the same directory.")

    title("4. Everybody meets")
    for name, device in itertools.chain(*[devices.items()] * 2):
        traffic.append((name, device.sync(relay)))
    for node_line in tablet.lines("log"):
        names.setdefault(node_line["node"], "tablet, after it was put back")

    for attribute in ["title", "body", "place", "rating"]:
        explain(laptop.lines("log", "trip", attribute), attribute, names)
    now = phone.lines("log", "--stamp", ahead)[0]["stamp"]
    say(f"The relay did not let the phone's stamps in; they were stamped again: {ahead[:19]} became {now[:19]}, and the")
    say("stamp that was printed still resolves.")

    title("5. What it cost")
    for name, one in traffic:
        say(f"{name:7} up {one['bytes_up']:5} B, down {one['bytes_down']:5} B, {one['round_trips']} round trips, "
            f"{one['pushed_bundles']} bundles sent, {one['pulled_bundles']} received")

    code = relay.stop()
    return verdict(devices, code)


def explain(rows, attribute, names):
    """Who wrote what, who won and why, and which edits lost to a writer who had not seen them."""
    winner = next(row for row in rows if row["wins"])
    by_stamp = {row["stamp"]: row for row in rows}
    seen, at = set(), winner
    while at is not None:
        seen.add(at["stamp"])
        at = by_stamp.get(at["base"])
    say(paint("1", attribute))
    for row in rows:
        who = names.get(row["node"], row["node"])
        if row["wins"]:
            note = paint("32", "wins: the latest stamp")
        elif row["stamp"] in seen:
            note = "replaced by somebody who had seen it"
        else:
            note = paint("33", "CONFLICT: lost to a writer who had not seen it; kept in the log")
        say(f"  {row['stamp'][11:23]}  {json.dumps(row['value']):32} {who:30} {note}")


def verdict(devices, relay_exit):
    title("Verdict")
    digests = {name: device.digest() for name, device in devices.items()}
    for name, digest in digests.items():
        say(f"{name:7} {digest}")
    healthy = all(json.loads(device.run("verify"))["ok"] for device in devices.values())
    empty = all(device.status()["outbox"] == 0 for device in devices.values())
    same = len(set(digests.values())) == 1 and healthy and empty and relay_exit == 0
    say(paint("32", "equal states, sound chains, empty outboxes") if same else paint("31", "the devices do not agree"))
    return 0 if same else 1


# --- a real history ----------------------------------------------------------------------------------------------------


class Bar:
    def __init__(self, what, total):
        self.what, self.total, self.done, self.last = what, total, 0, 0.0

    def step(self):
        self.done += 1
        now = time.monotonic()
        if self.done < self.total and now - self.last < (0.1 if sys.stderr.isatty() else 5):
            return
        self.last = now
        if sys.stderr.isatty():
            filled = 30 * self.done // self.total
            end = "\n" if self.done == self.total else ""
            print(f"\r{self.what:8} [{'#' * filled}{'.' * (30 - filled)}] {self.done}/{self.total}", end=end, file=sys.stderr, flush=True)
        else:
            print(f"{self.what} {self.done}/{self.total}", file=sys.stderr)


def replay(directory, history):
    opened = gzip.open(history, "rt") if history.suffix == ".gz" else open(history)
    lines = {}
    with opened as file:
        for line in file:
            lines.setdefault(json.loads(line)["device"], []).append(line)
    events = sum(map(len, lines.values()))
    relay = Relay(directory / "relay")
    devices = {name: Device(directory / (name + ".tidemark")) for name in sorted(lines)}

    begin = time.monotonic()
    bar = Bar("import", len(devices))
    for name, device in devices.items():
        number = "".join(filter(str.isdigit, name)) or "0"
        device.run("init", "--space", "history", "--node", number.zfill(16))
        device.run("import", "-", "--historical", "--progress", "none", input="".join(lines[name]))
        bar.step()
    imported = time.monotonic()
    total = dict.fromkeys(["bytes_up", "bytes_down", "pushed_bundles", "pulled_bundles"], 0)
    second = 0
    for turn in (1, 2):
        bar = Bar("push" if turn == 1 else "pull", len(devices))
        for device in devices.values():
            summary = device.sync(relay)
            for key in total:
                total[key] += summary[key]
            second += summary["pushed_bundles"] if turn == 2 else 0
            bar.step()
    synced = time.monotonic()

    title("A real edit history, replayed")
    say(f"{events} events of {len(devices)} devices")
    say(f"imported at {events / (imported - begin):.0f} events/s, a file and a process a device")
    applied = events * len(devices)
    say(f"synced at {applied / (synced - imported):.0f} events/s over all devices, two processes a device")
    say(f"{total['bytes_up']} B up, {total['bytes_down']} B down, {total['pushed_bundles']} bundles sent, "
        f"{second} of them in the second turn")
    sizes = {name: pathlib.Path(device.path).stat().st_size for name, device in devices.items()}
    say(f"the largest file has {max(sizes.values())} B")
    digests = {device.digest() for device in devices.values()}
    say("final digest " + " ".join(sorted(digests)))
    code = relay.stop()
    same = len(digests) == 1 and second == 0 and code == 0
    say(paint("32", "all devices agree") if same else paint("31", "the devices do not agree"))
    return 0 if same else 1


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--history", type=pathlib.Path, metavar="PATH",
                        help="replay an edit history (JSON Lines, .gz or not): one replica file a device, one relay")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="leave the files in DIR")
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        directory = arguments.keep
    else:
        directory = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-demo-"))
    try:
        return replay(directory, arguments.history) if arguments.history else tell(directory)
    finally:
        if not arguments.keep:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
