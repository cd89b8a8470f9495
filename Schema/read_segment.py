#!/usr/bin/env python3
"""Prints the structure of Wattlog's files, checksums included, with Python's standard library alone.

    read_segment.py STORE/2026/10/00000012.segment STORE/catalog STORE/journal-0000000017 …
    read_segment.py --rows STORE/2026/10/00000012.segment STORE/journal-0000000017 …

It follows segment-format.md and shares no code with Wattlog. With --rows it prints the readings of segments and
journals, a line each: receive time in UTC, topic, and Key=value as it was sent, between tabs; read_block.py decodes the
blocks, read_events.py those of events, read_journal.py the commits.
"""
import struct
import sys
from datetime import datetime, timezone

TABLE = []
for byte in range(256):
    crc = byte
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    TABLE.append(crc)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, count):
        if self.at + count > len(self.data):
            raise ValueError(f"ends at byte {len(self.data)}")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize(form)))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def svarint(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def text(self):
        return self.take(self.varint()).decode()

    def device(self):
        topic, mac = self.text(), self.text()
        return f"{topic} {mac}".strip()

    def counts(self):
        return {self.text(): self.varint() for _ in range(self.varint())}


def instant(milliseconds):
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat(timespec="milliseconds")


def check(stored, data):
    return "crc right" if stored == crc32c(data) else "CRC WRONG"


def header(data):
    reader = Reader(data[:64])
    magic = reader.take(8).decode("ascii", "replace")
    version, flags, unit = reader.number("H"), reader.number("H"), reader.number("I")
    store = f"{reader.number('Q'):016x}{reader.number('Q'):016x}"
    verdict = check(struct.unpack("<I", data[60:64])[0], data[:60])
    print(f"  header {magic} version {version} flags {flags} time unit {unit} ms store {store}: {verdict}")
    return magic, unit, reader


def segment(data):
    _, unit, rest = header(data)
    print(f"  number {rest.number('Q')} rank {rest.number('Q')} covers journal frames up to {rest.number('I')}")
    size, version, flags, crc, zero = struct.unpack("<IHHII", data[-24:-8])
    body = data[-24 - size:-24]
    print(f"  footer of {size} bytes, version {version}: {check(crc, body + data[-24:-16])}")
    footer = Reader(body, 64)
    print(f"  replaces {[footer.varint() for _ in range(footer.varint())]} counts {footer.counts()}")
    devices = [footer.device() for _ in range(footer.varint())]
    end = 64
    for _ in range(footer.varint()):
        kind, device = footer.number("B"), footer.varint()
        offset = end + footer.svarint()
        count, rows, first, span = footer.varint(), footer.varint(), footer.svarint(), footer.varint()
        footer.take(footer.varint())
        end = offset + count
        frame = Reader(data[offset:end])
        frame.take(8)
        name_size = struct.unpack("<H", data[offset + 6:offset + 8])[0]
        body_crc, frame_crc = struct.unpack("<II", data[offset + 32:offset + 40])
        name = data[offset + 40:offset + 40 + name_size]
        what = {1: "readings of ", 3: "rollups of "}.get(kind, "events") + (devices[device - 1] if device else "")
        print(
            f"  block at {offset}, {count} bytes: {what}, "
            f"{rows} rows, {instant(first * unit)} to {instant((first + span) * unit)}, "
            f"frame {check(frame_crc, data[offset:offset + 36] + name)}, "
            f"body {check(body_crc, data[offset + 40 + name_size:end])}")
        if kind == 2:
            events(data[offset + 40 + name_size:end], data)


def rows(data):
    """Prints the readings of one segment in order of time; what is damaged ends it."""
    from read_block import Block
    size, version, flags, crc, zero = struct.unpack("<IHHII", data[-24:-8])
    body = data[-24 - size:-24]
    if data[:8] != b"WATTLOGS" or data[-8:] != b"WATTLOGF" or version not in (1, 2, 3, 5, 6, 7) or crc != crc32c(body + data[-24:-16]):
        raise ValueError("not a sound segment of version 1, 2, 3, 5 or 6")
    at, found = 64, []
    while at < len(data) - 24 - size:
        magic, kind, _, name_size, body_size = struct.unpack("<4sBBHI", data[at:at + 12])
        body_crc, frame_crc = struct.unpack("<II", data[at + 32:at + 40])
        start = at + 40 + name_size
        block = data[start:start + body_size]
        if magic != b"WLBK" or frame_crc != crc32c(data[at:at + 36] + data[at + 40:start]) or body_crc != crc32c(block):
            raise ValueError(f"damaged block at byte {at}")
        if kind == 1:
            topic = Reader(data[at + 40:start]).text()
            decoded = Block(block)
            for row in range(decoded.row_count):
                cells = [cell(column, row) for column in decoded.columns if column.flags[row]]
                found.append((decoded.times[row] * decoded.time_unit, topic, cells))
        at = start + body_size
    for milliseconds, topic, cells in sorted(found, key=lambda row: row[0]):
        print("\t".join([instant(milliseconds), topic] + cells))


def journal_rows(data):
    """Prints the readings of one journal in order of time; what is damaged is named at the end."""
    from read_journal import Journal
    found = Journal(data)
    for milliseconds, topic, cells in sorted(found.readings, key=lambda row: row[0]):
        print("\t".join([instant(milliseconds), topic] + [written(*one) for one in cells]))
    if found.wrong:
        raise ValueError("; ".join(found.wrong))


def cell(column, row):
    value = column.values[row]
    return written(column.key, column.channel, column.form, column.texts[value] if column.form == 0x20 else value)


def written(key, channel, form, value):
    """Key=value, Key[channel]=value: the digits that the plug sent (columns.md, forms)."""
    if form == 0x20:
        text = value
    elif form <= 18:
        digits = str(abs(value)).rjust(form + 1, "0")
        text = "-" * (value < 0) + (digits[:-form] + "." + digits[-form:] if form else digits)
    else:
        fine = form == 0x22 or form >= 0x2000
        clock = datetime.fromtimestamp(value // 1000 if fine else value, timezone.utc)
        text = clock.strftime("%Y-%m-%dT%H:%M:%S") + (f".{value % 1000:03}" if fine else "")
        if form >= 0x1000:
            minutes = (form & 0xFFF) - 1440
            text += f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    return key + (f"[{channel}]" if channel else "") + "=" + text


def events(body, data):
    from read_events import events as read
    found, unit = read(Reader(body), data, crc32c)
    for time, device, kind, detail in found:
        print(f"    {instant(time * unit)} {device or '-'} kind {kind}: {detail!r}")


def catalog(data):
    _, unit, _ = header(data)
    at, devices = 64, []
    while at < len(data):
        magic = data[at:at + 4]
        if magic not in (b"WLCS", b"WLCF"):
            print(f"  no frame at {at}")
            return
        size, sequence, crc = struct.unpack("<III", data[at + 4:at + 16])
        payload = data[at + 16:at + 16 + size]
        reader = Reader(payload)
        print(f"  frame {sequence}: {check(crc, data[at:at + 12] + payload)}, covers journal to {reader.varint()}")
        if magic == b"WLCS":
            # SF-37: places that a missing frame would have named stand for no device.
            devices += [None] * (reader.varint() - len(devices))
            devices += [reader.device() for _ in range(reader.varint())]
        for _ in range(reader.varint()):
            number, rank, year, month = reader.varint(), reader.varint(), reader.varint(), reader.number("B")
            count, first, last = reader.varint(), reader.svarint(), reader.svarint()
            readings, events = reader.varint(), reader.varint()
            print(
                f"    + {year:04}/{month:02}/{number:08}.segment rank {rank}, {count} bytes, {instant(first)} to "
                f"{instant(last)}, {readings} readings, {events} events")
            if magic == b"WLCS":
                spans(reader, devices, unit, first, last, readings, events)
        print(f"    - {[reader.varint() for _ in range(reader.varint())]} counts {reader.counts()}")
        at += 16 + size


def spans(reader, devices, unit, first, last, readings, events):
    """SF-36: what a segment holds of each device, and of events."""
    found = [[reader.varint() for _ in range(5)] for _ in range(reader.varint())]
    for device, start, rest, rows, count in found:
        name = "events" if device == 0 else devices[device - 1] or "a device that a missing frame named"
        print(f"        {name}: {instant(first + start * unit)} to {instant(last - rest * unit)}, {rows} rows, {count} bytes")
    told = [sum(rows for device, _, _, rows, _ in found if (device == 0) == is_event) for is_event in (False, True)]
    ends = [min((span[place] for span in found), default=0) for place in (1, 2)]
    if found and (told != [readings, events] or ends != [0, 0]):
        print("        SPANS DO NOT ADD UP")


def journal(data):
    _, _, rest = header(data)
    epoch, sequence, size = rest.number("I"), rest.number("I"), rest.number("I")
    print(f"  epoch {epoch:08x} first frame {sequence} size {size}")
    at = 128
    while at + 16 <= len(data):
        found, number, word, crc = struct.unpack("<IIII", data[at:at + 16])
        count, unsynced = word & 0xFFFFF, word >> 20
        payload = data[at + 16:at + 16 + count]
        if found != epoch or crc != crc32c(data[at:at + 12] + payload):
            print(f"  no frame at {at}")
            return
        print(f"  frame {number} at {at}: {count} bytes, {unsynced} unsynced before, crc right")
        at += 16 + count


def main():
    paths = sys.argv[1:]
    with_rows = paths[:1] == ["--rows"]
    for path in paths[with_rows:] or sys.exit(__doc__):
        with open(path, "rb") as file:
            data = file.read()
        if with_rows:
            try:
                journal_rows(data) if data[:8] == b"WATTLOGJ" or data[64:72] == b"WATTLOGJ" else rows(data)
            except (ValueError, struct.error, IndexError) as error:
                sys.exit(f"{path}: {error}")
            continue
        print(path)
        kinds = {b"WATTLOGS": segment, b"WATTLOGC": catalog, b"WATTLOGJ": journal}
        if data[:14] == b"wattlog store\n":
            body, _, last = data[:-1].rpartition(b"\n")
            print(data.decode(), " ", check(int(last[7:], 16), body + b"\n"))
        elif data[:8] in kinds:
            kinds[data[:8]](data)
        else:
            sys.exit(f"{path}: not a file of a Wattlog store")


if __name__ == "__main__":
    main()
