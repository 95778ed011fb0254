"""Two reward functions in the form that TRL's GRPOTrainer takes."""

import re


def text_of(completion):
    """The text of a completion, which is a list of messages if the prompt is one."""
    return completion if isinstance(completion, str) else completion[-1]["content"]


def last_number(completions, solution, **columns):
    """1 if the last number of the completion is the solution; None if the solution is not a number."""
    rewards = []
    for completion, gold in zip(completions, solution):
        numbers = re.findall(r"-?\d+(?:\.\d+)?", text_of(completion))
        try:
            rewards.append(float(bool(numbers) and float(numbers[-1]) == float(gold)))
        except ValueError:
            rewards.append(None)
    return rewards


def shortest(prompts, completions, **columns):
    """1 for the shortest completions of a prompt, 0 for the others; needs `group: true`."""
    lengths = [len(text_of(completion)) for completion in completions]
    return [float(length == min(lengths)) for length in lengths]
