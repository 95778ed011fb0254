"""Golden values for the sampler, written to sampling.json.

What transformers' own processors leave of a distribution, in the order that `generate` runs them.
Needs torch and transformers (5.x).
"""
import json
import pathlib

import torch
from transformers import LogitsProcessorList
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

torch.manual_seed(20250102)
VOCABULARY = 70

# penalty, temperature, top_k, top_p, min_p
SETTINGS = [
    (1.0, 1.0, 0, 1.0, 0.0),
    (1.3, 1.0, 0, 1.0, 0.0),
    (1.0, 0.7, 0, 1.0, 0.0),
    (1.0, 1.0, 5, 1.0, 0.0),
    (1.0, 1.0, 69, 1.0, 0.0),
    (1.0, 1.0, 0, 0.9, 0.0),
    (1.0, 1.0, 0, 0.05, 0.0),
    (1.0, 1.0, 0, 0.999, 0.0),
    (1.0, 1.0, 0, 1.0, 0.1),
    (1.0, 2.5, 0, 0.8, 0.2),
    (1.0, 0.6, 20, 0.95, 0.0),
    (1.2, 0.8, 30, 0.9, 0.05),
    (0.8, 1.5, 10, 0.7, 0.3),
    (2.0, 0.3, 3, 0.99, 0.01),
]


def processors(penalty, temperature, top_k, top_p, min_p):
    chain = LogitsProcessorList()
    if penalty != 1:
        chain.append(RepetitionPenaltyLogitsProcessor(penalty))
    chain.append(TemperatureLogitsWarper(temperature))
    if top_k > 0:
        chain.append(TopKLogitsWarper(top_k))
    if top_p < 1:
        chain.append(TopPLogitsWarper(top_p))
    if min_p > 0:
        chain.append(MinPLogitsWarper(min_p))
    return chain


cases = []
for spread in (0.5, 2.0, 6.0):
    for setting in SETTINGS:
        logits = [round(x * 256) / 256 for x in (torch.randn(VOCABULARY) * spread).tolist()]
        seen = sorted(set(torch.randint(0, VOCABULARY, (6,)).tolist()))
        scores = processors(*setting)(torch.tensor([seen]), torch.tensor([logits]))[0]
        probabilities = torch.softmax(scores.double(), -1)
        cases.append({
            "settings": setting,
            "logits": logits,
            "seen": seen,
            "kept": [i for i in range(VOCABULARY) if scores[i] > -torch.inf],
            "probabilities": [round(p, 7) for p in probabilities.tolist() if p > 0],
        })
path = pathlib.Path(__file__).with_name("sampling.json")
path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
