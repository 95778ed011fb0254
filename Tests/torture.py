#!/usr/bin/env python3
"""Kills the program again and again and holds what it ends with against an unbroken run.

Runs recipes/tiny.yaml (every stage kind in a few steps) in new workspaces. Each process is killed
with SIGKILL after a random time, or kills itself at a random passage of a random fault point; then
`regimen resume` goes on, until the run has succeeded. Compared with an unbroken run: the digests of all
outputs, every metric that does not measure the clock, every sample. After each run the workspace must
be sound (`doctor --deep`), and nothing may be left over once `gc` has run.

usage: torture.py REGIMEN RECIPE [KILLS] [SEED]
"""
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from harness import Program, Workspaces

program, recipe = Program(sys.argv[1]), os.path.abspath(sys.argv[2])
wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
dice = random.Random(seed)
# Of its own, so that a seed repeats the kills whatever the reader does.
dice_of_reader = random.Random(seed)


def fault_points(folder):
    """The names that the program knows, as its own error message lists them."""
    text = program.run(folder, "ls", REGIMEN_FAULT="nothing:1").stderr
    return text.split("known name:")[1].replace(",", " ").split()


def one_process(folder, arguments, points, length):
    """Runs a process that is to die; its status, and how it was killed."""
    environment = {"REGIMEN_CHECKPOINT_SECONDS": str(dice.choice([0, 0, 0.05, 20]))}
    how = "a random time"
    if dice.random() < 0.5:
        how = f"{dice.choice(points)}:{int(2 ** dice.uniform(0, 6))}"
        environment["REGIMEN_FAULT"] = how
    process = program.start(folder, [*arguments, "-q"], **environment)
    if how == "a random time":
        try:
            process.wait(dice.uniform(0, length))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    error = process.communicate()[1]
    return process.returncode, how, error


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
    """Starts a run and continues it until it has succeeded; the number of kills."""
    kills, arguments = 0, ["run", recipe]
    while True:
        status, how, error = one_process(folder, arguments, points, length)
        if status in (137, -signal.SIGKILL):
            kills += 1
        elif status != 0:
            raise SystemExit(f"{folder}: status {status} after {how}\n{error}")
        runs = program.runs(folder)
        # Killed after its last commit, a run has succeeded all the same.
        if runs and runs[0]["status"] == "succeeded":
            return kills
        arguments = ["resume"] if runs else ["run", recipe]


def main():
    spaces = Workspaces("torture")
    straight = spaces.new("straight")
    start = time.time()
    program.ask(straight, "run", recipe, "-q")
    length = (time.time() - start) * 1.2
    expected, points = program.result(straight), fault_points(straight)
    print(f"seed {seed}; an unbroken run takes {length / 1.2:.1f} s; {len(points)} fault points",
          flush=True)
    kills = runs = reads = 0
    while kills < wanted:
        folder = spaces.new(runs)
        reader = Reader(folder)
        kills += broken_run(folder, points, length)
        reads += reader.stop()
        runs += 1
        program.require_same(folder, expected, f"seed {seed}")
        program.require_sound(folder, f"seed {seed}")
        spaces.remove(folder)
        if runs % 10 == 0 or kills >= wanted:
            print(f"{kills} kills in {runs} runs, 0 differences, {reads} reads, {time.time() - start:.0f} s",
                  flush=True)
    spaces.remove()


if __name__ == "__main__":
    main()
