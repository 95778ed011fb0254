#!/usr/bin/env python3
"""Draws what bench.py measured: how many times the peer's speed each row has, beside the bar.

Use: Benchmarks/speed_picture.py results.json docs/speed.svg"""
import json
import sys

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 250, 60, 34, 46
INK, QUIET, BAR, MARK = "#222", "#777", "#3b6ea8", "#c0392b"


def text(x, y, words, anchor="start", color=INK, size=13):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{color}" '
            f'text-anchor="{anchor}">{words}</text>')


def main():
    with open(sys.argv[1]) as file:
        rows = json.load(file)
    most = max(max(row["ratio"], row["bar"] or 0) for row in rows) * 1.1
    scale = (WIDTH - LEFT - RIGHT) / most
    height = TOP + ROW * len(rows) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        text(12, 22, "Speed beside other programs on the same machine (times theirs)", size=15),
    ]
    one = LEFT + scale
    for index, row in enumerate(rows):
        y = TOP + ROW * index
        parts.append(text(LEFT - 10, y + 14, row["name"], "end"))
        parts.append(text(LEFT - 10, y + 27, row["peer"], "end", QUIET, 10))
        width = row["ratio"] * scale
        parts.append(f'<rect x="{LEFT}" y="{y + 4}" width="{width:.1f}" height="18" fill="{BAR}"/>')
        bar = (row["bar"] or 0) * scale
        # Beyond the bar's mark, where that would stand in the figure.
        end = bar if width < bar < width + 36 else width
        parts.append(text(LEFT + end + 6, y + 18, f'{row["ratio"]:.2f}'))
        if row["bar"]:
            x = LEFT + bar
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + 26}" '
                         f'stroke="{MARK}" stroke-width="2"/>')
    parts.append(f'<line x1="{one:.1f}" x2="{one:.1f}" y1="{TOP - 6}" y2="{height - 26}" '
                 f'stroke="{QUIET}" stroke-dasharray="3 3"/>')
    parts.append(text(12, height - 10, f'{rows[0]["cpu"]}; red: the bar to reach; dashed: as fast',
                      color=QUIET, size=11))
    parts.append("</svg>")
    with open(sys.argv[2], "w") as file:
        file.write("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
