#!/usr/bin/env python3
"""Reads a space of a live relay and prints every event as one JSON object a line.

Written from docs/protocol.md and docs/bundle-format.md alone, to show that they are enough: Python's standard library and
the package `websockets`. It stores nothing, checks every head and every acc, and stops at what was in the log when it
said hello, unless --follow is given.
"""

import argparse
import asyncio
import json
import secrets
import signal
import sys
import time

import websockets

import bundle
from bundle import EMPTY_HEAD, FormatError, be64, digest

TEXT, BINARY = "text", "binary"
ENTRIES = 2


class Refused(Exception):
    """The relay said no: code and hint."""


class Log:
    """What was read so far: the head of each node, seq and acc. Every bundle has to follow from it."""

    def __init__(self, space):
        self.space = space
        self.heads = {}
        self.seq = 0
        self.acc = bytes(32)

    def take(self, seq, envelope):
        """Checks the entry with this seq and gives its header and changes."""
        if seq != self.seq + 1:
            raise FormatError(f"bad_message: seq {seq} after {self.seq}")
        canonical = bundle.unpack_plain(envelope)
        header, changes = bundle.decode_body(bundle.Reader(canonical[:-8]))
        n, head = self.heads.get(header.node, (0, EMPTY_HEAD))
        if header.n != n + 1:
            raise FormatError(f"bad_message: bundle {header.n} of node {header.node:016x} after {n}")
        head = bundle.next_head(head, self.space, canonical)
        self.heads[header.node] = (header.n, head)
        self.seq = seq
        self.acc = digest(self.acc, be64(header.node), be64(header.n), head)
        return header, changes

    def heads_digest(self):
        if not self.heads:
            return bytes(32)
        return digest(*(be64(node) + be64(n) + head for node, (n, head) in sorted(self.heads.items())))


def hello_text(space, credential):
    hello = {"type": "hello", "protocol": 1, "space": space, "node": secrets.token_hex(8), "n": 0, "head": "0" * 64,
             "digest": "0" * 64, "clock": int(time.time() * 1000), "plain": True}
    if credential:
        hello["credential"] = credential
    return json.dumps(hello, ensure_ascii=False)


def control(message):
    """The object of a text message; an error of the relay is raised."""
    said = json.loads(message)
    if said.get("type") == "error":
        raise Refused(f"{said['code']}: {said.get('hint', '')}".rstrip(": "))
    return said


def entries_of(message):
    """(seq, envelope) for each entry of a binary message."""
    reader = bundle.Reader(message)
    kind = reader.u8()
    if kind != ENTRIES:
        raise FormatError(f"unknown_type: binary message {kind}")
    seq = reader.varint()
    while reader.left() > 0:
        if reader.u8() != 1:
            raise FormatError("bad_message: the relay thinks that something is held here")
        yield seq, reader.take(reader.varint())
        seq += 1


def print_changes(seq, header, changes, out):
    for change in changes:
        stamp = bundle.stamp_text(*change.stamp, header.node)
        for event in change.events:
            line = {"seq": seq, "n": header.n, "t": change.stamp[0], "stamp": stamp,
                    "base": bundle.stamp_text(*event.base) if event.base else None,
                    "entity": event.entity, "attribute": event.attribute, "value": bundle.json_of(event)}
            if change.links:
                line["links"] = [{"kind": kind, "target": bundle.stamp_text(*target)} for kind, target in change.links]
            if any(change.metadata):
                line["metadata"] = dict(zip(("author", "source", "note", "json"), change.metadata))
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    out.flush()


async def read(options, out):
    log = Log(options.space)
    async with websockets.connect(options.url, subprotocols=["tidemark.v1"], compression=None,
                                  max_size=1048576) as connection:
        if connection.subprotocol != "tidemark.v1":
            raise Refused("the server does not speak tidemark.v1")
        await connection.send(hello_text(options.space, options.credential))
        welcome = control(await connection.recv())
        if welcome["type"] != "welcome" or welcome["verdict"] != "ok":
            raise Refused(f"not welcome: {json.dumps(welcome)}")
        if welcome.get("first", 1) != 1:
            raise Refused("the log begins later than at seq 1")
        while options.follow or log.seq < welcome["seq"]:
            message = await connection.recv()
            if isinstance(message, str):
                control(message)
                continue
            for seq, envelope in entries_of(message):
                print_changes(seq, *log.take(seq, envelope), out)
            if log.seq == welcome["seq"] and log.heads_digest().hex() != welcome["digest"]:
                raise FormatError("bad_chain: the heads are not those that the welcome named")
    return log, welcome


async def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("url", help="ws://HOST:PORT of the relay")
    arguments.add_argument("space")
    arguments.add_argument("--credential", default="", help="what the relay's operator gave out for the space")
    arguments.add_argument("--follow", action="store_true", help="stay and print what comes")
    options = arguments.parse_args()
    reading = asyncio.ensure_future(read(options, sys.stdout))
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, reading.cancel)
    try:
        log, welcome = await reading
        print(json.dumps({"log": welcome["log"], "seq": log.seq, "acc": log.acc.hex()}), file=sys.stderr)
        return 0
    except asyncio.CancelledError:
        return 0
    except (Refused, FormatError, OSError, websockets.exceptions.WebSocketException) as failure:
        print(f"reader: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
