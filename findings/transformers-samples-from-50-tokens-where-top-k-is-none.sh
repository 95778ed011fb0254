#!/usr/bin/env bash
# transformers 5.23.0: generate(do_sample=True) draws from the 50 likeliest tokens only, although
# model.generation_config.top_k and GenerationConfig().top_k are None.
#
# A guess from reading the configuration is that None means no limit. The default of 50 is filled in inside generate().
# Drawn 4,000 times from a model whose 1,000 tokens are all about equally likely: 50 different tokens. With top_k=0, or
# top_k=None passed to generate() itself, nearly all 1,000 appear. Rollouts made this way do not come from the
# distribution whose log-probabilities a trainer computes, and pass@k is that of a narrower model.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q transformers==5.23.0 torch==2.13.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PY'
import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
model = LlamaForCausalLM(LlamaConfig(
    vocab_size=1000, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4,
    bos_token_id=1, eos_token_id=None, pad_token_id=0)).eval()
prompts = torch.full((4000, 1), 5)


def different(**options):
    drawn = model.generate(prompts, do_sample=True, max_new_tokens=1, **options)[:, 1]
    return len(set(drawn.tolist()))


assert model.generation_config.top_k is None and GenerationConfig().top_k is None
plain, zero, none = different(), different(top_k=0), different(top_k=None)
print(f"top_k in the configuration: None; different tokens drawn: {plain}; with top_k=0: {zero}; top_k=None: {none}")
assert plain == 50 and zero > 900 and none > 900, (plain, zero, none)
PY
