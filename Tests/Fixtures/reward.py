"""Golden values of reward models: reward.json.

Scores and gradients of transformers' LlamaForSequenceClassification and Qwen2ForSequenceClassification
with one label, on the weights of decoder.py; losses, gradients and metrics of TRL's own
RewardTrainer.compute_loss on recorded scores; torch's binary cross-entropy; the expected calibration
error by numpy. All in float64. Needs torch 2.13, transformers 5.23 and TRL 1.16.
"""

import json
import os
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
import torch
from transformers import LlamaForSequenceClassification, Qwen2ForSequenceClassification
from trl import RewardTrainer

from decoder import MODELS, SHARED, batch, integers, rounded, weight

KINDS = {
    "llama, tied": LlamaForSequenceClassification,
    "qwen2, untied": Qwen2ForSequenceClassification,
}


def build(kind):
    _, config, sizes, tied = MODELS[kind]
    settings = config(**sizes, **SHARED, tie_word_embeddings=tied, num_labels=1)
    model = KINDS[kind](settings).double().eval()
    with torch.no_grad():
        for seed, (name, value) in enumerate(sorted(model.named_parameters())):
            value.copy_(weight(name, value.shape, seed))
    return model


def scores(model, sequences):
    return torch.stack([
        model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, 0]
        for tokens, _ in sequences])


def models():
    for kind in KINDS:
        model = build(kind)
        values = scores(model, batch(MODELS[kind][2]["vocab_size"]))
        coefficients = torch.tensor(integers(len(values), 300)) / 4096 - 0.5
        (values * coefficients.double()).sum().backward()
        named = sorted(model.named_parameters())
        chosen = [n for n, p in named if p.dim() == 1 or n == "score.weight"]
        yield {
            "model": kind, "scores": rounded(values.detach()),
            "gradientNorms": {n: rounded(p.grad.norm())[0] for n, p in named},
            "gradients": {n: rounded(dict(named)[n].grad) for n in chosen},
        }


def recorded(count, seed):
    """Multiples of 2^-9 in ±4, which are floats."""
    return torch.tensor(integers(count, seed), dtype=torch.float64) / 512 - 4


def trl(logits, margins, coefficient):
    """RewardTrainer.compute_loss with a model that gives recorded scores."""
    metrics = {"train": defaultdict(list)}
    trainer = SimpleNamespace(
        model=SimpleNamespace(training=True), _total_train_tokens=0, _tp_size=1, _metrics=metrics,
        args=SimpleNamespace(center_rewards_coefficient=coefficient),
        accelerator=SimpleNamespace(gather=lambda x: x, gather_for_metrics=lambda x: x))
    inputs = {"attention_mask": torch.ones(len(logits), 1)}
    if margins is not None:
        inputs["margin"] = margins

    def model(attention_mask, use_cache, margin=None):
        return SimpleNamespace(logits=logits[:, None])

    loss = RewardTrainer.compute_loss(trainer, model, inputs)
    names = ["min_reward", "mean_reward", "max_reward", "accuracy", "margin"]
    return loss, {name: metrics["train"][name][0] for name in names}


def pairwise():
    for seed, (count, has_margins, coefficient) in enumerate(
            [(7, False, None), (7, True, None), (5, False, 0.01), (4, True, 0.125)]):
        values = recorded(2 * count, 50 + seed)
        if seed == 0:
            values[count] = values[0]  # a tie
        values.requires_grad_()
        margins = recorded(count, 80 + seed).abs() if has_margins else None
        loss, metrics = trl(values, margins, coefficient)
        loss.backward()
        yield {
            "chosen": values[:count].tolist(), "rejected": values[count:].tolist(),
            "margins": [0.0] * count if margins is None else margins.tolist(),
            "centering": coefficient or 0.0, "loss": loss.item(),
            "gradient": values.grad.tolist(), "metrics": metrics,
        }


def pointwise():
    values = (4 * recorded(9, 60)).requires_grad_()
    labels = torch.tensor([v % 2 for v in integers(9, 61)], dtype=torch.float64)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(values, labels)
    loss.backward()
    return {
        "scores": values.tolist(), "labels": [bool(x) for x in labels], "loss": loss.item(),
        "gradient": values.grad.tolist()}


def calibration():
    """Guo et al., eq. 3, with ten bins (a, b]."""
    confidences = np.array(integers(60, 70)) / 8192 + 0.5
    confidences[:3] = [0.5, 0.75, 1.0]
    right = np.array([v % 3 != 0 for v in integers(60, 71)])
    error = 0.0
    for low in np.arange(10) / 10:
        inside = (confidences > low) & (confidences <= low + 0.1)
        if inside.any():
            gap = abs(right[inside].mean() - confidences[inside].mean())
            error += inside.mean() * gap
    return {"confidences": confidences.tolist(), "right": right.tolist(), "error": error}


def main():
    lines = ['{"models": [', ",\n".join(json.dumps(m) for m in models()), '],\n"pairwise": [']
    lines.append(",\n".join(json.dumps(c) for c in pairwise()))
    lines.append('],\n"pointwise": ' + json.dumps(pointwise()) + ",")
    lines.append('"calibration": ' + json.dumps(calibration()) + "}")
    Path(__file__).with_suffix(".json").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
