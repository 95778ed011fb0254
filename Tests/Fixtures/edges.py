"""Added tokens that take the space beside them or must be words (`lstrip`, `rstrip`, `single_word`), and
llama.cpp's default way of cutting words: `edges.json`, from the tokenizers library."""

import json
import pathlib
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

# The expressions of llama.cpp for a file that names no pre-tokenizer, in their order.
LLAMA_CPP_DEFAULT = [
    r"[\p{P}\$\+<=>\^~\|]+",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)",
    r"\p{N}+",
    r"[0-9][0-9][0-9]",
]

ADDED = [
    AddedToken("<|user|>", special=True, normalized=False, rstrip=True),
    AddedToken("<|end|>", special=True, normalized=False, lstrip=True),
    AddedToken("<mask>", special=True, normalized=False, lstrip=True, rstrip=True),
    AddedToken("word", special=False, normalized=False, single_word=True),
    AddedToken("wo", special=False, normalized=False),
    AddedToken("[x]", special=False, normalized=False, single_word=True, rstrip=True),
]

PIECES = (
    ["<|user|>", "<|end|>", "<mask>", "word", "wo", "[x]", " ", "  ", "\n", "\t", "\u3000", "\u00a0"]
    + ["a", "Z", "9", "_", "-", "\u00e9", "e\u0301", "\u0663", "\u200d", "\u6570", ".", "\u2028", "\u0085"]
)

WORDS = (
    ["12345", "1000000", "3.14", "$5", "a+b", "x=y", "<p>", "</p>", "don't", "DON'T", "I'm", " the", "the"]
    + [" ", "  ", "   ", "\n", "\n\n", "\t", "\u3000", "...", "?!", "--", "^", "~", "|", "`", "\u20ac", "\u00b2"]
    + ["\u0441\u043b\u043e\u0432\u043e", "\u6570\u5b66", "\u0663\u0664\u0665\u0666", "_a", "#", "\u00e9", "e\u0301"]
)


def byte_tokenizer():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens(ADDED)
    return tokenizer


def texts(pieces, seed, count):
    rng = random.Random(seed)
    made = ["".join(rng.choice(pieces) for _ in range(rng.randrange(1, 9))) for _ in range(count)]
    return sorted(set(made))


def tokens(tokenizer, text):
    """The added tokens' texts, and the plain text between them."""
    added = {token.content for token in ADDED}
    parts = []
    for token in map(tokenizer.id_to_token, tokenizer.encode(text).ids):
        if token in added:
            parts.append([token])
        elif parts and isinstance(parts[-1], str):
            parts[-1] += token
        else:
            parts.append(token)
    decoder = {letter: byte for byte, letter in byte_letters().items()}
    return [
        part if isinstance(part, list) else bytes(decoder[c] for c in part).decode() for part in parts
    ]


def byte_letters():
    """GPT-2's letter for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in printable}
    for number, byte in enumerate(b for b in range(256) if b not in letters):
        letters[byte] = chr(256 + number)
    return letters


def words(text):
    splits = [
        pre_tokenizers.Split(Regex(e), behavior="isolated", invert=False) for e in LLAMA_CPP_DEFAULT
    ]
    return [word for word, _ in pre_tokenizers.Sequence(splits).pre_tokenize_str(text)]


def main():
    tokenizer = byte_tokenizer()
    added = [
        dict(content=t.content, lstrip=t.lstrip, rstrip=t.rstrip, single_word=t.single_word)
        for t in ADDED
    ]
    rows = [dict(text=t, tokens=tokens(tokenizer, t)) for t in texts(PIECES, 3, 400)]
    cuts = [dict(text=t, words=words(t)) for t in texts(WORDS, 5, 300)]
    out = dict(added=added, texts=rows, llama_cpp_default=cuts)
    blocks = []
    for key, value in out.items():
        blocks.append(f"{json.dumps(key)}:[\n" + ",\n".join(map(json.dumps, value)) + "\n]")
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text("{\n" + ",\n".join(blocks) + "\n}\n")


main()
