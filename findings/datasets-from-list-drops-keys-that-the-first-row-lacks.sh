#!/usr/bin/env bash
# datasets 5.2.0: Dataset.from_list takes its columns from the first row. A key that only later rows have is dropped
# without a word; keys inside a column are united instead, so the arguments of a tool call get those of other rows.
#
# A guess is that missing values become None, as load_dataset("json") does it for columns. And where that loader keeps
# the arguments of each tool call as they are (feature type Json), from_list gives the call {"city": "Oslo"} another
# argument "q": None, which a chat template then writes and the model learns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q datasets==5.2.0
HF_HUB_OFFLINE=1 FOLDER="$folder" "$folder/venv/bin/python" - <<'PY'
import json
import os
from pathlib import Path

from datasets import Dataset, load_dataset


def both(rows, name):
    path = Path(os.environ["FOLDER"]) / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    loaded = load_dataset("json", data_files=str(path), split="train", cache_dir=os.environ["FOLDER"] + "/cache")
    return Dataset.from_list(rows)[:], loaded[:]


listed, loaded = both([{"prompt": "a"}, {"prompt": "b", "answer": "3"}], "columns")
print(f"from_list: {listed}\njson file: {loaded}")
assert listed == {"prompt": ["a", "b"]} and loaded == {"prompt": ["a", "b"], "answer": [None, "3"]}

calls = [{"call": {"name": "weather", "arguments": {"city": "Oslo"}}},
         {"call": {"name": "search", "arguments": {"q": 1}}}]
listed, loaded = both(calls, "calls")
print(f"from_list: {listed['call'][0]}\njson file: {loaded['call'][0]}")
assert listed["call"][0]["arguments"] == {"city": "Oslo", "q": None}
assert loaded["call"][0]["arguments"] == {"city": "Oslo"}
PY
