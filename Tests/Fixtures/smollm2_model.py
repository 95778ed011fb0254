"""What transformers makes of SmolLM2-135M-Instruct: log-probabilities, greedy continuations and ten
steps of fine-tuning. Written to smollm2_model.json; read by `make parity`.

usage: smollm2_model.py [FILE.gguf]    (otherwise the file of `make smollm2`)
"""
import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, get_scheduler

here = pathlib.Path(__file__).resolve()
default = here.parents[2] / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
gguf = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
if not gguf.exists():
    sys.exit(f"{gguf} is not there: run make smollm2 first")
torch.manual_seed(0)
torch.set_num_threads(2)
model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32).eval()

# Ids only: what texts they are is the tokenizer's affair, tested apart.
generator = torch.Generator().manual_seed(1)
TEXTS = [
    [504, 2365, 6354, 16438, 27003, 690, 260, 23790, 2767, 30, 216, 33, 34, 1232, 216, 39, 446],
    [1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28, 7018, 411, 407],
    torch.randint(0, 49152, (90,), generator=generator).tolist(),
]
PROMPTS = [[1, 4093, 198, 1780, 314, 260, 3575, 282, 4649, 47, 2, 198, 1, 520, 9531, 198]] + TEXTS[:2]


def log_probs(ids):
    with torch.no_grad():
        rows = model(torch.tensor([ids])).logits[0].log_softmax(-1)
    return rows[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()


def greedy(ids, count=24):
    ids = list(ids)
    start = len(ids)
    gaps = []
    with torch.no_grad():
        for _ in range(count):
            top = model(torch.tensor([ids])).logits[0, -1].topk(2)
            gaps.append((top.values[0] - top.values[1]).item())
            ids.append(top.indices[0].item())
    return {"prompt": ids[:start], "ids": ids[start:], "gaps": gaps}


def fine_tune(steps=10, rate=1e-4):
    """Two rows of 40 tokens an update, AdamW with decay 0.01, cosine with 2 steps of warm-up."""
    model.train()
    norms = ("norm", "bias")
    groups = [
        {"params": [p for n, p in model.named_parameters() if not any(k in n for k in norms)],
         "weight_decay": 0.01},
        {"params": [p for n, p in model.named_parameters() if any(k in n for k in norms)],
         "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.999), eps=1e-8)
    schedule = get_scheduler("cosine", optimizer, num_warmup_steps=2, num_training_steps=steps)
    rows, losses, gradient_norms = [], [], []
    for _ in range(steps):
        ids = torch.randint(0, 2000, (2, 40), generator=generator)
        rows.append(ids.tolist())
        loss = model(ids, labels=ids).loss
        loss.backward()
        gradient_norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return {"rate": rate, "rows": rows, "losses": losses, "norms": gradient_norms}


result = {
    "scores": [{"ids": ids, "logProbs": log_probs(ids)} for ids in TEXTS],
    "greedy": [greedy(ids) for ids in PROMPTS],
    "fineTuning": fine_tune(),
}
path = here.with_name("smollm2_model.json")
path.write_text(json.dumps(result) + "\n")
