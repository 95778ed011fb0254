#!/usr/bin/env python3
"""Takes the power away at any instant of a run, and holds what the program makes of the rest against
an unbroken run.

The program runs RECIPE with every call that changes its folder logged (Tests/Disk/disk.c): to its end; and
killed twice, resumed and swept. From the logs the folder is rebuilt as a power loss at an instant could
have left it (Tests/Disk/replay.py): with nothing that was not synced; with any part of it; as a journaling
file system orders it; with all. Then `doctor --deep` must find nothing broken, what the program had said
was done must be done, and the run, gone on with, must end with the digests, metrics and samples of an
unbroken one.

usage: powerloss.py REGIMEN DISK.so RECIPE [INSTANTS] [SEED]
"""
import filecmp
import json
import os
import random
import sqlite3
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from Disk.replay import Replay, records
from harness import Program, Workspaces

CHANGES = {"open", "write", "truncate", "sync", "rename", "unlink", "mkdir"}


def record(program, recipe, folder, log):
    """Logs of two histories: a run, and one that is killed twice, resumed, and swept."""
    os.mkdir(os.path.join(folder, "straight"))
    os.mkdir(os.path.join(folder, "killed"))
    plans = {
        "straight": [(["run", recipe], {})],
        "killed": [(["run", recipe], {"REGIMEN_FAULT": "after-checkpoint:9"}),
                   (["resume"], {"REGIMEN_FAULT": "before-finish:4"}), (["resume"], {}), (["gc"], {})],
    }
    histories = []
    for name, commands in plans.items():
        root, logs = os.path.join(folder, name), []
        for number, (arguments, environment) in enumerate(commands):
            logs.append(f"{log}-{name}-{number}")
            arguments = arguments + ([] if arguments == ["gc"] else ["--json"])
            done = program.run(root, *arguments, disk={"log": logs[-1]},
                               REGIMEN_CHECKPOINT_SECONDS="0", **environment)
            if done.returncode != (137 if environment else 0):
                raise SystemExit(f"{' '.join(arguments)}: {done.returncode}\n{done.stderr}")
        histories.append((root, logs))
    return histories


def require_complete(replay, root, scratch):
    """A log holds everything only if the folder it gives is the folder that is there."""
    replay.rebuild(scratch, "kept", random.Random(0))

    def compare(comparison):
        wrong = comparison.left_only + comparison.right_only + comparison.diff_files
        if wrong:
            raise SystemExit(f"the log misses something of {comparison.left}: {wrong}")
        for inner in comparison.subdirs.values():
            compare(inner)
    filecmp.clear_cache()
    compare(filecmp.dircmp(root, scratch, ignore=[]))


def said(replay):
    """What the program has told: whether the run is over, stages finished, checkpoints with their steps."""
    text = b"".join(replay.said).decode()
    over, finished, steps = False, set(), {}
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        if "exit" in event and event.get("status") == "succeeded":
            over = True
        if event.get("event") == "stage_finished":
            finished.add(event["stage"])
        if event.get("event") == "checkpoint":
            steps[event["stage"]] = event["step"]
    return over, finished, steps


def require_kept(program, folder, promises, place):
    """What was said to be done is done."""
    over, finished, steps = promises
    path = os.path.join(folder, "runs", "regimen.sqlite")
    if not (over or finished or steps):
        return
    if not os.path.exists(path):
        raise SystemExit(f"{folder}: {place}: the database is gone")
    database = sqlite3.connect(path)
    status = dict(database.execute("SELECT name, status FROM stage"))
    newest = dict(database.execute(
        "SELECT name, max(checkpoint.step) FROM stage JOIN checkpoint ON stage_id = stage.id GROUP BY name"))
    runs = [row[0] for row in database.execute("SELECT status FROM run")]
    database.close()
    lost = [name for name in finished if status.get(name) != "succeeded"]
    lost += [name for name, step in steps.items()
             if status.get(name) != "succeeded" and newest.get(name, -1) < step]
    if lost or over and runs != ["succeeded"]:
        raise SystemExit(f"{folder}: {place}: said to be done, and lost: {lost or 'the run'}")


def one_loss(program, recipe, replay, folder, loss, dice, expected, place):
    replay.rebuild(folder, loss, dice)
    if os.path.exists(os.path.join(folder, "runs", "regimen.sqlite")) and program.runs(folder):
        program.ask(folder, "doctor", "--deep")
    require_kept(program, folder, said(replay), place)
    program.finish(folder, recipe)
    program.require_same(folder, expected, place)
    program.require_sound(folder, place)


def main():
    program, recipe = Program(sys.argv[1], sys.argv[2]), os.path.abspath(sys.argv[3])
    wanted = int(sys.argv[4]) if len(sys.argv) > 4 else 400
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else random.randrange(1 << 30)
    dice, start = random.Random(seed), time.time()
    spaces = Workspaces("power", in_memory=True)
    unbroken = spaces.new("unbroken")
    program.ask(unbroken, "run", recipe, "-q")
    expected = program.result(unbroken)
    histories = record(program, recipe, spaces.new("histories"), os.path.join(spaces.base, "log"))
    done = 0
    for root, logs in histories:
        total = sum(call[0] in CHANGES for log in logs for call in records(log))
        instants = sorted(dice.sample(range(1, total + 1), min(wanted // len(histories), total)))
        print(f"seed {seed}: {total} calls, {len(instants)} instants", flush=True)
        replay, count = Replay(root), 0
        for log in logs:
            replay.open = {}
            for call in records(log):
                replay.apply(*call)
                if call[0] not in CHANGES:
                    continue
                count += 1
                if not instants or count != instants[0]:
                    continue
                instants.pop(0)
                loss = Replay.LOSSES[done % len(Replay.LOSSES)]
                place = f"seed {seed}, {os.path.basename(log)}, call {count} ({call[0]} {call[4][0]}), {loss}"
                folder = spaces.new(done)
                one_loss(program, recipe, replay, folder, loss, dice, expected, place)
                spaces.remove(folder)
                done += 1
                if done % 50 == 0:
                    print(f"{done} instants, 0 differences, {time.time() - start:.0f} s", flush=True)
        require_complete(replay, root, spaces.new("whole"))
        spaces.remove(os.path.join(spaces.base, "whole"))
    print(f"{done} power losses, 0 differences, {time.time() - start:.0f} s")
    spaces.remove()


if __name__ == "__main__":
    main()
