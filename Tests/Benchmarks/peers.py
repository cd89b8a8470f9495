#!/usr/bin/env python3
"""Wattlog beside SQLite on the same captured lines, with Python's standard library alone.

usage: peers.py WATTLOG CAPTURE [MESSAGES]

SQLite holds one row a message: device, receive time, plug time and the ten numbers as scaled integers, primary key
(device, time), no row id, vacuumed. Its time is that of the inserts and the commit alone; reading the lines is not
counted. Wattlog's is that of the whole process, from captured lines to synced segments.
"""
import json, os, sqlite3, sys, tempfile, time
from datetime import datetime, timezone

FIELDS = {"Total": 3, "Yesterday": 3, "Today": 3, "Period": 0, "Power": 0, "ApparentPower": 0, "ReactivePower": 0,
          "Factor": 2, "Voltage": 0, "Current": 3}


def scaled(value, places):
    if isinstance(value, list): value = value[0] if value else None
    return None if value is None else round(value * 10 ** places)


def tree_bytes(path):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(path) for name in names)


def main():
    if len(sys.argv) < 3: sys.exit(__doc__)
    wattlog, capture = sys.argv[1:3]
    limit = int(sys.argv[3]) if len(sys.argv) > 3 else 250_000
    rows, devices = [], {}
    with tempfile.TemporaryDirectory(prefix="wattlog-peers-") as work:
        with open(capture, "rb") as lines, open(f"{work}/lines.log", "wb") as part:
            for line in lines:
                pieces = line.rstrip(b"\n").split(b" ", 3)
                if len(pieces) < 4 or not pieces[2].endswith(b"/SENSOR"): continue
                try:
                    message = json.loads(pieces[3])
                    energy = message["ENERGY"]
                    clock = int(datetime.fromisoformat(message["Time"][:19]).replace(tzinfo=timezone.utc).timestamp())
                    numbers = [scaled(energy.get(name), places) for name, places in FIELDS.items()]
                except (ValueError, KeyError, TypeError, AttributeError):
                    continue
                part.write(line)
                rows.append([devices.setdefault(pieces[2], len(devices)), int(float(pieces[0])), clock] + numbers)
                if len(rows) == limit: break
        if not rows: sys.exit("peers: no energy message in " + capture)
        database = sqlite3.connect(f"{work}/wide.sqlite")
        names = ["device", "t", "clock"] + list(FIELDS)
        database.execute(f"create table r({','.join(name + ' int' for name in names)}, primary key(device, t)) without rowid")
        started = time.perf_counter()
        database.executemany(f"insert or ignore into r values({','.join('?' * len(names))})", rows)
        database.commit()
        inserting = time.perf_counter() - started
        database.execute("vacuum")
        database.close()
        store = f"{work}/store"
        started = time.perf_counter()
        child = os.spawnv(os.P_NOWAIT, wattlog, [wattlog, "replay", "-q", "--store", store, f"{work}/lines.log"])
        _, status, usage = os.wait4(child, 0)
        loading = time.perf_counter() - started
        if status: sys.exit("peers: wattlog replay failed")
        processor = usage.ru_utime + usage.ru_stime
        count = len(rows)
        ours, theirs = tree_bytes(store) / count, os.path.getsize(f"{work}/wide.sqlite") / count
        print(f"Beside SQLite {sqlite3.sqlite_version}, the first {count:,} messages of the same lines, times at 1 s:\n")
        print("| system | bytes per message | load, messages/s |")
        print("|---|---|---|")
        print(f"| Wattlog | {ours:.3f} | {count / processor:,.0f} ({count / loading:,.0f} by the clock) |")
        print(f"| SQLite, one row a message | {theirs:.1f} | {count / inserting:,.0f} (inserts and commit alone) |")
        print(f"| ratio | {theirs / ours:.0f} | {inserting / processor:.1f} |")


main()
