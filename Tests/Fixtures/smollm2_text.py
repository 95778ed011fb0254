"""Golden values of the SmolLM2 parity tests (make parity): smollm2_text.json.

Reads models/SmolLM2-135M-Instruct.Q4_1.gguf (make smollm2), or the path given, with transformers'
own GGUF import; without the file it leaves everything as it is. Needs what text.py needs.
"""

import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import transformers

import text

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEFAULT = os.path.join(ROOT, "models", "SmolLM2-135M-Instruct.Q4_1.gguf")


def checksum(values):
    """Sum of bit pattern x (2 place + 1), modulo 2^64."""
    bits = np.ascontiguousarray(values, np.float32).reshape(-1).view(np.uint32).astype(np.uint64)
    places = 2 * np.arange(bits.size, dtype=np.uint64) + 1
    return f"{int((bits * places).sum(dtype=np.uint64)):016x}"


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    if not os.path.exists(path):
        print(f"{path} is not there: smollm2_text.json stays as it is")
        return
    folder, name = os.path.split(path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=name)
    # transformers' import leaves out what the file calls `pre: smollm`; the original has it.
    tokenizer.backend_tokenizer.pre_tokenizer = text.pre_tokenizer("smollm")
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=name)
    cases = []
    for example in text.texts():
        ids = tokenizer(example, add_special_tokens=False).input_ids
        cases.append({"text": example, "ids": ids})
    chat = []
    for messages in text.conversations():
        rendered = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )
        chat.append({"messages": messages, "text": rendered})
    state = model.state_dict()
    state.pop("lm_head.weight")
    weights = {
        name: {"shape": list(values.shape), "checksum": checksum(values.float().numpy())}
        for name, values in state.items()
    }
    text.OUT = os.path.dirname(os.path.abspath(__file__))
    text.write("smollm2_text.json", {"cases": cases, "chat": chat, "weights": weights})


if __name__ == "__main__":
    main()
