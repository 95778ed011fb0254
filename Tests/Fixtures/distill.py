"""Golden values of distillation: distill.json.

TRL's own GKDTrainer.generalized_jsd_loss on recorded logits, with its gradient by the student's, for
betas at and between the ends and for two temperatures, in float64; and the loss of the trainer itself
(GKDTrainer.compute_loss) when its `temperature` is 0.9. Needs torch 2.13 and TRL 1.16.
"""

import json
import os
from pathlib import Path
from types import SimpleNamespace

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


class Recorded(torch.nn.Module):
    """A model that gives recorded logits: those of every token but the last, and one row more."""

    def __init__(self, rows):
        super().__init__()
        self.rows = torch.cat([rows, rows[:1]])[None]

    def forward(self, input_ids, attention_mask):
        return SimpleNamespace(logits=self.rows)


def trainer_losses():
    """What a trainer with temperature 0.9 takes for its loss, all tokens but the first being learnt."""
    tokens = torch.arange(ROWS + 1)[None]
    inputs = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens), "labels": tokens}
    for beta in [0.0, 0.5, 1.0]:
        trainer = SimpleNamespace(
            teacher_model=Recorded(logits(2)), beta=beta, temperature=0.9,
            generalized_jsd_loss=GKDTrainer.generalized_jsd_loss)
        loss = GKDTrainer.compute_loss(trainer, Recorded(logits(1)), inputs)
        yield {"beta": beta, "loss": float(f"{loss.item():.12g}")}


def main():
    lines = ['{"student": ' + json.dumps(logits(1).flatten().tolist()) + ","]
    lines += ['"teacher": ' + json.dumps(logits(2).flatten().tolist()) + ",", '"cases": [']
    lines += [",\n".join(json.dumps(c) for c in cases()), "],", '"trainer": ' + json.dumps(list(trainer_losses())) + "}"]
    Path(__file__).with_suffix(".json").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
