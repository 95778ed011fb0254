#!/usr/bin/env python3
"""Writes docs/findings.md and its picture from the runs of recipes/r1.yaml in a workspace.

usage: findings.py REGIMEN FOLDER OUT.md OUT.svg    (FOLDER holds runs/)

Takes the newest finished run of each variant and seed, as `regimen ls` and `regimen metrics` print
them; needs nothing but Python. Prints means over seeds with 95 % t-intervals over seeds; differences are
taken within seeds.
"""

import math
import sys

from findings_picture import draw
from workspace import Run, Workspace

T975 = [0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]

program, folder, page, picture = sys.argv[1:5]
workspace = Workspace(program, folder)
variants = {}
for row in workspace.rows("ls"):  # the newest first
    if row["recipe"] == "r1" and row["status"] == "succeeded":
        variants.setdefault(row["variant"] or "base", {}).setdefault(row["seed"], row["run"])
runs = {name: [Run(workspace, found[seed], seed) for seed in sorted(found)] for name, found in variants.items()}
base = runs.get("base") or sys.exit("no finished run of recipes/r1.yaml in " + folder)


def estimate(values):
    """Mean and half the width of its 95 % interval over seeds."""
    values = [value for value in values if value is not None]
    if not values:
        return None
    mean = sum(values) / len(values)
    if len(values) < 2:
        return mean, None
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return mean, T975[len(values) - 1] * spread / math.sqrt(len(values))


def text(pair, scale=1.0, digits=1):
    if pair is None:
        return ""
    mean, half = pair
    number = f"{mean * scale:.{digits}f}"
    return number if half is None else f"{number} ± {half * scale:.{digits}f}"


def cell(of, stage, name, scale=1.0, digits=1):
    return text(estimate([run.last(stage, name) for run in of]), scale, digits)


def within(first, second, name):
    """The second stage's figure minus the first's, within each seed."""
    pairs = [(run.last(first, name), run.last(second, name)) for run in base]
    return estimate([b - a for a, b in pairs if None not in (a, b)])


def across(variant, stage, name):
    """A variant's figure minus that of the recipe as written, within each seed."""
    other = {run.seed: run.last(stage, name) for run in runs.get(variant, [])}
    pairs = [(run.last(stage, name), other.get(run.seed)) for run in base]
    return estimate([b - a for a, b in pairs if None not in (a, b)])


def signed(pair, scale=100.0, digits=1):
    """A difference with its bounds."""
    mean, half = pair
    bounds = "" if half is None else f" ± {half * scale:.{digits}f}"
    return f"{mean * scale:+.{digits}f}{bounds}"


def difference(pair, scale=100.0, digits=1):
    """A difference, and whether it is more than noise."""
    if pair is None:
        return "not measured"
    mean, half = pair
    verdict = "one seed" if half is None else "resolved" if abs(mean) > half else "not resolved"
    return f"{signed(pair, scale, digits)} ({verdict})"


def verdicts():
    """What the paper found, and whether it appears here."""
    words = [run.tenths("zero", "reflection/words") for run in base]
    first, highest, last = (text(estimate([pick(tenths) for tenths in words]), 1, 2)
                            for pick in (lambda t: t[0], max, lambda t: t[-1]))
    reflection = estimate([tenths[-1] - tenths[0] for tenths in words])
    math = "math.data/pass@1"
    claims = [
        ("RL alone lifts pass@1 (Zero against base)", within("eval_base", "eval_zero", math), 1, 100),
        ("Zero writes longer", within("eval_base", "eval_zero", "math.data/completions/mean_length"), 1, 1),
        (f"reflection words per response grow in Zero ({first} to {last}; {highest} at the highest)", reflection, 1, 1),
        ("Zero mixes languages (consistency, against base)",
         within("eval_base", "eval_zero", "math.data/language_consistency"), -1, 100),
        ("majority of 16 is above one sample (Zero)",
         estimate([run.last("eval_zero", "math.data/maj@16") - run.last("eval_zero", math) for run in base]), 1, 100),
        ("the cold start corrects the language (Dev1 against Zero)",
         within("eval_zero", "eval_dev1", "math.data/language_consistency"), 1, 100),
        ("the cold start costs accuracy (Dev1 against Zero)", within("eval_zero", "eval_dev1", math), -1, 100),
        ("RL wins it back (Dev2 against Dev1)", within("eval_dev1", "eval_dev2", math), 1, 100),
        ("without the language reward fewer words of the thoughts are in the problem's language (the variant's Dev2)",
         across("no_language_reward", "eval_dev2", "math.data/language_consistency"), -1, 100),
        ("without the language reward accuracy is higher (the variant's Dev2)",
         across("no_language_reward", "eval_dev2", math), 1, 100),
        ("the second SFT brings help (Dev3 against Dev2)", within("eval_dev2", "eval_dev3", "helpful/pass@1"), 1, 100),
        ("Dev3 reasons better than Dev2", within("eval_dev2", "eval_dev3", math), 1, 100),
        ("RL over all scenarios brings more help (R1 against Dev3)",
         within("eval_dev3", "eval_r1", "helpful/pass@1"), 1, 100),
        ("R1 refuses what it should more often than Dev3", within("eval_dev3", "eval_r1", "harmless/pass@1"), 1, 100),
        ("R1 reasons better than Dev3", within("eval_dev3", "eval_r1", math), 1, 100),
        ("R1 reasons better than Zero", within("eval_zero", "eval_r1", math), 1, 100),
        ("the reward model's score is higher when it is used from the start and for longer",
         across("long_reward_model", "eval_r1", "helpful/rewards/helpful_rm/mean"), 1, 1),
        ("... and fewer replies are right: reward hacking",
         across("long_reward_model", "eval_r1", "helpful/pass@1"), -1, 100),
        ("distillation beats RL on the student", within("eval_student_rl", "eval_distilled", math), 1, 100),
    ]
    rows = []
    for claim, pair, sign, scale in claims:
        if pair is None:
            rows.append([claim, "", "not measured"])
            continue
        mean, half = pair
        shows = "one seed" if half is None else "not resolved" if abs(mean) <= half else \
            "yes" if mean * sign > 0 else "no, the opposite"
        rows.append([claim, signed(pair, scale, 1 if scale == 100 or abs(mean) > 1 else 2), shows])
    return table(["what the paper found", "difference here", "appears here"], rows)


def table(titles, rows):
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


MODELS = [("eval_base", "base"), ("eval_zero", "R1-Zero"), ("eval_dev1", "Dev1"), ("eval_dev2", "Dev2"),
          ("eval_dev3", "Dev3"), ("eval_r1", "R1"), ("eval_student", "student, pretrained"),
          ("eval_distilled", "student, distilled"), ("eval_student_rl", "student, RL")]
# AIME 2024 pass@1, Guo et al., Nature 645 (2025), Table 2; V3-Base and the Qwen students: arXiv 2501.12948.
PAPER = {"base": "15.6", "R1-Zero": "77.9", "Dev1": "59.0", "Dev2": "74.0", "Dev3": "78.1", "R1": "79.8",
         "student, distilled": "72.6", "student, RL": "47.0"}


def models():
    rows = []
    for stage, name in MODELS:
        rows.append([
            name, cell(base, stage, "math.data/pass@1", 100), cell(base, stage, "math.data/maj@16", 100),
            cell(base, stage, "math.data/format_rate", 100),
            cell(base, stage, "math.data/language_consistency", 100),
            cell(base, stage, "math.data/completions/mean_length"),
            cell(base, stage, "helpful/pass@1", 100), cell(base, stage, "harmless/pass@1", 100),
            PAPER.get(name, "")])
    return table(["model", "pass@1", "maj@16", "format", "language", "length", "helpful", "harmless",
                  "paper: AIME pass@1"], rows)


def course(stage):
    """How the monitors of an RL stage move from its first to its last tenth."""
    names = [("rewards/accuracy/mean", "accuracy", 100), ("rewards/format/mean", "format", 100),
             ("completions/mean_length", "length, tokens", 1), ("reflection/words", "reflection words", 1),
             ("reflection/check", "\"check\"", 1), ("reflection/wait", "\"wait\"", 1),
             ("rewards/language_consistency/mean", "language consistency", 100),
             ("entropy", "entropy", 1), ("frac_reward_zero_std", "groups without spread", 100)]
    rows = []
    for name, label, scale in names:
        tenths = [values for values in (run.tenths(stage, name) for run in base) if values]
        first, highest, last = (estimate([pick(values) for values in tenths])
                                for pick in (lambda t: t[0], max, lambda t: t[-1]))
        if first is not None:
            digits = 1 if scale == 100 or label.startswith("length") else 2
            rows.append([label + (", %" if scale == 100 else ""), text(first, scale, digits),
                         text(highest, scale, digits), text(last, scale, digits)])
    return table(["", "first tenth of the steps", "highest tenth", "last tenth"], rows)


def times():
    stages = list(dict.fromkeys(stage for run in base for stage in run.seconds))
    seconds = {stage: min(run.seconds.get(stage, 0) for run in base) for stage in stages}
    rows = [[f"`{stage}`", f"{seconds[stage]:.1f}"] for stage in stages]
    return table(["stage", "seconds"], rows + [["all", f"{sum(seconds.values()):.0f}"]])


def hacking():
    """What the reward models think and what is true, before and after R1's last part."""
    rows = []
    for stage, name in MODELS[4:6]:
        rows.append([name, cell(base, stage, "helpful/rewards/helpful_rm/mean", 1, 2),
                     cell(base, stage, "helpful/pass@1", 100),
                     cell(base, stage, "harmless/rewards/safety_rm/mean", 1, 2),
                     cell(base, stage, "harmless/pass@1", 100)])
    for run_name in [name for name in runs if name.startswith("long_reward_model")]:
        of = runs[run_name]
        rows.append([f"R1, `{run_name}`", cell(of, "eval_r1", "helpful/rewards/helpful_rm/mean", 1, 2),
                     cell(of, "eval_r1", "helpful/pass@1", 100),
                     cell(of, "eval_r1", "harmless/rewards/safety_rm/mean", 1, 2),
                     cell(of, "eval_r1", "harmless/pass@1", 100)])
    return table(["model", "helpful: reward model's score", "helpful: right, %",
                  "harmless: reward model's score", "harmless: right, %"], rows)


seeds = ", ".join(str(run.seed) for run in base)
seconds = {name: (min(run.seconds.get(name, 0) for run in base), None)
           for name in ("lessons", "distilled", "student_rl")}
body = f"""# Findings

What DeepSeek-R1's paper (Guo et al., arXiv 2501.12948; Nature 645, 633) found at 671 billion weights, tested
at 0.8 million: `recipes/r1.yaml`, seeds {seeds}. Figures are means over seeds with 95 % t-intervals over
seeds. Differences are taken within seeds; a difference is *resolved* when its interval excludes 0. This page is
written by

    make findings

Training saw no held-out problem or request, in either language: the split is by a hash of the problem, not of its
wording, and rows that share ten consecutive words with held-out ones were removed from the corpus. pass@1 is the mean
of 16 samples at temperature 1. The settings of the world and the learning rates were chosen on earlier runs (seeds 17
and 1), by the rewards in training and by held-out scores of some of them. The problems here are different ones: some
400 of the thirty thousand on the test side, drawn after that and used only by these runs. The test side has only some
hundred requests, and they are the same ones. The runs of this page were made once, and nothing was changed because of
them.

![Zero's course and the named checkpoints](findings.svg)

## Does it reproduce?

{verdicts()}

Differences are in percentage points, lengths in tokens, reflection words in words per response. This page includes
every run of the present recipe.

Where a finding does not appear, the runs of 2026-11-22 suggest why:

- *Reflection.* Reflection words double in Zero's first third, while single steps still go wrong and a checked solution
  is right more often. They fade as steps become reliable, because a check then costs length and gains nothing. In this
  world a step can be learnt perfectly; in the paper's it cannot.
- *Languages.* The base already mixes them, as its corpus does, and RL without a language reward changes this in neither
  direction.
- *Dev3.* It starts from the base and sees some two thousand samples, where the paper's sees 800,000. It does not recover
  everything that Dev2 learnt in 120 updates of RL.
- *Help.* Dev3 has learnt to help from examples. In forty updates with the reward models their score rises but the share
  of right replies does not.

## The named checkpoints

{models()}

pass@1, maj@16, format, language (the share of words of the thoughts that are in the problem's language) and length are
measured on mathematics; *helpful* and *harmless* are shares of requests answered as a rule demands. The last column is
the paper's AIME 2024 (for the students: 32B distilled from R1, and by RL). Compare its direction, not its size.

## R1-Zero: reasoning by RL alone

{course("zero")}

From the base to Zero: pass@1 {difference(within("eval_base", "eval_zero", "math.data/pass@1"))} points, maj@16
{difference(within("eval_base", "eval_zero", "math.data/maj@16"))}, length
{difference(within("eval_base", "eval_zero", "math.data/completions/mean_length"), 1)} tokens, language consistency
{difference(within("eval_base", "eval_zero", "math.data/language_consistency"))} points. The paper: AIME pass@1 from
15.6 to 77.9 %, responses that grow for thousands of steps, and languages that mix.

## The cold start: Dev1 against Zero

Format {difference(within("eval_zero", "eval_dev1", "math.data/format_rate"))} points, language consistency
{difference(within("eval_zero", "eval_dev1", "math.data/language_consistency"))}, pass@1
{difference(within("eval_zero", "eval_dev1", "math.data/pass@1"))}. The paper: instructions are followed better (IF-Eval 46.6 to
71.7), AIME falls from 77.9 to 59.0 %.

## The language reward

Dev2 against Dev1: language consistency {difference(within("eval_dev1", "eval_dev2", "math.data/language_consistency"))} points,
pass@1 {difference(within("eval_dev1", "eval_dev2", "math.data/pass@1"))}. Dev2 without the language reward
(`--variant no_language_reward`) against Dev2 with it: language consistency
{difference(across("no_language_reward", "eval_dev2", "math.data/language_consistency"))} points, pass@1
{difference(across("no_language_reward", "eval_dev2", "math.data/pass@1"))}. The paper: the reward keeps the language and costs a little
accuracy.

## The second SFT and RL over all scenarios

Dev3 against Dev2: pass@1 {difference(within("eval_dev2", "eval_dev3", "math.data/pass@1"))} points, helpful
{difference(within("eval_dev2", "eval_dev3", "helpful/pass@1"))}, harmless
{difference(within("eval_dev2", "eval_dev3", "harmless/pass@1"))}. R1 against Dev3: pass@1
{difference(within("eval_dev3", "eval_r1", "math.data/pass@1"))}, helpful {difference(within("eval_dev3", "eval_r1", "helpful/pass@1"))},
harmless {difference(within("eval_dev3", "eval_r1", "harmless/pass@1"))}. The paper: AlpacaEval 55.8, 62.1, 87.6 from Dev2 over
Dev3 to R1, AIME 74.0, 78.1, 79.8.

## Reward hacking

{hacking()}

If a reward model's score rises while the share of right replies does not, that is reward hacking. The paper observes
it when the reward model is used too long, and uses the reward model only in the last 400 of 1,700 steps.

## Distillation against RL on the student

Distilled: {cell(base, "eval_distilled", "math.data/pass@1", 100)} % pass@1 after {text(seconds["distilled"])} s of SFT on R1's
samples ({text(seconds["lessons"])} s to sample them); by its own RL: {cell(base, "eval_student_rl", "math.data/pass@1", 100)} % after
{text(seconds["student_rl"])} s. Difference: {difference(within("eval_student_rl", "eval_distilled", "math.data/pass@1"))} points. The paper: 72.6
against 47.0 % on a 32B student.

## Time

{times()}

Sums of the steps' times with two threads, for the fastest of the seeds.
"""
with open(page, "w") as file:
    file.write(body)
shown = [model for model in MODELS if model[0] != "eval_student"]
scores = [(name.replace("student, ", "st. "), estimate([run.last(stage, "math.data/pass@1") for run in base]))
          for stage, name in shown]
draw(picture, base, [(name, score and score[0]) for name, score in scores])
