#!/usr/bin/env bash
# transformers 5.23.0: apply_chat_template drops every key of a message whose value is None before the template sees
# it; keys inside a tool call or a content part that are None stay.
#
# Jinja alone suggests that `"content": null` reaches the template as None, prints "None" or fails at a length. Here
# the same template finds `content` undefined, but prints the None of `arguments` one level down. So a program that
# renders the template with Jinja and the message's own JSON gets a different text, or an error, for rows that
# OpenAI-style servers write (`"content": null`, `"tool_calls": null`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q transformers==5.23.0 jinja2==3.1.6
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PY'
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

TEMPLATE = (
    "{% for m in messages %}{{ m.role }}:"
    "{{ m.content if m.content is defined else 'undefined' }}"
    "{% if m.tool_calls is defined %};calls={{ m.tool_calls }}{% endif %}|{% endfor %}")
MESSAGES = [
    {"role": "user", "content": "q", "tool_calls": None},
    {"role": "assistant", "content": None,
     "tool_calls": [{"function": {"name": "f", "arguments": None}}]},
]
tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, "a")))
theirs = tokenizer.apply_chat_template(MESSAGES, chat_template=TEMPLATE, tokenize=False)
plain = ImmutableSandboxedEnvironment().from_string(TEMPLATE).render(messages=MESSAGES)
print("transformers:", theirs)
print("Jinja alone: ", plain)
calls = "[{'function': {'name': 'f', 'arguments': None}}]"
assert theirs == f"user:q|assistant:undefined;calls={calls}|", theirs
assert plain == f"user:q;calls=None|assistant:None;calls={calls}|", plain
PY
