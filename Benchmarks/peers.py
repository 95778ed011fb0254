#!/usr/bin/env python3
"""Runs Regimen beside PyTorch and transformers on the same machine and prints the ratio of medians.

Set-up (Python 3.11 or newer, the CPU build of torch):
    python3 -m venv .build/peers
    .build/peers/bin/pip install torch==2.13.0 transformers==5.23.0
    make build smollm2
    .build/release/regimen model import models/SmolLM2-135M-Instruct.Q4_1.gguf -o models/smollm2-hf

Use:
    .build/peers/bin/python Benchmarks/peers.py train  --model models/smollm2-hf
    .build/peers/bin/python Benchmarks/peers.py decode --model models/smollm2-hf
    .build/peers/bin/python Benchmarks/peers.py tiny

The two sides alternate, each in a process of its own, so that a noisy neighbour meets both.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

TINY = dict(
    model_type="llama", architectures=["LlamaForCausalLM"], vocab_size=512, hidden_size=128,
    intermediate_size=352, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=4,
    head_dim=32, hidden_act="silu", max_position_embeddings=2048, rms_norm_eps=1e-6,
    rope_theta=10000.0, initializer_range=0.02, tie_word_embeddings=True, attention_bias=False,
    mlp_bias=False)


def torch_train(model, batch, length, seconds):
    """Tokens a second of an AdamW step in f32."""
    import torch
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)
    tokens = torch.randint(10, model.config.vocab_size - 1, (batch, length))

    def step():
        model(input_ids=tokens, labels=tokens).loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    step()
    times, start = [], time.time()
    while time.time() - start < seconds or len(times) < 3:
        before = time.time()
        step()
        times.append(time.time() - before)
    return batch * length / statistics.median(times)


def torch_decode(model, batch, length, new_tokens):
    """New tokens a second of sampling at temperature 1, the time of the prompt taken off."""
    import torch
    model.eval()
    tokens = torch.randint(10, min(40000, model.config.vocab_size), (batch, length))
    mask = torch.ones_like(tokens)

    def run(count):
        before = time.time()
        model.generate(tokens, attention_mask=mask, max_new_tokens=count, min_new_tokens=count,
                       do_sample=True, temperature=1.0, top_k=0)
        return time.time() - before

    with torch.no_grad():
        run(8)
        return batch * (new_tokens - 1) / (run(new_tokens) - run(1))


def peer(arguments):
    """One measurement of the PyTorch side; a child process, so that nothing is shared."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    if arguments.work == "tiny":
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(arguments.model))
    else:
        model = AutoModelForCausalLM.from_pretrained(arguments.model, dtype=torch.float32)
    if arguments.work == "decode":
        return torch_decode(model, arguments.batch, arguments.length, arguments.new_tokens)
    return torch_train(model, arguments.batch, arguments.length, arguments.seconds)


def run_peer(arguments):
    command = [sys.executable, __file__, arguments.work, "--peer"] + shared_flags(arguments)
    environment = dict(os.environ, HF_HUB_OFFLINE="1")
    return float(subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True).stdout.split()[-1])


def run_regimen(arguments):
    work = "decode" if arguments.work == "decode" else "train"
    command = [arguments.regimen, "bench", work, "--json", "--quiet"] + shared_flags(arguments)
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(answer)


def shared_flags(arguments):
    flags = ["--model", arguments.model, "--batch", arguments.batch, "--length", arguments.length,
             "--seconds", arguments.seconds, "--threads", arguments.threads]
    if arguments.work == "decode":
        flags += ["--new-tokens", arguments.new_tokens]
    return [str(flag) for flag in flags]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=["train", "decode", "tiny"])
    parser.add_argument("--model", help="a Hugging Face folder")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--length", type=int)
    parser.add_argument("--new-tokens", type=int, default=96)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--regimen", default=".build/release/regimen")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    batch, length = {"train": (8, 256), "decode": (32, 64), "tiny": (32, 128)}[arguments.work]
    arguments.batch = arguments.batch or batch
    arguments.length = arguments.length or length
    if arguments.peer:
        print(peer(arguments))
        return
    with tempfile.TemporaryDirectory() as folder:
        if arguments.work == "tiny":
            arguments.model = folder
            with open(os.path.join(folder, "config.json"), "w") as file:
                json.dump(TINY, file)
        elif not arguments.model:
            parser.error("--model is needed")
        ours, theirs = [], []
        for _ in range(arguments.rounds):
            measured = run_regimen(arguments)
            ours.append(measured["tokens_per_second"])
            theirs.append(run_peer(arguments))
    print(json.dumps({
        "work": arguments.work, "batch": arguments.batch, "length": arguments.length,
        "threads": arguments.threads, "precision": measured["precision"], "cpu": measured["cpu"],
        "regimen_tokens_per_second": ours, "peer_tokens_per_second": theirs,
        "ratio_of_medians": statistics.median(ours) / statistics.median(theirs)}))


if __name__ == "__main__":
    main()
