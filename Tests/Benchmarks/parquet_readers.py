#!/usr/bin/env python3
"""Reads files of `export -f parquet` by another program's reader, and holds each cell beside those of `export -f csv`.

usage: parquet_readers.py READER CSV PARQUET…     READER: pyarrow duckdb polars clickhouse datafusion spark

Rows are sorted first: engines that read side by side keep no order. Prints how many rows were the same and how long the
reader took; ends with 1 at the first difference, with 3 where python3 has no such reader.
"""
import csv, datetime, decimal, importlib.util, sys, time

MODULES = dict(pyarrow="pyarrow", duckdb="duckdb", polars="polars", clickhouse="chdb", datafusion="datafusion",
               spark="pyspark")
TIMES = ("time", "time_utc", "plug_time")
EPOCH = datetime.datetime(1970, 1, 1)


def milliseconds(moment):
    """Of a clock without a zone as if it were UTC, of an instant since 1970."""
    if moment.tzinfo: moment = moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return round((moment - EPOCH) / datetime.timedelta(milliseconds=1))


def expected(path):
    with open(path, newline="") as file:
        lines = csv.reader(file)
        names = next(lines)

        def cell(name, text):
            if text == "": return None
            if name in ("device", "currency"): return text
            if name == "channel": return int(text)
            if name == "time_utc": return milliseconds(datetime.datetime.fromisoformat(text))
            if name in TIMES: return milliseconds(datetime.datetime.fromisoformat(text).replace(tzinfo=None))
            return decimal.Decimal(text).normalize()
        return names, [tuple(map(cell, names, line)) for line in lines]


def cell(value):
    if isinstance(value, datetime.datetime): return milliseconds(value)
    return value.normalize() if isinstance(value, decimal.Decimal) else value


def read(reader, paths):
    """Names of columns and rows of Python values."""
    if reader == "pyarrow":
        import pyarrow, pyarrow.parquet
        table = pyarrow.concat_tables([pyarrow.parquet.read_table(path, partitioning=None) for path in paths])
        return table.column_names, list(zip(*(column.to_pylist() for column in table.columns)))
    if reader == "duckdb":
        import duckdb
        database = duckdb.connect()
        database.execute("SET TimeZone = 'UTC'")
        found = database.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [paths])
        return [column[0] for column in found.description], found.fetchall()
    if reader == "polars":
        import polars
        frame = polars.read_parquet(paths, hive_partitioning=False)
        return frame.columns, frame.rows()
    if reader == "clickhouse":
        import chdb
        tables = [chdb.query(f"SELECT * FROM file('{path}', Parquet)", "ArrowTable") for path in paths]
        return tables[0].column_names, [
            row for table in tables for row in zip(*(column.to_pylist() for column in table.columns))]
    if reader == "datafusion":
        import datafusion
        context, rows = datafusion.SessionContext(), []
        for path in paths:
            batches = context.read_parquet(path).collect()
            rows += [row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns))]
        return context.read_parquet(paths[0]).schema().names, rows
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false") \
        .config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    frame = spark.read.option("mergeSchema", "false").parquet(*paths)
    # A collected instant is in the machine's zone.
    columns = [frame[name].cast("timestamp_ntz").alias(name) if name in TIMES else frame[name] for name in frame.columns]
    return frame.columns, [tuple(row) for row in frame.select(columns).collect()]


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in MODULES: sys.exit(__doc__)
    reader, path, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    if not importlib.util.find_spec(MODULES[reader]): sys.exit(3)
    names, wanted = expected(path)
    began = time.monotonic()
    found_names, rows = read(reader, paths)
    seconds = time.monotonic() - began

    def sort_key(row): return [(value is None, value) for value in row]
    places = [found_names.index(name) for name in names]
    found = sorted((tuple(cell(row[place]) for place in places) for row in rows), key=sort_key)
    wanted.sort(key=sort_key)
    if len(found) != len(wanted): sys.exit(f"{reader}: {len(found)} rows, {len(wanted)} in the CSV")
    for one, other in zip(found, wanted):
        if one != other: sys.exit(f"{reader}: {dict(zip(names, one))}\nCSV: {dict(zip(names, other))}")
    print(f"{reader}: {len(found)} rows, {len(names)} columns, each cell as in the CSV; read in {seconds:.2f} s")


main()
