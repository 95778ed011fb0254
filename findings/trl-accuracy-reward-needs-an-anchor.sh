#!/usr/bin/env bash
# TRL 1.16.0's accuracy_reward scores a right answer 0 unless it is boxed, or LaTeX after words such as "the
# answer is".
#
# The name, and math-verify's own defaults, suggest that `The answer is 42`, `<answer>42</answer>` (the
# form that DeepSeek-R1's template asks for), GSM8K's `#### 42` and a lone `$42$` count as 42. The reward
# configures math-verify 0.9.0 with only a LaTeX extraction and try_extract_without_anchor=False, so each of these is
# "no answer" and scores 0.0, not None: an R1-style policy that writes its tags and no box never gets a reward. Of
# two boxes the last one counts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.23.0 trl==1.16.0 math-verify==0.9.0
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PY'
from trl.rewards import accuracy_reward

expected = {
    "The answer is 42": 0.0,
    "<answer>42</answer>": 0.0,
    "#### 42": 0.0,
    "$42$": 0.0,
    r"\[42\]": 0.0,
    "The answer is $42$": 1.0,
    r"\boxed{42}": 1.0,
    r"$\boxed{42}$, not $\boxed{41}$": 0.0,
}
texts = list(expected)
seen = accuracy_reward([[{"role": "assistant", "content": text}] for text in texts], ["42"] * len(texts))
for text, score in zip(texts, seen):
    print(f"{score}  {text}")
assert seen == list(expected.values()), seen
PY
