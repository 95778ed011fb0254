#!/usr/bin/env bash
# datasets 5.2.0: a JSON Lines column whose texts all look like ISO dates arrives as datetime objects.
#
# A guess is that a JSON string stays a string: JSON has no dates. Here the gold answers "2024-01-02" and "1999-12-31"
# become datetime(2024, 1, 2, 0, 0) and so on, whose str() is "2024-01-02 00:00:00": a reward function that compares
# texts scores every right answer 0. One other answer in the file ("7") keeps the whole column text, and so does
# a time of day alone. Dataset.from_list keeps text in all cases.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q datasets==5.2.0
HF_HUB_OFFLINE=1 FOLDER="$folder" "$folder/venv/bin/python" - <<'PY'
import datetime
import json
import os
from pathlib import Path

from datasets import Dataset, load_dataset

folder = Path(os.environ["FOLDER"])
for number, (answers, kind) in enumerate([
        (["2024-01-02", "1999-12-31"], datetime.datetime), (["2024-01-02 10:00", "1999-12-31 09:00"], datetime.datetime),
        (["2024-01-02", "7"], str), (["12:30:00", "13:00:00"], str)]):
    path = folder / f"{number}.jsonl"
    path.write_text("".join(json.dumps({"answer": answer}) + "\n" for answer in answers))
    loaded = load_dataset("json", data_files=str(path), split="train", cache_dir=str(folder / "cache"))
    print(f"{answers}: {loaded.features['answer']}, {loaded[0]['answer']!r}")
    assert isinstance(loaded[0]["answer"], kind), loaded[0]
    assert Dataset.from_list([{"answer": answer} for answer in answers])[0]["answer"] == answers[0]
PY
