#!/usr/bin/env bash
# TRL 1.16.0's GKDTrainer computes its divergence from undivided logits, whatever `temperature` is;
# DistillationTrainer, which replaces it, divides by `temperature`.
#
# generalized_jsd_loss has a parameter `temperature` (1.0), and GKDConfig has one (0.9 by default), but
# GKDTrainer.compute_loss does not pass it on: GKDConfig's applies only to sampling. So two trainers of one library
# with the same `beta` and `temperature` have different losses. The script replaces the models with stand-ins that
# return recorded logits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.23.0 trl==1.16.0
HF_HUB_OFFLINE=1 TRL_EXPERIMENTAL_SILENCE=1 "$folder/venv/bin/python" - <<'PY'
import inspect
from types import SimpleNamespace

import torch
from trl import DistillationTrainer
from trl.experimental.gkd import GKDConfig, GKDTrainer

torch.manual_seed(0)
student, teacher = torch.randn(1, 5, 7), torch.randn(1, 5, 7)


class Recorded(torch.nn.Module):
    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def forward(self, input_ids, attention_mask):
        return SimpleNamespace(logits=self.logits)


tokens = torch.arange(5)[None]
inputs = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens), "labels": tokens}


def loss(temperature):
    trainer = SimpleNamespace(
        teacher_model=Recorded(teacher), beta=0.5, temperature=temperature,
        generalized_jsd_loss=GKDTrainer.generalized_jsd_loss)
    return GKDTrainer.compute_loss(trainer, Recorded(student), inputs).item()


def divergence(temperature):
    return GKDTrainer.generalized_jsd_loss(
        student[:, :-1], teacher[:, :-1], labels=tokens[:, 1:], beta=0.5, temperature=temperature).item()


print("loss at temperature 0.9, 1.0, 2.0:", loss(0.9), loss(1.0), loss(2.0))
print("divergence at 0.9, 1.0, 2.0:      ", divergence(0.9), divergence(1.0), divergence(2.0))
assert loss(0.9) == loss(1.0) == loss(2.0) == divergence(1.0)
assert abs(divergence(0.9) / divergence(1.0) - 1) > 0.05
assert GKDConfig.__dataclass_fields__["temperature"].default == 0.9
assert "self.temperature" in inspect.getsource(DistillationTrainer)
assert "temperature" not in inspect.getsource(GKDTrainer.compute_loss)
PY
