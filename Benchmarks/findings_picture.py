"""The picture of docs/findings.md: R1-Zero's course over training, and pass@1 of the checkpoints."""

import math

from svg import COLOURS, Drawing

W, H, TOP, BOTTOM = 900, 330, 44, 282


def draw(path, runs, scores):
    """`scores`: the checkpoints' names with pass@1 or None."""
    drawing = Drawing(W, H, size=11)
    for left, title, name, unit, scale in [
            (50, "Zero: accuracy in training", "rewards/accuracy/mean", " %", 100),
            (270, "Zero: length, tokens", "completions/mean_length", "", 1),
            (490, "Zero: reflection words", "reflection/words", "", 1)]:
        lines = [(f"seed {run.seed}", run.series.get(("zero", name), [])) for run in runs]
        curves(drawing, left, 165, title, [(label, line) for label, line in lines if line], unit, scale)
    bars(drawing, 710, 180, "pass@1 on held-out problems", scores)
    drawing.save(path)


def curves(drawing, left, width, title, lines, unit, scale):
    """Smoothed lines over the steps, each with its label below."""
    points = [point for _, line in lines for point in line]
    if not points:
        return
    steps = max(step for step, _ in points)
    high = round_top(max(value for _, value in points) * scale)
    drawing.text(left + width / 2, 22, title, size=13)
    for tick in range(5):
        y = BOTTOM - (BOTTOM - TOP) * tick / 4
        drawing.rule(left, y, left + width, y)
        drawing.text(left - 5, y + 4, f"{high * tick / 4:.3g}{unit}", "end")
    for tick in (0, steps // 2, steps):
        drawing.text(left + width * tick / steps, BOTTOM + 16, tick)
    for index, (label, line) in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        drawing.line([(left + width * step / steps, BOTTOM - (BOTTOM - TOP) * value * scale / high)
                      for step, value in smooth(line)], colour)
        drawing.text(left + 4 + (width - 8) * (index % 3) / 3, H - 10 - 12 * (index // 3), label, "start",
                     colour=colour)


def round_top(highest):
    """Four steps of a round number that reach the highest value."""
    power = 10 ** math.floor(math.log10((highest or 1) / 4))
    return 4 * power * next(step for step in (1, 1.5, 2, 2.5, 5, 10) if 4 * power * step >= highest * 0.98)


def smooth(line):
    """Means over a twenty-fifth of the steps to either side."""
    window = max(1, len(line) // 25)
    parts = [line[max(0, i - window):i + window + 1] for i in range(len(line))]
    return [(step, sum(value for _, value in part) / len(part)) for (step, _), part in zip(line, parts)]


def bars(drawing, left, width, title, scores):
    drawing.text(left + width / 2, 22, title, size=13)
    for index, (name, score) in enumerate(scores):
        y = TOP + (BOTTOM - TOP) * index / len(scores) + 6
        drawing.text(left, y + 10, name, "start", 10)
        if score is not None:
            length = (width - 95) * score
            drawing.bar(left + 60, y, length, 13, COLOURS[0])
            drawing.text(left + 64 + length, y + 10, f"{score * 100:.0f} %", "start", 10)
