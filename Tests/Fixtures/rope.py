"""Rotary frequencies that transformers makes of a config.json, for every place and spelling of their
settings: `rope.json`. A case whose config transformers refuses has no frequencies."""

import json
import logging
import pathlib
import warnings

import torch
from transformers import AutoConfig, LlamaConfig, Qwen2Config, Qwen3Config
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.qwen2.modeling_qwen2 import Qwen2RotaryEmbedding
from transformers.models.qwen3.modeling_qwen3 import Qwen3RotaryEmbedding

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

KINDS = {
    "llama": (LlamaConfig, LlamaRotaryEmbedding),
    "qwen2": (Qwen2Config, Qwen2RotaryEmbedding),
    "qwen3": (Qwen3Config, Qwen3RotaryEmbedding),
}
SIZES = dict(
    vocab_size=32, hidden_size=64, intermediate_size=32, num_hidden_layers=1,
    num_attention_heads=4, num_key_value_heads=4, head_dim=16, max_position_embeddings=4096,
)
LLAMA3 = dict(
    rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=256,
)


def without(settings, *names):
    return {name: value for name, value in settings.items() if name not in names}


# The keys that each case adds to a config.
CASES = [
    {},
    dict(rope_theta=5e5),
    dict(rope_theta=500000),
    dict(rope_theta=5e5, rope_scaling=None),
    dict(rope_theta=5e5, rope_parameters=None),
    # Where the base stands.
    dict(rope_parameters=dict(rope_type="default", rope_theta=5e5)),
    dict(rope_parameters=dict(rope_theta=5e5)),
    dict(rope_parameters=dict(rope_type="default")),
    dict(rope_parameters=dict(rope_type="default"), rope_theta=5e5),
    dict(rope_parameters=dict(rope_type="default", rope_theta=5e5), rope_theta=1e4),
    dict(rope_scaling=dict(rope_type="default", rope_theta=5e5)),
    dict(rope_scaling=dict(rope_theta=5e5)),
    dict(rope_scaling=dict(type="default", rope_theta=5e5)),
    dict(rope_scaling=dict(rope_type="default", rope_theta=5e5), rope_theta=1e6),
    dict(rope_scaling=dict(rope_type="default"), rope_theta=1e6),
    dict(rope_scaling={}, rope_theta=1e6),
    dict(rope_parameters={}, rope_theta=1e6),
    # Both places.
    dict(rope_scaling=dict(rope_type="default"), rope_parameters=dict(rope_theta=5e5)),
    dict(rope_scaling=dict(rope_theta=2e5), rope_parameters=dict(rope_theta=5e5)),
    dict(rope_scaling=dict(rope_theta=2e5), rope_parameters=dict(rope_theta=5e5), rope_theta=1e6),
    dict(rope_scaling={}, rope_parameters=dict(rope_theta=5e5), rope_theta=1e6),
    dict(rope_scaling=None, rope_parameters=dict(rope_theta=5e5), rope_theta=1e6),
    dict(rope_scaling=LLAMA3, rope_parameters=dict(rope_type="default", rope_theta=5e5)),
    dict(rope_scaling=dict(rope_type="default"), rope_parameters=dict(LLAMA3, rope_theta=5e5)),
    dict(rope_scaling=LLAMA3, rope_parameters=dict(LLAMA3, rope_theta=5e5, factor=4.0)),
    # Llama 3's scaling.
    dict(rope_scaling=LLAMA3),
    dict(rope_scaling=LLAMA3, rope_theta=5e5),
    dict(rope_scaling=dict(LLAMA3, rope_theta=5e5)),
    dict(rope_scaling=dict(LLAMA3, rope_theta=5e5), rope_theta=1e4),
    dict(rope_parameters=dict(LLAMA3, rope_theta=5e5)),
    dict(rope_parameters=LLAMA3, rope_theta=5e5),
    dict(rope_parameters=dict(without(LLAMA3, "rope_type"), type="llama3", rope_theta=5e5)),
    dict(rope_parameters=dict(LLAMA3, type="default", rope_theta=5e5)),
    dict(rope_parameters=dict(LLAMA3, rope_type="default", type="llama3", rope_theta=5e5)),
    dict(rope_parameters=dict(without(LLAMA3, "rope_type"), rope_theta=5e5)),
    dict(rope_parameters=dict(without(LLAMA3, "original_max_position_embeddings"))),
    dict(rope_parameters=LLAMA3, original_max_position_embeddings=512),
    dict(
        rope_parameters=without(LLAMA3, "original_max_position_embeddings"),
        original_max_position_embeddings=512,
    ),
    dict(rope_parameters=without(LLAMA3, "factor")),
    dict(rope_parameters=without(LLAMA3, "low_freq_factor")),
    dict(rope_parameters=without(LLAMA3, "high_freq_factor")),
    dict(rope_parameters=dict(LLAMA3, attention_factor=2.0)),
    dict(rope_parameters=dict(LLAMA3, attention_factor=1.0)),
    # Parts of a head, in each place.
    dict(partial_rotary_factor=0.5),
    dict(partial_rotary_factor=1.0),
    dict(rope_parameters=dict(rope_theta=5e5, partial_rotary_factor=0.5)),
    dict(rope_parameters=dict(rope_theta=5e5, partial_rotary_factor=1.0)),
    dict(rope_scaling=dict(LLAMA3, partial_rotary_factor=0.5)),
    dict(rope_scaling=LLAMA3, partial_rotary_factor=0.5),
    # Keys that mean nothing for the type.
    dict(rope_parameters=dict(rope_type="default", rope_theta=5e5, factor=8.0)),
    dict(rope_parameters=dict(rope_type="default", rope_theta=5e5, attention_factor=2.0)),
    dict(rope_parameters=dict(rope_type="default", mrope_section=[2, 3, 3])),
    dict(original_max_position_embeddings=512),
    # Other types, and what is no type.
    dict(rope_scaling=dict(rope_type="linear", factor=2.0)),
    dict(rope_scaling=dict(type="linear", factor=2.0)),
    dict(rope_scaling=dict(type="dynamic", factor=2.0)),
    dict(rope_scaling=dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=256)),
    dict(
        rope_scaling=dict(
            rope_type="yarn", factor=4.0, original_max_position_embeddings=256,
            attention_factor=2.0, beta_fast=16, beta_slow=2, truncate=False,
        )
    ),
    dict(
        rope_scaling=dict(
            rope_type="longrope", short_factor=[1.0] * 8, long_factor=[2.0] * 8,
            original_max_position_embeddings=256,
        )
    ),
    dict(rope_scaling=dict(rope_type="su", factor=2.0)),
    dict(rope_scaling=dict(rope_type=None, rope_theta=5e5)),
    # A set for each kind of layer.
    dict(rope_parameters=dict(full_attention=dict(rope_type="default", rope_theta=5e5))),
    dict(
        rope_parameters=dict(full_attention=dict(rope_type="default", rope_theta=5e5)),
        layer_types=["full_attention"],
    ),
]


def resolve(kind, extra):
    """What a checkpoint's config.json means: read as from_pretrained reads it."""
    config_class, rotary = KINDS[kind]
    text = json.dumps(dict(SIZES, model_type=kind, **extra))
    try:
        config = config_class.from_dict(json.loads(text))
        module = rotary(config)
        frequencies = [float(value) for value in module.inv_freq]
        if len(frequencies) != SIZES["head_dim"] // 2 or not all(map(float, frequencies)):
            return None
        return dict(frequencies=frequencies, attention_scaling=float(module.attention_scaling))
    except Exception:
        return None


def main():
    rows = []
    for kind in KINDS:
        for extra in CASES:
            rows.append(dict(model_type=kind, keys=extra, resolved=resolve(kind, extra)))
    lines = ",\n".join(json.dumps(row) for row in rows)
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(f'{{"sizes":{json.dumps(SIZES)},"cases":[\n{lines}\n]}}\n')


main()
