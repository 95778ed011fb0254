#!/usr/bin/env python3
"""Makes a workspace of many runs and metric rows, and times what people wait for in it.

    Tests/large_workspace.py REGIMEN [RUNS [ROWS]]

One run of ten small stages is carried out by the program; its rows are then copied, under new ids and
keys, until there are RUNS runs (1,000) and ROWS metric rows (10,000,000). `plan` of a changed recipe of
ten stages, `ls` and `status` are started seven times each; the least counts, the program's start included.
"""

import pathlib
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

STAGES = 10
LIMITS = {"plan": 0.050, "ls": 0.100, "status": 0.100}


def recipe(steps):
    lines = [
        "recipe: large",
        "models: { base: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 } }",
        'datasets: { sums: { task: arithmetic, size: 20, completion_template: "{answer}" } }',
        "stages:",
    ]
    for index in range(STAGES):
        model = "base" if index == 0 else f"s{index - 1}"
        lines.append(
            f"  s{index}: {{ kind: sft, model: ${model}, data: $sums, max_steps: {steps}, batch_size: 2 }}")
    return "\n".join(lines) + "\n"


def copy_rows(path, runs, rows):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("BEGIN")
    columns = [row[1] for row in db.execute("PRAGMA table_info(run)")]
    stage_columns = [row[1] for row in db.execute("PRAGMA table_info(stage)")]
    run = dict(zip(columns, db.execute("SELECT * FROM run").fetchone()))
    stages = [dict(zip(stage_columns, row)) for row in db.execute("SELECT * FROM stage ORDER BY id")]
    names = [row[0] for row in db.execute("SELECT DISTINCT name FROM metric ORDER BY name")]
    steps = rows // (runs * len(stages) * len(names)) + 1
    count = 0
    next_stage = max(stage["id"] for stage in stages) + 1
    for number in range(1, runs):
        copy = dict(run, id=f"{number:016d}", name=f"copy{number}",
                    created_at=run["created_at"] - number * 1000)
        db.execute(f"INSERT INTO run ({','.join(copy)}) VALUES ({','.join('?' * len(copy))})",
                   list(copy.values()))
        for stage in stages:
            row = dict(stage, id=next_stage, run_id=copy["id"], key=f"{number:06d}{stage['key'][6:]}",
                       components=stage["components"].replace('"max_steps":1', f'"max_steps":{number + 3}'))
            db.execute(f"INSERT INTO stage ({','.join(row)}) VALUES ({','.join('?' * len(row))})",
                       list(row.values()))
            db.execute("INSERT INTO attempt (stage_id, n, epoch, from_step, status, started_at, ended_at)"
                       " VALUES (?, 1, 1, 0, 'succeeded', 0, 1000)", [next_stage])
            db.execute("INSERT INTO cache (key, stage_id) VALUES (?, ?)", [row["key"], next_stage])
            db.execute("INSERT INTO output (stage_id, name, manifest) SELECT ?, name, manifest FROM output WHERE stage_id = ?",
                       [next_stage, stage["id"]])
            db.executemany(
                "INSERT INTO metric (stage_id, step, name, attempt, value, at) VALUES (?, ?, ?, 1, ?, 0)",
                ((next_stage, step, name, step * 0.5)
                 for step in range(1, steps + 1) for name in names))
            count += steps * len(names)
            next_stage += 1
    db.execute("COMMIT")
    db.close()
    return count


def least_seconds(command):
    """Wall and processor time, each the least of seven: what else the machine does only adds."""
    walls, processors = [], []
    for _ in range(7):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        walls.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processors.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(walls), min(processors)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000_000
    folder = pathlib.Path(tempfile.mkdtemp(prefix="regimen-large-"))
    try:
        (folder / "large.yaml").write_text(recipe(1))
        (folder / "other.yaml").write_text(recipe(2))
        base = [program, "-C", str(folder)]
        subprocess.run([*base, "run", str(folder / "large.yaml"), "-q"], check=True,
                       stdout=subprocess.DEVNULL)
        database = folder / "runs" / "regimen.sqlite"
        count = copy_rows(database, runs, rows)
        print(f"{runs} runs, {count} metric rows, {database.stat().st_size / 1e6:.0f} MB")
        failed = False
        for name, arguments in {
            "plan": ["plan", str(folder / "other.yaml")], "ls": ["ls"], "status": ["status"],
        }.items():
            wall, processor = least_seconds([*base, *arguments])
            failed |= processor > LIMITS[name]
            print(f"{name:8} {wall * 1000:6.0f} ms, {processor * 1000:.0f} ms of the processor   "
                  f"(limit {LIMITS[name] * 1000:.0f} ms)")
        sys.exit(failed)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
