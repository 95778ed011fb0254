#!/usr/bin/env python3
"""Draws a run of the R1 chain as SVG: accuracy of each named checkpoint, and the reward of the RL stages.

usage: chain_picture.py REGIMEN FOLDER RUN OUT.svg    (FOLDER holds runs/)
Takes what `regimen metrics` prints; needs nothing but Python.
"""

import json
import subprocess
import sys

program, folder, run, out = sys.argv[1:5]
text = subprocess.run(
    [program, "metrics", run, "--json", "-C", folder], check=True, capture_output=True, text=True
).stdout
metrics = {}
for line in text.splitlines():
    row = json.loads(line)
    if row["value"] is not None:
        metrics.setdefault((row["stage"], row["name"]), []).append((row["step"], row["value"]))

labels = [("eval_base", "base"), ("eval_cold_start", "cold start"), ("eval_rl", "RL"),
          ("eval_second_sft", "second SFT"), ("evaluate", "final RL")]
bars = [(label, *(metrics[(stage, name)][-1][1] for name in ("pass@1", "pass@1/low", "pass@1/high")))
        for stage, label in labels if (stage, "pass@1") in metrics]
curves = [(stage, metrics[(stage, "reward")]) for stage in ("reasoning_rl", "final_rl")
          if (stage, "reward") in metrics]

W, H, TOP, BOTTOM = 860, 320, 48, 56
INK, BLUE, ORANGE, GREY = "#222", "#0072b2", "#d55e00", "#ccc"
parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {W} {H}" font-family="sans-serif" '
         f'font-size="12" fill="{INK}">', f'<rect width="{W}" height="{H}" fill="white"/>']


def label(x, y, value, anchor="middle", size=12):
    parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{value}</text>')


def rule(x1, y1, x2, y2, colour=GREY, width=1):
    parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
                 f'stroke-width="{width}"/>')


def axis(left, right, low, high, step, unit):
    """Horizontal rules; returns the height of a value."""
    def place(value):
        return H - BOTTOM - (value - low) / (high - low) * (H - TOP - BOTTOM)
    value = low
    while value <= high + 1e-9:
        rule(left, place(value), right, place(value))
        label(left - 6, place(value) + 4, f"{value * (100 if unit else 1):g}{unit}", "end")
        value += step
    return place


left, right = 60, 420
label((left + right) / 2, 24, "Held-out accuracy (pass@1, 95 % interval)", size=14)
height = axis(left, right, 0, 1, 0.2, " %")
pitch = (right - left) / max(len(bars), 1)
for index, (name, value, low, high) in enumerate(bars):
    x = left + pitch * (index + 0.5)
    parts.append(f'<rect x="{x - pitch * 0.28:.1f}" y="{height(value):.1f}" width="{pitch * 0.56:.1f}" '
                 f'height="{height(0) - height(value):.1f}" fill="{BLUE}"/>')
    rule(x, height(low), x, height(high), INK, 1.5)
    label(x, height(high) - 6, f"{value * 100:.0f} %")
    label(x, H - BOTTOM + 18, name)

left, right = 500, 840
label((left + right) / 2, 24, "Mean reward of a step", size=14)
values = [v for _, points in curves for _, v in points] or [0, 1]
height = axis(left, right, 0, 0.2 * (int(max(values) / 0.2) + 1), 0.2, "")
steps = max((s for _, points in curves for s, _ in points), default=1)
for (stage, points), colour in zip(curves, (BLUE, ORANGE)):
    path = " ".join(f"{left + s / steps * (right - left):.1f},{height(v):.1f}" for s, v in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    label(left + 10, TOP + 4 + 16 * (colour == ORANGE), f'<tspan fill="{colour}">{stage}</tspan>', "start")
label((left + right) / 2, H - BOTTOM + 18, f"update (0 to {steps})")
label(W / 2, H - 12, f"regimen run recipes/{run}.yaml", size=11)
parts.append("</svg>")
with open(out, "w") as file:
    file.write("\n".join(parts) + "\n")
