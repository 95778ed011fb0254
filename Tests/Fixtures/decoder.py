"""Golden values of the decoder and of training: decoder.json.

transformers' LlamaForCausalLM, Qwen2ForCausalLM and Qwen3ForCausalLM with torch's autograd, AdamW, clip_grad_norm_ and
transformers' learning rate schedules, in float64 (rotary tables in float32, as transformers always
has them), on weights that both sides make from the same integers. Needs torch 2.13 and
transformers 5.23.
"""

import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM
from transformers import Qwen3Config, Qwen3ForCausalLM
from transformers import get_scheduler

SHARED = {
    "num_hidden_layers": 2,
    "max_position_embeddings": 64,
    "attn_implementation": "eager",
    "attention_dropout": 0.0,
}
LLAMA = {
    "vocab_size": 45,
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
}
QWEN2 = {
    "vocab_size": 50,
    "hidden_size": 24,
    "intermediate_size": 56,
    "num_attention_heads": 6,
    "num_key_value_heads": 1,
    "rms_norm_eps": 1e-6,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
}
# Waves of 6 to 6283 positions: one that stays, one that is blended, two that are slowed down.
SCALED = {
    **LLAMA,
    "rope_parameters": {
        "rope_type": "llama3",
        "rope_theta": 10000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    },
}
# A head's width is not hidden_size / num_attention_heads.
QWEN3 = {
    "vocab_size": 47,
    "hidden_size": 24,
    "intermediate_size": 44,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 10,
    "rms_norm_eps": 1e-6,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
}
MODELS = {
    "llama, tied": (LlamaForCausalLM, LlamaConfig, LLAMA, True),
    "llama, untied": (LlamaForCausalLM, LlamaConfig, LLAMA, False),
    "qwen2, tied": (Qwen2ForCausalLM, Qwen2Config, QWEN2, True),
    "qwen2, untied": (Qwen2ForCausalLM, Qwen2Config, QWEN2, False),
    "llama scaled, tied": (LlamaForCausalLM, LlamaConfig, SCALED, True),
    "qwen3, tied": (Qwen3ForCausalLM, Qwen3Config, QWEN3, True),
    "qwen3, untied": (Qwen3ForCausalLM, Qwen3Config, QWEN3, False),
}
SEQUENCES = [23, 2, 37, 9]
SCHEDULES = [
    ("constant", "constant_with_warmup", 0, 0.0),
    ("constant", "constant_with_warmup", 4, 0.0),
    ("linear", "linear", 3, 0.0),
    ("cosine", "cosine", 3, 0.0),
    ("cosine", "cosine_with_min_lr", 2, 0.125),
]


def integers(count, seed):
    """0..4095 from place and seed, by the steps that DecoderFixture.integers takes."""
    mask, values = 0xFFFFFFFF, []
    for i in range(count):
        h = (i * 2654435761 + seed * 40503 + 1) & mask
        h = ((h ^ h >> 16) * 2246822519) & mask
        h = ((h ^ h >> 13) * 3266489917) & mask
        values.append((h ^ h >> 16) & 0xFFF)
    return values


def weight(name, shape, seed):
    """Norms near 1, everything else uniform in ±0.25 (embeddings ±0.5): multiples of 2^-13."""
    count = torch.Size(shape).numel()
    draw = torch.tensor(integers(count, seed), dtype=torch.float64) / 4096 - 0.5
    if name.endswith("norm.weight"):
        return (1 + draw / 2).reshape(shape)
    return (draw if "embed_tokens" in name else draw / 2).reshape(shape)


def build(kind):
    make, config, sizes, tied = MODELS[kind]
    model = make(config(**sizes, **SHARED, tie_word_embeddings=tied)).double().train()
    with torch.no_grad():
        for seed, (name, value) in enumerate(sorted(model.named_parameters())):
            value.copy_(weight(name, value.shape, seed))
    return model


def batch(vocabulary):
    """Sequences, and which tokens are scored."""
    sequences = []
    for i, count in enumerate(SEQUENCES):
        tokens = [v % vocabulary for v in integers(count, 100 + i)]
        sequences.append((tokens, [v % 4 != 0 for v in integers(count, 200 + i)]))
    return sequences


def scores(model, sequences, temperature):
    """Log-probabilities and entropies of the scored tokens, sequence after sequence."""
    logprobs, entropies = [], []
    for tokens, scored in sequences:
        ids = torch.tensor([tokens])
        logp = (model(input_ids=ids, use_cache=False).logits[0, :-1] / temperature).log_softmax(-1)
        wanted = torch.tensor(scored[1:])
        logprobs.append(logp.gather(-1, ids[0, 1:, None])[:, 0][wanted])
        entropies.append(-(logp.exp() * logp).sum(-1)[wanted])
    return torch.cat(logprobs), torch.cat(entropies)


def rounded(values):
    return [float(f"{v:.9g}") for v in torch.as_tensor(values).flatten().tolist()]


def gradients(model, sequences):
    """With temperature 0.75 and coefficients that differ by token, in ±0.5."""
    model.zero_grad()
    logprobs, entropies = scores(model, sequences, 0.75)
    coefficients = torch.tensor(integers(len(logprobs), 300)) / 4096 - 0.5
    (logprobs * coefficients.double()).sum().backward()
    named = sorted(model.named_parameters())
    small = [n for n, p in named if p.dim() == 1 or n == "model.layers.1.self_attn.k_proj.weight"]
    return {
        "logProbs": rounded(logprobs.detach()),
        "entropies": rounded(entropies.detach()),
        "gradientNorms": {n: rounded(p.grad.norm())[0] for n, p in named},
        "gradients": {n: rounded(dict(named)[n].grad) for n in small},
    }


def training(model, sequences):
    """Ten AdamW updates on the mean negative log-likelihood, as transformers' Trainer groups."""
    steps, peak = 10, 0.0078125
    decay = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.125}, {"params": rest, "weight_decay": 0.0}],
        lr=peak, betas=(0.9, 0.95))
    schedule = get_scheduler(
        "cosine_with_min_lr", optimizer, num_warmup_steps=2, num_training_steps=steps,
        scheduler_specific_kwargs={"min_lr_rate": 0.125})
    losses, norms = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = -scores(model, sequences, 1.0)[0].mean()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        losses.append(loss.item())
        optimizer.step()
        schedule.step()
    last = scores(model, sequences, 1.0)[0].detach()
    return {
        "losses": rounded(losses), "gradientNorms": rounded(norms), "logProbs": rounded(last)}


def schedules():
    cases = []
    for shape, name, warmup, floor in SCHEDULES:
        for total in [7, 12]:
            optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
            kwargs = {"min_lr_rate": floor} if name == "cosine_with_min_lr" else {}
            schedule = get_scheduler(
                name, optimizer, num_warmup_steps=warmup, num_training_steps=total,
                scheduler_specific_kwargs=kwargs)
            factors = []
            for _ in range(total):
                factors.append(schedule.get_last_lr()[0])
                optimizer.step()
                schedule.step()
            cases.append({
                "shape": shape, "warmup": warmup, "floor": floor, "total": total,
                "factors": rounded(factors)})
    return cases


def main():
    models = []
    for kind, (_, _, sizes, tied) in MODELS.items():
        sequences = batch(sizes["vocab_size"])
        case = {"model": kind, **gradients(build(kind), sequences)}
        case["training"] = training(build(kind), sequences)
        models.append(case)
    lines = ['{"models": [']
    lines.append(",\n".join(json.dumps(m) for m in models))
    lines.append('],\n"schedules": [')
    lines.append(",\n".join(json.dumps(s) for s in schedules()))
    lines.append("]}")
    Path(__file__).with_suffix(".json").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
