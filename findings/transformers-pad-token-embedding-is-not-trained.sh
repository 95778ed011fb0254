#!/usr/bin/env bash
# transformers 5.23.0: if a model pads with a token that its texts contain, that token's input embedding gets no
# gradient.
#
# Llama's embedding is nn.Embedding(..., padding_idx=config.pad_token_id), so the row of the pad token is frozen
# wherever it is read, even in the middle of an unpadded text. SmolLM2-135M-Instruct has pad_token_id = eos_token_id
# = <|im_end|>, which ends every turn of its chats: fine-tuning on several turns never changes this embedding. With tied
# weights the row still changes through the LM head, which hides the effect. Any other token's row gets a gradient.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.23.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PY'
import torch
from transformers import LlamaConfig, LlamaForCausalLM


def gradient(pad, tied):
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=16, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        pad_token_id=pad, eos_token_id=2, tie_word_embeddings=tied))
    tokens = torch.tensor([[5, 2, 7, 2, 9]])
    model(input_ids=tokens, labels=tokens).loss.backward()
    return model.get_input_embeddings().weight.grad.norm(dim=1)


padded, plain, tied = gradient(2, False), gradient(None, False), gradient(2, True)
print("norm of the gradient of token 2's embedding, which is read twice:")
print(f"pad_token_id 2: {padded[2]:.4f}; none: {plain[2]:.4f}; pad_token_id 2 and tied weights: {tied[2]:.4f}")
assert padded[2] == 0 and plain[2] > 0 and tied[2] > 0
assert padded[5] > 0 and padded[7] > 0
PY
