"""Names and defaults of TRL's configuration classes: trl_configs.json.

The fields of SFTConfig, GRPOConfig, RewardConfig, GKDConfig, DistillationConfig, ModelConfig and
ScriptArguments with their defaults (those that are made by a function as "made"). Needs TRL 1.16 and
transformers 5.23.
"""

import dataclasses
import enum
import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
import trl
from trl.experimental.gkd import GKDConfig

CLASSES = [
    trl.SFTConfig, trl.GRPOConfig, trl.RewardConfig, GKDConfig, trl.DistillationConfig,
    trl.ModelConfig, trl.ScriptArguments]


def default(field):
    if field.default is dataclasses.MISSING:
        return "made"
    value = field.default
    return value.value if isinstance(value, enum.Enum) else value


def main():
    lines = []
    for config in CLASSES:
        fields = {f.name: default(f) for f in dataclasses.fields(config)}
        lines.append(json.dumps(config.__name__) + ": " + json.dumps(fields, sort_keys=True))
    Path(__file__).with_suffix(".json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
