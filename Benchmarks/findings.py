#!/usr/bin/env python3
"""Writes docs/findings.md and its picture from the runs of recipes/r1.yaml in a workspace.

usage: findings.py REGIMEN FOLDER OUT.md OUT.svg    (FOLDER holds runs/)

Takes the newest finished run of each variant and seed, as `regimen ls` and `regimen metrics` print
them; needs nothing but Python. Means over seeds stand with 95 % t-intervals over seeds, differences are
taken within seeds.
"""

import json
import math
import subprocess
import sys

program, folder, page, picture = sys.argv[1:5]
T975 = [0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]


def regimen(*arguments):
    text = subprocess.run([program, *arguments, "--json", "-C", folder], check=True,
                          capture_output=True, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


class Run:
    """The metrics of one run: (stage, name) to its values by step."""

    def __init__(self, row):
        self.seed, self.name = row["seed"], row["name"]
        self.seconds = {}
        self.series = {}
        for metric in regimen("metrics", row["run"]):
            if metric["value"] is not None:
                key = (metric["stage"], metric["name"])
                self.series.setdefault(key, []).append((metric["step"], metric["value"]))
        for (stage, name), values in self.series.items():
            if name == "step_time":
                self.seconds[stage] = sum(value for _, value in values)

    def last(self, stage, name):
        values = self.series.get((stage, name))
        return values[-1][1] if values else None

    def mean(self, stage, name, part):
        """Of the first (part > 0) or last (part < 0) share of the steps."""
        values = [value for _, value in self.series.get((stage, name), [])]
        count = max(1, int(len(values) * abs(part)))
        chosen = values[:count] if part > 0 else values[-count:]
        return sum(chosen) / len(chosen) if chosen else None

    def highest(self, stage, name):
        """The highest mean of a tenth of the steps."""
        values = [value for _, value in self.series.get((stage, name), [])]
        count = max(1, len(values) // 10)
        return max((sum(values[i:i + count]) / count for i in range(0, len(values) - count + 1, count)), default=None)


variants = {}
for row in regimen("ls"):  # the newest first
    if row["recipe"] == "r1" and row["status"] == "succeeded":
        variants.setdefault(row["variant"] or "base", {}).setdefault(row["seed"], row)
runs = {name: [Run(rows[seed]) for seed in sorted(rows)] for name, rows in variants.items()}
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


def difference(of, first, second, name, scale=100.0, digits=1):
    """Of two stages' figures within each seed; whether it is more than noise."""
    values = [run.last(second, name) - run.last(first, name) for run in of
              if run.last(first, name) is not None and run.last(second, name) is not None]
    pair = estimate(values)
    if pair is None:
        return "not measured"
    return signed(pair, scale, digits)


def signed(pair, scale=100.0, digits=1):
    mean, half = pair
    verdict = "one seed" if half is None else "resolved" if abs(mean) > half else "not resolved"
    bounds = "" if half is None else f" ± {half * scale:.{digits}f}"
    return f"{mean * scale:+.{digits}f}{bounds} ({verdict})"


def between(name_of_variant, stage, name, scale=100.0, digits=1):
    """What a variant adds to the recipe as it is, within seeds."""
    other = {run.seed: run for run in runs.get(name_of_variant, [])}
    values = [other[run.seed].last(stage, name) - run.last(stage, name) for run in base
              if run.seed in other and run.last(stage, name) is not None]
    pair = estimate(values)
    return "not measured" if pair is None else signed(pair, scale, digits)


def within(of, first, second, name):
    """Of two stages' figures within each seed."""
    return estimate([run.last(second, name) - run.last(first, name) for run in of
                     if None not in (run.last(first, name), run.last(second, name))])


def across(variant, stage, name):
    """Of the recipe as it is and a variant within each seed: what the recipe has over it."""
    other = {run.seed: run for run in runs.get(variant, [])}
    return estimate([run.last(stage, name) - other[run.seed].last(stage, name) for run in base
                     if run.seed in other])


def reversed_pair(pair):
    """What the variant has over the recipe as it is."""
    return pair and (-pair[0], pair[1])


def verdicts():
    """What the paper found, and whether it shows here."""
    zero_last = estimate([run.mean("zero", "reflection/words", -0.1) for run in base])
    zero_first = estimate([run.mean("zero", "reflection/words", 0.1) for run in base])
    zero_highest = estimate([run.highest("zero", "reflection/words") for run in base])
    reflection = estimate([run.mean("zero", "reflection/words", -0.1) - run.mean("zero", "reflection/words", 0.1)
                           for run in base])
    math = "math/pass@1"
    claims = [
        ("RL alone lifts pass@1 (Zero against base)", within(base, "eval_base", "eval_zero", math), 1, 100),
        ("Zero writes longer", within(base, "eval_base", "eval_zero", "math/completions/mean_length"), 1, 1),
        (f"reflection words a response grow in Zero ({text(zero_first, 1, 2)} to {text(zero_last, 1, 2)}; "
         f"{text(zero_highest, 1, 2)} at the highest)", reflection, 1, 1),
        ("Zero mixes languages (consistency, against base)",
         within(base, "eval_base", "eval_zero", "math/language_consistency"), -1, 100),
        ("majority of 16 is above one sample (Zero)",
         estimate([run.last("eval_zero", "math/maj@16") - run.last("eval_zero", math) for run in base]), 1, 100),
        ("the cold start mends the language (Dev1 against Zero)",
         within(base, "eval_zero", "eval_dev1", "math/language_consistency"), 1, 100),
        ("the cold start costs accuracy (Dev1 against Zero)", within(base, "eval_zero", "eval_dev1", math), -1, 100),
        ("RL wins it back (Dev2 against Dev1)", within(base, "eval_dev1", "eval_dev2", math), 1, 100),
        ("the language reward keeps the language (Dev2 against the variant)",
         across("no_language_reward", "eval_dev2", "math/language_consistency"), 1, 100),
        ("the language reward costs accuracy (Dev2 against the variant)",
         across("no_language_reward", "eval_dev2", math), -1, 100),
        ("the second SFT brings help (Dev3 against Dev2)", within(base, "eval_dev2", "eval_dev3", "helpful/pass@1"), 1, 100),
        ("Dev3 reasons better than Dev2", within(base, "eval_dev2", "eval_dev3", math), 1, 100),
        ("RL over all scenarios brings more help (R1 against Dev3)",
         within(base, "eval_dev3", "eval_r1", "helpful/pass@1"), 1, 100),
        ("R1 refuses what it should more often than Dev3", within(base, "eval_dev3", "eval_r1", "harmless/pass@1"), 1, 100),
        ("R1 reasons better than Dev3", within(base, "eval_dev3", "eval_r1", math), 1, 100),
        ("R1 reasons better than Zero", within(base, "eval_zero", "eval_r1", math), 1, 100),
        ("the reward model's score is higher when it is used from the start and for longer",
         reversed_pair(across("long_reward_model", "eval_r1", "helpful/rewards/helpful_rm/mean")), 1, 1),
        ("... and fewer replies are right: reward hacking",
         reversed_pair(across("long_reward_model", "eval_r1", "helpful/pass@1")), -1, 100),
        ("distillation beats RL on the student", within(base, "eval_student_rl", "eval_distilled", math), 1, 100),
    ]
    rows = []
    for claim, pair, sign, scale in claims:
        if pair is None:
            rows.append([claim, "", "not measured"])
            continue
        mean, half = pair
        shows = "one seed" if half is None else "not resolved" if abs(mean) <= half else \
            "yes" if mean * sign > 0 else "no, the opposite"
        digits = 1 if scale == 100 or abs(mean) > 1 else 2
        bounds = "" if half is None else f" ± {half * scale:.{digits}f}"
        rows.append([claim, f"{mean * scale:+.{digits}f}{bounds}", shows])
    return table(["what the paper found", "difference here", "shows here"], rows)


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
            name, cell(base, stage, "math/pass@1", 100), cell(base, stage, "math/maj@16", 100),
            cell(base, stage, "math/format_rate", 100),
            cell(base, stage, "math/language_consistency", 100),
            cell(base, stage, "math/completions/mean_length"),
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
        first = estimate([run.mean(stage, name, 0.1) for run in base])
        highest = estimate([run.highest(stage, name) for run in base])
        last = estimate([run.mean(stage, name, -0.1) for run in base])
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

What DeepSeek-R1's paper (Guo et al., arXiv 2501.12948; Nature 645, 633) found at 671 billion weights, looked
for at 0.8 million: `recipes/r1.yaml`, seeds {seeds}. Figures are means over seeds with 95 % t-intervals over
seeds; differences are taken within seeds, and one is *resolved* when its interval leaves out 0. This page is
made by

    make findings

No held-out problem or request is in what training saw, in either language (split by hash of the problem,
not of its wording, and what shares ten words in a row with them left the corpus). pass@1 is the mean of 16 samples at temperature 1.
The settings of the world and the learning rates were chosen on earlier runs (seeds 17 and 1), by the rewards
in training and by held-out scores of some of them; the runs of this page were made once, after that, and
nothing was changed because of them.

![Zero's course and the named checkpoints](findings.svg)

## Does it reproduce?

{verdicts()}

Differences are in points of per cent, lengths in tokens, reflection words in words a response. All
variants and seeds that were run are in this page.

What the runs of 2026-11-22 suggest where it does not:

- *Reflection.* Words of reflection double in Zero's first third, while single steps still go wrong and a
  checked solution is right more often, and fade as steps become reliable: then a check costs length and
  brings nothing. In this world a step can be learnt to perfection; in the paper's it cannot.
- *Languages.* The base mixes them already, as its corpus does, and RL without a reward for language
  neither adds to it nor takes from it.
- *Dev3.* It starts from the base and sees some two thousand samples, where the paper's sees 800,000; what
  Dev2 learnt in 120 updates of RL does not all come back.
- *Help.* Dev3 has learnt it from examples. In forty updates with the reward models their score rises and
  the share of right replies does not.

## The named checkpoints

{models()}

pass@1, maj@16, format, language (share of the words of the thoughts that are in the problem's language) and
length are of mathematics; *helpful* and *harmless* are shares of requests answered as a rule
demands. The last column is the paper's AIME 2024 (for the students: 32B distilled from R1, and by RL), to compare
directions with, not sizes.

## R1-Zero: reasoning by RL alone

{course("zero")}

From the base to Zero: pass@1 {difference(base, "eval_base", "eval_zero", "math/pass@1")} points, maj@16
{difference(base, "eval_base", "eval_zero", "math/maj@16")}, length
{difference(base, "eval_base", "eval_zero", "math/completions/mean_length", 1)} tokens, language consistency
{difference(base, "eval_base", "eval_zero", "math/language_consistency")} points. The paper: AIME pass@1 from
15.6 to 77.9 %, responses that grow for thousands of steps, and languages that mix.

## The cold start: Dev1 against Zero

Format {difference(base, "eval_zero", "eval_dev1", "math/format_rate")} points, language consistency
{difference(base, "eval_zero", "eval_dev1", "math/language_consistency")}, pass@1
{difference(base, "eval_zero", "eval_dev1", "math/pass@1")}. The paper: instructions are followed better (IF-Eval 46.6 to
71.7), AIME falls from 77.9 to 59.0 %.

## The language reward

Dev2 against Dev1: language consistency {difference(base, "eval_dev1", "eval_dev2", "math/language_consistency")} points,
pass@1 {difference(base, "eval_dev1", "eval_dev2", "math/pass@1")}. Dev2 without the language reward
(`--variant no_language_reward`) against Dev2 with it: language consistency
{between("no_language_reward", "eval_dev2", "math/language_consistency")} points, pass@1
{between("no_language_reward", "eval_dev2", "math/pass@1")}. The paper: the reward keeps the language and costs a little
accuracy.

## The second SFT and RL over all scenarios

Dev3 against Dev2: pass@1 {difference(base, "eval_dev2", "eval_dev3", "math/pass@1")} points, helpful
{difference(base, "eval_dev2", "eval_dev3", "helpful/pass@1")}, harmless
{difference(base, "eval_dev2", "eval_dev3", "harmless/pass@1")}. R1 against Dev3: pass@1
{difference(base, "eval_dev3", "eval_r1", "math/pass@1")}, helpful {difference(base, "eval_dev3", "eval_r1", "helpful/pass@1")},
harmless {difference(base, "eval_dev3", "eval_r1", "harmless/pass@1")}. The paper: AlpacaEval 55.8, 62.1, 87.6 from Dev2 over
Dev3 to R1, AIME 74.0, 78.1, 79.8.

## Reward hacking

{hacking()}

A reward model's score that rises while the share of right replies does not is reward hacking; the paper sees it
when the reward model is used too long, and uses it in the last 400 of 1,700 steps only.

## Distillation against RL on the student

Distilled: {cell(base, "eval_distilled", "math/pass@1", 100)} % pass@1 after {text(seconds["distilled"])} s of SFT on R1's
samples ({text(seconds["lessons"])} s to sample them); by RL of its own: {cell(base, "eval_student_rl", "math/pass@1", 100)} % after
{text(seconds["student_rl"])} s. Difference: {difference(base, "eval_student_rl", "eval_distilled", "math/pass@1")} points. The paper: 72.6
against 47.0 % on a 32B student.

## Time

{times()}

Seconds by the steps' own clock with two threads, the fastest of the seeds.
"""
open(page, "w").write(body)

# The picture: Zero's course over training, and pass@1 of the checkpoints.
W, H = 900, 330
INK, COLOURS, GREY = "#222", ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"], "#ccc"
parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {W} {H}" font-family="sans-serif" font-size="11" '
         f'fill="{INK}">', f'<rect width="{W}" height="{H}" fill="white"/>']


def write(x, y, value, anchor="middle", size=11, colour=INK):
    parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{value}</text>')


def panel(left, width, title, series, unit, scale=1.0):
    """Lines of (label, colour, points) over steps."""
    top, bottom, right = 44, H - 48, left + width
    points = [point for _, _, line in series for point in line]
    if not points:
        return
    steps, highest = max(step for step, _ in points), max(value for _, value in points) * scale or 1
    power = 10 ** math.floor(math.log10(highest / 4))
    high = 4 * power * next(step for step in (1, 1.5, 2, 2.5, 5, 10) if 4 * power * step >= highest * 0.98)
    write((left + right) / 2, 22, title, size=13)
    for tick in range(5):
        value, y = high * tick / 4, bottom - (bottom - top) * tick / 4
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="{GREY}"/>')
        write(left - 5, y + 4, f"{value:.3g}{unit}", "end")
    for tick in (0, steps // 2, steps):
        write(left + width * tick / steps, bottom + 16, tick)
    for index, (label, colour, line) in enumerate(series):
        window = max(1, len(line) // 25)
        smooth = [(line[i][0], sum(v for _, v in line[max(0, i - window):i + window + 1])
                   / len(line[max(0, i - window):i + window + 1])) for i in range(len(line))]
        path = " ".join(f"{left + width * s / steps:.1f},{bottom - (bottom - top) * v * scale / high:.1f}" for s, v in smooth)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        if label:
            write(left + 4 + (width - 8) * (index % 3) / 3, H - 10 - 12 * (index // 3), label, "start", colour=colour)


def courses(name, label=True):
    return [(f"seed {run.seed}" if label else "", COLOURS[i % 5], run.series.get(("zero", name), []))
            for i, run in enumerate(base)]


panel(50, 165, "Zero: accuracy in training", courses("rewards/accuracy/mean"), " %", 100)
panel(270, 165, "Zero: length, tokens", courses("completions/mean_length"), "")
panel(490, 165, "Zero: reflection words", courses("reflection/words"), "")
left, width, top, bottom = 710, 180, 44, H - 48
write(left + width / 2, 22, "pass@1 on held-out problems", size=13)
shown = MODELS[:6] + MODELS[7:]
for index, (stage, name) in enumerate(shown):
    pair = estimate([run.last(stage, "math/pass@1") for run in base])
    y = top + (bottom - top) * index / len(shown) + 6
    write(left, y + 10, name.replace("student, ", "st. "), "start", 10)
    if pair:
        length = (width - 95) * pair[0]
        parts.append(f'<rect x="{left + 60}" y="{y}" width="{length:.1f}" height="13" fill="{COLOURS[0]}"/>')
        write(left + 64 + length, y + 10, f"{pair[0] * 100:.0f} %", "start", 10)
parts.append("</svg>")
open(picture, "w").write("\n".join(parts) + "\n")
