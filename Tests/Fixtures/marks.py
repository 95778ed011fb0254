"""What transformers puts around plain text for a tokenizer.json and a tokenizer_config.json that say it
in every way there is: `marks.json`."""

import copy
import json
import logging
import pathlib
import tempfile
import warnings

from transformers import PreTrainedTokenizerFast

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

HERE = pathlib.Path(__file__).parent
TOKENIZER = json.loads((HERE / "text" / "tokenizer-llama3.json").read_text())
BOS, EOS = "<|im_start|>", "<|im_end|>"
IDS = {t["content"]: t["id"] for t in TOKENIZER["added_tokens"]}
BYTES = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)


def special(text):
    return {"SpecialToken": {"id": text, "type_id": 0}}


def template(*pieces):
    single = [{"Sequence": {"id": "A", "type_id": 0}} if p == "A" else special(p) for p in pieces]
    tokens = {p: dict(id=p, ids=[IDS[p]], tokens=[p]) for p in pieces if p != "A"}
    pair = single + [{"Sequence": {"id": "B", "type_id": 1}}]
    return dict(type="TemplateProcessing", single=single, pair=pair, special_tokens=tokens)


PROCESSORS = {
    "none": None,
    "bytes": BYTES,
    "bos": template(BOS, "A"),
    "eos": template("A", EOS),
    "both": template(BOS, "A", EOS),
    "plain": template("A"),
    "sequence": dict(type="Sequence", processors=[BYTES, template(BOS, "A")]),
    "roberta": dict(
        type="RobertaProcessing", sep=[EOS, IDS[EOS]], cls=[BOS, IDS[BOS]], trim_offsets=True,
        add_prefix_space=False,
    ),
}
CONFIGS = [{}, dict(add_bos_token=True, add_eos_token=True), dict(add_bos_token=False)]


def main():
    rows = []
    for name, processor in PROCESSORS.items():
        for keys in CONFIGS:
            tokenizer = dict(copy.deepcopy(TOKENIZER), post_processor=processor)
            config = dict(
                keys, bos_token=BOS, eos_token=EOS, tokenizer_class="PreTrainedTokenizerFast"
            )
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
                (folder / "tokenizer_config.json").write_text(json.dumps(config))
                ids = PreTrainedTokenizerFast.from_pretrained(folder)("ab").input_ids
            rows.append(
                dict(
                    name=name, post_processor=processor, keys=keys,
                    bos=ids[0] == IDS[BOS], eos=ids[-1] == IDS[EOS],
                )
            )
    lines = ",\n".join(json.dumps(row) for row in rows)
    (HERE / "marks.json").write_text(f"[\n{lines}\n]\n")


main()
