#!/usr/bin/env bash
# transformers 5.23.0: LlamaForSequenceClassification (reward models) reads its score at the last token that is not
# pad_token_id, whatever the attention mask says. Where the pad token is the end token, the end is never scored.
#
# A guess is that the score of an unpadded text under a mask of ones is that of its last token. With pad_token_id =
# eos_token_id, as many chat models have it, a text with the end token and the same text without it, cut off at the
# length limit, get the same score to the bit: the reward cannot tell a finished answer from one that was cut off.
# With another pad token the two scores differ.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q transformers==5.23.0 torch==2.13.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PY'
import torch
from transformers import LlamaConfig, LlamaForSequenceClassification

for pad in [2, 0]:
    torch.manual_seed(0)
    model = LlamaForSequenceClassification(LlamaConfig(
        vocab_size=50, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        bos_token_id=1, eos_token_id=2, pad_token_id=pad, num_labels=1)).eval()
    scores = []
    with torch.no_grad():
        for text in [[5, 6, 7, 8, 2], [5, 6, 7, 8]]:
            ids = torch.tensor([text])
            scores.append(model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.item())
    print(f"eos_token_id 2, pad_token_id {pad}: score with the end token {scores[0]:.6f}, without {scores[1]:.6f}")
    assert (scores[0] == scores[1]) == (pad == 2), scores
PY
