"""Runs the patterns of this export on DuckDB or on Apache Spark.

    python run.py duckdb
    spark-submit --master spark://host:7077 run.py spark

What is found stands in flags.jsonl beside this file: for `verband import-flags`, which looks at each again before it counts.
Needs the package duckdb, or pyspark 4. On a cluster every worker must reach this directory under the same path.
"""

import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def duckdb_runner(tables):
    import duckdb

    connection = duckdb.connect()
    for name, path in tables.items():
        quoted = path.replace("'", "''")
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{quoted}')")

    def run(text):
        cursor = connection.execute(text)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]

    return run


def spark_runner(tables):
    from pyspark.sql import SparkSession

    session = SparkSession.builder.appName("verband").config("spark.sql.ansi.enabled", "true").getOrCreate()
    for name, path in tables.items():
        session.read.parquet(Path(path).as_uri()).createOrReplaceTempView(name)
    return lambda text: [row.asDict() for row in session.sql(text.strip().rstrip(";")).collect()]


def main():
    runners = {"duckdb": duckdb_runner, "spark": spark_runner}
    if len(sys.argv) != 2 or sys.argv[1] not in runners:
        sys.exit(__doc__)
    dialect = sys.argv[1]
    manifest = json.loads((HERE / "manifest.json").read_text())
    tables = {table["name"]: str(HERE / table["file"]) for table in manifest["tables"]}
    run = runners[dialect](tables)
    lines = [{"export": manifest["export"], "engine": dialect}]
    failed = 0
    for pattern in manifest["patterns"]:
        began = time.monotonic()
        try:
            rows = run((HERE / pattern["sql"][dialect]).read_text())
        except Exception as error:
            failed += 1
            lines.append({"pattern": pattern["id"], "failed": str(error)})
            print(f"{pattern['id']:<32} failed: {error}", file=sys.stderr)
            continue
        # A line that ends a pattern says that all its rows are there.
        lines.extend({"pattern": pattern["id"], **row} for row in rows)
        lines.append({"pattern": pattern["id"], "rows": len(rows)})
        print(f"{pattern['id']:<32} {len(rows):>6} rows  {time.monotonic() - began:.2f} s")
    partial = HERE / "flags.jsonl.partial"
    partial.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    partial.rename(HERE / "flags.jsonl")
    sys.exit(1 if failed else 0)


main()
