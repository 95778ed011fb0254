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
    split = pre_tokenizers.Split(Regex(QWEN), behavior="isolated", invert=False)
    return pre_tokenizers.Sequence([split, byte_level(False)])


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

UNKNOWN = {
    "llama2": "{% for m in messages %}[INST] {{ m['content'] }} [/INST]{% endfor %}",
    "trimmed": PLAIN.replace("message['content']", "message['content'] | trim"),
    "no newline": PLAIN.replace("'<|im_end|>' + '\n'", "'<|im_end|>'"),
    "space": PLAIN.replace("}}{% endfor %}", "}} {% endfor %}"),
    "thinks": PLAIN.replace("assistant\n' }}", "assistant\n<think>\n' }}"),
    "bos": "{{ bos_token }}" + PLAIN,
    "last": PLAIN.replace("{% endfor", "{% if loop.last %}!{% endif %}{% endfor"),
    "broken": PLAIN.replace("{% endfor %}", ""),
    "unfinished": PLAIN[:-5],
    "empty": "",
}


def conversations():
    user = {"role": "user", "content": "What is 2 + 2?"}
    answer = {"role": "assistant", "content": "It is 4.\n"}
    system = {"role": "system", "content": "  Be brief. "}
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
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=train("smollm"))
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
    for name in ["Q4_0", "Q4_1", "Q8_0", "F16", "BF16", "F32"]:
        kind = gguf.GGMLQuantizationType[name]
        values = rng.normal(0, [[0.02], [1.0], [300.0], [1e-6]], (4, 64)).astype(np.float32)
        rows = gguf.quants.quantize(values, kind).view(np.uint8)
        if name.startswith("Q"):
            # Any bytes behind a finite scale are a block: the largest, smallest and negative ones.
            size = gguf.GGML_QUANT_SIZES[kind][1]
            wild = rng.integers(0, 256, (3, 2 * size), dtype=np.uint8)
            scales = np.array([65504, 6e-8, -0.0], np.float16)
            fields = 2 if name == "Q4_1" else 1
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
    every = np.arange(0x10000, dtype=np.uint16)
    result["half_checksum"] = fnv(every.view(np.float16).astype(np.float32)[finite(every)])
    return result


def finite(halves):
    return np.isfinite(halves.view(np.float16))


def fnv(array):
    """FNV-1a of the bytes, as a hexadecimal number."""
    value = 0xCBF29CE484222325
    for byte in np.ascontiguousarray(array).tobytes():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def tiny(model_type, vocabulary, tied):
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
        rope_parameters={"rope_type": "default", "rope_theta": 50000.0},
    )
    if model_type == "llama":
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**sizes))
    else:
        model = transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**sizes))
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


def write_gguf(path, model, model_type, tokenizer, kinds):
    config = model.config
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
    writer.add_tokenizer_pre("smollm" if model_type == "llama" else "qwen2")
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
    result = {"blocks": blocks()}
    for model_type, tied, kinds in [
        ("llama", True, ["Q8_0", "Q4_1", "Q4_0", "F16", "BF16", "F32"]),
        ("qwen2", False, ["BF16", "Q4_0", "Q8_0", "F16"]),
    ]:
        tokenizer = train("smollm" if model_type == "llama" else "qwen2", merges=40)
        model = tiny(model_type, tokenizer.get_vocab_size(), tied)
        path = os.path.join(OUT, f"tiny-{model_type}.gguf")
        result[model_type] = write_gguf(path, model, model_type, tokenizer, kinds)
        texts = ["Mara has 12 apples.", "größer€ <think>!<|im_end|>", "e\u0301 😀"]
        result[f"{model_type}_ids"] = {
            text: tokenizer.encode(text, add_special_tokens=False).ids for text in texts
        }
        save_folder(model, model_type, tokenizer, result)
    write("checkpoints.json", result)


def save_folder(model, model_type, tokenizer, result):
    """The folder that transformers saves, in bfloat16 to keep it small."""
    folder = os.path.join(OUT, f"tiny-{model_type}")
    model = model.to(torch.bfloat16)
    model.generation_config.eos_token_id = [2, 0]
    model.save_pretrained(folder)
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
    result[f"{model_type}_folder"] = {
        name: {"shape": list(values.shape), "fnv": fnv(values)} for name, values in state.items()
    }


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    tokenizers()
    chat()
    checkpoints()
