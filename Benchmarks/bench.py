#!/usr/bin/env python3
"""Runs Regimen beside PyTorch, TRL and llama.cpp on this machine and writes a table.

Set-up (Python 3.11 or newer, the CPU build of torch):
    python3 -m venv .build/peers
    .build/peers/bin/pip install torch==2.13.0 transformers==5.23.0 trl==1.16.0 datasets accelerate
    make build smollm2
    .build/release/regimen model import models/SmolLM2-135M-Instruct.Q4_1.gguf -o models/smollm2-hf
    (for the decode rows against llama.cpp: its llama-batched-bench, and the model as BF16 GGUF)

Use:
    .build/peers/bin/python Benchmarks/bench.py [--only NAME ...] [--rounds 3] \\
        [--llama PATH/llama-batched-bench --llama-model smollm2-bf16.gguf] [-o results.json]

The two sides alternate, each in a process of its own, so that a noisy neighbour meets both; the
ratio is that of the medians. Nothing else should run on the machine.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

TINY = dict(
    model_type="llama", architectures=["LlamaForCausalLM"], vocab_size=512, hidden_size=128,
    intermediate_size=352, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=4,
    head_dim=32, hidden_act="silu", max_position_embeddings=2048, rms_norm_eps=1e-6,
    rope_theta=10000.0, initializer_range=0.02, tie_word_embeddings=True, attention_bias=False,
    mlp_bias=False)

# name, what is done, our precision, whose figure it is held against, sizes, ratio to reach
ROWS = [
    ("train-f32", "train", "f32", ("torch f32", "f32"), dict(batch=8, length=256), 1.35),
    ("train-bf16", "train", "bf16", ("torch autocast", "autocast"), dict(batch=8, length=256), 2.0),
    ("tiny-f32", "train", "f32", ("torch f32", "f32"), dict(batch=32, length=128), 2.5),
    ("tiny-bf16", "train", "bf16", ("torch f32", "f32"), dict(batch=32, length=128), 2.5),
    ("decode-f32", "decode", "f32", ("transformers f32", "f32"),
     dict(batch=32, length=64, new_tokens=96), 2.0),
    ("decode-bf16", "decode", "bf16", ("transformers bf16", "bf16"),
     dict(batch=32, length=64, new_tokens=96), None),
    ("decode-1", "decode", "bf16", ("llama.cpp BF16", None),
     dict(batch=1, length=64, new_tokens=96), 0.9),
    ("decode-32", "decode", "bf16", ("llama.cpp BF16", None),
     dict(batch=32, length=64, new_tokens=96), 3.5),
    ("decode-64", "decode", "bf16", ("llama.cpp BF16", None),
     dict(batch=64, length=64, new_tokens=96), 5.0),
    ("grpo-f32", "grpo", "f32", ("TRL f32", "f32"),
     dict(batch=4, generations=8, new_tokens=96, steps=3), None),
    ("grpo-bf16", "grpo", "bf16", ("TRL bf16", "bf16"),
     dict(batch=4, generations=8, new_tokens=96, steps=3), 3.5),
]


def flags(sizes, names=None):
    renamed = {(names or {}).get(key, key): value for key, value in sizes.items()}
    return [text for key, value in renamed.items()
            for text in ("--" + key.replace("_", "-"), str(value))]


def ask(command):
    environment = dict(os.environ, HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return done.stdout


def regimen(row, options, model):
    _, work, precision, _, sizes, _ = row
    command = [options.regimen, "bench", work, "--json", "--quiet", "--model", model,
               "--precision", precision, "--threads", str(options.threads)]
    command += flags(sizes, {"batch": "prompts"} if work == "grpo" else None)
    if work != "grpo":
        command += ["--seconds", str(options.seconds)]
    return json.loads(ask(command))


def peer(row, options, model):
    _, work, _, (_, precision), sizes, _ = row
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")
    command = [sys.executable, script, work, "--model", model, "--precision", precision,
               "--threads", str(options.threads)] + flags(sizes)
    if work != "grpo":
        command += ["--seconds", str(options.seconds)]
    return json.loads(ask(command).splitlines()[-1])


def llama(row, options):
    """llama-batched-bench prints a table: PP, TG, B, N_KV, T_PP, S_PP, T_TG, S_TG, T, S."""
    sizes = row[4]
    text = ask([options.llama, "-m", options.llama_model, "-c", "16384", "-b", "2048", "-ub", "512",
                "-npp", str(sizes["length"]), "-ntg", str(sizes["new_tokens"]),
                "-npl", str(sizes["batch"]), "-t", str(options.threads)])
    cells = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|")][-1]
    return {"tokens_per_second": float(cells[7])}


def measure(row, options, tiny):
    model = tiny if row[0].startswith("tiny") else options.model
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(regimen(row, options, model))
        theirs.append(llama(row, options) if row[3][1] is None else peer(row, options, model))

    def rates(answers):
        return [round(answer["tokens_per_second"], 1) for answer in answers]

    def memory(answers):
        known = [answer["peak_memory_bytes"] for answer in answers if "peak_memory_bytes" in answer]
        return max(known) if known else None

    return {
        "name": row[0], "work": row[1], "precision": row[2], "peer": row[3][0], "sizes": row[4],
        "bar": row[5], "regimen": rates(ours), "theirs": rates(theirs),
        "ratio": round(statistics.median(rates(ours)) / statistics.median(rates(theirs)), 2),
        "regimen_memory": memory(ours), "peer_memory": memory(theirs), "cpu": ours[0]["cpu"],
        "phases": ours[-1].get("phases")}


def line(result):
    sizes = ", ".join(f"{key} {value}" for key, value in result["sizes"].items())
    bar = "" if result["bar"] is None else f"{result['bar']}"
    ours, theirs = (" ".join(f"{rate:g}" for rate in result[side]) for side in ("regimen", "theirs"))
    return (f"| {result['name']} | {sizes} | {ours} | {result['peer']}: {theirs} "
            f"| {result['ratio']} | {bar} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="models/smollm2-hf", help="a Hugging Face folder")
    parser.add_argument("--only", nargs="*", help="rows by name")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--regimen", default=".build/release/regimen")
    parser.add_argument("--llama", help="llama-batched-bench")
    parser.add_argument("--llama-model", help="the model as BF16 GGUF")
    parser.add_argument("-o", "--output", help="where the figures go as JSON")
    options = parser.parse_args()
    results = []
    print("| row | sizes | Regimen, tokens/s | peer, tokens/s | ratio | bar |")
    print("|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as tiny:
        with open(os.path.join(tiny, "config.json"), "w") as file:
            json.dump(TINY, file)
        for row in ROWS:
            if options.only and row[0] not in options.only:
                continue
            if row[3][1] is None and not options.llama:
                continue
            results.append(measure(row, options, tiny))
            print(line(results[-1]), flush=True)
            if options.output:
                with open(options.output, "w") as file:
                    json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
