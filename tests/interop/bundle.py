"""Bundles from bytes, after docs/bundle-format.md. Python's standard library only."""

import base64
import hashlib
import json
import math
import struct

EMPTY_HEAD = bytes(32)
MAX_BUNDLE_BYTES = 524288


class FormatError(Exception):
    """The bytes are not what the page says; the text begins with its error code."""


def digest(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def be64(number):
    return struct.pack(">Q", number)


class Reader:
    """Reads forward. Fails instead of reading beyond the end."""

    def __init__(self, data):
        self.data = memoryview(data)
        self.at = 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.left():
            raise FormatError(f"truncated: {count} bytes wanted, {self.left()} left")
        self.at += count
        return bytes(self.data[self.at - count:self.at])

    def text(self, size):
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError as failure:
            raise FormatError(f"bad_utf8: {failure}") from failure

    def choice(self, options):
        number = self.u8()
        if number >= len(options):
            raise FormatError(f"not_canonical: {number} where {len(options)} things can be meant")
        return options[number]

    def u8(self):
        return self.take(1)[0]

    def be64(self):
        return struct.unpack(">Q", self.take(8))[0]

    def varint(self):
        number = 0
        for i in range(10):
            digit = self.u8()
            number |= (digit & 0x7f) << (7 * i)
            if digit & 0x80 == 0:
                if (digit == 0 and i > 0) or number >= 1 << 64:
                    break
                return number
        raise FormatError("not_canonical: a varint that is too long")

    def zigzag(self):
        code = self.varint()
        return code >> 1 if code & 1 == 0 else -(code >> 1) - 1

    def count(self, bytes_each):
        number = self.varint()
        if number > self.left() // bytes_each:
            raise FormatError(f"truncated: {number} elements cannot follow")
        return number


class Dictionary:
    """Entries in order of first use, named by how many lie between an entry and now."""

    def __init__(self, entries, used=0):
        self.entries = entries
        self.used = used

    def resolve(self, use):
        if use == 0:
            self.used += 1
            if self.used > len(self.entries):
                raise FormatError("not_canonical: a use of an entry that is not there")
            return self.entries[self.used - 1]
        if use > self.used:
            raise FormatError("not_canonical: a use of an entry before the first")
        return self.entries[self.used - use]

    def check_all_used(self):
        if self.used != len(self.entries):
            raise FormatError("not_canonical: an entry that nothing uses")


class Header:
    def __init__(self, reader):
        self.version = reader.u8()
        self.suite = reader.u8()
        self.node = reader.be64()
        self.n = reader.varint()
        ms, counter = reader.varint(), reader.varint()
        self.first = (ms, counter)
        self.last = stamp_after(self.first, reader.varint(), reader.varint())
        self.changes = reader.varint()
        self.events = reader.varint()
        if self.n < 1 or not 1 <= self.changes <= self.events <= 10000:
            raise FormatError("bad_header: a count out of range")
        if (self.changes == 1) != (self.first == self.last):
            raise FormatError("bad_header: first and last stamp do not fit the changes")


def stamp_after(previous, ms_after, number):
    if ms_after == 0:
        return (previous[0], previous[1] + number)
    return (previous[0] + ms_after, number)


def stamp_text(ms, counter, node):
    seconds, thousandths = divmod(ms, 1000)
    days, of_day = divmod(seconds, 86400)
    year, month, day = civil(days)
    return (f"{year:04}-{month:02}-{day:02}T{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}.{thousandths:03}Z"
            f"-{counter:04x}-{node:016x}")


def civil(days):
    """Year, month and day of so many days after 1970-01-01."""
    era, day_of_era = divmod(days + 719468, 146097)
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year + era * 400 + (month <= 2), month, day


class Change:
    def __init__(self, stamp):
        self.stamp = stamp
        self.events = []
        self.links = []
        self.metadata = ["", "", "", ""]


class Event:
    entity = attribute = type = value = base = None


def read_stamps(reader, header):
    changes = [Change(header.first)]
    inner = max(0, header.changes - 2)
    ms_after = [reader.varint() for _ in range(inner)]
    for step in ms_after:
        stamp = stamp_after(changes[-1].stamp, step, reader.varint())
        if not changes[-1].stamp < stamp < header.last:
            raise FormatError("stamp_outside: a stamp that does not lie between its neighbours")
        changes.append(Change(stamp))
    if header.changes > 1:
        changes.append(Change(header.last))
    return changes


def read_entities(reader):
    entities = []
    for _ in range(reader.count(2)):
        tag = reader.u8()
        if tag > 64:
            raise FormatError("bad_entity: longer than 64 bytes")
        if tag == 0:
            text = reader.take(16).hex()
            entities.append("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])))
        else:
            entities.append(reader.text(tag))
    return Dictionary(entities)


def read_values(reader, events):
    for event in events:
        event.type = reader.choice(range(7))
    for event in (e for e in events if e.type == 1):
        event.value = reader.choice((False, True))
    for event in (e for e in events if e.type == 2):
        event.value = reader.zigzag()
    for event in (e for e in events if e.type == 3):
        event.value = struct.unpack(">d", reader.take(8))[0]
    sized = [e for e in events if e.type >= 4]
    sizes = [reader.varint() for _ in sized]
    for event, size in zip(sized, sizes):
        event.value = reader.take(size) if event.type == 5 else reader.text(size)


def read_bases(reader, changes, nodes):
    based = []
    for change in changes:
        for event in change.events:
            code = reader.varint()
            if code > 0:
                based.append((change, event, nodes.resolve(code - 1)))
    distances = [reader.zigzag() for _ in based]
    for (change, event, node), distance in zip(based, distances):
        event.base = (change.stamp[0] - distance, reader.varint(), node)


KINDS = ("correlation", "causation", "undoes", "settles")


def read_links(reader, changes, nodes):
    total = reader.count(4)
    if total == 0:
        return
    owners = []
    for change in changes:
        owners += [change] * reader.varint()
    if len(owners) != total:
        raise FormatError("not_canonical: link counts that do not add up")
    kinds = [reader.choice(KINDS) for _ in owners]
    targets = [nodes.resolve(reader.varint()) for _ in owners]
    distances = [reader.zigzag() for _ in owners]
    for owner, kind, node, distance in zip(owners, kinds, targets, distances):
        owner.links.append((kind, (owner.stamp[0] - distance, reader.varint(), node)))


def read_metadata(reader, changes):
    texts = Dictionary([reader.text(reader.varint()) for _ in range(reader.count(2))])
    if not texts.entries:
        return
    for change in changes:
        for member in range(4):
            code = reader.varint()
            if code > 0:
                change.metadata[member] = texts.resolve(code - 1)
    texts.check_all_used()


def decode_body(reader):
    """Header and changes of a bundle without its trailer."""
    header = Header(reader)
    if header.version != 1 or header.suite != 0:
        raise FormatError(f"unsupported_version: {header.version}, suite {header.suite}")
    changes = read_stamps(reader, header)
    counts = [reader.varint() for _ in range(header.changes - 1)]
    counts.append(header.events - sum(counts))
    for change, count in zip(changes, counts):
        if count < 1:
            raise FormatError("not_canonical: a change without events")
        change.events = [Event() for _ in range(count)]
    events = [event for change in changes for event in change.events]
    entities = read_entities(reader)
    attributes = Dictionary([reader.text(reader.varint()) for _ in range(reader.count(2))])
    nodes = Dictionary([header.node] + [reader.be64() for _ in range(reader.count(8))], used=1)
    for event in events:
        event.entity = entities.resolve(reader.varint())
    for event in events:
        event.attribute = attributes.resolve(reader.varint())
    read_values(reader, events)
    read_bases(reader, changes, nodes)
    read_links(reader, changes, nodes)
    read_metadata(reader, changes)
    for dictionary in (entities, attributes, nodes):
        dictionary.check_all_used()
    if reader.left() > 0:
        raise FormatError("not_canonical: bytes between metadata and trailer")
    return header, changes


def unpack_plain(envelope):
    """The canonical bytes of an envelope that is not compressed."""
    if not envelope or envelope[0] != 0:
        raise FormatError("bad_envelope: not the plain envelope that hello asked for")
    if len(envelope) - 1 > MAX_BUNDLE_BYTES:
        raise FormatError("too_large: a bundle of more than 524288 bytes")
    return envelope[1:]


def next_head(previous, space, canonical):
    """The head that these bytes make after the previous one, checked against their trailer."""
    name = space.encode("utf-8")
    head = digest(previous, bytes([len(name)]), name, canonical[:-8])
    if head[:8] != canonical[-8:]:
        raise FormatError("bad_chain: the trailer says another head")
    return head


def json_of(event):
    """The value as JSON: bytes as {"$bytes": base64}, what JSON cannot say as null."""
    if event.type == 5:
        return {"$bytes": base64.b64encode(event.value).decode("ascii")}
    if event.type == 6:
        return json.loads(event.value)
    if event.type == 3 and not math.isfinite(event.value):
        return None
    return event.value
