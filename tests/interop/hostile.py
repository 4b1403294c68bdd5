"""Clients that misbehave towards a real relay, each on a raw socket: every one is closed with the right code, while honest
devices go on syncing. Takes about half a minute, nearly all of it waiting for the relay's deadlines."""

import base64
import json
import os
import pathlib
import socket
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples"))
from programs import Device, Relay  # noqa: E402

MASK = b"\x00\x00\x00\x00"
HELLO = {"type": "hello", "protocol": 1, "space": "hostile", "node": "00000000000000ee", "n": 0, "head": "0" * 64,
         "digest": "0" * 64, "clock": int(time.time() * 1000)}


class Raw:
    """A WebSocket connection made by hand."""

    def __init__(self, relay):
        host, port = relay.address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET / HTTP/1.1\r\nHost: {relay.address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Protocol: tidemark.v1\r\n\r\n").encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.socket.recv(4096)
        self.rest = self.rest.split(b"\r\n\r\n", 1)[1]

    def send(self, opcode, payload, announced=None):
        size = len(payload) if announced is None else announced
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        self.socket.sendall(head + MASK + payload)

    def text(self, payload):
        self.send(1, payload if isinstance(payload, bytes) else payload.encode())

    def hello(self, **members):
        self.text(json.dumps({**HELLO, **members}))
        return self.frame()

    def take(self, count):
        while len(self.rest) < count:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError
            self.rest += more
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def frame(self):
        first, second = self.take(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", self.take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.take(8))[0]
        return first & 0x0F, self.take(size)

    def close_code(self):
        """Reads to the close frame; gives its code, and the last error message before it."""
        error = None
        try:
            while True:
                opcode, payload = self.frame()
                if opcode == 8:
                    return struct.unpack(">H", payload[:2])[0], error
                if opcode == 1 and json.loads(payload)["type"] == "error":
                    error = json.loads(payload)["code"]
        except TimeoutError:
            raise
        except OSError:
            return "cut", error


def garbage(raw):
    raw.text("not json")
    return raw.close_code(), (1002, "bad_message")


def bad_text(raw):
    raw.text(b"\xff\xfe")
    return raw.close_code()[0], 1007


def unknown_type(raw):
    raw.text('{"type":"dance"}')
    return raw.close_code(), (1002, "unknown_type")


def push_before_hello(raw):
    raw.send(2, b"\x01\x02\x00\x00")
    return raw.close_code(), (1002, "out_of_state")


def unasked_heads(raw):
    raw.hello()
    raw.send(2, b"\x04\x01\x00")
    return raw.close_code(), (1002, "out_of_state")


def rubbish_bundle(raw):
    raw.hello()
    raw.send(2, b"\x01\x05\x00abcd")
    return raw.close_code()[0], 1002


def long_hello(raw):
    raw.text(json.dumps({**HELLO, "padding": "x" * 16384}))
    return raw.close_code(), (1009, "too_large")


def oversized(raw):
    raw.hello()
    raw.send(2, b"", announced=1024 * 1024 + 1)
    return raw.close_code()[0], 1009


def later_protocol(raw):
    raw.text(json.dumps({**HELLO, "protocol": 2}))
    return raw.close_code(), (1008, "unsupported_protocol")


def silent(raw):
    return raw.close_code()[0], 1008  # no hello within five seconds


def drip(raw):
    raw.hello()
    raw.send(2, b"\x01", announced=60_000)
    try:
        while True:  # a byte a second is something, and yet not enough
            raw.socket.settimeout(1)
            try:
                return raw.close_code()[0], 1008
            except TimeoutError:
                raw.socket.sendall(b"x")
    except OSError:
        return "cut", 1008


def never_reads(raw):
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.text(json.dumps({**HELLO, "space": "large"}))
    begin = time.monotonic()
    try:  # the relay gives a message thirty seconds to leave; what it sent before stays unread here
        while time.monotonic() - begin < 60:
            raw.send(9, b"")
            time.sleep(0.5)
    except OSError:
        return "cut after some time" if time.monotonic() - begin > 5 else "cut at once", "cut after some time"
    return "still open", "cut after some time"


def main():
    failures = []
    with tempfile.TemporaryDirectory(prefix="tidemark-hostile-") as directory:
        directory = pathlib.Path(directory)
        relay = Relay(directory / "relay")
        try:
            large = Device(directory / "large.tidemark")
            large.run("init", "--space", "large")
            lines = [json.dumps({"entity": "note", "attribute": f"a{i}", "value": os.urandom(100_000).hex()}) for i in range(120)]
            large.run("import", "-", "--progress", "none", input="\n".join(lines))
            large.sync(relay)
            honest = [Device(directory / "a.tidemark"), Device(directory / "b.tidemark")]
            for device in honest:
                device.run("init", "--space", "hostile")

            def run(attack):
                begin = time.monotonic()
                try:
                    got, expected = attack(Raw(relay))
                except TimeoutError:
                    got, expected = "still open after a minute", "a close"
                fine = got == expected
                print(f"{attack.__name__:18} {time.monotonic() - begin:5.1f} s  {got} {'' if fine else 'EXPECTED ' + str(expected)}", flush=True)
                if not fine:
                    failures.append(attack.__name__)

            attacks = [garbage, bad_text, unknown_type, push_before_hello, unasked_heads, rubbish_bundle, long_hello, oversized,
                       later_protocol, silent, drip, never_reads]
            threads = [threading.Thread(target=run, args=(attack,)) for attack in attacks]
            for thread in threads:
                thread.start()
            rounds = 0
            while any(thread.is_alive() for thread in threads):
                honest[rounds % 2].set("note", "title", f"round {rounds}")
                for device in (*honest, honest[0]):
                    device.sync(relay, "--timeout", "10")
                if honest[0].digest() != honest[1].digest():
                    failures.append("the honest devices do not agree")
                rounds += 1
                time.sleep(0.2)
            print(f"honest devices synced {rounds} rounds meanwhile")
            if relay.stop() != 0:
                failures.append("the relay did not stop cleanly")
        finally:
            if relay.process.poll() is None:
                relay.kill()
    if failures:
        print("FAILED: " + ", ".join(failures), file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
