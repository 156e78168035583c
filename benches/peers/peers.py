#!/usr/bin/env python3
"""Asks other engines the questions of benches/expand.rs, on the same rows, and checks every answer.

    peers.py ROWS ANSWERS

ROWS is the directory of the workload's CSV files, ANSWERS the file that the bench wrote (VERBAND_BENCH_ANSWERS).
An engine whose answer differs is printed as WRONG and not ranked. Needs duckdb, igraph, networkit, numpy, pyarrow.
"""
import json
import os
import sqlite3
import sys
import tempfile
import time

import duckdb
import igraph
import networkit
import numpy as np
import pyarrow.csv as csv

rows, answers = sys.argv[1], json.load(open(sys.argv[2]))
queries = json.load(open(f"{rows}/queries.json"))
MASK = sum(1 << label for label in queries["allowed"])
ALL = (1 << 32) - 1
EDGES = "lives_at owns_p owns_c registered_at director_of parent_of partner_of about_a about_p about_c".split()
DUCKDB_QUERIES = 100  # milliseconds each: enough for a median


def mixed(ids):
    """Number of ids and the wrapping sum of their SplitMix64, equal for equal sets (Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        z = np.asarray(ids, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
        return [len(ids), int(z.sum(dtype=np.uint64))]


def timed(engine, question, asks, expected, ask, judge=lambda found: found):
    """Times each question after one pass to warm up, and compares what came out."""
    for one in asks:
        ask(one)
    times, wrong = [], 0
    for one, right in zip(asks, expected):
        begun = time.perf_counter_ns()
        found = ask(one)
        times.append(time.perf_counter_ns() - begun)
        wrong += judge(found) != right
    times.sort()
    told = f"WRONG in {wrong} of {len(times)}" if wrong else "every answer right"
    p50, p99 = times[len(times) // 2] / 1e3, times[len(times) * 99 // 100] / 1e3
    print(f"| {engine} | {question} | {p50:,.1f} | {p99:,.1f} | {told} |", flush=True)


labels = np.zeros(queries["nodes"], np.uint8)
for kind in ("person", "address", "company", "signal"):
    table = csv.read_csv(f"{rows}/{kind}.csv")
    labels[table["id"].to_numpy()] = table["label"].to_numpy()
parts = [csv.read_csv(f"{rows}/{name}.csv") for name in EDGES]
source = np.concatenate([part["src"].to_numpy() for part in parts])
target = np.concatenate([part["dst"].to_numpy() for part in parts])
edge_label = np.concatenate([part["label"].to_numpy() for part in parts]).astype(np.uint8)
src, dst = np.concatenate([source, target]), np.concatenate([target, source])
label2 = np.concatenate([edge_label, edge_label])
order = np.lexsort((dst, src))
src, dst, label2 = src[order], dst[order], label2[order]
far = labels[dst]

print("| engine | question | p50 µs | p99 µs | answers |\n|---|---|---|---|---|")

path = os.path.join(tempfile.mkdtemp(), "peers.sqlite")
lite = sqlite3.connect(path)
lite.executescript(
    "PRAGMA journal_mode=off; PRAGMA synchronous=off; PRAGMA cache_size=-1000000; PRAGMA mmap_size=4000000000;"
    "CREATE TABLE adj(src INTEGER, dst INTEGER, n INTEGER, el INTEGER, nl INTEGER, PRIMARY KEY(src, dst, n)) WITHOUT ROWID;"
)
lite.executemany(
    "INSERT INTO adj VALUES (?,?,?,?,?)",
    zip(src.tolist(), dst.tolist(), range(len(src)), label2.tolist(), far.tolist()),
)
lite.commit()


def expand_sql(hops, mask):
    seen = f"AND ({mask} >> el) & 1 AND ({mask} >> nl) & 1" if mask != ALL else ""
    text = f"WITH h1 AS MATERIALIZED (SELECT DISTINCT dst FROM adj WHERE src = ?1 {seen})"
    for hop in range(2, hops + 1):
        text += (
            f", h{hop} AS MATERIALIZED (SELECT DISTINCT a.dst FROM h{hop - 1} h CROSS JOIN adj a"
            f" WHERE a.src = h.dst {seen})"
        )
    return text + " SELECT ?1" + "".join(f" UNION SELECT dst FROM h{hop}" for hop in range(1, hops + 1))


def path_sql(cross, casts=""):
    text = []
    for side, start in (("f", "?1"), ("t", "?2")):
        text.append(f"{side}0(id) AS (SELECT {start}{casts})")
        for hop in (1, 2, 3):
            text.append(
                f"{side}{hop}(id) AS (SELECT DISTINCT a.dst FROM {side}{hop - 1} h {cross} adj a WHERE a.src = h.id)"
            )
        text.append(f"{side}(id, d) AS (" + " UNION ALL ".join(f"SELECT id, {hop} FROM {side}{hop}" for hop in range(4)) + ")")
    return "WITH " + ", ".join(text) + " SELECT min(f.d + t.d) FROM f JOIN t USING (id)"


starts, pairs = queries["start"], [tuple(pair) for pair in queries["pairs"]]
for hops in (2, 3):
    for name, mask, key in (("seen", MASK, "view"), ("all", ALL, "unfiltered")):
        sql = expand_sql(hops, mask)
        timed("SQLite", f"{hops} hops, {name}", starts, answers[f"{key}-{hops}"],
              lambda start: lite.execute(sql, (start,)).fetchall(),
              lambda found: mixed([row[0] for row in found]))
sql = path_sql("CROSS JOIN")
few = min(200, len(pairs))
timed("SQLite", "path of at most 6, all", pairs[:few], answers["path"][:few],
      lambda pair: lite.execute(sql, pair).fetchone()[0])

duck = duckdb.connect()
duck.execute("SET threads = 2")
table = {"src": src, "dst": dst, "el": label2, "nl": far}
duck.execute("CREATE TABLE adj AS SELECT * FROM table")
for hops in (2, 3):
    sql = expand_sql(hops, MASK).replace("?1", "$1::BIGINT")
    timed("DuckDB", f"{hops} hops, seen", starts[:DUCKDB_QUERIES], answers[f"view-{hops}"][:DUCKDB_QUERIES],
          lambda start: duck.execute(sql, (start,)).fetchnumpy(),
          lambda found: mixed(next(iter(found.values()))))

graph = igraph.Graph(n=queries["nodes"], edges=np.stack([source, target], axis=1))
for hops in (2, 3):
    timed("igraph", f"{hops} hops, all", starts, answers[f"unfiltered-{hops}"],
          lambda start: graph.neighborhood(start, order=hops, mode="all"), mixed)
timed("igraph", "components", [None] * 5, [answers["components"]] * 5,
      lambda _: graph.connected_components(mode="weak").sizes(),
      lambda sizes: [len(sizes), int((np.asarray(sizes, dtype=np.int64) ** 2).sum())])
kit = networkit.GraphFromCoo((source, target), n=queries["nodes"], directed=False, weighted=False)


def kit_distance(pair):
    search = networkit.distance.BidirectionalBFS(kit, pair[0], pair[1], False)
    search.run()
    found = search.getDistance()
    return int(found) if found <= 6 else None


def kit_components(_):
    found = networkit.components.ConnectedComponents(kit)
    found.run()
    return found.getComponentSizes()


timed("networkit", "path of at most 6, all", pairs, answers["path"], kit_distance)
timed("networkit", "components", [None] * 5, [answers["components"]] * 5, kit_components,
      lambda sizes: [len(sizes), int(sum(size * size for size in sizes.values()))])
os.remove(path)
