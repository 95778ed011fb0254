"""Makes the golden data of the tokenizer, template and checkpoint tests: Tests/Fixtures/text.

Needs tokenizers, transformers, trl, gguf, safetensors, torch and numpy; `python text.py` rewrites
the folder. Everything here is made up; the templates of SmolLM2 and Qwen2.5 are Apache-2.0, the
latter is read from the installed trl package.
"""

import base64
import json
import os
import random
import shutil

os.environ["HF_HUB_OFFLINE"] = "1"

import gguf
import numpy as np
import torch
import transformers
import trl
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, trainers
from tokenizers.models import BPE, WordLevel

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "text")
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TAGS = ["<think>", "</think>", "<answer>", "</answer>"]
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


LLAMA3 = QWEN.replace(r"\p{N}|", r"\p{N}{1,3}|")
# Expressions of DeepSeek's tokenizers, as llama.cpp lists them; the letters are shortened.
DEEPSEEK = {
    "deepseek-v3": [
        r"\p{N}{1,3}",
        "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
        r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"
        r"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ],
    "deepseek-llm": [
        r"[\r\n]",
        r"\s?[A-Za-z" + "\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u0370-\u0373\u0400-\u0481]+",
        r"\s?[!-/:-~" + "\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+",
        r"\s+$",
        "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+",
        r"\p{N}+",
    ],
    "deepseek-coder": [
        r"[\r\n]",
        r"\s?\p{L}+",
        r"\s?\p{P}+",
        "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+",
        r"\p{N}",
    ],
    # Not DeepSeek's: GPT-4o's, with categories of cased letters and an optional group.
    "o200k": [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
        r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ],
}


def line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write(name, value):
    """One case a line, so that a difference can be read."""

    def block(item):
        if isinstance(item, list):
            return "[\n" + ",\n".join(line(case) for case in item) + "\n]"
        if isinstance(item, dict) and len(item) > 1:
            cases = (f"{line(key)}:{line(case)}" for key, case in item.items())
            return "{\n" + ",\n".join(cases) + "\n}"
        return line(item)

    with open(os.path.join(OUT, name), "w", encoding="utf-8") as file:
        file.write("{\n")
        file.write(",\n".join(f"{line(key)}:{block(item)}" for key, item in value.items()))
        file.write("\n}\n")


# Tokenizers.

SENTENCES = [
    "Mara has {a} apples and gives {b} of them to her brother.",
    "How many apples does she have left? She has {a} - {b} = {c} apples.",
    "<p>The train leaves at {a}:{b}, doesn't it? We'll see; they've said so.</p>",
    "Don't worry, I'm sure you're right: {a} + {b} isn't {c}.",
    "  if (x > {a}) {{ return y * {b}; }}  // the other case",
    "Le garçon a mangé {a} pommes à l'école, déjà vu, naïveté.",
    "Straße, Größe, Äpfel und Öl kosten {a} Euro.",
    "数学の問題は{a}と{b}です。答えは{c}。",
    "Сколько яблок осталось у Маши? {a} или {b}?",
    "the answer is the sum of the numbers, and therefore the total is {c}\n\n",
]


def corpus():
    rng = random.Random(7)
    for _ in range(400):
        a, b = rng.randrange(100), rng.randrange(100)
        yield rng.choice(SENTENCES).format(a=a, b=b, c=a - b)


def byte_level(use_regex):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)


def pre_tokenizer(kind):
    if kind == "gpt2":
        return byte_level(True)
    if kind == "smollm":
        return pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), byte_level(True)]
        )
    expressions = {"qwen2": [QWEN], "llama3": [LLAMA3], **DEEPSEEK}[kind]
    splits = [
        pre_tokenizers.Split(Regex(e), behavior="isolated", invert=False) for e in expressions
    ]
    return pre_tokenizers.Sequence([*splits, byte_level(False)])


def train(kind, merges=420):
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizer(kind)
    tokenizer.decoder = decoders.ByteLevel()
    if kind == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges + len(SPECIALS),
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    # One of each kind: kept when specials are dropped, a part of another, matched after NFC. (The
    # euro sign because the decoder takes Latin-1 letters of added tokens for bytes.)
    tokenizer.add_tokens(
        [
            AddedToken("<think>", special=False, normalized=False),
            AddedToken("<think>!", special=False, normalized=False),
            AddedToken("größer€", special=False, normalized=True),
        ]
    )
    return tokenizer


PIECES = (
    [" ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", "\r", "\u00a0", "\u3000", "\u2028", "\u0085"]
    + ["'s", "'S", "'ll", "'LL", "'lL", "'ſ", "'re", "don't", "DON'T", "I'm", "'", "''", "they've"]
    + ["12", "3.14", "１２", "²", "½", "Ⅷ", "१२", "1,000", "0", "x2y", "_a", "$5", "50%", "#!", "--"]
    + ["é", "e\u0301", "ﬁ", "ß", "Å", "\u212b", "A\u030a", "\u0344", "\u1100\u1161\u11a8", "각"]
    + ["日本語", "한국어", "العربية", "हिन्दी", "ไทย", "עברית", "数学の問題", "Сколько", "ñandú"]
    + ["😀", "👩‍👩‍👧", "🏳️‍🌈", "🇩🇪", "\u200d", "\ufe0f", "\u0000", "\ufeff", "\ufffd", "𝔸", "𐍈"]
    + ["<|", "|>", "<|im_start|", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<think>"]
    + ["<think>!", "<thin", "größer€", "gro\u0308ßer€", "größer", "\\frac{1}{2}", "://", "&amp;", "..."]
    + ["the", " the", " apples", "answer", " = ", "Mara", "has", "numbers", "Größe", "\x7f"]
)

FIXED = ["", " ", "a", "a" * 200, " " * 40 + "x", "\n" * 30, "ab" * 100, "x" + " " * 7, "12345678901"]


def texts():
    rng = random.Random(11)
    made = list(FIXED) + list(PIECES)
    for _ in range(260):
        made.append("".join(rng.choice(PIECES) for _ in range(rng.randrange(2, 14))))
    for _ in range(60):
        made.append("".join(chr(scalar(rng)) for _ in range(rng.randrange(1, 16))))
    return made


def scalar(rng):
    """A code point of an old block, so that Unicode versions do not matter."""
    while True:
        top = rng.choice([0x80, 0x800, 0x3000, 0xD800])
        code = rng.randrange(top)
        # Assigned: unassigned ones may become letters later.
        if unicodedata_category(code) != "Cn":
            return code


def unicodedata_category(code):
    import unicodedata

    return unicodedata.category(chr(code))


def tokenizers():
    cases = [{"text": text} for text in texts()]
    rng = random.Random(13)
    for kind in ["gpt2", "smollm", "qwen2"]:
        tokenizer = train(kind)
        with open(os.path.join(OUT, f"tokenizer-{kind}.json"), "w", encoding="utf-8") as file:
            file.write(line(json.loads(tokenizer.to_str())) + "\n")
        for index, case in enumerate(cases):
            encoding = tokenizer.encode(case["text"], add_special_tokens=False)
            case[kind] = encoding.ids
            decoded = tokenizer.decode(encoding.ids, skip_special_tokens=False)
            # Only normalisation may change a text.
            assert kind == "qwen2" or decoded == case["text"]
            case["decoded"] = decoded
            if index < 60:
                case["tokens"] = encoding.tokens
    for case in cases:
        if case["decoded"] == case["text"]:
            del case["decoded"]
    broken = []
    for _ in range(60):
        ids = [rng.randrange(tokenizer.get_vocab_size()) for _ in range(rng.randrange(1, 9))]
        broken.append({"ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=False)})
    write("tokenizations.json", {"cases": cases, "broken": broken})


def without_merges(tokenizer):
    """Some words can no longer be merged; as Llama 3's do, they are tokens all the same."""
    root = json.loads(tokenizer.to_str())
    root["model"]["merges"] = [m for i, m in enumerate(root["model"]["merges"]) if i % 5 != 4]
    root["model"]["ignore_merges"] = True
    return Tokenizer.from_str(json.dumps(root))


def more_tokenizers():
    """The pre-tokenizers that are read as expressions, and merges that are ignored."""
    cases = [{"text": text} for text in texts()[::2]]
    for kind in ["llama3", *DEEPSEEK]:
        tokenizer = train(kind, merges=300)
        if kind == "llama3":
            plain = tokenizer
            tokenizer = without_merges(tokenizer)
            ignored = sum(plain.encode(c["text"]).ids == tokenizer.encode(c["text"]).ids for c in cases)
            assert ignored < len(cases)
        with open(os.path.join(OUT, f"tokenizer-{kind}.json"), "w", encoding="utf-8") as file:
            file.write(line(json.loads(tokenizer.to_str())) + "\n")
        for case in cases:
            case[kind] = tokenizer.encode(case["text"], add_special_tokens=False).ids
    write("more-tokenizations.json", {"cases": cases})


# Chat templates.

SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"
    "<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)

PLAIN = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)

# The same in another hand: other quotes, white space control, defaults, several outputs a turn.
SPACED = """{%- if not add_generation_prompt is defined -%}
{%- set add_generation_prompt = false -%}
{%- endif -%}
{# one turn after the other #}
{%- for message in messages %}
    {{- "<|im_start|>" ~ message.role }}
    {{- '\\n' -}}
    {{ message["content"] }}
    {{- "<|im_end|>\\n" }}
{%- endfor %}
  {% if add_generation_prompt %}
<|im_start|>assistant
  {{- '\\n' }}
  {%- endif %}
"""

# What other models make of the same turns: each is a small change that shows.
VARIANTS = {
    "llama2": "{% for m in messages %}[INST] {{ m['content'] }} [/INST]{% endfor %}",
    "trimmed": PLAIN.replace("message['content']", "message['content'] | trim"),
    "no newline": PLAIN.replace("'<|im_end|>' + '\n'", "'<|im_end|>'"),
    "space": PLAIN.replace("}}{% endfor %}", "}} {% endfor %}"),
    "thinks": PLAIN.replace("assistant\n' }}", "assistant\n<think>\n' }}"),
    "bos": "{{ bos_token }}" + PLAIN,
    "last": PLAIN.replace("{% endfor", "{% if loop.last %}!{% endif %}{% endfor"),
    "empty": "",
    "operators": "{{ 7 // 2 * 3 - 1 % 4 }}{{ -7 // 2 }}{{ -7 % 3 }}{{ 'a' ~ 1 + 2 ~ none ~ true }}"
    "{{ messages | length > 1 and 'more' or 'one' }}{{ 'x' if messages[5] is defined else 'y' }}"
    "{{ 1 < 2 <= 2 }}{{ 'b' not in 'abc' }}{{ not 'b' in 'abc' }}{{ [1, 2][-1] }}{{ 'abcd'[1:-1] }}"
    "{{ 'abcd'[::-1] }}{{ {'k': 'v'}.k }}{{ {'k': 'v'}['k'] }}{{ ('t',)[0] }}{{ missing }}",
    "methods": "{{ ' a b '.strip() }}|{{ 'xxaxx'.lstrip('x') }}|{{ 'xxaxx'.rstrip('x') }}|"
    "{{ 'a--b--c'.split('--') | join('+') }}|{{ ' a  b '.split() | join('+') }}|"
    "{{ 'Abc'.upper() }}{{ 'Abc' | lower }}|{{ 'aXbX'.replace('X', '.') }}|"
    "{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith('ab') }}|{{ none | default('d') }}"
    "{{ nothing | default('d') }}{{ '' | default('d', true) }}|{{ messages | first | length }}"
    "{{ {'a': 1}.items() | list | length }}{{ {'a': 1}.get('b', 3) }}"
    "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}"
    "{{ messages | map(attribute='role') | join(',') }}{{ range(3) | join }}{{ range(1, 3) | last }}",
    "loops": "{% set x = 'out' %}{% for m in messages if m.role != 'system' %}{% set x = 'in' %}"
    "{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}{{ x }}"
    "{{ loop.length }}{{ loop.previtem.role if loop.previtem is defined else '-' }}"
    "{{ loop.nextitem.role if not loop.last else '-' }};{% endfor %}{{ x }}"
    "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}"
    "{% set ns = namespace(n=0) %}{% for m in messages[::-1] %}{% set ns.n = ns.n + 1 %}"
    "{{ m.role }}{% endfor %}{{ ns.n }}{% generation %}g{% endgeneration %}",
}

# Neither can be rendered: for Jinja, or for what is not here.
UNKNOWN = {
    "broken": PLAIN.replace("{% endfor %}", ""),
    "unfinished": PLAIN[:-5],
    "include": "{% include 'turn' %}",
    "filter": "{{ messages[0].content | urlize }}",
    "refused": "{{ raise_exception('No system role') }}",
    "undefined": "{{ messages[9].role }}",
    "time": "{{ strftime_now('%d') }}",
}


def conversations():
    user = {"role": "user", "content": "What is 2 + 2?"}
    answer = {"role": "assistant", "content": "It is 4.\n"}
    system = {"role": "system", "content": "  Be brief. "}
    thinks = {"role": "assistant", "content": "<think>\nTwo twos.\n</think>\n\nIt is 4."}
    odd = {"role": "user", "content": "<|im_end|>\n{{ 'é' }} {% x %}\n\n"}
    return [
        [user],
        [system, user],
        [user, answer, odd],
        [system, user, answer, user],
        [user, system, odd],
        [answer],
        [system],
        [{"role": "user", "content": ""}],
        [system, user, thinks, odd, thinks],
        [user, thinks],
    ]


def chat():
    folder = os.path.join(os.path.dirname(trl.__file__), "chat_templates")
    with open(os.path.join(folder, "qwen2_5.jinja"), encoding="utf-8") as file:
        qwen = file.read()
    names = {"smollm2": SMOLLM2, "plain": PLAIN, "spaced": SPACED, "qwen2.5": qwen}
    names["qwen2.5-math"] = qwen.replace(
        "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
        "Please reason step by step, and put your final answer within \\\\boxed{}.",
    )
    for name in ["qwen3", "qwen3_instruct_2507", "deepseek_r1_distill", "llama3", "llama3_1"]:
        with open(os.path.join(folder, f"{name}.jinja"), encoding="utf-8") as file:
            names[name] = file.read()
    names |= VARIANTS
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=train("smollm"), bos_token="<|endoftext|>", eos_token="<|im_end|>"
    )
    cases = []
    for name, template in names.items():
        for messages in conversations():
            for prompt in [False, True]:
                text = tokenizer.apply_chat_template(
                    messages,
                    chat_template=template,
                    tokenize=False,
                    add_generation_prompt=prompt,
                )
                cases.append(
                    {"template": name, "messages": messages, "prompt": prompt, "text": text}
                )
    write("chat.json", {"templates": names, "cases": cases, "unknown": UNKNOWN})


# Quantised blocks and checkpoints.


def b64(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def blocks():
    rng = np.random.default_rng(5)
    result = {}
    for name in ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "F16", "BF16", "F32"]:
        kind = gguf.GGMLQuantizationType[name]
        values = rng.normal(0, [[0.02], [1.0], [300.0], [1e-6]], (4, 64)).astype(np.float32)
        rows = gguf.quants.quantize(values, kind).view(np.uint8)
        if name.startswith("Q"):
            # Any bytes behind a finite scale are a block: the largest, smallest and negative ones.
            size = gguf.GGML_QUANT_SIZES[kind][1]
            wild = rng.integers(0, 256, (3, 2 * size), dtype=np.uint8)
            scales = np.array([65504, 6e-8, -0.0], np.float16)
            fields = 2 if name.endswith("_1") else 1
            for row, scale in enumerate(scales):
                for block in range(2):
                    for field in range(fields):
                        at = block * size + 2 * field
                        wild[row, at : at + 2] = np.array([scale]).view(np.uint8)
            rows = np.concatenate([rows, wild])
        typed = rows
        if name in ("F32", "F16"):
            typed = rows.view({"F32": np.float32, "F16": np.float16}[name])
        numbers = gguf.quants.dequantize(typed, kind).astype(np.float32)
        result[name] = {"bytes": b64(rows), "count": int(numbers.size), "f32": b64(numbers)}
        if name in ("F16", "BF16", "Q8_0"):
            # What the first rows were made of; a block of zeros and one of halves of a step, too.
            ties = np.concatenate([np.zeros(32), np.arange(32) / 2 - 0.5, [127] * 32, [-1e-9] * 32])
            values = np.concatenate([values.reshape(-1), ties.astype(np.float32)])
            packed = gguf.quants.quantize(values.reshape(1, -1), kind).view(np.uint8)
            result[name] |= {"values": b64(values), "quantized": b64(packed)}
    for name, places in K_SCALES.items():
        kind = gguf.GGMLQuantizationType[name]
        rows = rng.integers(0, 256, (8, gguf.GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
        scales = [0.01, 1.5, -0.3, 65504, -65504, 6e-8, -0.0, 1e-4]
        for row, scale in zip(rows, np.array(scales, np.float16)):
            for index, at in enumerate(places):
                row[at : at + 2] = np.array([scale * (1 - index / 4)], np.float16).view(np.uint8)
        numbers = gguf.quants.dequantize(rows, kind).astype(np.float32)
        result[name] = {"bytes": b64(rows), "count": int(numbers.size), "f32": b64(numbers)}
    every = np.arange(0x10000, dtype=np.uint16)
    result["half_checksum"] = fnv(every.view(np.float16).astype(np.float32)[finite(every)])
    return result


# Where the super-scales stand in a block; every other byte may be anything.
K_SCALES = {"Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def finite(halves):
    return np.isfinite(halves.view(np.float16))


def fnv(array):
    """FNV-1a of the bytes, as a hexadecimal number."""
    value = 0xCBF29CE484222325
    for byte in np.ascontiguousarray(array).tobytes():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


# Waves of 6, 94, 1405 and 21007 positions against a context of 128: kept, blended, slowed down.
ROPE = {
    "llama3": {
        "rope_type": "llama3",
        "rope_theta": 50000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 128,
    }
}


def tiny(kind, vocabulary, tied):
    torch.manual_seed(3)
    sizes = dict(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        rms_norm_eps=1e-5,
        tie_word_embeddings=tied,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=0,
        rope_parameters=ROPE.get(kind, {"rope_type": "default", "rope_theta": 50000.0}),
    )
    if kind in ("llama", "llama3"):
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**sizes))
    elif kind == "qwen2":
        model = transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**sizes))
    else:
        model = transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**sizes, head_dim=16))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.2)
    return model


def gguf_name(name):
    layer = {
        "input_layernorm": "attn_norm",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.q_norm": "attn_q_norm",
        "self_attn.k_norm": "attn_k_norm",
        "self_attn.o_proj": "attn_output",
        "post_attention_layernorm": "ffn_norm",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
    }
    top = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    module, kind = name.rsplit(".", 1)
    if module in top:
        return f"{top[module]}.{kind}"
    _, _, number, rest = module.split(".", 3)
    return f"blk.{number}.{layer[rest]}.{kind}"


def permute(weights, heads):
    """As llama.cpp's convert_hf_to_gguf.py stores query and key rows of llama models."""
    rows = weights.shape[0]
    split = weights.reshape(heads, 2, rows // heads // 2, *weights.shape[1:])
    return split.swapaxes(1, 2).reshape(weights.shape)


def rope_factors(config):
    """As convert_hf_to_gguf.py computes them from the config's numbers."""
    rope = config.rope_parameters
    dim = config.hidden_size // config.num_attention_heads
    factors = []
    for frequency in 1.0 / rope["rope_theta"] ** (np.arange(0, dim, 2, dtype=np.float32) / dim):
        wave = 2 * np.pi / frequency
        context, low, high = (
            rope["original_max_position_embeddings"], rope["low_freq_factor"], rope["high_freq_factor"])
        if wave < context / high:
            factors.append(1)
        elif wave > context / low:
            factors.append(rope["factor"])
        else:
            smooth = (context / wave - low) / (high - low)
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    assert len(set(factors)) == 3
    return np.array(factors, np.float32)


def write_gguf(path, model, kind_name, tokenizer, kinds):
    config = model.config
    model_type = config.model_type
    writer = gguf.GGUFWriter(path, model_type)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(50000.0)
    if model_type == "llama":
        writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
        writer.add_vocab_size(config.vocab_size)
    vocabulary = json.loads(tokenizer.to_str())["model"]
    added = tokenizer.get_added_tokens_decoder()
    by_id = {id: text for text, id in tokenizer.get_vocab(with_added_tokens=True).items()}
    writer.add_tokenizer_model("gpt2")
    if model_type == "qwen3":
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)
    if kind_name == "llama3":
        writer.add_rope_scaling_orig_ctx_len(128)
        writer.add_tensor("rope_freqs.weight", rope_factors(config))
    writer.add_tokenizer_pre({"llama": "smollm", "llama3": "llama-bpe"}.get(kind_name, "qwen2"))
    writer.add_token_list([by_id[i] for i in range(len(by_id))])
    writer.add_token_types(
        [(3 if added[i].special else 4) if i in added else 1 for i in range(len(by_id))]
    )
    writer.add_token_merges([" ".join(pair) for pair in vocabulary["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_chat_template(SMOLLM2)
    expected = {}
    state = {k: v.numpy() for k, v in model.state_dict().items()}
    if config.tie_word_embeddings:
        state.pop("lm_head.weight", None)
    for index, (name, values) in enumerate(state.items()):
        kind = gguf.GGMLQuantizationType.F32
        if values.ndim == 2:
            kind = gguf.GGMLQuantizationType[kinds[index % len(kinds)]]
        stored = values
        if model_type == "llama" and name.endswith(("q_proj.weight", "k_proj.weight")):
            query = "q_proj" in name
            stored = permute(
                values, config.num_attention_heads if query else config.num_key_value_heads
            )
        packed = gguf.quants.quantize(stored, kind)
        writer.add_tensor(gguf_name(name), packed, raw_dtype=kind)
        back = gguf.quants.dequantize(gguf.quants.quantize(values, kind), kind)
        back = back.astype(np.float32).reshape(values.shape)
        expected[name] = {"shape": list(values.shape), "type": kind.name, "fnv": fnv(back)}
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return expected


def checkpoints():
    result = {"blocks": blocks(), "models": {}, "ids": {}, "folders": {}}
    for model_type, tied, kinds in [
        ("llama", True, ["Q8_0", "Q4_1", "Q4_0", "F16", "BF16", "F32"]),
        ("qwen2", False, ["BF16", "Q4_0", "Q8_0", "F16"]),
        ("llama3", False, ["Q5_0", "Q5_1", "F16"]),
        ("qwen3", True, ["Q8_0", "Q5_1", "BF16"]),
    ]:
        words = {"llama": "smollm", "llama3": "llama3"}.get(model_type, "qwen2")
        tokenizer = train(words, merges=40)
        if model_type == "llama3":
            tokenizer = without_merges(tokenizer)
        model = tiny(model_type, tokenizer.get_vocab_size(), tied)
        path = os.path.join(OUT, f"tiny-{model_type}.gguf")
        result["models"][model_type] = write_gguf(path, model, model_type, tokenizer, kinds)
        texts = ["Mara has 12 apples.", "größer€ <think>!<|im_end|>", "e\u0301 😀"]
        result["ids"][model_type] = {
            text: tokenizer.encode(text, add_special_tokens=False).ids for text in texts
        }
        save_folder(model, model_type, tokenizer, result)
    write("checkpoints.json", result)


def save_folder(model, model_type, tokenizer, result):
    """The folder that transformers saves, in bfloat16 to keep it small."""
    folder = os.path.join(OUT, f"tiny-{model_type}")
    model = model.to(torch.bfloat16)
    model.generation_config.eos_token_id = [2, 0]
    # Qwen3's in several files, which an index names.
    model.save_pretrained(folder, **({"max_shard_size": "20KB"} if model_type == "qwen3" else {}))
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|endoftext|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    fast.chat_template = PLAIN
    fast.save_pretrained(folder)
    state = {k: v.float().numpy() for k, v in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        state.pop("lm_head.weight", None)
    result["folders"][model_type] = {
        name: {"shape": list(values.shape), "fnv": fnv(values)} for name, values in state.items()
    }


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    tokenizers()
    more_tokenizers()
    chat()
    checkpoints()
