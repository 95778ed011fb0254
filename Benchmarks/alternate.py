#!/usr/bin/env python3
"""Runs two builds of Regimen by turns and says whether the second is slower or takes more memory.

    Benchmarks/alternate.py BEFORE AFTER [--only NAME ...] [--rounds 5] [--model FOLDER] [--limit 0.02]

Rows: a training step, decoding and GRPO in f32 and bf16 (`regimen bench`), and `plan`, `ls` and `status` in a
workspace of 1,000 runs (Tests/large_workspace.py). In every round each build has one process a row, and the one
that is first changes. A rate is tokens a second, or for commands starts a second of the processor's time. The ratio is
AFTER to BEFORE of the same round, above 1 where AFTER is better: the median of all rounds, with the least and the
greatest; `best` is that of each build's best round. Memory is the greatest resident set of a process, by the
median. Status 1 if both the median and `best`, or memory, are worse by more than the limit. Nothing else should
run on the machine.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import bench

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "Tests"))
import large_workspace  # noqa: E402

WORK = {
    "train": ["--batch", "8", "--length", "256"],
    "decode": ["--batch", "32", "--length", "64", "--new-tokens", "96"],
    "grpo": ["--prompts", "4", "--generations", "8", "--new-tokens", "96", "--steps", "3"],
}
STARTS = 20  # of a command that takes milliseconds, in one measurement


def measured(command):
    """Output, seconds of the processor and greatest resident set in bytes of a process that ends well."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = process.stdout.read()
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {process.returncode}\n{error.decode()[-2000:]}")
    return output, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def benched(program, work, precision, model, options):
    """Tokens a second, and memory."""
    command = [program, "bench", work, "--json", "-q", "--model", model, "--precision", precision,
               "--threads", str(options.threads), *WORK[work]]
    if work != "grpo":
        command += ["--seconds", str(options.seconds)]
    output, _, memory = measured(command)
    return json.loads(output)["tokens_per_second"], memory


def started(program, folder, command):
    """Starts a second, and memory."""
    runs = [measured([program, "-C", folder, *command]) for _ in range(STARTS)]
    return 1 / statistics.median(run[1] for run in runs), max(run[2] for run in runs)


def small_model(program, folder):
    """A model of a million parameters, made by one update."""
    recipe = os.path.join(folder, "model.yaml")
    sizes = {key: bench.TINY[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers",
                                              "num_attention_heads")}
    pathlib.Path(recipe).write_text(
        f"recipe: model\nmodels: {{ base: {json.dumps(sizes)} }}\n"
        'datasets: { sums: { task: arithmetic, size: 8, completion_template: "{answer}" } }\n'
        "stages: { s: { kind: sft, model: $base, data: $sums, max_steps: 1 } }\n")
    measured([program, "-C", folder, "run", recipe, "-q"])
    model = os.path.join(folder, "model")
    measured([program, "-C", folder, "export", "model/s", "-o", model])
    return model


def workspaces(programs, base, options):
    """A workspace for each build, both made by the first, since one of a newer schema opens in the newer only."""
    first = os.path.join(base, "large-0")
    os.mkdir(first)
    for name, steps in {"large.yaml": 1, "other.yaml": 2}.items():
        pathlib.Path(first, name).write_text(large_workspace.recipe(steps))
    measured([programs[0], "-C", first, "run", os.path.join(first, "large.yaml"), "-q"])
    large_workspace.copy_rows(os.path.join(first, "runs/regimen.sqlite"), options.runs, options.metrics)
    return [first, shutil.copytree(first, os.path.join(base, "large-1"))]


def rows(programs, base, options):
    """Name to a measurement of build 0 or 1."""
    def wanted(name):
        return not options.only or any(name.startswith(word) for word in options.only)
    found = {}
    names = [f"{work}-{precision}" for work in WORK for precision in options.precisions]
    if any(map(wanted, names)):
        model = options.model or small_model(programs[0], base)
        for name in filter(wanted, names):
            work, precision = name.split("-")
            found[name] = lambda build, work=work, precision=precision: benched(
                programs[build], work, precision, model, options)
    commands = {"plan": ["plan", "other.yaml"], "ls": ["ls"], "status": ["status"]}
    if any(map(wanted, commands)):
        folders = workspaces(programs, base, options)
        for name in filter(wanted, commands):
            found[name] = lambda build, name=name: started(
                programs[build], folders[build],
                [os.path.join(folders[build], word) if word.endswith(".yaml") else word
                 for word in commands[name]])
    return found


def compare(measure, rounds):
    """Ratios by rounds, that of the best rounds, and the median memory of each build."""
    ratios, best, memories = [], [0.0, 0.0], ([], [])
    for turn in range(rounds):
        rates = [0.0, 0.0]
        for build in ((0, 1), (1, 0))[turn % 2]:
            rates[build], memory = measure(build)
            memories[build].append(memory)
            best[build] = max(best[build], rates[build])
        ratios.append(rates[1] / rates[0])
    return ratios, best[1] / best[0], [statistics.median(values) for values in memories]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--only", nargs="*", help="rows by the beginnings of their names")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of a training or decoding measurement")
    parser.add_argument("--precisions", nargs="*", default=["f32", "bf16"])
    parser.add_argument("--model", help="a Hugging Face folder or GGUF (default: a small one)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--metrics", type=int, default=1_000_000, help="metric rows of all runs")
    parser.add_argument("--limit", type=float, default=0.02)
    options = parser.parse_args()
    programs = [str(pathlib.Path(path).resolve()) for path in (options.before, options.after)]
    worse = []
    with tempfile.TemporaryDirectory(prefix="regimen-alternate-") as base:
        measures = rows(programs, base, options)
        print("| row | after : before, median | least | greatest | best | MB before | MB after | memory |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        for name, measure in measures.items():
            ratios, best, (before, after) = compare(measure, options.rounds)
            middle = statistics.median(ratios)
            print(f"| {name} | {middle:.3f} | {min(ratios):.3f} | {max(ratios):.3f} | {best:.3f} "
                  f"| {before / 1e6:.1f} | {after / 1e6:.1f} | {after / before:.3f} |", flush=True)
            if max(middle, best) < 1 - options.limit or after > before * (1 + options.limit):
                worse.append(name)
    if worse:
        sys.exit(f"worse by more than {options.limit:.0%}: {', '.join(worse)}")


if __name__ == "__main__":
    main()
