#!/usr/bin/env python3
"""Lets one call after another of the program fail, and holds what comes of it against an unbroken run.

Calls below the workspace are made to fail by Tests/Disk/disk.c: the Nth that opens, writes, syncs, cuts,
renames, deletes, makes a folder, reads or locks, with EIO, ENOSPC and what else the call may answer, once or
from then on; or half of the bytes go through; or the process is killed before the call. A process must then
end well, or with status 6 (1 where the stage failed at it) and a message that says what could not be done
where; rows must never tell of what is not there; and the run, gone on with, must end with the digests,
metrics and samples of an unbroken one. The same holds when the wall clock jumps by days at every look, and
on a small file system that is full: from the start, and in the middle of a run.

usage: faults.py REGIMEN DISK.so RECIPE [FAULTS] [SEED]
"""
import collections
import json
import os
import random
import subprocess
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from Disk.replay import CREATE, records
from harness import Program, Workspaces

# What each class of calls may answer.
KINDS = {
    "open": ["eio", "enospc", "kill"], "write": ["eio", "enospc", "edquot", "short", "kill"],
    "sync": ["eio", "enospc", "kill"], "truncate": ["eio", "kill"], "rename": ["eio", "enospc", "kill"],
    "unlink": ["eio", "kill"], "mkdir": ["eio", "enospc", "kill"], "read": ["eio", "short"],
    "lock": ["enolck"],
}


def calls(program, folder, arguments, log, environment):
    """How many calls of each class a command makes."""
    done = program.run(folder, *arguments, disk={"log": log}, **environment)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)}: {done.returncode}\n{done.stderr}")
    counts = collections.Counter(
        call[0] for call in records(log) if call[0] != "open" or call[2] & CREATE)
    os.remove(log)
    return {name: counts[name] for name in KINDS if counts[name]}


def plans(counts, wanted, dice):
    """Faults, evenly over classes and kinds, anywhere in a command's course."""
    pairs = [(name, kind) for name in counts for kind in KINDS[name]]
    for index in range(wanted):
        name, kind = pairs[index % len(pairs)]
        # Half of them early, where folders, tables and runs are made.
        at = int(counts[name] ** dice.uniform(0, 1)) if dice.random() < 0.5 else dice.randint(1, counts[name])
        lasting = ":on" if kind not in ("kill", "short") and dice.random() < 0.4 else ""
        yield f"{name}:{max(at, 1)}:{kind}{lasting}"


def judge(folder, plan, done, log):
    """How a process ended that met a fault; anything but a clear end is an error."""
    met = [call[4][0] for call in records(log) if call[0] == "fault"]
    if not met:
        return "not reached"
    if done.returncode == -9 and ":kill" in plan:
        return "killed"
    if done.returncode == 0:
        return "none the worse"
    told = done.stderr.strip()
    # The path of what failed, or of the database, whichever of its files it was.
    if done.returncode in (1, 5, 6) and folder in told and ": error: " in f": {told}":
        return f"status {done.returncode}"
    raise SystemExit(f"{folder}: {plan} on {met[0]}: status {done.returncode}\n{told}")


def one_fault(program, recipe, folder, plan, second, expected, environment):
    log = f"{folder}.log"
    arguments = ["run", recipe, "-q"]
    if second:
        # The fault meets the process that goes on.
        killed = program.run(folder, *arguments, REGIMEN_FAULT=second, **environment)
        if killed.returncode != 137:
            raise SystemExit(f"{folder}: {second}: {killed.returncode}\n{killed.stderr}")
        arguments = ["resume", "-q"]
    done = program.run(folder, *arguments, disk={"log": log, "fail": plan}, **environment)
    how = judge(folder, plan, done, log)
    if done.returncode == 0:
        runs = program.runs(folder)
        if not runs or runs[0]["status"] != "succeeded":
            raise SystemExit(f"{folder}: {plan}: status 0, and the run is {runs}")
    program.finish(folder, recipe)
    program.require_same(folder, expected, plan)
    program.require_sound(folder, plan)
    os.remove(log)
    return how


def jumping_clock(program, recipe, spaces, dice, expected):
    """A run whose wall clock jumps to and fro, killed and resumed."""
    folder, clock = spaces.new("clock"), {"clock": str(dice.randrange(1 << 30))}
    killed = program.run(folder, "run", recipe, "-q", disk=clock, REGIMEN_FAULT="after-checkpoint:3",
                         REGIMEN_CHECKPOINT_SECONDS="0")
    resumed = program.run(folder, "resume", "-q", disk=clock)
    if (killed.returncode, resumed.returncode) != (137, 0):
        raise SystemExit(f"{folder}: {killed.returncode}, {resumed.returncode}\n{resumed.stderr}")
    program.require_same(folder, expected, "a clock that jumps")
    program.require_sound(folder, "a clock that jumps")
    spaces.remove(folder)


def full_disk(program, recipe, folder, expected):
    """A small file system on `folder`: too full to start a run; filled up in the middle of one."""
    ballast = os.path.join(folder, "ballast")

    def fill():
        with open(ballast, "wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass

    def require_full(done, what):
        place = f" -C {folder}"
        room = f"make room (`regimen gc{place}`, `regimen rm{place} RUN`), then `regimen resume{place}`"
        if done.returncode != 6 or room not in done.stderr:
            raise SystemExit(f"{folder}: {what}: status {done.returncode}\n{done.stderr}")

    fill()
    require_full(program.run(folder, "run", recipe, "-q"), "a disk that is full at the start")
    os.remove(ballast)
    process = program.start(folder, ["run", recipe, "--json"], REGIMEN_CHECKPOINT_SECONDS="0")
    for line in process.stdout:
        if json.loads(line).get("event") == "checkpoint":
            fill()
            break
    output, error = process.communicate()
    require_full(subprocess.CompletedProcess([], process.returncode, output, error),
                 "a disk that fills up")
    os.remove(ballast)
    program.finish(folder, recipe)
    program.require_same(folder, expected, "a disk that was full")
    program.require_sound(folder, "a disk that was full")


def small_disk(spaces, expected):
    """`full_disk` in a mount of this process's own, where the system grants one."""
    folder = spaces.new("small")
    with open(f"{folder}.json", "w") as file:
        json.dump(expected, file)
    mount = f"mount -t tmpfs -o size=40m none {folder} 2>/dev/null || exit 77; exec \"$@\""
    command = ["sh", "-c", mount, "sh", sys.executable, *sys.argv[:4], "--on", folder]
    for unshare in (["unshare", "-m"], ["unshare", "-rm"]):
        try:
            status = subprocess.run(unshare + command).returncode
        except FileNotFoundError:
            break
        if status == 0:
            return "a full disk of 40 MB: 0 differences"
        if status == 78:
            raise SystemExit(1)
    return "a full disk: skipped, since this system grants no mount"


def in_mount(program, recipe, folder):
    """`full_disk`, with a status apart from those of `unshare` and `mount`."""
    with open(f"{folder}.json") as file:
        expected = json.load(file)
    try:
        full_disk(program, recipe, folder, expected)
    except SystemExit as problem:
        print(problem, file=sys.stderr)
        sys.exit(78)


def main():
    program, recipe = Program(sys.argv[1], sys.argv[2]), os.path.abspath(sys.argv[3])
    if sys.argv[4:5] == ["--on"]:
        return in_mount(program, recipe, sys.argv[5])
    wanted = int(sys.argv[4]) if len(sys.argv) > 4 else 400
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else random.randrange(1 << 30)
    dice, start = random.Random(seed), time.time()
    environment = {"REGIMEN_CHECKPOINT_SECONDS": "0"}
    spaces = Workspaces("faults", in_memory=True)
    unbroken = spaces.new("unbroken")
    counts = calls(program, unbroken, ["run", recipe, "-q"], f"{unbroken}.log", environment)
    expected = program.result(unbroken)
    print(f"seed {seed}; calls of a run: {counts}", flush=True)
    ends = collections.Counter()
    for number, plan in enumerate(plans(counts, wanted, dice)):
        second = f"after-checkpoint:{dice.randint(1, 40)}" if number % 3 == 2 else None
        folder = spaces.new(number)
        how = one_fault(program, recipe, folder, plan, second, expected, environment)
        ends[how] += 1
        spaces.remove(folder)
        if (number + 1) % 50 == 0:
            print(f"{number + 1} faults, 0 differences, {time.time() - start:.0f} s", flush=True)
    print(f"{wanted} faults, 0 differences, {time.time() - start:.0f} s: "
          + ", ".join(f"{count} {how}" for how, count in sorted(ends.items())))
    jumping_clock(program, recipe, spaces, dice, expected)
    print(f"a clock that jumps: 0 differences; {small_disk(spaces, expected)}")
    spaces.remove()


if __name__ == "__main__":
    main()
