"""Makes the golden data of conversations that are learnt: Tests/Fixtures/conversations.

One tiny model and its tokenizer, chat templates in the manner of known families, and for each case
what transformers makes of it: the prompt, the reply as the template writes it up to its end token, and
the loss of the reply under the model, in float64. Needs torch, transformers, tokenizers and trl.
"""

import json
import os
import shutil

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import trl
from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "conversations")
SPECIALS = ["<s>", "</s>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|eot|>", "<|eom|>", "<think>", "</think>"]
SPECIALS += ["<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"]
TURN = "{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
GENERATION = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
CHATML = "{% for m in messages %}" + TURN + "{% endfor %}" + GENERATION

TEMPLATES = {
    "chatml": CHATML,
    # Opens the thoughts, and leaves those of the content as they are.
    "opens": CHATML.replace("assistant\n' }}{% endif %}", "assistant\n<think>\n' }}{% endif %}"),
    # Trims what is said, and has an end of its own.
    "trims": "{{ bos_token }}{% for m in messages %}{{ '[' + m.role + '] ' + m.content | trim + '<|eot|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '[assistant] ' }}{% endif %}",
    # Thoughts from a key or from the content, an empty block where there are none.
    "blocks": "{% for m in messages %}{% if m.role == 'assistant' %}{% set thoughts = '' %}{% set said = m.content %}"
    "{% if m.reasoning_content is string %}{% set thoughts = m.reasoning_content %}{% elif '</think>' in said %}"
    "{% set thoughts = said.split('</think>')[0].split('<think>')[-1].strip('\n') %}"
    "{% set said = said.split('</think>')[-1].lstrip('\n') %}{% endif %}"
    "{{ '<|im_start|>assistant\n<think>\n' + thoughts + '\n</think>\n\n' + said + '<|im_end|>\n' }}{% else %}"
    + TURN + "{% endif %}{% endfor %}" + GENERATION,
    # The tokenizer's end token behind what the assistant said.
    "ends": "{% for m in messages %}{{ '[' + m.role + ']' + m.content }}"
    "{% if m.role == 'assistant' %}{{ ' ' + eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '[assistant]' }}{% endif %}",
    # No end token at all.
    "endless": "{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}",
    # Tools and their calls, and lists of texts.
    # Writes what a message has, and shows what it has not.
    "keys": "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if 'content' in m %}{{ m.content }}"
    "{% else %}{{ 'nothing' }}{% endif %}{% if 'tool_calls' in m %}{% for c in m.tool_calls %}"
    "{{ '<call>' + c.function.name }}{% endfor %}{% endif %}{{ '<|im_end|>\n' }}{% endfor %}" + GENERATION,
    "tools": "{% if tools %}{{ '<|im_start|>tools' }}{% for t in tools %}{{ ' ' + t.function.name }}"
    "{% for key, value in t.function.parameters.items() %}{{ '(' + key + ')' }}{% endfor %}{% endfor %}"
    "{{ '<|im_end|>\n' }}{% endif %}{% for m in messages %}{{ '<|im_start|>' + m.role }}"
    "{% if m.name is defined %}{{ ' ' + m.name }}{% endif %}{{ '\n' }}"
    "{% if m.content is string %}{{ m.content }}{% elif m.content %}{% for part in m.content %}"
    "{{ '[' + part.text + ']' }}{% endfor %}{% endif %}"
    "{% if m.tool_calls %}{% for c in m.tool_calls %}{{ '<call>' + c.function.name }}"
    "{% for key, value in c.function.arguments.items() %}{{ ' ' + key + '=' ~ value }}{% endfor %}{% endfor %}{% endif %}"
    "{{ '<|im_end|>\n' }}{% endfor %}" + GENERATION,
}
DISTILL = "deepseek_r1_distill"


def template(name):
    path = os.path.join(os.path.dirname(trl.__file__), "chat_templates", f"{name}.jinja")
    with open(path, encoding="utf-8") as file:
        return file.read()


TEMPLATES["distill"] = template(DISTILL)
# What TRL trains with in its place: the thoughts stay.
TRAINING = {"distill": template(DISTILL + "_training")}

ASK = {"role": "user", "content": "what is two plus two?"}
CALL = [{"type": "function", "function": {"name": "add", "arguments": {"b": 2, "a": 2}}}]
TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"b": {}, "a": {}}}}]
THOUGHT = "<think>\nthe user asks. that is four\n</think>\n\nit is four"


def said(content, **more):
    return {"role": "assistant", **more, "content": content}


# Template, tokenizer's bos and eos, the listed ends, messages; tools.
CASES = [
    ("chatml", None, "<|im_end|>", ["<|im_end|>", "<|endoftext|>"], [ASK, said("it is four")]),
    ("chatml", None, "<|im_end|>", ["<|endoftext|>", "<|im_end|>"], [ASK, said("it is four")]),
    ("chatml", None, "<|endoftext|>", ["<|endoftext|>"], [ASK, said("it is four")]),
    ("chatml", None, "<|im_end|>", ["<|im_end|>"], [{"role": "developer", "content": "be brief"}, ASK, said("four")]),
    ("chatml", None, "<|im_end|>", ["<|im_end|>"], [ASK, said("  it is four \n")]),
    ("opens", None, "<|im_end|>", ["<|im_end|>"], [ASK, said(THOUGHT)]),
    ("trims", "<s>", "<|eot|>", ["</s>", "<|eom|>", "<|eot|>"], [ASK, said("it is four")]),
    ("trims", "<s>", "<|eot|>", ["</s>"], [ASK, said("  it is four  ")]),
    ("trims", "<s>", "<|eot|>", None, [ASK, said("it is four")]),
    ("blocks", None, "<|im_end|>", ["<|im_end|>"], [ASK, said("it is four")]),
    ("blocks", None, "<|im_end|>", ["<|im_end|>"], [ASK, said(THOUGHT)]),
    ("blocks", None, "<|im_end|>", ["<|im_end|>"], [ASK, said("it is four", reasoning_content="that is four")]),
    ("blocks", None, "<|im_end|>", ["<|im_end|>"], [ASK, said("it is four", thinking="that is four")]),
    ("blocks", None, "<|im_end|>", ["<|im_end|>"], [ASK, said("it is four", reasoning="that is four")]),
    ("ends", None, "</s>", ["<|endoftext|>", "</s>"], [ASK, said("four"), ASK, said("it is four")]),
    ("tools", None, "<|im_end|>", ["<|im_end|>"], [ASK, said("", tool_calls=CALL)], TOOLS),
    ("tools", None, "<|im_end|>", ["<|im_end|>"],
     [ASK, said(None, tool_calls=CALL), {"role": "tool", "name": "add", "content": "4"}, said("it is four")], TOOLS),
    ("tools", None, "<|im_end|>", ["<|im_end|>"],
     [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, said("c")]),
    ("keys", None, "<|im_end|>", ["<|im_end|>"],
     [{"role": "system", "content": None}, {**ASK, "tool_calls": None},
      said("it is four", tool_calls=None, reasoning_content=None)]),
    ("keys", None, "<|im_end|>", ["<|im_end|>"], [ASK, said(None, tool_calls=CALL)], TOOLS),
    ("keys", None, "<|im_end|>", ["<|im_end|>"],
     [ASK, said(None, tool_calls=CALL), {"role": "tool", "name": "add", "content": "4"},
      said("it is four", tool_calls=None)], TOOLS),
    ("distill", "<s>", "<｜end▁of▁sentence｜>", ["<｜end▁of▁sentence｜>"], [ASK, said(THOUGHT)]),
    ("distill", "<s>", "<｜end▁of▁sentence｜>", ["<｜end▁of▁sentence｜>"], [ASK, said(THOUGHT), ASK, said(THOUGHT)]),
]
# Conversations that end with an assistant's message, which is gone on with.
CONTINUED = [
    ("chatml", [ASK, said("it is")]),
    ("chatml", [ASK, said("it is ")]),
    ("trims", [ASK, said("it is  ")]),
    ("opens", [ASK, said("<think>\nFirst,")]),
    ("blocks", [ASK, said("it is")]),
    ("chatml", [ASK, said("four"), ASK, said("it")]),
]


def make_tokenizer():
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=290, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    words = "the user asks: what is two plus two? it is four. that is four. assistant system"
    tokenizer.train_from_iterator([words] * 4, trainer)
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIALS])
    return tokenizer


def loss(model, prompt, reply):
    with torch.no_grad():
        logits = model(torch.tensor([prompt + reply])).logits[0].double()
    logs = torch.log_softmax(logits, -1)
    return -sum(logs[len(prompt) + i - 1, id].item() for i, id in enumerate(reply)) / len(reply)


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    base = make_tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=base.get_vocab_size(), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=256,
        initializer_range=0.3, tie_word_embeddings=True, bos_token_id=None, eos_token_id=None,
    )
    model = LlamaForCausalLM(config).float()
    model.save_pretrained(OUT)
    plain = PreTrainedTokenizerFast(tokenizer_object=base)
    plain.save_pretrained(OUT)
    for name in ("generation_config.json", "tokenizer_config.json"):
        os.remove(os.path.join(OUT, name))
    model = model.double()

    def ids(text):
        return plain(text, add_special_tokens=False).input_ids

    cases = []
    for name, bos, eos, listed, messages, *tools in CASES:
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=base, bos_token=bos, eos_token=eos)
        tools = tools[0] if tools else None
        render = lambda template, turns, more: tokenizer.apply_chat_template(
            turns, tools=tools, chat_template=template, tokenize=False, add_generation_prompt=more
        )
        prompt = render(TEMPLATES[name], messages[:-1], True)
        # TRL's template keeps the thoughts of earlier turns as well; those are none of the reply.
        whole = render(TRAINING.get(name, TEMPLATES[name]), messages, False)
        if name in TRAINING:
            whole = prompt + whole.rsplit("<｜Assistant｜><think>\n", 1)[1]
        assert whole.startswith(prompt), (prompt, whole)
        reply = whole[len(prompt):].rstrip("\n")
        end = next(s for s in SPECIALS if reply.endswith(s) and s not in ("<think>", "</think>"))
        cases.append({
            "template": name, "bos": bos, "eos": eos,
            "listed": None if listed is None else [plain.convert_tokens_to_ids(s) for s in listed],
            "messages": messages, "tools": tools, "prompt": prompt, "reply": reply[: -len(end)],
            "end": end, "loss": loss(model, ids(prompt), ids(reply)),
        })
    continued = []
    for name, messages in CONTINUED:
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=base, bos_token="<s>", eos_token="</s>")
        text = tokenizer.apply_chat_template(
            messages, chat_template=TEMPLATES[name], tokenize=False, continue_final_message=True
        )
        continued.append({"template": name, "messages": messages, "prompt": text})

    def lines(items):
        return "[\n" + ",\n".join(json.dumps(i, ensure_ascii=False) for i in items) + "\n]"

    with open(os.path.join(OUT, "cases.json"), "w", encoding="utf-8") as file:
        file.write('{"templates": ' + json.dumps(TEMPLATES, ensure_ascii=False, indent=0))
        file.write(',\n"cases": ' + lines(cases) + ',\n"continued": ' + lines(continued) + "}\n")


main()
