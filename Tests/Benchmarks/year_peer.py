#!/usr/bin/env python3
"""A year's report of ten plugs beside DuckDB on Parquet, both as whole processes, warm, turn by turn.

usage: year_peer.py WATTLOG STORE WORK

DuckDB holds of each message what its sums need: device, receive time and Total (Power beside them), sorted by device and
time, zstd. Daily kWh is the highest Total of a local day less the lowest (which is wrong after every power cut), or the sum
of increments. Wattlog's report is that with a price for each half hour, from the same readings. The file is made once, which
takes some minutes, and stays in WORK.
"""
import os, statistics, subprocess, sys, time

HIGHEST = "select device, date_trunc('day', instant) as day, max(total) - min(total) from '{}' group by all order by all"
INCREMENTS = ("select device, date_trunc('day', instant) as day, sum(greatest(step, 0)) from (select device, instant, total - "
              "lag(total) over (partition by device order by instant) as step from '{}') group by all order by all")
QUERY = "import duckdb, sys; c = duckdb.connect(); c.execute(\"set timezone='Europe/London'\"); c.execute(sys.argv[1]).fetchall()"


def make(wattlog, store, path):
    import duckdb
    readings = path + ".csv"
    subprocess.run([wattlog, "export", "--raw", "-q", "--fields", "power,energy_total", "--timezone", "UTC", "--store", store,
                    "-o", readings], check=True)
    duckdb.connect().execute(
        f"copy (select device, time_utc::timestamptz as instant, energy_total_kwh::double as total, power_w::double as power "
        f"from read_csv('{readings}') order by device, instant) to '{path}.new' (format parquet, compression zstd)")
    os.remove(readings)
    os.rename(path + ".new", path)


def main():
    if len(sys.argv) != 4: sys.exit(__doc__)
    wattlog, store, work = sys.argv[1:]
    path = f"{work}/{os.path.basename(store.rstrip('/'))}.parquet"
    if not os.path.exists(path): make(wattlog, store, path)
    report = [wattlog, "report", "day", "--from", "2025-01-01", "--to", "2026-01-01", "--tariff", f"{work}/agile.json", "-q",
              "-f", "csv", "--store", store, "--timezone", "Europe/London"]
    commands = {
        "Wattlog, with half-hour prices": report,
        "DuckDB on Parquet, highest less lowest": [sys.executable, "-c", QUERY, HIGHEST.format(path)],
        "DuckDB on Parquet, increments": [sys.executable, "-c", QUERY, INCREMENTS.format(path)],
    }
    times = {name: [] for name in commands}
    for _ in range(5):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - start)
    ours = statistics.median(times["Wattlog, with half-hour prices"])
    print("\nThe year at 10 s beside a column store, turn by turn (clock, median of five):\n\n| | seconds | times Wattlog's |\n|---|---|---|")
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(f"| {name} | {middle:.3f} | {middle / ours:.0f} |")


main()
