#!/usr/bin/env python3
"""Kills the program again and again and holds what it ends with against an unbroken run.

Runs recipes/tiny.yaml (every stage kind in a few steps) in new workspaces. Each process is killed
with SIGKILL after a random time, or kills itself at a random passage of a random fault point; then
`regimen resume` goes on, until the run has succeeded. Compared with an unbroken run: the digests of all
outputs, every metric that does not measure the clock, every sample. After each run the workspace must
be sound (`doctor --deep`), and nothing may be left over once `gc` has run.

usage: torture.py REGIMEN RECIPE [KILLS] [SEED]
"""
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

program, recipe = (os.path.abspath(path) for path in sys.argv[1:3])
wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
dice = random.Random(seed)
# Of its own, so that a seed repeats the kills whatever the reader does.
dice_of_reader = random.Random(seed)


def ask(folder, *arguments, check=True):
    done = subprocess.run([program, *arguments, "-C", folder], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise SystemExit(f"{folder}: {' '.join(arguments)}: {done.returncode}\n{done.stderr}")
    return done


def result(folder):
    """What must not depend on how often a run was interrupted."""
    stages = json.loads(ask(folder, "show", "@last", "--json").stdout)["stages"]
    metrics = [line for line in ask(folder, "metrics", "@last", "--csv").stdout.splitlines()
               if not re.search(r",(step_time|tokens_per_second|time/\w+),", line)]
    samples = ask(folder, "samples", "@last", "--json").stdout.splitlines()
    return {"digests": {stage["stage"]: stage["outputs"] for stage in stages},
            "metrics": metrics, "samples": samples}


def fault_points(folder):
    """The names that the program knows, as its own error message lists them."""
    environment = dict(os.environ, REGIMEN_FAULT="nothing:1")
    text = subprocess.run([program, "ls", "-C", folder], env=environment, capture_output=True,
                          text=True).stderr
    return text.split("known name:")[1].replace(",", " ").split()


def one_process(folder, arguments, points, length):
    """Runs a process that is to die; its status, and how it was killed."""
    environment = dict(os.environ, REGIMEN_CHECKPOINT_SECONDS=str(dice.choice([0, 0, 0.05, 20])))
    how = "a random time"
    if dice.random() < 0.5:
        how = f"{dice.choice(points)}:{int(2 ** dice.uniform(0, 6))}"
        environment["REGIMEN_FAULT"] = how
    process = subprocess.Popen([program, *arguments, "-C", folder, "-q"], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if how == "a random time":
        try:
            process.wait(dice.uniform(0, length))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    error = process.stderr.read()
    return process.wait(), how, error


class Reader:
    """Reads a workspace's database without pause, as a page or a script beside the run would."""

    QUESTIONS = ["SELECT count(*) FROM metric_current", "SELECT count(*) FROM sample_current",
                 "SELECT * FROM event ORDER BY seq DESC LIMIT 20",
                 "SELECT stage.*, run.status FROM stage JOIN run ON run.id = stage.run_id"]

    def __init__(self, folder):
        self.path = os.path.join(folder, "runs", "regimen.sqlite")
        self.reads, self.problem, self.stopped = 0, None, False
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        database = None
        while not self.stopped:
            try:
                if database is None:
                    if not os.path.exists(self.path):
                        time.sleep(0.01)
                        continue
                    database = sqlite3.connect(self.path, timeout=30)
                for question in self.QUESTIONS:
                    database.execute(question).fetchall()
                    self.reads += 1
                if self.reads % 40 == 0 and database.execute(
                        "PRAGMA quick_check").fetchone() != ("ok",):
                    self.problem = "quick_check found something"
            except sqlite3.OperationalError as error:
                # Before the first migration there are no tables.
                if "no such table" not in str(error):
                    self.problem = str(error)
            time.sleep(dice_of_reader.uniform(0, 0.02))
        if database is not None:
            database.close()

    def stop(self):
        self.stopped = True
        self.thread.join()
        if self.problem:
            raise SystemExit(f"{self.path}: the reader met: {self.problem} (seed {seed})")
        return self.reads


def broken_run(folder, points, length):
    """Starts a run and goes on with it until it has succeeded; the number of kills."""
    kills, arguments = 0, ["run", recipe]
    while True:
        status, how, error = one_process(folder, arguments, points, length)
        if status in (137, -signal.SIGKILL):
            kills += 1
        elif status != 0:
            raise SystemExit(f"{folder}: status {status} after {how}\n{error}")
        runs = ask(folder, "ls", "--json", check=False).stdout.splitlines()
        # Killed after its last commit, a run has succeeded all the same.
        if runs and json.loads(runs[0])["status"] == "succeeded":
            return kills
        arguments = ["resume"] if runs else ["run", recipe]


def main():
    base = tempfile.mkdtemp(prefix="regimen-torture-")
    straight = os.path.join(base, "straight")
    os.mkdir(straight)
    start = time.time()
    ask(straight, "run", recipe, "-q")
    length = (time.time() - start) * 1.2
    expected, points = result(straight), fault_points(straight)
    print(f"seed {seed}; an unbroken run takes {length / 1.2:.1f} s; {len(points)} fault points",
          flush=True)
    kills = runs = reads = 0
    while kills < wanted:
        folder = os.path.join(base, str(runs))
        os.mkdir(folder)
        reader = Reader(folder)
        kills += broken_run(folder, points, length)
        reads += reader.stop()
        runs += 1
        found = result(folder)
        for part, value in expected.items():
            if found[part] != value:
                raise SystemExit(f"{folder}: {part} differ from the unbroken run's (seed {seed})")
        ask(folder, "doctor", "--deep")
        ask(folder, "gc")
        if ask(folder, "doctor", "--deep").stdout != "nothing is wrong\n":
            raise SystemExit(f"{folder}: something was left over")
        shutil.rmtree(folder)
        if runs % 10 == 0 or kills >= wanted:
            print(f"{kills} kills in {runs} runs, 0 differences, {reads} reads, {time.time() - start:.0f} s",
                  flush=True)
    shutil.rmtree(base)


if __name__ == "__main__":
    main()
