"""Golden values of low-rank adapters: lora.json.

PEFT's LoRA on the models of decoder.py, in float64, with A and B that both sides make from the same
integers (B not zero, so that every gradient says something): log-probabilities, gradients and ten
updates of torch's AdamW; the folder that PEFT saves names its tensors and settings. Needs torch 2.13,
transformers 5.23 and PEFT 0.21.
"""

import json
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors import safe_open

from decoder import MODELS, batch, build, integers, rounded, scores, training

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CASES = [
    ("llama, tied", {"r": 4, "lora_alpha": 8, "target_modules": ALL}),
    ("qwen2, untied", {"r": 3, "lora_alpha": 6, "target_modules": ["q_proj", "v_proj"],
                       "use_rslora": True}),
    # More than sixteen, and a part of two products that read one input.
    ("qwen3, tied", {"r": 20, "lora_alpha": 10,
                     "target_modules": ["k_proj", "o_proj", "up_proj", "down_proj"]}),
]


def adapters(model):
    """The adapters by the names of PEFT's file, in order."""
    return sorted(
        (name.replace(".default", ""), value)
        for name, value in model.named_parameters() if "lora_" in name)


def adapted(kind, settings):
    model = get_peft_model(build(kind), LoraConfig(task_type="CAUSAL_LM", **settings)).double()
    with torch.no_grad():
        for seed, (_, value) in enumerate(adapters(model)):
            draw = torch.tensor(integers(value.numel(), 400 + seed)) / 4096 - 0.5
            value.copy_(draw.reshape(value.shape).double())
    return model.train()


def case(kind, settings):
    sequences = batch(MODELS[kind][2]["vocab_size"])
    model = adapted(kind, settings)
    logprobs, _ = scores(model, sequences, 0.75)
    coefficients = torch.tensor(integers(len(logprobs), 300)) / 4096 - 0.5
    (logprobs * coefficients.double()).sum().backward()
    named = adapters(model)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        with safe_open(f"{folder}/adapter_model.safetensors", "pt") as file:
            shapes = {name: file.get_slice(name).get_shape() for name in sorted(file.keys())}
        config = json.loads(Path(folder, "adapter_config.json").read_text())
    kept = ["bias", "fan_in_fan_out", "inference_mode", "lora_alpha", "lora_dropout", "peft_type",
            "r", "task_type", "use_rslora"]
    return {
        "model": kind, "settings": settings, "logProbs": rounded(logprobs.detach()),
        "gradientNorms": {name: rounded(p.grad.norm())[0] for name, p in named},
        "gradients": {name: rounded(p.grad) for name, p in named if "layers.1" in name},
        "training": training(adapted(kind, settings), sequences),
        "shapes": shapes, "config": {key: config[key] for key in kept},
    }


def main():
    lines = ",\n".join(json.dumps(case(*one)) for one in CASES)
    Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
