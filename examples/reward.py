#!/usr/bin/env python3
"""A reward program: one line of JSON in, one line of JSON out, in order.

It runs each test of the row's column `tests` against the function `solve` in the completion, and scores
the share of tests that pass:

    {"prompt": "Write solve(a, b): the sum.", "tests": [{"args": [1, 2], "result": 3}]}

    reward_funcs: [{ command: [python3, ./reward.py], timeout: 10 }]

Completions are programs written by a model: run them in a sandbox.
"""

import json
import re
import subprocess
import sys

RUN = """
import json, sys
job = json.load(sys.stdin)
space = {}
exec(job["code"], space)
print(json.dumps([space["solve"](*test["args"]) == test["result"] for test in job["tests"]]))
"""


def code_of(text):
    """The last fenced block, or all of the text after the thoughts."""
    answer = text.rsplit("</think>", 1)[-1]
    blocks = re.findall(r"```(?:python)?\n(.*?)```", answer, re.DOTALL)
    return blocks[-1] if blocks else answer


def judge(question):
    tests = question["fields"].get("tests")
    if not tests:
        return {"abstain": "the row has no tests"}
    job = json.dumps({"code": code_of(question["completion"]), "tests": tests})
    try:
        ran = subprocess.run(
            [sys.executable, "-c", RUN], input=job, capture_output=True, text=True, timeout=5
        )
        passed = json.loads(ran.stdout) if ran.returncode == 0 else []
    except (subprocess.TimeoutExpired, ValueError):
        passed = []
    return {"score": sum(passed) / len(tests)}


def main():
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps({"id": question["id"], **judge(question)}), flush=True)


if __name__ == "__main__":
    main()
