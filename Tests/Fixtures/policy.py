"""Golden values of the policy loss: policy.json.

Calls TRL's own GRPOTrainer._compute_loss on recorded log-probabilities, in float64, for every
combination that TRL has, and checks the formulas written out below against it; k2, which TRL does
not have, comes from those formulas. Needs torch 2.13 and trl 1.16.
"""

import itertools
import json
import os
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.utils import nanstd

LENGTHS = [3, 1, 6, 2, 5, 4]
MAX_LENGTH = 8
LOSS_TYPES = ["grpo", "bnpo", "dapo", "dr_grpo"]
KL = [None] + [
    {"estimator": e, "beta": b, "biasCorrection": c}
    for e, b in [("k2", 0.5), ("k3", 0.5)]
    for c in [False, True]
]
CLIPS = [
    {"epsilon": 0.2},
    {"epsilon": 0.2, "epsilonHigh": 0.28},
    {"epsilon": 0.2, "delta": 1.5},
    {"epsilon": 0.2, "delta": 1.1},
    {"epsilon": 10.0},
]
FEW_KL = [KL[0], KL[2], KL[4]]
CISPO_CLIPS = [{"epsilon": 0.2, "epsilonHigh": 5.0}, {"epsilon": 0.2, "epsilonHigh": 1.25}]
MASKS = [[True] * 6, [True, False, True, True, False, True]]
torch.set_default_dtype(torch.float64)


def recorded():
    """Log-probabilities that are multiples of 2^-10, so that they are exact in a Float."""
    generator = torch.Generator().manual_seed(6)
    shape = (len(LENGTHS), max(LENGTHS))
    draw = lambda scale: (torch.randn(shape, generator=generator) * scale * 1024).round() / 1024
    new = -2 + draw(0.8).clamp(-1.9, 1.9)
    advantages = torch.tensor([1.25, -0.5, 0.75, 0.0, -1.5, -0.125])
    old, ref = new + draw(0.35), new + draw(0.7)
    # Ratios of 12, above every clip range, with an advantage of either sign.
    old[0, 1], old[4, 2] = new[0, 1] - 2.5, new[4, 2] - 2.5
    return {"new": new, "old": old, "ref": ref, "advantages": advantages}


def valid(mask):
    columns = torch.arange(max(LENGTHS))
    rows = [(columns < n) & m for n, m in zip(LENGTHS, mask)]
    return torch.stack(rows).to(torch.float64)


def with_trl(data, new, mask, loss_type, kl, clip, old, level):
    """Loss and metrics from TRL's method, called on a stand-in for the trainer."""
    trainer = SimpleNamespace(
        beta=kl["beta"] if kl else 0.0,
        loss_type=loss_type,
        epsilon_low=clip["epsilon"],
        epsilon_high=clip.get("epsilonHigh", clip["epsilon"]),
        importance_sampling_level=level,
        max_completion_length=MAX_LENGTH,
        current_gradient_accumulation_steps=1,
        off_policy_mask_threshold=None,
        top_entropy_quantile=1.0,
        use_vllm=False,
        aux_loss_enabled=False,
        _entropy_bonus_enabled=False,
        model=SimpleNamespace(training=True),
        args=SimpleNamespace(
            delta=clip.get("delta"),
            steps_per_generation=1,
            use_bias_correction_kl=bool(kl and kl["biasCorrection"]),
        ),
        accelerator=SimpleNamespace(
            num_processes=1, gather=lambda x: x, reduce=lambda x, reduction: x
        ),
        _metrics={"train": defaultdict(list)},
        _get_per_token_logps_and_entropies=lambda *a, **k: (new, torch.zeros_like(new), None),
    )
    empty = torch.zeros(len(LENGTHS), 0)
    inputs = {
        "prompt_ids": empty, "prompt_mask": empty, "completion_ids": torch.zeros_like(new),
        "completion_mask": valid(mask), "advantages": data["advantages"],
        "num_items_in_batch": valid(mask).sum(), "ref_per_token_logps": data["ref"],
    }
    if old:
        inputs["old_per_token_logps"] = data["old"]
    loss = GRPOTrainer._compute_loss(trainer, None, inputs)
    return loss, {k: v[0] for k, v in trainer._metrics["train"].items() if k != "entropy"}


def written_out(data, new, mask, loss_type, kl, clip, old, level):
    """Loss and mean penalty from the formulas themselves."""
    counted, advantages = valid(mask), data["advantages"].unsqueeze(1)
    log_ratio = new - (data["old"] if old else new.detach())
    if level == "sequence":
        lengths = counted.sum(1, keepdim=True).clamp(min=1)
        log_ratio = ((log_ratio * counted).sum(1, keepdim=True) / lengths).expand_as(new)
    ratio = torch.exp(log_ratio)
    if loss_type == "cispo":
        term = -ratio.clamp(max=clip["epsilonHigh"]).detach() * advantages * new
    else:
        high = 1 + clip.get("epsilonHigh", clip["epsilon"])
        clipped = ratio.clamp(1 - clip["epsilon"], high)
        capped = ratio.clamp(max=clip["delta"]) if "delta" in clip else ratio
        term = -torch.min(capped * advantages, clipped * advantages)
    mean_kl = None
    if kl:
        d = data["ref"] - new
        if kl["estimator"] == "k3":
            value = torch.exp(d) - d - 1
            weight = ratio
        else:
            value = d * d / 2
            weight = ratio.detach()
        value = value * weight if kl["biasCorrection"] else value
        term = term + kl["beta"] * value
        mean_kl = ((value * counted).sum() / counted.sum()).item()
    term = term * counted
    if loss_type == "grpo":
        return (term.sum(1) / counted.sum(1).clamp(min=1)).mean(), mean_kl
    if loss_type == "dr_grpo":
        return term.sum() / (len(LENGTHS) * MAX_LENGTH), mean_kl
    return term.sum() / counted.sum(), mean_kl


def flat(x):
    return [v for row, n in zip(x.tolist(), LENGTHS) for v in row[:n]]


def case(data, loss_type, kl, clip, old, mask, level="token"):
    arguments = (mask, loss_type, kl, clip, old, level)
    new = data["new"].clone().requires_grad_()
    loss, mean_kl = written_out(data, new, *arguments)
    (gradient,) = torch.autograd.grad(loss, new)
    metrics = None
    if not kl or kl["estimator"] == "k3":
        trl_loss, metrics = with_trl(data, new, *arguments)
        (trl_gradient,) = torch.autograd.grad(trl_loss, new)
        torch.testing.assert_close(loss, trl_loss, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(gradient, trl_gradient, rtol=1e-10, atol=1e-12)
        loss, gradient = trl_loss, trl_gradient
        if loss_type == "cispo":
            metrics["clip_ratio/high_mean"] = metrics.pop("cispo_clip_ratio")
        if level == "sequence" and not all(mask):
            # TRL counts completions that are masked out among the sequences.
            metrics = {k: v for k, v in metrics.items() if k == "kl"}
        if kl:
            assert abs(metrics["kl"] - mean_kl) < 1e-12
    elif kl:
        metrics = {"kl": mean_kl}
    return {
        "lossType": loss_type, "level": level, "kl": kl, "clip": clip, "usesOld": old, "included": mask,
        "loss": loss.item(), "metrics": metrics,
        "gradient": [float(f"{g:.8g}") for g in flat(gradient)],
    }


def estimator_case(rewards, estimator, normalize=False):
    """RLOO as TRL's RLOOTrainer has it; REINFORCE++ as its paper (arXiv 2501.03262) writes it."""
    rows = torch.tensor([[float("nan") if r is None else r for r in g] for g in rewards])
    whiten = lambda x: (x - torch.nanmean(x)) / (nanstd(x) + 1e-4)
    if estimator == "rloo":
        counts = (~torch.isnan(rows)).sum(dim=1, keepdim=True)
        values = rows - (torch.nansum(rows, dim=1, keepdim=True) - rows) / (counts - 1)
        values = whiten(values) if normalize else values
    elif estimator == "reinforce_plus_plus":
        values = whiten(rows)
    else:
        alone = (~torch.isnan(rows)).sum(dim=1, keepdim=True) < 2
        values = rows - torch.nanmean(rows, dim=1, keepdim=True)
        values = whiten(torch.where(alone, torch.nan, values))
    values = torch.nan_to_num(values, nan=0.0).flatten().tolist()
    return {"rewards": sum(rewards, []), "groupSize": len(rewards[0]), "estimator": estimator,
            "normalize": normalize, "values": values}


def advantage_case(rewards, scaling):
    """TRL's sum_then_normalize (grpo_trainer.py, _generate_and_score_completions)."""
    rows = torch.tensor([[float("nan") if r is None else r for r in g] for g in rewards])
    std = nanstd(rows) if scaling == "batch" else nanstd(rows, dim=1, keepdim=True)
    values = rows - torch.nanmean(rows, dim=1, keepdim=True)
    if scaling != "none":
        values = values / (std + 1e-4)
    values = torch.nan_to_num(values, nan=0.0).flatten().tolist()
    return {"rewards": sum(rewards, []), "groupSize": len(rewards[0]), "scaling": scaling,
            "values": values, "mean": torch.nanmean(rows).item(), "std": nanstd(rows).item()}


REWARDS = [
    [[0.0, 1.0, 1.0, 0.0], [0.25, 1.75, -0.5, 2.0]],
    [[1.0, None, 0.5, 0.0], [None, None, 2.0, None], [0.5, 0.5, 0.5, None], [None] * 4],
    [[2.0, 1.0], [1.0, 1.0], [0.125, 3.0]],
]


def main():
    data = recorded()
    golden = {
        "lengths": LENGTHS, "maxCompletionLength": MAX_LENGTH,
        "advantages": data["advantages"].tolist(),
        **{name: flat(data[key])
           for name, key in [("logProbs", "new"), ("oldLogProbs", "old"), ("refLogProbs", "ref")]},
    }
    cases = [
        case(data, *choice)
        for choice in itertools.product(LOSS_TYPES, KL, CLIPS, [False, True], MASKS)
        # On policy no clip setting but `delta` below 1 matters: one of them is enough.
        if choice[3] or choice[2] is CLIPS[0]
    ]
    cases += [
        case(data, *choice)
        for choice in itertools.product(
            ["grpo", "dapo", "dr_grpo"], FEW_KL, CLIPS[1:3], [True], MASKS, ["sequence"])
    ] + [
        case(data, *choice)
        for choice in itertools.product(
            ["cispo"], FEW_KL, CISPO_CLIPS, [False, True], MASKS, ["token", "sequence"])
    ]
    estimators = [
        estimator_case(r, e, n) for r in REWARDS
        for e, n in [("rloo", False), ("rloo", True), ("reinforce_plus_plus", False),
                     ("reinforce_plus_plus_baseline", False)]
    ]
    advantages = [advantage_case(r, s) for r in REWARDS for s in ["group", "batch", "none"]]
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in golden.items()]
    for name, rows in [
        ("advantageCases", advantages), ("estimatorCases", estimators), ("cases", cases)
    ]:
        body = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
        lines.append(f"{json.dumps(name)}: [\n{body}]")
    target = Path(__file__).with_name("policy.json")
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{target.name}: {len(cases)} losses, {len(advantages)} advantages")


if __name__ == "__main__":
    main()
