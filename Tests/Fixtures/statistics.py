"""Golden values of distributions and paired tests: statistics.json. Needs numpy and scipy."""

import itertools
import json
from pathlib import Path

import numpy as np
from scipy import stats


def crossed(rows):
    """Two-way clustered standard error of the mean of rows x items, one observation a cell."""
    d = np.array(rows)
    seeds, items = d.shape
    residual = d - d.mean(1, keepdims=True) - d.mean(0, keepdims=True) + d.mean()
    mse = (residual**2).sum() / ((seeds - 1) * max(1, items - 1))
    a = stats.sem(d.mean(1)) ** 2
    b = stats.sem(d.mean(0)) ** 2 if items > 1 else 0.0
    error = np.sqrt(max(a + b - mse / d.size, a, b))
    low, high = stats.t.interval(0.95, seeds - 1, d.mean(), error)
    return {"rows": rows, "mean": d.mean(), "error": error, "low": low, "high": high,
            "p": 2 * stats.t.sf(abs(d.mean() / error), seeds - 1)}


def flips(values):
    """The exact p-value, over all patterns of signs."""
    sums = [abs(np.dot(values, signs)) for signs in itertools.product([1, -1], repeat=len(values))]
    return {"values": values, "p": float(np.mean(np.array(sums) >= abs(sum(values)) - 1e-12))}


def power(values):
    """What a paired t-test finds in four of five cases, and how many seeds would find this mean."""
    def factor(n):
        return stats.t.ppf(0.975, n - 1) + stats.t.ppf(0.8, n - 1)
    spread, mean, n = np.std(values, ddof=1), abs(np.mean(values)), len(values)
    needed = [k for k in range(2, 1000) if factor(k) * spread / np.sqrt(k) <= mean]
    return {"values": values, "detectable": factor(n) * spread / np.sqrt(n),
            "needed": needed[0] if needed else None}


def main():
    rng = np.random.default_rng(12)
    golden = {
        "twoSided": [
            {"t": t, "degrees": df, "p": 2 * stats.t.sf(abs(t), df)}
            for df in [1, 2, 3, 7.5, 30, 199, 1e4] for t in [0.0, 0.01, -0.7, 1.5, 2.776, 8.0, 40.0]],
        "critical": [
            {"confidence": c, "degrees": df, "t": stats.t.ppf((1 + c) / 2, df)}
            for df in [1, 2, 4, 29, 1000] for c in [0.5, 0.9, 0.95, 0.999]],
        "signTest": [
            {"successes": k, "trials": n, "p": stats.binomtest(k, n, 0.5).pvalue}
            for n in [0, 1, 7, 48, 400] for k in sorted({0, n // 3, n // 2, n}) if n > 0],
        "signFlip": [flips(rng.normal(0.4, 1, 11).tolist()), flips([0.5, 0.25, 0.25, 0.0, -0.25])],
        "crossed": [
            crossed(rng.integers(-1, 2, (3, 40)).astype(float).tolist()),
            crossed((rng.normal(0.1, 0.2, (4, 1)) + rng.normal(0, 0.5, (4, 25))).tolist()),
            crossed(rng.normal(1, 0.3, (5, 1)).tolist())],
        "power": [power(v) for v in (
            [-0.39, -0.25], [0.1, 0.2, 0.05], [0.01, -0.02, 0.03, 0.0], [0.5, -0.5, 0.49],
            [0.3, 0.31, 0.32, 0.29, 0.33])],
        "holm": [{
            "values": [0.04, 0.01, 0.03, 0.5, 0.011],
            # statsmodels.stats.multitest.multipletests(..., method="holm")[1]
            "corrected": [0.09, 0.05, 0.09, 0.5, 0.05]}],
    }
    path = Path(__file__).with_name("statistics.json")
    lines = []
    for name, rows in golden.items():
        body = ",\n".join(json.dumps(row) for row in rows)
        lines.append(f"{json.dumps(name)}: [\n{body}]")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{path.name}: {', '.join(f'{len(v)} {k}' for k, v in golden.items())}")


if __name__ == "__main__":
    main()
