#!/usr/bin/env python3
"""Prints the rollups of Wattlog's segments, with Python's standard library alone.

    read_rollups.py STORE/2026/10/00000012.segment …

It follows rollups.md and shares no code with Wattlog. A line a run: topic (and channel), rows, first and last time, Total
at both in mWh; and below it a line a cell: rows, energy in mWh, mean power in W, highest power and when, lowest power, and
what was given back in mWh. Where cells are hours, the energy of their half hours in mWh follows, if it is known. Of a
counter of phases the power × time of each phase in W × s follows, and their powers at the run's ends.
"""
import struct
import sys

from read_segment import Reader, crc32c, instant

def quotient(number, divisor):
    """Towards zero."""
    return -(-number // divisor) if number < 0 else number // divisor


HOUR, HALF = 3_600_000, 1_800_000


class Stream:
    def __init__(self, data):
        self.bits_left = "".join(f"{byte:08b}" for byte in data)
        self.at = 0
        self.sums = {}

    def bits(self, count):
        if self.at + count > len(self.bits_left):
            raise ValueError("the rollups end too early")
        self.at += count
        return int(self.bits_left[self.at - count:self.at] or "0", 2)

    def u(self, context):
        total = self.sums.get(context, 16)
        k = (total * 11 >> 8).bit_length()
        ones = 0
        while ones < 20 and self.bits(1):
            ones += 1
        value = ones << k | self.bits(k) if ones < 20 else self.bits(self.bits(6) + 1)
        self.sums[context] = min(total - (total >> 4) + min(value, 32 << k), 1 << 34)
        return value

    def s(self, context):
        value = self.u(context)
        return value >> 1 ^ -(value & 1)


class Rollups:
    """Of one counter."""

    def __init__(self, kind, body):
        reader = Reader(body)
        self.wide = kind in (3, 5)
        self.unit, self.cell = reader.varint(), reader.varint() * 1000
        places, more, clocks = reader.number("B"), reader.number("B"), reader.number("B")
        self.total, self.today = 10 ** (6 - places % 16), 10 ** (6 - places // 16)
        self.yesterday, self.power = 10 ** (6 - more % 16), 10 ** (3 - more // 16)
        self.clock = 1 if clocks & 1 else 1000
        self.start_time = 1000 if clocks & 2 else 1 if clocks & 4 else 0
        extras = reader.number("B") if self.wide else 0
        self.register, self.runs_back, self.phases = extras & 1, extras >> 1 & 1, extras >> 4
        self.exports = self.register or self.runs_back
        self.pace, start, count = reader.varint(), reader.svarint() * self.unit, reader.varint()
        self.last = {"time": start, "total": 0, "today": 0, "yesterday": 0, "start": 0, "clock": 0, "power": 0, "export": 0}
        if kind == 1:
            self.begin(body[reader.at:], self.cell)
            self.runs = [self.run() for _ in range(count)]
            return
        hour_bytes, half_bytes = reader.varint(), reader.varint()
        phase_bytes = reader.varint() if self.wide else 0
        hours, halves, phases = reader.at, reader.at + hour_bytes, reader.at + hour_bytes + half_bytes
        parts = phases + phase_bytes
        self.begin(body[hours:halves], HOUR)
        self.runs = [self.run() for _ in range(count)]
        self.begin(body[halves:phases], HOUR)
        for run in self.runs:
            self.split(run)
        if self.phases:
            self.stream = Stream(body[phases:parts])
            self.powers = self.means = [0] * self.phases
            for run in self.runs:
                self.phase(run)
        if self.cell < HOUR:
            self.begin(body[parts:], self.cell)
            for run in self.runs:
                self.part(run)

    def begin(self, data, unit):
        """A stream, with a state of its own."""
        self.stream, self.length = Stream(data), unit
        self.lowest = self.mean = self.spread = self.carry = self.back_carry = 0
        self.usual_rows = max(1, (unit // self.unit << 8) // self.pace)

    def near(self, foretold, unit, context):
        return (foretold // unit + self.stream.s(context)) * unit

    def run(self):
        stream, last = self.stream, self.last
        told, rows = stream.bits(1), stream.u(0) + 1
        first = {"time": last["time"] + stream.u(1) * self.unit}
        if not told:
            last["time"] = first["time"] + stream.u(2) * self.unit
            return {"rows": rows, "told": False, "first": first, "last": dict(last), "cells": []}
        first["total"] = self.near(last["total"], self.total, 3)
        first["today"] = self.near(last["today"] + first["total"] - last["total"], self.today, 4)
        first["yesterday"] = self.near(last["yesterday"], self.yesterday, 5)
        first["start"] = self.near(last["start"], self.start_time, 6) if self.start_time else 0
        first["clock"] = self.near(last["clock"] + first["time"] - last["time"], self.clock, 7)
        first["power"] = self.near(last["power"], self.power, 8)
        first["export"] = self.near(last["export"], self.total, 58) if self.register else 0
        run = {"rows": rows, "told": True, "first": first, "last": dict(first), "cells": []}
        if rows > 1:
            self.rest(run)
        self.last = dict(run["last"])
        return run

    def rest(self, run):
        stream, first, last, rows = self.stream, run["first"], run["last"], run["rows"]
        length = ((rows - 1) * self.pace + 128 >> 8) + stream.s(9)
        last["time"] = first["time"] + length * self.unit
        step = (self.pace + 128 >> 8) + stream.s(10)
        run["steps"] = [step, step - stream.u(11), step + stream.u(12), stream.u(13)]
        run["steepest"], run["sustained"] = stream.u(14), stream.u(15) * self.power
        self.cells(run)
        gained = sum(cell["energy"] for cell in run["cells"]) * self.total
        given = sum(cell["export"] for cell in run["cells"]) * self.total
        gained -= given if self.runs_back else 0
        last["export"] = first["export"] + given
        last["total"] = first["total"] + gained
        last["today"] = self.near(first["today"] + gained, self.today, 16)
        last["clock"] = self.near(first["clock"] + last["time"] - first["time"], self.clock, 17)
        last["power"] = self.near(self.lowest * self.power, self.power, 18)
        if self.exports:
            stream.u(59)

    def cells(self, run, hours=None):
        """The run's cells; with its hours they are parts of those."""
        stream, first, last = self.stream, run["first"], run["last"]
        self.lowest = first["power"] // self.power
        start, end, before, lateness = first["time"], last["time"], 0, 0
        even = quotient(end - start << 16, run["rows"] - 1)
        at, boundary = start, (start // self.length + 1) * self.length
        halves = iter(run.get("halves", []))
        back_halves = iter(run.get("back", []))
        hour, half, back, cells = None, 0, 0, []

        def time(row):
            return (start + (row * even >> 16)) // 1000 * 1000 + (lateness if row else 0)

        while True:
            is_last = end < boundary
            ends_hour = ends_half = False
            if hours is not None:
                if at == start or at % HOUR == 0:
                    hour = dict(next(hours), seen=False)
                if at == start or at % HALF == 0:
                    half, back = next(halves), next(back_halves)
                ends_hour, ends_half = is_last or boundary % HOUR == 0, is_last or boundary % HALF == 0
            seconds = (end if is_last else boundary) // 1000 - at // 1000
            foretold = self.usual_rows
            if ends_hour:
                foretold = hour["rows"]
            elif is_last:
                foretold = run["rows"] - before
            elif before == 0:
                foretold = ((boundary - at - 1) // self.unit << 8) // self.pace + 1
            cell = {"seconds": seconds, "from": at}
            if stream.bits(1):
                cell.update(rows=foretold, low=self.lowest, high=self.lowest, power_time=self.lowest * seconds)
                cell.update(energy=self.awaited(self.lowest * seconds), peak_at=time(before))
                cell["export"] = self.awaited_back(self.lowest * seconds)
                self.mean, self.spread = self.lowest, 0
            else:
                cell["rows"] = foretold if is_last or ends_hour else foretold + stream.s(19)
                if hour is None:
                    cell["low"] = self.lowest + stream.s(24 + self.spread)
                else:
                    is_known = ends_hour and not hour["seen"]
                    cell["low"] = hour["low"] + (0 if is_known else stream.u(24 + self.spread))
                if hour is not None and at // 1000 * 1000 <= hour["peak_at"] < boundary:
                    width, cell["peak_at"] = hour["high"] - cell["low"], hour["peak_at"]
                else:
                    width = stream.u(32 + self.spread)
                    row = stream.bits((cell["rows"] - 1).bit_length()) if width and cell["rows"] > 1 else 0
                    late = stream.s(20) * 1000
                    cell["peak_at"] = time(before + row) + late
                    if before + row > 0:
                        lateness = min(max(lateness + late, -3_600_000), 3_600_000)
                cell["high"] = cell["low"] + width
                self.spread = min((width.bit_length() + 1) // 2, 7)
                if ends_hour:
                    cell["power_time"] = hour["power_time"]
                elif width == 0:
                    cell["power_time"] = cell["low"] * seconds + stream.s(21)
                else:
                    level = self.mean if cell["low"] <= self.mean <= cell["high"] else cell["low"] + width // 2
                    cell["power_time"] = level * seconds + stream.s(40 + min(width.bit_length(), 15))
                self.mean = quotient(cell["power_time"], seconds) if seconds else cell["low"]
                awaited = self.awaited(cell["power_time"])
                cell["energy"] = half if ends_half else awaited + stream.s(23 if width else 22)
                cell["export"] = back if ends_half else 0
                if self.exports and not ends_half:
                    cell["export"] = self.awaited_back(cell["power_time"]) + stream.s(57 if width else 56)
            if cell["rows"] < 1 or cell["energy"] < 0 or cell["export"] < 0 or cell["low"] < 0 and not self.wide:
                raise ValueError("a cell that cannot be")
            if hour is not None:
                hour["seen"] |= cell["low"] == hour["low"]
                hour["rows"] -= cell["rows"]
                hour["power_time"] -= cell["power_time"]
                half -= cell["energy"]
                back -= cell["export"]
                if ends_half and (half or back) or ends_hour and (hour["rows"] or hour["power_time"] or not hour["seen"]):
                    raise ValueError("cells that are not together their hour")
            if not is_last and before > 0:
                self.usual_rows = cell["rows"]
            whole = self.total * 3600
            rest = self.carry + cell["power_time"] * self.power - cell["energy"] * whole
            self.carry = min(max(rest, 0), whole - 1)
            rest = self.back_carry - cell["power_time"] * self.power - cell["export"] * whole
            self.back_carry = min(max(rest, 0), whole - 1) if self.exports else 0
            self.lowest = cell["low"]
            before += cell["rows"]
            cells.append(cell)
            at, boundary = boundary, boundary + self.length
            if is_last:
                break
        run["cells"] = cells

    def split(self, run):
        """The energy of each half hour of the run."""
        run["halves"], run["back"], end = [], [], run["last"]["time"]
        for hour in run["cells"]:
            next_hour = (hour["from"] // HOUR + 1) * HOUR
            border = next_hour - HALF
            for name, energy, context in (("halves", hour["energy"], 0), ("back", hour["export"], 24)):
                if not hour["from"] < border <= end:
                    run[name].append(energy)
                elif context and not self.exports:
                    run[name] += [0, 0]
                else:
                    foretold = energy * (border - hour["from"]) // (min(next_hour, end) - hour["from"])
                    first = foretold + self.stream.s(context + min(energy.bit_length(), 23))
                    run[name] += [first, energy - first]

    def part(self, run):
        """The run's cells in place of its hours."""
        if run["cells"]:
            self.cells(run, iter(run["cells"]))

    def phase(self, run):
        """What each phase drew in each unit of time of the run, and its power at the run's ends."""
        if not run["told"]:
            return
        run["ends"] = [self.phase_powers()]
        if run["rows"] < 2:
            return
        run["phases"], start, end = [], run["first"]["time"], run["last"]["time"]
        length = min(self.cell, HALF)
        while start <= end:
            border = (start // length + 1) * length
            seconds = min(border, end) // 1000 - start // 1000
            drawn = [mean * seconds + self.stream.s(1 + min(mean.bit_length(), 15)) for mean in self.means]
            if seconds:
                self.means = [power_time // seconds for power_time in drawn]
            run["phases"].append(drawn)
            start = border
        run["ends"].append(self.phase_powers())

    def phase_powers(self):
        self.powers = [power + self.stream.s(0) for power in self.powers]
        return self.powers

    def awaited(self, power_time):
        return quotient(self.carry + max(power_time, 0) * self.power, self.total * 3600)

    def awaited_back(self, power_time):
        return (self.back_carry + max(-power_time, 0) * self.power) // (self.total * 3600) if self.exports else 0


def counters(body):
    """Channel and rollups of each counter of a body."""
    reader = Reader(body)
    kind = reader.number("B")
    if kind in (1, 2, 4):
        yield 0, Rollups(kind, body[1:])
        return
    if kind not in (3, 5):
        raise ValueError(f"rollups of kind {kind}")
    for _ in range(reader.number("B")):
        channel, size = reader.number("B"), reader.varint()
        yield channel, Rollups(kind, body[reader.at:reader.at + size])
        reader.at += size


def blocks(data):
    """Topic and body of each block of rollups of one segment."""
    at, end = 64, len(data) - 24 - struct.unpack("<I", data[-24:-20])[0]
    while at < end:
        magic, kind, _, name_size, body_size = struct.unpack("<4sBBHI", data[at:at + 12])
        start = at + 40 + name_size
        body = data[start:start + body_size]
        if magic != b"WLBK" or struct.unpack("<I", data[at + 32:at + 36])[0] != crc32c(body):
            raise ValueError(f"damaged block at byte {at}")
        if kind == 3:
            yield Reader(data[at + 40:start]).text(), body
        at = start + body_size


def main():
    for path in sys.argv[1:] or sys.exit(__doc__):
        with open(path, "rb") as file:
            data = file.read()
        for topic, body in blocks(data):
            for channel, rollups in counters(body):
                name = f"{topic}[{channel}]" if channel else topic
                for run in rollups.runs:
                    first, last = run["first"], run["last"]
                    line = [name, str(run["rows"]), instant(first["time"]), instant(last["time"])]
                    print("\t".join(line + ([str(first["total"]), str(last["total"])] if run["told"] else ["not told"])))
                    for cell in run["cells"]:
                        mean = cell["power_time"] * rollups.power / 1000 / cell["seconds"] if cell["seconds"] else 0
                        print(
                            f"  {cell['rows']}\t{cell['energy'] * rollups.total}\t{mean:.1f}\t"
                            f"{cell['high'] * rollups.power}\t{instant(cell['peak_at'])}\t{cell['low'] * rollups.power}\t"
                            f"{cell['export'] * rollups.total}")
                    if rollups.cell == HOUR and run.get("halves"):
                        print("  halves\t" + "\t".join(str(energy * rollups.total) for energy in run["halves"] + (
                            run["back"] if rollups.exports else [])))
                    for drawn in run.get("phases", []) + run.get("ends", []):
                        print("  phases\t" + "\t".join(str(number * rollups.power) for number in drawn))



if __name__ == "__main__":
    main()
