"""Golden values of distillation: distill.json.

TRL's own GKDTrainer.generalized_jsd_loss on recorded logits, with its gradient by the student's, for
betas at and between the ends and for two temperatures, in float64. Needs torch 2.13 and TRL 1.16.
"""

import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from trl.experimental.gkd import GKDTrainer

from decoder import integers, rounded

ROWS, VOCABULARY = 4, 37


def logits(seed):
    """Multiples of 2^-9 in ±4, which are floats; the last row is far from uniform."""
    draw = torch.tensor(integers(ROWS * VOCABULARY, seed), dtype=torch.float64) / 512 - 4
    draw = draw.reshape(ROWS, VOCABULARY)
    draw[-1] *= 8
    return draw


def cases():
    for beta in [0.0, 0.125, 0.5, 0.875, 1.0]:
        for temperature in [1.0, 0.75]:
            student, teacher = logits(1).requires_grad_(), logits(2)
            values = [
                GKDTrainer.generalized_jsd_loss(
                    student[None, i:i + 1], teacher[None, i:i + 1], beta=beta,
                    temperature=temperature, reduction="sum")
                for i in range(ROWS)]
            torch.stack(values).sum().backward()
            yield {
                "beta": beta, "temperature": temperature,
                "values": rounded(torch.stack(values).detach()), "gradient": rounded(student.grad)}


def main():
    lines = ['{"student": ' + json.dumps(logits(1).flatten().tolist()) + ","]
    lines += ['"teacher": ' + json.dumps(logits(2).flatten().tolist()) + ",", '"cases": [']
    lines += [",\n".join(json.dumps(c) for c in cases()), "]}"]
    Path(__file__).with_suffix(".json").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
