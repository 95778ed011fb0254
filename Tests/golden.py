#!/usr/bin/env python3
"""Holds what the program says and makes against Tests/Fixtures/golden/, and an old workspace against today.

    Tests/golden.py REGIMEN [PART ...]

Parts (all by default): texts, old, tiny, and with REGIMEN_TEST_ALL=1 r1-tiny. With REGIMEN_WRITE_GOLDEN=1
the files are written anew; what then changes in git needs its reason in the commit.

- texts: what commands print that depends on no machine.
- old: Tests/Fixtures/old_workspace/ is opened, read, gone on with, reused and compared.
- tiny, r1-tiny: digests of the outputs and of the stored rows of the recipes of these names.

Bits and stage keys depend on the kind of processor, on the instructions that the program was built with and
on libraries. They are kept per such kind; on another the parts that need them are passed over with a note.
"""
import difflib
import hashlib
import json
import os
import pathlib
import re
import sqlite3
import sys
import tarfile

from harness import Program, Workspaces
from transcript import ROOT, kept_text, transcript

FIXTURES = ROOT / "Tests/Fixtures"
GOLDEN = FIXTURES / "golden"
OLD = FIXTURES / "old_workspace"
WRITE = os.environ.get("REGIMEN_WRITE_GOLDEN") == "1"
TOLD = "tiny"  # the recipe whose events are kept
TIMINGS = "step_time", "tokens_per_second", "time/"


class Golden:
    """The files, and what differed from them."""

    def __init__(self):
        self.differences = []

    def text(self, name, found):
        path = GOLDEN / name
        if WRITE:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found)
        elif not path.exists():
            self.differ(name, "there is no such file; REGIMEN_WRITE_GOLDEN=1 writes it")
        elif (expected := path.read_text()) != found:
            self.differ(name, first_differences(expected, found))

    def values(self, name, found, section=None):
        """JSON, of which each section is one kind of machine; False if this kind is not known."""
        path = GOLDEN / name
        held = json.loads(path.read_text()) if path.exists() else {}
        if WRITE:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({**held, section: found}, indent=1, sort_keys=True) + "\n")
        elif section not in held:
            return False
        else:
            self.same(name, held[section], found)
        return True

    def same(self, name, expected, found):
        if expected != found:
            texts = [json.dumps(value, indent=1, sort_keys=True) for value in (expected, found)]
            self.differ(name, first_differences(*texts))

    def differ(self, name, words):
        self.differences.append(name)
        print(f"{name} differs:\n{words}", file=sys.stderr)


def first_differences(expected, found, limit=30, width=240):
    """A difference by lines; of long ones the part from where they differ."""
    lines = list(difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found",
                                      lineterm="", n=1))
    shown = []
    for before, line in zip([""] + lines, lines):
        at = len(os.path.commonprefix([before[1:], line[1:]])) if len(line) > width else 0
        start = max(0, at - 60)
        shown.append(line if len(line) <= width else f"{line[0]}...{line[1 + start:1 + start + width]}...")
    more = [f"... {len(shown) - limit} more lines"] if len(shown) > limit else []
    return "\n".join(shown[:limit] + more)


def kind(environment):
    """What decides the bits of a result on a machine."""
    parts = [environment.get(key) or "portable"
             for key in ("build_cpu", "cpu_level", "library_version", "system")]
    return ", ".join(parts)


def commands_of(program, folder):
    """Every command with its subcommands, as words."""
    def walk(command, path):
        yield path
        for child in command.get("subcommands", []):
            yield from walk(child, [*path, child["commandName"]])
    done = json.loads(program.run(folder, "--experimental-dump-help").stdout)
    return list(walk(done["command"], []))


def without_digests(text, folder):
    return re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", kept_text(text, folder))


def texts(program, golden, folders):
    folder = folders.new("texts")
    golden.text("help.txt", transcript(
        program, folder, [[*path, "--help"] for path in commands_of(program, folder)
                          if path[:1] != ["help"]], kept_text))
    golden.text("schema.txt", transcript(program, folder, [["schema"]], kept_text))
    for topic in ["kinds", "stages", "models", "datasets", "rewards", "tasks", "architectures", "metrics",
                  "trl", "trl-defaults"]:
        golden.text(f"list/{topic}.txt", transcript(
            program, folder, [["list", topic], ["list", topic, "-v"], ["list", topic, "--json"]],
            kept_text))
    for recipe in ["tiny", "r1-tiny", "r1", "paper/deepseek-r1"]:
        plan = ["plan", ROOT / f"recipes/{recipe}.yaml"]
        more = [["--json"], ["-v"], *[["--dag", form] for form in ("text", "mermaid", "dot")]]
        golden.text(f"plan/{pathlib.Path(recipe).name}.txt", transcript(
            program, folder,
            [plan, [*plan, "--estimate"], *([[*plan, *flags] for flags in more] if recipe == "tiny" else [])],
            without_digests))


# Of the old workspace, before anything is done with it.
READING = [
    ["ls"], ["ls", "--json"], ["doctor", "--deep"],
    *[["status", run, *flags] for run in ("old", "killed_rl") for flags in ([], ["--json"])],
    ["show", "old"], ["show", "old", "--json"], ["show", "old", "--lock"], ["show", "changed"],
    ["show", "old/rl"], ["show", "killed_rl/rl"], ["show", "old/rl", "--json"], ["why", "old/rl"],
    ["diff", "old", "old-fast"], ["logs", "old"], ["logs", "killed_rl"],
    ["samples", "old"], ["samples", "old", "rl", "--json"], ["samples", "killed_rl", "--step", "2"],
    ["metrics", "old"], ["metrics", "old", "rl", "--csv"], ["metrics", "killed_rl", "--json"],
    *[["compare", "old", "--format", form] for form in ("table", "md", "csv", "json")],
    ["compare", "old", "-v", "--metric", "rl.reward"],
]


def old_workspace(folders, name):
    folder = folders.new(name)
    with tarfile.open(OLD / "workspace.tar.xz") as archive:
        archive.extractall(folder)
    return folder


def outputs(program, folder, run):
    stages = json.loads(program.ask(folder, "show", run, "--json"))["stages"]
    return {stage["stage"]: stage["outputs"] for stage in stages}


def old(program, golden, folders):
    """Rows of an earlier schema are read as before; its runs go on, are reused and compared."""
    folder = old_workspace(folders, "old")
    for name in sorted({command[0] for command in READING}):
        golden.text(f"old/{name}.txt", transcript(
            program, folder, [command for command in READING if command[0] == name], kept_text))
    made = json.loads((OLD / "digests.json").read_text())
    here = program_kind(program, folders)
    if here != kind(made["environment"]):
        print(f"old: not gone on with: made on {kind(made['environment'])}, this is {here}")
        return
    for run in ("killed_sft", "killed_rl"):
        program.ask(folder, "resume", run, "-q")
    for run, expected in made["outputs"].items():
        golden.same(f"outputs of the old workspace's run {run}", expected, outputs(program, folder, run))
    recipe = OLD / "old.yaml"
    golden.text("old/after.txt", transcript(program, folder, [
        ["resume", "changed"], ["plan", recipe], ["plan", recipe, "--why"],
        ["run", recipe, "--name", "again", "-q"], ["show", "again"], ["why", "again/distilled"],
        ["run", recipe, "--name", "more", "--seeds", "9", "-q"], ["why", "more/rl"],
        ["diff", "old", "again"], ["diff", "killed_rl", "more"],
        ["compare", "old", "again", "old-fast", "killed_rl", "more"],
        ["compare", "again", "more", "old-fast"],
        ["compare", "old", "--metric", "rl.reward", "--json"],
        ["doctor", "--deep"], ["gc"], ["rm", "killed_sft"], ["ls"], ["doctor", "--deep"],
        ["run", recipe, "--no-cache", "--name", "loud"], ["diff", "old", "loud"],
    ]))


def program_kind(program, folders):
    """Learnt from the smallest run."""
    folder = pathlib.Path(folders.new("kind"))
    (folder / "kind.yaml").write_text(
        "recipe: kind\nmodels: { base: { hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 1 } }\n"
        'datasets: { sums: { task: arithmetic, size: 4, completion_template: "{answer}" } }\n'
        "stages: { s: { kind: sft, model: $base, data: $sums, max_steps: 1, batch_size: 1 } }\n")
    program.ask(folder, "run", str(folder / "kind.yaml"), "-q")
    return kind(json.loads(program.ask(folder, "show", "@last", "--lock"))["environment"])


def rows(folder, program):
    """A digest of each stage's stored rows, and how many there are; what the clock decides is left out."""
    found = {}

    def add(stage, table, line):
        count, digest = found.setdefault(stage, {}).setdefault(table, [0, hashlib.sha256()])
        digest.update((line + "\n").encode())
        found[stage][table][0] = count + 1

    for line in program.ask(folder, "metrics", "@last", "--json").splitlines():
        metric = json.loads(line)
        if not metric["name"].startswith(TIMINGS):
            add(metric["stage"], "metrics", line)
    for line in program.ask(folder, "samples", "@last", "--json").splitlines():
        add(json.loads(line)["stage"], "samples", line)
    database = sqlite3.connect(os.path.join(folder, "runs/regimen.sqlite"))
    for stage, *values in database.execute(
            "SELECT stage.name, evaluation, item, sample, score FROM item JOIN stage ON stage.id = stage_id"
            " ORDER BY position, evaluation, item, sample"):
        add(stage, "items", json.dumps(values))
    return {stage: {table: f"{count} rows, sha256 {digest.hexdigest()}"
                    for table, (count, digest) in tables.items()} for stage, tables in found.items()}


def results(program, golden, folders, recipe):
    folder = folders.new(recipe)
    path = ROOT / f"recipes/{recipe}.yaml"
    told = transcript(program, folder, [["run", path, *(["--json"] if recipe == TOLD else ["-q"])]])
    here = kind(json.loads(program.ask(folder, "show", "@last", "--lock"))["environment"])
    found = {"outputs": outputs(program, folder, "@last"), "rows": rows(folder, program)}
    if not golden.values(f"results/{recipe}.json", found, here):
        print(f"{recipe}: not compared: no digests are kept for {here}")
        return
    # Losses are bits, too: what is told of a small run is kept beside its digests, for one kind.
    if recipe == TOLD and here == kind(json.loads((OLD / "digests.json").read_text())["environment"]):
        golden.text(f"results/{recipe}.txt", told + "\n" + transcript(
            program, folder, [["show", "@last"], ["logs"], ["plan", path], ["plan", path, "--json"]]))


def main():
    program, golden = Program(sys.argv[1]), Golden()
    slow = os.environ.get("REGIMEN_TEST_ALL") == "1"
    parts = sys.argv[2:] or ["texts", "old", "tiny", *(["r1-tiny"] if slow else [])]
    folders = Workspaces("golden", in_memory=True)
    os.chdir(folders.base)
    for part in parts:
        if part in ("texts", "old"):
            {"texts": texts, "old": old}[part](program, golden, folders)
        else:
            results(program, golden, folders, part)
    if golden.differences:
        sys.exit(f"{len(golden.differences)} differ: {', '.join(golden.differences)} (see {folders.base})")
    folders.remove()
    print("written anew" if WRITE else "all as before")


if __name__ == "__main__":
    main()
