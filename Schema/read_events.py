#!/usr/bin/env python3
"""Reads the body of a block of events (segment-format.md, SF-8 and SF-40 to SF-44) with Python's standard library alone.

read_segment.py prints what it finds. It is written from the document, for clearness and not for speed.
"""
import struct

from read_block import Block, Coder, magnitude, residual, size, w

MARGINS = 4


class Chances:
    def __init__(self, count): self.fast, self.slow = [32768] * count, [32768] * count


class Grid:
    """Where each table of contexts begins: single decisions and magnitudes of 96, one behind the other."""

    def __init__(self, **sizes):
        self.count = 0
        for name, count in sizes.items():
            setattr(self, name, self.count)
            self.count += count


def texts(data, length):
    """SF-8: bytes that repeat themselves."""
    coder, chances, guesses = Coder(data), Chances(32 + 8 * 256), [None] * 8192
    found, history = bytearray(), 0
    for _ in range(length):
        four = (history * 0x9E3779B1 & 0xFFFFFFFF) >> 20
        two = 4096 + (((history & 0xFFFF) * 0x9E3779B1 & 0xFFFFFFFF) >> 20)
        guess = guesses[four] or guesses[two]
        if guess and coder.decide(chances, (0 if guesses[four] else 16) + guess[1]):
            byte = guess[0]
        else:
            byte = 1
            while byte < 256:
                byte = byte << 1 | (not coder.decide(chances, 32 + (history >> 5 & 7) * 256 + byte))
            byte &= 255
        for index in (four, two):
            known = guesses[index]
            guesses[index] = (byte, min(known[1] + 1, 15) if known and known[0] == byte else 0)
        found.append(byte)
        history = (history << 8 | byte) & 0xFFFFFFFF
    return bytes(found)


class Template:
    """SF-41: a text whose numbers are marks."""

    def __init__(self, data):
        self.parts, at, text = [], 0, b""
        while at < len(data):
            if data[at] == 0xFF:
                self.parts += [text, data[at + 1]]
                text, at = b"", at + 2
            else:
                text, at = text + data[at:at + 1], at + 1
        self.parts.append(text)
        self.count = len(self.parts) // 2

    def fill(self, numbers):
        numbers, text = iter(numbers), b""
        for part in self.parts:
            if isinstance(part, bytes):
                text += part
                continue
            value = next(numbers)
            decimals, digits = (part, part + 1) if part <= 18 else (0, part - 32)
            written = str(abs(value)).rjust(digits, "0")
            if decimals: written = written[:-decimals] + "." + written[-decimals:]
            text += (b"-" if value < 0 else b"") + written.encode()
        if len(text) > 512: raise ValueError("an event's text of more than 512 bytes")
        return text.decode()


def coded(coder, chances, at, limit):
    return min(magnitude(coder, chances, at) - 1, limit)


class Saying:
    def __init__(self, device, kind, template, numbers):
        self.device, self.kind, self.template = device, kind, template
        self.follower, self.times = None, 0
        self.numbers, self.sizes = list(numbers), [-1] * len(numbers)


def alone(data, count, device_count, templates, time):
    """SF-42: time, device, kind and text of each event that stands alone."""
    g = Grid(G=4, N=1, Z=4, S=4, P=96, D=96, K=96, T=96, I=96 * 20, V=96 * 8)
    coder, c = Coder(data), Chances(g.count)
    sayings, used = [], 0
    last = [[0] * template.count for template in templates]
    for _ in range(count):
        newest = sayings[0] if sayings else None
        found = None
        if newest and newest.follower in sayings and coder.decide(c, g.G + newest.times):
            found = newest.follower
        guessed = found is not None
        if not guessed:
            place = coded(coder, c, g.P, len(sayings)) if sayings else 0
            if place < len(sayings):
                found = sayings[place]
            else:
                device, kind = coded(coder, c, g.D, device_count), 1 + coded(coder, c, g.K, 8)
                if used < len(templates) and coder.decide(c, g.N):
                    template, used = used, used + 1
                else:
                    template = coded(coder, c, g.T, len(templates) - 1)
                found = Saying(device, kind, template, last[template])
        if newest:
            newest.times = min(newest.times + 1, 3) if guessed else 0
            newest.follower = found
        if found in sayings: sayings.remove(found)
        sayings.insert(0, found)
        del sayings[256:]
        time = w(time + magnitude(coder, c, g.I + 96 * (found.kind * 2 + guessed)) - 1)
        for i, number in enumerate(found.numbers):
            expected, z = w(-number) if found.kind == MARGINS else number, found.sizes[i]
            error = residual(coder, c, g.Z + min(z + 1, 3), g.S + min(z + 1, 3), g.V + 96 * min(max(z, 0), 7))
            found.numbers[i], found.sizes[i] = w(expected + error), (size(error, 22) + 2) // 3
        last[found.template] = list(found.numbers)
        yield time, found.device, found.kind, templates[found.template].fill(found.numbers)


class Readings:
    """SF-43: when a plug sent readings, and the watts of its channels."""

    def __init__(self, blocks, unit):
        powers = [self.powers(block) for block in blocks]
        self.channels = max([1] + [len(columns) for columns in powers])
        rows = []
        for block, columns in zip(blocks, powers):
            watts = [0] * self.channels
            for row in range(block.row_count):
                for channel, column in enumerate(columns):
                    if column and column.flags[row]:
                        value = column.values[row]
                        watts[channel] = abs(value) // 10 ** column.form * (-1 if value < 0 else 1)
                rows.append((block.times[row] * block.time_unit // unit, list(watts)))
        rows.sort(key=lambda row: row[0])
        self.times, self.rows = [row[0] for row in rows], [row[1] for row in rows]

    @staticmethod
    def powers(block):
        def first(channel):
            found = [c for c in block.columns if c.key == "Power" and c.channel == channel and c.form <= 5]
            return found[0] if found else None
        if first(0): return [first(0)]
        columns = [first(channel) for channel in range(1, 9)]
        while columns and not columns[-1]: columns.pop()
        return columns

    def watts(self, row, place=None):
        if row < 0: return 0
        return w(sum(self.rows[row])) if place is None else self.rows[row][min(place, self.channels - 1)]


def beside(data, count, skip, readings, templates, unit):
    """SF-44: time and text of each event of a section."""
    g = Grid(A=3 * 13 * 4, M=1, Z=12, S=4, T=96, L=96, V=96 * 12)
    coder, c = Coder(data), Chances(g.count)
    history, usual, before_that, template = 0, 0, 0, len(templates) - 1
    row = skip
    while count:
        if row >= len(readings.times): raise ValueError("fewer readings than events beside them")
        distance = readings.times[row] - readings.times[row - 1] if row else 0
        pace = 0 if abs(usual - distance) * unit <= 1000 else 1 if distance < usual else 2
        step = w(readings.watts(row) - readings.watts(row - 1))
        none = coder.decide(c, g.A + (pace * 13 + size(step, 12)) * 4 + history)
        if not none:
            lag = magnitude(coder, c, g.L) - 1
            near = 0 if abs(distance) * unit < 5000 else 1 if abs(distance) * unit < 30000 else 2
            if not coder.decide(c, g.M): template = coded(coder, c, g.T, len(templates) - 1)
            numbers = []
            for i in range(templates[template].count):
                now, earlier = readings.watts(row, i), readings.watts(row - 1, i)
                e = (now == 0) + 2 * (earlier == 0)
                error = residual(coder, c, g.Z + e * 3 + near, g.S + e, g.V + 96 * (e * 3 + near))
                numbers.append(w(now - earlier + error))
            yield w(readings.times[row] - lag), templates[template].fill(numbers)
            count -= 1
        history = history << 1 & 3 | (not none)
        if usual == 0 or abs(distance - before_that) * unit < 100: usual = distance
        before_that = distance
        row += 1


def readings_at(file, places, device, crc32c, reader_of, unit):
    blocks = []
    for offset, count, crc in places:
        data = file[offset:offset + count]
        name_size = struct.unpack("<H", data[6:8])[0]
        body = data[40 + name_size:]
        if len(data) != count or data[:5] != b"WLBK\x01" or crc32c(body) != crc or reader_of(data[40:40 + name_size]).device() != device:
            raise ValueError("other readings than were meant")
        blocks.append(Block(body))
    return Readings(blocks, unit)


def events(reader, file, crc32c):
    """Time in units, device or None, kind and text of each event of a body, and the units' milliseconds."""
    if reader.data[reader.at] != 0: return old_events(reader)
    reader.take(1)
    unit, count = reader.varint(), reader.varint()
    devices = [None] + [reader.device() for _ in range(reader.varint())]
    template_count, length, coded_length = reader.varint(), reader.varint(), reader.varint()
    table = type(reader)(texts(reader.take(coded_length), length))
    templates = [Template(table.take(table.varint())) for _ in range(template_count)]
    alone_count, first = reader.varint(), reader.svarint()
    found = [(time, devices[device], kind, text) for time, device, kind, text in
             alone(reader.take(reader.varint()), alone_count, len(devices) - 1, templates, first)]
    for _ in range(reader.varint()):
        device, some = devices[reader.varint()], reader.varint()
        places = [(reader.varint(), reader.varint(), reader.number("I")) for _ in range(reader.varint())]
        skip = reader.varint()
        stream = reader.take(reader.varint())
        readings = readings_at(file, places, device, crc32c, type(reader), unit)
        found += [(time, device, MARGINS, text) for time, text in beside(stream, some, skip, readings, templates, unit)]
    if len(found) != count or reader.at != len(reader.data): raise ValueError("other events than were told")
    return sorted(found, key=lambda event: event[0]), unit


def old_events(reader):
    """Versions 1 to 5."""
    unit, count, device_count = reader.varint(), reader.varint(), reader.varint()
    devices = [None] + [reader.device() for _ in range(device_count)]
    length = reader.varint()
    if not 4 * count <= length <= 528 * count:
        raise ValueError("less or more text than so many events have")
    reader = type(reader)(texts(reader.take(len(reader.data) - reader.at), length))
    time, found = 0, []
    for _ in range(count):
        time += reader.svarint()
        found.append((time, devices[reader.varint()], reader.number("B"), reader.text()))
    return found, unit
