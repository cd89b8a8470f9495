#!/usr/bin/env python3
"""Prints the rows of one block of readings (columns.md), with nothing but Python's standard library.

usage: read_block.py BLOCK [--tsv]

It is written from columns.md, for clearness and not for speed, and is what proves that the document is enough.
"""
import os, struct, sys

HERE = os.path.dirname(os.path.abspath(__file__))
ABSENT = -(1 << 63)
KEYS = ("Time Epoch TotalStartTime Total TotalTariff1 TotalTariff2 Yesterday Today Period Power ApparentPower "
        "ReactivePower Factor Frequency Voltage Current ExportActive ImportActive TodaySumImport TodaySumExport "
        "ExportTariff1 ExportTariff2").split()
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-"


def chances():
    from math import exp
    return [min(65472, max(64, round(65536 / (1 + exp(-(level - 31.5) / 31.5 * 7.5))))) for level in range(64)]


CHANCES = chances()


def w(x):
    """Wraps to 64 bits with sign."""
    return (x + (1 << 63)) % (1 << 64) - (1 << 63)


def quotient(n, d):
    """Rounded towards zero; 0 where the divisor is not above zero."""
    if d <= 0: return 0
    return n // d if n >= 0 else -(-n // d)


def sign(x): return (x > 0) - (x < 0)
def size(x, limit): return min(abs(x).bit_length(), limit)


def starting_probabilities():
    tables = {}
    for line in open(os.path.join(HERE, "columns-start.txt")):
        name, text = line.split()
        table, at = [], 0
        while at < len(text):
            level, at, count = DIGITS.index(text[at]), at + 1, 1
            if at < len(text) and text[at] == ".":
                end = text.index(".", at + 1)
                count, at = int(text[at + 1:end]), end + 1
            table += [CHANCES[level]] * count
        tables[name] = table
    return tables


START = starting_probabilities()


class Coder:
    """SF-C10: the fraction, from its bytes; decisions come out."""

    def __init__(self, data):
        self.data, self.at, self.range = data, 0, (1 << 64) - 1
        self.code = self.word() << 32 | self.word()

    def word(self):
        piece = self.data[self.at:self.at + 4]
        self.at += 4
        return int.from_bytes(piece + bytes(4 - len(piece)), "big")

    def shift(self):
        if self.range < 1 << 32:
            self.code = (self.code << 32 | self.word()) & ((1 << 64) - 1)
            self.range <<= 32

    def decide(self, table, index):
        fast, slow = table.fast[index], table.slow[index]
        bound = (self.range >> 16) * ((fast + slow) >> 1)
        if self.code < bound:
            self.range = bound
            table.fast[index], table.slow[index] = fast + ((65535 - fast) >> 4), slow + ((65535 - slow) >> 7)
            answer = True
        else:
            self.code -= bound
            self.range -= bound
            table.fast[index], table.slow[index] = fast - (fast >> 4), slow - (slow >> 7)
            answer = False
        self.shift()
        return answer

    def raw(self, count):
        value = 0
        while count > 0:
            step = min(count, 16)
            count -= step
            self.range >>= step
            part = min(self.code // self.range, (1 << step) - 1)
            self.code -= part * self.range
            value = value << step | part
            self.shift()
        return value


class AsPredicted:
    """A row of a group of which it was said that all is as predicted."""

    def decide(self, table, index): return True
    def raw(self, count): return 0


class Table:
    def __init__(self, kind): self.fast, self.slow = list(START[kind]), list(START[kind])


def magnitude(c, t, base):
    e = 0
    while e < 63 and not c.decide(t, base + min(e, 23)): e += 1
    value, left, slot = 1, e, min(e, 23)
    if left:
        left -= 1
        top = 0 if c.decide(t, base + 24 + slot) else 1
        value = value * 2 + top
        if left:
            left -= 1
            value = value * 2 + (0 if c.decide(t, base + 48 + 2 * slot + top) else 1)
            if left: value = value << left | c.raw(left)
    return value


def nonzero(c, t, sign_at, magnitude_at):
    positive = c.decide(t, sign_at)
    value = magnitude(c, t, magnitude_at)
    return w(value if positive else -value)


def residual(c, t, zero_at, sign_at, magnitude_at):
    return 0 if c.decide(t, zero_at) else nonzero(c, t, sign_at, magnitude_at)


class State:
    def __init__(self, **values): self.__dict__.update(values)


# One function per model: makes the state, and a step that returns the value of a row.

def clock(block, column):
    s = State(tick=0, step=0, last=0, candidate=0, repeats=0, history=3, extra=0)

    def row_value(row, c, t):
        expected = w(s.tick + s.step)
        if c.decide(t, s.history):
            block.on_schedule[row] = 1
            s.history = (s.history << 1 | 1) & 3
            s.tick = s.last = expected
            s.extra = 0
            return expected
        slack = max(2, s.step >> 3)
        if c.decide(t, 4 + s.extra):
            found = w(expected + nonzero(c, t, 6, 8))
        else:
            found = w(s.last + magnitude(c, t, 8 + (1 + s.extra) * 96) - 1)
        distance = w(found - s.last)
        s.repeats = min(s.repeats + 1, 8) if distance == s.candidate else 0
        s.candidate = distance
        is_extra = found >= s.last and found < w(expected - slack)
        s.last = found
        if is_extra and s.repeats < 2:
            s.extra = 1
        else:
            s.tick, s.extra = found, 0
            if s.repeats > 0 and distance > 0: s.step = distance
        block.on_schedule[row] = 0
        s.history = s.history << 1 & 3
        return found
    return row_value


def receive(block, column):
    unit = 1000 // (1000 if block.clock_form_is_fine else 1)
    multiplier, divisor, fine = max(1, unit // block.time_unit), max(1, block.time_unit // unit), block.time_unit < 1000
    s = State(mean=0, lag=0, before=0, first=True, history=3)

    def row_value(row, c, t):
        base = quotient(w(block.clock[row] * multiplier), divisor)
        expected = w(base + ((s.mean + 8) >> 4 if fine else s.lag))
        order = 0 if s.lag == s.before else 1 if s.lag > s.before else 2
        r = residual(c, t, s.history * 4 + order, 16 + order, 20 + (0 if s.history == 3 else 96))
        lag = w(expected + r - base)
        if fine:
            if s.first or abs(r) >= 2000:
                s.mean, s.first = w(lag * 16), False
            else:
                s.mean = w(s.mean + (max(-512, min(512, w(lag * 16 - s.mean))) >> 4))
            s.history = (s.history << 1 | (abs(r) < 64)) & 3
        else:
            s.history = (s.history << 1 | (r == 0)) & 3
            if lag != s.lag: s.before, s.lag = s.lag, lag
        return w(expected + r)
    return row_value


def generic(method):
    def make(block, column):
        s = State(last=0, step=0, history=3, sign=0, size=0)

        def row_value(row, c, t):
            expected = 0 if method == 1 else s.last if method == 2 else w(s.last + s.step)
            r = residual(c, t, s.history * 4 + min(s.size, 3), 16 + s.sign * 4 + s.history, 28 + min(s.size, 7) * 96)
            found = w(expected + r)
            s.step, s.last = w(found - s.last), found
            s.history = (s.history << 1 | (r == 0)) & 3
            if r: s.sign, s.size = 1 + sign(r), (size(r, 22) + 2) // 3
            return found
        return row_value
    return make


def power(block, column):
    s = State(last=0, moved=0, step=0, before=0)

    def row_value(row, c, t):
        steps = min((size(s.step, 9) + 1) // 2, 4)
        level = 0 if s.last == 0 else 1 if s.last < 16 else 2 if s.last < 64 else 3 if s.last < 256 else 4 if s.last < 1024 else 5
        r = residual(c, t, (s.moved * 5 + steps) * 6 + level,
                     240 + ((sign(s.step) + 1) * 3 + sign(s.before) + 1) * 6 + level, 294 + (steps * 6 + level) * 96)
        s.moved = (s.moved << 1 | (r != 0)) & 7
        if r: s.before, s.step, s.last = s.step, r, w(s.last + r)
        return s.last
    return row_value


def voltage(block, column):
    p = block.power_of(column)
    s = State(last=0, signs=4, age=0, sign=0, power=0)

    def row_value(row, c, t):
        step = w(p[row] - s.power)
        pull = 1 if step > 200 else 2 if step < -200 else 0
        age = s.age if s.age < 4 else 4 if s.age < 8 else 5 if s.age < 16 else 6 if s.age < 32 else 7
        r = residual(c, t, (s.signs * 8 + age) * 3 + pull, 216 + (s.signs * 3 + pull) * 2 + (s.sign > 0),
                     270 + (pull * 2 + (s.age == 0)) * 96)
        s.power = p[row]
        s.signs = (s.signs * 3 + sign(r) + 1) % 9
        if r: s.last, s.sign, s.age = w(s.last + r), sign(r), 0
        else: s.age = min(s.age + 1, 64)
        return s.last
    return row_value


def current(block, column):
    p, v = block.power_of(column), block.reference("Voltage", column)
    surplus = column.places + block.places("Voltage", column) - block.places("Power", column)
    unit = 10 ** max(0, surplus)
    known = [(0, 0)] * 1024
    s = State(last=0, power=0, voltage=0, size=0, sign=0)

    def slot(x): return ((x % (1 << 64)) * 0x9E3779B97F4A7C15 % (1 << 64)) >> 54
    def divided(n, d): return quotient(w(n + (d >> 1)), d)

    def row_value(row, c, t):
        expected, state = s.last, 0
        turn = sign(w(v[row] - s.voltage)) + 1
        if p[row] == s.power:
            if v[row] != s.voltage and v[row] > 0:
                expected = divided(w(s.last * s.voltage * 2), w(2 * v[row] - (turn - 1)))
        else:
            known[slot(s.power)] = (s.power, w(s.voltage * s.last))
            of, product = known[slot(p[row])]
            if of == p[row]:
                state, expected = 1, divided(product, v[row])
            else:
                state = 2
                if s.power > 0 and v[row] > 0:
                    expected = divided(quotient(w(s.voltage * s.last * p[row]), s.power), v[row])
                elif v[row] > 0:
                    expected = quotient(w(p[row] * unit), v[row])
        scale = (size(expected, 14) + 2) // 4
        r = residual(c, t, ((state * 3 + turn) * 5 + scale) * 5 + s.size, 225 + (state * 3 + turn) * 4 + s.sign,
                     261 + (scale * 5 + s.size) * 96)
        s.last = w(expected + r)
        s.size, s.sign, s.power, s.voltage = size(r, 4), sign(r) + 1, p[row], v[row]
        return s.last
    return row_value


def nearer(error, found, guess): return error + ((min(abs(w(found - guess)), 256) * 8 - error) >> 3)


def apparent_power(block, column):
    p, v, i = block.power_of(column), block.reference("Voltage", column), block.reference("Current", column)
    divisor = 10 ** max(0, block.places("Voltage", column) + block.places("Current", column) - column.places)
    s = State(last=0, power=0, voltage=0, current=0, sign=1, product_error=0, ratio_error=64)

    def row_value(row, c, t):
        expected, fraction, state, product, ratio = s.last, 0, 0, 0, 0
        if v[row] != s.voltage or i[row] != s.current or p[row] != s.power:
            eighths = quotient(w(v[row] * i[row] * 8), divisor)
            product = w(eighths + 4) >> 3
            fraction, ratio, state = eighths & 7, product, 1
            if s.power > 0:
                ratio = quotient(w(s.last * p[row] * 2 + s.power), w(2 * s.power))
                if s.ratio_error < s.product_error:
                    state = 2
                    fraction = (0 if ratio == product else 1 if ratio == w(product + 1) else 2 if ratio > product
                                else 3 if ratio == w(product - 1) else 4)
            expected = max(p[row], ratio if state == 2 else product)
        scale = size(expected, 14) // 2
        r = residual(c, t, ((state * 8 + fraction) * 8 + scale) * 3 + s.sign, 576 + (state * 8 + fraction) * 3 + s.sign,
                     648 + (state * 8 + scale) * 96)
        s.last = w(expected + r)
        if state:
            s.product_error = nearer(s.product_error, s.last, product)
            s.ratio_error = nearer(s.ratio_error, s.last, ratio)
        s.sign, s.power, s.voltage, s.current = sign(r) + 1, p[row], v[row], i[row]
        return s.last
    return row_value


def factor(block, column):
    p, a, i = block.power_of(column), block.reference("ApparentPower", column), block.reference("Current", column)
    numerator = 10 ** (column.places + block.places("ApparentPower", column))
    denominator = 10 ** block.places("Power", column)
    s = State(last=0, power=0, apparent=0, current=0)

    def row_value(row, c, t):
        expected, fraction = 0, 0
        still = p[row] == s.power and a[row] == s.apparent
        if still:
            expected, fraction = s.last, 0 if i[row] == s.current else 1 if i[row] > s.current else 2
        elif a[row] > 0 and w(a[row] * denominator) > 0:
            eighths = quotient(w(p[row] * numerator * 8), w(a[row] * denominator))
            expected, fraction = w(eighths + 4) >> 3, eighths & 7
        scale = size(a[row], 11)
        state = (8 if still else 0) + fraction
        r = residual(c, t, state * 12 + scale, 192 + state * 3, 240 + ((12 if still else 0) + scale) * 96)
        s.last = w(expected + r)
        s.power, s.apparent, s.current = p[row], a[row], i[row]
        return s.last
    return row_value


def reactive_power(block, column):
    from math import isqrt, sqrt
    p, a = block.power_of(column), block.reference("ApparentPower", column)
    i, f = block.reference("Current", column), block.reference("Factor", column)
    s = State(last=0, power=0, apparent=0, current=0, factor=0, sign=1, root_error=0, ratio_error=64)

    def row_value(row, c, t):
        expected, state, root, ratio = s.last, 0, 0, 0
        change = 0 if f[row] == s.factor else 1 if f[row] > s.factor else 2
        if p[row] == s.power and a[row] == s.apparent:
            if i[row] != s.current: state, change = 1, 1 if i[row] > s.current else 2
        else:
            state = 2
            square = w(a[row] * a[row] - p[row] * p[row])
            if 0 < square < 1 << 52: root = int(sqrt(square) + 0.5)
            ratio = expected = root
            if s.power > 0:
                ratio = quotient(w(s.last * p[row] * 2 + s.power), w(2 * s.power))
                if s.ratio_error < s.root_error: state, expected = 3, ratio
        scale = size(a[row], 11)
        r = residual(c, t, (state * 12 + scale) * 4 + change, 192 + (state * 3 + change) * 3 + s.sign,
                     228 + (state * 12 + scale) * 96)
        s.last = w(expected + r)
        if state >= 2:
            s.root_error = nearer(s.root_error, s.last, root)
            s.ratio_error = nearer(s.ratio_error, s.last, ratio)
        s.sign, s.power, s.apparent, s.current, s.factor = sign(r) + 1, p[row], a[row], i[row], f[row]
        return s.last
    return row_value


def energy(block, column):
    p, is_today = block.power_of(column), column.key == "Today"
    whole = 2 * 3_600_000_000 * 10 ** block.places("Power", column) // 10 ** column.places
    s = State(last=0, power=0, time=0, fraction=0)
    column.fractions = [128] * block.row_count

    def row_value(row, c, t):
        elapsed = max(0, min(w((block.times[row] - s.time) * block.time_unit), 864_000_000))
        inflow = max(0, w((p[row] + s.power) * elapsed))
        total = w(s.fraction + inflow)
        steps = total // whole if total >= whole else 0
        rest = w(total - steps * whole)
        position = quotient(w(rest * 8), whole) & 7
        if inflow < whole:
            rate = (0 if inflow == 0 else 1 if inflow < whole >> 7 else 2 if inflow < whole >> 5
                    else 3 if inflow < whole >> 3 else 4 if inflow < whole >> 1 else 5)
        else:
            rate = 6 if inflow < whole << 1 else 7 if inflow < whole << 3 else 8 if inflow < whole << 5 else 9
        change = 0 if rate < 6 or p[row] == s.power else 1 if abs(w(p[row] - s.power)) < (abs(p[row]) >> 3) + 2 else 2
        day = is_today and block.day_start[row]
        expected = 0 if day else w(s.last + steps)
        context = rate * 8 + position
        r = residual(c, t, (context * 3 + change) * 2 + (steps > 0), 480 + context * 2 + (1 if day else 0),
                     640 + ((10 if day else rate) * 3 + change) * 96)
        s.last = w(expected + r)
        if day: s.fraction = whole >> 1
        elif r == 0: s.fraction = rest
        else: s.fraction = 0 if r == 1 else whole - 1 if r == -1 else whole >> 1
        column.fractions[row] = quotient(w((s.fraction >> 9) * 256), whole >> 9) & 255
        s.power, s.time = p[row], block.times[row]
        return s.last
    return row_value


def f32(x): return struct.unpack("<f", struct.pack("<f", x))[0]


def f32_of_integer(n):
    """The nearest float32, ties to even: by way of a double only where that is exact."""
    if abs(n) < 1 << 53: return f32(float(n))
    shift = abs(n).bit_length() - 25
    kept, lost = abs(n) >> shift, abs(n) & ((1 << shift) - 1)
    return f32(float((kept * 2 + (1 if lost else 0)) * 2.0 ** (shift - 1)) * (1 if n > 0 else -1))


def total(block, column):
    from math import floor
    today = block.reference("Today", column)
    fractions = block.fractions(column)
    surplus = column.places - block.places("Today", column)
    multiplier, divisor, units = 10 ** max(0, surplus), 10 ** max(0, -surplus), 10 ** column.places
    s = State(base=0, today=0, fraction=128, last=0, trend=0, upper=0, lower=0)
    def scaled(x): return w(x * multiplier) if divisor == 1 else quotient(x, divisor)

    def row_value(row, c, t):
        d, fraction = today[row], fractions[row]
        if d < s.today: s.base = w(s.base + scaled(w(s.today * 256 + s.fraction - 128) >> 8))
        parts = scaled(w(d * 256 + fraction - 128))
        kwh = f32(f32(f32_of_integer(s.base) / f32(units)) + f32(f32_of_integer(parts) / f32(f32(units) * 256)))
        step = 0 if abs(kwh) < 128 else 1 if abs(kwh) < 1024 else 2 if abs(kwh) < 8192 else 3
        expected = w(s.base + scaled(d))
        if step > 1 and abs(kwh) < 1e9:
            display = kwh * units + 0.5
            expected, position = floor(display), int((display - floor(display)) * 8) & 7
        else:
            position = size(min(fraction, 255 - fraction), 7)
        kind = 0 if d == s.today else 1 if d == w(s.today + 1) else 2
        offset = w(s.last - s.today)
        side = 2 if s.upper == s.lower else 1 if offset == s.upper else 0 if offset == s.lower else 2
        fell = 1 if d < s.today else 0
        r = residual(c, t, (((kind * 4 + step) * 3 + side) * 8 + position) * 2 + fell,
                     576 + ((kind * 4 + step) * 8 + position) * 2 + fell, 768 + (kind * 2 + fell) * 96)
        s.last = w(expected + r)
        if r == 0: s.trend = 0
        elif abs(r) > (10 if step == 3 else 2): s.base, s.trend = w(s.base + r), 0
        else:
            s.trend += 1 if r > 0 else -1
            if abs(s.trend) > 3: s.base, s.trend = w(s.base + (1 if s.trend > 0 else -1)), 0
        s.today, s.fraction = d, fraction
        now = w(s.last - scaled(d))
        if now != s.upper and now != s.lower:
            if now == w(s.upper + 1): s.lower, s.upper = s.upper, now
            elif now == w(s.lower - 1): s.upper, s.lower = s.lower, now
            else: s.upper = s.lower = now
        return s.last
    return row_value


def yesterday(block, column):
    today = block.reference("Today", column)
    s = State(last=0, today=0)

    def row_value(row, c, t):
        fell = 1 if today[row] < s.today else 0
        s.last = w((s.today if fell else s.last) + residual(c, t, fell, 2 + fell, 4 + fell * 96))
        s.today = today[row]
        return s.last
    return row_value


def period(block, column):
    p, today, fractions = block.power_of(column), block.reference("Today", column), block.fractions(column)
    whole = 2 * 3_600_000 * 10 ** block.places("Power", column) // 10 ** column.places
    surplus = column.places + 3 - block.places("Today", column)
    multiplier, divisor = 10 ** max(0, surplus), 10 ** max(0, -surplus)
    s = State(row=0, today=0, fraction=128, by_power=0, by_counter=0)

    def row_value(row, c, t):
        inflow = 0
        for at in range(s.row, row):
            elapsed = max(0, min(w((block.times[at + 1] - block.times[at]) * block.time_unit), 864_000_000))
            inflow = w(inflow + (p[at] + p[at + 1]) * elapsed)
        by_power = quotient(w(max(0, inflow) * 8), whole)
        today_step = w(today[row] - s.today)
        by_counter = quotient(w((today_step * 256 + fractions[row] - s.fraction) * multiplier), 32 * divisor)
        eighths = by_counter if s.by_counter < s.by_power else by_power
        position, expected, scale = eighths & 7, w(eighths + 4) >> 3, size(eighths, 9)
        stepped = quotient(w(today_step * multiplier), divisor)
        step = 1 if stepped == expected else 2 if stepped > expected else 0
        r = residual(c, t, (scale * 8 + position) * 3 + step, 240 + (scale * 8 + position) * 3 + step, 480 + scale * 96)
        found = w(expected + r)
        s.by_power, s.by_counter = nearer(s.by_power, w(found * 8), by_power), nearer(s.by_counter, w(found * 8), by_counter)
        s.row, s.today, s.fraction = row, today[row], fractions[row]
        return found
    return row_value


MODELS = dict(clock=clock, receive=receive, power=power, voltage=voltage, current=current, apparentPower=apparent_power,
              factor=factor, reactivePower=reactive_power, energy=energy, total=total, yesterday=yesterday, period=period)
RANK = {"Power": 1, "Voltage": 2, "Current": 3, "ApparentPower": 4, "Factor": 5, "ReactivePower": 6, "Today": 7,
        "Total": 8, "Yesterday": 9, "Period": 10}


class Reader:
    def __init__(self, data): self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data): raise ValueError("truncated at %d" % self.at)
        self.at += count
        return self.data[self.at - count:self.at]

    def byte(self): return self.take(1)[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128: return value
            shift += 7

    def signed(self):
        raw = self.varint()
        return (raw >> 1) ^ -(raw & 1)

    def text(self): return self.take(self.varint()).decode()


class Column:
    fractions = None
    flags = None

    @property
    def modelled(self): return self.form <= 5
    @property
    def places(self): return self.form if self.form <= 18 else 0
    @property
    def is_clock(self): return self.form in (0x21, 0x22) or 0x1001 <= self.form <= 0x1B3F or 0x2001 <= self.form <= 0x2B3F


class Block:
    def __init__(self, data):
        r = Reader(data)
        self.row_count, self.time_unit, count = r.varint(), r.varint(), r.varint()
        if not 1 <= self.row_count <= min(65536, (1 << 22) // max(1, count)) or not 1 <= self.time_unit <= 1000:
            raise ValueError("counts out of range")
        times = Column()
        times.key, times.channel, times.form, times.method, times.texts, times.presence = "", 0, 0x20, r.byte(), [], None
        times.length = r.varint()
        self.columns = []
        for _ in range(count):
            column = Column()
            number = r.byte()
            column.key = r.text() if number == 0 else KEYS[number - 1]
            tag = r.byte()
            column.method, form = tag & 7, tag >> 5
            column.channel = r.byte() if tag & 16 else 0
            column.form = struct.unpack("<H", r.take(2))[0] if form == 7 else 0x21 if form == 6 else form
            column.texts = [r.text() for _ in range(r.varint())] if column.form == 0x20 else []
            column.presence = r.varint() if tag & 8 else None
            column.length = r.varint()
            self.columns.append(column)
        times.stream = r.take(times.length)
        for column in self.columns:
            column.presence_stream = r.take(column.presence or 0)
            column.stream = r.take(column.length)
        if r.at != len(data): raise ValueError("bytes after the end")
        self.on_schedule, self.day_start = [1] * self.row_count, [False] * self.row_count
        self.decode(times)

    # References (SF-C20)
    def find(self, key, channel):
        for wanted in ([channel, 0] if channel else [0]):
            for column in self.columns:
                if column.key == key and column.channel == wanted and column.modelled: return column
        return None

    def channel_powers(self):
        if self.find("Power", 0): return []
        powers = [c for c in self.columns if c.key == "Power" and c.modelled]
        return [c for c in self.columns if powers and c.key == "Power" and c.form == powers[0].form]

    def reference(self, key, column):
        found = self.find(key, column.channel)
        return found.values if found else [0] * self.row_count

    def power_of(self, column):
        if self.find("Power", column.channel) or not self.channel_powers(): return self.reference("Power", column)
        return [w(sum(rows)) for rows in zip(*(c.values for c in self.channel_powers()))]

    def places(self, key, column):
        found = self.find(key, column.channel) or (self.channel_powers() + [None])[0] if key == "Power" else self.find(key, column.channel)
        return found.places if found else 0

    def fractions(self, column):
        found = self.find("Today", column.channel)
        return found.fractions if found and found.fractions else [128] * self.row_count

    def model(self, column):
        def has(*keys):
            return all(self.find(k, column.channel) or k == "Power" and self.channel_powers() for k in keys)
        if not column.modelled: return "generic"
        wanted = {"Power": "power", "Voltage": "voltage"}.get(column.key)
        if wanted: return wanted
        if column.key == "Current" and has("Power", "Voltage"): return "current"
        if column.key == "ApparentPower" and has("Power", "Voltage", "Current"): return "apparentPower"
        if column.key == "Factor" and has("Power", "ApparentPower"): return "factor"
        if column.key == "ReactivePower" and has("Power", "ApparentPower"): return "reactivePower"
        if column.key == "Today" and has("Power"): return "energy"
        if column.key == "Total" and has("Power"): return "total" if has("Today") else "energy"
        if column.key == "Yesterday" and has("Today"): return "yesterday"
        if column.key == "Period" and has("Power", "Today"): return "period"
        return "generic"

    def decode(self, times):
        clocks = [c for c in self.columns if c.key == "Time" and c.channel == 0 and c.is_clock]
        clock_column = clocks[0] if clocks else None
        rest = [c for c in self.columns if c is not clock_column]
        def rank(c): return RANK.get(c.key, 99) if c.modelled else 0 if c.key == "TotalStartTime" else 100
        rest.sort(key=rank)
        neighbour = None
        for column, model in ([(clock_column, "clock")] if clock_column else []) + \
                [(times, "receive" if clock_column else "clock")] + [(c, None) for c in rest]:
            model = model or self.model(column)
            if column.presence is not None:
                column.flags = self.presence(column, neighbour)
                neighbour = column.flags
            else:
                column.flags = [1] * self.row_count
            self.values(column, model)
            if column is times: self.times = times.values
            if column is clock_column:
                per_second = 1000 if column.form == 0x22 or column.form >= 0x2000 else 1
                self.clock, self.clock_form_is_fine = column.values, per_second == 1000
                days = [v // (86400 * per_second) for v in column.values]
                for row in range(1, self.row_count): self.day_start[row] = days[row] != days[row - 1]

    def groups(self, coder):
        """The coder for each row (SF-C12)."""
        table, history, foreseen = Table("groups"), 7, AsPredicted()
        for start in range(0, self.row_count, 16):
            predicted = coder.decide(table, history)
            history = (history << 1 | predicted) & 7
            for row in range(start, min(start + 16, self.row_count)): yield row, foreseen if predicted else coder

    def presence(self, column, neighbour):
        flags, history, table = [], 15, Table("presence")
        for row, coder in self.groups(Coder(column.presence_stream)):
            beside = neighbour[row] if neighbour else 2
            as_before = coder.decide(table, (history * 2 + self.on_schedule[row]) * 4 + beside)
            flag = (history & 1) if as_before else 1 - (history & 1)
            flags.append(flag)
            history = (history << 1 | flag) & 15
        return flags

    def values(self, column, model):
        column.values = [0] * self.row_count
        if column.method == 4: return self.plain(column)
        kind = model if column.method == 0 else "generic"
        if kind == "generic": make = generic(column.method or 2)
        else: make = MODELS[kind]
        row_value, table = make(self, column), Table(kind)
        for row, coder in self.groups(Coder(column.stream)):
            if column.flags[row]: column.values[row] = row_value(row, coder, table)
            elif row: column.values[row] = column.values[row - 1]

    def plain(self, column):
        r = Reader(column.stream)
        least, width = r.signed(), r.byte()
        bits, at = int.from_bytes(r.take(len(column.stream) - r.at), "little"), 0
        for row in range(self.row_count):
            if column.flags[row]:
                column.values[row] = w(least + (bits >> at & ((1 << width) - 1)))
                at += width
            elif row: column.values[row] = column.values[row - 1]

    def table(self):
        yield ["receivedAt"] + ["%s.%d.%d" % (c.key, c.channel, c.form) for c in self.columns]
        for row in range(self.row_count):
            yield [str(self.times[row] * self.time_unit)] + [
                "-" if not c.flags[row] else c.texts[c.values[row]] if c.form == 0x20 else str(c.values[row])
                for c in self.columns]


if __name__ == "__main__":
    for line in Block(open(sys.argv[1], "rb").read()).table(): print("\t".join(line))
