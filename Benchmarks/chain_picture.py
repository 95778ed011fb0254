#!/usr/bin/env python3
"""Draws a run of the R1 chain as SVG: held-out accuracy of each named checkpoint, and the accuracy of samples
in the RL stages.

usage: chain_picture.py REGIMEN FOLDER RUN OUT.svg    (FOLDER holds runs/)
Takes what `regimen metrics` prints; needs nothing but Python.
"""

import sys

from svg import COLOURS, INK, Drawing
from workspace import Run, Workspace

program, folder, run, out = sys.argv[1:5]
metrics = Run(Workspace(program, folder), run).series

labels = [("eval_base", "base"), ("eval_zero", "Zero"), ("eval_cold_start", "cold start"), ("eval_rl", "RL"),
          ("eval_second_sft", "2nd SFT"), ("evaluate", "final RL"), ("eval_distilled", "distilled")]
bars = []
for stage, label in labels:
    # With several sets the problems' are under the name of theirs.
    for name in ("heldout/pass@1", "pass@1"):
        if (stage, name) in metrics:
            bars.append((label, *(metrics[(stage, name + part)][-1][1] for part in ("", "/low", "/high"))))
            break
ACCURACY = "rewards/accuracy/mean"


def smooth(points):
    """Means of five steps in a row: a step has few prompts."""
    values = [value for _, value in points]
    return [(step, sum(values[max(0, i - 2):i + 3]) / len(values[max(0, i - 2):i + 3]))
            for i, (step, _) in enumerate(points)]


curves = [(stage, smooth(metrics[(stage, ACCURACY)])) for stage in ("reasoning_rl", "final_rl", "r1", "zero")
          if (stage, ACCURACY) in metrics]

W, H, TOP, BOTTOM = 860, 320, 48, 56
BLUE = COLOURS[0]
drawing = Drawing(W, H)


def axis(left, right, low, high, step, unit):
    """Horizontal rules; returns the height of a value."""
    def place(value):
        return H - BOTTOM - (value - low) / (high - low) * (H - TOP - BOTTOM)
    value = low
    while value <= high + 1e-9:
        drawing.rule(left, place(value), right, place(value))
        drawing.text(left - 6, place(value) + 4, f"{value * (100 if unit else 1):g}{unit}", "end")
        value += step
    return place


left, right = 60, 420
drawing.text((left + right) / 2, 24, "Held-out accuracy (pass@1, 95 % interval)", size=14)
height = axis(left, right, 0, 1, 0.2, " %")
pitch = (right - left) / max(len(bars), 1)
for index, (name, value, low, high) in enumerate(bars):
    x = left + pitch * (index + 0.5)
    drawing.bar(x - pitch * 0.28, height(value), pitch * 0.56, height(0) - height(value), BLUE)
    drawing.rule(x, height(low), x, height(high), INK, 1.5)
    drawing.text(x, height(high) - 6, f"{value * 100:.0f} %")
    drawing.text(x, H - BOTTOM + 18, name)

left, right = 500, 840
drawing.text((left + right) / 2, 24, "Accuracy of samples, mean of five updates", size=14)
values = [v for _, points in curves for _, v in points] or [0, 1]
height = axis(left, right, 0, min(1, 0.2 * (int(max(values) / 0.2) + 1)), 0.2, " %")
steps = max((s for _, points in curves for s, _ in points), default=1)
for index, ((stage, points), colour) in enumerate(zip(curves, COLOURS)):
    drawing.line([(left + s / steps * (right - left), height(v)) for s, v in points], colour)
    drawing.text(left + 110 * index, H - 12, stage, "start", colour=colour)
drawing.text((left + right) / 2, H - BOTTOM + 18, f"update (0 to {steps})")
drawing.text(240, H - 12, f"regimen run recipes/{run}.yaml", size=11)
drawing.save(out)
