"""Golden values of the evaluation's statistics: evaluation.json. Needs numpy and scipy."""

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy import stats


def pass_at_k(n, correct, k):
    """By its definition: the part of the subsets of k samples that holds a correct one."""
    samples = [i < correct for i in range(n)]
    subsets = list(itertools.combinations(samples, k))
    return float(Fraction(sum(any(s) for s in subsets), len(subsets)))


def wilson(successes, trials, confidence):
    interval = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    return {"successes": successes, "trials": trials,
            "z": stats.norm.ppf((1 + confidence) / 2), "low": interval.low, "high": interval.high}


def all_resamples(values, confidence):
    """The percentile interval over every resample there is: what a bootstrap goes to."""
    means = [np.mean(r) for r in itertools.product(values, repeat=len(values))]
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return {"values": values, "confidence": confidence, "low": low, "high": high}


def sampled(values, confidence):
    result = stats.bootstrap((np.array(values),), np.mean, n_resamples=200_000, method="percentile",
                             confidence_level=confidence, rng=np.random.default_rng(1))
    return {"values": values, "confidence": confidence,
            "low": result.confidence_interval.low, "high": result.confidence_interval.high}


def main():
    rng = np.random.default_rng(6)
    moments = [[1.0, 4.0], rng.normal(3, 2, 11).tolist(), [0.1] * 3, (1e6 + rng.random(7)).tolist()]
    golden = {
        "passAtK": [
            {"n": n, "correct": c, "k": k, "value": pass_at_k(n, c, k)}
            for n in [1, 4, 9] for c in range(n + 1) for k in range(1, n + 1)
        ] + [{"n": 200, "correct": c, "k": 100, "value": 1 - float(Fraction(
            math.comb(200 - c, 100), math.comb(200, 100)))} for c in [0, 1, 3, 40, 150]],
        "wilson": [wilson(s, n, c) for s, n, c in [
            (0, 10, 0.95), (10, 10, 0.95), (3, 10, 0.95), (1, 1, 0.95), (417, 1319, 0.95),
            (7, 200, 0.99), (0, 1319, 0.9)]],
        "quantiles": [
            {"values": values, "q": q, "value": float(np.quantile(values, q))}
            for values in [[2.5], sorted(rng.normal(size=8).tolist())]
            for q in [0.0, 0.025, 0.3, 0.5, 0.975, 1.0]],
        "moments": [
            {"values": v, "mean": np.mean(v), "std": np.std(v, ddof=1), "error": stats.sem(v)}
            for v in moments],
        "bootstrap": [
            all_resamples([0.0, 0.5, 1.0, 0.25], 0.8),
            all_resamples([1.0, 3.0, 7.0, 15.0, 31.0], 0.9),
            sampled((rng.integers(0, 9, 60) / 8).tolist(), 0.95)],
    }
    lines = []
    for name, rows in golden.items():
        body = ",\n".join(json.dumps(row) for row in rows)
        lines.append(f"{json.dumps(name)}: [\n{body}]")
    target = Path(__file__).with_name("evaluation.json")
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{target.name}: {', '.join(f'{len(v)} {k}' for k, v in golden.items())}")


if __name__ == "__main__":
    main()
