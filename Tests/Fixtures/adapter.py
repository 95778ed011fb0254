"""Adapters made by PEFT for the tiny Qwen2 folder of text.py: the two files that PEFT saves (folder
`adapter/`), with and without rank-stabilised scale, and the log-probabilities of the adapted model:
`adapter.json`."""

import json
import pathlib
import tempfile

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

HERE = pathlib.Path(__file__).parent
BASE = HERE / "text" / "tiny-qwen2"
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CASES = {
    "plain": dict(r=3, lora_alpha=12, target_modules=ALL + ["lm_head"]),
    "rslora": dict(r=4, lora_alpha=2, target_modules=["q_proj", "down_proj"], use_rslora=True),
}
IDS = [5, 17, 230, 88, 301, 0, 42, 42, 7, 199]


def log_probs(model):
    with torch.no_grad():
        logits = model(torch.tensor([IDS])).logits[0].double()
    rows = torch.log_softmax(logits, -1)
    return [float(rows[i, IDS[i + 1]]) for i in range(len(IDS) - 1)]


def main():
    result = {"ids": IDS, "cases": {}}
    for seed, (name, settings) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        base = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32).eval()
        result["base"] = log_probs(base)
        model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **settings)).eval()
        with torch.no_grad():
            for key, value in model.named_parameters():
                if "lora_" in key:
                    # Numbers that a safetensors file holds exactly, and that matter in the result.
                    value.copy_((torch.randint(-64, 65, value.shape) / 256).float())
        result["cases"][name] = log_probs(model)
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            target = HERE / "adapter" / name
            target.mkdir(parents=True, exist_ok=True)
            config = json.loads((pathlib.Path(folder) / "adapter_config.json").read_text())
            config["base_model_name_or_path"] = "tiny-qwen2"
            config["target_modules"] = sorted(config["target_modules"])
            text = json.dumps(config, indent=2, sort_keys=True) + "\n"
            (target / "adapter_config.json").write_text(text)
            weights = (pathlib.Path(folder) / "adapter_model.safetensors").read_bytes()
            (target / "adapter_model.safetensors").write_bytes(weights)
    (HERE / "adapter.json").write_text(json.dumps(result, indent=1) + "\n")


main()
