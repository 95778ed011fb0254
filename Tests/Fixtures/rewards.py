"""Golden values of rewards that depend on length and tokens: rewards.json.

The repetition penalty and the soft overlong punishment come from TRL's own functions; the cosine and
the length reward from open-r1's formulas (get_cosine_scaled_reward and len_reward of
huggingface/open-r1, src/open_r1/rewards.py), written out below, with lengths in tokens.
Needs trl 1.16.
"""

import json
import math
import random
from pathlib import Path

from trl.rewards import get_repetition_penalty_reward, get_soft_overlong_punishment


def cosine(length, correct, wrong0=-1.0, wrong1=-0.5, right0=0.5, right1=1.0, max_len=1000):
    progress = min(length / max_len, 1)
    low, high = (right0, right1) if correct else (wrong1, wrong0)
    return low + 0.5 * (high - low) * (1.0 + math.cos(progress * math.pi))


def length_rewards(lengths, correct):
    low, high = min(lengths), max(lengths)
    if low == high:
        return [0.0] * len(lengths)
    values = [0.5 - (n - low) / (high - low) for n in lengths]
    return [v if c else min(0, v) for v, c in zip(values, correct)]


def main():
    draw = random.Random(3)
    tokens = [[draw.randrange(size) for _ in range(n)]
              for size in [2, 5, 50] for n in [0, 1, 2, 3, 10, 80]]
    golden = {
        "repetition": [
            {"tokens": t, "size": n, "maxPenalty": p,
             "score": get_repetition_penalty_reward(n, p)([t])[0]}
            for t in tokens for n, p in [(1, -1.0), (3, -1.0), (4, -0.25)]
        ],
        "overlong": [
            {"length": n, "longest": 100, "cache": c,
             "score": get_soft_overlong_punishment(100, c)([[1] * n])[0]}
            for c in [20, 50, 100] for n in [0, 1, 49, 50, 51, 80, 81, 99, 100, 101, 500]
        ],
        "cosine": [
            {"length": n, "correct": c, "score": cosine(n, c)}
            for n in [0, 1, 250, 500, 999, 1000, 5000] for c in [True, False]
        ],
        "length": [
            {"lengths": l, "correct": c, "scores": length_rewards(l, c)}
            for l, c in [([5, 9, 7, 5], [1, 1, 0, 0]), ([3, 3, 3], [1, 0, 1]),
                         ([1, 1000], [0, 1]), ([8], [1])]
        ],
    }
    target = Path(__file__).with_name("rewards.json")
    body = ",\n".join(
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]"
        for name, rows in golden.items())
    target.write_text("{\n" + body + "\n}\n")
    print(target.name, {name: len(rows) for name, rows in golden.items()})


if __name__ == "__main__":
    main()
