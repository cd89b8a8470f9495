"""Decodes the frames of a Wattlog journal (segment-format.md, chapter 4) with Python's standard library alone.

It shares no code with Wattlog. `read_segment.py --rows STORE/journal-0000000017` prints what it finds.
"""
import struct

from read_block import KEYS
from read_segment import Reader, crc32c

TEXT = 0x20
HEADER = 128


class Header:
    """Either copy is enough (SF-21)."""

    def __init__(self, data):
        for copy in (data[:64], data[64:128]):
            if len(copy) == 64 and copy[:8] == b"WATTLOGJ" and struct.unpack("<I", copy[60:])[0] == crc32c(copy[:60]):
                reader = Reader(copy, 8)
                self.version, flags, self.unit = reader.number("H"), reader.number("H"), reader.number("I")
                self.store = reader.number("Q"), reader.number("Q")
                self.epoch, self.first, self.size = reader.number("I"), reader.number("I"), reader.number("I")
                if flags or self.unit not in (1, 1000) or not (self.epoch and self.first and 4096 <= self.size <= 1 << 26):
                    raise ValueError("flags or time unit out of range")
                return
        raise ValueError("no sound header")


def frame(data, at, epoch):
    """(sequence, unsynced, payload, end) of the whole frame at a place, or None."""
    if at + 16 > len(data):
        return None
    found, sequence, word, crc = struct.unpack("<IIII", data[at:at + 16])
    size = word & 0xFFFFF
    if found != epoch or not size or word >> 20 > 4000 or at + 16 + size > len(data):
        return None
    payload = data[at + 16:at + 16 + size]
    return (sequence, word >> 20, payload, at + 16 + size) if crc == crc32c(data[at:at + 12] + payload) else None


def frames(data, header):
    """Payloads of the frames that count, in order (SF-23, SF-26, SF-27), and what is wrong."""
    found, at, expected = [], HEADER, header.first
    while at < len(data):
        whole = frame(data, at, header.epoch)
        if whole and whole[0] >= expected:
            found.append((at, whole))
            at, expected = whole[3], whole[0] + 1
            continue
        mark = struct.pack("<I", header.epoch)
        while (at := data.find(mark, at + 1)) >= 0:
            whole = frame(data, at, header.epoch)
            if whole and whole[0] >= expected:
                break
        if at < 0:
            break
    synced = max((sequence - 1 - unsynced for _, (sequence, unsynced, _, _) in found), default=-1)
    payloads, wrong, end, expected = [], [], HEADER, header.first
    for at, (sequence, _, payload, after) in found:
        if at != end:
            if expected > synced:
                return payloads, wrong
            wrong.append(f"damaged commits from byte {end} to {at}")
        elif sequence != expected:
            wrong.append(f"commits {expected} to {sequence - 1} are missing")
        payloads.append(payload)
        end, expected = after, sequence + 1
    return payloads, wrong


class Definition:
    def __init__(self, device, time, fields, values):
        self.device, self.time, self.fields, self.values = device, time, fields, values
        self.frame, self.last_time, self.last = -1, time, values


def step(form, units, unit):
    """How far a clock goes on while so many units of receive time pass: cut towards zero."""
    if form == 0x22 or 0x2000 <= form < 0x3000:
        return units * unit
    if form == 0x21 or 0x1000 <= form < 0x2000:
        return abs(units) * unit // 1000 * (1 if units >= 0 else -1)
    return 0


def signed(value):
    """Numbers are of 64 bits."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


class Journal:
    """Readings as (milliseconds, topic, [(key, channel, form, value or text)]), events as (milliseconds, device, kind, detail)."""

    def __init__(self, data):
        self.header = Header(data)
        self.readings, self.events, self.definitions = [], [], {}
        payloads, self.wrong = frames(data, self.header)
        for number, payload in enumerate(payloads):
            try:
                self.take(Reader(payload), number)
            except (ValueError, KeyError, UnicodeDecodeError) as error:
                self.wrong.append(f"commit {number + 1} of the file: {error}")

    def take(self, reader, number):
        unit, previous = self.header.unit, None
        while reader.at < len(reader.data):
            tag = reader.varint()
            if tag == 0:
                self.define(reader)
            elif tag == 1:
                previous = (previous or 0) + reader.svarint()
                kind, known = reader.number("B"), reader.number("B")
                if not 1 <= kind <= 9 or known > 1:
                    raise ValueError("an event of no kind")
                device = (reader.text(), reader.text()) if known else None
                self.events.append((previous * unit, device, kind, reader.text()))
            elif tag == 2:
                reader.counts()
            else:
                previous = self.row(reader, self.definitions[tag - 3], previous, number)

    def define(self, reader):
        number = reader.varint()
        if number >= 1 << 32:
            raise ValueError("number of a definition")
        device, time, fields, values = (reader.text(), reader.text()), reader.svarint(), [], []
        for _ in range(reader.varint()):
            key = reader.number("B")
            name = reader.text() if key == 255 else KEYS[key]
            channel, form = reader.number("B"), reader.varint()
            fields.append((name, channel, form))
            values.append(reader.text() if form == TEXT else reader.svarint())
        if len(fields) > 256 or len(set(fields)) < len(fields):
            raise ValueError("more than 256 fields, or one twice")
        known = self.definitions.setdefault(number, Definition(device, time, fields, values))
        if (known.device, known.time, known.fields, known.values) != (device, time, fields, values):
            raise ValueError("a definition's number used again")

    def row(self, reader, base, previous, number):
        time = (base.time if previous is None else previous) + reader.svarint()
        mask = reader.take((len(base.fields) + 7) // 8)
        is_first = base.frame != number
        values, from_time = (base.values, base.time) if is_first else (base.last, base.last_time)
        row = []
        for index, (_, _, form) in enumerate(base.fields):
            is_set = mask[index // 8] >> index % 8 & 1
            if form == TEXT:
                row.append(reader.text() if is_set else base.values[index])
            else:
                expected = values[index] + step(form, time - from_time, self.header.unit)
                row.append(signed(expected + (reader.svarint() if is_set else 0)))
        base.last, base.last_time, base.frame = row, time, number
        cells = [field + (value,) for field, value in zip(base.fields, row) if value != -1 << 63]
        self.readings.append((time * self.header.unit, base.device[0], cells))
        return time
