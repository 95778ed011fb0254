#!/usr/bin/env python3
"""Makes Tests/Fixtures/old_workspace/ with an earlier program: a workspace that today's must still read.

    Tests/old_workspace.py OLD_REGIMEN COMMIT

OLD_REGIMEN is the program built from COMMIT. `workspace.tar.xz` holds two finished runs of old.yaml that
differ in one learning rate, and three runs that were killed: in supervised training, in reinforcement
learning, and in a stage that COMMIT's program computed otherwise. `digests.json` says which program made
it, on what kind of machine, and which outputs that program itself reached when it went on with them.
Tests/golden.py lets today's program go on and compares.
"""
import json
import os
import pathlib
import shutil
import sys
import tarfile
import tempfile

from harness import Program

FIXTURE = pathlib.Path(__file__).resolve().parent / "Fixtures/old_workspace"
# The rows name the folder in which the runs were made; it is gone when they are read.
FOLDER = pathlib.Path(tempfile.gettempdir()) / "regimen-old-workspace"
KILLED = {
    "killed_sft": (8, 3, ["--until", "evaluate"]),
    "killed_rl": (9, 11, ["--until", "evaluate"]),
    "changed": (10, 15, []),
}
RESUMED = ["killed_sft", "killed_rl"]


def outputs(program, folder, run):
    stages = json.loads(program.ask(folder, "show", run, "--json"))["stages"]
    return {stage["stage"]: stage["outputs"] for stage in stages}


def main():
    program, commit = Program(sys.argv[1]), sys.argv[2]
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    os.chdir(FOLDER)
    recipe = shutil.copy(FIXTURE / "old.yaml", FOLDER)
    program.ask(FOLDER, "run", recipe, "-q")
    program.ask(FOLDER, "run", recipe, "-q", "--variant", "fast")
    for name, (seed, checkpoint, more) in KILLED.items():
        done = program.run(FOLDER, "run", recipe, "-q", "--name", name, "-S", f"seed={seed}", *more,
                           REGIMEN_CHECKPOINT_SECONDS="0",
                           REGIMEN_FAULT=f"after-checkpoint:{checkpoint}")
        if done.returncode != 137 and done.returncode != -9:
            sys.exit(f"{name} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    print(program.ask(FOLDER, "ls"))
    for name in KILLED:
        print(program.ask(FOLDER, "status", name))
    with tarfile.open(FIXTURE / "workspace.tar.xz", "w:xz", preset=9) as archive:
        archive.add(FOLDER / "runs", "runs")
    environment = json.loads(program.ask(FOLDER, "show", "old", "--lock"))["environment"]
    for name in RESUMED:
        program.ask(FOLDER, "resume", name, "-q")
    (FIXTURE / "digests.json").write_text(json.dumps(
        {"commit": commit, "environment": environment,
         "outputs": {name: outputs(program, FOLDER, name) for name in ["old", "old-fast", *RESUMED]}},
        indent=1, sort_keys=True) + "\n")
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main()
