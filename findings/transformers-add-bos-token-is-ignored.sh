#!/usr/bin/env bash
# transformers 5.23.0 ignores `add_bos_token` and `add_eos_token` of tokenizer_config.json if there is a
# tokenizer.json: only the post-processor in tokenizer.json decides which tokens are put around a text.
#
# The names suggest that the keys decide. This script tries a small byte-level tokenizer with three tokenizer
# classes: without a post-processor nothing is added, whatever the keys say; with one that adds a BOS it is added
# even if add_bos_token is false. So if the two files of a folder disagree, a program that reads the keys gets
# different ids.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q transformers==5.23.0
HF_HUB_OFFLINE=1 FOLDER="$folder" "$folder/venv/bin/python" - <<'PY'
import json
import os
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoTokenizer

alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
seen = {}
for marked in [False, True]:
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<s>", "</s>"])
    if marked:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
    for name in ["PreTrainedTokenizerFast", "GPT2Tokenizer", "Qwen2Tokenizer"]:
        for add in [False, True]:
            folder = Path(os.environ["FOLDER"]) / f"{marked}-{name}-{add}"
            folder.mkdir()
            tokenizer.save(str(folder / "tokenizer.json"))
            (folder / "tokenizer_config.json").write_text(json.dumps({
                "tokenizer_class": name, "bos_token": "<s>", "eos_token": "</s>",
                "add_bos_token": add, "add_eos_token": add}))
            ids = AutoTokenizer.from_pretrained(folder)("ab").input_ids
            seen[marked, name, add] = len(ids) - 2
            print(f"post-processor adds BOS: {marked}, {name}, add_bos_token {add}: {len(ids) - 2} token(s) added")
for (marked, name, add), count in seen.items():
    assert count == (1 if marked else 0), (marked, name, add, count)
PY
