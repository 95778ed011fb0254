#!/usr/bin/env python3
"""One measurement of another program doing Regimen's work; prints one JSON document.

`bench.py` calls it for each of its rows, in a process of its own. WORK is train, decode or grpo."""
import argparse
import json
import os
import random
import resource
import statistics
import tempfile
import time


def load(arguments):
    """A checkpoint, or for a folder with a config.json alone a model with random weights."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    dtype = torch.bfloat16 if arguments.precision == "bf16" else torch.float32
    if any(name.endswith(".safetensors") for name in os.listdir(arguments.model)):
        return AutoModelForCausalLM.from_pretrained(arguments.model, dtype=dtype)
    return AutoModelForCausalLM.from_config(
        AutoConfig.from_pretrained(arguments.model), dtype=dtype)


def train(arguments):
    """A plain AdamW step. Precision f32, autocast, or bf16 (weights too)."""
    import torch
    model = load(arguments).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)
    shape = (arguments.batch, arguments.length)
    tokens = torch.randint(10, model.config.vocab_size - 1, shape)

    def step():
        with torch.autocast(
                "cpu", dtype=torch.bfloat16, enabled=arguments.precision == "autocast"):
            loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    step()
    times, start = [], time.time()
    while time.time() - start < arguments.seconds or len(times) < 3:
        before = time.time()
        step()
        times.append(time.time() - before)
    seconds = statistics.median(times)
    return {"tokens_per_second": arguments.batch * arguments.length / seconds,
            "seconds_per_step": seconds}


def decode(arguments):
    """transformers' generate at temperature 1, the time of the prompts taken off."""
    import torch
    model = load(arguments).eval()
    shape = (arguments.batch, arguments.length)
    tokens = torch.randint(10, min(40000, model.config.vocab_size), shape)
    mask = torch.ones_like(tokens)

    def run(count):
        before = time.time()
        model.generate(tokens, attention_mask=mask, max_new_tokens=count, min_new_tokens=count,
                       do_sample=True, temperature=1.0, top_k=0)
        return time.time() - before

    with torch.no_grad():
        run(8)
        prompts = run(1)
        seconds = (run(arguments.new_tokens) - prompts) / (arguments.new_tokens - 1)
    return {"tokens_per_second": arguments.batch / seconds, "seconds_per_step": seconds,
            "prefill_tokens_per_second": arguments.batch * arguments.length / prompts}


def grpo(arguments):
    """TRL's GRPOTrainer: the whole step, in completion tokens a second. batch is the number of
    prompts."""
    from datasets import Dataset
    from transformers import AutoTokenizer, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer
    random.seed(0)
    question = "What is {}+{}=? Think, then answer."
    rows = Dataset.from_list([
        {"prompt": [{"role": "user", "content": question.format(
            random.randint(10, 99), random.randint(10, 99))}]} for _ in range(256)])
    lengths, times = [], []

    def reward(completions, completion_ids, **_):
        lengths.append(sum(len(ids) for ids in completion_ids))
        return [random.random() for _ in completions]

    class Clock(TrainerCallback):
        def on_step_begin(self, *_, **__):
            times.append(time.time())

        def on_train_end(self, *_, **__):
            times.append(time.time())

    bf16 = arguments.precision != "f32"
    config = GRPOConfig(
        output_dir=tempfile.mkdtemp(), num_generations=arguments.generations,
        per_device_train_batch_size=arguments.batch * arguments.generations,
        max_completion_length=arguments.new_tokens, max_steps=arguments.steps + 1,
        learning_rate=1e-6, beta=0.001, bf16=bf16, use_cpu=True, logging_steps=1,
        save_strategy="no", report_to=[], temperature=1.0, gradient_checkpointing=False,
        disable_tqdm=True)
    GRPOTrainer(
        model=load(arguments), reward_funcs=reward, args=config, train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(arguments.model),
        callbacks=[Clock()]).train()
    steps = [end - start for start, end in zip(times, times[1:])][1:]
    return {"tokens_per_second": sum(lengths[1:]) / sum(steps),
            "seconds_per_step": statistics.median(steps)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=["train", "decode", "grpo"])
    parser.add_argument("--model", required=True, help="a Hugging Face folder")
    parser.add_argument("--precision", choices=["f32", "autocast", "bf16"], default="f32")
    for name, value in [("batch", 8), ("length", 256), ("generations", 8), ("new-tokens", 96),
                        ("steps", 3), ("threads", 2)]:
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    answer = {"train": train, "decode": decode, "grpo": grpo}[arguments.work](arguments)
    answer["peak_memory_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
