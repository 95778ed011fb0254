#!/usr/bin/env python3
"""Runs a reward function written for TRL's GRPOTrainer as a reward program.

    reward_funcs:
      - { name: mine, command: [python3, ./trl_reward.py, ./rewards.py, my_reward], group: true }

The function is called as GRPOTrainer calls it, `my_reward(prompts=..., completions=...,
completion_ids=..., **columns)`: conversations where the rows have messages, texts otherwise, and every
other column of the rows as a list. It returns one score per completion; None and NaN abstain.
With `group: true` a call gets all completions of one prompt, without it a single one.

`trainer_state` is None; `log_extra` and `log_metric` do nothing. A parameter without a default and without
a column of its name gets the gold answer if it is called solution, answer, ground_truth, gold or target:
Regimen reads these columns itself and keeps their values under its own names, as text.
"""

import asyncio
import importlib.util
import inspect
import json
import math
import os
import sys
import traceback

GOLD_NAMES = ("solution", "answer", "ground_truth", "gold", "target")


def load(path, name):
    """The function `name` of a file, which may import its neighbours."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location("reward_functions", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["reward_functions"] = module
    spec.loader.exec_module(module)
    return getattr(module, name)


def columns(question, function):
    """The other arguments of the function for one completion, by name."""
    given = dict(question["fields"])
    for name in ("solution", "answer"):
        if name in question:
            given.setdefault(name, question[name])
    for name, parameter in inspect.signature(function).parameters.items():
        is_missing = name not in given and parameter.default is inspect.Parameter.empty
        if is_missing and name in GOLD_NAMES and "gold" in question:
            given[name] = question["gold"]
    for name in ("prompt", "completion", "completion_ids"):
        given.pop(name, None)
    return given


def arguments(question, function):
    """The keyword arguments of a call, and its number of completions."""
    texts = question.get("completions", [question.get("completion")])
    ids = question["completion_ids"] if "completions" in question else [question["completion_ids"]]
    messages = question.get("messages")
    completions = [[{"role": "assistant", "content": text}] for text in texts] if messages else texts
    given = {name: [value] * len(texts) for name, value in columns(question, function).items()}
    given.update(
        prompts=[messages or question["prompt"]] * len(texts),
        completions=completions,
        completion_ids=ids,
        trainer_state=None,
        log_extra=lambda column, values: None,
        log_metric=lambda name, value: None,
    )
    return given, len(texts)


def scores(question, function):
    given, count = arguments(question, function)
    result = function(**given)
    if inspect.isawaitable(result):

        async def wait():
            return await result

        result = asyncio.run(wait())
    found = [None if score is None else float(score) for score in result]
    if len(found) != count:
        raise ValueError(f"the function gave {len(found)} rewards for {count} completions")
    return [None if score is None or math.isnan(score) else score for score in found]


def answer(question, function):
    """The answer to a question."""
    try:
        found = scores(question, function)
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
    if "completions" in question:
        return {"scores": found}
    if found[0] is None:
        return {"abstain": "the function gave no reward"}
    return {"score": found[0]}


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: trl_reward.py FILE FUNCTION")
    # Output of the function must not be mixed with the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    function = load(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps({"id": question["id"], **answer(question, function)}), file=answers, flush=True)


if __name__ == "__main__":
    main()
